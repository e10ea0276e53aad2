/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shell inside the module: the socket, the half-open entry, the TIME-WAIT
 * record, and what the files of this directory offer one another. The protocol
 * itself is engine/engine.h; what userspace sees is uapi/linux/itp.h.
 *
 * LOCKING
 *   Calls on one connection are serialised by the socket lock: bh_lock_sock()
 *   in softirq and timers, lock_sock() in process context. While a process
 *   owns the socket, segments go to the backlog and other things to do set a
 *   bit in @defer that release_cb() works off.
 *   Half-open entries and TIME-WAIT records have a spinlock each.
 *   Order: socket lock > bucket lock; socket lock > accept lock; record lock >
 *   socket lock of a child that nobody else can see yet. Bucket and accept
 *   lock are leaves. A listener's socket lock is never taken in softirq.
 *
 * LIFE
 *   Sockets of programs, and those that programs left behind, hold namespace
 *   and module. Half-open entries and TIME-WAIT records hold neither: they are
 *   purged when the namespace ends or the module goes.
 */
#ifndef _ITP_H
#define _ITP_H

#include <linux/hrtimer.h>
#include <linux/ipv6.h>
#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <env.h>
#include "compat.h"
#include "net.h"
#include "snapshot.h"

#if !IS_ENABLED(CONFIG_IPV6)
#error "ITP needs a kernel with IPv6 (CONFIG_IPV6=y or m)"
#endif

/* itp_sock.defer: what waits for the owner of the socket. */
enum {
	ITP_DEFER_TIMER = 1,	/* a deadline passed */
	ITP_DEFER_PMTU = 2,	/* the path MTU shrank: @icmp_info is the MTU */
	ITP_DEFER_ICMP = 4,	/* another ICMP error: @icmp_info */
};

/* Bits of itp_sock.urg. */
#define ITP_URG_MARK	0x01	/* the reader has not passed it: conn.rcv_urg */
#define ITP_URG_VALID	0x02	/* the octet is here, and was not taken */
#define ITP_URG_READ	0x04	/* MSG_OOB has taken it */
#define ITP_URG_AT	0x08	/* it is the next octet to read */

/**
 * struct itp_listener - what a socket in LISTEN has besides
 * @lock: accept lock, guards all below; taken with bottom halves off
 * @head: first connection that accept() has not taken yet
 * @tail: the last of these; linked by itp_sock.accept_next
 * @reqs: half-open entries, itp_reqsk.link
 * @nreqs: number of these; read without the lock
 * @dead: the listener closes: nothing may be added any more
 * @cookies: it has sent SYN cookies; this and the next two without the lock
 * @warned: the log says so
 * @cookie_jiffies: when it sent the last one
 * @rcu: freed behind readers who found the listener in the table
 *
 * sk->sk_ack_backlog counts the accept queue, sk->sk_max_ack_backlog limits it.
 */
struct itp_listener {
	spinlock_t lock;	/* accept lock */
	struct sock *head;
	struct sock *tail;
	struct list_head reqs;
	u32 nreqs;
	bool dead;
	bool cookies;
	bool warned;
	unsigned long cookie_jiffies;
	struct rcu_head rcu;
};

/**
 * struct itp_sock - a socket
 *
 * All below @inet under the socket lock unless said otherwise. The engine's
 * truth about the state is conn.state; sk->sk_state mirrors it and is written
 * by itp_mirror_state() alone.
 */
