/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ITP, the Instrumented Transport Protocol: what programs need to use it.
 *
 * socket(AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_ITP) gives a stream socket
 * with TCP's semantics. Options are set at level SOL_ITP or, so that programs
 * written for TCP need no change, at level SOL_TCP (6), with TCP's numbers and
 * meanings. Watching and tuning connections from outside goes through generic
 * netlink: linux/itp_netlink.h.
 */
#ifndef _UAPI_LINUX_ITP_H
#define _UAPI_LINUX_ITP_H

#include <linux/types.h>

/*
 * The protocol number is a parameter of the module; this is its default
 * (RFC 3692: reserved for experimentation). Generic netlink tells the number
 * in use (ITP_CMD_MODULE_GET).
 */
#define IPPROTO_ITP		253
#define SOL_ITP			253

/* Socket options: number and argument as TCP_* of the same name. */
#define ITP_NODELAY		1	/* int: 1 switches Nagle's algorithm off */
#define ITP_MAXSEG		2	/* int: octets; set before connect or listen */
#define ITP_CORK		3	/* int: 1 holds partial segments back, 200 ms at most */
#define ITP_KEEPIDLE		4	/* int: seconds, 1..32767 */
#define ITP_KEEPINTVL		5	/* int: seconds, 1..32767 */
#define ITP_KEEPCNT		6	/* int: 1..127 */
#define ITP_SYNCNT		7	/* int: 1..127, overrides syn_retries */
#define ITP_LINGER2		8	/* int: seconds in FIN-WAIT-2, overrides fin_timeout; < 0: none */
#define ITP_DEFER_ACCEPT	9	/* int: seconds a connection may wait for text before accept() */
#define ITP_TCP_INFO		11	/* struct tcp_info, read only */
#define ITP_QUICKACK		12	/* int */
#define ITP_CONGESTION		13	/* string; "reno" */
#define ITP_USER_TIMEOUT	18	/* unsigned int: ms, 0 means retries2 decides */
#define ITP_NOTSENT_LOWAT	25	/* unsigned int: octets */
#define ITP_INQ			36	/* int: 1: recvmsg() tells what is left (ITP_CM_INQ) */
#define ITP_CM_INQ		ITP_INQ	/* control message of level SOL_TCP: int, octets unread */
#define ITP_IS_MPTCP		43	/* int, read only: 0 */
#define ITP_INFO		200	/* struct itp_info, read only */

/* itp_info.options, as TCPI_OPT_*. */
#define ITP_INFO_TS		1	/* timestamps */
#define ITP_INFO_SACK		2
#define ITP_INFO_WSCALE		4
#define ITP_INFO_ECN		8

/* No macro: tables of tunables have one of this name. */
enum {
	ITP_TUNABLE = 201,		/* struct itp_tunable_opt */
};

/**
 * struct itp_tunable_opt - a tunable of one socket (ITP_TUNABLE)
 * @name: as `itpctl tunable show` has it, with a 0 at the end
 * @value: in its unit
 * @origin: getsockopt(): enum itp_tunable_origin of linux/itp_netlink.h
 * @reserved: 0
 *
 * setsockopt() gives the socket a value of its own, which connections inherit
 * from their listener; with the name alone (32 octets) it takes it back.
 * getsockopt() reads @name and fills in the value in force; at least 40 octets.
 * ENOENT: no tunable has this name; EOPNOTSUPP: it is not for one socket alone;
 * EINVAL: out of range. Only ever appended to.
 */
struct itp_tunable_opt {
	char	name[32];
	__u64	value;
	__u32	origin;
	__u32	reserved;
};

/**
 * struct itp_info - one connection as ITP_INFO and netlink report it
 *
 * Begins with the members of struct tcp_info (Linux 6.12) at their offsets, so
 * that a reader of tcp_info may be handed one. Fields are only ever appended:
 * a caller passes the length it knows and gets at most that much. Times are
 * in us but for those that tcp_info has in ms; windows in octets but for
 * snd_cwnd and snd_ssthresh, which tcp_info has in segments.
 */
