#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What network courses let students do with Linux' TCP and its tunables: over
# ITP the same comes out. Each case is one exercise: what is on the wire, when,
# and what `itpctl conn show` says.
#
#	client 10.53.0.1 ---- 10.53.0.2 server; 10.53.0.99 is nobody

: "${KST_LIMIT:=600}" "${ANSWER_LIMIT:=400}"
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"
# shellcheck source=capture.sh
. "$KST_DIR/capture.sh"

SILENT=10.53.0.99

# at SECOND...: the captured segments came so many seconds after the first; what
# a timer of the kernel's wheel repeats is an eighth late at most.
at() {
	local i first times
	mapfile -t times < <(segments | cut -d ' ' -f 1)
	same "segments on the wire" "${#times[@]}" "$#"
	first=${times[0]}
	for ((i = 1; i < ${#times[@]}; i++)); do
		shift
		between "segment $((i + 1)) after (us)" $((times[i] - first)) \
			$(($1 * 990000)) $(($1 * 1130000 + 20000))
	done
}

# Octets of the captured IPv4 packets, the longest.
longest() {
	local word most=0
	while read -r word; do
		((16#$word <= most)) || most=$((16#$word))
	done < <(awk '$1 == "0x0000:" { print $3 }' "$tmp/capture")
	echo "$most"
}

# The MSS in each captured SYN and SYN-ACK, where it is the first option.
offered() {
	local kind mss
	while read -r kind mss; do
		[[ $kind != 0204 ]] || echo $((16#$mss))
	done < <(awk '$1 == "0x0020:" { print $6, $7 }' "$tmp/capture")
}

# show HOST JQ: of its connections to or from $port
show() { conns "$1" "$([[ $1 == client ]] && echo dport || echo sport)" "$port" exclude listen | jq -r "$2"; }

# cur_mss_is HOST OCTETS
cur_mss_is() { [[ $(show "$1" '.[0].perf.cur_mss') == "$2" ]]; }

# --- opening ------------------------------------------------------------------

# `nc` to an address where nobody is; syn_retries as Linux' TCP has it and less.
syn_retries() {
	silence client "$SILENT"
	new_port
	capture_start client "host $SILENT"
	puppet cli client
	ask_error cli ETIMEDOUT connect "$SILENT" "$port"
	lasted "until ETIMEDOUT" "${answer[2]}" 247000000
	capture_stop 8
	at 0 1 3 7 15 31 63 127
	tune client syn_retries 3
	capture_start client "host $SILENT"
	ask_error cli ETIMEDOUT connect "$SILENT" "$port"
	lasted "until ETIMEDOUT" "${answer[2]}" 15000000
	capture_stop 4
	at 0 1 3 7
	tune client syn_linear_timeouts 4
	capture_start client "host $SILENT"
	ask_error cli ETIMEDOUT connect "$SILENT" "$port"
	lasted "until ETIMEDOUT" "${answer[2]}" 19000000
	capture_stop 8
	at 0 1 2 3 4 5 7 11
}

half_open_gone() { states_are "" server sport "$port" exclude listen; }

# half_open SYN-ACKS SECONDS SECOND...: one SYN, whose SYN-ACKs reach nobody.
half_open() {
	local began us
	capture_start server "src $S4 and proto 253"
	spawn "$KST_DIR/rawsyn.py" "$C4" "$S4" "$((++from))" "$port" >/dev/null
	within 20 "SYN-RECEIVED" states_are SYN-RECEIVED server sport "$port" exclude listen
	now_us
	began=$us
	same "its timer" "$(show server '.[0].timer.kind')" syn-ack
	within $((2 * $2 + 10)) "its end" half_open_gone
	now_us
	between "the half-open entry (us)" $((us - began)) $(($2 * 980000 - 100000)) $(($2 * 1130000 + 700000))
	capture_stop "$1"
	segments >"$tmp/segments"
	same "segments" "$(cut -d ' ' -f 2- "$tmp/segments" | sort | uniq -c | xargs)" \
		"$1 253 SYN,ACK $S4 $C4"
	shift 2
	at "$@"
}

# The filter between them lets no SYN-ACK through.
synack_retries() {
	local from=900
	KST_PAUSE_MS=500
	new_port
	puppet srv server
	ask srv listen "$S4" "$port"
	silence server "$C4"
	half_open 6 63 0 1 3 7 15 31
	tune server synack_retries 2
	half_open 3 7 0 1 3
}

# --- closing ------------------------------------------------------------------

# One side closes, the other never does. As long as a program holds it nothing
# ends it; from then on fin_timeout does, and never TIME-WAIT.
fin_timeout() {
	local began us
	pair "$S4"
	ask cli shutdown 0
	within 20 "FIN-WAIT-2" states_are FIN-WAIT-2 client dport "$port"
	pause 200
	same "after 200 s" "$(states client dport "$port") $(states server sport "$port" exclude listen)" "FIN-WAIT-2 CLOSE-WAIT"
	same "its timer" "$(show client '.[0].timer.kind')" none
	ask cli close 0
	now_us
	began=$us
	KST_PAUSE_MS=500
	within 20 "its timer" timer_is client fin-wait-2
	between "what is left of it (us)" "$(show client '.[0].timer.expires_us')" 50000000 60000000
	within 100 "the end of FIN-WAIT-2" states_are "" client dport "$port"
	now_us
	lasted "FIN-WAIT-2 of an orphan" $((us - began)) 60000000
	same "the other side" "$(states server sport "$port" exclude listen)" CLOSE-WAIT
	# The peer still believes in the connection, until it says something.
	ask srv write 1 10
	within 20 "the RST" states_are "" server sport "$port" exclude listen
	ask srv eof 1
	ask_error srv EPIPE write 1 10
}

timer_is() { [[ $(show "$1" '.[0].timer.kind') == "$2" ]]; }

# A server that closed first is restarted while its port is in TIME-WAIT: with
# SO_REUSEADDR, which the first one must have had, too.
server_restarted() {
	tune server timewait_len 20
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	ask srv accept
	ask srv close 1
	ask cli eof 0
	ask cli close 0
	within 20 "TIME-WAIT of the server" states_are TIME-WAIT server sport "$port" exclude listen
	end_puppet srv
	puppet again server
	ask_error again EADDRINUSE listen "$S4" "$port" noreuse
	ask again listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	ask again accept
	ask cli write 1 1000
	ask again read 1 1000
	# A listener is one whether or not it says SO_REUSEADDR.
	ask_error again EADDRINUSE listen "$S4" "$port"
	ask cli close 1
	ask again eof 1
	ask again close 1
	end_puppet again
	within 20 "TIME-WAIT of the client" states_are TIME-WAIT client dport "$port"
	within 40 "the end of TIME-WAIT" states_are "" server sport "$port"
	puppet last server
	ask last listen "$S4" "$port" noreuse
}

# A client that closes first soon has all its ports in TIME-WAIT. tw_reuse lets it
# take one over after a second, if timestamps tell old segments from new ones.
reuse_with_timestamps() { reuse 1; }
reuse_without_timestamps() { reuse 0; }

reuse() { # TIMESTAMPS
	local before i
	tune client timestamps "$1"
	tune client local_port_min 40000
	tune client local_port_max 40001
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$S4" "$port"
	for i in 0 1; do
		ask cli connect "$S4" "$port"
		ask srv accept
		ask cli close "$i"
		ask srv eof $((i + 1))
		ask srv close $((i + 1))
	done
	within 20 "both ports in TIME-WAIT" states_are "TIME-WAIT TIME-WAIT" client dport "$port"
	pause 1.2
	tune client tw_reuse 0
	ask_error cli EADDRNOTAVAIL connect "$S4" "$port"
	# Over loopback only: not here.
	tune client tw_reuse 2
	ask_error cli EADDRNOTAVAIL connect "$S4" "$port"
	tune client tw_reuse 1
	if ((!$1)); then
		ask_error cli EADDRNOTAVAIL connect "$S4" "$port"
		return
	fi
	before=$(counter client timewait_taken)
	ask cli connect "$S4" "$port"
	ask srv accept
	ask cli write 2 1000
	ask srv read 3 1000
	same "ports taken over" $(($(counter client timewait_taken) - before)) 1
	same "states" "$(states client dport "$port")" "ESTABLISHED TIME-WAIT"
}

# The client shuts its side; sort gets the end of its input, and then answers.
half_close() {
	local fin text lines
	new_port
	count_octets
	spawn on server itprun socat -t 30 "tcp-listen:$port,bind=$S4" system:"sort -n"
	await_listener server "$port"
	capture_start client "host $S4 and proto 253"
	printf '%s\n' 30 4 100 21 |
		timeout 60 itprun socat -t 30 - "tcp:$S4:$port" >"$tmp/sorted" || fail "socat ended with $?"
	same "sorted" "$(xargs <"$tmp/sorted")" "4 21 30 100"
	capture_stop 7
	moved server 12
	moved client 12
	# The first FIN is the client's; text comes the other way after it.
	segments >"$tmp/segments"
	mapfile -t lines < <(cut -d ' ' -f 3- "$tmp/segments")
	fin=$(grep -n "FIN.* $C4 $S4\$" "$tmp/segments" | head -n 1 | cut -d : -f 1)
	text=$(grep -n "PSH.* $S4 $C4\$" "$tmp/segments" | head -n 1 | cut -d : -f 1)
	[[ $fin && $text ]] || fail "no FIN or no answer: ${lines[*]}"
	((fin < text)) || fail "the answer came before the client's FIN: ${lines[*]}"
	within 20 "TIME-WAIT of who closed first" states_are TIME-WAIT client dport "$port"
	same "the other side" "$(states server sport "$port")" ""
}

# --- what goes over the wire --------------------------------------------------

set_mtu() { ip -n "$1" link set dev eth0 mtu "$2" || fail "no MTU of $2"; }

# The MSS that is offered follows the MTU, and so do the segments of a running
# connection. (Below 1280 a device loses its IPv6 addresses for good.)
mss_follows_mtu() {
	later set_mtu client 1500
	later set_mtu server 1500
	tune client timestamps 0
	set_mtu client 1300
	set_mtu server 1400
	capture_start client "host $S4 and proto 253"
	pair "$S4"
	capture_stop 3
	same "MSS of SYN and SYN-ACK" "$(offered | xargs)" "1260 1360"
	same "MSS in use, client and server" "$(show client '.[0].perf.cur_mss') $(show server '.[0].perf.cur_mss')" "1260 1260"
	capture_start client "src $C4 and proto 253"
	ask cli write 0 12600
	ask srv read 1 12600
	capture_stop 10
	same "the longest packet" "$(longest)" 1300
	set_mtu client 1280
	ask cli write 0 10
	within 20 "an MSS of 1240" cur_mss_is client 1240
	capture_start client "src $C4 and proto 253"
	ask srv read 1 10
	ask cli write 0 12400
	ask srv read 1 12400
	capture_stop 10
	same "the longest packet" "$(longest)" 1280
}

# One octet that goes before what was written earlier, and is not in the stream.
urgent_data() {
	pair "$S4"
	capture_start client "src $C4 and proto 253"
	ask cli write 0 100
	ask cli urge 0 33
	ask srv urgent 1 10000
	same "the urgent octet" "${answer[1]}" 33
	ask srv read 1 100
	capture_stop 2
	segments | grep -q "URG.* $C4 $S4\$" || fail "no URG on the wire: $(segments)"
	ask_error srv EINVAL urgent 1
	ask cli shutdown 0
	ask srv eof 1
	same "octets after it" "${answer[1]}" 0
}

! thorough || add_case syn_retries syn_retries
! thorough || add_case synack_retries synack_retries
! thorough || add_case fin_timeout fin_timeout
! thorough || add_case server_restarted server_restarted
add_case reuse_with_timestamps reuse_with_timestamps
! thorough || add_case reuse_without_timestamps reuse_without_timestamps
add_case half_close half_close
# A NIC that gets another MTU may be without a link for seconds.
! thorough || add_case mss_follows_mtu mss_follows_mtu
add_case urgent_data urgent_data
kst_main "$@"
