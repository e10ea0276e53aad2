// SPDX-License-Identifier: GPL-2.0-only
/*
 * Octets between programs and the queues of a socket: sendmsg(), recvmsg(),
 * poll(), ioctl(), and when a writer is woken. What a program sees is what it
 * sees with TCP on Linux: results, errno, bits of poll().
 *
 * Not here: the queues themselves (tx.c, rx.c), the urgent octet (oob.c), data
 * on the SYN (MSG_FASTOPEN is refused), MSG_ZEROCOPY (ignored, as by a TCP
 * socket without SO_ZEROCOPY), SO_PEEK_OFF, busy polling.
 * sendfile() and splice() copy: the core does that for a protocol that has no
 * member of its own for them.
 */
#include <asm/ioctls.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <linux/uio.h>
#include <net/inet_common.h>
#include "itp.h"

/* Internal to the kernel until 6.5: more pages of this sendfile() follow. */
#ifdef MSG_SENDPAGE_NOTLAST
#define ITP_MSG_MORE (MSG_MORE | MSG_SENDPAGE_NOTLAST)
#else
#define ITP_MSG_MORE MSG_MORE
#endif

/* Room to write */

/**
 * itp_stream_memory_free() - may more be written, as far as unsent text goes
 * @sk: socket
 * @wake: 1 for waking and poll(), which ask for half the limit: a writer that
 *	  is woken should find room for more than an octet
 *
 * Return: true if it may; without ITP_NOTSENT_LOWAT always.
 */
bool itp_stream_memory_free(const struct sock *sk, int wake)
{
	const struct itp_sock *isk = itp_sk(sk);
	u32 lowat;
	s32 unsent;

	rcu_read_lock();
	lowat = itp_tun(itp_sk_tun(sk), notsent_lowat);
	rcu_read_unlock();
	if (lowat == U32_MAX)
		return true;
	/* A FIN that was sent lies beyond the end of the text. */
	unsent = READ_ONCE(isk->conn.write_seq) - READ_ONCE(isk->conn.snd_nxt);
	return unsent <= 0 || ((u64)unsent << wake) < lowat;
}

/**
 * itp_write_space() - sk->sk_write_space: wake writers if there is room
 * @sk: socket
 *
 * Wakes only if somebody found no room before: an edge-triggered epoll would
 * take every other call for a new edge.
 */
void itp_write_space(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	struct socket_wq *wq;

	/* Room was made before; pairs with the barrier in itp_poll_write(). */
	smp_mb();
	if (!sock || !test_bit(SOCK_NOSPACE, &sock->flags) ||
	    !__sk_stream_is_writeable(sk, 1))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
					   EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/* Sending */

/* Nothing more can be written on this connection, ever: -EPIPE. */
static int itp_send_check(struct sock *sk)
{
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ||
	    itp_user_may_write(&itp_sk(sk)->conn))
		return -EPIPE;
	return 0;
}

/*
 * Append what fits of @msg to the send queue. 0: no room or no memory for it
 * now; else how much it took, or -errno. Tells the engine, but does not send.
 */
static int itp_send_copy(struct sock *sk, struct msghdr *msg)
{
	struct page_frag *pf = sk_page_frag(sk);
	struct itp_sock *isk = itp_sk(sk);
	struct sk_buff *chunk;
	struct itp_env env;
	u32 n;

	if (!sk_stream_memory_free(sk))
		return 0;
	/* The engine may need memory for the first octet: before copying. */
	itp_env_fill(sk, &env);
	if (itp_user_write(&isk->conn, &env, 0, isk->conn.app_more))
		return 0;
	chunk = itp_snd_chunk(sk);
	if (!chunk || !sk_page_frag_refill(sk, pf))
		return 0;

	n = min_t(u32, ITP_CHUNK_MAX - chunk->len, pf->size - pf->offset);
	n = min_t(size_t, msg_data_left(msg), n);
	n = itp_wmem_schedule(sk, n);
	if (!n)
		return 0;
	if (!copy_from_iter_full(page_address(pf->page) + pf->offset, n,
				 &msg->msg_iter))
		return -EFAULT;
	if (!itp_snd_grow(sk, chunk, pf->page, pf->offset, n)) {
		/* It had no frag to spare; a chunk without text has. */
		chunk = itp_snd_chunk(sk);
		if (!chunk ||
		    !itp_snd_grow(sk, chunk, pf->page, pf->offset, n)) {
			iov_iter_revert(&msg->msg_iter, n);
			return 0;
		}
	}
	pf->offset += n;
	itp_user_write(&isk->conn, &env, n, true);
	return n;
}

