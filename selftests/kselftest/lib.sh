# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the test scripts share. They run in the lab's guest, on host client:
#
#      client 10.53.0.1 fd53::1  eth0 ---- eth0  server 10.53.0.2 fd53::2
#
# A script sources this, defines functions, lists its cases by
#	add_case NAME FUNCTION [ARGUMENT...]
# and ends with `kst_main "$@"`. Then:
#	x.sh			all cases, as TAP
#	x.sh NAME...		only these (patterns)
#	x.sh --list		names
#	KST_SIZE=full		longer forms (default quick)
#	KST_TURN=0|1		every other case, unless some are named
#
# Each case is a process of its own with a time limit. However it ends, what it
# started is killed, tunables, netem, offloads and neighbour entries go back to
# what they were. Waiting is always for a state, with a limit (within).
# Not here: sockets that do what they are told (puppet.sh), wire captures
# (capture.sh), the order of the scripts (run.sh).

set -u -o pipefail
export LC_ALL=C

KST_DIR=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
KST_BIN=$KST_DIR/bin
KST_NAME=${0##*/}
KST_NAME=${KST_NAME%.sh}
KST_SIZE=${KST_SIZE:-quick}
KST_LIMIT=${KST_LIMIT:-300}	# seconds for one case
# shellcheck disable=SC2034  # for the scripts
S4=10.53.0.2 S6=fd53::2 C4=10.53.0.1 C6=fd53::1

KST_PAUSE_MS=1000

KST_CASES=()
KST_PIDS=()
KST_TUNED=()
KST_DIRTY=''
declare -A KST_OCTETS=([client]=0 [server]=0)
KST_CLEANUP=()
tmp=''

full() { [[ $KST_SIZE == full ]]; }
# size QUICK FULL
size() { if full; then echo "$2"; else echo "$1"; fi; }
# Cases for which the kernel's release does not matter are left to the debug
# kernel: an emulated processor takes minutes for them.
thorough() { full || virtual; }
virtual() { [[ ${LAB_TIME-} == virtual ]]; }

# --- verdicts -----------------------------------------------------------------

say() { printf '# %s\n' "$*"; }

# fail WHY: ends the case. Also from within $( ).
fail() {
	local i
	{
		say "$*"
		for ((i = 1; i < ${#FUNCNAME[@]} - 3; i++)); do
			say "  in ${FUNCNAME[i]}, ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
		done
	} >&9
	[[ $BASHPID == "$$" ]] || kill -TERM "$$"
	exit 1
}

# skip WHY: what the case needs is not there.
skip() {
	printf 'SKIP %s\n' "$*" >&9
	exit 4
}

# same WHAT GOT WANTED
same() { [[ $2 == "$3" ]] || fail "$1: got '$2', wanted '$3'"; }

# between WHAT GOT LEAST MOST (whole numbers)
between() { (($2 >= $3 && $2 <= $4)) || fail "$1: got $2, wanted $3 to $4"; }

# contains WHAT TEXT PART
contains() { [[ $2 == *"$3"* ]] || fail "$1: '$3' is not in '$2'"; }

# --- time ---------------------------------------------------------------------

now_us() { us=${EPOCHREALTIME/./}; }

# Without a process, which would cost more than the pause. Needs $tmp/never.
pause() { read -r -t "$1" -u 8 || :; }

# wait_for SECONDS COMMAND...: until COMMAND succeeds; 1 if it did not in time.
# The longer it took, the less often it looks: an eighth of the time gone, 0.05 s
# to KST_PAUSE_MS. A look costs far more than a pause where a process costs 50 ms.
wait_for() {
	local began end us ms pause
	now_us
	began=$us
	end=$((us + $1 * 1000000))
	shift
	until "$@"; do
		now_us
		((us < end)) || return 1
		ms=$(((us - began) / 8000))
		((ms = ms > KST_PAUSE_MS ? KST_PAUSE_MS : ms, ms = ms < 50 ? 50 : ms))
		printf -v pause '%d.%03d' $((ms / 1000)) $((ms % 1000))
		pause "$pause"
	done
}

# within SECONDS WHAT COMMAND...
within() {
	local seconds=$1 what=$2
	shift 2
	wait_for "$seconds" "$@" || fail "not within $seconds s: $what"
}

# About as long as WANTED microseconds: 5 % off at most, or in real time as late
# as a busy machine makes it.
# lasted WHAT GOT WANTED
lasted() {
	local most=$(($3 * 105 / 100))
	virtual || most=$(($3 * 3 / 2 + 300000))
	between "$1 (us)" "$2" "$(($3 * 95 / 100))" "$most"
}

# --- processes ----------------------------------------------------------------

# As the lab's `on`, at the cost of one process less; the cases run on client.
on() {
	local host=$1
	shift
	if [[ $host == client ]]; then
		"$@"
	else
		nsenter "--net=/run/netns/$host" -- "$@"
	fi
}

# spawn COMMAND...: in the background, in a process group of its own, so that it
# goes with all its children. Sets spawned.
spawn() {
	[[ $1 != on ]] || set -- command "$@"
	set -m
	"$@" 8<&- &
	spawned=$!
	set +m
	KST_PIDS+=("$spawned")
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# end_of PID SECONDS WHAT: waits for its end; sets status.
end_of() {
	within "$2" "the end of $3" gone "$1"
	wait "$1" 2>/dev/null
	status=$?
}

# stop PID...: kills it and its children and waits for that.
stop() {
	local pid
	for pid; do
		kill -CONT -- "-$pid" 2>/dev/null
		kill -TERM -- "-$pid" 2>/dev/null && wait_for 3 gone "$pid"
		kill -KILL -- "-$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	return 0
}

# try COMMAND...: sets status, out, err.
# shellcheck disable=SC2034  # for the scripts
try() {
	"$@" >"$tmp/try.out" 2>"$tmp/try.err"
	status=$?
	out=$(<"$tmp/try.out")
	err=$(<"$tmp/try.err")
}

# --- what the module says -----------------------------------------------------

# conns HOST [FILTER...]: JSON of connections and listeners.
conns() {
	local host=$1
	shift
	[[ " $* " == *" state "* || " $* " == *" exclude "* ]] || set -- state all "$@"
	on "$host" itpctl -j conn show "$@"
}

# look_states HOST [FILTER...]: sets states to the states, sorted, in one line.
look_states() {
	local host=$1 state found=()
	shift
	[[ " $* " == *" state "* || " $* " == *" exclude "* ]] || set -- state all "$@"
	while read -r _ state _; do
		found+=("$state")
	done < <(on "$host" itpctl -H conn show "$@")
	wait "$!" || fail "itpctl conn show $* on $host failed"
	((${#found[@]} < 2)) || mapfile -t found < <(printf '%s\n' "${found[@]}" | sort)
	states="${found[*]}"
}

# states HOST [FILTER...]: prints them.
states() {
	local states
	look_states "$@"
	printf '%s\n' "$states"
}

# states_are WANTED HOST [FILTER...]
states_are() {
	local wanted=$1 states
	shift
	look_states "$@"
	[[ $states == "$wanted" ]]
}

# listening HOST PORT
listening() {
	local states
	look_states "$1" sport "$2"
	[[ $states == *LISTEN* ]]
}
await_listener() { within 30 "a listener on port $2 of $1" listening "$1" "$2"; }

# counter HOST NAME
counter() {
	on "$1" itpctl -j stat |
		jq -r --arg n "$2" '.[] | select(.name == $n) | .value'
}

# Nobody uses the module. Orphans of earlier cases hold it until they are done.
unused() { [[ $(awk '$1 == "itp" { print $3 }' /proc/modules) == 0 ]]; }

# await_unused SECONDS
await_unused() { within "$1" "nobody uses the module" unused; }

# Octets that came over ITP. count_octets, then moved HOST OCTETS: at least so
# many more have arrived there since.
count_octets() {
	KST_OCTETS[client]=$(counter client data_octets_in)
	KST_OCTETS[server]=$(counter server data_octets_in)
}

moved() {
	local now
	now=$(counter "$1" data_octets_in)
	((now - KST_OCTETS[$1] >= $2)) ||
		fail "of $2 octets only $((now - KST_OCTETS[$1])) reached $1 over ITP"
}

# --- what has to go back ------------------------------------------------------

# tune HOST NAME VALUE
tune() {
	KST_TUNED+=("$1")
	on "$1" itpctl tunable set "$2" "$3" >/dev/null ||
		fail "cannot set $2 to $3 on $1"
}

# later COMMAND...: at the end of the case, however that comes.
later() { KST_CLEANUP+=("$(printf '%q ' "$@")"); }

# In virtual time a wire needs a delay at all times.
base_qdisc() {
	if virtual && [[ ${LAB_KIND-} == uml ]]; then
		tc -n "$1" qdisc replace dev eth0 root netem delay 10us limit 100000
	else
		tc -n "$1" qdisc del dev eth0 root 2>/dev/null || :
	fi
}

# impair NETEM...: on both NICs, single segments only: netem takes packets.
impair() {
	local host
	KST_DIRTY=1
	for host in client server; do
		on "$host" ethtool -K eth0 gso off tso off >/dev/null 2>&1
		tc -n "$host" qdisc replace dev eth0 root netem limit 100000 "$@" ||
			fail "tc refuses netem $*"
	done
}

unimpair() {
	local host
	[[ $KST_DIRTY ]] || return 0
	for host in client server; do
		base_qdisc "$host"
		on "$host" ethtool -K eth0 gso on tso on >/dev/null 2>&1
	done
}

# Packets that netem dropped on both NICs.
dropped() {
	local host
	for host in client server; do tc -n "$host" -s -j qdisc show dev eth0; done |
		jq -s 'flatten | map(.drops) | add'
}

# silence HOST ADDRESS: HOST reaches the address through nobody's MAC.
silence() {
	ip -n "$1" neigh replace "$2" lladdr 02:00:00:00:00:99 dev eth0 nud permanent ||
		fail "no neighbour entry for $2"
	later unsilence "$1" "$2"
}

unsilence() { ip -n "$1" neigh del "$2" dev eth0 2>/dev/null || :; }

# shellcheck disable=SC2317  # by trap
clean_case() {
	local status=$? i host
	trap '' TERM INT
	((status == 0 || status == 4)) || show_scene >&9 2>/dev/null
	stop "${KST_PIDS[@]}" 2>/dev/null
	for ((i = ${#KST_CLEANUP[@]} - 1; i >= 0; i--)); do
		eval "${KST_CLEANUP[i]}" >/dev/null 2>&1
	done
	unimpair
	for host in $(printf '%s\n' "${KST_TUNED[@]}" | sort -u); do
		on "$host" itpctl tunable reset all >/dev/null
	done
	rm -rf "$tmp"
	exit "$status"
}

# What there is at the moment of a failure.
show_scene() {
	local host
	for host in client server; do
		say "$host:"
		on "$host" itpctl conn show state all | head -n 15
	done
	say "kernel log:"
	dmesg 2>/dev/null | tail -n 5
}

# --- running --------------------------------------------------------------------

# add_case NAME FUNCTION [ARGUMENT...]
add_case() { KST_CASES+=("$*"); }

# need_program NAME...: of bin/, built if it is not there or its source is newer
need_program() {
	local name
	for name; do
		[[ -x $KST_BIN/$name && ! $KST_DIR/$name.c -nt $KST_BIN/$name ]] ||
			make -s -C "$KST_DIR" "bin/$name" >&2 || exit 125
	done
}

# The one case, in a process of its own.
run_one() {
	local name=$1 words case
	tmp=$(mktemp -d /tmp/kst.XXXXXX) || exit 125
	chmod 755 "$tmp"
	mkfifo "$tmp/never"
	exec 8<>"$tmp/never" 9>&1
	trap clean_case EXIT
	trap 'exit 1' TERM INT
	for case in "${KST_CASES[@]}"; do
		read -ra words <<<"$case"
		[[ ${words[0]} == "$name" ]] || continue
		"${words[@]:1}" 1>&2
		exit 0
	done
	fail "no case $name"
}

# wanted NAME [PATTERN...]
wanted() {
	local name=$1 pattern
	shift
	(($#)) || return 0
	for pattern; do
		# shellcheck disable=SC2053  # a pattern
		[[ $name != $pattern ]] || return 0
	done
	return 1
}

# report NUMBER NAME STATUS LOG SECONDS
report() {
	local id="$1 - ${KST_NAME}__$2"
	case $3 in
	0)
		sed -n 's/^## /# /p' "$4"
		echo "ok $id # time=$5s"
		;;
	4) echo "ok $id # SKIP $(sed -n 's/^SKIP //p' "$4")" ;;
	*)
		echo "not ok $id # time=$5s"
		(($3 != 124 && $3 != 137)) || echo "# ran into its time limit of $KST_LIMIT s"
		tail -n 60 "$4" | sed 's/^\(# \)\?/# /'
		echo "# repeat: make lab LAB_KERNEL=${LAB_KERNEL:-6.12}${LAB_TIME:+ LAB_TIME=$LAB_TIME} CMD='${KST_ENV-}selftests/kselftest/$KST_NAME.sh $2'"
		;;
	esac
}

# kst_main [--list | --one NAME | PATTERN...]
kst_main() {
	local case names=() n=0 status failed=0 log began us place=0
	if [[ ${1-} == --one ]]; then
		run_one "$2"
	fi
	for case in "${KST_CASES[@]}"; do
		! wanted "${case%% *}" "$@" && [[ ${1-} != --list ]] && continue
		[[ ${KST_TURN-} && $# -eq 0 ]] && ((place++ % 2 != KST_TURN)) && continue
		names+=("${case%% *}")
	done
	if [[ ${1-} == --list ]]; then
		printf '%s\n' "${names[@]}"
		exit
	fi
	need_program puppet puppet-static sockdiag
	log=$(mktemp) || exit 125
	echo "TAP version 13"
	echo "1..${#names[@]}"
	! full || KST_ENV='KST_SIZE=full '
	export KST_SIZE
	for case in "${names[@]}"; do
		now_us
		began=$us
		timeout -k 20 "$KST_LIMIT" bash "$0" --one "$case" >"$log" 2>&1 </dev/null
		status=$?
		now_us
		report "$((++n))" "$case" "$status" "$log" "$(((us - began) / 1000000))"
		((status == 0 || status == 4)) || failed=1
	done
	rm -f "$log"
	exit "$failed"
}
