#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that know nothing of ITP, under itprun: iperf3 in both directions,
# curl that fetches many files from Python's HTTP server. ITP's counters say
# that it went over ITP.
#
#   client: iperf3 -c, curl <----> server: iperf3 -s, python3 -m http.server

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

OCTETS=$(($(size 2 16) << 20))
FILES=$(size 20 200)
KST_LIMIT=600

# iperf ADDRESS [ARGUMENT...]
iperf() {
	local to=$1 server receiver=server got
	shift
	[[ " $* " != *" -R "* ]] || receiver=client
	new_port
	spawn on server itprun iperf3 -s -1 -B "$to" -p "$port" >"$tmp/server.log" 2>&1
	server=$spawned
	await_listener server "$port"
	count_octets
	itprun iperf3 -c "$to" -p "$port" -n "$OCTETS" -J "$@" >"$tmp/report.json" ||
		fail "iperf3 ended with $?: $(jq -r .error "$tmp/report.json")"
	end_of "$server" 60 "the server's iperf3"
	got=$(jq '.end.sum_received.bytes' "$tmp/report.json")
	((got > 0)) || fail "iperf3 received nothing"
	moved "$receiver" "$got"
	say "$(jq -r '.end.sum_received.bits_per_second / 1e6 | floor' "$tmp/report.json") Mbit/s"
}

make_files() {
	local i
	mkdir "$tmp/www" "$tmp/got"
	for ((i = 1; i <= FILES; i++)); do
		head -c $((i * 997)) /dev/urandom >"$tmp/www/f$i"
	done
}

# fetch ADDRESS URLHOST
fetch() {
	local octets
	make_files
	octets=$(cat "$tmp/www"/* | wc -c)
	new_port
	spawn on server itprun python3 -m http.server --bind "$1" --directory "$tmp/www" "$port" \
		>"$tmp/server.log" 2>&1
	await_listener server "$port"
	count_octets
	(cd "$tmp/got" && itprun curl -sS --fail --noproxy '*' -O "http://$2:$port/f[1-$FILES]") ||
		fail "curl ended with $?; the server says: $(tail -n 5 "$tmp/server.log")"
	diff -r "$tmp/www" "$tmp/got" >"$tmp/diff" || fail "files differ: $(head -n 3 "$tmp/diff")"
	same "files" "$(find "$tmp/got" -type f | wc -l)" "$FILES"
	moved client "$octets"
}

add_case iperf3_v4 iperf $S4
add_case iperf3_v4_reverse iperf $S4 -R
add_case iperf3_v6 iperf $S6
if full; then
	add_case iperf3_v6_reverse iperf $S6 -R
	add_case iperf3_parallel iperf $S4 -P 4
	add_case iperf3_parallel_reverse iperf $S4 -P 4 -R
fi
add_case curl_v4 fetch $S4 $S4
! full || add_case curl_v6 fetch $S6 "[$S6]"
kst_main "$@"
