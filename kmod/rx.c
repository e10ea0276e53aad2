// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received segments: checked, given to whom they belong, their text queued as
 * the engine says. What a segment means is the engine's; half-open entries and
 * TIME-WAIT records are minisock.c's; addresses and checksums family.c's.
 */
#include <linux/netdevice.h>
#include <net/xfrm.h>
#include "itp.h"

/* Segments that cannot be longer are copied when memory gets tight. */
#define COMPACT_MAX	512U
#define COMPACT_SIZE	SKB_WITH_OVERHEAD(4096U)

static void rcv_drop(struct net *net, struct sk_buff *skb,
		     enum itp_reason reason)
{
	itp_count_drop(net, reason);
	kfree_skb(skb);
}

/**
 * itp_skb_parse - take the header of a segment apart
 * @skb: the segment, header at skb->data
 * @seg: the result
 *
 * Return: ITP_REASON_NONE or ITP_REASON_HEADER.
 */
enum itp_reason itp_skb_parse(struct sk_buff *skb, struct itp_seg_in *seg)
{
	u32 len;

	if (!pskb_may_pull(skb, ITP_HDR_MIN))
		return ITP_REASON_HEADER;
	len = (skb->data[12] >> 4) * 4;
	if (len < ITP_HDR_MIN || len > skb->len || !pskb_may_pull(skb, len))
		return ITP_REASON_HEADER;
	return itp_seg_parse(skb->data, skb_headlen(skb), skb->len, seg);
}

/* Nothing here has this address and port: RFC 9293 3.10.7.1. */
static void rcv_no_conn(struct sk_buff *skb, const struct itp_tuple *t)
{
	struct itp_seg_out rst;
	struct itp_seg_in seg;

	itp_count(t->net, segs_in);
	if (itp_skb_parse(skb, &seg) == ITP_REASON_NONE &&
	    xfrm_policy_check(NULL, XFRM_POLICY_IN, skb,
			      t->v6 ? AF_INET6 : AF_INET) &&
	    itp_seg_reset(&seg, &rst))
		itp_send_reply(t, NULL, &rst, 0, 0);
	rcv_drop(t->net, skb, ITP_REASON_NO_CONN);
}

/* A busy receiver may lag by both buffers and some headers. */
static int rcv_backlog_limit(const struct sock *sk)
{
	return READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) + 65536;
}

static void rcv_sock(struct sock *sk, struct sk_buff *skb,
		     const struct itp_tuple *t)
{
	enum itp_reason reason = itp_family_admit(sk, skb, t);

	if (reason != ITP_REASON_NONE) {
		rcv_drop(t->net, skb, reason);
		return;
	}
	sk_incoming_cpu_update(sk);
	skb->dev = NULL;
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk))
		itp_backlog_rcv(sk, skb);
	else if (sk_add_backlog(sk, skb, rcv_backlog_limit(sk)))
		rcv_drop(t->net, skb, ITP_REASON_BACKLOG);
	bh_unlock_sock(sk);
}

static void rcv_listener(struct sk_buff *skb, struct itp_tuple *t,
			 const u32 *iss)
{
	struct sock *sk = itp_lookup_listener(t, skb);
	enum itp_reason reason;

	if (!sk) {
		rcv_no_conn(skb, t);
		return;
	}
	reason = itp_family_admit(sk, skb, t);
	if (reason != ITP_REASON_NONE)
		rcv_drop(t->net, skb, reason);
	else
		itp_listen_rcv(sk, t, skb, iss);
}

/* A half-open entry; true: done, false: it had gone. */
static bool rcv_req(struct itp_reqsk *rsk, struct sk_buff *skb,
		    const struct itp_tuple *t)
{
	enum itp_reason reason = itp_family_admit(rsk->listener, skb, t);

	if (reason != ITP_REASON_NONE) {
		rcv_drop(t->net, skb, reason);
		return true;
	}
	return itp_req_rcv(rsk, skb);
}

