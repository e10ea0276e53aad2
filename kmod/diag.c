// SPDX-License-Identifier: GPL-2.0-only
/*
 * itp_diag.ko: ITP's connections for those who ask by sock_diag(7), as `ss`
 * does for TCP: dump, exact look-up, SOCK_DESTROY. A module of its own, as
 * tcp_diag is, because inet_diag may be one: itp.ko loads without it.
 *
 * A reader is shown what he is shown of TCP: INET_DIAG_INFO ends where struct
 * tcp_info does, before ITP's sequence numbers.
 *
 * Not here: the filter (diag_filter.c); tables and copies (snap.c).
 */
#include <linux/module.h>
#include <linux/sock_diag.h>
#include <uapi/linux/tcp.h>
#include <net/ipv6.h>
#include "compat.h"
#include "diag.h"
#include "unmacro.h"
#include "engine/tables.h"

/* As far as struct tcp_info goes. */
#define DIAG_INFO_SIZE	offsetof(struct itp_info, id)
static_assert(sizeof(struct tcp_info) <= DIAG_INFO_SIZE);

/* inet_diag_msg.idiag_timer, which has no names */
enum {
	DIAG_TIMER_NONE,
	DIAG_TIMER_RETRANS,
	DIAG_TIMER_KEEPALIVE,
	DIAG_TIMER_TIME_WAIT,
	DIAG_TIMER_PROBE,
};

/* By itp_info.timer; those left out are shown as none, as TCP's are. */
static const u8 diag_timers[256] = {
	[ITP_TIMER_RTO + 1] = DIAG_TIMER_RETRANS,
	[ITP_TIMER_PERSIST + 1] = DIAG_TIMER_PROBE,
	[ITP_TIMER_KEEPALIVE + 1] = DIAG_TIMER_KEEPALIVE,
	[ITP_TIMER_FIN_WAIT2 + 1] = DIAG_TIMER_KEEPALIVE,
	[254] = DIAG_TIMER_RETRANS,
	[255] = DIAG_TIMER_TIME_WAIT,
};

/**
 * struct diag_dump - one call of a dump, or a look-up
 * @msg: what is being filled
 * @cb: the request and who asks
 * @req: the same, its fixed part
 * @bytecode: the program that filters, or NULL
 * @flags: of each message
 * @admin: may see marks
 */
struct diag_dump {
	struct sk_buff *msg;
	struct netlink_callback *cb;
	const struct inet_diag_req_v2 *req;
	const struct nlattr *bytecode;
	u16 flags;
	bool admin;
};

static void fill_addr(__be32 *to, const struct in6_addr *addr, u16 family)
{
	memset(to, 0, sizeof(*addr));
	if (family == AF_INET)
		to[0] = addr->s6_addr32[3];
	else
		memcpy(to, addr, sizeof(*addr));
}

static void fill_msg(struct inet_diag_msg *r, const struct itp_snap *snap)
{
	const struct itp_info *info = &snap->info;
	const struct itp_key *key = &snap->key;

	memset(r, 0, sizeof(*r));
	r->idiag_family = key->family;
	r->idiag_state = info->state;
	r->id.idiag_sport = key->lport;
	r->id.idiag_dport = key->rport;
	fill_addr(r->id.idiag_src, &key->laddr, key->family);
	fill_addr(r->id.idiag_dst, &key->raddr, key->family);
	r->id.idiag_if = key->ifindex;
	/* The number is in struct sock_common: SO_COOKIE of the socket. */
	sock_diag_save_cookie((struct sock *)snap->sc, r->id.idiag_cookie);
	r->idiag_timer = diag_timers[info->timer];
	if (r->idiag_timer) {
		r->idiag_expires = div_u64(info->timer_us, USEC_PER_MSEC);
		r->idiag_retrans = r->idiag_timer == DIAG_TIMER_RETRANS ?
				   info->retransmits : info->probes;
	}
	if (!snap->full)
		return;
	r->idiag_rqueue = info->rqueue;
	r->idiag_wqueue = info->wqueue;
}

