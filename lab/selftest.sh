#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The lab's own test: what it promises its callers holds, and trouble planted in
# a guest's kernel is noticed. Prints TAP, exits non-zero if anything failed.
#   selftest.sh [KERNEL...]    default: 6.12 debug
# The module loaded here is planted/, which does wrong on request.
#
# Not here: tests of the protocol (selftests/).
# shellcheck disable=SC2016  # much is expanded in the guest, or by eval in check

set -u
here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export ITP_TREE=$here/planted
export LAB_SLOTS=1000  # not to wait, nor to hear of it, for other guests
unset LAB LAB_KERNEL LAB_TIME LAB_TIMEOUT LAB_NOMODULE LAB_MODULE_ARGS
count=0 failures=0

# check NAME COMMAND...: one TAP line.
check() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		failures=$((failures + 1))
		echo "not ok $count - $name"
		echo "# failed: $*"
		sed 's/^/# stderr: /' "$work/err" | head -n 40
	fi
}

# run COMMAND: into $status, $work/out, $work/err. Settings before it as usual.
run() {
	"$here/lab" run "$1" >"$work/out" 2>"$work/err"
	status=$?
}

status_is() { [[ $status -eq $1 ]]; }
out_is() { [[ $(cat "$work/out") == "$1" ]]; }
out_has() { grep -qF -- "$1" "$work/out"; }
err_has() { grep -qF -- "$1" "$work/err"; }
err_empty() { [[ ! -s $work/err ]]; }
console_kept() {
	local log
	log=$(sed -n 's/.*console: //p' "$work/err" | tail -n 1)
	[[ -s $log ]] && rm -rf "$(dirname "$log")"
}

# --- without a guest ----------------------------------------------------------

refusals() {
	local pair
	for pair in LAB_KERNEL=smp-debug LAB_KERNEL=5.10 LAB=kvm LAB_TIME=real LAB_TIMEOUT=soon; do
		env "$pair" "$here/lab" run true >"$work/out" 2>"$work/err"
		status=$?
		check "$pair is refused" status_is 125
		check "$pair: the message names what is allowed" grep -qE 'allowed|number' "$work/err"
	done
	LAB=qemu LAB_KERNEL=debug run true
	check "qemu with the debug kernel is refused" status_is 125
	LAB=uml LAB_KERNEL=6.1 run true
	check "uml with a stock kernel is refused" status_is 125
}

judge_text() { awk -v allow="$1" -f "$here/splat.awk"; }

splat_rules() {
	local report quiet
	report=$'[    1.000000] =============================\n[    1.000000] WARNING: suspicious RCU usage\n'
	report+=$'[    1.000000] lib/some_tree.c:1 suspicious rcu_dereference_check() usage!\n'
	report+=$'[    1.000000] Call Trace:\n[    1.000000]  [<6000>] some_fork+0x1/0x2\n[    1.000000] next line\n'
	quiet=$'[    0.1] Linux version 1\n[    0.2] Warning: unmaintained driver\n[    0.3] debug: 1\nlab: kmemleak\n'
	: >"$work/err"
	echo 'suspicious RCU | lib/some_tree.c | some_fork # why' >"$work/allow"
	echo 'suspicious RCU | lib/some_tree.c | other_fork # why' >"$work/allow2"
	check "an ordinary log passes" judge_text /dev/null <<<"$quiet"
	check "an allowed report passes" eval 'judge_text "$work/allow" <<<"$report" >/dev/null'
	check "a report with another cause does not" eval '! judge_text "$work/allow2" <<<"$report" >/dev/null'
	check "the same report twice, one with more, does not" \
		eval '! judge_text "$work/allow" <<<"$report[    2.0] BUG: planted" >/dev/null'
	check "the list in force is readable" judge_text "$here/splat-allow" <<<"$quiet"
}

# --- with a guest --------------------------------------------------------------

passing() {
	local cmd
	cmd='pwd; on server sh -c '\''printf "%s|" "$@"'\'' x "a b" "" "*" "\$HOME" '\''"'\'' "$(printf "c\nd")"; echo
		cd /usr/share && MARK="x y" on server sh -c '\''pwd; echo "$MARK"; ip -br addr show dev eth0'\''
		on client ip -br addr show dev eth0
		on server sh -c "exit 9"; echo "status $?"
		on nowhere true 2>/dev/null; echo "status $?"
		cat; echo "$PASSED"; type on; lsmod | grep -c ^itp
		ping -qc 1 -W 2 10.53.0.2 && ping -qc 1 -W 2 fd53::2 && on server ping -qc 1 -W 2 10.53.0.1
		test -s "$ITP_KO" && echo "ko is there"
		echo to-stderr >&2
		sleep 1000 &
		exit 37'
	(cd "$work" && PASSED="it's \$me" run "$cmd"; echo "$status" >"$work/status")
	status=$(cat "$work/status")
	check "the exit status is the command's" status_is 37
	check "stderr carries the command's alone, and a process left behind holds up nothing" \
		eval '[[ $(cat "$work/err") == to-stderr ]]'
	check "on passes arguments untouched" out_has 'a b||*|$HOME|"|c'
	check "on keeps the directory" grep -qx /usr/share "$work/out"
	check "on keeps the environment" grep -qx 'x y' "$work/out"
	check "the server has its addresses" out_has 10.53.0.2/24
	check "the client has its addresses" out_has 10.53.0.1/24
	check "on passes the exit status" out_has 'status 9'
	check "on refuses other hosts" out_has 'status 125'
	check "the command starts where lab was called" grep -qx "$work" "$work/out"
	check "the caller's environment arrives" grep -qxF "it's \$me" "$work/out"
	check "the hosts reach each other" eval '[[ $(grep -c " 0% packet loss" "$work/out") -eq 3 ]]'
	check "ITP_KO names the module" out_has "ko is there"
	check "the module is loaded" grep -qx 1 "$work/out"
}

