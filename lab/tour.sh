#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guided tour: what ITP does, shown on the lab's two hosts. Runs in the guest
# on host client (`make lab` without a terminal, or tour.sh in the lab's shell).
# Each step says what it does, shows the command and what it printed, and checks
# it; a wrong result ends the tour with exit status 1. Waits for states and
# events, never for a time. Not here: tests (selftests/).

set -u -o pipefail
LIMIT=120  # seconds for anything to happen
work=$(mktemp -d)
started=()

# shellcheck disable=SC2317  # called by trap
clean_up() {
	local pid
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap clean_up EXIT

part() { printf '\n== %s\n' "$*"; }

wrong() {
	printf '\nTOUR: wrong: %s\n' "$*"
	exit 1
}

# show COMMAND: prints and runs a command line; its output also to $work/shown.
show() {
	printf '  client$ %s\n' "$1"
	eval "$1" 2>&1 | tee "$work/shown" | sed 's/^/    /' || wrong "'$1' failed"
}

# begin COMMAND: the same in the background; its output to $work/background.
begin() {
	printf '  client$ %s &\n' "$1"
	eval "exec setsid $1" >>"$work/background" 2>&1 7>&- &
	started+=("$!")
}

# happened WHAT PATTERN: waits until the monitor has printed such a line. A state
# of a few seconds may be over before a slow guest has listed the connections.
happened() {
	local end=$((SECONDS + LIMIT))
	until grep -E -- "$2" "$work/background" >"$work/shown"; do
		((SECONDS < end)) || wrong "waited $LIMIT s in vain: $1"
		sleep 0.1
	done
	printf '  -- %s\n' "$1"
	sed 's/^/    /' "$work/shown"
}

# connections HOST FILTER...: how many of its entries match.
connections() {
	local at=$1
	shift
	on "$at" itpctl -H conn show "$@" | grep -c .
}

# wait_for WHAT NUMBER HOST FILTER...: until that many match.
wait_for() {
	local what=$1 number=$2 end=$((SECONDS + LIMIT))
	shift 2
	while [[ $(connections "$@") != "$number" ]]; do
		((SECONDS < end)) || {
			on "$1" itpctl conn show
			wrong "waited $LIMIT s in vain: $what"
		}
		sleep 0.2
	done
	printf '  -- %s\n' "$what"
}

greet() {
	part "Two hosts on one wire, and the module that makes sockets of protocol 253"
	show 'uname -r'
	show 'ip -br addr show dev eth0; on server ip -br addr show dev eth0'
	show 'itpctl module'
	wait_for "no connection yet" 0 client
}

listen() {
	part "itprun runs any program over ITP: here a receiver on the server"
	begin "on server itprun socat -u TCP-LISTEN:8080,reuseaddr OPEN:$work/received,creat"
	wait_for "the server listens" 1 server state listen sport 8080
	show 'on server itpctl conn show'
}

transfer() {
	part "A connection, seen from both ends, while a file goes through it"
	head -c 1000000 /dev/urandom >"$work/file"
	mkfifo "$work/input"
	begin "itprun socat -u OPEN:$work/input TCP:10.53.0.2:8080"
	exec 7>"$work/input"  # open: the sender's file has not ended yet
	wait_for "established on the client" 1 client state established dport 8080
	wait_for "established on the server" 1 server state established sport 8080
	show 'itpctl conn show'
	show 'on server itpctl conn show'
	show "cat $work/file >&7"
	show 'itpctl conn show state established'
}

# The client closes first, so its end stays behind in TIME-WAIT.
time_wait() {
	part "Time-outs are tunables; shortened, they can be watched"
	show 'itpctl tunable set timewait_len 5'
	show 'itpctl tunable set fin_timeout 5'
	show 'itpctl tunable show fin_timeout'
	grep -qE 'fin_timeout +5 ' "$work/shown" || wrong "fin_timeout is not 5"
	part "The sender closes: its end passes TIME-WAIT, and the file is all there"
	begin 'itpctl monitor conn'
	# It prints what happens from now on: make something happen until it does.
	until [[ -s $work/background ]]; do
		itprun ncat --send-only 10.53.0.2 9 </dev/null 2>/dev/null
		sleep 0.1
	done
	exec 7>&-
	happened "the client's end enters TIME-WAIT" '> TIME-WAIT .*:8080$'
	show 'itpctl conn show'
	wait_for "the server's end is gone" 0 server sport 8080
	show "sha256sum $work/file $work/received"
	[[ $(cut -d' ' -f1 "$work/shown" | sort -u | wc -l) -eq 1 ]] || wrong "the file arrived changed"
	happened "TIME-WAIT has passed" 'TIME-WAIT > CLOSED timeout.*:8080$'
	wait_for "no record is left of it" 0 client dport 8080
}

# The server's program holds the connection and never closes it.
fin_wait() {
	part "The other end never closes: FIN-WAIT-2 ends by time-out"
	begin 'on server itprun socat TCP-LISTEN:8081,reuseaddr EXEC:"sleep 1000",nofork'
	wait_for "the server listens" 1 server state listen sport 8081
	show 'itprun socat -u OPEN:/dev/null TCP:10.53.0.2:8081'
	happened "the client's end, left by its program, is in FIN-WAIT-2" '> FIN-WAIT-2 .*:8081$'
	show 'itpctl conn show'
	wait_for "the server's end stays in CLOSE-WAIT" 1 server state close-wait sport 8081
	show 'on server itpctl conn show'
	happened "FIN-WAIT-2 has timed out" 'FIN-WAIT-2 > CLOSED timeout.*:8081$'
	wait_for "nothing is left of it on the client" 0 client dport 8081
}

finish() {
	local pid
	part "The programs end, and nothing is left"
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
	show 'itpctl tunable reset fin_timeout; itpctl tunable reset timewait_len'
	wait_for "nothing on the client" 0 client
	wait_for "nothing on the server" 0 server
	show 'itpctl conn show; on server itpctl conn show'
	printf '\nTOUR: all as it should be\n'
}

command -v itpctl >/dev/null || { echo "tour: this runs inside the lab: make lab" >&2; exit 125; }
greet
listen
transfer
time_wait
fin_wait
finish
