// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPv4 and IPv6: addresses, routes, checksums, IP headers, the door by which
 * packets come in. With icmp.c and connect.c the only place that knows one
 * from the other; everywhere else an address has 128 bits, IPv4 as mapped.
 *
 * A socket of AF_INET6 whose peer has a mapped address is IPv4 on the wire
 * (RFC 3493 section 3.7).
 */
#include <linux/filter.h>
#include <linux/security.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_common.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/protocol.h>
#include <net/request_sock.h>
#include <net/route.h>
#include <net/transp_v6.h>
#include <net/xfrm.h>
#include "itp.h"

/**
 * itp_is_v6 - is this connection IPv6 on the wire
 * @sk: the socket, its addresses set
 *
 * Return: true if so.
 */
bool itp_is_v6(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 &&
	       !ipv6_addr_v4mapped(&sk->sk_v6_daddr);
}

/**
 * itp_sk_tuple - addresses and ports of a socket in the form of the tables
 * @sk: the socket
 * @t: the result
 */
void itp_sk_tuple(const struct sock *sk, struct itp_tuple *t)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(t, 0, sizeof(*t));
	t->net = sock_net(sk);
	t->lport = inet->inet_num;
	t->rport = ntohs(inet->inet_dport);
	t->dif = sk->sk_bound_dev_if;
	t->v6 = itp_is_v6(sk);
	if (sk->sk_family == AF_INET6) {
		t->laddr = sk->sk_v6_rcv_saddr;
		t->raddr = sk->sk_v6_daddr;
	} else {
		ipv6_addr_set_v4mapped(inet->inet_rcv_saddr, &t->laddr);
		ipv6_addr_set_v4mapped(inet->inet_daddr, &t->raddr);
	}
}

/* Routes of sockets */

/* Where the first hop is: a source route (IP_OPTIONS) may say. */
static __be32 v4_first_hop(const struct sock *sk)
{
	struct ip_options_rcu *opt;
	__be32 addr = inet_sk(sk)->inet_daddr;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	if (opt && opt->opt.srr)
		addr = opt->opt.faddr;
	rcu_read_unlock();
	return addr;
}

static struct dst_entry *route_v4(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct dst_entry *dst = __sk_dst_check(sk, 0);
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	struct rtable *rt;

	if (dst)
		return dst;
	flowi4_init_output(fl4, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark),
			   ip_sock_rt_tos(sk), ip_sock_rt_scope(sk),
			   sk->sk_protocol, inet_sk_flowi_flags(sk),
			   v4_first_hop(sk), inet->inet_saddr,
			   inet->inet_dport, inet->inet_sport, itp_sk_uid(sk));
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	rt = ip_route_output_flow(sock_net(sk), fl4, sk);
	if (IS_ERR(rt))
		return NULL;
	sk_setup_caps(sk, &rt->dst);
	return &rt->dst;
}

static void flow_v6(struct sock *sk, struct flowi6 *fl6)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = sk->sk_protocol;
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = np->saddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_sport = inet_sk(sk)->inet_sport;
	fl6->fl6_dport = inet_sk(sk)->inet_dport;
	fl6->flowi6_uid = itp_sk_uid(sk);
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
}

static u32 *dst_cookie(struct sock *sk)
{
	return &container_of(itp_sk(sk), struct itp6_sock, itp)->dst_cookie;
}

static struct dst_entry *route_v6(struct sock *sk, struct flowi6 *fl6)
{
	struct dst_entry *dst = __sk_dst_check(sk, *dst_cookie(sk));
	struct in6_addr *final_p, final;

	flow_v6(sk, fl6);
	if (dst)
		return dst;
	rcu_read_lock();
	final_p = fl6_update_dst(fl6, rcu_dereference(inet6_sk(sk)->opt),
				 &final);
	rcu_read_unlock();
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final_p);
	fl6->daddr = sk->sk_v6_daddr;
	if (IS_ERR(dst))
		return NULL;
	*dst_cookie(sk) = rt6_get_cookie(itp_dst_rt6(dst));
	sk_setup_caps(sk, dst);
	return dst;
}

