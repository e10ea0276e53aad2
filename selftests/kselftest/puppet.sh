# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Puppets: programs with sockets that do what a case tells them, one line at a
# time (puppet.c lists the commands). Sourced after lib.sh.
#
#	puppet srv server		a puppet named srv on host server
#	ask srv listen 10.53.0.2 7	one command; fails the case unless it is ok
#	ask_error cli ENOENT connect ...	one that has to fail
#	tell cli accept; reply cli	the same in two steps
#
# The words of an answer are in answer[]; answer[0] is ok or error.

: "${tmp=}" "${spawned=}"	# lib.sh's
declare -A puppet_pid=() puppet_in=() puppet_out=()
answer=()
ANSWER_LIMIT=${ANSWER_LIMIT:-120}

# puppet NAME HOST [COMMAND...]: COMMAND defaults to the puppet over ITP.
puppet() {
	local name=$1 fd enter=(on "$2")
	# A namespace that a case has made is no host.
	[[ $2 == client || $2 == server ]] || enter=(nsenter "--net=/run/netns/$2" --)
	shift 2
	(($#)) || set -- "$KST_BIN/puppet"
	mkfifo "$tmp/$name.in" "$tmp/$name.out"
	# For both directions, so that no end has to wait for the other.
	exec {fd}<>"$tmp/$name.in"
	puppet_in[$name]=$fd
	exec {fd}<>"$tmp/$name.out"
	puppet_out[$name]=$fd
	spawn "${enter[@]}" "$@" <"$tmp/$name.in" >"$tmp/$name.out"
	puppet_pid[$name]=$spawned
}

# end_puppet NAME: killed; the kernel closes its sockets.
end_puppet() {
	local fd
	stop "${puppet_pid[$1]}"
	fd=${puppet_in[$1]}
	exec {fd}>&-
	fd=${puppet_out[$1]}
	exec {fd}>&-
	rm -f "$tmp/$1.in" "$tmp/$1.out"
}

tell() {
	local name=$1
	shift
	printf '%s\n' "$*" >&"${puppet_in[$name]}"
}

# reply NAME: waits as long as the puppet lives, ANSWER_LIMIT at most.
reply() {
	local end us line='' part
	now_us
	end=$((us + ANSWER_LIMIT * 1000000))
	answer=()
	while ((us < end)); do
		# A time limit can fall into the middle of a line.
		if read -r -t 1 -u "${puppet_out[$1]}" part; then
			read -r -a answer <<<"$line$part"
			return 0
		fi
		line+=$part
		! gone "${puppet_pid[$1]}" || return 1
		now_us
	done
	return 1
}

# ask NAME COMMAND...
ask() {
	local name=$1
	tell "$@"
	reply "$name" || fail "$name does not answer: ${*:2}"
	[[ ${answer[0]} == ok ]] || fail "$name: ${*:2}: ${answer[*]}"
}

# ask_error NAME ERRNO COMMAND...
ask_error() {
	local name=$1 wanted=$2
	shift 2
	tell "$name" "$@"
	reply "$name" || fail "$name does not answer: $*"
	[[ ${answer[0]} == error && ${answer[1]} == "$wanted" ]] ||
		fail "$name: $*: ${answer[*]}, wanted error $wanted"
}

# A port that no earlier case has used since the guest booted.
new_port() {
	local file=/run/kst.port
	port=20000
	[[ ! -e $file ]] || port=$(<"$file")
	((++port < 32000)) || port=20001
	echo "$port" >"$file"
}

# pair ADDRESS [COUNT]: a listener `srv` on server, COUNT connections from
# `cli`. Sockets 1..COUNT in srv, 0..COUNT-1 in cli.
pair() {
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$1" "$port"
	ask cli connect "$1" "$port" "${2:-1}"
	ask srv accept "${2:-1}"
}

# As pair, but the server's SYN-ACK gets lost: cli's connect() waits until
# `unsilence server "$C4"; reply cli`.
pair_half_open() {
	silence server "$C4"
	new_port
	puppet srv server
	puppet cli client
	ask srv listen "$S4" "$port"
	tell cli connect "$S4" "$port"
	within 20 "SYN-RECEIVED" states_are "LISTEN SYN-RECEIVED" server sport "$port"
}
