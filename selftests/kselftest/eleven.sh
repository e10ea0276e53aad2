#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The lab scripts of lab/states: each has five command lines at most, and brings
# both hosts into the states that its third line names; `itpctl conn show`
# prints them.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
STATES=$KST_DIR/../../lab/states

# Ports 7000 and 7001 are the scripts'.
settled() {
	local states
	look_states client
	[[ ${states:--} == "$1" ]] || return 1
	look_states server
	states=${states// /,}
	[[ ${states:--} == "$2" ]]
}

# What a script leaves: its programs, entries and delays go with the case; what
# the kernel keeps of its connections does not keep the next case waiting.
leave() {
	local host
	for host in client server; do
		tune "$host" timewait_len 1
		tune "$host" fin_timeout 1
		tune "$host" orphan_retries 1
	done
	unsilence client "$S4"
	unsilence server "$C4"
	base_qdisc server
	base_qdisc client
	stop "$spawned"
	within 100 "two hosts without connections" settled - -
}

state() {
	local file=$STATES/$1
	# What earlier cases left ends by itself.
	within 300 "two hosts without connections" settled - -
	same "command lines, five at most" "$(($(grep -vc '^#' "$file") <= 5))" 1
	later unsilence client "$S4"
	later unsilence server "$C4"
	later base_qdisc server
	later base_qdisc client
	# shellcheck disable=SC2016  # its own
	spawn bash -c '. "$1" >/dev/null 2>&1; wait' states "$file"
	KST_PAUSE_MS=200
	within 60 "client '$2', server '$3'" settled "$2" "$3"
	on client itpctl conn show
	on server itpctl conn show
	leave
}

closed() {
	try itprun ncat 10.53.0.2 7000
	contains "the message" "$err" "refused"
	state closed - -
}

# NAME, file, the client's states, the server's; - is none
! thorough || add_case closed closed
add_case listen state listen - LISTEN
! thorough || add_case syn_sent state syn-sent SYN-SENT -
! thorough || add_case syn_received state syn-received SYN-SENT LISTEN,SYN-RECEIVED
add_case established state established ESTABLISHED ESTABLISHED
! thorough || add_case fin_wait_1 state fin-wait-1 FIN-WAIT-1 ESTABLISHED
! thorough || add_case fin_wait_2 state fin-wait-2 FIN-WAIT-2 CLOSE-WAIT
! thorough || add_case close_wait state close-wait FIN-WAIT-2 CLOSE-WAIT
! thorough || add_case last_ack state last-ack FIN-WAIT-2 LAST-ACK
! thorough || add_case closing state closing CLOSING CLOSING
! thorough || add_case time_wait state time-wait TIME-WAIT -
! thorough || add_case simultaneous_open state simultaneous-open SYN-RECEIVED SYN-RECEIVED
kst_main "$@"