/**
 * itp_route - the route of a connection
 * @sk: the socket, locked, addresses and ports set
 *
 * Return: the cached route, looked up anew if it is stale; the socket holds
 * it. NULL: there is none.
 */
struct dst_entry *itp_route(struct sock *sk)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	if (!itp_is_v6(sk))
		return route_v4(sk);
	dst = __sk_dst_check(sk, *dst_cookie(sk));
	return dst ? : route_v6(sk, &fl6);
}

/* Octets of IP header with the options that the program asked for. */
static u32 ip_header_len(const struct sock *sk)
{
	u32 len;

	rcu_read_lock();
	if (itp_is_v6(sk)) {
		struct ipv6_txoptions *opt = rcu_dereference(inet6_sk(sk)->opt);

		len = sizeof(struct ipv6hdr);
		len += opt ? opt->opt_flen + opt->opt_nflen : 0;
	} else {
		struct ip_options_rcu *opt;

		opt = rcu_dereference(inet_sk(sk)->inet_opt);
		len = sizeof(struct iphdr) + (opt ? opt->opt.optlen : 0);
	}
	rcu_read_unlock();
	return len;
}

/**
 * itp_path_update - what the route says about segment sizes
 * @sk: the socket, locked
 *
 * Without a route what was known last stands.
 */
void itp_path_update(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct dst_entry *dst = itp_route(sk);
	u32 mtu, hdr;

	if (!dst)
		return;
	mtu = dst_mtu(dst);
	hdr = ip_header_len(sk) + ITP_HDR_MIN;
	isk->path_mss = mtu > hdr ? min(mtu - hdr, (u32)U16_MAX) : 0;
	isk->adv_mss = min_t(u32, dst_metric_advmss(dst), U16_MAX);
}

/* Checksums (RFC 9293 section 3.1), always in software for single segments:
 * devices that sum "TCP" do so for protocol 6 only.
 */

static __be16 *checksum_field(const struct sk_buff *skb)
{
	return (__be16 *)(skb_transport_header(skb) + 16);
}

static void checksum_v4(struct sk_buff *skb, __be32 saddr, __be32 daddr)
{
	__wsum sum = skb_checksum(skb, 0, skb->len, 0);

	*(__sum16 *)checksum_field(skb) =
		csum_tcpudp_magic(saddr, daddr, skb->len, itp_protocol, sum);
	skb->ip_summed = CHECKSUM_NONE;
}

static void checksum_v6(struct sk_buff *skb, const struct in6_addr *saddr,
			const struct in6_addr *daddr)
{
	__wsum sum = skb_checksum(skb, 0, skb->len, 0);

	*(__sum16 *)checksum_field(skb) =
		csum_ipv6_magic(saddr, daddr, skb->len, itp_protocol, sum);
	skb->ip_summed = CHECKSUM_NONE;
}

/**
 * itp_checksum_ok - is the checksum of a segment right
 * @skb: the segment, header at skb->data
 * @t: its addresses
 *
 * Return: true if so.
 */
bool itp_checksum_ok(struct sk_buff *skb, const struct itp_tuple *t)
{
	if (t->v6)
		return !skb_checksum_validate(skb, itp_protocol,
					      ip6_compute_pseudo);
	return !skb_checksum_validate(skb, itp_protocol, inet_compute_pseudo);
}

