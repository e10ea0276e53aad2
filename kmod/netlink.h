/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family `itp` inside the module: what netlink.c,
 * netlink_conn.c and notify.c share. Policies and the table of commands are
 * generated from uapi/itp.yaml into netlink_gen.c.
 */
#ifndef _ITP_NETLINK_H
#define _ITP_NETLINK_H

#include <net/genetlink.h>
#include "netlink_gen.h"
#include "snapshot.h"

/* Room for the set `key` as a nest, with the longer addresses. */
#define ITP_NL_KEY_SIZE \
	(nla_total_size(0) + nla_total_size_64bit(sizeof(u64)) + \
	 2 * nla_total_size(sizeof(u32)) + \
	 2 * nla_total_size(sizeof(struct in6_addr)) + \
	 2 * nla_total_size(sizeof(__be16)))

/**
 * struct itp_nl_ntf_attrs - what a set calls the attributes of a notification
 * @seq: its number
 * @missed: numbers lost before it
 * @time_ns: when
 * @pad: for alignment
 */
struct itp_nl_ntf_attrs {
	u16 seq;
	u16 missed;
	u16 time_ns;
	u16 pad;
};

extern struct genl_family itp_nl_family;
extern bool itp_nl_up;

/* Does anybody in the host listen to this group? Any context. */
static inline bool itp_nl_listening(struct net *net, unsigned int nlgrp)
{
	return READ_ONCE(itp_nl_up) &&
	       genl_has_listeners(&itp_nl_family, net, nlgrp) > 0;
}

/* netlink.c */
int itp_netlink_init(void);
void itp_netlink_exit(void);
int itp_nl_put_tunable(struct sk_buff *skb, struct net *net, unsigned int nr);
int itp_nl_refuse(struct sk_buff *skb, struct genl_info *info, int err,
		  const char *fmt, ...) __printf(4, 5);
struct sk_buff *itp_nl_reply_new(struct genl_info *info, void **hdr);

/* netlink_conn.c */
int itp_nl_put_key(struct sk_buff *skb, const struct itp_key *key);

#endif /* _ITP_NETLINK_H */