/*
 * Send what was queued; @flags: ITP_MSG_MORE: more follows at once, MSG_OOB: it
 * is urgent.
 */
static void itp_send_push(struct sock *sk, int flags)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_env env;

	if (itp_user_may_write(&isk->conn))
		return;
	/* Without nodes nothing is sent now, but when the next ACK comes. */
	itp_reserve(&isk->conn, true);
	itp_env_fill(sk, &env);
	itp_user_write(&isk->conn, &env, 0, flags & ITP_MSG_MORE);
	if (unlikely(flags & MSG_OOB))
		itp_user_urgent(&isk->conn, &env);
	itp_push(sk, &env);
}

/*
 * Queue all of @msg, waiting for room. @copied: how much it took; errors are
 * returned whether it took something or not.
 */
static int itp_send_text(struct sock *sk, struct msghdr *msg, long *timeo,
			 int *copied)
{
	int oob = msg->msg_flags & MSG_OOB;
	int unsent = 0, err, n;

	for (;;) {
		err = itp_send_check(sk);
		if (err || !msg_data_left(msg))
			return err;
		n = itp_send_copy(sk, msg);
		if (n < 0)
			return n;
		if (n) {
			*copied += n;
			unsent += n;
			if (unsent >= ITP_CHUNK_MAX) {
				unsent = 0;
				itp_send_push(sk, ITP_MSG_MORE);
				/* ACKs that came meanwhile make room */
				sk_flush_backlog(sk);
			}
			continue;
		}
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		/* Even a part of a segment: the room has to come from it. */
		if (*copied)
			itp_send_push(sk, oob);
		err = sk_stream_wait_memory(sk, timeo);
		if (err)
			return err;
	}
}

static int itp_send_prepare(struct sock *sk, struct msghdr *msg, long *timeo)
{
	struct sockcm_cookie sockc;
	int err;

	if (msg->msg_flags & MSG_FASTOPEN)
		return -EOPNOTSUPP;
	*timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	if ((1 << sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) {
		err = sk_stream_wait_connect(sk, timeo);
		if (err)
			return err;
	}
	if (msg->msg_controllen) {
		sockcm_init(&sockc, sk);
		if (sock_cmsg_send(sk, msg, &sockc))
			return -EINVAL;
	}
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	return 0;
}

/**
 * itp_sendmsg() - proto.sendmsg
 * @sk: socket
 * @msg: where from, and flags; an address in it is ignored
 * @size: octets
 *
 * Return: octets taken, at least one if @size is not 0, or -errno.
 */
int itp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	const struct itp_conn *c = &itp_sk(sk)->conn;
	int flags = msg->msg_flags;
	int copied = 0;
	long timeo;
	int err;

	lock_sock(sk);
	err = itp_send_prepare(sk, msg, &timeo);
	if (!err)
		err = itp_send_text(sk, msg, &timeo, &copied);
	if (copied) {
		itp_send_push(sk, flags);
		err = copied;
	} else if (err) {
		err = sk_stream_error(sk, flags, err);
		/* No ACK will ever come to wake epoll: memory was short. */
		if (err == -EAGAIN && c->write_seq == c->snd_una)
			sk->sk_write_space(sk);
	}
	release_sock(sk);
	return err;
}

/**
 * itp_splice_eof() - proto.splice_eof: sendfile() met the end of its file
 * @sock: socket
 *
 * The part before was sent with MSG_MORE; nothing follows.
 */
void itp_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	if (itp_sk(sk)->conn.app_more)
		itp_send_push(sk, 0);
	release_sock(sk);
}

/* Receiving */

