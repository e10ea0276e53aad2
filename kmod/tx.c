// SPDX-License-Identifier: GPL-2.0-only
/*
 * The send queue and the packets made from it. When to send what is the
 * engine's (itp_next_segment()); routes, checksums and IP headers are
 * family.c's.
 *
 * A packet is built anew for each transmission: short text is copied into it,
 * longer text is referenced by its pages, so that nothing has to be split or
 * merged when a retransmission falls differently from the first sending.
 */
#include <linux/netdevice.h>
#include "itp.h"

/* Link, IP and option headers; more is made room for where it is needed. */
#define ITP_HEADROOM	L1_CACHE_ALIGN(128 + MAX_HEADER)

/* The send queue */

static u32 snd_end(const struct sk_buff *chunk)
{
	return ((const struct itp_snd_cb *)chunk->cb)->seq + chunk->len;
}

static bool snd_has_room(const struct sk_buff *chunk)
{
	return chunk->len < ITP_CHUNK_MAX &&
	       skb_shinfo(chunk)->nr_frags < MAX_SKB_FRAGS;
}

static void snd_free(struct sock *sk, struct sk_buff *chunk)
{
	if (sk->sk_send_head == chunk)
		sk->sk_send_head = NULL;
	__skb_unlink(chunk, &sk->sk_write_queue);
	sk_wmem_queued_add(sk, -chunk->truesize);
	sk_mem_uncharge(sk, chunk->truesize);
	__kfree_skb(chunk);
}

/**
 * itp_snd_chunk - a chunk that text may be appended to
 * @sk: the socket, locked
 *
 * Return: the last chunk if it has room, else a new one at the end of the
 * queue; NULL if there is no memory.
 */
struct sk_buff *itp_snd_chunk(struct sock *sk)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue);
	struct sk_buff *skb;

	if (tail && snd_has_room(tail))
		return tail;
	skb = alloc_skb(0, sk->sk_allocation);
	if (!skb)
		return NULL;
	if (itp_wmem_schedule(sk, skb->truesize) < (int)skb->truesize) {
		__kfree_skb(skb);
		return NULL;
	}
	ITP_SND(skb)->seq = tail ? snd_end(tail) : itp_sk(sk)->conn.write_seq;
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	return skb;
}

/* Append part of a page to an skb; false: it has no frag to spare. */
static bool frag_append(struct sk_buff *skb, struct page *page, u32 offset,
			u32 octets)
{
	int i = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, i, page, offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], octets);
	} else if (i < MAX_SKB_FRAGS) {
		get_page(page);
		skb_fill_page_desc(skb, i, page, offset, octets);
	} else {
		return false;
	}
	skb->len += octets;
	skb->data_len += octets;
	skb->truesize += octets;
	return true;
}

/**
 * itp_snd_grow - append text to a chunk
 * @sk: the socket, locked
 * @chunk: what itp_snd_chunk() gave
 * @page: where the text lies; a reference is taken
 * @offset: in @page
 * @octets: how many; itp_wmem_schedule() said yes to them
 *
 * Return: false if the chunk has no frag left for it.
 */
bool itp_snd_grow(struct sock *sk, struct sk_buff *chunk, struct page *page,
		  u32 offset, u32 octets)
{
	if (!frag_append(chunk, page, offset, octets))
		return false;
	sk_wmem_queued_add(sk, octets);
	sk_mem_charge(sk, octets);
	return true;
}

/* Cut @n octets off the front of a chunk that is longer. */
static void snd_trim(struct sock *sk, struct sk_buff *chunk, u32 n)
{
	struct skb_shared_info *info = skb_shinfo(chunk);
	u32 left = n, gone = 0, size;

	while ((size = skb_frag_size(&info->frags[gone])) <= left) {
		put_page(skb_frag_page(&info->frags[gone]));
		left -= size;
		gone++;
	}
	skb_frag_off_add(&info->frags[gone], left);
	skb_frag_size_sub(&info->frags[gone], left);
	info->nr_frags -= gone;
	memmove(info->frags, info->frags + gone,
		info->nr_frags * sizeof(info->frags[0]));
	chunk->len -= n;
	chunk->data_len -= n;
	chunk->truesize -= n;
	ITP_SND(chunk)->seq += n;
	sk_wmem_queued_add(sk, -n);
	sk_mem_uncharge(sk, n);
}

