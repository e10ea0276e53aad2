#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line of itpctl as far as it goes without the module. TAP.
#	cli.sh DIRECTORY-OF-PROGRAMS

set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
itpctl=$1/itpctl

expect "no words" 1 "" "^Usage: itpctl" "$itpctl"
expect "help" 0 "^OBJECT" "" "$itpctl" help
expect "-h" 0 "^OBJECT" "" "$itpctl" -h
expect "--help" 0 "^OBJECT" "" "$itpctl" --help
expect "-V" 0 "^itpctl [0-9]" "" "$itpctl" -V
expect "--vers" 0 "^itpctl [0-9]" "" "$itpctl" --vers
for object in conn tunable monitor stat module; do
	expect "$object help" 0 "^Usage: itpctl $object" "" \
		"$itpctl" $object help
done
expect "object cut short" 0 "^Usage: itpctl tunable" "" "$itpctl" tun help
expect "ambiguous object" 1 "" "may mean monitor or module" "$itpctl" mo
expect "unknown object" 1 "" 'object "foo" is unknown' "$itpctl" foo
expect "unknown command" 1 "" 'command "foo" is unknown' "$itpctl" conn foo
expect "unknown letter" 1 "" "option -x is unknown" "$itpctl" -x conn
expect "unknown letter among others" 1 "" "option -jx is unknown" \
	"$itpctl" -jx conn
expect "unknown long option" 1 "" "option --foo is unknown" \
	"$itpctl" --foo conn
expect "ambiguous long option" 1 "" "option --n is unknown" "$itpctl" --n conn
expect "-n without a name" 1 "" "a network namespace is missing" \
	"$itpctl" conn -n
expect "no such namespace" 2 "" "network namespace no-such: No such file" \
	"$itpctl" -n no-such conn
expect "unknown filter" 1 "" 'filter "foo" is unknown' \
	"$itpctl" conn show foo 1
expect "filter without a value" 1 "" "state: a value is missing" \
	"$itpctl" conn show state
expect "no such state" 1 "" '"foo" is not a state' \
	"$itpctl" conn show state foo
expect "no such prefix" 1 "" '"10.0.0.1/33" is not an address' \
	"$itpctl" conn show src 10.0.0.1/33
expect "set without a value" 1 "" "takes a name and a value" \
	"$itpctl" tunable set syn_retries
expect "set to half a number" 1 "" '"3x" is not a number' \
	"$itpctl" tunable set syn_retries 3x
expect "conn set without an id" 1 "" "takes id, a number, a name and a value" \
	"$itpctl" conn set 5 syn_retries 3
expect "conn set of no id" 1 "" '"five" is no id' \
	"$itpctl" conn set id five syn_retries 3
expect "set to a negative number" 1 "" "option -1 is unknown" \
	"$itpctl" tunable set syn_retries -1
expect "set beyond 64 bits" 1 "" "is not a number" \
	"$itpctl" tunable set syn_retries 18446744073709551616
expect "reset of nothing" 1 "" "takes a name, or all" "$itpctl" tunable reset
expect "show of two" 1 "" "takes one name" "$itpctl" tunable show a b
expect "monitor of what" 1 "" 'group "foo" is unknown' "$itpctl" monitor foo
expect "monitor of two" 1 "" "takes one group" "$itpctl" monitor conn mgmt
expect "module of what" 1 "" "takes no more words" "$itpctl" module show x

if [ ! -d /sys/module/itp ]; then
	for object in conn tunable monitor stat module; do
		expect "$object without the module" 2 "" \
			"Error: the module itp is not loaded" \
			"$itpctl" $object
	done
fi
tap_end
