/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tables show to the instruments: a key, a copy of one connection,
 * and a walk over all of a namespace. Neither side sees the other's structs.
 */
#ifndef _ITP_SNAPSHOT_H
#define _ITP_SNAPSHOT_H

#include <linux/in6.h>
#include <linux/uidgid.h>
#include <net/net_namespace.h>
#include "../uapi/linux/itp.h"

/**
 * struct itp_key - who a connection, half-open entry, TIME-WAIT record or
 *		    listener is
 * @id: its number, kept from half-open entry to TIME-WAIT
 * @family: AF_INET or AF_INET6
 * @ifindex: device it is bound to, 0 none
 * @laddr: local address; IPv4 in s6_addr32[3] as a mapped address
 * @raddr: remote address; :: for a listener
 * @lport: local port
 * @rport: remote port, 0 for a listener
 */
struct itp_key {
	u64 id;
	u16 family;
	int ifindex;
	struct in6_addr laddr;
	struct in6_addr raddr;
	__be16 lport;
	__be16 rport;
};

/**
 * struct itp_snap - a copy of one record, taken under its lock
 * @key: who it is
 * @uid: owner of the socket; INVALID_UID when there is no socket
 * @inode: of the socket, 0 when no program holds it
 * @mark: SO_MARK
 * @info: everything else; sequence numbers present, the reader redacts
 */
struct itp_snap {
	struct itp_key key;
	kuid_t uid;
	u64 inode;
	u32 mark;
	struct itp_info info;
};

/**
 * struct itp_cursor - where a dump goes on: a bucket and the id seen last in it
 * @stage: 0 listeners, 1 connections, 2 done
 * @bucket: bucket of the table of that stage
 * @last_id: records of this bucket with an id up to this one were shown
 */
struct itp_cursor {
	u32 stage;
	u32 bucket;
	u64 last_id;
};

/*
 * table.c: call @show for records of @net from the cursor on, in the order of
 * (bucket, id), each exactly once if it lives throughout. May sleep, takes
 * no lock while @show runs. Stops when @show returns non-zero; the cursor then
 * points before that record, and the value is returned. 0: nothing is left.
 */
int itp_walk(struct net *net, struct itp_cursor *cur,
	     int (*show)(const struct itp_snap *snap, void *arg), void *arg);

/* table.c: the record with this id; 0, or -ENOENT. May sleep. */
int itp_find(struct net *net, u64 id, struct itp_snap *snap);

/*
 * notify.c: tell group `conn` about a state change. Any context. Costs a
 * flag and a look at the group's list of listeners when nobody listens.
 */
void itp_notify_state(struct net *net, const struct itp_key *key, u8 from,
		      u8 to, u8 cause);

#endif /* _ITP_SNAPSHOT_H */
