#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The socket API case by case (sock_api.c) between the two hosts. An address
# where nobody answers is one with a neighbour entry of a MAC that no NIC has.
# Cases that need both ends on one host follow, in a namespace of their own.
#
#	sock_api.sh [--list | PATTERN...]

here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
silent4=10.53.0.98 silent6=fd53::98

[[ -x $here/bin/sock_api ]] || make -s -C "$here" bin/sock_api >&2 || exit 125
[[ ${1-} != --list ]] || exec "$here/bin/sock_api" --list

clean_up() {
	local host
	for host in client server; do
		ip -n "$host" neigh del "$silent4" dev eth0
		ip -n "$host" neigh del "$silent6" dev eth0
	done
}

trap clean_up EXIT
for host in client server; do
	for address in $silent4 $silent6; do
		ip -n "$host" neigh replace "$address" lladdr 02:00:00:00:00:98 dev eth0 nud permanent || exit 125
	done
done

between_hosts() {
	SOCK_API_NS_CLIENT=/run/netns/client SOCK_API_NS_SERVER=/run/netns/server \
		SOCK_API_SERVER4=10.53.0.2 SOCK_API_SERVER6=fd53::2 \
		SOCK_API_SILENT4=$silent4 SOCK_API_SILENT6=$silent6 "$here/bin/sock_api" "$@"
}

# The plan comes last: it is known only then.
planned=0 status=0 rest=()
while IFS= read -r line; do
	case $line in
	'# needs '*) ;;
	'TAP version'*) echo "$line" ;;
	1..*) ((planned += ${line#1..})) ;;
	'ok '*'# SKIP'*)
		((planned--))
		name=${line%% # SKIP*}
		name=${name##* }
		rest+=("${name%_*}")
		;;
	*)
		[[ $line != 'not ok'* ]] || status=1
		echo "$line"
		;;
	esac
done < <(between_hosts "$@")
((planned > 0)) || status=1
if ((${#rest[@]})); then
	mapfile -t rest < <(printf '%s\n' "${rest[@]}" | sort -u)
	while IFS= read -r line; do
		case $line in
		'TAP version'*) continue ;;
		1..*)
			((planned += ${line#1..}))
			continue
			;;
		'not ok'*) status=1 ;;
		esac
		echo "$line"
	done < <(env -u KST_TURN "$here/bin/sock_api" "${rest[@]}")
fi
echo "1..$planned"
exit "$status"