bytes() {
	head -c 16777216 /dev/urandom >"$work/sent"
	run "cat '$work/sent'; head -c 1000000 '$work/sent' >&2"
	check "16 MiB through stdout, byte for byte" cmp -s "$work/sent" "$work/out"
	head -c 1000000 "$work/sent" >"$work/sent.err"
	check "binary through stderr at the same time" cmp -s "$work/sent.err" "$work/err"
	: >"$work/err"
}

failing() {
	LAB_TIMEOUT=10 run 'echo before; sleep 100'
	check "a time-out gives 124" status_is 124
	check "what came before it is passed on" out_is before
	check "its console log is kept and named" console_kept
	LAB_MODULE_ARGS=refuse=1 run 'echo never'
	check "a module that does not load gives 125" status_is 125
	check "... says why" err_has 'insmod'
	check "... and the command does not run" out_is ''
	console_kept
	LAB_NOMODULE=1 LAB_MODULE_ARGS=refuse=1 run 'lsmod | grep -c ^itp; test -s "$ITP_KO" && echo there'
	check "LAB_NOMODULE loads nothing and names it" out_is $'0\nthere'
	run 'echo warn >/sys/module/itp/parameters/plant; echo done'
	check "a planted WARN gives 126" status_is 126
	check "... and is printed" err_has 'plant_warn'
	check "... stdout stays the command's" out_is 'done'
	console_kept
	run 'echo c >/proc/sysrq-trigger; sleep 1000'
	check "a crash gives 126" status_is 126
	check "... and its console log is kept" console_kept
}

virtual_time() {
	local start=$SECONDS
	LAB_TIME=virtual run 'a=$(cut -d. -f1 /proc/uptime); sleep 900; b=$(cut -d. -f1 /proc/uptime); echo $((b - a))'
	check "a quarter of an hour passes in virtual time" grep -qxE '90[01]' "$work/out"
	check "... in under two minutes" test $((SECONDS - start)) -lt 120
}

# The guest's command line names its run directory, which holds the command.
guests_of() { pgrep -f "$1" >/dev/null; }

ends_with_lab() {
	local lab_pid run_dir cache=${ITP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/itp}
	"$here/lab" run "echo up; : $work; sleep 1000" >"$work/out" 2>"$work/err" &
	lab_pid=$!
	for _ in {1..600}; do grep -q up "$work/out" && break; sleep 0.1; done
	run_dir=$(dirname "$(grep -lF "$work" "$cache"/run/*/cmd)")
	check "a running guest can be found" guests_of "$run_dir"
	kill -TERM "$lab_pid"
	wait "$lab_pid"
	status=$?
	check "a killed lab ends with the signal's status" status_is 143
	check "... and leaves no guest" eval '! guests_of "$run_dir"'
}

leaks() {
	LAB_TIME=virtual run 'echo leak >/sys/module/itp/parameters/plant'
	check "a planted leak gives 126" status_is 126
	check "... and is printed" err_has 'plant_leak'
	console_kept
	run 'echo leak >/sys/module/itp/parameters/plant'
	check "a planted leak gives 126 in real time, too" status_is 126
	console_kept
}

checkers() {
	local what
	# Lockdep gives up after its own report and after KASAN's: this order.
	LAB_TIME=virtual run 'for w in rcu sleep order use-after-free shift refcount timer; do
		echo "$w" >/sys/module/itp/parameters/plant; done'
	check "the checkers' reports give 126" status_is 126
	for what in 'suspicious RCU usage' 'sleeping function called' 'KASAN: slab-use-after-free' \
		'UBSAN: shift-out-of-bounds' 'refcount_t:' 'ODEBUG: free active' 'circular locking'; do
		check "reported: $what" err_has "$what"
	done
	console_kept
}

refusals
splat_rules
[[ $# -gt 0 ]] || set -- 6.12 debug
for LAB_KERNEL; do
	export LAB_KERNEL
	echo "# kernel $LAB_KERNEL"
	run true  # fetches and builds, so that the next runs have nothing to say
	check "a run of true succeeds" status_is 0
	run true
	check "... and is silent" err_empty
	passing
	bytes
	failing
	virtual_time
	ends_with_lab
	if [[ $LAB_KERNEL == debug ]]; then
		leaks
		checkers
	fi
done
echo "1..$count"
[[ $failures -eq 0 ]]
