// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about our segments, from IPv4 and IPv6: whose they are, what
 * Linux calls them, whether they are soft, hard or about the path MTU. What
 * follows is the engine's (RFC 5461, RFC 5927). A hard error ends a half-open
 * entry, others its timer; TIME-WAIT records take no notice.
 */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include "itp.h"

/**
 * struct icmp_note - what an ICMP error says
 * @kind: as the engine has it
 * @err: errno
 * @seq: sequence number quoted
 * @mtu: ITP_ICMP_PMTU: the MTU told
 * @quoted: our header in the packet, offset from skb->data
 * @info: as sock_extended_err.ee_info
 */
struct icmp_note {
	enum itp_icmp_kind kind;
	int err;
	u32 seq;
	u32 mtu;
	u32 quoted;
	u32 info;
};

/* Nobody answers there: forget the SYN, if it is our SYN-ACK that is quoted. */
static void icmp_half_open(struct sock_common *sc, const struct icmp_note *note)
{
	struct itp_reqsk *rsk = container_of(sc, struct itp_reqsk, sc);

	if (note->kind == ITP_ICMP_HARD && note->seq == rsk->req.iss)
		itp_req_kill(rsk, ITP_CAUSE_ICMP_ERROR);
}

/* The socket that the quoted segment came from, with a reference. */
static struct sock *icmp_find(struct itp_tuple *t, const u8 *quoted,
			      const struct icmp_note *note)
{
	struct sock_common *sc;

	t->lport = quoted[0] << 8 | quoted[1];
	t->rport = quoted[2] << 8 | quoted[3];
	sc = itp_lookup(t);
	if (sc && !itp_common_full(sc)) {
		if (sc->skc_state == TCP_NEW_SYN_RECV)
			icmp_half_open(sc, note);
		itp_common_put(sc);
		sc = NULL;
	}
	return sc ? itp_common_sk(sc) : NULL;
}

static u32 quoted_seq(const u8 *quoted)
{
	return (u32)quoted[4] << 24 | quoted[5] << 16 | quoted[6] << 8 |
	       quoted[7];
}

/* The route learns the MTU, then the engine looks at the route. */
static void icmp_pmtu(struct sock *sk, u32 mtu, u32 seq)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct dst_entry *dst = itp_route(sk);
	struct itp_env env;
	struct itp_out out;

	if (!dst || !(itp_is_v6(sk) ? ip6_sk_accept_pmtu(sk) :
				      ip_sk_accept_pmtu(sk)))
		return;
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	itp_env_fill(sk, &env);
	itp_icmp(c, &env, ITP_ICMP_PMTU, seq, EMSGSIZE, &out);
	itp_act(sk, &env, &out, NULL);
}

static bool icmp_opening(const struct sock *sk)
{
	return sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV;
}

/* IP_RECVERR, or where the connection is IPv6's IPV6_RECVERR */
static bool icmp_wanted(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 && itp_is_v6(sk) ?
	       itp_inet6_recverr(sk) : itp_inet_recverr(sk);
}

/*
 * For recvmsg(MSG_ERRQUEUE): the error and who sent it. As with TCP, of errors
 * during the open only; a connection that stands takes an errno. The queue has
 * a lock of its own: it does not matter who owns the socket.
 */
