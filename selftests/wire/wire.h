/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vocabulary of the packet-level tests.
 *
 * D is the device under test: this kernel, driven through sockets. P is the
 * scripted peer: it lives behind a TUN device, in a network namespace made for
 * the one script that runs, sees every segment that D sends and sends single
 * segments of its own. Nobody else answers for P's addresses.
 *
 * Segments are written as in
 *
 *	peer_send("S p0 mss 1460");
 *	peer_expect("SA d0,p0+1");
 *
 * FLAGS [SEQ[,ACK]] [KEYWORD VALUE]...
 *	FLAGS	letters of S A F R P U E C, or - for none
 *	SEQ	sum of numbers, d0 (D's initial sequence number) and p0 (P's);
 *		* when expecting: anything
 *	len N	octets of text, 0 if not said
 *	wnd N	window field; any when expecting
 *	mss N, ws N	options; -1 when expecting: must be absent
 *	ts N, ecr N	timestamp option; when sending, what is left out is P's
 *		clock (P->ts_now) and the last timestamp of D, and segments
 *		carry it if both SYNs did; when expecting, ecr: what D echoes
 *	nots	when sending: no timestamp nevertheless
 *	sackok	SACK-permitted
 *	sack L:R,...	SACK blocks; sack none
 *	opt HEX	option octets instead of those, padded with EOL
 *	noopt	no options (a SYN has mss 1460 if nothing is said)
 *	psh 0|1	when expecting: the PSH flag, which is not looked at otherwise
 *	urp N	urgent pointer; any when expecting
 *	rsv N, off N, sum 0xMASK, proto N	when sending: reserved bits,
 *		data offset, checksum spoilt by MASK, protocol number in the
 *		pseudo header
 *	ipopt HEX	when sending: options of the IPv4 header, or those of a
 *		header of destination options before the segment
 *
 * What is left out continues the stream: the next sequence number of the
 * sender, and an ACK of everything that the receiver was sent in order; the
 * RST that answers a segment has its ACK field as sequence number. What is
 * expected comes next and nothing before it, and must come now (in answer
 * to what happened last) unless the function says otherwise. A segment of D
 * that no script expected fails the script.
 */
#ifndef _WIRE_H
#define _WIRE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* --- registration ---------------------------------------------------------*/

#define ROLES	0x01U	/* runs with an active and with a passive D */
#define SLOW	0x02U	/* its clocks take more than about 10 s */
#define ONLY4	0x04U
#define ONLY6	0x08U
#define NOTCP	0x10U	/* where Linux' TCP does something else on purpose */

/* States that a script can be run in, see reach(). */
enum {
	IN_SYN_SENT	= 0x001,
	IN_SYN_RECV	= 0x002,
	IN_ESTABLISHED	= 0x004,
	IN_FIN_WAIT1	= 0x008,
	IN_FIN_WAIT2	= 0x010,
	IN_CLOSE_WAIT	= 0x020,
	IN_CLOSING	= 0x040,
	IN_LAST_ACK	= 0x080,
	IN_TIME_WAIT	= 0x100,
	/* ESTABLISHED and later, short of TIME-WAIT */
	IN_SYNC		= 0x0fc,
};

struct script {
	const char *name;
	unsigned int flags;
	unsigned int states;	/* one run per state, or 0 */
	void (*run)(void);
	struct script *next;
};

void script_register(struct script *s);

