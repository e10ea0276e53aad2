#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Random data from client to server and back, by unmodified programs under
# itprun, over IPv4 and IPv6, on a good wire and on one that loses, reorders and
# duplicates: what comes back has the same SHA-256, and ITP's counters say that
# it went over ITP.
#
#   ncat:  client --file--> server --file--> client, a connection each way
#   socat: client --file--> server, which echoes in the same connection
#
# MIB=N: size of the data; default 4, in the long form FULL_MIB or 16.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

MIB=${MIB:-$(size 4 "${FULL_MIB:-16}")}
LIMIT=$(size 240 1500)
KST_LIMIT=$((LIMIT + 60))

address() { [[ $1 == v4 ]] && echo "$S4" || echo "$S6"; }

hash_of() { sha256sum <"$1"; }

# ncat_way ADDRESS: $tmp/there to $tmp/server by the client, and back.
ncat_both() {
	local server
	new_port
	spawn on server itprun ncat -l --recv-only "$1" "$port" >"$tmp/server"
	server=$spawned
	await_listener server "$port"
	itprun ncat --send-only "$1" "$port" <"$tmp/there" || fail "ncat ended with $?"
	end_of "$server" "$LIMIT" "the server's ncat"
	same "exit status of the server's ncat" "$status" 0

	new_port
	spawn on server itprun ncat -l --send-only "$1" "$port" <"$tmp/server"
	server=$spawned
	await_listener server "$port"
	itprun ncat --recv-only "$1" "$port" >"$tmp/back" || fail "ncat ended with $?"
	end_of "$server" "$LIMIT" "the server's ncat"
	same "exit status of the server's ncat" "$status" 0
}

# socat_both ADDRESS
socat_both() {
	local server family=TCP4 host=$1
	[[ $1 != *:* ]] || family=TCP6 host="[$1]"
	new_port
	# Not PIPE, nor large blocks: socat would wait for a full pipe that only
	# it reads. A socket pair takes a block whenever poll() says so.
	spawn on server itprun socat -t "$LIMIT" "$family-LISTEN:$port,bind=$host,reuseaddr" EXEC:cat
	server=$spawned
	await_listener server "$port"
	itprun socat -t "$LIMIT" "$family:$host:$port" - <"$tmp/there" >"$tmp/back" ||
		fail "socat ended with $?"
	end_of "$server" "$LIMIT" "the server's socat"
}

# transfer TOOL FAMILY [NETEM...]
transfer() {
	local tool=$1 to octets=$((MIB << 20)) lost=0
	to=$(address "$2")
	shift 2
	head -c "$octets" /dev/urandom >"$tmp/there"
	(($# == 0)) || impair "$@"
	count_octets
	"${tool}_both" "$to"
	(($# == 0)) || lost=$(dropped)
	same "size of what came back" "$(stat -c %s "$tmp/back")" "$octets"
	same "SHA-256" "$(hash_of "$tmp/back")" "$(hash_of "$tmp/there")"
	moved server "$octets"
	moved client "$octets"
	(($# == 0 || lost > 0)) || fail "netem dropped nothing"
	say "dropped by the wire: $lost; retransmitted: $(counter client segs_retrans) and $(counter server segs_retrans) segments so far"
}

BAD="delay 2ms reorder 2% loss 2% duplicate 1%"

add_case ncat_v4_clean transfer ncat v4
add_case socat_v4_impaired transfer socat v4 "$BAD"
add_case socat_v6_clean transfer socat v6
add_case ncat_v6_impaired transfer ncat v6 "$BAD"
# In real time, on an emulated processor, half of them are enough for a day.
if thorough; then
	add_case socat_v4_clean transfer socat v4
	add_case ncat_v4_impaired transfer ncat v4 "$BAD"
	add_case ncat_v6_clean transfer ncat v6
	add_case socat_v6_impaired transfer socat v6 "$BAD"
fi
kst_main "$@"
