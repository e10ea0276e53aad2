// SPDX-License-Identifier: GPL-2.0-only
/*
 * Active opens: from the address that connect() names to a connection in
 * SYN-SENT. Route, source address and port are chosen here and in bind.c; what
 * follows is the engine's. Waiting for the result is the core's
 * (inet_stream_connect()).
 */
#include <linux/bpf-cgroup.h>
#include <linux/security.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/transp_v6.h>
#include "itp.h"

/* Undo what an open that failed has set. */
static void connect_undo(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	itp_unhash(sk);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK)) {
		itp_put_port(sk);
		inet->inet_sport = 0;
	}
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		inet_reset_saddr(sk);
		if (sk->sk_family == AF_INET6)
			inet6_sk(sk)->saddr = in6addr_any;
	}
	inet->inet_dport = 0;
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
}

/* Addresses are set: take a port and a place, send the SYN. */
static int connect_open(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_tuple t;
	struct itp_env env;
	struct itp_out out;
	u32 iss;
	int err;

	itp_conn_renew(sk, itp_new_id());
	err = itp_hash_connect(sk, &iss);
	if (err) {
		connect_undo(sk);
		return err;
	}
	sk_set_txhash(sk);
	itp_inet_id_set(sk, get_random_u16());
	/* The route was looked up without ports; IPsec may want them. */
	sk_dst_reset(sk);
	if (!itp_route(sk)) {
		connect_undo(sk);
		return -ENETUNREACH;
	}
	itp_sk_tuple(sk, &t);
	itp_env_fill(sk, &env);
	env.ts_offset = itp_stamp_offset(&t);
	itp_conn_open(&isk->conn, &env, iss, &out);
	itp_act(sk, &env, &out, NULL);
	return 0;
}

/* Route to @daddr, for the source address; both come back in @fl4. */
static int connect_route_v4(struct sock *sk, __be32 daddr, __be16 dport,
			    struct flowi4 *fl4)
{
	struct inet_sock *inet = inet_sk(sk);
	struct ip_options_rcu *opt;
	__be32 hop = daddr;
	struct rtable *rt;
	int err = 0;

	opt = rcu_dereference_protected(inet->inet_opt,
					lockdep_sock_is_held(sk));
	if (opt && opt->opt.srr) {
		if (!daddr)
			return -EINVAL;
		hop = opt->opt.faddr;
	}
	flowi4_init_output(fl4, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark),
			   ip_sock_rt_tos(sk), ip_sock_rt_scope(sk),
			   sk->sk_protocol, inet_sk_flowi_flags(sk), hop,
			   inet->inet_saddr, dport, inet->inet_sport,
			   itp_sk_uid(sk));
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	rt = ip_route_output_flow(sock_net(sk), fl4, sk);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST))
		err = -ENETUNREACH;
	ip_rt_put(rt);
	if (opt && opt->opt.srr)
		fl4->daddr = daddr;
	return err;
}

/* An open over IPv4, also of a socket of AF_INET6. */
static int connect_v4(struct sock *sk, __be32 daddr, __be16 dport)
{
	struct inet_sock *inet = inet_sk(sk);
	struct flowi4 fl4;
	int err;

	err = connect_route_v4(sk, daddr, dport, &fl4);
	if (err)
		return err;
	if (!inet->inet_saddr)
		inet->inet_saddr = fl4.saddr;
	inet->inet_rcv_saddr = inet->inet_saddr;
	inet->inet_daddr = fl4.daddr;
	if (sk->sk_family == AF_INET6) {
		ipv6_addr_set_v4mapped(inet->inet_saddr, &sk->sk_v6_rcv_saddr);
		ipv6_addr_set_v4mapped(fl4.daddr, &sk->sk_v6_daddr);
		inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
	}
	inet->inet_dport = dport;
	return connect_open(sk);
}

/**
 * itp_v4_connect - proto.connect of AF_INET
 * @sk: the socket, locked, CLOSED
 * @uaddr: where to
 * @addr_len: octets of @uaddr
 *
 * Return: 0 if the SYN is on its way, or -errno.
 */
int itp_v4_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)uaddr;

	if (addr_len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	return connect_v4(sk, sin->sin_addr.s_addr, sin->sin_port);
}

/* The flow label that the program wants, if it may have it. */
static int connect_flow_label(struct sock *sk, const struct sockaddr_in6 *sin6)
{
	struct ip6_flowlabel *label;
	__be32 info;

	inet6_sk(sk)->flow_label = 0;
	if (!itp_inet6_sndflow(sk))
		return 0;
	info = sin6->sin6_flowinfo & IPV6_FLOWINFO_MASK;
	if (info & IPV6_FLOWLABEL_MASK) {
		label = fl6_sock_lookup(sk, info);
		if (IS_ERR(label))
			return -EINVAL;
		fl6_sock_release(label);
	}
	inet6_sk(sk)->flow_label = info;
	return 0;
}