#define SCRIPT_IN(id, flags_, states_)					\
	static void id(void);						\
	static struct script id##_script = {				\
		.name = #id, .flags = flags_,				\
		.states = states_, .run = id,				\
	};								\
	__attribute__((constructor)) static void id##_reg(void)		\
	{								\
		script_register(&id##_script);				\
	}								\
	static void id(void)
#define SCRIPT(id, flags_) SCRIPT_IN(id, flags_, 0)

/* How the script runs. */
extern int proto;		/* IP protocol under test */
extern bool tcp;		/* it is Linux' own TCP */
extern bool v6;
extern bool active;		/* reach(): D connects */
extern unsigned int in_state;	/* of SCRIPT_IN: the state of this run */

/* --- failing --------------------------------------------------------------*/

extern const char *where_file;
extern int where_line;
#define HERE (where_file = __FILE__, where_line = __LINE__)

void fail_(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void trace_print(void);
#define fail(...) (HERE, fail_(__VA_ARGS__))
#define check(cond) ((cond) ? (void)0 : fail("%s", #cond))
#define check_range(x, lo, hi)						\
	do {								\
		long long _x = (x);					\
		if (_x < (lo) || _x > (hi))				\
			fail("%s is %lld, not %lld..%lld", #x, _x,	\
			     (long long)(lo), (long long)(hi));		\
	} while (0)
#define check_eq(x, y)							\
	do {								\
		long long _x = (x), _y = (y);				\
		if (_x != _y)						\
			fail("%s is %lld, not %lld", #x, _x, _y);	\
	} while (0)

/* --- time -----------------------------------------------------------------*/

u64 now_us(void);
/* When what happened last happened: an action of P or of a user, or the last
 * segment that was expected and came.
 */
extern u64 event_us;
void event_now(void);
/* How late a timer of D may be from here on, in percent (default 2). */
extern int late_percent;
/* How late and how early anything may be, in us. */
extern u64 slack_us;
/* What comes "now" takes no longer than this, in us. */
extern u64 promptly_us;

/* --- segments -------------------------------------------------------------*/

#define F_FIN	0x01
#define F_SYN	0x02
#define F_RST	0x04
#define F_PSH	0x08
#define F_ACK	0x10
#define F_URG	0x20

/* As received, or to be sent; host order. */
struct seg {
	u64 t_us;
	struct in6_addr src, dst;	/* IPv4: mapped */
	u16 sport, dport;
	u32 seq, ack;
	u16 wnd, urp;
	u8 flags, off, rsv;
	int mss, ws;		/* -1: not there */
	bool sackok, ts;
	u32 tsval, tsecr;
	u8 nsack;
	u32 sack[4][2];
	u8 nopt;
	u8 opt[40];
	u32 len;
	u8 *text;
	u32 sum_xor;		/* spoils the checksum */
	int sum_proto;
	u8 ttl, tos;
	u8 nipopt;		/* as in "ipopt" */
	u8 ipopt[40];
	bool df;
	u16 ip_len;
	u8 *packet;		/* received: all of it */
	u32 packet_len;
	struct seg *next;
};

static inline u32 seg_space(const struct seg *s)
{
	return s->len + !!(s->flags & F_SYN) + !!(s->flags & F_FIN);
}

static inline bool seq_lt(u32 a, u32 b) { return (s32)(a - b) < 0; }
static inline bool seq_le(u32 a, u32 b) { return (s32)(a - b) <= 0; }

/* segment.c */
u16 in_sum(u32 sum, const void *data, size_t len);
u32 pseudo_sum(const struct in6_addr *src, const struct in6_addr *dst,
	       u32 len, int protocol);
/* Packet for @s, IP header included; returns its length. */
size_t seg_build(const struct seg *s, u8 *buf);
/* NULL, or what is wrong with the packet. */
const char *seg_parse(u8 *packet, size_t len, struct seg *s);
/* MSS, scale ... of the options at @p, and what is wrong with them. */
const char *seg_options(const u8 *p, size_t left, struct seg *s);
/* What the packet carries, behind destination options too. */
int packet_protocol(const u8 *packet);
/* Octet @pos of a stream, as either side sends it. */
u8 stream_octet(u32 pos);

/* --- the peer -------------------------------------------------------------*/

/* One connection as P sees it. */
struct peer {
	struct in6_addr addr, daddr;	/* P's, D's */
	u16 port, dport;
	u32 p0, d0;
	bool have_d0;
	u32 nxt;		/* P's next sequence number */
	u32 rcv;		/* next in order from D */
	u32 syn_late_us;	/* P saw D's SYN so late: part of D's first RTT */
	bool hold;		/* P acknowledges no more than hold_ack */
	u32 hold_ack;
	u16 wnd;		/* window field of what P sends */
	int ws_sent, ws_rcvd;	/* of the SYNs, -1 none */
	int mss_rcvd;		/* of D's SYN, -1 none */
	int ts_sent, sackok_sent;	/* P's first SYN had it, -1: no SYN yet */
	bool ts_rcvd, sackok_rcvd;	/* D's SYN */
	u32 ts_now;		/* P's clock: scripts move it */
	u32 ts_echo;		/* D's last timestamp */
	bool have_ts;
	u32 sent_ack;		/* ACK field of what P sent last */
	u32 right;		/* right edge offered to D, the furthest */
	bool have_right;
	u32 d_ack, d_right;	/* the furthest that D acknowledged and offered */
	bool have_ack;
	bool fin;		/* D sent a FIN, at fin_seq */
	u32 fin_seq;
	struct seg last;	/* last segment from D that was expected */
};

extern struct peer *P;
/* Another connection of P, from its next port; P is it from now on. */
struct peer *peer_new(void);
/* P forgets D's side: the next SYN of D brings a new d0. */
void peer_forget(void);
/* The value of a sum as in a segment: "p0+1". */
u32 peer_seq(const char *expr);
/* P acknowledges up to there and no further, unless told explicitly. */
void peer_hold(const char *expr);
/* P's stream goes on from there. */
void peer_continue(const char *expr);

void peer_send_(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define peer_send(...) (HERE, peer_send_(__VA_ARGS__))
/* Returns the segment: valid until the next one is expected. */
struct seg *peer_expect_(u64 min_ms, u64 max_ms, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define peer_expect(...) (HERE, peer_expect_(0, 0, __VA_ARGS__))
/* @ms after what happened last, as a timer has it. */
#define peer_expect_after(ms, ...) (HERE, peer_expect_(ms, ms, __VA_ARGS__))
#define peer_expect_within(lo, hi, ...) (HERE, peer_expect_(lo, hi, __VA_ARGS__))
/* The next segment of D, or NULL after @ms; no check, counts as expected. */
struct seg *peer_next(u64 ms);
/* What the IP header of all that D sends must have; 64, 0 and none. */
extern u8 want_ttl, want_tos;
extern bool want_ipopt;
/* Without DF a packet may be broken up on its way; 1: never for text. */
extern bool want_df;
/*
 * The next segment goes as IP fragments of @size octets, a multiple of 8, in
 * this order: "201"; what is not in it is lost (pieces.c).
 */
void peer_split(u32 size, const char *order);
void pieces_send(const u8 *packet, size_t len);
/* No segment of D for @ms more, on any connection. */
void expect_silence_(u64 ms);
#define expect_silence(ms) (HERE, expect_silence_(ms))
/* P acknowledges what D sends until @octets of text are there; flight is
 * acknowledged every second segment. True order, or fails.
 */
void peer_take(u32 octets);
/* P sends @octets of text in segments of @size, as D's window allows, while
 * the user reads all of it.
 */
void peer_give(u32 octets, u32 size);
/* Window that D offers now, in octets beyond P's nxt. */
u32 peer_room(void);

/* icmp.c: an ICMP error for the segment of D with sequence number @expr. */
void peer_icmp_(int type, int code, u32 info, const char *expr);
#define peer_icmp(type, code, info, expr)				\
	(HERE, peer_icmp_(type, code, info, expr))
#define UNREACH_NET	v6 ? 1 : 3, 0, 0
#define UNREACH_HOST	v6 ? 1 : 3, v6 ? 3 : 1, 0
#define UNREACH_PORT	v6 ? 1 : 3, v6 ? 4 : 3, 0
#define TIME_EXCEEDED	v6 ? 3 : 11, 0, 0
#define PARAM_PROBLEM	v6 ? 4 : 12, 0, 0
#define TOO_BIG(mtu)	v6 ? 2 : 3, v6 ? 0 : 4, mtu

/* --- users of D -----------------------------------------------------------*/

extern int fd;			/* the socket that user_*() is about */
extern int lfd;			/* the listener */

void user_listen_(int backlog);
void user_accept_(void);
void user_accept_none_(void);
void user_connect_(void);
void user_connected_(void);
void user_connect_fails_(int err);
void user_write_(u32 len);
void user_write_more_(u32 len);
void user_write_urgent_(u32 len);
/* D's programs wrote urgent data: its segments may carry URG. */
extern bool user_urgent;
/* The urgent octet is the one with this number in P's stream. */
void user_read_urgent_(u32 pos);
void user_urgent_fails_(int err);
/* The next octet of P's stream is left out (it was urgent). */
void user_skip_(void);
void user_at_mark_(int want);
/* Signals SIGURG that came since the last call. */
int user_sigurg(void);
u32 user_fill_(void);
void user_write_fails_(int err);
void user_read_(u32 len);
void user_read_eof_(void);
void user_read_fails_(int err);
void user_shutdown_(void);
void user_close_(void);
void user_close_listener_(void);
void user_abort_(void);
void user_set_(int opt, int val);
void user_sockopt_(int s, int level, int opt, int val);
void user_poll_(int events);
/* A new socket without anything done to it, as fd. */
void user_end(void);
void user_socket_(void);

#define user_listen(backlog)	(HERE, user_listen_(backlog))
#define user_accept()		(HERE, user_accept_())
#define user_accept_none()	(HERE, user_accept_none_())
#define user_connect()		(HERE, user_connect_())
#define user_connected()	(HERE, user_connected_())
#define user_connect_fails(e)	(HERE, user_connect_fails_(e))
#define user_write(n)		(HERE, user_write_(n))
#define user_write_more(n)	(HERE, user_write_more_(n))
#define user_write_urgent(n)	(HERE, user_write_urgent_(n))
#define user_read_urgent(p)	(HERE, user_read_urgent_(p))
#define user_urgent_fails(e)	(HERE, user_urgent_fails_(e))
#define user_skip()		(HERE, user_skip_())
#define user_at_mark(w)		(HERE, user_at_mark_(w))
#define user_fill()		(HERE, user_fill_())
#define user_write_fails(e)	(HERE, user_write_fails_(e))
#define user_read(n)		(HERE, user_read_(n))
#define user_read_eof()		(HERE, user_read_eof_())
#define user_read_fails(e)	(HERE, user_read_fails_(e))
#define user_shutdown()		(HERE, user_shutdown_())
#define user_close()		(HERE, user_close_())
#define user_close_listener()	(HERE, user_close_listener_())
#define user_abort()		(HERE, user_abort_())
#define user_set(o, v)		(HERE, user_set_(o, v))
#define user_sockopt(s, l, o, v) (HERE, user_sockopt_(s, l, o, v))
#define user_poll(e)		(HERE, user_poll_(e))
#define user_socket()		(HERE, user_socket_())

/* Options at the protocol's level; TCP has the same numbers. */
enum {
	OPT_NODELAY = 1, OPT_MAXSEG = 2, OPT_CORK = 3, OPT_KEEPIDLE = 4,
	OPT_KEEPINTVL = 5, OPT_KEEPCNT = 6, OPT_SYNCNT = 7, OPT_LINGER2 = 8,
	OPT_INFO = 11, OPT_QUICKACK = 12, OPT_USER_TIMEOUT = 18,
	OPT_ITP_INFO = 200,
};

/* The address of D, or of P, and a port. */
socklen_t sockaddr_of(struct sockaddr_storage *ss, const struct in6_addr *a,
		      int port);

/* --- D itself -------------------------------------------------------------*/

#define DPORT	7000		/* where user_listen() listens */

/* Set a tunable of D, by ITP's name. */
void tunable_(const char *name, long value);
#define tunable(name, value) (HERE, tunable_(name, value))

/* State of the connection with P, as D tells it; "CLOSED": none. */
void expect_state_(const char *name);
#define expect_state(name) (HERE, expect_state_(name))
const char *state_now(void);

/* tun.c */
void tun_open(void);
void tun_send(const void *packet, size_t len);
/* The next packet or 0 at @deadline_us. */
size_t tun_recv(void *buf, size_t size, u64 deadline_us);
void tun_mtu(int mtu);
/* A command, in D's namespace. */
void shell_(const char *command);
#define shell(command) (HERE, shell_(command))
extern struct in6_addr tun_daddr, tun_paddr;

/*
 * recipes.c: bring a fresh connection into a state, as D's role has it. In
 * states with an unacknowledged FIN P keeps to acknowledging all before it.
 */
void reach_(unsigned int state);
/* Options of P's SYN when reach() opens, "" by default. */
extern const char *reach_options;
#define reach(state) (HERE, reach_(state))
/* Handshake with options of P's SYN or SYN-ACK: "mss 600 ws 3". */
void open_with_(const char *opts);
#define open_with(opts) (HERE, open_with_(opts))
#define open_plain() open_with("")
const char *state_name(unsigned int state);
/* reach() makes D retransmit slowly, so that it is still while the script
 * looks; scripts about retransmission clear this.
 */
extern bool patient;

#endif /* _WIRE_H */
