#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every tunable, as the module describes it: least, greatest, out of range, back
# to the default; the sysctl says the same. Namespaces of their own. Some that
# can be felt.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

SYSCTL=/proc/sys/net/itp

# rows SCOPE: NAME DEFAULT MIN MAX of each
rows() {
	itpctl -j tunable show |
		jq -r --arg s "$1" '.[] | select(.scope == $s) | "\(.name) \(.default) \(.min) \(.max)"'
}

described() {
	itpctl -j tunable show >"$tmp/rows.json" || fail "itpctl ended with $?"
	jq -e 'length > 20 and all(
		(.name | test("^[a-z][a-z0-9_]*$")) and (.unit | type == "string")
		and (.help | length > 10) and (.type == "u32" or .type == "bool")
		and .min <= .default and .default <= .max and .min < .max
		and .value == .default and .origin == "default"
		and (.scope == "netns" or .scope == "global")
		and (.effect == "now" or .effect == "new")
		and (.type != "bool" or (.min == 0 and .max == 1))
		and (.unit != "" or .type == "bool"))' "$tmp/rows.json" >/dev/null ||
		fail "a row is not complete: $(jq -c '.[] | [.name, .unit, .min, .default, .max, .value, .origin]' "$tmp/rows.json")"
	same "names that occur twice" "$(jq -r '.[].name' "$tmp/rows.json" | sort | uniq -d)" ""
	same "names of sysctls" "$(cd "$SYSCTL" && printf "%s\n" * | sort)" "$(jq -r '.[].name' "$tmp/rows.json" | sort)"
}

# accepted NAME VALUE
accepted() {
	itpctl tunable set "$1" "$2" >/dev/null || fail "$1: $2 is refused"
	same "sysctl $1" "$(<"$SYSCTL/$1")" "$2"
}

# refused NAME VALUE MIN MAX: with the range in the message, nothing changed
refused() {
	local before
	before=$(<"$SYSCTL/$1")
	try itpctl tunable set "$1" "$2"
	((status != 0)) || fail "$1: $2 is accepted"
	contains "the message" "$err" "$1"
	contains "the message" "$err" "$3..$4"
	same "$1 after a refusal" "$(<"$SYSCTL/$1")" "$before"
	if echo "$2" 2>/dev/null >"$SYSCTL/$1"; then
		fail "sysctl $1: $2 is accepted"
	fi 2>/dev/null
	same "$1 after a refusal" "$(<"$SYSCTL/$1")" "$before"
}

ranges() {
	local name default least most
	later itpctl tunable reset all
	while read -r name default least most; do
		# These two bound one another.
		case $name in
		local_port_min) accepted local_port_max 65535 ;;
		local_port_max) accepted local_port_min 1 ;;
		esac
		accepted "$name" "$least"
		accepted "$name" "$most"
		refused "$name" $((most + 1)) "$least" "$most"
		((least == 0)) || refused "$name" $((least - 1)) "$least" "$most"
		itpctl tunable reset "$name" || fail "$name cannot be reset"
		same "$name after reset" "$(<"$SYSCTL/$name")" "$default"
	done < <(rows netns)
}

names() {
	try itpctl tunable set no_such_thing 1
	((status != 0)) || fail "an unknown name is accepted"
	contains "the message" "$err" no_such_thing
	later itpctl tunable reset all
	itpctl tunable set syn-retries 3 || fail "'-' for '_' is refused"
	same "value" "$(itpctl -j tunable show syn_retries | jq -c '.[0] | [.value, .origin]')" '[3,"netns"]'
	echo 4 >"$SYSCTL/syn_retries" || fail "the sysctl cannot be written"
	same "value" "$(itpctl -j tunable show syn_retries | jq -c '.[0].value')" 4
	itpctl tunable reset all || fail "all cannot be reset"
	same "value" "$(itpctl -j tunable show syn_retries | jq -c '.[0] | [.value, .origin]')" '[7,"default"]'
}

# Of the whole host: to be set from the first namespace only, seen by all.
global() {
	local name default least most first=(nsenter -t 1 -n --)
	while read -r name default least most; do
		try itpctl tunable set "$name" "$most"
		((status != 0)) || fail "$name was set from another namespace"
		contains "the message" "$err" "whole host"
		if echo "$most" 2>/dev/null >"$SYSCTL/$name"; then
			fail "sysctl $name was set from another namespace"
		fi 2>/dev/null
		same "$name" "$(<"$SYSCTL/$name")" "$default"
		later "${first[@]}" itpctl tunable reset "$name"
		"${first[@]}" itpctl tunable set "$name" "$least" || fail "$name: $least is refused"
		same "$name" "$(itpctl -j tunable show "$name" | jq -c '.[0] | [.value, .origin]')" "[$least,\"host\"]"
		"${first[@]}" itpctl tunable reset "$name" || fail "$name cannot be reset"
		same "$name" "$(<"$SYSCTL/$name")" "$default"
	done < <(rows global)
}

new_namespace() {
	local others
	tune client syn_retries 3
	tune client fin_timeout 5
	same "on server" "$(on server itpctl -j tunable show fin_timeout | jq '.[0].value')" 60
	others=$(unshare -n itpctl -j tunable show | jq -c '.[] | select(.value != .default or .origin != "default") | .name')
	same "rows that are not the default in a new namespace" "$others" ""
}

# The program has shut its side, the connection is in FIN-WAIT-2: then the
# tunable is turned, then the program goes.
fin_timeout() {
	local began us
	pair "$S4"
	ask cli shutdown 0
	within 20 "FIN-WAIT-2" states_are FIN-WAIT-2 client dport "$port"
	tune client fin_timeout 3
	ask cli close 0
	now_us
	began=$us
	KST_PAUSE_MS=50
	within 20 "the end of FIN-WAIT-2" states_are "" client dport "$port"
	now_us
	lasted "FIN-WAIT-2 of an orphan" $((us - began)) 3000000
	same "the other side" "$(states server state close-wait sport "$port")" CLOSE-WAIT
}

timewait_len() {
	local began us
	tune client timewait_len 2
	pair "$S4"
	ask cli close 0
	ask srv close 1
	within 20 "TIME-WAIT" states_are TIME-WAIT client dport "$port"
	now_us
	began=$us
	within 20 "the end of TIME-WAIT" states_are "" client dport "$port"
	now_us
	# The record's timer may be an eighth late, as all timers of its kind.
	between "TIME-WAIT (us)" $((us - began)) 1000000 "$(virtual && echo 2400000 || echo 4000000)"
}

port_range() {
	local got
	tune client local_port_min 40000
	tune client local_port_max 40009
	pair "$S4" 5
	got=$(conns client dport "$port" | jq -r '[.[].local_port | select(. < 40000 or . > 40009)] | length')
	same "ports outside of the range" "$got" 0
}

add_case described described
! thorough || add_case ranges ranges
! thorough || add_case names names
add_case global global
add_case new_namespace new_namespace
add_case fin_timeout fin_timeout
add_case timewait_len timewait_len
add_case port_range port_range
kst_main "$@"
