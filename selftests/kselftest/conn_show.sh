#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `itpctl -j conn show` with many open connections and listeners: valid JSON,
# each once, with what a person wants to know; filters; what other users see.
#
#   client: half of the connections over IPv4, half over IPv6 ----> server

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

COUNT=$(size 300 2000)
LISTENERS=20
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
KST_LIMIT=600

# What every connection and listener has to tell.
COMPLETE='
def number: type == "number";
def complete:
	(.id | number) and (.state | type == "string") and (.cause | type == "string")
	and (.role | type == "string") and (.age_us | number)
	and (.local_address | type == "string") and (.remote_address | type == "string")
	and (.local_port | number) and (.remote_port | number)
	and (.timer.kind | type == "string") and (.timer.expires_us | number)
	and (.perf.cur_rwin_sent | number) and (.perf.cur_rwin_rcvd | number)
	and (.perf.cur_cwnd | number) and (.perf | has("cur_ssthresh"))
	and (.perf.smoothed_rtt_us | number) and (.perf.cur_rto_us | number)
	and (.perf.segs_retrans | number) and (.perf.octets_retrans | number);'

# many: $COUNT connections to $port (IPv4) and $port6 (IPv6)
many() {
	local i
	puppet srv server
	puppet cli client
	new_port
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port" $((COUNT / 2))
	ask srv accept $((COUNT / 2))
	port4=$port
	new_port
	port6=$port
	ask srv listen "$S6" "$port6"
	ask cli connect "$S6" "$port6" $((COUNT / 2))
	ask srv accept $((COUNT / 2))
	for ((i = 2; i < LISTENERS; i++)); do
		new_port
		ask srv listen "$S4" "$port"
	done
}

# holds WHAT FILE JQ-EXPRESSION
holds() {
	jq -e "$COMPLETE $3" "$2" >/dev/null ||
		fail "$1 does not hold; first of $(jq length "$2"): $(jq -c '.[0]' "$2")"
}

everything() {
	local host wanted=$COUNT file
	many
	for host in client server; do
		file=$tmp/$host.json
		on "$host" itpctl -j conn show state established,listen >"$file" ||
			fail "itpctl ended with $?"
		jq -e . "$file" >/dev/null || fail "not valid JSON on $host"
		[[ $host == client ]] || wanted=$((COUNT + LISTENERS))
		same "entries on $host" "$(jq length "$file")" "$wanted"
		holds "complete on $host" "$file" 'all(complete)'
		holds "each id once on $host" "$file" '(map(.id) | unique | length) == length'
		holds "each pair once on $host" "$file" \
			'(map([.local_address, .local_port, .remote_address, .remote_port]) | unique | length) == length'
		holds "values of connections on $host" "$file" \
			'map(select(.state == "ESTABLISHED")) | length == '"$COUNT"' and
			all(.perf.cur_cwnd > 0 and .perf.cur_rwin_rcvd > 0 and .perf.cur_rwin_sent > 0
			and .perf.cur_mss > 0 and .perf.cur_ssthresh == null and .remote_port > 0)'
	done
	holds "listeners" "$tmp/server.json" \
		'map(select(.state == "LISTEN")) | length == '"$LISTENERS"' and all(.remote_port == 0)'
	# Both ends tell of the same connections.
	same "pairs as both hosts see them" \
		"$(jq -r '.[] | "\(.local_address) \(.local_port)"' "$tmp/client.json" | sort | sha256sum)" \
		"$(jq -r '.[] | select(.state == "ESTABLISHED") | "\(.remote_address) \(.remote_port)"' "$tmp/server.json" | sort | sha256sum)"
}

# count WANTED HOST FILTER...
count() {
	local wanted=$1 host=$2 got
	shift 2
	got=$(on "$host" itpctl -j conn show "$@" | jq length)
	same "entries on $host that fit '$*'" "$got" "$wanted"
}

