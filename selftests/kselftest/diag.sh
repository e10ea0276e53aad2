#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# itp_diag.ko: what sock_diag(7) tells of ITP's connections to a program that
# asks as `ss` does (sockdiag.c): dump, filters, exact look-up, SOCK_DESTROY.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

DIAG_KO=${ITP_KO-} DIAG_KO=${DIAG_KO%/*}/itp_diag.ko
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
CHURN=$(size 200 2000)
# 1 << TCP_*
ESTABLISHED=0x2 SYN_SENT=0x4 SYN_RECV=0x8 TIME_WAIT=0x40 CLOSE_WAIT=0x100
LISTEN=0x400 NEW_SYN_RECV=0x1000 ALL=0xffff

diag_loaded() { [[ $(</proc/modules) == *itp_diag\ * ]]; }

diag_load() {
	diag_loaded && return
	modprobe -q inet_diag
	insmod "$DIAG_KO" || fail "insmod $DIAG_KO"
	later rmmod itp_diag
}

# diag HOST ARGUMENT...: sets out, lines[]
diag() {
	local host=$1
	shift
	try on "$host" "$KST_BIN/sockdiag" "$@"
	((status == 0)) || fail "sockdiag $*: $err"
	lines=()
	[[ ! $out ]] || mapfile -t lines <<<"$out"
}

# records WANTED HOST ARGUMENT...
records() {
	local wanted=$1
	shift
	diag "$@"
	((${#lines[@]} == wanted)) || fail "${*:2}: ${#lines[@]} records, wanted $wanted: $out"
}

# diag_error ERRNO HOST ARGUMENT...
diag_error() {
	local wanted=$1 host=$2
	shift 2
	try on "$host" "$KST_BIN/sockdiag" "$@"
	((status != 0)) || fail "sockdiag $* worked: $out"
	same "sockdiag $*" "$err" "$wanted"
}

# word LINE NAME: sets value
word() {
	[[ " $1 " =~ \ $2=([^\ ]*)\  ]] || fail "no $2 in: $1"
	value=${BASH_REMATCH[1]}
}

# word_is LINE NAME VALUE
word_is() {
	local value
	word "$1" "$2"
	same "$2 in $1" "$value" "$3"
}

# The inode of the puppet's socket N, as /proc has it.
inode_of() {
	local link
	link=$(readlink "/proc/${puppet_pid[$1]}/fd/$(($2 + 3))")
	link=${link#socket:[}
	inode=${link%]}
}

# dump ADDRESS-OF-SERVER ADDRESS-OF-CLIENT [-6]
dump() {
	local server=$1 client=$2 family=${3-} line
	diag_load
	pair "$server" 2
	ask cli write 0 5000
	ask srv read 1 5000
	# shellcheck disable=SC2086  # nothing, or a word
	records 2 client $family -e dump "$ALL" "id.dport=$port"
	inode_of cli 0
	line=${lines[0]}
	[[ $line == *"inode=$inode "* ]] || line=${lines[1]}
	word_is "$line" inode "$inode"
	word_is "$line" state 1
	word_is "$line" dst "$server,$port"
	word "$line" src
	same "the address" "${value%,*}" "$client"
	word_is "$line" uid 0
	word_is "$line" acked 5000
	word_is "$line" info_state 1
	word_is "$line" mark 0
	word_is "$line" cong "$(on client itpctl -j conn show dport "$port" | jq -r '.[0].stack.cong_algo // "reno"')"
	word_is "$line" mem 16
	word_is "$line" shutdown 0
	word "$line" skmem
	word "$line" tos
	word "$line" snd_mss
	((value > 500)) || fail "snd_mss $value"
	# Without extensions no INFO.
	# shellcheck disable=SC2086
	records 2 client $family dump "$ALL" "id.dport=$port"
	[[ ${lines[0]} != *info=* ]] || fail "INFO without asking: ${lines[0]}"
	# shellcheck disable=SC2086
	records 3 server $family -e dump "$ALL" "id.sport=$port"
	# shellcheck disable=SC2086
	records 1 server $family -e dump "$LISTEN" "id.sport=$port"
	word_is "${lines[0]}" state 10
	word_is "${lines[0]}" rq 0
	ask cli connect "$server" "$port" 3
	# shellcheck disable=SC2086
	within 20 "three in the accept queue" queue_is 3 $family
	word "${lines[0]}" wq
	((value > 0)) || fail "limit of the accept queue: $value"
	# The other family has none of these.
	if [[ $family ]]; then family=''; else family=-6; fi
	# shellcheck disable=SC2086
	records 0 client $family dump "$ALL" "id.dport=$port"
	# TCP's are TCP's.
	records 0 client -p 6 dump "$ALL" "id.dport=$port"
}

queue_is() {
	local n=$1
	shift
	diag server "$@" -e dump "$LISTEN" "id.sport=$port"
	word "${lines[0]}" rq
	((value == n))
}

# Records that are no sockets, and sockets that go through states.
states_and_timers() {
	local cookie
	diag_load
	pair_half_open
	records 1 server dump "$SYN_RECV" "id.sport=$port"
	word_is "${lines[0]}" state 3
	word_is "${lines[0]}" timer 1
	word_is "${lines[0]}" inode 0
	word_is "${lines[0]}" mark 0
	word "${lines[0]}" expires
	between "until the SYN-ACK again" "$value" 0 130000
	word "${lines[0]}" cookie
	cookie=$value
	records 1 server dump "$NEW_SYN_RECV" "id.sport=$port"
	records 1 client dump "$SYN_SENT" "id.dport=$port"
	word_is "${lines[0]}" timer 1
	unsilence server "$C4"
	reply cli
	ask srv accept
	records 0 server dump "$SYN_RECV" "id.sport=$port"
	records 1 server dump "$ESTABLISHED" "id.sport=$port"
	word_is "${lines[0]}" cookie "$cookie"
	ask srv close 1
	within 20 "CLOSE-WAIT" states_are CLOSE-WAIT client dport "$port"
	records 1 client dump "$CLOSE_WAIT" "id.dport=$port"
	ask cli close 0
	within 20 "TIME-WAIT" states_are "LISTEN TIME-WAIT" server sport "$port"
	records 1 server dump "$TIME_WAIT" "id.sport=$port"
	word_is "${lines[0]}" state 6
	word_is "${lines[0]}" timer 3
	word_is "${lines[0]}" cookie "$cookie"
	word "${lines[0]}" expires
	between "until the end of TIME-WAIT" "$value" 1 60000
	records 0 server dump $((0xffff & ~(TIME_WAIT | LISTEN))) "id.sport=$port"
}

filters() {
	local sport
	diag_load
	pair "$S4" 3
	records 3 client dump "$ALL" "dport=$port"
	word "${lines[1]}" src
	sport=${value#*,}
	records 1 client dump "$ALL" "dport=$port" "sport=$sport"
	records 2 client dump "$ALL" "dport=$port" not "sport=$sport"
	records 3 client dump "$ALL" "dport>=$port" "dport<=$port"
	records 0 client dump "$ALL" "dport>=$((port + 1))" "dport<=$((port + 1))"
	records 0 client dump "$ALL" not "dport<=$port" "dst=$S4,$port"
	records 3 client dump "$ALL" "dst=$S4,$port" "src=$C4"
	records 3 client dump "$ALL" "dst=10.53.0.0/24,$port"
	records 0 client dump "$ALL" "dst=10.54.0.0/24,$port"
	records 3 client dump "$ALL" "dst=0.0.0.0/0" "dport=$port"
	# connect() chose the port, bind() did not.
	records 3 client dump "$ALL" auto "dport=$port"
	records 1 server dump "$ALL" not auto "sport=$port"
	records 3 client dump "$ALL" "dport=$port" dev=0
	records 0 client dump "$ALL" "dport=$port" dev=4711
	records 3 client dump "$ALL" "dport=$port" mark=0/0
	records 0 client dump "$ALL" "dport=$port" mark=1/1
	# A condition on a mapped address fits the address inside.
	new_port
	ask srv listen "$S4" "$port"
	ask cli connect "::ffff:$S4" "$port"
	ask srv accept
	records 1 client -6 dump "$ESTABLISHED" "dport=$port" "dst=$S4"
	records 0 client -6 dump "$ESTABLISHED" "dport=$port" "dst=$C4"
	records 1 client -6 dump "$ESTABLISHED" "dport=$port" "dst=::ffff:0:0/96"
	# What ends nowhere, or is cut off, is refused or fits nothing.
	diag_error EINVAL client dump "$ALL" raw=0000
	diag_error EINVAL client dump "$ALL" raw=0b080c00
	diag_error EINVAL client dump "$ALL" raw=07080c00020040ff
	diag_error EINVAL client dump "$ALL" raw=01000000
	records 0 client dump "$ALL" raw=01040800
}

look_up() {
	local sport cookie listener
	diag_load
	pair "$S4"
	records 1 client dump "$ALL" "dport=$port"
	word "${lines[0]}" src
	sport=${value#*,}
	word "${lines[0]}" cookie
	cookie=$value
	records 1 client -e get "$C4" "$sport" "$S4" "$port"
	word_is "${lines[0]}" cookie "$cookie"
	word_is "${lines[0]}" info_state 1
	records 1 client get "::ffff:$C4" "$sport" "::ffff:$S4" "$port" "$cookie"
	diag_error ENOENT client get "$C4" "$sport" "$S4" "$port" 4711
	diag_error ENOENT client get "$C4" "$sport" "$S4" 9
	# What would get a segment from somebody new is the listener.
	records 1 server get "$S4" "$port" "$C4" 9
	word_is "${lines[0]}" state 10
	word "${lines[0]}" cookie
	listener=$value
	records 1 server get "$S4" "$port" "$C4" "$sport"
	word_is "${lines[0]}" state 1
	word "${lines[0]}" cookie
	[[ $value != "$listener" ]] || fail "two with cookie $value"
	diag_error ENOENT server get "$S4" "$port" "$C4" "$sport" "$listener"
}

# As with TCP: all see all, marks are the administrator's.
other_users() {
	diag_load
	cp "$KST_BIN/sockdiag" "$tmp/sockdiag"
	pair "$S4"
	try "${NOBODY[@]}" "$tmp/sockdiag" -e dump "$ALL" "dport=$port"
	same "exit status ($err)" "$status" 0
	word_is "$out" state 1
	word_is "$out" info_state 1
	word_is "$out" uid 0
	[[ $out != *mark=* ]] || fail "a mark is shown: $out"
	word "$out" src
	try "${NOBODY[@]}" "$tmp/sockdiag" destroy "$C4" "${value#*,}" "$S4" "$port"
	same "destroy by nobody" "$err" EPERM
	# Not by one who rules over another namespace, either.
	try "${NOBODY[@]}" unshare -Ur "$tmp/sockdiag" destroy "$C4" "${value#*,}" "$S4" "$port"
	same "destroy by root of a user namespace" "$err" EPERM
	try "${NOBODY[@]}" "$tmp/sockdiag" dump "$ALL" mark=0/0
	same "a filter by mark" "$err" EPERM
	try "${NOBODY[@]}" unshare -Urn "$tmp/sockdiag" dump "$ALL"
	same "records in a new namespace ($err)" "$status $out" "0 "
	ask cli write 0 10
	ask srv read 1 10
}

can_destroy() {
	local config
	config=$(zcat /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null)
	[[ $config != *"CONFIG_INET_DIAG_DESTROY is not set"* ]]
}

# Both ends learn of it, the program by ECONNABORTED, the peer by a RST.
destroy() {
	local sport
	can_destroy || skip "this kernel has no SOCK_DESTROY"
	diag_load
	pair "$S4"
	records 1 client dump "$ALL" "dport=$port"
	word "${lines[0]}" src
	sport=${value#*,}
	diag_error ENOENT client destroy "$C4" "$sport" "$S4" "$port" 4711
	records 0 client destroy "$C4" "$sport" "$S4" "$port"
	ask_error cli ECONNABORTED read 0 1
	ask_error srv ECONNRESET read 1 1
	same "states on client" "$(states client dport "$port")" ""
	diag_error ENOENT client destroy "$C4" "$sport" "$S4" "$port"
}

# One that waits in accept() is told; those that nobody took yet are reset.
destroy_listener() {
	can_destroy || skip "this kernel has no SOCK_DESTROY"
	diag_load
	pair "$S4"
	ask cli connect "$S4" "$port" 2
	within 20 "two in the accept queue" queue_is 2
	records 0 server destroy "$S4" "$port" "$C4" 9
	ask_error srv EINVAL accept
	ask_error cli ECONNRESET read 1 1
	ask_error cli ECONNRESET read 2 1
	ask cli write 0 10
	ask srv read 1 10
	ask_error cli ECONNREFUSED connect "$S4" "$port"
	# It can listen again.
	new_port
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	tell srv accept
	reply srv
	same "accept" "${answer[0]}" ok
	tell srv accept
	within 20 "accept waits" listening server "$port"
	records 0 server destroy "$S4" "$port" "$C4" 9
	reply srv
	same "a waiting accept" "${answer[0]} ${answer[1]}" "error EINVAL"
}

destroy_records() {
	local sport
	can_destroy || skip "this kernel has no SOCK_DESTROY"
	diag_load
	pair_half_open
	records 1 client dump "$SYN_SENT" "dport=$port"
	word "${lines[0]}" src
	sport=${value#*,}
	# This one first: it would send its SYN again.
	records 0 client destroy "$C4" "$sport" "$S4" "$port"
	reply cli
	same "connect" "${answer[0]} ${answer[1]}" "error ECONNABORTED"
	records 0 server destroy "$S4" "$port" "$C4" "$sport"
	same "states on server" "$(states server sport "$port")" LISTEN
	unsilence server "$C4"
	ask cli connect "$S4" "$port"
	ask srv accept
	ask cli close 0
	ask srv eof 1
	ask srv close 1
	within 20 "TIME-WAIT" states_are TIME-WAIT client dport "$port"
	records 1 client dump "$TIME_WAIT" "dport=$port"
	word "${lines[0]}" src
	records 0 client destroy "$C4" "${value#*,}" "$S4" "$port"
	same "states on client" "$(states client dport "$port")" ""
}

# Those that live throughout are shown exactly once, whatever comes and goes.
churn() {
	local stayed round
	diag_load
	pair "$S4" "$CHURN"
	stayed=$port
	new_port
	puppet echo server
	puppet storm client
	ask echo listen "$S4" "$port"
	tell echo echo 100000
	tell storm storm "$S4" "$port" 100000
	for ((round = 0; round < 4; round++)); do
		diag client dump "$ALL"
		same "seen in round $round" "$(grep -c ",$stayed timer" <<<"$out")" "$CHURN"
		same "each once in round $round" "$(grep ",$stayed timer" <<<"$out" | sort -u | wc -l)" "$CHURN"
		diag server dump "$ESTABLISHED"
		same "seen on server in round $round" "$(grep -c "src=$S4,$stayed " <<<"$out")" "$CHURN"
	done
}

# A module of its own: it holds itp.ko, and without it nobody is listed.
loading() {
	diag_load
	try rmmod itp
	((status != 0)) || fail "rmmod itp with itp_diag loaded worked"
	contains "the message" "$err" "in use"
	rmmod itp_diag || fail "rmmod itp_diag"
	pair "$S4"
	diag_error ENOENT server get "$S4" "$port" "$C4" 9
	diag_load
	records 1 client dump "$ALL" "dport=$port"
	rmmod itp_diag || fail "rmmod itp_diag with connections"
}

add_case dump_ipv4 dump "$S4" "$C4"
! thorough || add_case dump_ipv6 dump "$S6" "$C6" -6
add_case states_and_timers states_and_timers
! thorough || add_case filters filters
! thorough || add_case look_up look_up
add_case other_users other_users
add_case destroy destroy
! thorough || add_case destroy_listener destroy_listener
! thorough || add_case destroy_records destroy_records
! thorough || add_case churn churn
add_case loading loading
kst_main "$@"
