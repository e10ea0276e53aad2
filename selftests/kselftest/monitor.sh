#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `itpctl monitor` on both hosts while connections are opened and closed, one
# after the other: every state change of each, in order, with its cause; numbers
# without a gap, nothing missed.
#
#   client  CLOSED > SYN-SENT > ESTABLISHED > FIN-WAIT-1 > FIN-WAIT-2
#           > TIME-WAIT > CLOSED (timewait_len is 1 s here)
#   server  LISTEN > SYN-RECEIVED > ESTABLISHED > CLOSE-WAIT > LAST-ACK > CLOSED

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

COUNT=$(size 200 1000)
KST_LIMIT=600

CLIENT_PATH="CLOSED>SYN-SENT:connect SYN-SENT>ESTABLISHED:syn-ack \
ESTABLISHED>FIN-WAIT-1:close FIN-WAIT-1>FIN-WAIT-2:ack-of-fin \
FIN-WAIT-2>TIME-WAIT:fin TIME-WAIT>CLOSED:timeout-time-wait"
SERVER_PATH="LISTEN>SYN-RECEIVED:syn SYN-RECEIVED>ESTABLISHED:ack \
ESTABLISHED>CLOSE-WAIT:fin CLOSE-WAIT>LAST-ACK:close LAST-ACK>CLOSED:ack-of-fin"
LISTENER_PATH="CLOSED>LISTEN:listen LISTEN>CLOSED:close"

# knock HOST: changes a tunable, so that a monitor has something to tell.
knock() {
	tune "$1" timewait_len 1
	grep -q '"event":"tunable"' "$tmp/$1.json"
}

# watch HOST: a monitor that is known to listen.
watch() {
	spawn on "$1" itpctl -j monitor >"$tmp/$1.json" 2>"$tmp/$1.err"
	within 30 "the monitor on $1 listens" knock "$1"
}

# Of the connections of this case: others, of cases before, may end meanwhile.
events() { grep '"event":"conn"' "$tmp/$1.json" | grep -cE "_port\":${port}[,}]"; }
has_events() { (($(events "$1") >= $2)); }

# paths HOST: how often each path through the states occurs.
paths() {
	jq -r --argjson port "$port" 'select(.event == "conn")
		| select(.local_port == $port or .remote_port == $port) | "\(.id) \(.prev_state)>\(.state):\(.cause)"' "$tmp/$1.json" |
		awk '{ path[$1] = path[$1] (path[$1] == "" ? "" : " ") $2 }
		END { for (id in path) count[path[id]]++
			for (p in count) print count[p], p }' | sort
}

# numbered HOST: no gap, nothing missed, nothing lost, one key per id.
numbered() {
	local bad
	bad=$(jq -n -r '
		[inputs] as $all
		| ($all | map(select(.event == "conn"))) as $e
		| [ ($all[] | select(.event == "lost") | "lost: \(.)"),
		    (range(1; $e | length) as $i
		     | select($e[$i].seq != $e[$i - 1].seq + 1)
		     | "gap after \($e[$i - 1].seq)"),
		    ($e[] | select(.missed != 0) | "missed: \(.)"),
		    ($e | group_by(.id)[]
		     | map([.local_address, .local_port, .remote_address, .remote_port])
		     | select(unique | length != 1) | "two keys: \(.)")
		  ] | .[:5][]' "$tmp/$1.json")
	[[ ! $bad ]] || fail "$1: $bad"
}

# storm ADDRESS
storm() {
	watch client
	watch server
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$1" "$port"
	tell srv echo "$COUNT"
	ask cli storm "$1" "$port" "$COUNT"
	say "$COUNT connections in $((answer[2] / 1000)) ms"
	reply srv || fail "the server does not answer"
	same "the server's answer" "${answer[*]}" "ok $COUNT 0"
	ask srv close 0
	wait_for 60 has_events client $((COUNT * 6))
	wait_for 60 has_events server $((COUNT * 5 + 2))
	same "paths on client" "$(paths client)" "$COUNT $CLIENT_PATH"
	same "paths on server" "$(paths server)" "$(printf '%s\n' "1 $LISTENER_PATH" "$COUNT $SERVER_PATH" | sort)"
	numbered client
	numbered server
	same "complaints" "$(cat "$tmp"/*.err)" ""
}

# What a person sees: one line per event, the same order.
text() {
	local lines
	tune client timewait_len 1
	spawn itpctl -s monitor conn >"$tmp/text"
	within 30 "the monitor listens" grep -q listening "$tmp/text"
	pair "$S4"
	ask cli close 0
	ask srv close 1
	within 30 "TIME-WAIT passes" grep -q 'TIME-WAIT > CLOSED' "$tmp/text"
	mapfile -t lines < <(grep '#' "$tmp/text")
	same "lines" "${#lines[@]}" 6
	contains "the first line" "${lines[0]}" " CLOSED > SYN-SENT connect $C4:"
	contains "the last line" "${lines[5]}" " TIME-WAIT > CLOSED timeout-time-wait $C4:"
	contains "the last line" "${lines[5]}" " $S4:$port"
}

# A namespace's monitor tells nothing of another's connections.
apart() {
	spawn unshare -n itpctl -s monitor conn >"$tmp/text"
	within 30 "the monitor listens" grep -q listening "$tmp/text"
	pair "$S4"
	ask cli close 0
	ask srv close 1
	within 30 "TIME-WAIT" states_are TIME-WAIT client dport "$port"
	same "events of another namespace" "$(grep -c '#' "$tmp/text")" 0
}

add_case storm_v4 storm "$S4"
add_case storm_v6 storm "$S6"
add_case text text
add_case namespaces_apart apart
kst_main "$@"