static bool wants(const struct diag_dump *dump, int ext)
{
	return dump->req->idiag_ext & (1 << (ext - 1));
}

static int put_meminfo(struct sk_buff *msg, const struct sock *sk)
{
	struct inet_diag_meminfo m = {
		.idiag_rmem = sk_rmem_alloc_get(sk),
		.idiag_wmem = READ_ONCE(sk->sk_wmem_queued),
		.idiag_fmem = READ_ONCE(sk->sk_forward_alloc),
		.idiag_tmem = sk_wmem_alloc_get(sk),
	};

	return nla_put(msg, INET_DIAG_MEMINFO, sizeof(m), &m);
}

static int put_info(struct sk_buff *msg, const struct itp_snap *snap)
{
	struct nlattr *attr = nla_reserve_64bit(msg, INET_DIAG_INFO,
						DIAG_INFO_SIZE, INET_DIAG_PAD);

	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), &snap->info, DIAG_INFO_SIZE);
	return 0;
}

/* Attributes of what is a socket; as TCP's, read without its lock. */
static int put_sock(const struct diag_dump *dump, const struct itp_snap *snap,
		    struct inet_diag_msg *r)
{
	struct sock *sk = (struct sock *)snap->sc;
	struct sk_buff *msg = dump->msg;

	if (inet_diag_msg_attrs_fill(sk, msg, r, dump->req->idiag_ext,
				     sk_user_ns(NETLINK_CB(dump->cb->skb).sk),
				     dump->admin) ||
	    (wants(dump, INET_DIAG_MEMINFO) && put_meminfo(msg, sk)) ||
	    (wants(dump, INET_DIAG_SKMEMINFO) &&
	     sock_diag_put_meminfo(sk, msg, INET_DIAG_SKMEMINFO)) ||
	    (wants(dump, INET_DIAG_INFO) && put_info(msg, snap)) ||
	    (wants(dump, INET_DIAG_CONG) &&
	     nla_put_string(msg, INET_DIAG_CONG, "reno")))
		return -EMSGSIZE;
	return 0;
}

