// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data (RFC 9293 section 3.8.5, RFC 6093): the pointer on the wire, what
 * a program is told, and where the mark lies in what it reads.
 */
#include <poll.h>
#include "wire.h"

/* MUST-30, MUST-62: the pointer names the octet after the urgent one. */
SCRIPT(urgent_pointer_sent, ROLES)
{
	open_plain();
	user_write_urgent(1);
	peer_expect("UAP len 1 urp 1");
	peer_send("A");
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	user_write_urgent(100);
	peer_expect("UAP len 100 urp 100");
}

/* Text before the mark announces it; a shut window hides text, not the mark. */
SCRIPT(urgent_window_shut, ROLES | NOTCP)
{
	open_plain();
	P->wnd = 0;
	peer_send("A");
	user_write(10);
	expect_silence(50);
	user_write_urgent(1);
	peer_expect("UA urp 11");
	peer_expect_within(100, 250, "UA d0 urp 12");
	P->wnd = 65535;
	peer_send("A");
	peer_expect("UAP len 11 urp 11");
}

/* Neither Nagle nor TCP_CORK holds urgent text back; it is retransmitted so. */
SCRIPT(urgent_not_delayed, ROLES | NOTCP)
{
	open_plain();
	user_set(OPT_CORK, 1);
	user_write(10);
	expect_silence(50);
	user_write_urgent(1);
	peer_expect("UAP len 11 urp 11");
	peer_expect_within(150, 1200, "UAP d0+1 len 11 urp 11");
	peer_send("A");
}

/* MUST-30: read by MSG_OOB, left out of the stream. */
SCRIPT(urgent_received, ROLES)
{
	open_plain();
	user_urgent_fails(EINVAL);
	peer_send("UAP len 10 urp 5");
	peer_expect("A");
	user_poll(POLLIN | POLLOUT | POLLPRI);
	user_read_urgent(4);
	user_urgent_fails(EINVAL);
	user_poll(POLLIN | POLLOUT);
	user_at_mark(0);
	user_read(4);
	user_at_mark(1);
	user_skip();
	user_read(5);
	user_at_mark(0);
	user_read_fails(EAGAIN);
}

/* SO_OOBINLINE: it is text, and the mark still is there. */
SCRIPT(urgent_inline, ROLES)
{
	open_plain();
	user_sockopt(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	peer_send("UAP len 10 urp 5");
	peer_expect("A");
	user_urgent_fails(EINVAL);
	user_read(4);
	user_at_mark(1);
	user_read(6);
	user_at_mark(0);
}

/* MUST-33: announced, not here yet; and none of it goes astray. */
SCRIPT(urgent_ahead, ROLES)
{
	open_plain();
	peer_send("UAP len 10 urp 16");
	peer_expect("A");
	user_urgent_fails(EAGAIN);
	user_poll(POLLIN | POLLOUT);
	user_read(10);
	user_at_mark(0);
	peer_send("UAP len 10 urp 6");
	peer_expect("A");
	user_poll(POLLIN | POLLOUT | POLLPRI);
	user_read(5);
	user_at_mark(1);
	user_read_urgent(15);
	user_skip();
	user_read(4);
}

/* It may arrive behind a gap, and is urgent all the same. */
SCRIPT(urgent_out_of_order, ROLES)
{
	open_plain();
	peer_send("UAP p0+11 len 10 urp 10");
	peer_expect("A d0+1,p0+1");
	user_read_urgent(19);
	peer_send("AP p0+1 len 10");
	peer_expect("A d0+1,p0+21");
	user_read(19);
	user_at_mark(1);
	user_skip();
	peer_send("AP p0+21 len 5");
	peer_expect("A d0+1,p0+26");
	user_read(5);
}

/* MUST-32: SIGURG when there was none and when the mark advances, else not. */
SCRIPT(urgent_signal, ROLES)
{
	open_plain();
	user_sigurg();
	peer_send("UAP len 10 urp 5");
	peer_expect("A");
	check_eq(user_sigurg(), 1);
	/* the same mark */
	peer_send("UAP p0+1 len 10 urp 5");
	peer_expect("A");
	peer_send("AP len 10");
	check_eq(user_sigurg(), 0);
	/* it advances */
	peer_send("UA urp 7");
	check_eq(user_sigurg(), 1);
	peer_send("UA urp 8");
	check_eq(user_sigurg(), 1);
	peer_send("UA urp 6");
	check_eq(user_sigurg(), 0);
	while (peer_next(300))
		;
	expect_state("ESTABLISHED");
}

/* MUST-31: a stretch of any length; the mark is where it ends at last. */
SCRIPT(urgent_long, ROLES)
{
	u32 left, len, at = 0, total = 102400;
	u8 buf[2000];
	ssize_t n;

	open_plain();
	for (left = total; left; left -= len) {
		len = left < 1024 ? left : 1024;
		while (peer_room() < len && peer_next(1000))
			;
		peer_send("UA len %u urp %u", len, left < 65535 ? left : 65535);
		while (peer_next(0))
			;
		/* never at the mark before the last octet */
		while (at < total - 1 &&
		       (n = recv(fd, buf, sizeof(buf), 0)) > 0)
			at += n;
		if (left > len)
			user_at_mark(0);
	}
	while (P->d_ack != P->nxt && peer_next(500))
		;
	check_eq(at, total - 1);
	user_at_mark(1);
	user_read_urgent(total - 1);
}

/* The same from D: each segment points as far as 16 bits reach. */
SCRIPT(urgent_long_sent, ROLES)
{
	u32 total = 150000, left;
	bool mode = false;
	struct seg *s;

	open_plain();
	user_sockopt(fd, SOL_SOCKET, SO_SNDBUF, 400000);
	user_write_urgent(total);
	while (P->rcv != P->d0 + 1 + total) {
		s = peer_next(2000);
		check(s);
		left = P->d0 + 1 + total - s->seq;
		/* what leaves while write() still copies knows of nothing */
		if (s->flags & F_URG) {
			check_eq(s->urp, left < 65535 ? left : 65535);
			mode = true;
		}
		check(!mode || (s->flags & F_URG));
		peer_send("A");
	}
	check(mode);
}

/* RFC 1122's reading of the pointer (stdurg), and back. */
SCRIPT(urgent_stdurg, NOTCP)
{
	tunable("stdurg", 1);
	open_plain();
	peer_send("UAP len 10 urp 5");
	peer_expect("A");
	user_read_urgent(5);
	user_write_urgent(1);
	peer_expect("UAP len 1 urp 0");
}

/* MUST-66: a shut window takes the text away, not the mark. */
SCRIPT(urgent_in_shut_window, NOTCP)
{
	u32 len;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	open_plain();
	while (peer_room()) {
		len = peer_room() < 1000 ? peer_room() : 1000;
		peer_send("A len %u", len);
		while (P->d_ack != P->nxt && peer_next(300))
			;
	}
	user_sigurg();
	peer_send("UA len 1 urp 1");
	P->nxt--;
	peer_expect("A wnd 0");
	check_eq(user_sigurg(), 1);
	user_urgent_fails(EAGAIN);
	expect_state("ESTABLISHED");
}

/* S21: after the peer's FIN nothing is urgent any more. */
SCRIPT_IN(urgent_after_fin, NOTCP, IN_CLOSE_WAIT | IN_CLOSING | IN_LAST_ACK)
{
	reach(in_state);
	user_sigurg();
	peer_send("UA urp 10");
	expect_silence(50);
	check_eq(user_sigurg(), 0);
	expect_state(state_name(in_state));
}
