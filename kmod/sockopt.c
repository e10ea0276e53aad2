// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options of the protocol itself, at level SOL_ITP or the protocol
 * number in use and, for programs written for TCP, at level SOL_TCP: numbers,
 * ranges and errno are TCP's. Options of IPv4 and IPv6 go to the core.
 *
 * Not here: SOL_SOCKET (the core's; SO_KEEPALIVE comes back to sock.c). An
 * option of TCP that ITP has not is -ENOPROTOOPT, never silently accepted:
 *
 *	WINDOW_CLAMP	SO_RCVBUF bounds the window
 *	MD5SIG, MD5SIG_EXT, AO_*	no authentication options
 *	COOKIE_TRANSACTIONS	gone from Linux, too
 *	THIN_LINEAR_TIMEOUTS, THIN_DUPACK	tunables are the place for such
 *	REPAIR, REPAIR_QUEUE, REPAIR_OPTIONS, REPAIR_WINDOW, QUEUE_SEQ
 *			no checkpoint and restore
 *	FASTOPEN, FASTOPEN_CONNECT, FASTOPEN_KEY, FASTOPEN_NO_COOKIE
 *			text on a SYN is not acted on
 *	TIMESTAMP	the clock of the timestamp option cannot be set
 *	CC_INFO		Reno has nothing to tell that ITP_INFO does not
 *	SAVE_SYN, SAVED_SYN	half-open entries keep no packets: a flood of
 *			SYNs would fill memory
 *	ULP		TLS and others in the kernel take TCP's sockets only
 *	ZEROCOPY_RECEIVE	received pages are not mapped
 *	TX_DELAY	netem delays
 *	RTO_MAX_MS, RTO_MIN_US, DELACK_MAX_US	tunables of the same meaning
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "../uapi/linux/itp_netlink.h"
#include "itp.h"

#define ITP_MSS_LOWEST		88	/* ranges as TCP's */
#define ITP_MSS_HIGHEST		32767
#define ITP_KEEP_SECONDS	32767
#define ITP_COUNT_HIGHEST	127
#define ITP_LINGER2_HIGHEST	120
#define ITP_CC_NAME_MAX		16

/* First time-out of a SYN-ACK and its longest, s (RFC 6298). */
#define ITP_SYNACK_RTO		1
#define ITP_SYNACK_RTO_MAX	120

/* The only algorithm so far; its name as programs know it from TCP. */
static const char itp_cc_name[ITP_CC_NAME_MAX] = "reno";

static bool itp_own_level(int level)
{
	return level == SOL_ITP || level == SOL_TCP || level == itp_protocol;
}

/* Options that the engine acts upon at once */

static void itp_opt_push(struct sock *sk)
{
	struct itp_env env;

	itp_env_fill(sk, &env);
	itp_user_push(&itp_sk(sk)->conn, &env);
	itp_push(sk, &env);
}

static void itp_set_nodelay(struct sock *sk, int val)
{
	itp_sk(sk)->conn.nodelay = !!val;
	if (val)
		itp_opt_push(sk);
}

static void itp_set_cork(struct sock *sk, int val)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	bool was = c->cork;

	c->cork = !!val;
	if (was && !val)
		itp_opt_push(sk);
}

static void itp_set_quickack(struct sock *sk, int val)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct itp_env env;

	if (!val) {
		/* From now on delayed; the engine counts down to the same. */
		if (c->flow)
			c->flow->quick_acks = 0;
		return;
	}
	itp_env_fill(sk, &env);
	itp_user_quickack(c, &env);
	itp_push(sk, &env);
}

/**
 * itp_keepalive_tuned() - a running keep-alive timer follows new values
 * @sk: socket, locked
 */
void itp_keepalive_tuned(struct sock *sk)
{
	struct itp_env env;

	if (!sock_flag(sk, SOCK_KEEPOPEN) || sk->sk_state == TCP_CLOSE ||
	    sk->sk_state == TCP_LISTEN)
		return;
	itp_env_fill(sk, &env);
	itp_user_keepalive(&itp_sk(sk)->conn, &env);
	itp_push(sk, &env);
}