struct itp_sock {
	/** @inet: must be first */
	struct inet_sock inet;
	/** @conn: the engine's part; fields marked S there are the shell's */
	struct itp_conn conn;
	/** @timer: fires at or before conn.deadline_us; see clock.c */
	struct hrtimer timer;
	/** @armed_us: when @timer is to fire, 0 if it is not armed */
	u64 armed_us;
	/**
	 * @held: skbs received out of order, by sequence number; text of two
	 * of them may overlap, none holds text that the receive queue has
	 */
	struct rb_root held;
	union {
		/**
		 * @listener: in LISTEN; set before the state, and never cleared.
		 * Read without the lock, under RCU, which outlives the socket.
		 */
		struct itp_listener *listener;
		/** @accept_next: in an accept queue; under the accept lock */
		struct sock *accept_next;
	};
	/** @defer: ITP_DEFER_*; no lock */
	atomic_t defer;
	/** @host_pkts: packets still in queues of this host; atomic, no lock */
	atomic_t host_pkts;
	/** @path_mss: as in struct itp_env, when the route was last known */
	u16 path_mss;
	/** @adv_mss: likewise */
	u16 adv_mss;
	/** @rqueue: octets in sk_receive_queue that recvmsg() has not taken */
	u32 rqueue;
	/** @own: values of tunables of its own, NULL: none; see override.c */
	struct itp_override *own;
	/** @icmp_info: told by ICMP while a process owned the socket; icmp.c */
	u32 icmp_info;
	/** @urg: ITP_URG_*, 0: no mark ahead of the reader; oob.c */
	u8 urg;
	/** @urg_octet: the octet itself, with ITP_URG_VALID */
	u8 urg_octet;
	/**
	 * @defer_accept: ITP_DEFER_ACCEPT of a listener, as time-outs of the
	 * SYN-ACK; READ_ONCE elsewhere
	 */
	u8 defer_accept;
	/** @inq: ITP_INQ */
	bool inq:1;
	/** @timer_ref: @timer holds a reference to the socket */
	bool timer_ref:1;
	/** @hashed: in the table of connections; under the bucket's lock too */
	bool hashed:1;
	/** @listed: in the table of listeners */
	bool listed:1;
	/** @orphaned: counted in itp_orphans */
	bool orphaned:1;
};

/**
 * struct itp6_sock - a socket of AF_INET6
 * @itp: must be first
 * @dst_cookie: validity of the cached route
 * @pinfo: must be last; older kernels compute its place from the size
 */
struct itp6_sock {
	struct itp_sock itp;
	u32 dst_cookie;
	struct ipv6_pinfo pinfo;
};

static inline struct itp_sock *itp_sk(const struct sock *sk)
{
	return (struct itp_sock *)sk;
}

static inline struct sock *itp_to_sk(const struct itp_sock *isk)
{
	return (struct sock *)isk;
}

/*
 * Send queue: sk_write_queue, skbs ("chunks") that hold text of the program in
 * page frags alone, in order of sequence, without gaps. A chunk of text
 * [seq, seq + skb->len) starts at ITP_SND(skb)->seq; the first chunk starts at
 * or below SND.UNA, the last ends at conn.write_seq. Each octet is accounted
 * once: truesize, sk_wmem_queued, sk_mem_charge().
 *
 * sendmsg() appends to the last chunk or adds one (itp_snd_chunk(),
 * itp_snd_grow()), then tells the engine. A transmission copies up to
 * ITP_COPY octets or takes references to the pages; tx.c drops what is
 * acknowledged (itp_snd_acked()).
 */
struct itp_snd_cb {
	u32 seq;
};

#define ITP_SND(skb) ((struct itp_snd_cb *)(skb)->cb)

/* A chunk is closed at this size, so that acknowledged memory comes free. */
#define ITP_CHUNK_MAX	65536U
/* Text up to this size is copied into a packet, pages are referenced above. */
#define ITP_COPY	256U

/*
 * Receive queue: sk_receive_queue, text in order. ITP_RCV(skb)->off octets of
 * an skb were read already (recvmsg() moves it); seq is the sequence number
 * of skb->data[0]. Neighbours are coalesced. An skb in itp_sock.held has the
 * same control block, off 0, node in skb->rbnode.
 */
struct itp_rcv_cb {
	u32 seq;
	u32 off;
};

#define ITP_RCV(skb) ((struct itp_rcv_cb *)(skb)->cb)

