/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/itp.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_ITP_GEN_H
#define _LINUX_ITP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "../uapi/linux/itp_netlink.h"

/* Common nested types */
extern const struct nla_policy itp_filter_nl_policy[ITP_A_FILTER_UID + 1];
extern const struct nla_policy itp_override_nl_policy[ITP_A_OVERRIDE_ORIGIN + 1];

extern const struct nla_policy itp_module_get_nl_policy[ITP_A_MODULE_PROTOCOL + 1];

extern const struct nla_policy itp_conn_get_nl_policy[ITP_A_CONN_FILTER + 1];

extern const struct nla_policy itp_tunable_get_nl_policy[ITP_A_TUNABLE_NAME + 1];

extern const struct nla_policy itp_tunable_set_nl_policy[ITP_A_TUNABLE_VALUE + 1];

extern const struct nla_policy itp_tunable_reset_nl_policy[ITP_A_TUNABLE_NAME + 1];

extern const struct nla_policy itp_stats_get_nl_policy[ITP_A_STAT_NAME + 1];

extern const struct nla_policy itp_conn_set_nl_policy[ITP_A_CONN_OVERRIDE + 1];

/* Ops table for itp */
extern const struct genl_ops itp_nl_ops[7];

int itp_nl_module_get_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_conn_get_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int itp_nl_tunable_get_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_tunable_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int itp_nl_tunable_set_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_tunable_reset_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int itp_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int itp_nl_conn_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	ITP_NLGRP_CONN,
	ITP_NLGRP_MGMT,
};

#endif /* _LINUX_ITP_GEN_H */