static void icmp_queue(struct sock *sk, struct sk_buff *skb,
		       const struct icmp_note *note)
{
	const u8 *quoted = skb->data + note->quoted;
	bool v6 = itp_is_v6(sk);
	/* Where our segment went: in the IP header that is quoted. */
	const u8 *to = skb->data + (v6 ? offsetof(struct ipv6hdr, daddr) :
					 offsetof(struct iphdr, daddr));
	struct sk_buff *err = skb_clone(skb, GFP_ATOMIC);
	struct sock_exterr_skb *serr;

	if (!err)
		return;
	serr = SKB_EXT_ERR(err);
	memset(&serr->ee, 0, sizeof(serr->ee));
	serr->ee.ee_errno = note->err;
	serr->ee.ee_origin = v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP;
	serr->ee.ee_type = v6 ? icmp6_hdr(skb)->icmp6_type :
				icmp_hdr(skb)->type;
	serr->ee.ee_code = v6 ? icmp6_hdr(skb)->icmp6_code :
				icmp_hdr(skb)->code;
	serr->ee.ee_info = note->info;
	serr->addr_offset = to - skb_network_header(skb);
	serr->port = htons(quoted[2] << 8 | quoted[3]);
	__skb_pull(err, note->quoted);
	skb_reset_transport_header(err);
	if (sock_queue_err_skb(sk, err))
		kfree_skb(err);
}

static void icmp_error(struct sock *sk, const struct icmp_note *note)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	bool opening = icmp_opening(sk);
	bool wanted = icmp_wanted(sk);
	struct itp_env env;
	struct itp_out out;

	itp_env_fill(sk, &env);
	itp_icmp(c, &env, note->kind, note->seq, note->err, &out);
	/* IP_RECVERR: the program wants to know at once. */
	if (!opening && wanted && !out.sk_err)
		out.sk_err = note->err;
	itp_act(sk, &env, &out, NULL);
}

/* An errno, and whether it is hard, in 32 bits. */
#define INFO_HARD	0x80000000U

/* A process owns the socket: keep the last that was told. */
static void icmp_defer(struct itp_sock *isk, const struct icmp_note *note)
{
	if (note->kind == ITP_ICMP_PMTU) {
		WRITE_ONCE(isk->icmp_info, note->mtu);
		atomic_andnot(ITP_DEFER_ICMP, &isk->defer);
		atomic_or(ITP_DEFER_PMTU, &isk->defer);
	} else if (!(atomic_read(&isk->defer) & ITP_DEFER_PMTU)) {
		WRITE_ONCE(isk->icmp_info, note->err |
			   (note->kind == ITP_ICMP_HARD ? INFO_HARD : 0));
		atomic_or(ITP_DEFER_ICMP, &isk->defer);
	}
}

/**
 * itp_icmp_deferred - act on what was told while a process owned the socket
 * @sk: the socket, locked
 * @pmtu: it was about the path MTU
 */
void itp_icmp_deferred(struct sock *sk, bool pmtu)
{
	struct itp_sock *isk = itp_sk(sk);
	struct icmp_note note = { .seq = isk->conn.snd_una };
	u32 info = READ_ONCE(isk->icmp_info);

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	if (pmtu) {
		icmp_pmtu(sk, info, note.seq);
		return;
	}
	note.kind = info & INFO_HARD ? ITP_ICMP_HARD : ITP_ICMP_SOFT;
	note.err = info & ~INFO_HARD;
	icmp_error(sk, &note);
}

