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
# shellcheck source=capture.sh
. "$KST_DIR/capture.sh"

SYSCTL=/proc/sys/net/itp

# rows SCOPES: NAME DEFAULT MIN MAX of each
rows() {
	itpctl -j tunable show |
		jq -r --arg s "$1" '.[] | select(.scope | test("^(" + $s + ")$")) | "\(.name) \(.default) \(.min) \(.max)"'
}

described() {
	itpctl -j tunable show >"$tmp/rows.json" || fail "itpctl ended with $?"
	jq -e 'length > 20 and all(
		(.name | test("^[a-z][a-z0-9_]*$")) and (.unit | type == "string")
		and (.help | length > 10) and (.type == "u32" or .type == "bool" or .type == "enum")
		and .min <= .default and .default <= .max and .min < .max
		and .value == .default and .origin == "default"
		and (.scope == "netns" or .scope == "global" or .scope == "conn")
		and (.type != "enum" or (.names | split(" ") | length) == .max - .min + 1)
		and (.effect == "now" or .effect == "new")
		and (.type != "bool" or (.min == 0 and .max == 1))
		and (.unit != "" or .type != "u32"))' "$tmp/rows.json" >/dev/null ||
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
	done < <(rows 'netns|conn')
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

# --- values of one connection ---

# What getsockopt() calls origins, as enum itp_tunable_origin numbers them.
PROGRAM=4 CONN=5

# id HOST FILTER...
id() { conns "$@" | jq -r '.[0].id'; }

# own HOST ID NAME: VALUE ORIGIN as `conn show` has them
own() {
	on "$1" itpctl -j conn show id "$2" |
		jq -r --arg n "$3" '.[0].tunables[] | select(.name == $n) | "\(.value) \(.origin)"'
}

# is_tuned PUPPET SOCKET NAME VALUE ORIGIN
is_tuned() {
	ask "$1" tuned "$2" "$3"
	same "$3 of a socket" "${answer[1]} ${answer[2]}" "$4 $5"
}

# Every row that a connection may have of its own: by the program and from
# outside at both ends of its range, refused beyond, taken back.
own_ranges() {
	local id name least most value
	pair "$S4"
	id=$(id client dport "$port")
	while read -r name _ least most; do
		for value in "$least" "$most"; do
			ask cli tune 0 "$name" "$value"
			is_tuned cli 0 "$name" "$value" "$PROGRAM"
		done
		ask_error cli EINVAL tune 0 "$name" $((most + 1))
		((least == 0)) || ask_error cli EINVAL tune 0 "$name" $((least - 1))
		for value in "$least" "$most"; do
			itpctl conn set id "$id" "$name" "$value" || fail "$name: $value is refused"
			is_tuned cli 0 "$name" "$value" "$CONN"
		done
		try itpctl conn set id "$id" "$name" $((most + 1))
		((status == 2)) || fail "$name: $((most + 1)) is accepted"
		contains "the message" "$err" "$least..$most"
		same "$name" "$(own client "$id" "$name")" "$most conn"
		ask cli untune 0 "$name"
	done < <(rows conn)
	same "what is left" "$(conns client dport "$port" | jq -c '.[0].tunables')" "[]"
}

own_refused() {
	local id name
	pair "$S4"
	id=$(id client dport "$port")
	while read -r name _; do
		ask_error cli EOPNOTSUPP tune 0 "$name" 1
		try itpctl conn set id "$id" "$name" 1
		((status == 2)) || fail "$name of a connection is accepted"
		contains "the message" "$err" "$name"
	done < <(rows 'netns|global')
	ask_error cli ENOENT tune 0 no_such_thing 1
	try itpctl conn set id "$id" no_such_thing 1
	contains "the message" "$err" no_such_thing
	try itpctl conn set id 999999999 syn_retries 1
	contains "the message" "$err" "no connection has the id 999999999"
	# Another host's connection is not ours to set.
	try on server itpctl conn set id "$id" syn_retries 3
	((status == 2)) || fail "a connection of another namespace was set"
}

