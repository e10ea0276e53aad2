// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/itp.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include "../uapi/linux/itp_netlink.h"

/* Common nested types */
const struct nla_policy itp_filter_nl_policy[ITP_A_FILTER_UID + 1] = {
	[ITP_A_FILTER_STATES] = { .type = NLA_U32, },
	[ITP_A_FILTER_FAMILY] = { .type = NLA_U32, },
	[ITP_A_FILTER_LOCAL_IPV4] = { .type = NLA_U32, },
	[ITP_A_FILTER_REMOTE_IPV4] = { .type = NLA_U32, },
	[ITP_A_FILTER_LOCAL_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[ITP_A_FILTER_REMOTE_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[ITP_A_FILTER_LOCAL_PREFIX_LEN] = { .type = NLA_U32, },
	[ITP_A_FILTER_REMOTE_PREFIX_LEN] = { .type = NLA_U32, },
	[ITP_A_FILTER_LOCAL_PORT] = { .type = NLA_U16, },
	[ITP_A_FILTER_REMOTE_PORT] = { .type = NLA_U16, },
	[ITP_A_FILTER_UID] = { .type = NLA_U32, },
};

const struct nla_policy itp_override_nl_policy[ITP_A_OVERRIDE_ORIGIN + 1] = {
	[ITP_A_OVERRIDE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[ITP_A_OVERRIDE_VALUE] = { .type = NLA_U64, },
	[ITP_A_OVERRIDE_ORIGIN] = NLA_POLICY_RANGE(NLA_U32, 1, 5),
};

/* ITP_CMD_MODULE_GET - do */
const struct nla_policy itp_module_get_nl_policy[ITP_A_MODULE_PROTOCOL + 1] = {
	[ITP_A_MODULE_PROTOCOL] = { .type = NLA_U32, },
};

/* ITP_CMD_CONN_GET - do */
const struct nla_policy itp_conn_get_nl_policy[ITP_A_CONN_FILTER + 1] = {
	[ITP_A_CONN_ID] = { .type = NLA_U64, },
	[ITP_A_CONN_FILTER] = NLA_POLICY_NESTED(itp_filter_nl_policy),
};

/* ITP_CMD_TUNABLE_GET - do */
const struct nla_policy itp_tunable_get_nl_policy[ITP_A_TUNABLE_NAME + 1] = {
	[ITP_A_TUNABLE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* ITP_CMD_TUNABLE_SET - do */
const struct nla_policy itp_tunable_set_nl_policy[ITP_A_TUNABLE_VALUE + 1] = {
	[ITP_A_TUNABLE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[ITP_A_TUNABLE_VALUE] = { .type = NLA_U64, },
};

/* ITP_CMD_TUNABLE_RESET - do */
const struct nla_policy itp_tunable_reset_nl_policy[ITP_A_TUNABLE_NAME + 1] = {
	[ITP_A_TUNABLE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* ITP_CMD_STATS_GET - do */
const struct nla_policy itp_stats_get_nl_policy[ITP_A_STAT_NAME + 1] = {
	[ITP_A_STAT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* ITP_CMD_CONN_SET - do */
const struct nla_policy itp_conn_set_nl_policy[ITP_A_CONN_OVERRIDE + 1] = {
	[ITP_A_CONN_ID] = { .type = NLA_U64, },
	[ITP_A_CONN_OVERRIDE] = NLA_POLICY_NESTED(itp_override_nl_policy),
};

/* Ops table for itp */
const struct genl_ops itp_nl_ops[7] = {
	{
		.cmd		= ITP_CMD_MODULE_GET,
		.doit		= itp_nl_module_get_doit,
		.policy		= itp_module_get_nl_policy,
		.maxattr	= ITP_A_MODULE_PROTOCOL,
	},
	{
		.cmd		= ITP_CMD_CONN_GET,
		.doit		= itp_nl_conn_get_doit,
		.dumpit		= itp_nl_conn_get_dumpit,
		.policy		= itp_conn_get_nl_policy,
		.maxattr	= ITP_A_CONN_FILTER,
	},
	{
		.cmd		= ITP_CMD_TUNABLE_GET,
		.doit		= itp_nl_tunable_get_doit,
		.dumpit		= itp_nl_tunable_get_dumpit,
		.policy		= itp_tunable_get_nl_policy,
		.maxattr	= ITP_A_TUNABLE_NAME,
	},
	{
		.cmd		= ITP_CMD_TUNABLE_SET,
		.doit		= itp_nl_tunable_set_doit,
		.policy		= itp_tunable_set_nl_policy,
		.maxattr	= ITP_A_TUNABLE_VALUE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= ITP_CMD_TUNABLE_RESET,
		.doit		= itp_nl_tunable_reset_doit,
		.policy		= itp_tunable_reset_nl_policy,
		.maxattr	= ITP_A_TUNABLE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= ITP_CMD_STATS_GET,
		.doit		= itp_nl_stats_get_doit,
		.dumpit		= itp_nl_stats_get_dumpit,
		.policy		= itp_stats_get_nl_policy,
		.maxattr	= ITP_A_STAT_NAME,
	},
	{
		.cmd		= ITP_CMD_CONN_SET,
		.doit		= itp_nl_conn_set_doit,
		.policy		= itp_conn_set_nl_policy,
		.maxattr	= ITP_A_CONN_OVERRIDE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
