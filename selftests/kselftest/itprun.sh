#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What itprun takes over to ITP, and what it refuses: exit status 125 and a
# message, never TCP behind the user's back.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

# One octet each way is enough to know the protocol.
# talks COMMAND...: COMMAND is a puppet that connects
talks() {
	new_port
	puppet srv server
	puppet cli client "$@"
	ask srv listen "$S4" "$port"
	count_octets
	ask cli connect "$S4" "$port"
	ask srv accept
	ask cli write 0 1000
	ask srv read 1 1000
	moved server 1000
}

program() { talks itprun "$KST_BIN/puppet" -p 0; }
program_tcp_number() { talks itprun "$KST_BIN/puppet" -p 6; }
child() { talks itprun bash -c "$KST_BIN/puppet -p 0; true"; }
grandchild() { talks itprun bash -c "bash -c '$KST_BIN/puppet -p 0; true'; true"; }

# UDP and names are left alone.
others_untouched() {
	itprun python3 -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
a, b = socket.socketpair()
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == 253, "not ITP"
' || fail "ended with $?"
}

exit_status() {
	try itprun bash -c 'exit 7'
	same "exit status" "$status" 7
	try itprun bash -c 'kill -KILL $$'
	same "exit status of a killed program" "$status" 137
	try itprun /nonexistent/program
	same "exit status for a missing program" "$status" 127
}

# refusal WORD COMMAND...: 125, a message that has WORD, nothing ran
refusal() {
	local word=$1
	shift
	try "$@"
	same "exit status of '$*'" "$status" 125
	[[ ${err,,} == *"$word"* ]] || fail "the message does not have '$word': $err"
	same "output" "$out" ""
}

static_program() { refusal static itprun "$KST_BIN/puppet-static"; }

setuid_program() {
	cp "$KST_BIN/puppet" "$tmp/puppet"
	chmod 4755 "$tmp/puppet"
	refusal set itprun "$tmp/puppet"
	chmod 2755 "$tmp/puppet"
	refusal set itprun "$tmp/puppet"
}

restore() { [[ $(</proc/modules) == *itp\ * ]] || insmod "$ITP_KO"; }

no_module() {
	await_unused 200
	later restore
	rmmod itp || fail "rmmod"
	refusal module itprun "$KST_BIN/puppet" -p 0
	# Only when asked to:
	new_port
	puppet srv server itprun --or-tcp "$KST_BIN/puppet" -p 0
	puppet cli client itprun --or-tcp "$KST_BIN/puppet" -p 0
	ask srv listen "$S4" "$port"
	ask cli connect "$S4" "$port"
	ask srv accept
	same "TCP connections" "$(ss -Htn state established "dport = $port" | wc -l)" 1
}

# With the module there, --or-tcp changes nothing.
or_tcp() { talks itprun --or-tcp "$KST_BIN/puppet" -p 0; }

add_case program program
add_case program_tcp_number program_tcp_number
add_case child child
add_case grandchild grandchild
add_case others_untouched others_untouched
add_case exit_status exit_status
add_case static_program static_program
add_case setuid_program setuid_program
add_case or_tcp or_tcp
add_case no_module no_module
kst_main "$@"