/**
 * struct itp_read - one call of recvmsg()
 * @msg: where to
 * @flags: MSG_*
 * @len: octets still wanted
 * @copied: octets delivered
 * @consumed: of these, taken from the queue and not yet reported to the engine
 * @peeked: MSG_PEEK: octets looked at, counted from the front of the queue
 * @head: sequence number of that front
 * @stamp: last skb read from, for its time stamp; a reference
 */
struct itp_read {
	struct msghdr *msg;
	int flags;
	size_t len;
	int copied;
	u32 consumed;
	u32 peeked;
	u32 head;
	struct sk_buff *stamp;
};

/* Octets from here to the urgent one; a huge number if none lies ahead. */
static u32 itp_read_to_mark(const struct itp_sock *isk,
			    const struct itp_read *rd)
{
	if (likely(!isk->urg))
		return U32_MAX;
	return itp_urg_seq(isk) - itp_read_seq(isk) - rd->peeked;
}

/* Is a time stamp of the last packet wanted with the data? */
static bool itp_read_wants_stamp(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || READ_ONCE(sk->sk_tsflags);
}

static void itp_read_stamp(struct sock *sk, struct itp_read *rd,
			   struct sk_buff *skb)
{
	if (!itp_read_wants_stamp(sk) || rd->stamp == skb)
		return;
	consume_skb(rd->stamp);
	rd->stamp = skb_get(skb);
}

/* The skb to read from and the place in it; NULL: there is none. */
static struct sk_buff *itp_read_find(struct sock *sk, const struct itp_read *rd,
				     u32 *off)
{
	u32 skip = rd->peeked;
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 left = skb->len - ITP_RCV(skb)->off;

		if (skip < left) {
			*off = ITP_RCV(skb)->off + skip;
			return skb;
		}
		skip -= left;
	}
	return NULL;
}

/* @n octets at @off of @skb, the front of the queue, are done with. */
static void itp_read_take(struct sock *sk, struct itp_read *rd,
			  struct sk_buff *skb, u32 off, u32 n)
{
	if (rd->flags & MSG_PEEK) {
		rd->peeked += n;
		return;
	}
	rd->consumed += n;
	WRITE_ONCE(itp_sk(sk)->rqueue, itp_sk(sk)->rqueue - n);
	ITP_RCV(skb)->off = off + n;
	if (off + n == skb->len) {
		__skb_unlink(skb, &sk->sk_receive_queue);
		consume_skb(skb);
	}
	if (unlikely(itp_sk(sk)->urg))
		itp_oob_moved(sk);
}

/* Copy from one skb. 0, or -EFAULT with nothing changed. */
static int itp_read_skb(struct sock *sk, struct itp_read *rd,
			struct sk_buff *skb, u32 off)
{
	u32 mark = itp_read_to_mark(itp_sk(sk), rd);
	u32 n = min_t(size_t, skb->len - off, rd->len);

	if (!mark && !sock_flag(sk, SOCK_URGINLINE)) {
		/* The urgent octet is no part of the stream. */
		itp_read_take(sk, rd, skb, off, 1);
		return 0;
	}
	if (mark)
		n = min(n, mark);
	if (!(rd->flags & MSG_TRUNC) &&
	    skb_copy_datagram_msg(skb, off, rd->msg, n))
		return -EFAULT;
	rd->copied += n;
	rd->len -= n;
	itp_read_stamp(sk, rd, skb);
	itp_read_take(sk, rd, skb, off, n);
	return 0;
}

/* Tell the engine what was taken: the window may open. */
static void itp_read_done(struct sock *sk, struct itp_read *rd)
{
	struct itp_env env;
	struct itp_out out;

	if (!rd->consumed)
		return;
	rd->consumed = 0;
	itp_env_fill(sk, &env);
	itp_user_read(&itp_sk(sk)->conn, &env, &out);
	if (out.flags)
		itp_act(sk, &env, &out, NULL);
}

/*
 * The queue is empty. 1: wait for more, 0: the call ends with what it has,
 * else its -errno.
 */