/* Sequence number of the first octet that no recvmsg() has taken. */
static inline u32 itp_read_seq(const struct itp_sock *isk)
{
	return READ_ONCE(isk->conn.rcv_nxt) - isk->conn.fin_rcvd -
	       READ_ONCE(isk->rqueue);
}

/* Sequence number of the urgent octet, if itp_sock.urg is set. Locked. */
static inline u32 itp_urg_seq(const struct itp_sock *isk)
{
	return isk->conn.flow->rcv_up - 1;
}

/* Sequence number after the last octet of a received skb. */
static inline u32 itp_rcv_end(const struct sk_buff *skb)
{
	return ((const struct itp_rcv_cb *)skb->cb)->seq + skb->len;
}

/**
 * struct itp_tuple - addresses of a received segment, or of a packet to send
 * @net: namespace
 * @laddr: ours; IPv4 as mapped address
 * @raddr: the peer's
 * @lport: ours, host order
 * @rport: the peer's
 * @v6: on the wire it is IPv6
 * @tos: of the SYN, if it is to be answered with it (reflect_tos)
 * @reflect: it is
 * @dif: device it came in by
 * @sdif: its l3mdev slave, 0 none
 */
struct itp_tuple {
	struct net *net;
	struct in6_addr laddr;
	struct in6_addr raddr;
	u16 lport;
	u16 rport;
	bool v6;
	u8 tos;
	bool reflect;
	int dif;
	int sdif;
};

/**
 * struct itp_reqsk - a half-open entry in the table of connections
 * @sc: must be first; skc_state is TCP_NEW_SYN_RECV
 * @lock: guards all below
 * @req: the engine's part
 * @listener: the listening socket; a reference
 * @link: in itp_listener.reqs, under the accept lock
 * @timer: repeats the SYN-ACK
 * @t: addresses
 * @dead: taken out of the table
 */
struct itp_reqsk {
	struct sock_common sc;
	spinlock_t lock;	/* of this entry */
	struct itp_req req;
	struct sock *listener;
	struct list_head link;
	struct timer_list timer;
	struct itp_tuple t;
	bool dead;
};

/**
 * struct itp_twsk - a TIME-WAIT record in the table of connections
 * @sc: must be first; skc_state is TCP_TIME_WAIT
 * @lock: guards all below
 * @tw: the engine's part
 * @timer: ends it
 * @t: addresses
 * @mark: of its socket, for the ACKs
 * @uid: owner of its socket
 * @tos: of its socket
 * @dead: taken out of the table
 */
struct itp_twsk {
	struct sock_common sc;
	spinlock_t lock;	/* of this record */
	struct itp_tw tw;
	struct timer_list timer;
	struct itp_tuple t;
	u32 mark;
	kuid_t uid;
	u8 tos;
	bool dead;
};

static inline struct itp_reqsk *itp_reqsk(struct sock_common *sc)
{
	return container_of(sc, struct itp_reqsk, sc);
}

static inline struct itp_twsk *itp_twsk(struct sock_common *sc)
{
	return container_of(sc, struct itp_twsk, sc);
}

static inline struct sock *itp_common_sk(struct sock_common *sc)
{
	return container_of(sc, struct sock, __sk_common);
}

/* Is this entry of the table of connections a socket? */
static inline bool itp_common_full(const struct sock_common *sc)
{
	return sc->skc_state != TCP_NEW_SYN_RECV &&
	       sc->skc_state != TCP_TIME_WAIT;
}

/* Microseconds of CLOCK_MONOTONIC; take it under the connection's lock. */
static inline u64 itp_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* main.c */
extern unsigned int itp_hash_entries;

/* proto.c */
extern struct proto itp_prot;
extern struct proto itp6_prot;
extern struct percpu_counter itp_sockets_allocated;
int itp_proto_init(void);
void itp_proto_exit(void);

