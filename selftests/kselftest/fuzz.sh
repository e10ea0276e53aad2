#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Random packets and random calls against the module, each in a namespace of
# its own: fuzz_segments.c, fuzz_calls.c. What is expected is that the kernel
# stays well (its checkers judge when the guest ends), that the programs got far
# enough to mean something, that everything is given back (the module can be
# unloaded), and that a connection works afterwards. Each prints its seed;
# FUZZ_SEED=N repeats a run.
#
#	PACKETS=N CALLS=N fuzz.sh	how many (full: 1000000 each)

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

PACKETS=${PACKETS:-$(size 20000 1000000)}
CALLS=${CALLS:-$(size 100000 1000000)}
thorough || PACKETS=3000 CALLS=10000
KST_LIMIT=$(size 900 14400)

# What a slab still holds then, the kernel reports.
load_again() {
	await_unused 300
	rmmod itp || fail "rmmod"
	insmod "$ITP_KO" || fail "insmod"
}

# fuzz PROGRAM COUNT
fuzz() {
	need_program "$1"
	"$KST_BIN/$1" -s "${FUZZ_SEED:-$RANDOM$RANDOM}" -n "$2" -t "$((KST_LIMIT - 400))" |
		sed 's/^# /## /'
	((PIPESTATUS[0] == 0)) || fail "$1 ended badly"
	load_again
	pair "$S4"
	ask cli write 0 1000
	ask srv read 1 1000
}

add_case segments fuzz fuzz_segments "$PACKETS"
add_case calls fuzz fuzz_calls "$CALLS"

kst_main "$@"