struct itp_info {
	__u8	state;			/* enum itp_state */
	__u8	ca_state;		/* 0 open, 1 disorder, 3 recovery, 4 loss */
	__u8	retransmits;		/* time-outs in a row */
	__u8	probes;			/* unanswered window or keep-alive probes */
	__u8	backoff;		/* doublings of the time-out in force */
	__u8	options;		/* ITP_INFO_TS ... in force */
	__u8	snd_wscale:4, rcv_wscale:4;
	__u8	app_limited:1, fastopen_fail:2;

	__u32	rto;			/* us */
	__u32	ato;			/* us */
	__u32	snd_mss;
	__u32	rcv_mss;

	__u32	unacked;		/* segments in flight; listener: accept queue now */
	__u32	sacked;			/* listener: accept queue limit */
	__u32	lost;
	__u32	retrans;		/* segments retransmitted and in flight */
	__u32	fackets;		/* always 0 */

	__u32	last_data_sent;		/* ms ago */
	__u32	last_ack_sent;		/* ms ago; always 0, as Linux */
	__u32	last_data_recv;		/* ms ago */
	__u32	last_ack_recv;		/* ms ago */

	__u32	pmtu;
	__u32	rcv_ssthresh;
	__u32	rtt;			/* us, smoothed */
	__u32	rttvar;			/* us */
	__u32	snd_ssthresh;		/* segments */
	__u32	snd_cwnd;		/* segments */
	__u32	advmss;
	__u32	reordering;		/* segments */

	__u32	rcv_rtt;
	__u32	rcv_space;

	__u32	total_retrans;

	__u64	pacing_rate;
	__u64	max_pacing_rate;
	__u64	bytes_acked;
	__u64	bytes_received;
	__u32	segs_out;
	__u32	segs_in;

	__u32	notsent_bytes;
	__u32	min_rtt;
	__u32	data_segs_in;
	__u32	data_segs_out;

	__u64	delivery_rate;

	__u64	busy_time;
	__u64	rwnd_limited;
	__u64	sndbuf_limited;

	__u32	delivered;
	__u32	delivered_ce;

	__u64	bytes_sent;
	__u64	bytes_retrans;
	__u32	dsack_dups;
	__u32	reord_seen;

	__u32	rcv_ooopack;

	__u32	snd_wnd;
	__u32	rcv_wnd;

	__u32	rehash;

	__u16	total_rto;
	__u16	total_rto_recoveries;
	__u32	total_rto_time;

	/* ITP's own, from here on */
	__u64	id;			/* of the connection, never reused while the module is loaded */
	__u64	age_us;			/* since the record was made */
	__u64	state_age_us;		/* since the state was entered */
	__u64	timer_us;		/* until the earliest timer; 0 if none or due */
	__u8	timer;			/* enum itp_timer + 1 of the earliest; 0 none; 255 time-wait, 254 syn-ack */
	__u8	role;			/* 1 active open, 2 passive open, 3 listener */
	__u8	prev_state;		/* enum itp_state, 0 if there was none */
	__u8	cause;			/* of the last transition, enum itp_cause */
	__u32	cwnd_octets;
	__u32	ssthresh_octets;	/* 0xffffffff: not set yet */
	__u32	flight_octets;
	__u32	max_snd_wnd;
	__u32	rqueue;			/* octets received and unread; listener: accept queue */
	__u32	wqueue;			/* octets written and unacknowledged; listener: its limit */
	__u32	held_octets;		/* received out of order */
	__u32	retrans_rto;		/* retransmissions by trigger */
	__u32	retrans_fast;
	__u32	retrans_syn;
	__u32	probes_out;
	__u32	dup_acks_in;
	__u32	zero_window_adv;	/* times our window closed */
	__u32	zero_window_rcvd;	/* times the peer's window closed */
	/*
	 * Sequence numbers allow blind injection: 0 unless the reader owns the
	 * socket or has CAP_NET_ADMIN over its network namespace.
	 */
	__u32	iss;
	__u32	irs;
	__u32	snd_una;
	__u32	snd_nxt;
	__u32	rcv_nxt;
	__u32	soft_error;		/* errno of the last ICMP soft error, 0 none */
};

#endif /* _UAPI_LINUX_ITP_H */