# What it has not of its own follows the namespace; last setter wins.
own_origins() {
	local id
	pair "$S4"
	id=$(id client dport "$port")
	is_tuned cli 0 retries2 15 1
	tune client retries2 9
	is_tuned cli 0 retries2 9 2
	ask cli tune 0 fin_timeout 7
	tune client fin_timeout 11
	tune client retries2 10
	is_tuned cli 0 fin_timeout 7 "$PROGRAM"
	is_tuned cli 0 retries2 10 2
	same "fin_timeout" "$(own client "$id" fin_timeout)" "7 program"
	itpctl conn set id "$id" fin-timeout 8 || fail "refused"
	is_tuned cli 0 fin_timeout 8 "$CONN"
	contains "conn show -s" "$(itpctl -s conn show id "$id")" "fin_timeout 8 (conn)"
	itpctl conn set id "$id" fin_timeout default || fail "default is refused"
	is_tuned cli 0 fin_timeout 11 2
	itpctl conn set id "$id" rfc1337 on 2>/dev/null && fail "a row of the namespace was set"
	itpctl conn set id "$id" thin_linear_timeouts on || fail "on is refused"
	is_tuned cli 0 thin_linear_timeouts 1 "$CONN"
}

# Connections have what their listener had when they were made.
own_inherited() {
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$S4" "$port"
	ask srv tune 0 fin_timeout 9
	on server itpctl conn set id "$(id server sport "$port" state listen)" retries2 4 || fail "refused"
	ask cli connect "$S4" "$port"
	ask srv accept
	ask srv untune 0 fin_timeout
	is_tuned srv 0 fin_timeout 60 1
	is_tuned srv 1 fin_timeout 9 "$PROGRAM"
	is_tuned srv 1 retries2 4 "$CONN"
	ask cli connect "$S4" "$port"
	ask srv accept
	is_tuned srv 2 fin_timeout 60 1
	is_tuned srv 2 retries2 4 "$CONN"
}

# A listener's own number of SYN-ACKs: one more after 1 s, gone after 3 s. The
# SYN comes once: each further one would have the SYN-ACK's clock start anew.
own_synack_retries() {
	local began us
	new_port
	puppet srv server
	ask srv listen "$S4" "$port"
	ask srv tune 0 synack_retries 1
	silence server "$C4"
	spawn "$KST_DIR/rawsyn.py" "$C4" "$S4" 900 "$port" >/dev/null
	KST_PAUSE_MS=50
	within 20 "SYN-RECEIVED" states_are SYN-RECEIVED server sport "$port" exclude listen
	now_us
	began=$us
	within 20 "its end" states_are "" server sport "$port" exclude listen
	now_us
	# The record's timer may be an eighth late, as all timers of its kind.
	between "a half-open entry (us)" $((us - began)) 2800000 "$(virtual && echo 3500000 || echo 5000000)"
}

# Turned from outside while it waits: a connection that nobody answers, and one
# in FIN-WAIT-2 before its program goes.
own_running() {
	local began us
	pair "$S4"
	silence client "$S4"
	ask cli write 0 100
	itpctl conn set id "$(id client dport "$port")" user_timeout 5000 || fail "refused"
	now_us
	began=$us
	KST_PAUSE_MS=50
	within 30 "the end" states_are "" client dport "$port"
	now_us
	between "until it gave up (us)" $((us - began)) 4500000 6500000
	ask_error cli ETIMEDOUT eof 0
	unsilence client "$S4"
	ask cli connect "$S4" "$port"
	ask srv accept
	ask cli shutdown 1
	within 20 "FIN-WAIT-2" states_are FIN-WAIT-2 client dport "$port"
	itpctl conn set id "$(id client dport "$port")" fin_timeout 3 || fail "refused"
	now_us
	began=$us
	ask cli close 1
	within 20 "the end of FIN-WAIT-2" states_are "" client dport "$port"
	now_us
	lasted "FIN-WAIT-2 of an orphan" $((us - began)) 3000000
}

rerouted() { (($(counter client reroutes) > $1)); }

