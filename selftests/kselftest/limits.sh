#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Limits of the host and of a namespace: the memory of all connections, sizes of
# buffers, how many orphans there may be. Not here: half-open entries and TIME-WAIT
# records (flood.sh).

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

# host_tune NAME VALUE: what only the first namespace may set
host_tune() {
	later nsenter -t 1 -n -- itpctl tunable reset "$1"
	nsenter -t 1 -n -- itpctl tunable set "$1" "$2" >/dev/null ||
		fail "cannot set $1 to $2"
}

# accounted PRESSURE [PAGES]: what /proc/net/protocols has of the host's memory
accounted() {
	local pages pressure
	read -r pages pressure < <(awk '$1 == "ITP" { print $4, $5 }' /proc/net/protocols)
	[[ $pressure == "$1" ]] && ((pages >= ${2:-0}))
}

# newest HOST FIELD: of the connection that is there for the shortest time; ids
# are given out by each processor
newest() {
	conns "$1" "$([[ $1 == client ]] && echo dport || echo sport)" "$port" exclude listen |
		jq -r "min_by(.age_us).$2"
}

queued_between() { local n; n=$(newest server recv_q); ((n >= $1 && n <= $2)); }

# Beyond mem_high a connection has what rmem_min and wmem_min say and no more;
# it goes on with that, and takes the rest when there is memory again.
memory() {
	local i n
	pair "$S4" 32
	for ((i = 0; i < 30; i++)); do
		ask cli write "$i" 60000
	done
	# Some 690 pages; the core lags behind by 1 MiB for each processor.
	within 60 "30 full queues in the host's account" accounted no 100
	host_tune mem_low 1
	host_tune mem_pressure 1
	host_tune mem_high 2
	ask cli write 30 2000
	ask srv read 31 2000
	within 20 "memory pressure" accounted yes 100
	tell cli write 31 60000
	pause 20
	n=$(newest server recv_q)
	between "octets that the receiver took" "$n" 1 8192
	host_tune rmem_min 262144
	within 120 "more in the queue with a greater rmem_min" queued_between 8193 60000
	nsenter -t 1 -n -- itpctl tunable reset all
	reply cli || fail "write does not return"
	same "write" "${answer[*]}" "ok 60000"
	ask srv read 32 60000
	for ((i = 0; i < 30; i++)); do
		ask srv read $((i + 1)) 60000
	done
	ask cli write 0 10
	ask srv close 1 32
	ask cli close 0 31
	within 20 "the end of memory pressure" accounted no
}

# With wmem_min a program may write that much although the host has no memory.
write_minimum() {
	local i
	pair "$S4" 32
	for ((i = 0; i < 30; i++)); do
		ask cli write "$i" 60000
	done
	host_tune mem_low 1
	host_tune mem_pressure 1
	host_tune mem_high 2
	host_tune wmem_min 65536
	silence client "$S4"
	ask cli write 30 30000
	host_tune wmem_min 4096
	tell cli write 31 30000
	pause 5
	between "octets that a blocked write left" \
		"$(newest client send_q)" 1 12288
}

# buffers HOST: SO_RCVBUF and SO_SNDBUF of a new socket
buffers() {
	on "$1" python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 253)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))'
}

buffer_sizes() {
	same "buffers" "$(buffers client)" "131072 87040"
	tune client rmem_default 50000
	tune client wmem_default 60000
	same "buffers" "$(buffers client)" "50000 60000"
	same "those of another namespace" "$(buffers server)" "131072 87040"
}

# The send buffer grows with the congestion window up to wmem_max.
send_buffer_limit() {
	local most
	new_port
	puppet srv server
	ask srv listen "$S4" "$port"
	tell srv sink
	for most in 150000 200000; do
		tune client wmem_max "$most"
		same "SO_SNDBUF after 4 MB" "$(on client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 253)
s.connect((sys.argv[1], int(sys.argv[2])))
for _ in range(64):
    s.sendall(bytes(65536))
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))' "$S4" "$port")" "$most"
	done
}

# Connections of the host that no program holds
no_orphans() {
	local host
	for host in client server; do
		conns "$host" exclude listen exclude time-wait | jq -e 'all((.inode // 0) != 0)' >/dev/null || return
	done
}

max_orphans() {
	local before
	within 250 "the end of earlier tests' orphans" no_orphans
	pair "$S4" 5
	silence client "$S4"
	host_tune max_orphans 2
	before=$(counter client "$1")
	ask cli close 0 4
	same "orphans" "$(states client dport "$port")" "FIN-WAIT-1 FIN-WAIT-1"
	same "$1" $(($(counter client "$1") - before)) 3
}

! thorough || add_case memory memory
! thorough || add_case write_minimum write_minimum
add_case buffer_sizes buffer_sizes
! thorough || add_case send_buffer_limit send_buffer_limit
! thorough || add_case max_orphans max_orphans orphan_limit
kst_main "$@"