/* Hand @note, which @skb brought, to @sk, with the reference. */
static void icmp_tell(struct sock *sk, struct sk_buff *skb,
		      const struct icmp_note *note)
{
	struct itp_sock *isk = itp_sk(sk);

	bh_lock_sock(sk);
	/* Not ours, or too late? */
	if (sk->sk_state == TCP_CLOSE || !itp_icmp_seq_ok(&isk->conn, note->seq))
		goto out;
	if (note->kind != ITP_ICMP_PMTU && icmp_opening(sk) && icmp_wanted(sk))
		icmp_queue(sk, skb, note);
	if (sock_owned_by_user(sk))
		icmp_defer(isk, note);
	else if (note->kind == ITP_ICMP_PMTU)
		icmp_pmtu(sk, note->mtu, note->seq);
	else
		icmp_error(sk, note);
out:
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void icmp_redirect(struct sock *sk, struct sk_buff *skb, u32 seq)
{
	struct dst_entry *dst;

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && sk->sk_state != TCP_CLOSE &&
	    itp_icmp_seq_ok(&itp_sk(sk)->conn, seq)) {
		dst = itp_route(sk);
		if (dst)
			dst->ops->redirect(dst, sk, skb);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

/* False: of no interest. */
static bool note_v4(struct icmp_note *note, u8 type, u8 code, u32 info)
{
	note->kind = ITP_ICMP_SOFT;
	switch (type) {
	case ICMP_PARAMETERPROB:
		note->err = EPROTO;
		return true;
	case ICMP_TIME_EXCEEDED:
		note->err = EHOSTUNREACH;
		return true;
	case ICMP_DEST_UNREACH:
		if (code > NR_ICMP_UNREACH)
			return false;
		note->err = icmp_err_convert[code].errno;
		if (icmp_err_convert[code].fatal)
			note->kind = ITP_ICMP_HARD;
		if (code == ICMP_FRAG_NEEDED)
			note->kind = ITP_ICMP_PMTU;
		note->mtu = info;
		return true;
	}
	return false;
}

/**
 * itp_v4_err - an ICMP error quotes one of our segments
 * @skb: its data is the quoted IP header; the ICMP header lies before it
 * @info: MTU, for "fragmentation needed"
 *
 * Return: 0, or -ENOENT if it is about nobody here.
 */
int itp_v4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	u32 hdr_len = iph->ihl * 4;
	u8 type = icmp_hdr(skb)->type;
	u8 code = icmp_hdr(skb)->code;
	struct icmp_note note = {};
	struct itp_tuple t = {
		.net = dev_net(skb->dev),
		.dif = inet_iif(skb),
	};
	struct sock *sk;
	bool known;

	if (!pskb_may_pull(skb, hdr_len + 8))
		return -EINVAL;
	iph = (const struct iphdr *)skb->data;
	ipv6_addr_set_v4mapped(iph->saddr, &t.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &t.raddr);
	note.seq = quoted_seq(skb->data + hdr_len);
	note.quoted = hdr_len;
	note.info = info;
	known = note_v4(&note, type, code, info);
	sk = icmp_find(&t, skb->data + hdr_len, &note);
	if (!sk)
		return -ENOENT;
	if (type == ICMP_REDIRECT)
		icmp_redirect(sk, skb, note.seq);
	else if (known)
		icmp_tell(sk, skb, &note);
	else
		sock_put(sk);
	return 0;
}

/**
 * itp_v6_err - an ICMPv6 error quotes one of our segments
 * @skb: its data is the quoted IP header
 * @opt: options of the packet that carried the error
 * @type: of the error
 * @code: of the error
 * @offset: of our header, from the quoted IP header on
 * @info: MTU, for "packet too big"
 *
 * Return: 0, or -ENOENT if it is about nobody here.
 */
int itp_v6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
	       u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *hdr;
	struct icmp_note note = {};
	struct itp_tuple t = {
		.net = dev_net(skb->dev),
		.v6 = true,
		.dif = skb->dev->ifindex,
		.sdif = inet6_sdif(skb),
	};
	struct sock *sk;

	if (!pskb_may_pull(skb, offset + 8))
		return -EINVAL;
	hdr = (const struct ipv6hdr *)skb->data;
	t.laddr = hdr->saddr;
	t.raddr = hdr->daddr;
	note.seq = quoted_seq(skb->data + offset);
	note.quoted = offset;
	note.info = ntohl(info);
	if (icmpv6_err_convert(type, code, &note.err))
		note.kind = ITP_ICMP_HARD;
	if (type == ICMPV6_PKT_TOOBIG) {
		note.kind = ITP_ICMP_PMTU;
		note.mtu = ntohl(info);
	}
	sk = icmp_find(&t, skb->data + offset, &note);
	if (!sk)
		return -ENOENT;
	if (type == NDISC_REDIRECT) {
		icmp_redirect(sk, skb, note.seq);
		return 0;
	}
	icmp_tell(sk, skb, &note);
	return 0;
}
