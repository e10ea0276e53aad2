#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# connect() to an address where nobody answers: as many SYNs as the tunable
# syn_retries says, at doubling intervals, then ETIMEDOUT; a value out of range
# is refused and changes nothing; connect() to a closed port: ECONNREFUSED.
#
#   client ---- SYN ----> 10.53.0.99, a MAC that no NIC has
#   client ---- SYN ----> server, no listener

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"
# shellcheck source=capture.sh
. "$KST_DIR/capture.sh"

SILENT=10.53.0.99

silent() {
	local lines
	silence client "$SILENT"
	tune client syn_retries 2
	new_port
	capture_start client "host $SILENT"
	puppet cli client
	ask_error cli ETIMEDOUT connect "$SILENT" "$port"
	lasted "until ETIMEDOUT" "${answer[2]}" 7000000
	capture_stop 3
	segments >"$tmp/segments"
	mapfile -t lines < <(cut -d ' ' -f 2- "$tmp/segments")
	same "segments on the wire" "${#lines[@]}" 3
	for line in "${lines[@]}"; do
		same "a segment" "$line" "253 SYN $C4 $SILENT"
	done
	mapfile -t at < <(cut -d ' ' -f 1 "$tmp/segments")
	lasted "from the first to the second SYN" $((at[1] - at[0])) 1000000
	lasted "from the second to the third SYN" $((at[2] - at[1])) 2000000
	same "connections left" "$(states client dport "$port")" ""
}

out_of_range() {
	local value
	for value in 999 128 0 -1 x; do
		try itpctl tunable set syn_retries "$value"
		((status != 0)) || fail "syn_retries $value was accepted"
		[[ $value == [-x]* ]] || {
			contains "the message for $value" "$err" 1
			contains "the message for $value" "$err" 127
		}
		[[ $err ]] || fail "no message for $value"
		same "value after $value" "$(cat /proc/sys/net/itp/syn_retries)" 7
	done
}

# refused ADDRESS CLIENT
refused() {
	local lines
	new_port
	capture_start client "host $1 and not icmp6 and not arp"
	puppet cli client
	ask_error cli ECONNREFUSED connect "$1" "$port"
	((answer[2] < 500000)) || fail "ECONNREFUSED only after ${answer[2]} us"
	capture_stop 2
	mapfile -t lines < <(segments | cut -d ' ' -f 2-)
	same "segments on the wire" "${#lines[@]}" 2
	same "the first" "${lines[0]}" "253 SYN $C4 $1"
	same "the second" "${lines[1]}" "253 RST,ACK $1 $C4"
}

refused_v6() {
	new_port
	puppet cli client
	ask_error cli ECONNREFUSED connect "$S6" "$port"
}

add_case silent_address silent
add_case out_of_range out_of_range
add_case refused refused "$S4"
add_case refused_v6 refused_v6
kst_main "$@"