/* memory.c */
extern atomic_long_t itp_memory_allocated;
DECLARE_PER_CPU(int, itp_memory_fw_alloc);
extern unsigned long itp_memory_pressure;
extern long itp_mem_limits[3];
extern int itp_wmem_min[3];
extern int itp_rmem_min[3];
void itp_memory_init(void);
void itp_memory_tuned(const struct itp_tunables *tun);
void itp_memory_enter_pressure(struct sock *sk);
void itp_memory_leave_pressure(struct sock *sk);
int itp_wmem_schedule(struct sock *sk, int size);
bool itp_rmem_schedule(struct sock *sk, struct sk_buff *skb, bool next);

/* net.c */
int itp_net_subsys_init(void);
void itp_net_subsys_exit(void);

/* sock.c: life of a socket */
extern atomic_t itp_orphans;
int itp_init_sock(struct sock *sk);
void itp_destroy(struct sock *sk);
/* proto.close() */
void itp_close(struct sock *sk, long timeout);
void itp_shutdown(struct sock *sk, int how);
int itp_disconnect(struct sock *sk, int flags);
/* SO_KEEPALIVE was set or cleared */
void itp_keepalive(struct sock *sk, int on);
void itp_release_cb(struct sock *sk);
/* Engine block as new, but for what the program has set by socket options. */
void itp_conn_renew(struct sock *sk, u64 id);
/* The socket is closed and nobody holds it: give everything back. */
void itp_destroy_sock(struct sock *sk);

/* override.c: values of tunables that one socket has of its own */
const struct itp_tunables *itp_override_values(const struct sock *sk,
					       struct itp_override *own);
int itp_override_inherit(struct sock *child, const struct sock *listener);
void itp_override_free(struct sock *sk);
bool itp_override_own(const struct sock *sk, unsigned int nr, struct itp_own *o);
u32 itp_override_get(const struct sock *sk, unsigned int nr, u8 *origin);
unsigned int itp_override_list(const struct sock *sk, struct itp_own *list);
int itp_override_set(struct sock *sk, unsigned int nr, u64 value, bool outside,
		     char *why);
int itp_override_drop(struct sock *sk, unsigned int nr, char *why);

/* The values in force for a socket: its lock, or RCU for a listener's. */
static inline const struct itp_tunables *itp_sk_tun(const struct sock *sk)
{
	struct itp_override *own = READ_ONCE(itp_sk(sk)->own);

	if (likely(!own))
		return &itp_net(sock_net(sk))->tun.t;
	return itp_override_values(sk, own);
}

/* act.c: before and after a call of the engine */
/* Surroundings for an engine call; socket locked. */
void itp_env_fill(struct sock *sk, struct itp_env *env);
/* The receive buffer changed: fill that part of @env anew. */
void itp_env_rcv(struct sock *sk, struct itp_env *env);
/*
 * Do what an engine call asked for, in the order that engine.h gives.
 * @skb: the segment that was given to the engine, its text alone, or NULL; it
 * is consumed. Socket locked. If the socket is DEAD and no program holds it,
 * it is gone afterwards but for the reference of the caller.
 */
void itp_act(struct sock *sk, struct itp_env *env, struct itp_out *out,
	     struct sk_buff *skb);
/* Send what the engine offers and set the timer; after calls without itp_out. */
void itp_push(struct sock *sk, struct itp_env *env);
/* The only writer of sk->sk_state. */
void itp_mirror_state(struct sock *sk, int state);

/* stream.c: octets between programs and queues (struct proto's members) */
int itp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int itp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		int *addr_len);
/* proto.splice_eof, where there is one; proto_ops has inet_splice_eof then */
void itp_splice_eof(struct socket *sock);
__poll_t itp_poll(struct file *file, struct socket *sock,
		  struct poll_table_struct *wait);
/* Unread octets (SIOCINQ), unacknowledged (SIOCOUTQ), unsent (SIOCOUTQNSD). */
int itp_ioctl(struct sock *sk, int cmd, int *karg);
/* Is there room to write? For poll() and for sk->sk_write_space(). */
bool itp_stream_memory_free(const struct sock *sk, int wake);
/* sk->sk_write_space */
void itp_write_space(struct sock *sk);

