// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family `itp`: registration, and the commands about the
 * module, tunables and counters. Connections are in netlink_conn.c,
 * notifications in notify.c.
 *
 * Everybody may read. Commands that change something carry GENL_UNS_ADMIN_PERM:
 * CAP_NET_ADMIN in the user namespace that owns the network namespace. Each
 * error of ours comes with a text.
 */
#include <linux/module.h>
#include <linux/utsname.h>
#include <net/sock.h>
#include "itp.h"
#include "net.h"
#include "netlink.h"
#include "engine/names.h"

bool itp_nl_up;

static const struct genl_multicast_group itp_nl_mcgrps[] = {
	[ITP_NLGRP_CONN] = { .name = ITP_MCGRP_CONN },
	[ITP_NLGRP_MGMT] = { .name = ITP_MCGRP_MGMT },
};

struct genl_family itp_nl_family __ro_after_init = {
	.name		= ITP_FAMILY_NAME,
	.version	= ITP_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= itp_nl_ops,
	.n_ops		= ARRAY_SIZE(itp_nl_ops),
	.resv_start_op	= ITP_CMD_MODULE_GET,
	.mcgrps		= itp_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(itp_nl_mcgrps),
};

/**
 * itp_nl_refuse - refuse a request with a text that names things
 * @skb: the request
 * @info: the request
 * @err: negative errno
 * @fmt: the text
 *
 * Linux 6.1 keeps only a pointer to the text, and reads it after the handler
 * has returned. So the answer goes out here, and the caller is told to send
 * none.
 *
 * Return: what the handler has to return.
 */
int itp_nl_refuse(struct sk_buff *skb, struct genl_info *info, int err,
		  const char *fmt, ...)
{
	struct netlink_ext_ack extack = {};
	char text[160];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	extack._msg = text;
	netlink_ack(skb, (struct nlmsghdr *)info->nlhdr, err, &extack);
	return -EINTR;
}

/**
 * itp_nl_reply_new - begin the answer to a request
 * @info: the request
 * @hdr: gets what genlmsg_end() wants
 *
 * Return: a message, or NULL.
 */
struct sk_buff *itp_nl_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &itp_nl_family, 0,
				 info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* Send the answer that itp_nl_reply_new() began, unless building it failed. */
static int nl_reply_send(struct sk_buff *msg, struct genl_info *info, void *hdr,
			 int err)
{
	if (err) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the answer does not fit a message");
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int nl_no_memory(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "no memory for the answer");
	return -ENOMEM;
}

/* One row of a table, for commands with a do by name and a dump. */
typedef int (*nl_put_row_t)(struct sk_buff *msg, struct net *net,
			    unsigned int nr);

static int nl_reply_row(struct genl_info *info, nl_put_row_t put,
			unsigned int nr)
{
	struct sk_buff *msg;
	void *hdr;

	msg = itp_nl_reply_new(info, &hdr);
	if (!msg)
		return nl_no_memory(info);
	return nl_reply_send(msg, info, hdr,
			     put(msg, genl_info_net(info), nr));
}

static int nl_dump_rows(struct sk_buff *msg, struct netlink_callback *cb,
			nl_put_row_t put, u8 cmd, unsigned int rows)
{
	struct net *net = sock_net(msg->sk);
	unsigned long *nr = (unsigned long *)cb->ctx;
	void *hdr;

	for (; *nr < rows; ++*nr) {
		hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &itp_nl_family,
				  NLM_F_MULTI, cmd);
		if (!hdr)
			break;
		if (put(msg, net, *nr)) {
			genlmsg_cancel(msg, hdr);
			break;
		}
		genlmsg_end(msg, hdr);
	}
	if (*nr < rows && !msg->len)
		return -EMSGSIZE;
	return msg->len;
}

/* ---- module ---- */

static int nl_put_module(struct sk_buff *msg)
{
	return nla_put_u32(msg, ITP_A_MODULE_PROTOCOL, itp_protocol) ||
	       nla_put_string(msg, ITP_A_MODULE_VERSION, THIS_MODULE->version ?: "") ||
	       nla_put_string(msg, ITP_A_MODULE_KERNEL,
			      init_utsname()->release) ||
	       nla_put_u32(msg, ITP_A_MODULE_INFO_SIZE,
			   sizeof(struct itp_info)) ||
	       nla_put_u32(msg, ITP_A_MODULE_TUNABLES, ITP_TUN_MAX) ||
	       nla_put_u32(msg, ITP_A_MODULE_COUNTERS, ITP_CNT_MAX) ||
	       nla_put_u32(msg, ITP_A_MODULE_HZ, HZ) ? -EMSGSIZE : 0;
}