/* A link-local address means something on one link only. */
static int connect_scope(struct sock *sk, const struct sockaddr_in6 *sin6,
			 int addr_len)
{
	if (addr_len >= (int)sizeof(*sin6) && sin6->sin6_scope_id) {
		if (!sk_dev_equal_l3scope(sk, sin6->sin6_scope_id))
			return -EINVAL;
		sk->sk_bound_dev_if = sin6->sin6_scope_id;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

/* Source address by the route, if the program named none. */
static int connect_source_v6(struct sock *sk)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct in6_addr *final_p, final;
	struct dst_entry *dst;
	struct flowi6 fl6 = {
		.flowi6_proto = sk->sk_protocol,
		.daddr = sk->sk_v6_daddr,
		.saddr = np->saddr,
		.flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label),
		.flowi6_oif = sk->sk_bound_dev_if,
		.flowi6_mark = READ_ONCE(sk->sk_mark),
		.flowi6_uid = itp_sk_uid(sk),
	};

	if (!ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		fl6.saddr = sk->sk_v6_rcv_saddr;
	fl6.fl6_dport = inet_sk(sk)->inet_dport;
	fl6.fl6_sport = inet_sk(sk)->inet_sport;
	rcu_read_lock();
	final_p = fl6_update_dst(&fl6, rcu_dereference(np->opt), &final);
	rcu_read_unlock();
	security_sk_classify_flow(sk, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, &fl6, final_p);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	dst_release(dst);
	np->saddr = fl6.saddr;
	sk->sk_v6_rcv_saddr = fl6.saddr;
	inet_sk(sk)->inet_saddr = LOOPBACK4_IPV6;
	inet_sk(sk)->inet_rcv_saddr = LOOPBACK4_IPV6;
	return 0;
}

/**
 * itp_v6_connect - proto.connect of AF_INET6
 * @sk: the socket, locked, CLOSED
 * @uaddr: where to; a mapped address opens over IPv4
 * @addr_len: octets of @uaddr
 *
 * Return: 0 if the SYN is on its way, or -errno.
 */
int itp_v6_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)uaddr;
	struct in6_addr daddr;
	int type, err;

	if (addr_len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = connect_flow_label(sk, sin6);
	if (err)
		return err;
	daddr = sin6->sin6_addr;
	/* To no address at all means to this host (BSD). */
	if (ipv6_addr_any(&daddr)) {
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
			ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &daddr);
		else
			daddr = in6addr_loopback;
	}
	type = ipv6_addr_type(&daddr);
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if (type & IPV6_ADDR_LINKLOCAL) {
		err = connect_scope(sk, sin6, addr_len);
		if (err)
			return err;
	}
	if (type & IPV6_ADDR_MAPPED) {
		if (ipv6_only_sock(sk))
			return -ENETUNREACH;
		return connect_v4(sk, daddr.s6_addr32[3], sin6->sin6_port);
	}
	sk->sk_v6_daddr = daddr;
	inet_sk(sk)->inet_daddr = LOOPBACK4_IPV6;
	inet_sk(sk)->inet_dport = sin6->sin6_port;
	err = connect_source_v6(sk);
	if (err) {
		inet_sk(sk)->inet_dport = 0;
		return err;
	}
	return connect_open(sk);
}

/**
 * itp_v4_pre_connect - proto.pre_connect of AF_INET: programs of cgroups
 * @sk: the socket, locked
 * @uaddr: where to; they may change it
 * @addr_len: octets of @uaddr
 *
 * Return: 0 or -errno.
 */
int itp_v4_pre_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len)
{
	if (addr_len < (int)sizeof(struct sockaddr_in))
		return -EINVAL;
	sock_owned_by_me(sk);
	return itp_cgroup_connect4(sk, uaddr, &addr_len);
}

/**
 * itp_v6_pre_connect - proto.pre_connect of AF_INET6: programs of cgroups
 * @sk: the socket, locked
 * @uaddr: where to; they may change it
 * @addr_len: octets of @uaddr
 *
 * Return: 0 or -errno.
 */
int itp_v6_pre_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len)
{
	if (addr_len < SIN6_LEN_RFC2133)
		return -EINVAL;
	sock_owned_by_me(sk);
	return itp_cgroup_connect6(sk, uaddr, &addr_len);
}
