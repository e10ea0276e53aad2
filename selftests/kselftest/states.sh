#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# States that a person wants to see, each brought about and left again: the
# half-open one, those of closing, with and without a program.
#
#   client (opens, closes first) ---- server (listens)

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

# state HOST WANTED: the state of the connection to $port there; "" is none
state() {
	local states
	wait_for 30 is_state "$@" || fail "on $1 wanted '$2', got '$states'"
}

is_state() {
	local filter=(sport "$port" exclude listen)
	[[ $1 == server ]] || filter=(dport "$port" exclude listen)
	look_states "$1" "${filter[@]}"
	[[ $states == "$2" ]]
}

# The server's SYN-ACK goes to a MAC that nobody has.
syn_received() {
	pair_half_open
	state client SYN-SENT
	same "a record of the listener's" \
		"$(conns server state syn-received sport "$port" | jq -r '.[0] | "\(.role) \(.timer.kind) \(.cause)"')" \
		"passive syn-ack syn"
	unsilence server "$C4"
	reply cli || fail "connect does not return"
	same "connect" "${answer[0]}" ok
	state server ESTABLISHED
	state client ESTABLISHED
	ask srv accept
}

# Nobody completes the handshake: gone after synack_retries.
syn_received_ends() {
	tune server synack_retries 1
	tune client syn_retries 1
	pair_half_open
	state server ""
	reply cli || fail "connect does not return"
	same "connect" "${answer[0]} ${answer[1]}" "error ETIMEDOUT"
}

close_wait() {
	pair "$S4"
	kill -STOP "${puppet_pid[srv]}"
	ask cli write 0 1000
	ask cli close 0
	state server CLOSE-WAIT
	state client FIN-WAIT-2
	same "octets that wait for the stopped program" \
		"$(conns server state close-wait sport "$port" | jq '.[0].recv_q')" 1000
	kill -CONT "${puppet_pid[srv]}"
	ask srv eof 1
	same "octets read" "${answer[1]}" 1000
	ask srv close 1
	state client TIME-WAIT
	state server ""
}

# fin_timeout ends it without TIME-WAIT.
fin_wait_2_orphan() {
	tune client fin_timeout 6
	pair "$S4"
	ask cli close 0
	state client FIN-WAIT-2
	same "its timer" "$(conns client dport "$port" | jq -r '.[0].timer.kind')" fin-wait-2
	state client ""
	state server CLOSE-WAIT
}

# With a program that still holds it, it stays.
fin_wait_2_held() {
	tune client fin_timeout 1
	pair "$S4"
	ask cli shutdown 0
	state client FIN-WAIT-2
	if wait_for 3 is_state client ""; then
		fail "FIN-WAIT-2 ended though a program holds it"
	fi
	ask srv write 1 5000
	ask cli read 0 5000
	ask srv close 1
	ask cli eof 0
	state client TIME-WAIT
}

time_wait() {
	tune client timewait_len 6
	pair "$S4"
	ask cli close 0
	state client FIN-WAIT-2
	ask srv close 1
	state client TIME-WAIT
	state server ""
	same "its timer" "$(conns client dport "$port" | jq -r '.[0].timer.kind')" time-wait
	state client ""
}

# The server closes first and starts again on the same port.
restart() {
	pair "$S4"
	ask srv close 1
	state server FIN-WAIT-2
	ask cli eof 0
	ask cli close 0
	state server TIME-WAIT
	ask srv close 0
	ask_error srv EADDRINUSE listen "$S4" "$port" noreuse
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	ask srv accept
	ask cli write 1 1000
	ask srv read 3 1000
}

# closed by both at the same time, across a slow wire
closing() {
	pair "$S4"
	impair delay 500ms
	ask cli close 0
	ask srv close 1
	state client TIME-WAIT
	state server TIME-WAIT
	same "causes" "$(conns client dport "$port" | jq -r '.[0].cause') $(conns server sport "$port" state time-wait | jq -r '.[0].cause')" \
		"ack-of-fin ack-of-fin"
}

# RST: no state is left behind.
aborted() {
	pair "$S4"
	ask cli abort 0
	state client ""
	state server ""
	ask_error srv ECONNRESET eof 1
}

# The program is killed with data unread: RST (RFC 9293 3.6.1).
unread() {
	pair "$S4"
	ask cli write 0 1000
	end_puppet srv
	state client ""
	ask_error cli ECONNRESET eof 0
	state server ""
}

add_case syn_received syn_received
add_case syn_received_ends syn_received_ends
add_case close_wait close_wait
add_case fin_wait_2_orphan fin_wait_2_orphan
add_case fin_wait_2_held fin_wait_2_held
add_case time_wait time_wait
add_case restart restart
add_case closing closing
add_case aborted aborted
add_case unread unread
kst_main "$@"