static int itp_read_empty(struct sock *sk, const struct itp_read *rd,
			  long timeo)
{
	if (rd->copied)
		return timeo && !sk->sk_err && sk->sk_state != TCP_CLOSE &&
		       !(sk->sk_shutdown & RCV_SHUTDOWN) &&
		       !signal_pending(current);
	/* An end of stream that was announced comes before any error. */
	if (itp_sk(sk)->conn.fin_rcvd)
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

/* Wait for more, or only take what the backlog has. 0, or -errno. */
static int itp_read_wait(struct sock *sk, struct itp_read *rd, bool enough,
			 long *timeo)
{
	int err = 0;

	itp_read_done(sk, rd);
	if (enough)
		sk_flush_backlog(sk);
	else
		err = sk_wait_data(sk, timeo,
				   skb_peek_tail(&sk->sk_receive_queue));
	/* Somebody else read what was peeked at: from the new front on. */
	if (rd->head != itp_read_seq(itp_sk(sk))) {
		rd->head = itp_read_seq(itp_sk(sk));
		rd->peeked = 0;
	}
	return err < 0 ? err : 0;
}

/* Fill @rd->msg. Octets delivered, 0 at the end of the stream, or -errno. */
static int itp_read_queue(struct sock *sk, struct itp_read *rd)
{
	long timeo = sock_rcvtimeo(sk, rd->flags & MSG_DONTWAIT);
	int target = sock_rcvlowat(sk, rd->flags & MSG_WAITALL, rd->len);
	struct sk_buff *skb;
	bool enough;
	int err;
	u32 off;

	do {
		/* No call reads across the mark, so that SIOCATMARK tells it. */
		if (rd->copied && !itp_read_to_mark(itp_sk(sk), rd))
			break;
		skb = itp_read_find(sk, rd, &off);
		if (skb) {
			err = itp_read_skb(sk, rd, skb, off);
			if (err)
				return rd->copied ? : err;
			continue;
		}
		enough = rd->copied >= target;
		if (enough && !READ_ONCE(sk->sk_backlog.tail))
			break;
		err = itp_read_empty(sk, rd, timeo);
		if (err <= 0)
			return rd->copied ? : err;
		err = itp_read_wait(sk, rd, enough, &timeo);
		if (err)
			return rd->copied ? : err;
	} while (rd->len);
	return rd->copied;
}

/* Octets that one read may give: up to the urgent one. */
static u32 itp_unread(const struct sock *sk)
{
	const struct itp_sock *isk = itp_sk(sk);

	if (!isk->urg || sock_flag(sk, SOCK_URGINLINE))
		return isk->rqueue;
	return min(itp_urg_seq(isk) - itp_read_seq(isk), isk->rqueue);
}

/* ITP_INQ: what is left to read; 1 if that is the end of the stream. */
static void itp_read_inq(struct sock *sk, struct msghdr *msg)
{
	int inq = itp_unread(sk);

	if (!inq && sock_flag(sk, SOCK_DONE))
		inq = 1;
	put_cmsg(msg, SOL_TCP, ITP_CM_INQ, sizeof(inq), &inq);
}

/**
 * itp_recvmsg() - proto.recvmsg
 * @sk: socket
 * @msg: where to; no address is stored in it
 * @len: octets wanted
 * @flags: MSG_*
 * @addr_len: for MSG_ERRQUEUE
 *
 * Return: octets delivered, 0 at the end of the stream, or -errno.
 */
int itp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		int *addr_len)
{
	struct itp_read rd = { .msg = msg, .flags = flags, .len = len };
	int ret;

	if (unlikely(flags & MSG_ERRQUEUE))
		return inet_recv_error(sk, msg, len, addr_len);

	lock_sock(sk);
	rd.head = itp_read_seq(itp_sk(sk));
	if (sk->sk_state == TCP_LISTEN)
		ret = -ENOTCONN;
	else if (flags & MSG_OOB)
		ret = itp_oob_recv(sk, msg, len, flags);
	else
		ret = itp_read_queue(sk, &rd);
	itp_read_done(sk, &rd);
	if (ret >= 0 && itp_sk(sk)->inq)
		itp_read_inq(sk, msg);
	if (rd.stamp) {
		if (ret > 0)
			sock_recv_timestamp(msg, sk, rd.stamp);
		/* under the lock: its memory goes back to the socket */
		consume_skb(rd.stamp);
	}
	release_sock(sk);
	return ret;
}

