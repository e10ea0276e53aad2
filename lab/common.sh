# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What every script of the lab needs on the machine's side: where things lie,
# how to complain, how to lock. Sourced, never run. Not here: Debian packages
# (archive.sh), kernels (kernel.sh, uml-build.sh), guests (qemu.sh, uml.sh).

# Called from make: its flags and job server must not leak into our own makes.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKE_TERMOUT MAKE_TERMERR

LAB_DIR=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
ITP_TREE=${ITP_TREE:-$(dirname -- "$LAB_DIR")}
ITP_CACHE=${ITP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/itp}
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin  # an ordinary user's may lack them
export LAB_DIR ITP_TREE ITP_CACHE PATH

# Exit statuses of the lab itself; README and the tests rely on them.
# shellcheck disable=SC2034  # used by the scripts that source this
LAB_TIMED_OUT=124 LAB_FAILED=125 LAB_SPLAT=126

note() { printf 'lab: %s\n' "$*" >&2; }
die() {
	printf 'lab: %s\n' "$*" >&2
	exit "$LAB_FAILED"
}

# These paths go onto kernel and QEMU command lines, where quoting is not
# dependable: refuse what would need it.
check_paths() {
	local p
	for p in "$ITP_CACHE" "$ITP_TREE" "$LAB_DIR"; do
		[[ $p == /* && $p != *[^A-Za-z0-9/._+:@~-]* ]] ||
			die "unusable path '$p': the cache and the tree need absolute paths of letters, digits and /._+:@~-"
	done
	mkdir -p "$ITP_CACHE" || die "cannot create the cache $ITP_CACHE (set ITP_CACHE)"
}

need() {
	local c missing=()
	for c; do command -v "$c" >/dev/null || missing+=("$c"); done
	[[ ${#missing[@]} -eq 0 ]] || die "missing: ${missing[*]} (run lab/deps)"
}

# with_lock NAME COMMAND...: one at a time for everything that writes to one
# place in the cache. Runs in a subshell, so that the lock always goes.
with_lock() (
	local name=$1
	shift
	mkdir -p "$ITP_CACHE/locks"
	exec 9>"$ITP_CACHE/locks/$name" || die "cannot lock $name"
	if ! flock -n 9; then
		note "waiting for another lab that is busy with $name"
		flock 9
	fi
	"$@" 9>&-
)

# shellcheck source=archive.sh
. "$LAB_DIR/archive.sh"
