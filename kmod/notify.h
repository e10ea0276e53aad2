/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifications over generic netlink: how they are numbered in a network
 * namespace. itp_notify_state() is declared in snapshot.h.
 */
#ifndef _ITP_NOTIFY_H
#define _ITP_NOTIFY_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct net;

/**
 * struct itp_notify_group - one multicast group in one namespace
 * @lock: keeps numbers in the order in which readers get them; a leaf
 * @seq: number of the last notification, those that were lost included
 * @missed: how many numbers were lost since the last that was sent
 * @lost: how many were lost in all
 */
struct itp_notify_group {
	spinlock_t lock;	/* seq, missed, lost, and sending */
	u64 seq;
	u64 missed;
	u64 lost;
};

/**
 * struct itp_notify_ns - the notifications of one namespace
 * @conn: state changes
 * @mgmt: changed tunables
 */
struct itp_notify_ns {
	struct itp_notify_group conn;
	struct itp_notify_group mgmt;
};

/* notify.c */
void itp_notify_net_init(struct net *net);
void itp_notify_tunable(struct net *net, unsigned int nr);

#endif /* _ITP_NOTIFY_H */