/* Watching */

/*
 * Enough to read for poll(), or window or memory are so short that the peer
 * waits for us to read, however much the program wants to see first.
 */
static bool itp_poll_readable(const struct sock *sk)
{
	const struct itp_sock *isk = itp_sk(sk);
	u32 unread = READ_ONCE(isk->rqueue);
	s32 size = READ_ONCE(sk->sk_rcvbuf);
	s32 least, wnd;

	/* An urgent octet out of line is not to be read as text. */
	if (unlikely(READ_ONCE(isk->urg) & ITP_URG_AT) && unread &&
	    !sock_flag(sk, SOCK_URGINLINE))
		unread--;
	if (unread >= (u32)sock_rcvlowat(sk, 0, INT_MAX))
		return true;
	least = min_t(s32, size / 8, READ_ONCE(isk->conn.mss_adv));
	wnd = READ_ONCE(isk->conn.rcv_right) - READ_ONCE(isk->conn.rcv_nxt);
	return unread && (wnd < least ||
			  atomic_read(&sk->sk_rmem_alloc) > size - size / 8);
}

static __poll_t itp_poll_write(struct sock *sk)
{
	if (__sk_stream_is_writeable(sk, 1))
		return EPOLLOUT | EPOLLWRNORM;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Room made before the bit was set wakes nobody: look again. */
	smp_mb__after_atomic();
	return __sk_stream_is_writeable(sk, 1) ? EPOLLOUT | EPOLLWRNORM : 0;
}

/**
 * itp_poll() - proto_ops.poll
 * @file: of the descriptor
 * @sock: socket
 * @wait: to be woken through
 *
 * Looks without the lock: what it sees may be past at once, but then somebody
 * wakes @wait.
 *
 * Return: EPOLL* bits as for TCP.
 */
__poll_t itp_poll(struct file *file, struct socket *sock,
		  struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;
	int state;

	sock_poll_wait(file, sock, wait);
	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return READ_ONCE(sk->sk_ack_backlog) ? EPOLLIN | EPOLLRDNORM
						     : 0;

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state != TCP_SYN_SENT && state != TCP_SYN_RECV) {
		if (itp_poll_readable(sk))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (READ_ONCE(itp_sk(sk)->urg) & ITP_URG_VALID)
			mask |= EPOLLPRI;
		if (shutdown & SEND_SHUTDOWN)
			mask |= EPOLLOUT | EPOLLWRNORM;
		else
			mask |= itp_poll_write(sk);
	}
	if (READ_ONCE(sk->sk_err) ||
	    !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/**
 * itp_ioctl() - proto.ioctl
 * @sk: socket
 * @cmd: SIOCINQ, SIOCOUTQ or SIOCOUTQNSD; SIOCATMARK: would the urgent octet
 *	 come next
 * @karg: the answer
 *
 * Return: 0, -EINVAL for a listener, -ENOIOCTLCMD for any other @cmd.
 */
int itp_ioctl(struct sock *sk, int cmd, int *karg)
{
	const struct itp_sock *isk = itp_sk(sk);
	bool opening;
	s32 val = 0;

	if (cmd == SIOCATMARK) {
		lock_sock(sk);
		*karg = !!(isk->urg & ITP_URG_AT);
		release_sock(sk);
		return 0;
	}
	if (cmd != SIOCINQ && cmd != SIOCOUTQ && cmd != SIOCOUTQNSD)
		return -ENOIOCTLCMD;

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN) {
		release_sock(sk);
		return -EINVAL;
	}
	opening = sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV;
	if (cmd == SIOCINQ)
		val = itp_unread(sk);
	else if (cmd == SIOCOUTQ && !opening)
		val = isk->conn.write_seq - isk->conn.snd_una;
	else if (!opening)
		val = isk->conn.write_seq - isk->conn.snd_nxt;
	release_sock(sk);
	/* Both run one ahead of the text when our FIN is out. */
	*karg = max(val, 0);
	return 0;
}
