# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced: run a command and compare status, stdout and stderr; TAP on stdout.

tap_count=0
tap_failed=0
tap_dir=$(mktemp -d)
trap 'rm -rf "$tap_dir"' EXIT

# expect WHAT STATUS STDOUT-REGEX STDERR-REGEX COMMAND...: extended regular
# expressions that some line has to fit; "" means that nothing may be written.
expect() {
	local what=$1 status=$2 out=$3 err=$4 got=0 good=1
	shift 4
	"$@" >"$tap_dir/out" 2>"$tap_dir/err" </dev/null || got=$?
	[ "$got" = "$status" ] || good=0
	tap_fits "$out" "$tap_dir/out" || good=0
	tap_fits "$err" "$tap_dir/err" || good=0
	tap_result $good "$what"
	[ $good = 1 ] && return
	echo "# command: $*"
	echo "# status $got, expected $status"
	sed 's/^/# stdout: /' "$tap_dir/out"
	sed 's/^/# stderr: /' "$tap_dir/err"
}

tap_fits() {
	if [ -z "$1" ]; then
		[ ! -s "$2" ]
	else
		grep -qE -- "$1" "$2"
	fi
}

tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 1 ]; then
		echo "ok $tap_count - $2"
	else
		echo "not ok $tap_count - $2"
		tap_failed=1
	fi
}

tap_end() {
	echo "1..$tap_count"
	exit $tap_failed
}