/**
 * itp_snd_acked - free what the peer has acknowledged
 * @sk: the socket, locked
 */
void itp_snd_acked(struct sock *sk)
{
	u32 una = itp_sk(sk)->conn.snd_una;
	struct sk_buff *chunk;

	while ((chunk = skb_peek(&sk->sk_write_queue)) != NULL) {
		if (seq_gt(snd_end(chunk), una)) {
			if (seq_lt(ITP_SND(chunk)->seq, una))
				snd_trim(sk, chunk, una - ITP_SND(chunk)->seq);
			break;
		}
		snd_free(sk, chunk);
	}
}

/**
 * itp_snd_purge - free all that was written and not acknowledged
 * @sk: the socket, locked or dead
 */
void itp_snd_purge(struct sock *sk)
{
	struct sk_buff *chunk;

	while ((chunk = skb_peek(&sk->sk_write_queue)) != NULL)
		snd_free(sk, chunk);
}

/*
 * The chunk that holds the octet @seq. Text is mostly sent in order: the
 * search goes on where it ended.
 */
static struct sk_buff *snd_find(struct sock *sk, u32 seq)
{
	struct sk_buff *chunk = sk->sk_send_head;

	if (!chunk || seq_lt(seq, ITP_SND(chunk)->seq))
		chunk = skb_peek(&sk->sk_write_queue);
	while (chunk && seq_ge(seq, snd_end(chunk)))
		chunk = skb_queue_is_last(&sk->sk_write_queue, chunk) ?
			NULL : skb_queue_next(&sk->sk_write_queue, chunk);
	sk->sk_send_head = chunk;
	return chunk;
}

/* Packets */

/*
 * A packet left the queues of this host. The socket's memory is held by the
 * octets that its packets count in sk_wmem_alloc; the last goes by sk_free(),
 * because the function that frees a socket is not for modules to call.
 */
static void packet_free(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	atomic_dec(&itp_sk(sk)->host_pkts);
	WARN_ON_ONCE(refcount_sub_and_test(skb->truesize - 1,
					   &sk->sk_wmem_alloc));
	sk_free(sk);
}

static void packet_own(struct sk_buff *skb, struct sock *sk)
{
	skb->sk = sk;
	skb->destructor = packet_free;
	skb_set_hash_from_sk(skb, sk);
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
	atomic_inc(&itp_sk(sk)->host_pkts);
}

static struct sk_buff *packet_alloc(const struct itp_seg_out *seg, u16 sport,
				    u16 dport, u32 text)
{
	u32 hdr_len = itp_seg_hdr_len(seg);
	struct sk_buff *skb;

	skb = alloc_skb(ITP_HEADROOM + hdr_len + text,
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, ITP_HEADROOM);
	skb_reset_transport_header(skb);
	itp_seg_write(seg, sport, dport, skb_put(skb, hdr_len));
	return skb;
}

/* Copy text from the queue behind what the packet has. */
static bool packet_copy(struct sock *sk, struct sk_buff *skb, u32 seq, u32 len)
{
	struct sk_buff *chunk = snd_find(sk, seq);
	u32 n;

	for (; len && chunk; chunk = snd_find(sk, seq)) {
		n = min(len, snd_end(chunk) - seq);
		if (skb_copy_bits(chunk, seq - ITP_SND(chunk)->seq,
				  skb_put(skb, n), n))
			return false;
		seq += n;
		len -= n;
	}
	return !len;
}

/* Reference @len octets at @off of a chunk. False: too many frags. */
static bool packet_ref_chunk(struct sk_buff *skb, struct sk_buff *chunk,
			     u32 off, u32 len)
{
	struct skb_shared_info *info = skb_shinfo(chunk);
	u32 size, n;
	int i;

	skb_shinfo(skb)->flags |= info->flags & SKBFL_SHARED_FRAG;
	for (i = 0; i < info->nr_frags && len; i++) {
		size = skb_frag_size(&info->frags[i]);
		if (off >= size) {
			off -= size;
			continue;
		}
		n = min(len, size - off);
		if (!frag_append(skb, skb_frag_page(&info->frags[i]),
				 skb_frag_off(&info->frags[i]) + off, n))
			return false;
		len -= n;
		off = 0;
	}
	return true;
}