/* oob.c: urgent data */
void itp_oob_mark(struct sock *sk);
bool itp_oob_look(struct sock *sk);
/* The program has read on, and a mark stands. */
void itp_oob_moved(struct sock *sk);
int itp_oob_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags);

/* sockopt.c */
/* A running keep-alive timer follows new values. Socket locked. */
void itp_keepalive_tuned(struct sock *sk);
int itp_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		   unsigned int optlen);
int itp_getsockopt(struct sock *sk, int level, int optname,
		   char __user *optval, int __user *optlen);

/* table.c: connections, half-open entries, TIME-WAIT records; listeners */
int itp_table_init(void);
void itp_table_exit(void);
/* A number for a connection; never used again while the module is loaded. */
u64 itp_new_id(void);
u64 itp_common_id(struct sock_common *sc);
/* Found entry with a reference (itp_common_put()), or NULL. */
struct sock_common *itp_lookup(const struct itp_tuple *t);
void itp_common_put(struct sock_common *sc);
/* The best listener for @t, without a reference: under rcu_read_lock(). */
struct sock *itp_lookup_listener(const struct itp_tuple *t,
				 struct sk_buff *skb);
/* Put the socket in; -EADDRNOTAVAIL if its addresses and ports are taken. */
int itp_hash(struct sock *sk, struct itp_twsk **tw);
/* The same, in the place of @tw, which the caller has locked. */
bool itp_hash_over_tw(struct sock *sk, struct itp_twsk *tw);
/* proto.unhash(): take the socket out, listener or connection */
void itp_unhash(struct sock *sk);
/* Put a half-open entry in, with its references; false: there is one. */
bool itp_hash_req(struct itp_reqsk *rsk);
/* Take an entry or record out; the caller holds its lock. */
void itp_unhash_common(struct sock_common *sc);
/* @child takes the place of @rsk; caller holds both locks. */
void itp_hash_child(struct sock *child, struct itp_reqsk *rsk);
/* @tw takes the place of @sk. */
void itp_hash_tw(struct itp_twsk *tw, struct sock *sk);
int itp_hash_listener(struct sock *sk);
/* Entries and records of @net that hold no reference to it: end them. */
void itp_purge_net(struct net *net);
/*
 * For walks: the entry with the smallest number above @after in @bucket, with
 * a reference. NULL: none. Number of buckets: itp_table_size().
 */
struct sock_common *itp_table_next(struct net *net, u32 bucket, u64 after);
struct sock *itp_listener_next(struct net *net, u32 bucket, u64 after);
u32 itp_table_size(void);
u32 itp_listener_size(void);

/* snap.c: copies for the instruments (interface: snapshot.h) */
void itp_sock_key(const struct sock *sk, struct itp_key *key);
/* All of struct itp_info; sequence numbers included. Socket locked. */
void itp_sock_info(struct sock *sk, struct itp_info *info);

/* bind.c: local ports */
int itp_bind_init(void);
void itp_bind_exit(void);
/* proto.get_port(): 0, or 1 if the port is taken */
int itp_get_port(struct sock *sk, unsigned short snum);
/* proto.put_port() */
void itp_put_port(struct sock *sk);
/*
 * connect(): choose a port if there is none (RFC 6056), and put the socket
 * into the table of connections. @iss: the sequence number to start with.
 */
int itp_hash_connect(struct sock *sk, u32 *iss);
/* Connections of a listener and TIME-WAIT records hold the port too. */
int itp_inherit_port(struct sock *child);
void itp_tw_take_port(struct itp_twsk *tw, struct sock *sk);
void itp_tw_put_port(struct itp_twsk *tw);

/* minisock.c: half-open entries and TIME-WAIT records */
enum itp_tw_rcvd {
	ITP_TW_DONE,
	ITP_TW_GONE,
	ITP_TW_LISTENER,
};

