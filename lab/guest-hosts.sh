# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The two hosts, as network namespaces joined by one wire. Sourced by guest-init.
#   client  10.53.0.1/24  fd53::1/64  eth0: virtio-net   (UML: veth)
#   server  10.53.0.2/24  fd53::2/64  eth0: e1000e       (UML: veth)

# shellcheck disable=SC2034  # read by guest-init
hosts_error=

make_hosts() {
	{ ip netns add client && ip netns add server; } || { hosts_error="no network namespaces"; return 1; }
	if [[ $LAB_KIND == uml ]]; then
		ip link add name eth0 netns client type veth peer name eth0 netns server ||
			{ hosts_error="no veth pair"; return 1; }
	else
		claim_nic virtio_net client && claim_nic e1000e server || return 1
	fi
	configure_host client 1 && configure_host server 2 || return 1
	ip -n server link set eth0 up
	# An end of a veth pair has a carrier only with the other end up.
	[[ $LAB_KIND != uml ]] || ip -n client link set eth0 up
}

# await_hosts: returns once both ends have a carrier. The client goes up last:
# the emulated wire holds back what it sends, and stalls it, until the server's
# NIC, which takes seconds to negotiate its link, can receive.
await_hosts() {
	local host try
	for host in server client; do
		ip -n "$host" link set eth0 up
		for ((try = 0; try < 200; try++)); do
			[[ $(ip -n "$host" -o link show dev eth0) == *LOWER_UP* ]] && continue 2
			sleep 0.05
		done
		hosts_error="$host's eth0 has no carrier"
		return 1
	done
}

# claim_nic DRIVER HOST: moves the NIC of that driver, which the initramfs has
# loaded, to HOST.
claim_nic() {
	local dev try
	for ((try = 0; try < 200; try++)); do
		for dev in /sys/class/net/*/device/driver; do
			[[ $(readlink "$dev") == */"$1" ]] || continue
			dev=${dev#/sys/class/net/}
			dev=${dev%%/*}
			ip link set "$dev" netns "$2" name eth0 && return
		done
		sleep 0.05
	done
	hosts_error="no NIC with driver $1"
	return 1
}

configure_host() {
	local host=$1 number=$2
	# Duplicate address detection and router discovery would only cost time.
	# shellcheck disable=SC2016  # expanded there
	nsenter --net="/run/netns/$host" bash -c '
		for i in all default eth0; do
			echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad
			echo 0 >/proc/sys/net/ipv6/conf/$i/accept_ra
			echo 0 >/proc/sys/net/ipv6/conf/$i/router_solicitations
		done'
	ip -n "$host" -batch - <<-BATCH
		link set lo up
		addr add 10.53.0.$number/24 dev eth0
		addr add fd53::$number/64 dev eth0 nodad
	BATCH
	# In virtual time a link without delay never lets time pass: whoever spins
	# on the clock would spin for ever.
	if [[ $LAB_KIND == uml && $LAB_TIME == virtual ]]; then
		tc -n "$host" qdisc add dev eth0 root netem delay 10us limit 100000
		tc -n "$host" qdisc add dev lo root netem delay 10us limit 100000
	fi
}