int itp_nl_module_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *wanted = info->attrs[ITP_A_MODULE_PROTOCOL];
	struct sk_buff *msg;
	void *hdr;

	if (wanted && nla_get_u32(wanted) != itp_protocol)
		return itp_nl_refuse(skb, info, -EPROTONOSUPPORT,
				     "the module has protocol number %u",
				     itp_protocol);
	msg = itp_nl_reply_new(info, &hdr);
	if (!msg)
		return nl_no_memory(info);
	return nl_reply_send(msg, info, hdr, nl_put_module(msg));
}

/* ---- tunables ---- */

/**
 * itp_nl_put_tunable - describe a tunable
 * @skb: message
 * @net: namespace
 * @nr: enum itp_tunable
 *
 * Return: 0 or -EMSGSIZE.
 */
int itp_nl_put_tunable(struct sk_buff *skb, struct net *net, unsigned int nr)
{
	const struct itp_tunable_desc *d = &itp_tunable_descs[nr];

	return nla_put_string(skb, ITP_A_TUNABLE_NAME, d->name) ||
	       nla_put_u64_64bit(skb, ITP_A_TUNABLE_VALUE,
				 itp_tunable_get(net, nr), ITP_A_TUNABLE_PAD) ||
	       nla_put_u32(skb, ITP_A_TUNABLE_TYPE, d->type) ||
	       nla_put_string(skb, ITP_A_TUNABLE_UNIT,
			      d->names ? "" : d->unit) ||
	       nla_put_u64_64bit(skb, ITP_A_TUNABLE_DEFAULT, d->def,
				 ITP_A_TUNABLE_PAD) ||
	       nla_put_u64_64bit(skb, ITP_A_TUNABLE_MIN_VALUE, d->min,
				 ITP_A_TUNABLE_PAD) ||
	       nla_put_u64_64bit(skb, ITP_A_TUNABLE_MAX_VALUE, d->max,
				 ITP_A_TUNABLE_PAD) ||
	       nla_put_u32(skb, ITP_A_TUNABLE_SCOPE, d->scope) ||
	       nla_put_u32(skb, ITP_A_TUNABLE_EFFECT, d->effect) ||
	       nla_put_u32(skb, ITP_A_TUNABLE_ORIGIN,
			   itp_tunable_origin(net, nr)) ||
	       nla_put_string(skb, ITP_A_TUNABLE_HELP, d->help) ||
	       (d->names && nla_put_string(skb, ITP_A_TUNABLE_NAMES,
					   d->names)) ? -EMSGSIZE : 0;
}

/* The tunable that a request names. Negative: what the handler returns. */
static int nl_tunable_named(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[ITP_A_TUNABLE_NAME];
	int nr;

	if (!name)
		return itp_nl_refuse(skb, info, -EINVAL,
				     "the name of a tunable is missing");
	nr = itp_tunable_find(nla_data(name));
	if (nr < 0)
		return itp_nl_refuse(skb, info, nr, "no tunable is called %s",
				     (char *)nla_data(name));
	return nr;
}

int itp_nl_tunable_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	int nr = nl_tunable_named(skb, info);

	return nr < 0 ? nr : nl_reply_row(info, itp_nl_put_tunable, nr);
}

int itp_nl_tunable_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump_rows(skb, cb, itp_nl_put_tunable, ITP_CMD_TUNABLE_GET,
			    ITP_TUN_MAX);
}

int itp_nl_tunable_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *value = info->attrs[ITP_A_TUNABLE_VALUE];
	char why[ITP_TUNABLE_WHY];
	int nr, err;

	nr = nl_tunable_named(skb, info);
	if (nr < 0)
		return nr;
	if (!value)
		return itp_nl_refuse(skb, info, -EINVAL,
				     "%s: the value is missing",
				     itp_tunable_descs[nr].name);
	err = itp_tunable_set(genl_info_net(info), nr, nla_get_u64(value), why);
	if (err)
		return itp_nl_refuse(skb, info, err, "%s", why);
	return nl_reply_row(info, itp_nl_put_tunable, nr);
}

int itp_nl_tunable_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	char why[ITP_TUNABLE_WHY];
	int nr, err;

	if (!info->attrs[ITP_A_TUNABLE_NAME]) {
		itp_tunable_reset_all(genl_info_net(info));
		return 0;
	}
	nr = nl_tunable_named(skb, info);
	if (nr < 0)
		return nr;
	err = itp_tunable_reset(genl_info_net(info), nr, why);
	if (err)
		return itp_nl_refuse(skb, info, err, "%s", why);
	return nl_reply_row(info, itp_nl_put_tunable, nr);
}