int itp_minisock_init(void);
void itp_minisock_exit(void);
bool itp_req_rcv(struct itp_reqsk *rsk, struct sk_buff *skb);
void itp_req_kill(struct itp_reqsk *rsk, enum itp_cause cause);
void itp_req_replaced(struct itp_reqsk *rsk);
void itp_listen_rcv(struct sock *sk, struct itp_tuple *t,
		    struct sk_buff *skb, const u32 *iss);
enum itp_tw_rcvd itp_tw_rcv(struct itp_twsk *tw, const struct itp_tuple *t,
			    struct sk_buff *skb, u32 *iss);
void itp_tw_kill(struct itp_twsk *tw, enum itp_cause cause);
/* The same, of a record that the caller has locked and found alive. */
void itp_tw_finish(struct itp_twsk *tw, enum itp_cause cause);
void itp_make_timewait(struct sock *sk, struct itp_env *env);

/* cookie.c: SYN cookies */
enum itp_reason itp_cookie_send(struct sock *sk, const struct itp_tuple *t,
				const struct itp_seg_in *syn,
				const struct itp_env *env);
enum itp_reason itp_cookie_check(const struct sock *sk,
				 const struct itp_tuple *t,
				 const struct itp_seg_in *ack,
				 const struct itp_env *env, u32 *data);

/* accept.c: listeners, their queues, the sockets that come out of them */
int itp_listen(struct socket *sock, int backlog);
struct sock *itp_accept(struct sock *sk, int flags, int *err);
void itp_listener_stop(struct sock *sk);
struct sock *itp_child_make(struct itp_reqsk *rsk, const struct itp_env *env);
void itp_child_start(struct sock *listener, struct sock *child,
		     struct sk_buff *skb, const struct itp_seg_in *seg);

/* rx.c: received segments */
/* net_protocol and inet6_protocol handler, after family.c made @t */
int itp_rcv(struct sk_buff *skb, struct itp_tuple *t);
/* Give a segment to the engine; socket locked, or @sk known to nobody else. */
void itp_rcv_locked(struct sock *sk, struct sk_buff *skb,
		    const struct itp_seg_in *seg);
/* proto.backlog_rcv() */
int itp_backlog_rcv(struct sock *sk, struct sk_buff *skb);
/* Take the header at skb->data apart. */
enum itp_reason itp_skb_parse(struct sk_buff *skb, struct itp_seg_in *seg);
/* Do with the text of @skb what @out says; consumes @skb. */
void itp_rcv_place(struct sock *sk, const struct itp_out *out,
		   struct sk_buff *skb);
/* Free the receive queue and held text; returns unread octets. */
u32 itp_rcv_purge(struct sock *sk);
/* Free held text alone. */
void itp_rcv_purge_held(struct sock *sk);

/* tx.c: packets of a socket */
/*
 * The last chunk if it has room, else a new one, not yet queued text; NULL: no
 * memory. Socket locked, may sleep if sk->sk_allocation may.
 */
struct sk_buff *itp_snd_chunk(struct sock *sk);
/*
 * Append @octets of @page at @offset to @chunk (last frag extended if they
 * adjoin), account them; takes a reference to the page. False: no room, then
 * the caller takes a new chunk. itp_wmem_schedule() comes before.
 */
bool itp_snd_grow(struct sock *sk, struct sk_buff *chunk, struct page *page,
		  u32 offset, u32 octets);
void itp_snd_acked(struct sock *sk);
void itp_snd_purge(struct sock *sk);
/* The loop over itp_next_segment(). */
void itp_xmit(struct sock *sk, struct itp_env *env);
/* Build and send one segment of a socket. */
enum itp_sent itp_send_segment(struct sock *sk, const struct itp_seg_out *seg);
/*
 * Send a segment that belongs to no socket: @t, attributes of @sk if not NULL
 * (a listener) else of the namespace's control socket, @mark and @tos.
 */