static int xmit_v6(struct sock *sk, struct sk_buff *skb)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct dst_entry *dst;
	struct flowi6 fl6;
	int res;

	rcu_read_lock();
	dst = route_v6(sk, &fl6);
	if (!dst) {
		rcu_read_unlock();
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	checksum_v6(skb, &fl6.saddr, &fl6.daddr);
	skb_dst_set_noref(skb, dst);
	res = ip6_xmit(sk, skb, &fl6, fl6.flowi6_mark, rcu_dereference(np->opt),
		       np->tclass, READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return res;
}

/**
 * itp_family_xmit - send a packet of a socket
 * @sk: the socket, locked
 * @skb: header and text, transport header set; consumed
 *
 * Return: 0, NET_XMIT_* or -errno.
 */
int itp_family_xmit(struct sock *sk, struct sk_buff *skb)
{
	struct inet_sock *inet = inet_sk(sk);

	if (itp_is_v6(sk))
		return xmit_v6(sk, skb);
	if (!route_v4(sk)) {
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	checksum_v4(skb, inet->inet_saddr, inet->inet_daddr);
	return ip_queue_xmit(sk, skb, &inet->cork.fl);
}

/* Segments without a socket of their own */

/* The device that an answer has to leave by, 0: the route decides. */
static int reply_oif(const struct itp_tuple *t, const struct sock *sk)
{
	if (t->v6 && rt6_need_strict(&t->raddr))
		return t->dif;
	if (sk && READ_ONCE(sk->sk_bound_dev_if))
		return READ_ONCE(sk->sk_bound_dev_if);
	return netif_index_is_l3_master(t->net, t->dif) ? t->dif : 0;
}

static struct rtable *reply_route_v4(const struct itp_tuple *t,
				     const struct sock *sk, u32 mark, u8 tos,
				     struct flowi4 *fl4)
{
	u8 flags = 0;

	if (sk && itp_inet_transparent(sk))
		flags |= FLOWI_FLAG_ANYSRC;
	flowi4_init_output(fl4, reply_oif(t, sk), mark, RT_TOS(tos),
			   RT_SCOPE_UNIVERSE, itp_protocol, flags,
			   t->raddr.s6_addr32[3], t->laddr.s6_addr32[3],
			   htons(t->rport), htons(t->lport),
			   sock_net_uid(t->net, sk));
	return ip_route_output_flow(t->net, fl4, sk);
}

static struct dst_entry *reply_route_v6(const struct itp_tuple *t,
					const struct sock *sk, u32 mark, u8 tos,
					struct flowi6 *fl6)
{
	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = itp_protocol;
	fl6->daddr = t->raddr;
	fl6->saddr = t->laddr;
	fl6->flowlabel = ip6_make_flowinfo(tos, 0);
	fl6->flowi6_oif = reply_oif(t, sk);
	fl6->flowi6_mark = mark;
	fl6->fl6_sport = htons(t->lport);
	fl6->fl6_dport = htons(t->rport);
	fl6->flowi6_uid = sock_net_uid(t->net, sk);
	return ip6_dst_lookup_flow(t->net, sk ? : itp_net(t->net)->ctl_sk[1],
				   fl6, NULL);
}

/**
 * itp_reply_mss - the MSS that a SYN-ACK should advertise
 * @t: addresses
 * @sk: the listener
 *
 * Return: octets, or 0 if there is no way back to the peer.
 */
u32 itp_reply_mss(const struct itp_tuple *t, const struct sock *sk)
{
	struct dst_entry *dst;
	struct flowi4 fl4;
	struct flowi6 fl6;
	struct rtable *rt;
	u32 mss;

	if (t->v6) {
		dst = reply_route_v6(t, sk, READ_ONCE(sk->sk_mark),
				     inet6_sk(sk)->tclass, &fl6);
	} else {
		rt = reply_route_v4(t, sk, READ_ONCE(sk->sk_mark),
				    READ_ONCE(inet_sk(sk)->tos), &fl4);
		dst = IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
	}
	if (IS_ERR(dst))
		return 0;
	mss = min_t(u32, dst_metric_advmss(dst), U16_MAX);
	dst_release(dst);
	return mss;
}

static int reply_v4(const struct itp_tuple *t, const struct sock *sk,
		    struct sk_buff *skb, u32 mark, u8 tos)
{
	const struct sock *from = sk ? : itp_net(t->net)->ctl_sk[0];
	struct flowi4 fl4;
	struct rtable *rt = reply_route_v4(t, sk, mark, tos, &fl4);

	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	checksum_v4(skb, fl4.saddr, fl4.daddr);
	skb_dst_set(skb, &rt->dst);
	skb->mark = mark;
	return ip_build_and_send_pkt(skb, from, fl4.saddr, fl4.daddr, NULL,
				     tos);
}

static int reply_v6(const struct itp_tuple *t, const struct sock *sk,
		    struct sk_buff *skb, u32 mark, u8 tos)
{
	const struct sock *from = sk ? : itp_net(t->net)->ctl_sk[1];
	struct dst_entry *dst;
	struct flowi6 fl6;

	dst = from ? reply_route_v6(t, sk, mark, tos, &fl6) :
		     ERR_PTR(-EAFNOSUPPORT);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	checksum_v6(skb, &fl6.saddr, &fl6.daddr);
	skb_dst_set(skb, dst);
	return ip6_xmit(from, skb, &fl6, mark, NULL, tos,
			READ_ONCE(from->sk_priority));
}

/**
 * itp_family_ttl - the TTL or hop limit of a new socket
 * @sk: the socket
 * @ttl: 1 to 255
 */
void itp_family_ttl(struct sock *sk, u8 ttl)
{
	WRITE_ONCE(inet_sk(sk)->uc_ttl, ttl);
	if (sk->sk_family == AF_INET6)
		inet6_sk(sk)->hop_limit = ttl;
}

/*
 * Replies without a socket follow the tunable: -1 is the route's. hop_limit is
 * a bit-field on older kernels; nobody else writes to this socket.
 */
static void control_ttl(const struct itp_tuple *t)
{
	struct itp_net *in = itp_net(t->net);
	int ttl = itp_tun(&in->tun.t, default_ttl) ? : -1;

	if (!t->v6)
		WRITE_ONCE(inet_sk(in->ctl_sk[0])->uc_ttl, ttl);
	else if (in->ctl_sk[1] && inet6_sk(in->ctl_sk[1])->hop_limit != ttl)
		inet6_sk(in->ctl_sk[1])->hop_limit = ttl;
}

/**
 * itp_family_reply - send a packet that belongs to no socket
 * @t: addresses
 * @sk: listener whose attributes it takes, or NULL
 * @skb: the segment, transport header set; consumed
 * @mark: SO_MARK, 0: that of @sk
 * @tos: type of service or traffic class, if there is no @sk
 *
 * Return: 0, NET_XMIT_* or -errno.
 */
int itp_family_reply(const struct itp_tuple *t, const struct sock *sk,
		     struct sk_buff *skb, u32 mark, u8 tos)
{
	if (sk) {
		mark = mark ? : READ_ONCE(sk->sk_mark);
		tos = t->v6 ? inet6_sk(sk)->tclass : READ_ONCE(inet_sk(sk)->tos);
	}
	if (t->reflect)
		tos = t->tos | (tos & INET_ECN_MASK);
	if (!sk)
		control_ttl(t);
	return t->v6 ? reply_v6(t, sk, skb, mark, tos) :
		       reply_v4(t, sk, skb, mark, tos);
}

/* Admission */

/**
 * itp_tuple_reflect - what goes back has the peer's DSCP, if reflect_tos says so
 * @t: addresses of a segment for a listener
 * @skb: the segment; a SYN, or the ACK that brings a cookie back
 * @tun: tunables in force for the listener
 */
void itp_tuple_reflect(struct itp_tuple *t, const struct sk_buff *skb,
		       const struct itp_tunables *tun)
{
	u8 tos = t->v6 ? ipv6_get_dsfield(ipv6_hdr(skb)) : ip_hdr(skb)->tos;

	t->reflect = itp_tun(tun, reflect_tos);
	t->tos = tos & ~INET_ECN_MASK;
}

/**
 * itp_tuple_unicast - are both addresses of a segment those of single hosts
 * @skb: the segment
 * @t: its addresses
 *
 * RFC 9293 MUST-57, MUST-63: a segment to or from a group is dropped silently.
 *
 * Return: true if so.
 */
bool itp_tuple_unicast(const struct sk_buff *skb, const struct itp_tuple *t)
{
	__be32 saddr;

	if (t->v6)
		return ipv6_unicast_destination(skb) &&
		       !ipv6_addr_is_multicast(&t->raddr) &&
		       !ipv6_addr_any(&t->raddr);
	saddr = t->raddr.s6_addr32[3];
	return skb_rtable(skb)->rt_type == RTN_LOCAL &&
	       !ipv4_is_multicast(saddr) && !ipv4_is_lbcast(saddr) &&
	       !ipv4_is_zeronet(saddr);
}

/* RFC 5082: the program told how far away the peer may be. */
static bool ttl_ok(const struct sock *sk, const struct sk_buff *skb, bool v6)
{
	if (v6)
		return ipv6_hdr(skb)->hop_limit >=
		       READ_ONCE(inet6_sk(sk)->min_hopcount);
	return ip_hdr(skb)->ttl >= READ_ONCE(inet_sk(sk)->min_ttl);
}

/**
 * itp_family_admit - may this segment go to this socket
 * @sk: the socket or listener, not locked
 * @skb: the segment, header at skb->data
 * @t: its addresses
 *
 * Return: ITP_REASON_NONE, MIN_TTL or FILTER.
 */
enum itp_reason itp_family_admit(struct sock *sk, struct sk_buff *skb,
				 const struct itp_tuple *t)
{
	u32 hdr_len = (skb->data[12] >> 4) * 4;

	if (!ttl_ok(sk, skb, t->v6))
		return ITP_REASON_MIN_TTL;
	if (!xfrm_policy_check(sk, XFRM_POLICY_IN, skb,
			       t->v6 ? AF_INET6 : AF_INET))
		return ITP_REASON_FILTER;
	nf_reset_ct(skb);
	/* A filter may cut text, never the header. */
	if (sk_filter_trim_cap(sk, skb, hdr_len))
		return ITP_REASON_FILTER;
	return ITP_REASON_NONE;
}

/* Security modules look at the family of a half-open entry's operations. */
static const struct request_sock_ops request_ops_v4 = { .family = AF_INET };
static const struct request_sock_ops request_ops_v6 = { .family = AF_INET6 };

/**
 * itp_conn_request_allowed - does the security module allow this SYN
 * @sk: the listener
 * @skb: the SYN
 * @t: its addresses
 *
 * The module's label for the request is lost: our half-open entries have no
 * room for it, and the label of the child comes from sk_clone_lock().
 *
 * Return: 0 if so, else -errno.
 */
int itp_conn_request_allowed(const struct sock *sk, struct sk_buff *skb,
			     const struct itp_tuple *t)
{
	struct request_sock req;

	memset(&req, 0, sizeof(req));
	req.rsk_ops = (struct request_sock_ops *)
		      (t->v6 ? &request_ops_v6 : &request_ops_v4);
	return security_inet_conn_request(sk, skb, &req);
}

/* Connections from listeners */

static int child_options(struct sock *child, const struct sock *parent)
{
	struct ipv6_pinfo *np = inet6_sk(child);
	struct ipv6_txoptions *opt;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(parent)->opt);
	if (opt)
		opt = ipv6_dup_options(child, opt);
	rcu_read_unlock();
	RCU_INIT_POINTER(np->opt, opt);
	return 0;
}

/* What the copy of a listener must not share with it. */
static void child_unshare(struct sock *child)
{
	struct inet_sock *inet = inet_sk(child);
	struct ipv6_pinfo *np;

	RCU_INIT_POINTER(inet->inet_opt, NULL);
	inet->mc_list = NULL;
	memset(&inet->cork, 0, sizeof(inet->cork));
	if (child->sk_family != AF_INET6)
		return;
	inet->pinet6 = &container_of(itp_sk(child), struct itp6_sock,
				     itp)->pinfo;
	np = inet->pinet6;
	RCU_INIT_POINTER(np->opt, NULL);
	np->ipv6_mc_list = NULL;
	np->ipv6_ac_list = NULL;
	RCU_INIT_POINTER(*itp_inet_fl_list(child), NULL);
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
}

/**
 * itp_family_child - addresses of a connection that comes from a listener
 * @child: the copy of the listener, locked, known to nobody else
 * @parent: the listener
 * @rsk: its half-open entry
 *
 * Return: 0 or -ENOMEM.
 */
int itp_family_child(struct sock *child, const struct sock *parent,
		     const struct itp_reqsk *rsk)
{
	struct inet_sock *inet = inet_sk(child);
	const struct itp_tuple *t = &rsk->t;

	child_unshare(child);
	inet->inet_num = t->lport;
	inet->inet_sport = htons(t->lport);
	inet->inet_dport = htons(t->rport);
	child->sk_bound_dev_if = rsk->sc.skc_bound_dev_if;
	if (t->v6) {
		inet->inet_daddr = LOOPBACK4_IPV6;
		inet->inet_saddr = LOOPBACK4_IPV6;
		inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	} else {
		inet->inet_daddr = t->raddr.s6_addr32[3];
		inet->inet_saddr = t->laddr.s6_addr32[3];
		inet->inet_rcv_saddr = inet->inet_saddr;
	}
	child->sk_v6_daddr = t->raddr;
	child->sk_v6_rcv_saddr = t->laddr;
	if (t->reflect && !t->v6)
		inet->tos = t->tos | (inet->tos & INET_ECN_MASK);
	itp_inet_id_set(child, get_random_u16());
	sk_set_txhash(child);
	if (child->sk_family != AF_INET6)
		return 0;
	inet6_sk(child)->saddr = t->laddr;
	if (t->reflect)
		inet6_sk(child)->tclass = t->tos |
			(inet6_sk(child)->tclass & INET_ECN_MASK);
	return child_options(child, parent);
}

/* Doors */

static int v4_rcv(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct itp_tuple t = {
		.net = dev_net(skb->dev),
		.dif = inet_iif(skb),
		.sdif = inet_sdif(skb),
	};

	ipv6_addr_set_v4mapped(iph->daddr, &t.laddr);
	ipv6_addr_set_v4mapped(iph->saddr, &t.raddr);
	return itp_rcv(skb, &t);
}

static int v6_rcv(struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	struct itp_tuple t = {
		.net = dev_net(skb->dev),
		.laddr = hdr->daddr,
		.raddr = hdr->saddr,
		.v6 = true,
		.dif = inet6_iif(skb),
		.sdif = inet6_sdif(skb),
	};

	return itp_rcv(skb, &t);
}

static const struct net_protocol itp_v4_protocol = {
	.handler = v4_rcv,
	.err_handler = itp_v4_err,
	.no_policy = 1,
	.icmp_strict_tag_validation = 1,
};

static const struct inet6_protocol itp_v6_protocol = {
	.handler = v6_rcv,
	.err_handler = itp_v6_err,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

/**
 * itp_family_init - take the protocol number
 *
 * Return: 0, or -EBUSY if another module has it.
 */
int itp_family_init(void)
{
	if (inet_add_protocol(&itp_v4_protocol, itp_protocol)) {
		pr_err("itp: IP protocol %u is taken over IPv4, try protocol=\n",
		       itp_protocol);
		return -EBUSY;
	}
	if (inet6_add_protocol(&itp_v6_protocol, itp_protocol)) {
		pr_err("itp: IP protocol %u is taken over IPv6, try protocol=\n",
		       itp_protocol);
		inet_del_protocol(&itp_v4_protocol, itp_protocol);
		return -EBUSY;
	}
	return 0;
}

/**
 * itp_family_exit - give the protocol number back
 */
void itp_family_exit(void)
{
	inet6_del_protocol(&itp_v6_protocol, itp_protocol);
	inet_del_protocol(&itp_v4_protocol, itp_protocol);
}

/**
 * itp_family_net_init - control sockets of a namespace
 * @net: the namespace
 *
 * Raw sockets of the kernel, which hash nowhere and pin no namespace. IPv6 may
 * be switched off at boot; then there is none for it.
 *
 * Return: 0 or -errno.
 */
int itp_family_net_init(struct net *net)
{
	struct sock **ctl = itp_net(net)->ctl_sk;
	int err;

	err = inet_ctl_sock_create(&ctl[0], PF_INET, SOCK_RAW, itp_protocol,
				   net);
	if (err)
		return err;
	inet_sk(ctl[0])->pmtudisc = IP_PMTUDISC_DO;
	ctl[1] = NULL;
	if (!ipv6_mod_enabled())
		return 0;
	err = inet_ctl_sock_create(&ctl[1], PF_INET6, SOCK_RAW, itp_protocol,
				   net);
	if (err)
		inet_ctl_sock_destroy(ctl[0]);
	return err;
}

/**
 * itp_family_net_exit - take the control sockets away
 * @net: the namespace
 */
void itp_family_net_exit(struct net *net)
{
	struct sock **ctl = itp_net(net)->ctl_sk;

	if (ctl[1])
		inet_ctl_sock_destroy(ctl[1]);
	inet_ctl_sock_destroy(ctl[0]);
}