static bool packet_ref(struct sock *sk, struct sk_buff *skb, u32 seq, u32 len)
{
	struct sk_buff *chunk = snd_find(sk, seq);
	u32 n;

	for (; len && chunk; chunk = snd_find(sk, seq)) {
		n = min(len, snd_end(chunk) - seq);
		if (!packet_ref_chunk(skb, chunk, seq - ITP_SND(chunk)->seq, n))
			return false;
		seq += n;
		len -= n;
	}
	return !len;
}

/* A packet for @seg, text included; NULL: no memory. */
static struct sk_buff *packet_build(struct sock *sk,
				    const struct itp_seg_out *seg)
{
	u32 seq = seg->seq + !!(seg->flags & ITP_SYN);
	u16 sport = ntohs(inet_sk(sk)->inet_sport);
	u16 dport = ntohs(inet_sk(sk)->inet_dport);
	struct sk_buff *skb;

	if (seg->len > ITP_COPY) {
		skb = packet_alloc(seg, sport, dport, 0);
		if (!skb)
			return NULL;
		if (packet_ref(sk, skb, seq, seg->len))
			return skb;
		kfree_skb(skb);
	}
	skb = packet_alloc(seg, sport, dport, seg->len);
	if (!skb)
		return NULL;
	if (packet_copy(sk, skb, seq, seg->len))
		return skb;
	/* The engine asked for text that nobody wrote. */
	WARN_ON_ONCE(1);
	kfree_skb(skb);
	return NULL;
}

/*
 * What became of a packet, from the result of the network stack. -EPERM is a
 * firewall of this host: as anywhere on the path, it counts as sent and lost.
 */
static enum itp_sent packet_result(int res)
{
	if (!res || res == -EPERM)
		return ITP_SENT_OK;
	return res == NET_XMIT_CN ? ITP_SENT_CONGESTED : ITP_SENT_FAILED;
}

/**
 * itp_send_segment - send one segment of a socket
 * @sk: the socket, locked
 * @seg: the segment; its text is in the send queue
 *
 * Return: what became of it.
 */
enum itp_sent itp_send_segment(struct sock *sk, const struct itp_seg_out *seg)
{
	struct sk_buff *skb = packet_build(sk, seg);

	if (!skb)
		return ITP_SENT_FAILED;
	packet_own(skb, sk);
	skb_set_dst_pending_confirm(skb, READ_ONCE(sk->sk_dst_pending_confirm));
	return packet_result(itp_family_xmit(sk, skb));
}

/**
 * itp_xmit - send what the engine offers
 * @sk: the socket, locked
 * @env: surroundings
 */
void itp_xmit(struct sock *sk, struct itp_env *env)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_seg_out seg;
	enum itp_sent res;

	while (itp_next_segment(&isk->conn, env, 0, &seg)) {
		res = itp_send_segment(sk, &seg);
		itp_segment_sent(&isk->conn, env, &seg, res);
		if (res != ITP_SENT_OK)
			break;
		env->host_pkts = atomic_read(&isk->host_pkts);
	}
}

/**
 * itp_send_reply - send a segment that belongs to no socket
 * @t: addresses and ports
 * @sk: listener whose attributes it takes, NULL: the control socket's
 * @seg: the segment, without text
 * @mark: SO_MARK, 0: that of @sk
 * @tos: type of service or traffic class; not used if @sk is given
 *
 * CONTEXT: softirq, or bottom halves off.
 *
 * Return: true if it left.
 */
bool itp_send_reply(const struct itp_tuple *t, const struct sock *sk,
		    const struct itp_seg_out *seg, u32 mark, u8 tos)
{
	struct sk_buff *skb = packet_alloc(seg, t->lport, t->rport, 0);

	if (!skb || packet_result(itp_family_reply(t, sk, skb, mark, tos)) ==
		    ITP_SENT_FAILED) {
		itp_count(t->net, send_fail);
		return false;
	}
	if (seg->flags & ITP_RST)
		itp_count(t->net, rst_out);
	/* SYN-ACKs are counted with their half-open entry. */
	if (!(seg->flags & ITP_SYN))
		itp_count(t->net, segs_out);
	return true;
}