# Text that nobody acknowledges: at R1 (retries1) the route is doubted, at R2
# (retries2) the connection is given up (RFC 9293 3.8.3).
reroute() {
	local before began us
	pair "$S4"
	tune client retries2 5
	silence client "$S4"
	before=$(counter client reroutes)
	ask cli write 0 100
	now_us
	began=$us
	KST_PAUSE_MS=50
	within 30 "R1" rerouted "$before"
	now_us
	between "R1 (us)" $((us - began)) 2900000 4500000
	same "state" "$(states client dport "$port")" ESTABLISHED
	within 30 "R2" states_are "" client dport "$port"
	now_us
	between "R2 (us)" $((us - began)) 12000000 16000000
	ask_error cli ETIMEDOUT eof 0
}

# Nobody without the right changes anything; the program's own socket is its own.
rights() {
	local id nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
	pair "$S4"
	id=$(id client dport "$port")
	try "${nobody[@]}" itpctl conn set id "$id" syn_retries 3
	((status == 2)) || fail "conn set works for everybody"
	contains "the message" "$err" "not permitted"
	try "${nobody[@]}" itpctl tunable set syn_retries 3
	((status == 2)) || fail "tunable set works for everybody"
	contains "the message" "$err" "not permitted"
	try "${nobody[@]}" itpctl -j conn show id "$id"
	((status == 0)) || fail "reading does not work for everybody: $err"
	puppet any client "${nobody[@]}" "$KST_BIN/puppet"
	ask any connect "$S4" "$port"
	ask any tune 0 fin_timeout 5
	ask_error any EOPNOTSUPP tune 0 max_ranges 64
}

# --- what is felt in the kernel alone ---

# headers: TOS and TTL of the captured packets, one line each, source first
headers() { sed -nE 's/^.*\(tos (0x[0-9a-f]+),.* ttl ([0-9]+),.*/\1 \2/p' "$tmp/capture" | sort | uniq -c | sed -E 's/^ *[0-9]+ //'; }

look_start() {
	spawn on client tcpdump -Z root --immediate-mode -U -l -n -tt -v -i eth0 "$*" \
		>"$tmp/capture" 2>"$tmp/capture.err"
	capture_pid=$spawned
	within 30 "tcpdump listens" grep -q 'listening on' "$tmp/capture.err"
}

# New sockets, replies without a socket, and 0: the host's.
default_ttl() {
	tune client default_ttl 77
	look_start "src $C4 and proto 253"
	pair "$S4"
	ask cli close 0
	puppet rst server
	ask_error rst ECONNREFUSED connect "$C4" "$port"
	capture_stop 4
	same "TOS and TTL" "$(headers)" "0x0 77"
	itpctl tunable reset default_ttl
	look_start "src $C4 and proto 253"
	ask cli connect "$S4" "$port"
	ask_error rst ECONNREFUSED connect "$C4" "$port"
	capture_stop 3
	same "TOS and TTL" "$(headers)" "0x0 64"
}

# The peer's SYN came with a DSCP: SYN-ACK and all that follows have it too.
reflect_tos() {
	look_start "src $S4 and proto 253"
	pair "$S4"
	ask srv write 1 100
	capture_stop 2
	same "TOS and TTL" "$(headers)" "0x0 64"
	tune server reflect_tos 1
	look_start "src $S4 and proto 253"
	puppet tos client "$KST_BIN/puppet" -t 184
	ask tos connect "$S4" "$port"
	ask srv accept
	ask srv write 2 100
	ask tos read 0 100
	capture_stop 2
	same "TOS and TTL" "$(headers)" "0xb8 64"
}

add_case described described
! thorough || add_case ranges ranges
! thorough || add_case names names
add_case global global
add_case new_namespace new_namespace
add_case fin_timeout fin_timeout
add_case timewait_len timewait_len
add_case port_range port_range
add_case own_ranges own_ranges
add_case own_refused own_refused
add_case own_origins own_origins
add_case own_inherited own_inherited
! thorough || add_case own_synack_retries own_synack_retries
! thorough || add_case own_running own_running
! thorough || add_case reroute reroute
add_case rights rights
add_case default_ttl default_ttl
add_case reflect_tos reflect_tos
kst_main "$@"
