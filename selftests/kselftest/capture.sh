# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What really was on the wire, by tcpdump. Sourced after lib.sh.
#
#	capture_start HOST FILTER...	listens on HOST's eth0
#	capture_stop COUNT		ends it when it has seen so many, or after 10 s
#	segments			one line each: TIME PROTOCOL FLAGS SOURCE DESTINATION
#
# TIME in microseconds, PROTOCOL the IP protocol number, FLAGS the names of the
# bits that are set in octet 13 of what follows the IP header, joined by commas,
# as SYN or RST,ACK. IPv4 without options.

: "${tmp=}" "${spawned=}"	# lib.sh's

capture_start() {
	local host=$1
	shift
	spawn on "$host" tcpdump -Z root --immediate-mode -U -l -n -tt -x -i eth0 "$*" \
		>"$tmp/capture" 2>"$tmp/capture.err"
	capture_pid=$spawned
	within 30 "tcpdump listens" grep -q '^listening on' "$tmp/capture.err"
}

has_captured() { (($(grep -cE '^[0-9]+\.[0-9]+ ' "$tmp/capture") >= $1)); }

capture_stop() {
	# Packets may still be between the kernel and tcpdump, which does not
	# always read them before it ends.
	wait_for 10 has_captured "$1"
	kill -INT "$capture_pid"
	end_of "$capture_pid" 30 tcpdump
	grep -q '^0 packets dropped by kernel' "$tmp/capture.err" ||
		fail "tcpdump missed packets: $(<"$tmp/capture.err")"
}

segments() {
	awk '
	function octet(i) { return hex(substr(packet, 2 * i + 1, 2)) }
	function hex(s) {
		return 16 * (index("0123456789abcdef", substr(s, 1, 1)) - 1) + \
			index("0123456789abcdef", substr(s, 2, 1)) - 1
	}
	function address(i) {
		return octet(i) "." octet(i + 1) "." octet(i + 2) "." octet(i + 3)
	}
	function out(   i, bits, names, flags) {
		if (packet == "")
			return
		split("FIN SYN RST PSH ACK URG", names, " ")
		bits = octet(33)
		flags = ""
		for (i = 1; i <= 6; i++) {
			if (int(bits / 2 ^ (i - 1)) % 2)
				flags = flags (flags == "" ? "" : ",") names[i]
		}
		print time, octet(9), flags, address(12), address(16)
		packet = ""
	}
	/^[0-9]+\.[0-9]+ / { out(); time = $1; sub(/\./, "", time); next }
	/^\t0x/ { for (i = 2; i <= NF; i++) packet = packet $i }
	END { out() }' "$tmp/capture"
}