static int itp_set_keep(struct sock *sk, int optname, int val)
{
	struct itp_conn *c = &itp_sk(sk)->conn;

	if (val < 1 || val > (optname == ITP_KEEPCNT ? ITP_COUNT_HIGHEST
						     : ITP_KEEP_SECONDS))
		return -EINVAL;
	if (optname == ITP_KEEPIDLE)
		c->ka_idle = val;
	else if (optname == ITP_KEEPINTVL)
		c->ka_intvl = val;
	else
		c->ka_probes = val;
	itp_keepalive_tuned(sk);
	return 0;
}

/*
 * ITP_DEFER_ACCEPT is given in seconds and kept as time-outs of the SYN-ACK;
 * who reads it gets the time that these take, as with TCP.
 */
static u8 itp_seconds_to_timeouts(int seconds)
{
	int rto = ITP_SYNACK_RTO, period = rto;
	u8 n;

	if (seconds <= 0)
		return 0;
	for (n = 1; period < seconds && n < 255; n++) {
		rto = min(2 * rto, ITP_SYNACK_RTO_MAX);
		period += rto;
	}
	return n;
}

static int itp_timeouts_to_seconds(u8 n)
{
	int rto = ITP_SYNACK_RTO, period = 0;

	while (n--) {
		period += rto;
		rto = min(2 * rto, ITP_SYNACK_RTO_MAX);
	}
	return period;
}

/* The value of the row notsent_lowat for this socket, 0: none. */
static int itp_set_lowat(struct sock *sk, u32 val)
{
	char why[ITP_TUNABLE_WHY];

	return val ? itp_override_set(sk, ITP_TUN_notsent_lowat, val, false,
				      why) :
		     itp_override_drop(sk, ITP_TUN_notsent_lowat, why);
}

static u32 itp_get_lowat(const struct sock *sk)
{
	struct itp_own own;

	return itp_override_own(sk, ITP_TUN_notsent_lowat, &own) ? own.value : 0;
}

static int itp_set_int(struct sock *sk, int optname, int val)
{
	struct itp_sock *isk = itp_sk(sk);

	switch (optname) {
	case ITP_NODELAY:
		itp_set_nodelay(sk, val);
		return 0;
	case ITP_MAXSEG:
		if (val && (val < ITP_MSS_LOWEST || val > ITP_MSS_HIGHEST))
			return -EINVAL;
		isk->conn.mss_user = val;
		return 0;
	case ITP_CORK:
		itp_set_cork(sk, val);
		return 0;
	case ITP_KEEPIDLE:
	case ITP_KEEPINTVL:
	case ITP_KEEPCNT:
		return itp_set_keep(sk, optname, val);
	case ITP_SYNCNT:
		if (val < 1 || val > ITP_COUNT_HIGHEST)
			return -EINVAL;
		isk->conn.syn_retries = val;
		return 0;
	case ITP_LINGER2:
		isk->conn.linger2 = val < 0 ? -1 : min(val, ITP_LINGER2_HIGHEST);
		return 0;
	case ITP_DEFER_ACCEPT:
		WRITE_ONCE(isk->defer_accept, itp_seconds_to_timeouts(val));
		return 0;
	case ITP_QUICKACK:
		itp_set_quickack(sk, val);
		return 0;
	case ITP_INQ:
		if (val != !!val)
			return -EINVAL;
		isk->inq = val;
		return 0;
	case ITP_USER_TIMEOUT:
		if (val < 0)
			return -EINVAL;
		isk->conn.user_timeout_ms = val;
		return 0;
	case ITP_NOTSENT_LOWAT:
		return itp_set_lowat(sk, val);
	default:
		return -ENOPROTOOPT;
	}
}

static int itp_set_congestion(sockptr_t optval, unsigned int optlen)
{
	char name[ITP_CC_NAME_MAX];
	long len;

	if (optlen < 1)
		return -EINVAL;
	len = strncpy_from_sockptr(name, optval,
				   min_t(size_t, optlen, sizeof(name) - 1));
	if (len < 0)
		return -EFAULT;
	name[len] = 0;
	return strcmp(name, itp_cc_name) ? -ENOENT : 0;
}