static int put_record(const struct itp_snap *snap, const struct diag_dump *dump)
{
	const struct netlink_callback *cb = dump->cb;
	struct inet_diag_msg *r;
	struct nlmsghdr *nlh;
	int err;

	nlh = nlmsg_put(dump->msg, NETLINK_CB(cb->skb).portid,
			cb->nlh->nlmsg_seq, cb->nlh->nlmsg_type, sizeof(*r),
			dump->flags);
	if (!nlh)
		return -EMSGSIZE;
	r = nlmsg_data(nlh);
	fill_msg(r, snap);
	if (snap->full)
		err = put_sock(dump, snap, r);
	else
		err = dump->admin ?
		      nla_put_u32(dump->msg, INET_DIAG_MARK, snap->mark) : 0;
	if (err) {
		nlmsg_cancel(dump->msg, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(dump->msg, nlh);
	return 0;
}

/* ---- dump ---- */

static int dump_show(const struct itp_snap *snap, void *arg)
{
	const struct diag_dump *dump = arg;

	if (!itp_diag_match(snap, dump->req, dump->bytecode))
		return 0;
	return put_record(snap, dump);
}

static void diag_dump(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct inet_diag_req_v2 *req)
{
	const struct inet_diag_dump_data *data = cb->data;
	struct diag_dump dump = {
		.msg = skb,
		.cb = cb,
		.req = req,
		.bytecode = data->inet_diag_nla_bc,
		.flags = NLM_F_MULTI,
		.admin = netlink_net_capable(cb->skb, CAP_NET_ADMIN),
	};

	BUILD_BUG_ON(sizeof(struct itp_cursor) > sizeof(cb->ctx));
	itp_walk(sock_net(skb->sk), (struct itp_cursor *)cb->ctx, dump_show,
		 &dump);
}

/* ---- one record ---- */

static int key_of(const struct inet_diag_req_v2 *req, struct itp_key *key)
{
	memset(key, 0, sizeof(*key));
	key->lport = req->id.idiag_sport;
	key->rport = req->id.idiag_dport;
	key->ifindex = req->id.idiag_if;
	switch (req->sdiag_family) {
	case AF_INET:
		ipv6_addr_set_v4mapped(req->id.idiag_src[0], &key->laddr);
		ipv6_addr_set_v4mapped(req->id.idiag_dst[0], &key->raddr);
		break;
	case AF_INET6:
		memcpy(&key->laddr, req->id.idiag_src, sizeof(key->laddr));
		memcpy(&key->raddr, req->id.idiag_dst, sizeof(key->raddr));
		break;
	default:
		return -EINVAL;
	}
	key->family = ipv6_addr_v4mapped(&key->laddr) &&
		      ipv6_addr_v4mapped(&key->raddr) ? AF_INET : AF_INET6;
	return 0;
}

/* The record that the request names may have given way to another. */
static bool cookie_ok(const struct itp_snap *snap,
		      const struct inet_diag_req_v2 *req)
{
	return !sock_diag_check_cookie((struct sock *)snap->sc,
				       req->id.idiag_cookie);
}

static int one_show(const struct itp_snap *snap, void *arg)
{
	const struct diag_dump *dump = arg;

	return cookie_ok(snap, dump->req) ? put_record(snap, dump) : -ENOENT;
}

static int diag_dump_one(struct netlink_callback *cb,
			 const struct inet_diag_req_v2 *req)
{
	struct net *net = sock_net(cb->skb->sk);
	struct diag_dump dump = {
		.cb = cb,
		.req = req,
		.admin = netlink_net_capable(cb->skb, CAP_NET_ADMIN),
	};
	struct itp_key key;
	int err;

	err = key_of(req, &key);
	if (err)
		return err;
	dump.msg = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!dump.msg)
		return -ENOMEM;
	err = itp_show_one(net, &key, one_show, &dump);
	if (err) {
		nlmsg_free(dump.msg);
		return err;
	}
	return nlmsg_unicast(net->diag_nlsk, dump.msg,
			     NETLINK_CB(cb->skb).portid);
}

#ifdef CONFIG_INET_DIAG_DESTROY
static int destroy_show(const struct itp_snap *snap, void *arg)
{
	const struct inet_diag_req_v2 *req = arg;

	return cookie_ok(snap, req) ? itp_abort(snap->sc) : -ENOENT;
}

static int diag_destroy(struct sk_buff *in_skb,
			const struct inet_diag_req_v2 *req)
{
	struct itp_key key;
	int err;

	if (!netlink_net_capable(in_skb, CAP_NET_ADMIN))
		return -EPERM;
	err = key_of(req, &key);
	return err ?: itp_show_one(sock_net(in_skb->sk), &key, destroy_show,
				   (void *)req);
}
#endif

/*
 * For those who listen for the end of sockets: the kernel has no group for
 * protocols other than TCP and UDP, so this is not called. It would be for a
 * socket that nothing else knows any more.
 */
static void diag_get_info(struct sock *sk, struct inet_diag_msg *r, void *info)
{
	if (info)
		memset(info, 0, DIAG_INFO_SIZE);
}

static struct inet_diag_handler diag_handler = {
	ITP_DIAG_OWNER
	.dump = diag_dump,
	.dump_one = diag_dump_one,
	.idiag_get_info = diag_get_info,
#ifdef CONFIG_INET_DIAG_DESTROY
	.destroy = diag_destroy,
#endif
	.idiag_info_size = DIAG_INFO_SIZE,
};

static int __init itp_diag_init(void)
{
	diag_handler.idiag_type = itp_protocol;
	return inet_diag_register(&diag_handler);
}

static void __exit itp_diag_exit(void)
{
	inet_diag_unregister(&diag_handler);
}

module_init(itp_diag_init);
module_exit(itp_diag_exit);
MODULE_DESCRIPTION("ITP connections by sock_diag");
MODULE_AUTHOR("ITP developers");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