/*
 * Look up and hand over. An entry that was found may be replaced before it is
 * locked: then look again. It is replaced twice in its life at most.
 */
static void rcv_demux(struct sk_buff *skb, struct itp_tuple *t)
{
	struct sock_common *sc;
	enum itp_tw_rcvd tw;
	bool done;
	u32 iss;

	do {
		sc = itp_lookup(t);
		if (!sc) {
			rcv_listener(skb, t, NULL);
			return;
		}
		if (itp_common_full(sc)) {
			rcv_sock(itp_common_sk(sc), skb, t);
			done = true;
		} else if (sc->skc_state == TCP_NEW_SYN_RECV) {
			done = rcv_req(itp_reqsk(sc), skb, t);
		} else {
			tw = itp_tw_rcv(itp_twsk(sc), t, skb, &iss);
			done = tw != ITP_TW_GONE;
			if (tw == ITP_TW_LISTENER)
				rcv_listener(skb, t, &iss);
		}
		itp_common_put(sc);
	} while (!done);
}

/**
 * itp_rcv - a segment arrived
 * @skb: the segment, header at skb->data
 * @t: namespace, addresses and devices; ports are filled in here
 *
 * The order of the checks is that of the specification; family.c goes on with
 * TTL, IPsec, conntrack and filters once it is known whose segment it is.
 *
 * CONTEXT: softirq, under rcu_read_lock().
 *
 * Return: 0, the segment is consumed.
 */
int itp_rcv(struct sk_buff *skb, struct itp_tuple *t)
{
	enum itp_reason reason = ITP_REASON_NONE;
	struct itp_seg_in seg;

	if (skb->pkt_type != PACKET_HOST)
		reason = ITP_REASON_ADDRESS;
	else if (itp_skb_parse(skb, &seg) != ITP_REASON_NONE)
		reason = ITP_REASON_HEADER;
	else if (!itp_checksum_ok(skb, t))
		reason = ITP_REASON_CHECKSUM;
	else if (!itp_tuple_unicast(skb, t))
		reason = ITP_REASON_ADDRESS;
	if (reason != ITP_REASON_NONE) {
		rcv_drop(t->net, skb, reason);
		return 0;
	}
	t->lport = seg.dport;
	t->rport = seg.sport;
	rcv_demux(skb, t);
	return 0;
}

/* Throw away held text, the last first, until the buffer is no longer over. */
static void rcv_prune(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct rb_node *node;
	struct sk_buff *skb;
	bool pruned = false;
	u32 from = 0;

	while ((node = rb_last(&isk->held)) != NULL) {
		skb = rb_to_skb(node);
		/* What reaches into forgotten text goes too. */
		if (atomic_read(&sk->sk_rmem_alloc) <= sk->sk_rcvbuf &&
		    (!pruned || seq_le(itp_rcv_end(skb), from)))
			break;
		if (!pruned || seq_lt(ITP_RCV(skb)->seq, from))
			from = ITP_RCV(skb)->seq;
		pruned = true;
		rb_erase(node, &isk->held);
		kfree_skb(skb);
	}
	if (!pruned)
		return;
	itp_rcv_pruned(&isk->conn, from);
	itp_count(sock_net(sk), pruned);
}

/*
 * Is there memory for the text of @skb? Held text makes way for text that is
 * in order.
 */
static void rcv_room(struct sock *sk, struct sk_buff *skb,
		     const struct itp_seg_in *seg, struct itp_env *env)
{
	const struct itp_conn *c = &itp_sk(sk)->conn;

	if (!seg->len)
		return;
	if (atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf &&
	    seq_le(seg->seq, c->rcv_nxt)) {
		rcv_prune(sk);
		itp_env_rcv(sk, env);
	}
	if (!itp_rmem_schedule(sk, skb, seq_le(seg->seq, c->rcv_nxt)))
		env->rcv_full = true;
	/*
	 * Text beyond the window will be cut off, which may need memory if
	 * someone else (a packet tap) looks at the packet too. Take it before
	 * the engine counts the text as received.
	 */
	if (skb_is_nonlinear(skb) &&
	    seq_gt(seg->seq + seg->len, c->rcv_right) &&
	    skb_unclone(skb, GFP_ATOMIC))
		env->rcv_full = true;
}

