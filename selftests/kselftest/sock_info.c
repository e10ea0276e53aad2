// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: TCP_INFO and ITP_INFO: that one may be read as the other,
 * and that what they say is so.
 */
#include <linux/tcp.h>
#include <stddef.h>
#include "sock_api.h"
#include "linux/itp.h"

/* Members that older headers lack are checked by number below. */
#define SAME(member)							\
	_Static_assert(offsetof(struct itp_info, member) ==		\
		       offsetof(struct tcp_info, tcpi_##member) &&	\
		       sizeof(((struct itp_info *)0)->member) ==	\
		       sizeof(((struct tcp_info *)0)->tcpi_##member),	\
		       "struct itp_info and struct tcp_info: " #member)

SAME(state);
SAME(ca_state);
SAME(retransmits);
SAME(probes);
SAME(backoff);
SAME(options);
SAME(rto);
SAME(ato);
SAME(snd_mss);
SAME(rcv_mss);
SAME(unacked);
SAME(sacked);
SAME(lost);
SAME(retrans);
SAME(fackets);
SAME(last_data_sent);
SAME(last_ack_sent);
SAME(last_data_recv);
SAME(last_ack_recv);
SAME(pmtu);
SAME(rcv_ssthresh);
SAME(rtt);
SAME(rttvar);
SAME(snd_ssthresh);
SAME(snd_cwnd);
SAME(advmss);
SAME(reordering);
SAME(rcv_rtt);
SAME(rcv_space);
SAME(total_retrans);
SAME(pacing_rate);
SAME(max_pacing_rate);
SAME(bytes_acked);
SAME(bytes_received);
SAME(segs_out);
SAME(segs_in);
SAME(notsent_bytes);
SAME(min_rtt);
SAME(data_segs_in);
SAME(data_segs_out);
SAME(delivery_rate);
SAME(busy_time);
SAME(rwnd_limited);
SAME(sndbuf_limited);
SAME(delivered);
SAME(delivered_ce);
SAME(bytes_sent);
SAME(bytes_retrans);
SAME(dsack_dups);
SAME(reord_seen);
SAME(rcv_ooopack);
SAME(snd_wnd);

#define AT(member, offset)						\
	_Static_assert(offsetof(struct itp_info, member) == (offset),	\
		       "struct itp_info: " #member)

/* struct tcp_info of Linux 6.12 */
AT(rcv_wnd, 232);
AT(rehash, 236);
AT(total_rto, 240);
AT(total_rto_recoveries, 242);
AT(total_rto_time, 244);
AT(id, 248);

static socklen_t get_info(int fd, int level, int opt, void *info,
			  socklen_t size)
{
	CHECK_OK(getsockopt(fd, level, opt, info, &size));
	return size;
}

static void tcp_info(int fd, struct tcp_info *i)
{
	CHECK_EQ(get_info(fd, IPPROTO_TCP, TCP_INFO, i, sizeof(*i)),
		 sizeof(*i));
}

KTAP_TEST(info__bit_fields, V4)
{
	struct itp_info i;
	struct tcp_info t;

	memset(&i, 0, sizeof(i));
	i.snd_wscale = 5;
	i.rcv_wscale = 9;
	i.app_limited = 1;
	memcpy(&t, &i, sizeof(t) < sizeof(i) ? sizeof(t) : sizeof(i));
	CHECK_EQ(t.tcpi_snd_wscale, 5);
	CHECK_EQ(t.tcpi_rcv_wscale, 9);
	CHECK_EQ(t.tcpi_delivery_rate_app_limited, 1);
}

KTAP_TEST(info__states, ALL)
{
	struct tcp_info i;
	struct addr a;
	int fd = sa_socket(CLIENT), lfd, pair[2];

	tcp_info(fd, &i);
	CHECK_EQ(i.tcpi_state, 7);	/* CLOSED */
	lfd = sa_listen(5, &a);
	tcp_info(lfd, &i);
	CHECK_EQ(i.tcpi_state, 10);	/* LISTEN */
	sa_pair(pair);
	tcp_info(pair[CLIENT], &i);
	CHECK_EQ(i.tcpi_state, 1);	/* ESTABLISHED */
	tcp_info(pair[SERVER], &i);
	CHECK_EQ(i.tcpi_state, 1);
	CHECK_OK(shutdown(pair[CLIENT], SHUT_WR));
	sa_recv_eof(pair[SERVER]);
	tcp_info(pair[SERVER], &i);
	CHECK_EQ(i.tcpi_state, 8);	/* CLOSE-WAIT */
	tcp_info(pair[CLIENT], &i);
	CHECK(i.tcpi_state == 4 || i.tcpi_state == 5);	/* FIN-WAIT-1, -2 */
}

KTAP_TEST(info__listener, ALL)
{
	struct tcp_info i;
	struct addr a;
	int lfd = sa_listen(5, &a);

	tcp_info(lfd, &i);
	CHECK_EQ(i.tcpi_unacked, 0);
	CHECK_EQ(i.tcpi_sacked, 5);
	sa_connect(&a);
	sa_connect(&a);
	sa_wait(lfd, POLLIN);
	sa_accept(lfd);
	sa_wait(lfd, POLLIN);
	tcp_info(lfd, &i);
	CHECK_EQ(i.tcpi_unacked, 1);
	CHECK_EQ(i.tcpi_sacked, 5);
}

KTAP_TEST(info__counts, ALL)
{
	unsigned int ticks = 0;
	struct tcp_info i;
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 100000, 0);
	sa_recv_all(fd[SERVER], 100000, 0);
	do {
		CHECK(sa_tick(&ticks));
		tcp_info(fd[CLIENT], &i);
	} while (i.tcpi_unacked);
	/* TCP counts the SYN among what was acknowledged */
	CHECK(i.tcpi_bytes_acked == 100000 || i.tcpi_bytes_acked == 100001);
	CHECK_GE(i.tcpi_bytes_sent, 100000);
	CHECK(i.tcpi_data_segs_out > 0);
	CHECK_GE(i.tcpi_segs_out, i.tcpi_data_segs_out);
	CHECK(i.tcpi_segs_in > 0);
	CHECK(i.tcpi_rtt > 0);
	CHECK_GE(i.tcpi_rto, 1000);
	CHECK(i.tcpi_snd_cwnd > 0);
	CHECK(i.tcpi_snd_mss > 0);
	CHECK(i.tcpi_advmss > 0);
	CHECK_GE(i.tcpi_pmtu, 1280);
	CHECK(i.tcpi_snd_wnd > 0);
	CHECK_EQ(i.tcpi_notsent_bytes, 0);
	CHECK_EQ(i.tcpi_lost, 0);
	tcp_info(fd[SERVER], &i);
	CHECK_EQ(i.tcpi_bytes_received, 100000);
	CHECK(i.tcpi_data_segs_in > 0);
}

/* A caller gets as much as it asks for. */
KTAP_TEST(info__length, V4 | V6)
{
	unsigned char buf[4096];
	int fd[2];

	sa_pair(fd);
	memset(buf, 0xaa, sizeof(buf));
	CHECK_EQ(get_info(fd[CLIENT], IPPROTO_TCP, TCP_INFO, buf, 1), 1);
	CHECK_EQ(buf[0], 1);
	CHECK_EQ(buf[1], 0xaa);
	CHECK_EQ(get_info(fd[CLIENT], IPPROTO_TCP, TCP_INFO, buf, 104), 104);
	CHECK_EQ(get_info(fd[CLIENT], IPPROTO_TCP, TCP_INFO, buf, 0), 0);
	CHECK_GE(get_info(fd[CLIENT], IPPROTO_TCP, TCP_INFO, buf, sizeof(buf)),
		 232);
}

KTAP_TEST(info__itp, ALL)
{
	struct itp_info c, s, l;
	unsigned char buf[4096];
	struct tcp_info t;
	struct addr a;
	int fd[2], lfd;

	if (sa_proto == IPPROTO_TCP)
		return;		/* TCP has no ITP_INFO */
	lfd = sa_listen(5, &a);
	fd[CLIENT] = sa_connect(&a);
	sa_wait(lfd, POLLIN);
	CHECK_EQ(get_info(lfd, sa_proto, ITP_INFO, &l, sizeof(l)), sizeof(l));
	CHECK_EQ(l.role, 3);
	CHECK_EQ(l.rqueue, 1);
	CHECK_EQ(l.wqueue, 5);
	fd[SERVER] = sa_accept(lfd);
	CHECK_EQ(get_info(fd[CLIENT], sa_proto, ITP_INFO, buf, sizeof(buf)),
		 sizeof(c));
	sa_send_all(fd[CLIENT], 1000, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(get_info(fd[CLIENT], IPPROTO_TCP, ITP_INFO, &c, sizeof(c)),
		 sizeof(c));
	get_info(fd[SERVER], sa_proto, ITP_INFO, &s, sizeof(s));
	tcp_info(fd[CLIENT], &t);
	CHECK_EQ(c.state, t.tcpi_state);
	CHECK_EQ(c.snd_mss, t.tcpi_snd_mss);
	CHECK_EQ(c.advmss, t.tcpi_advmss);
	CHECK_EQ(c.role, 1);
	CHECK_EQ(s.role, 2);
	CHECK_NE(c.id, 0);
	CHECK_NE(c.id, s.id);
	CHECK_EQ(s.rqueue, 1000);
	CHECK(c.age_us > 0);
	/* the owner of the descriptor may see sequence numbers */
	CHECK_EQ(c.iss, s.irs);
	CHECK_EQ(c.irs, s.iss);
	CHECK_EQ(c.snd_nxt, c.iss + 1001);
	CHECK_EQ(s.rcv_nxt, c.snd_nxt);
}