/* The row that a program names, or an error. */
static int itp_opt_tunable(const struct itp_tunable_opt *opt)
{
	if (strnlen(opt->name, sizeof(opt->name)) == sizeof(opt->name))
		return -EINVAL;
	return itp_tunable_find(opt->name);
}

/*
 * The name alone gives the value back to the namespace. The first namespace is
 * not asked: what a row may do to others is in its scope and range.
 */
static int itp_set_tunable(struct sock *sk, sockptr_t optval,
			   unsigned int optlen)
{
	struct itp_tunable_opt opt = {};
	char why[ITP_TUNABLE_WHY];
	int nr, err;

	if (optlen != sizeof(opt.name) &&
	    optlen < offsetofend(struct itp_tunable_opt, value))
		return -EINVAL;
	if (copy_from_sockptr(&opt, optval,
			      min_t(size_t, optlen, sizeof(opt))))
		return -EFAULT;
	nr = itp_opt_tunable(&opt);
	if (nr < 0)
		return nr;
	lock_sock(sk);
	if (optlen == sizeof(opt.name))
		err = itp_override_drop(sk, nr, why);
	else
		err = itp_override_set(sk, nr, opt.value, false, why);
	release_sock(sk);
	return err;
}

/*
 * A stream socket has one peer: TCP refuses to join groups. The core lets any
 * other protocol do so.
 */
static bool itp_opt_group(int level, int optname)
{
	if (level == SOL_IP)
		return optname == IP_ADD_MEMBERSHIP ||
		       optname == IP_DROP_MEMBERSHIP;
	return level == SOL_IPV6 && (optname == IPV6_ADD_MEMBERSHIP ||
				     optname == IPV6_DROP_MEMBERSHIP);
}

/**
 * itp_setsockopt() - proto.setsockopt
 * @sk: socket
 * @level: SOL_ITP, SOL_TCP, SOL_IP or SOL_IPV6
 * @optname: ITP_* of uapi/linux/itp.h
 * @optval: the value
 * @optlen: its size
 *
 * Return: 0 or -errno as TCP's.
 */
int itp_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		   unsigned int optlen)
{
	int val, err;

	if (itp_opt_group(level, optname))
		return -EPROTO;
	if (!itp_own_level(level)) {
		if (sk->sk_family == AF_INET6 && level != SOL_IP)
			return ipv6_setsockopt(sk, level, optname, optval,
					       optlen);
		return ip_setsockopt(sk, level, optname, optval, optlen);
	}
	if (optname == ITP_CONGESTION)
		return itp_set_congestion(optval, optlen);
	if (optname == ITP_TUNABLE)
		return itp_set_tunable(sk, optval, optlen);
	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	err = itp_set_int(sk, optname, val);
	release_sock(sk);
	return err;
}

/* Reading */

static int itp_get_maxseg(const struct sock *sk)
{
	const struct itp_conn *c = &itp_sk(sk)->conn;

	if (c->mss_user && (sk->sk_state == TCP_CLOSE ||
			    sk->sk_state == TCP_LISTEN))
		return c->mss_user;
	return c->mss_snd;
}

