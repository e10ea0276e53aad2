#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading and unloading. The module's path is $ITP_KO. Whatever happens here,
# the module is loaded again at the end of a case.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

ROUNDS=$(size 10 100)
KST_LIMIT=$(size 300 1200)

loaded() { [[ -e /sys/module/itp/refcnt || $(</proc/modules) == *itp\ * ]]; }

load() { insmod "$ITP_KO" "$@"; }

ensure_loaded() { loaded || load; }

refused_in_use() {
	later ensure_loaded
	await_unused 200
	pair "$S4"
	try rmmod itp
	((status != 0)) || fail "rmmod with sockets open worked"
	contains "the message" "$err" "in use"
	ask cli write 0 1000
	ask srv read 1 1000
	ask cli close 0
	ask srv close 1
	ask srv close 0
	within 20 "TIME-WAIT" states_are TIME-WAIT client dport "$port"
	await_unused 200
	try rmmod itp
	same "rmmod with a TIME-WAIT record: $err" "$status" 0
	load || fail "insmod failed"
	same "connections after loading again" "$(conns client)" "[]"
}

# A listener with half-open entries and nothing else.
listener() {
	later ensure_loaded
	await_unused 200
	new_port
	puppet srv server
	ask srv listen "$S4" "$port"
	try rmmod itp
	((status != 0)) || fail "rmmod with a listener worked"
	puppet cli client
	silence server "$C4"
	tell cli connect "$S4" "$port"
	within 20 "SYN-RECEIVED" states_are "LISTEN SYN-RECEIVED" server sport "$port"
	end_puppet cli
	end_puppet srv
	await_unused 200
	rmmod itp || fail "rmmod after the listener closed"
	load || fail "insmod failed"
}

# taken PROTOCOL: loading fails, the kernel's log says why
taken() {
	later ensure_loaded
	await_unused 200
	rmmod itp || fail "rmmod"
	dmesg -C
	try load protocol="$1"
	((status != 0)) || fail "loaded with protocol=$1"
	loaded && fail "half loaded with protocol=$1"
	[[ $(dmesg) == *"itp:"*"protocol"*"$1"* ]] || fail "the log does not say why: $(dmesg | tail -n 3)"
	load || fail "insmod after a failed one"
	pair "$S4"
}

twice() {
	try load
	((status != 0)) || fail "loaded twice"
	contains "the message" "$err" "File exists"
	pair "$S4"
}

# Another free number: sockets, netlink's answer and itprun use that one.
other_number() {
	later ensure_loaded
	later rmmod itp
	await_unused 200
	rmmod itp || fail "rmmod"
	load protocol=200 || fail "protocol=200 is refused"
	new_port
	puppet srv server "$KST_BIN/puppet" -p 200
	puppet cli client itprun "$KST_BIN/puppet" -p 0
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	ask srv accept
	same "the client's socket" "$(states client dport "$port")" ESTABLISHED
	puppet old client
	ask_error old EPROTONOSUPPORT connect "$S4" "$port"
	end_puppet cli
	end_puppet srv
	await_unused 200
}

# Without the module a host says that it does not know the protocol (RFC 1122
# section 3.2.2.1); with it, closed ports answer by RST.
without_module() {
	later ensure_loaded
	await_unused 200
	rmmod itp || fail "rmmod"
	same "IPv4, not loaded" "$(raw_syn "$C4" "$S4" 9)" ENOPROTOOPT
	same "IPv6, not loaded" "$(raw_syn "$C6" "$S6" 9)" EPROTO
	load || fail "insmod"
	same "IPv4, loaded" "$(raw_syn "$C4" "$S4" 9)" "14 0"
	same "IPv6, loaded" "$(raw_syn "$C6" "$S6" 9)" "14 0"
}

# raw_syn FROM TO PORT [SPORT]: what the client gets for a SYN without a socket
raw_syn() { on client "$KST_DIR/rawsyn.py" "$1" "$2" "${4:-900}" "$3"; }

# isn SPORT: sets isn, the server's for a SYN of the client
isn() {
	local got
	got=$(raw_syn "$C4" "$S4" "$port" "$1")
	[[ $got == "12 "* ]] || fail "got $got for a SYN"
	isn=${got#* }
}

# listen_isns: a listener, and the numbers for two ports as isns
listen_isns() {
	local isn sport
	isns=()
	puppet srv server
	ask srv listen "$S4" "$port"
	for sport in 900 901; do
		isn "$sport"
		isns+=("$isn")
	done
	end_puppet srv
}

# clock_only: are isns those of old, and the clock has gone on 100 s at most
clock_only() {
	local i
	for i in 0 1; do
		((((isns[i] - old[i]) & 0xffffffff) < 25000000)) || return 1
	done
}

# RFC 6528: the key behind the numbers is a new one each time.
isn_key() {
	local isns old
	later ensure_loaded
	await_unused 200
	new_port
	listen_isns
	old=("${isns[@]}")
	listen_isns
	clock_only || fail "not the clock alone has moved: ${old[*]}, then ${isns[*]}"
	await_unused 200
	rmmod itp || fail "rmmod"
	load || fail "insmod"
	listen_isns
	! clock_only || fail "only the clock has moved: ${old[*]}, then ${isns[*]}"
}

rounds() {
	local i
	later ensure_loaded
	await_unused 200
	for ((i = 0; i < ROUNDS; i++)); do
		rmmod itp || fail "rmmod in round $i"
		load || fail "insmod in round $i"
		pair "$S4" 2
		ask cli write 0 20000
		ask srv read 1 20000
		ask cli close 0
		((i % 2)) || ask srv close 1
		end_puppet cli
		end_puppet srv
		await_unused 200
	done
}

add_case refused_in_use refused_in_use
add_case listener listener
add_case protocol_6 taken 6
add_case protocol_17 taken 17
add_case protocol_255 taken 255
add_case twice twice
add_case other_number other_number
add_case without_module without_module
add_case isn_key isn_key
add_case rounds rounds
kst_main "$@"