/**
 * itp_rcv_locked - give a segment to the engine and do what it says
 * @sk: the socket, locked
 * @skb: the segment, header at skb->data; consumed
 * @seg: its header
 */
void itp_rcv_locked(struct sock *sk, struct sk_buff *skb,
		    const struct itp_seg_in *seg)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct itp_env env;
	struct itp_out out;

	__skb_pull(skb, seg->hdr_len);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_dst_drop(skb);
	/* The control block was IP's until here. */
	ITP_RCV(skb)->seq = seg->seq + !!(seg->flags & ITP_SYN);
	ITP_RCV(skb)->off = 0;
	itp_env_fill(sk, &env);
	rcv_room(sk, skb, seg, &env);
	itp_input(c, seg, &env, &out);
	if (out.reason != ITP_REASON_NONE)
		itp_count_drop(sock_net(sk), out.reason);
	itp_act(sk, &env, &out, skb);
}

/**
 * itp_backlog_rcv - a segment for a socket
 * @sk: the socket, locked
 * @skb: the segment, header at skb->data; consumed
 *
 * Return: 0.
 */
int itp_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct itp_seg_in seg;

	/* A filter may have cut it. */
	if (itp_skb_parse(skb, &seg) != ITP_REASON_NONE)
		rcv_drop(sock_net(sk), skb, ITP_REASON_HEADER);
	/* The connection ended while the segment waited. */
	else if (sk->sk_state == TCP_CLOSE)
		rcv_drop(sock_net(sk), skb, ITP_REASON_NO_CONN);
	else
		itp_rcv_locked(sk, skb, &seg);
	return 0;
}

/*
 * A peer that sends small segments makes us spend many times their size. Once
 * half of the buffer is used, copy them into one that has room for more.
 */
static struct sk_buff *rcv_compact(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (skb->len > COMPACT_MAX ||
	    atomic_read(&sk->sk_rmem_alloc) < sk->sk_rcvbuf / 2)
		return skb;
	copy = alloc_skb(COMPACT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!copy)
		return skb;
	if (skb_copy_bits(skb, 0, skb_put(copy, skb->len), skb->len) ||
	    !sk_rmem_schedule(sk, copy, copy->truesize)) {
		kfree_skb(copy);
		return skb;
	}
	memcpy(copy->cb, skb->cb, sizeof(copy->cb));
	copy->tstamp = skb->tstamp;
	consume_skb(skb);
	return copy;
}

/* @skb goes to @tail; false: it cannot. Accounting follows. */
static bool rcv_coalesce(struct sock *sk, struct sk_buff *tail,
			 struct sk_buff *skb)
{
	bool stolen;
	int delta;

	if (itp_rcv_end(tail) != ITP_RCV(skb)->seq ||
	    !skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	kfree_skb_partial(skb, stolen);
	return true;
}

/*
 * Append text to the receive queue. @owned: the skb is accounted already.
 * Returns the sequence number after it.
 */
static u32 rcv_append(struct sock *sk, struct sk_buff *skb, bool owned)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	u32 end = itp_rcv_end(skb);
	u32 fresh = skb->len - ITP_RCV(skb)->off;

	WRITE_ONCE(itp_sk(sk)->rqueue, itp_sk(sk)->rqueue + fresh);
	if (!ITP_RCV(skb)->off) {
		if (tail && rcv_coalesce(sk, tail, skb))
			return end;
		if (!owned)
			skb = rcv_compact(sk, skb);
	}
	if (!owned)
		skb_set_owner_r(skb, sk);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	return end;
}