/* ---- counters ---- */

/* Counters of notify.c, behind those of counters.def and reasons.def. */
enum {
	ITP_STAT_NTF_CONN = ITP_CNT_MAX,
	ITP_STAT_NTF_CONN_LOST,
	ITP_STAT_NTF_MGMT,
	ITP_STAT_NTF_MGMT_LOST,
	ITP_STAT_MAX
};

static const struct {
	const char *name;
	const char *help;
} ntf_stats[] = {
	[ITP_STAT_NTF_CONN - ITP_CNT_MAX] = {
		"ntf_conn", "notifications of state changes, lost ones included"
	},
	[ITP_STAT_NTF_CONN_LOST - ITP_CNT_MAX] = {
		"ntf_conn_lost", "of these, those that could not be built"
	},
	[ITP_STAT_NTF_MGMT - ITP_CNT_MAX] = {
		"ntf_mgmt", "notifications of changed tunables, lost ones included"
	},
	[ITP_STAT_NTF_MGMT_LOST - ITP_CNT_MAX] = {
		"ntf_mgmt_lost", "of these, those that could not be built"
	},
};

static_assert(ARRAY_SIZE(ntf_stats) == ITP_STAT_MAX - ITP_CNT_MAX);

static const char *stat_name(unsigned int nr)
{
	if (nr < ITP_CNT_MAX)
		return itp_counter_name(nr);
	return ntf_stats[nr - ITP_CNT_MAX].name;
}

static const char *stat_help(unsigned int nr)
{
	if (nr < ITP_CNT_MAX)
		return itp_counter_help(nr);
	return ntf_stats[nr - ITP_CNT_MAX].help;
}

/*
 * Under the group's lock, so that what has a number up to the one returned has
 * reached the buffers of all readers.
 */
static u64 ntf_read(struct itp_notify_group *grp, bool lost)
{
	u64 value;

	spin_lock_bh(&grp->lock);
	value = lost ? grp->lost : grp->seq;
	spin_unlock_bh(&grp->lock);
	return value;
}

static u64 stat_read(struct net *net, unsigned int nr)
{
	struct itp_notify_ns *ntf = &itp_net(net)->notify;

	switch (nr) {
	case ITP_STAT_NTF_CONN:
		return ntf_read(&ntf->conn, false);
	case ITP_STAT_NTF_CONN_LOST:
		return ntf_read(&ntf->conn, true);
	case ITP_STAT_NTF_MGMT:
		return ntf_read(&ntf->mgmt, false);
	case ITP_STAT_NTF_MGMT_LOST:
		return ntf_read(&ntf->mgmt, true);
	default:
		return itp_counter_read(net, nr);
	}
}

static int nl_put_stat(struct sk_buff *msg, struct net *net, unsigned int nr)
{
	return nla_put_string(msg, ITP_A_STAT_NAME, stat_name(nr)) ||
	       nla_put_u64_64bit(msg, ITP_A_STAT_VALUE, stat_read(net, nr),
				 ITP_A_STAT_PAD) ||
	       nla_put_string(msg, ITP_A_STAT_HELP, stat_help(nr)) ?
	       -EMSGSIZE : 0;
}

int itp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[ITP_A_STAT_NAME];
	unsigned int nr;

	if (!name)
		return itp_nl_refuse(skb, info, -EINVAL,
				     "the name of a counter is missing");
	for (nr = 0; nr < ITP_STAT_MAX; nr++) {
		if (!strcmp(stat_name(nr), nla_data(name)))
			return nl_reply_row(info, nl_put_stat, nr);
	}
	return itp_nl_refuse(skb, info, -ENOENT, "no counter is called %s",
			     (char *)nla_data(name));
}

int itp_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump_rows(skb, cb, nl_put_stat, ITP_CMD_STATS_GET,
			    ITP_STAT_MAX);
}

/**
 * itp_netlink_init - register the family
 *
 * Namespaces are set up already: commands may come at once.
 *
 * Return: 0 or a negative errno.
 */
int itp_netlink_init(void)
{
	int err = genl_register_family(&itp_nl_family);

	if (!err)
		WRITE_ONCE(itp_nl_up, true);
	return err;
}

/**
 * itp_netlink_exit - unregister the family; notifications are dropped from now
 */
void itp_netlink_exit(void)
{
	WRITE_ONCE(itp_nl_up, false);
	genl_unregister_family(&itp_nl_family);
}