static int itp_get_int(const struct sock *sk, int optname, int *val)
{
	const struct itp_tunables *tun = itp_sk_tun(sk);
	const struct itp_conn *c = &itp_sk(sk)->conn;

	switch (optname) {
	case ITP_NODELAY:
		*val = c->nodelay;
		return 0;
	case ITP_MAXSEG:
		*val = itp_get_maxseg(sk);
		return 0;
	case ITP_CORK:
		*val = c->cork;
		return 0;
	case ITP_KEEPIDLE:
		*val = c->ka_idle ? : itp_tun(tun, keepalive_time);
		return 0;
	case ITP_KEEPINTVL:
		*val = c->ka_intvl ? : itp_tun(tun, keepalive_intvl);
		return 0;
	case ITP_KEEPCNT:
		*val = c->ka_probes ? : itp_tun(tun, keepalive_probes);
		return 0;
	case ITP_SYNCNT:
		*val = c->syn_retries ? : itp_tun(tun, syn_retries);
		return 0;
	case ITP_LINGER2:
		*val = c->linger2 ? : itp_tun(tun, fin_timeout);
		return 0;
	case ITP_DEFER_ACCEPT:
		*val = itp_timeouts_to_seconds(itp_sk(sk)->defer_accept);
		return 0;
	case ITP_INQ:
		*val = itp_sk(sk)->inq;
		return 0;
	case ITP_IS_MPTCP:
		*val = 0;
		return 0;
	case ITP_QUICKACK:
		*val = !c->flow || c->flow->quick_acks;
		return 0;
	case ITP_USER_TIMEOUT:
		*val = c->user_timeout_ms ? : itp_tun(tun, user_timeout);
		return 0;
	case ITP_NOTSENT_LOWAT:
		*val = itp_get_lowat(sk);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* Store up to @len octets of @from and how many they were. */
static int itp_opt_store(char __user *optval, int __user *optlen, int len,
			 const void *from, size_t size)
{
	len = min_t(size_t, len, size);
	if (put_user(len, optlen) || copy_to_user(optval, from, len))
		return -EFAULT;
	return 0;
}

/* The caller says whose value in @optval. */
static int itp_get_tunable(struct sock *sk, char __user *optval,
			   int __user *optlen, int len)
{
	struct itp_tunable_opt opt = {};
	u8 origin;
	int nr;

	if (len < (int)offsetofend(struct itp_tunable_opt, value))
		return -EINVAL;
	if (copy_from_user(opt.name, optval, sizeof(opt.name)))
		return -EFAULT;
	nr = itp_opt_tunable(&opt);
	if (nr < 0)
		return nr;
	lock_sock(sk);
	opt.value = itp_override_get(sk, nr, &origin);
	release_sock(sk);
	opt.origin = origin;
	return itp_opt_store(optval, optlen, len, &opt, sizeof(opt));
}

/*
 * struct tcp_info is what struct itp_info begins with. Whoever has the
 * descriptor may know the sequence numbers.
 */
static int itp_get_info(struct sock *sk, int optname, char __user *optval,
			int __user *optlen, int len)
{
	struct itp_info info = {};

	lock_sock(sk);
	itp_sock_info(sk, &info);
	release_sock(sk);
	return itp_opt_store(optval, optlen, len, &info,
			     optname == ITP_INFO ? sizeof(info) :
			     offsetof(struct itp_info, id));
}

/**
 * itp_getsockopt() - proto.getsockopt
 * @sk: socket
 * @level: SOL_ITP, SOL_TCP, SOL_IP or SOL_IPV6
 * @optname: ITP_* of uapi/linux/itp.h
 * @optval: where to
 * @optlen: room there; becomes the size of the value
 *
 * Return: 0 or -errno as TCP's.
 */
int itp_getsockopt(struct sock *sk, int level, int optname,
		   char __user *optval, int __user *optlen)
{
	int len, val, err;

	if (!itp_own_level(level)) {
		if (sk->sk_family == AF_INET6 && level != SOL_IP)
			return ipv6_getsockopt(sk, level, optname, optval,
					       optlen);
		return ip_getsockopt(sk, level, optname, optval, optlen);
	}
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (optname == ITP_TCP_INFO || optname == ITP_INFO)
		return itp_get_info(sk, optname, optval, optlen, len);
	if (optname == ITP_TUNABLE)
		return itp_get_tunable(sk, optval, optlen, len);
	if (optname == ITP_CONGESTION)
		return itp_opt_store(optval, optlen, len, itp_cc_name,
				     sizeof(itp_cc_name));
	lock_sock(sk);
	err = itp_get_int(sk, optname, &val);
	release_sock(sk);
	return err ? : itp_opt_store(optval, optlen, len, &val, sizeof(val));
}
