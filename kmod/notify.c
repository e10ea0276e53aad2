// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications over generic netlink. Each takes a number of its group and
 * namespace, also when it cannot be sent, so that a reader sees a gap and never
 * a silent loss. What is changed, and when, is up to the callers.
 *
 * CONTEXT: itp_notify_state() is called with a socket or a bucket locked and
 * bottom halves off; nothing here sleeps. The group's lock is taken below
 * those; netlink's own locks are taken below it.
 */
#include <linux/ktime.h>
#include "netlink.h"
#include "net.h"

/* A state change: all attributes of conn-change-ntf, the longer addresses. */
#define ITP_STATE_NTF_SIZE \
	(NLMSG_ALIGN(GENL_HDRLEN) + ITP_NL_KEY_SIZE + \
	 3 * nla_total_size(sizeof(u32)) + \
	 3 * nla_total_size_64bit(sizeof(u64)))

/*
 * Put the number into @skb and send it. @skb NULL: it could not be built; the
 * number is lost.
 */
static void notify_send(struct net *net, struct itp_notify_group *grp,
			unsigned int nlgrp, struct sk_buff *skb, void *hdr,
			const struct itp_nl_ntf_attrs *at)
{
	spin_lock_bh(&grp->lock);
	grp->seq++;
	if (skb &&
	    (nla_put_u64_64bit(skb, at->seq, grp->seq, at->pad) ||
	     nla_put_u64_64bit(skb, at->missed, grp->missed, at->pad) ||
	     nla_put_u64_64bit(skb, at->time_ns, ktime_get_boottime_ns(),
			       at->pad))) {
		nlmsg_free(skb);
		skb = NULL;
	}
	if (skb) {
		genlmsg_end(skb, hdr);
		/*
		 * An error says that nobody listens in this namespace, or that
		 * a reader's buffer is full; that reader sees the gap.
		 */
		genlmsg_multicast_netns(&itp_nl_family, net, skb, 0, nlgrp,
					GFP_ATOMIC);
		grp->missed = 0;
	} else {
		grp->missed++;
		grp->lost++;
		itp_count(net, events_lost);
	}
	spin_unlock_bh(&grp->lock);
}

/**
 * itp_notify_state - tell group `conn` about a state change
 * @net: namespace of the connection
 * @key: who it is
 * @from: state it left
 * @to: state it is in now
 * @cause: enum itp_cause
 */
void itp_notify_state(struct net *net, const struct itp_key *key, u8 from,
		      u8 to, u8 cause)
{
	static const struct itp_nl_ntf_attrs at = {
		.seq = ITP_A_CONN_SEQ,
		.missed = ITP_A_CONN_MISSED,
		.time_ns = ITP_A_CONN_TIME_NS,
		.pad = ITP_A_CONN_PAD,
	};
	struct sk_buff *skb;
	void *hdr = NULL;

	if (!itp_nl_listening(net, ITP_NLGRP_CONN))
		return;

	skb = genlmsg_new(ITP_STATE_NTF_SIZE, GFP_ATOMIC);
	if (skb) {
		hdr = genlmsg_put(skb, 0, 0, &itp_nl_family, 0,
				  ITP_CMD_CONN_CHANGE_NTF);
		if (!hdr || itp_nl_put_key(skb, key) ||
		    nla_put_u32(skb, ITP_A_CONN_STATE, to) ||
		    nla_put_u32(skb, ITP_A_CONN_PREV_STATE, from) ||
		    nla_put_u32(skb, ITP_A_CONN_CAUSE, cause)) {
			nlmsg_free(skb);
			skb = NULL;
		}
	}
	notify_send(net, &itp_net(net)->notify.conn, ITP_NLGRP_CONN, skb, hdr,
		    &at);
}

/**
 * itp_notify_tunable - tell group `mgmt` that a tunable was set or reset
 * @net: namespace
 * @nr: enum itp_tunable
 */
void itp_notify_tunable(struct net *net, unsigned int nr)
{
	static const struct itp_nl_ntf_attrs at = {
		.seq = ITP_A_TUNABLE_SEQ,
		.missed = ITP_A_TUNABLE_MISSED,
		.time_ns = ITP_A_TUNABLE_TIME_NS,
		.pad = ITP_A_TUNABLE_PAD,
	};
	struct sk_buff *skb;
	void *hdr = NULL;

	if (!itp_nl_listening(net, ITP_NLGRP_MGMT))
		return;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (skb) {
		hdr = genlmsg_put(skb, 0, 0, &itp_nl_family, 0,
				  ITP_CMD_TUNABLE_NTF);
		if (!hdr || itp_nl_put_tunable(skb, net, nr)) {
			nlmsg_free(skb);
			skb = NULL;
		}
	}
	notify_send(net, &itp_net(net)->notify.mgmt, ITP_NLGRP_MGMT, skb, hdr,
		    &at);
}

/**
 * itp_notify_net_init - start numbering in a namespace
 * @net: the namespace; its struct itp_net is zeroed
 */
void itp_notify_net_init(struct net *net)
{
	struct itp_notify_ns *ns = &itp_net(net)->notify;

	spin_lock_init(&ns->conn.lock);
	spin_lock_init(&ns->mgmt.lock);
}
