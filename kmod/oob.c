// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data as programs see them (the engine's part is engine/urgent.c): the
 * last urgent octet is "out of band" and left out of the stream, unless
 * SO_OOBINLINE says otherwise. One octet is remembered; a later mark takes the
 * place of one that was not read, whose octet then is text like any other.
 * This is BSD's model, with Linux's details.
 */
#include "itp.h"

/* The octet with this sequence number, if it is here. */
static bool oob_find(struct sock *sk, u32 seq, u8 *octet)
{
	struct itp_sock *isk = itp_sk(sk);
	struct rb_node *node = isk->held.rb_node;
	struct sk_buff *skb, *found = NULL;

	if (seq_lt(seq, isk->conn.rcv_nxt)) {
		skb_queue_reverse_walk(&sk->sk_receive_queue, skb) {
			if (seq_le(ITP_RCV(skb)->seq, seq)) {
				found = skb;
				break;
			}
		}
		node = NULL;
	}
	while (node) {
		skb = rb_to_skb(node);
		if (seq_le(ITP_RCV(skb)->seq, seq)) {
			found = skb;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found && seq_lt(seq, itp_rcv_end(found)) &&
	       !skb_copy_bits(found, seq - ITP_RCV(found)->seq, octet, 1);
}

/**
 * itp_oob_mark - the peer announces urgent data, or more of them
 * @sk: the socket, locked; the text of the segment is not queued yet
 *
 * A program that stands at the mark before has read what that announced, by
 * MSG_OOB or not: its octet must not come back as text.
 */
void itp_oob_mark(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);

	if ((isk->urg & ITP_URG_AT) && skb &&
	    !sock_flag(sk, SOCK_URGINLINE)) {
		WRITE_ONCE(isk->rqueue, isk->rqueue - 1);
		if (++ITP_RCV(skb)->off == skb->len) {
			__skb_unlink(skb, &sk->sk_receive_queue);
			consume_skb(skb);
		}
	}
	WRITE_ONCE(isk->urg, ITP_URG_MARK);
}

/**
 * itp_oob_look - has the urgent octet arrived
 * @sk: the socket, locked; a mark stands
 *
 * Return: true if it came just now: poll() has news.
 */
bool itp_oob_look(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	u8 urg = isk->urg;

	/* The text of the segment that brought the mark is queued by now. */
	if (itp_urg_seq(isk) == itp_read_seq(isk))
		urg |= ITP_URG_AT;
	if (!(urg & (ITP_URG_VALID | ITP_URG_READ)) &&
	    oob_find(sk, itp_urg_seq(isk), &isk->urg_octet))
		urg |= ITP_URG_VALID;
	if (urg == isk->urg)
		return false;
	WRITE_ONCE(isk->urg, urg);
	return urg & ITP_URG_VALID;
}

/**
 * itp_oob_moved - the program has read on: up to the mark, or past it
 * @sk: the socket, locked; a mark stands
 */
void itp_oob_moved(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	u32 at = itp_read_seq(isk);

	if (at == itp_urg_seq(isk)) {
		WRITE_ONCE(isk->urg, isk->urg | ITP_URG_AT);
	} else if (seq_gt(at, itp_urg_seq(isk))) {
		WRITE_ONCE(isk->urg, 0);
		itp_user_urgent_read(&isk->conn);
	}
}

/**
 * itp_oob_recv - recvmsg() with MSG_OOB
 * @sk: the socket, locked
 * @msg: where to
 * @len: room there
 * @flags: MSG_PEEK, MSG_TRUNC
 *
 * Return: 1, or 0: @len is 0 or no urgent data can come any more, or -errno:
 * EINVAL: there are none (or they are in line), EAGAIN: announced, not here.
 */
int itp_oob_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct itp_sock *isk = itp_sk(sk);

	if (sock_flag(sk, SOCK_URGINLINE) || !isk->urg ||
	    (isk->urg & ITP_URG_READ))
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(isk->urg & ITP_URG_VALID)) {
		if (sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN))
			return 0;
		return -EAGAIN;
	}
	if (!(flags & MSG_PEEK))
		WRITE_ONCE(isk->urg, isk->urg ^
				     (ITP_URG_VALID | ITP_URG_READ));
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &isk->urg_octet, 1))
		return -EFAULT;
	return 1;
}