/* Text that now lies in order leaves the held ones. */
static void rcv_deliver(struct sock *sk, u32 next, u32 deliver_to)
{
	struct itp_sock *isk = itp_sk(sk);
	struct rb_node *node;
	struct sk_buff *skb;

	while ((node = rb_first(&isk->held)) != NULL) {
		skb = rb_to_skb(node);
		if (!seq_lt(ITP_RCV(skb)->seq, deliver_to))
			break;
		rb_erase(node, &isk->held);
		RB_CLEAR_NODE(node);
		if (seq_le(itp_rcv_end(skb), next)) {
			kfree_skb(skb);
			continue;
		}
		if (WARN_ON_ONCE(seq_gt(ITP_RCV(skb)->seq, next))) {
			kfree_skb(skb);
			break;
		}
		/* rbnode shares memory with next, prev and dev */
		skb->next = NULL;
		skb->prev = NULL;
		skb->dev = NULL;
		ITP_RCV(skb)->off = next - ITP_RCV(skb)->seq;
		next = rcv_append(sk, skb, true);
	}
}

/* Keep text that lies behind a gap. */
static void rcv_hold(struct sock *sk, struct sk_buff *skb)
{
	struct itp_sock *isk = itp_sk(sk);
	struct rb_node **link = &isk->held.rb_node;
	struct rb_node *parent = NULL, *next;
	struct sk_buff *other;

	while (*link) {
		parent = *link;
		other = rb_to_skb(parent);
		if (seq_le(ITP_RCV(other)->seq, ITP_RCV(skb)->seq) &&
		    seq_ge(itp_rcv_end(other), itp_rcv_end(skb))) {
			kfree_skb(skb);
			return;
		}
		if (seq_lt(ITP_RCV(skb)->seq, ITP_RCV(other)->seq))
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	/* The usual case: it continues the last one. */
	if (parent && !rb_next(parent) &&
	    rcv_coalesce(sk, rb_to_skb(parent), skb))
		return;
	skb = rcv_compact(sk, skb);
	skb_set_owner_r(skb, sk);
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &isk->held);
	/* Those that it contains have nothing to add. */
	while ((next = rb_next(&skb->rbnode)) != NULL &&
	       seq_le(itp_rcv_end(rb_to_skb(next)), itp_rcv_end(skb))) {
		rb_erase(next, &isk->held);
		kfree_skb(rb_to_skb(next));
	}
}

/**
 * itp_rcv_place - do with the text of a segment what the engine says
 * @sk: the socket, locked
 * @out: what it said
 * @skb: the segment, text at skb->data, memory accounted for; consumed
 */
void itp_rcv_place(struct sock *sk, const struct itp_out *out,
		   struct sk_buff *skb)
{
	if (out->place == ITP_PLACE_NONE) {
		kfree_skb(skb);
		return;
	}
	/* rcv_room() made sure that this needs no memory. */
	if (out->trim_back)
		WARN_ON_ONCE(pskb_trim(skb, skb->len - out->trim_back));
	if (out->place == ITP_PLACE_HOLD) {
		rcv_hold(sk, skb);
		return;
	}
	ITP_RCV(skb)->off = out->trim_front;
	rcv_deliver(sk, rcv_append(sk, skb, false), out->deliver_to);
}

void itp_rcv_purge_held(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct rb_node *node;

	while ((node = rb_first(&isk->held)) != NULL) {
		rb_erase(node, &isk->held);
		kfree_skb(rb_to_skb(node));
	}
}

/**
 * itp_rcv_purge - free everything received
 * @sk: the socket, locked or dead
 *
 * Return: how many octets of it were in order and not read.
 */
u32 itp_rcv_purge(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	u32 unread = isk->rqueue;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_receive_queue)) != NULL)
		kfree_skb(skb);
	itp_rcv_purge_held(sk);
	WRITE_ONCE(isk->rqueue, 0);
	WRITE_ONCE(isk->urg, 0);
	return unread;
}