bool itp_send_reply(const struct itp_tuple *t, const struct sock *sk,
		    const struct itp_seg_out *seg, u32 mark, u8 tos);

/* family.c: IPv4 and IPv6 */
int itp_family_init(void);
void itp_family_exit(void);
int itp_family_net_init(struct net *net);
void itp_family_net_exit(struct net *net);
/* On the wire this connection is IPv6. */
bool itp_is_v6(const struct sock *sk);
/* The socket's addresses in the form of the table. */
void itp_sk_tuple(const struct sock *sk, struct itp_tuple *t);
/* The cached route, looked up anew if it is stale; NULL: none. */
struct dst_entry *itp_route(struct sock *sk);
/* Refresh path_mss and adv_mss of the socket. */
void itp_path_update(struct sock *sk);
/* Checksum and send; consumes @skb. 0, NET_XMIT_* or -errno. */
int itp_family_xmit(struct sock *sk, struct sk_buff *skb);
/* MSS to advertise to @t, 0 if there is no route. */
u32 itp_reply_mss(const struct itp_tuple *t, const struct sock *sk);
int itp_family_reply(const struct itp_tuple *t, const struct sock *sk,
		     struct sk_buff *skb, u32 mark, u8 tos);
/* Is the checksum of the segment at skb->data right? */
bool itp_checksum_ok(struct sk_buff *skb, const struct itp_tuple *t);
/* May this packet go to @sk? ITP_REASON_NONE, MIN_TTL or FILTER. */
enum itp_reason itp_family_admit(struct sock *sk, struct sk_buff *skb,
				 const struct itp_tuple *t);
bool itp_tuple_unicast(const struct sk_buff *skb, const struct itp_tuple *t);
void itp_tuple_reflect(struct itp_tuple *t, const struct sk_buff *skb,
		       const struct itp_tunables *tun);
/* The TTL or hop limit of a new socket. */
void itp_family_ttl(struct sock *sk, u8 ttl);
/* Addresses of @child, options of its kind of socket. */
int itp_family_child(struct sock *child, const struct sock *parent,
		     const struct itp_reqsk *rsk);
int itp_conn_request_allowed(const struct sock *sk, struct sk_buff *skb,
			     const struct itp_tuple *t);

/* connect.c: active opens */
int itp_v4_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len);
int itp_v6_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len);
int itp_v4_pre_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len);
int itp_v6_pre_connect(struct sock *sk, itp_sockaddr *uaddr, int addr_len);

/* icmp.c: errors about our segments */
int itp_v4_err(struct sk_buff *skb, u32 info);
int itp_v6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
	       u8 code, int offset, __be32 info);
/* What ICMP told while a process owned the socket; @pmtu: about the MTU. */
void itp_icmp_deferred(struct sock *sk, bool pmtu);

/* clock.c: one timer per socket */
void itp_clock_init(struct sock *sk);
/* Make sure that the timer fires at conn.deadline_us or earlier. */
void itp_arm(struct sock *sk);
/* The connection is over: the timer gives its reference back. */
void itp_clock_stop(struct sock *sk);
/* Run what is due; socket locked. */
void itp_clock_expire(struct sock *sk);

/* isn.c: RFC 6528 */
void itp_isn_init(void);
u32 itp_isn(const struct itp_tuple *t);
/* RFC 7323 5.4: added to the clock of a connection's timestamps. */
u32 itp_stamp_offset(const struct itp_tuple *t);
/* Keyed hash of a connection's addresses and ports, for the table. */
u32 itp_tuple_hash(const struct itp_tuple *t);
/* RFC 6056 3.3.4: where the search for a local port starts. */
u32 itp_port_offset(const struct itp_tuple *t);
u32 itp_cookie_mask(const struct itp_tuple *t, u32 irs);
u32 itp_cookie_mac(const struct itp_tuple *t, u32 irs, u32 data);

/* trace.c's functions are called by the engine and declared in env/env.h. */

#endif /* _ITP_H */
