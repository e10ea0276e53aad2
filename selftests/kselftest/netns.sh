#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Namespaces that come and go under traffic, and what keeps one alive: an orphan
# does until it is done, TIME-WAIT records and half-open entries do not.
#
#   client (10.54.N.1) ---- veth ---- kst (10.54.N.2), made here, the Nth time
#
# A namespace that is really gone takes its end of the veth pair with it, so
# client's end vanishes: that is what these cases wait for.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

ROUNDS=${ROUNDS:-$(size 10 100)}
thorough || ROUNDS=3
HERE=10.54.0.1
THERE=10.54.0.2
KST_LIMIT=$(size 300 1200)

# make_ns NUMBER: namespace kst, joined to client by kstNUMBER
make_ns() {
	HERE=10.54.$1.1
	THERE=10.54.$1.2
	ip netns add kst || fail "cannot make a namespace"
	ip link add name "kst$1" netns client type veth peer name eth0 netns kst ||
		fail "cannot make a veth pair"
	ip -n client addr add "$HERE"/24 dev "kst$1"
	ip -n client link set "kst$1" up
	ip -n kst addr add "$THERE"/24 dev eth0
	ip -n kst link set lo up
	ip -n kst link set eth0 up
	! virtual || delay_all "$1"
}

# In virtual time a wire needs a delay, and without a rate it would carry
# gigabytes in the twinkling of an eye.
delay_all() {
	tc -n client qdisc add dev "kst$1" root netem delay 1ms rate 50mbit limit 1000
	tc -n kst qdisc add dev eth0 root netem delay 1ms rate 50mbit limit 1000
	tc -n kst qdisc add dev lo root netem delay 10us limit 100000
}

drop_ns() { ip netns del kst 2>/dev/null; }
dropped_ns() { [[ ! -e /sys/class/net/kst$1 && $(</proc/net/dev) != *kst$1:* ]]; }

# join_ns NUMBER: a listener `far` in there, a connection from `cli`
join_ns() {
	later drop_ns
	make_ns "$1"
	new_port
	puppet far kst
	puppet cli client
	ask far listen "$THERE" "$port"
	ask cli connect "$THERE" "$port"
	ask far accept
}

# What is left in there.
left() { nsenter --net=/run/netns/kst itpctl -j conn show state all | jq -r '[.[].state] | join(" ")'; }
left_is() { [[ $(left) == "$1" ]]; }

time_wait() {
	join_ns 0
	ask far close 1
	ask cli eof 0
	ask cli close 0
	within 20 "TIME-WAIT" left_is "$(printf 'LISTEN TIME-WAIT')"
	end_puppet far
	within 20 "only TIME-WAIT" left_is TIME-WAIT
	drop_ns || fail "ip netns del"
	within 20 "the end of a namespace with a TIME-WAIT record" dropped_ns 0
}

half_open() {
	later drop_ns
	make_ns 0
	new_port
	puppet far kst
	puppet cli client
	ask far listen "$THERE" "$port"
	ip -n kst neigh replace "$HERE" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	tell cli connect "$THERE" "$port"
	within 20 "SYN-RECEIVED" left_is "LISTEN SYN-RECEIVED"
	end_puppet far
	drop_ns || fail "ip netns del"
	within 20 "the end of a namespace with a half-open entry" dropped_ns 0
}

# An orphan in FIN-WAIT-2 keeps its namespace for fin_timeout.
orphan() {
	join_ns 0
	nsenter --net=/run/netns/kst itpctl tunable set fin_timeout 15
	ask far close 1
	within 20 "FIN-WAIT-2" left_is "LISTEN FIN-WAIT-2"
	end_puppet far
	drop_ns || fail "ip netns del"
	if wait_for 2 dropped_ns 0; then
		fail "the namespace went before the orphan in it"
	fi
	within 60 "the end of the namespace" dropped_ns 0
}

# Data that cannot be delivered any more: an orphan that gives up.
orphan_with_data() {
	join_ns 0
	nsenter --net=/run/netns/kst itpctl tunable set orphan_retries 3
	ip -n kst neigh replace "$HERE" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	ask far write 1 10000
	end_puppet far
	drop_ns || fail "ip netns del"
	within 60 "the end of the namespace" dropped_ns 0
}

# one_round NUMBER: created, flooded, deleted while data flows
one_round() {
	make_ns "$1"
	nsenter --net=/run/netns/kst itpctl tunable set orphan_retries 1
	new_port
	puppet far kst
	puppet cli client
	ask far listen "$THERE" "$port"
	tell far sink
	tell cli flood "$THERE" "$port"
	within 60 "traffic in round $1" flowing
	case $(($1 % 3)) in
	0)
		drop_ns
		end_puppet far
		;;
	1)
		end_puppet far
		drop_ns
		;;
	2)
		ip -n kst link set eth0 down
		end_puppet far
		drop_ns
		;;
	esac
	end_puppet cli
}

flowing() {
	(($(nsenter --net=/run/netns/kst itpctl -j stat show data_octets_in | jq '.[0].value') > 0))
}

rounds() {
	local i
	later drop_ns
	tune client orphan_retries 1
	for ((i = 0; i < ROUNDS; i++)); do
		one_round "$i"
	done
	for ((i = 0; i < ROUNDS; i++)); do
		within 120 "the end of namespace $i" dropped_ns "$i"
	done
}

# Many at once, without traffic: tables and sysctls come and go.
many() {
	local i n
	n=$(size 20 100)
	for ((i = 0; i < n; i++)); do
		unshare -n true || fail "namespace $i"
	done
}

add_case time_wait time_wait
add_case half_open half_open
add_case orphan orphan
add_case orphan_with_data orphan_with_data
add_case rounds rounds
add_case many many
kst_main "$@"
