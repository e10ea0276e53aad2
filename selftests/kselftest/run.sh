#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [--quick|--full] [--turn 0|1] [--list] [FILE...]
#
# All tests of the module in the lab, in one guest boot: one stream of TAP, a
# last line with totals, exit status 1 if anything failed. In a guest it runs
# them there; elsewhere it boots one (LAB_KERNEL, LAB_TIME as for `make lab`).
# FILE: scripts of this directory, with or without .sh. A failure prints the
# command that repeats that test alone.
#
#   --quick   what CI runs (default); in real time fewer cases, see thorough() in lib.sh
#   --full    the long forms: more connections, more rounds, FULL_MIB of data
#   --turn N  every other case: with 0 on one kernel and 1 on another, each runs once

set -u
here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

# What changes the module comes last; what everything else relies on, first.
files=(sock_api tunables limits conn_show states syn_retries exercises eleven itprun programs
	servers transfer flood monitor netns diag fuzz module)

usage() {
	echo "usage: run.sh [--quick|--full] [--turn 0|1] [--list] [FILE...]" >&2
	exit 2
}

KST_SIZE=${KST_SIZE:-quick}
chosen=()
while (($#)); do
	arg=$1
	shift
	case $arg in
	--turn)
		[[ ${1-} =~ ^[01]$ ]] || usage
		export KST_TURN=$1
		shift
		;;
	--quick) KST_SIZE=quick ;;
	--full) KST_SIZE=full ;;
	--list)
		for file in "${files[@]}"; do
			"$here/$file.sh" --list | sed "s/^/$file.sh /"
		done
		exit
		;;
	-*) usage ;;
	*)
		arg=${arg##*/}
		chosen+=("${arg%.sh}")
		;;
	esac
done
((${#chosen[@]} == 0)) || files=("${chosen[@]}")
export KST_SIZE
: "${KST_TURN=}"

if [[ ! ${LAB_KIND-} ]]; then
	make -s -C "$here" >&2 || exit 125
	cd "$here/../.." || exit 125
	lab/servers >/dev/null || exit 125
	export LAB_TIMEOUT=${LAB_TIMEOUT:-3600}
	exec lab/lab run "selftests/kselftest/run.sh --$KST_SIZE ${KST_TURN:+--turn $KST_TURN} ${chosen[*]-}"
fi

# Renumbers one file's TAP; what is missing from its plan counts as failed.
renumber() {
	local line planned='' seen=0
	while IFS= read -r line; do
		case $line in
		'TAP version'*) ;;
		1..*) planned=${line#1..} ;;
		'ok '* | 'not ok '*)
			((seen++))
			case $line in
			*'# SKIP'*) ((skipped++)) ;;
			ok*) ((passed++)) ;;
			*) ((failed++)) ;;
			esac
			[[ $line =~ ^((not )?ok)\ [0-9]+\ (- )?(.*)$ ]]
			echo "${BASH_REMATCH[1]} $((passed + failed + skipped)) - ${BASH_REMATCH[4]}"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	# A file with one case has none in the other turn.
	if [[ $planned != "$seen" ]] || ((seen == 0 && !${#KST_TURN})); then
		((failed++))
		echo "not ok $((passed + failed + skipped)) - ${1}__ran_to_its_end"
		echo "# $seen of ${planned:-unknown} cases ran"
	fi
}

passed=0 failed=0 skipped=0
start=$SECONDS
echo "TAP version 13"
for file in "${files[@]}"; do
	began=$SECONDS
	renumber "$file" < <("$here/$file.sh" 2>&1)
	echo "# $file.sh: $((SECONDS - began)) s"
done
echo "1..$((passed + failed + skipped))"
echo "# $passed passed, $failed failed, $skipped skipped ($KST_SIZE${KST_TURN:+, turn $KST_TURN of 0 and 1}, kernel $(uname -r), $((SECONDS - start)) s)"
exit $((failed > 0))