filters() {
	local half id
	COUNT=20
	half=10
	many
	count "$half" client dport "$port4"
	count "$half" client dst "$S4" dport "$port4"
	count "$half" client dst "$S6" state established
	count "$half" client src fd53::/64 state established dport "$port6"
	count 0 client dst 10.53.0.3
	count "$half" client dst 10.53.0.0/24 dport "$port4" state established
	count "$half" server sport "$port4" state established
	count 1 server sport "$port4" state listen
	count 1 server sport "$port4" exclude established
	count "$LISTENERS" server state listen
	count 0 server state close-wait sport "$port4"
	id=$(on client itpctl -j conn show dport "$port4" | jq '.[3].id')
	count 1 client id "$id"
	ask cli close 0 4
	within 30 "FIN-WAIT-2" states_are "$(printf 'ESTABLISHED %.0s' 1 2 3 4 5)$(printf 'FIN-WAIT-2 %.0s' 1 2 3 4)FIN-WAIT-2" \
		client dport "$port4"
	count 5 server state close-wait sport "$port4"
	count 5 client state fin-wait-2 dport "$port4"
	try itpctl conn show state nonsense
	((status != 0)) || fail "an unknown state was accepted"
	contains "the message" "$err" nonsense
}

# The table for people: a head and one line each.
table() {
	local lines
	pair "$S4" 3
	mapfile -t lines < <(itpctl conn show dport "$port")
	same "lines" "${#lines[@]}" 4
	contains "a line" "${lines[1]}" ESTABLISHED
	contains "a line" "${lines[1]}" "$S4:$port"
}

# Sequence numbers are for the owner and the administrator.
SEQUENCE='map(.app.snd_nxt, .app.snd_una, .app.rcv_nxt, .stack.snd_initial, .stack.rec_initial)'

other_users() {
	cp "$(command -v itpctl)" "$tmp/itpctl"
	cp "$KST_BIN/puppet" "$tmp/puppet"
	pair "$S4"
	itpctl -j conn show dport "$port" >"$tmp/root.json"
	holds "root sees sequence numbers" "$tmp/root.json" "$SEQUENCE | all(. > 0)"
	"${NOBODY[@]}" "$tmp/itpctl" -j conn show dport "$port" >"$tmp/nobody.json"
	same "connections that nobody sees" "$(jq length "$tmp/nobody.json")" 1
	holds "nobody sees none of root's" "$tmp/nobody.json" "$SEQUENCE | all(. == null or . == 0)"

	puppet own client "${NOBODY[@]}" "$tmp/puppet"
	ask own connect "$S4" "$port"
	"${NOBODY[@]}" "$tmp/itpctl" -j conn show uid 65534 >"$tmp/own.json"
	same "nobody's connections" "$(jq length "$tmp/own.json")" 1
	holds "nobody sees his own" "$tmp/own.json" "$SEQUENCE | all(. > 0)"

	try "${NOBODY[@]}" "$tmp/itpctl" tunable set syn_retries 3
	((status != 0)) || fail "nobody may set a tunable"
	[[ $err == *ermi* || $err == *CAP_NET_ADMIN* ]] || fail "the message does not tell why: $err"
	same "syn_retries" "$(</proc/sys/net/itp/syn_retries)" 7
}

# Anybody may make a namespace, and steer what is in it, and nothing else.
own_namespace() {
	cp "$(command -v itpctl)" "$tmp/itpctl"
	pair "$S4"
	try "${NOBODY[@]}" unshare -Urn "$tmp/itpctl" -j conn show
	same "exit status" "$status" 0
	same "connections in a new namespace" "$out" "[]"
	# shellcheck disable=SC2016  # expanded there
	try "${NOBODY[@]}" unshare -Urn bash -c '
		"$1" tunable set syn_retries 3 && "$1" -j tunable show syn_retries' _ "$tmp/itpctl"
	same "exit status of setting one's own tunable" "$status" 0
	same "its value" "$(jq '.[0].value' <<<"$out")" 3
	same "syn_retries here" "$(</proc/sys/net/itp/syn_retries)" 7
	try "${NOBODY[@]}" unshare -Urn "$tmp/itpctl" tunable set max_orphans 5
	((status != 0)) || fail "a tunable of the whole host was set"
	contains "the message" "$err" "whole host"
}

add_case everything everything
! thorough || add_case filters filters
add_case table table
add_case other_users other_users
add_case own_namespace own_namespace
kst_main "$@"
