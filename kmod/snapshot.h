/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tables show to the instruments: a key, a copy of one connection,
 * and a walk over all of a namespace. Neither side sees the other's structs,
 * but for struct sock_common, by which the kernel's own instruments read.
 * What is exported serves itp_diag.ko.
 */
#ifndef _ITP_SNAPSHOT_H
#define _ITP_SNAPSHOT_H

#include <linux/in6.h>
#include <linux/uidgid.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "../uapi/linux/itp.h"
#include "unmacro.h"
#include "engine/tables.h"

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
 * struct itp_own - the value of a tunable that a socket has of its own
 * @nr: enum itp_tunable
 * @origin: enum itp_tunable_origin
 * @value: the value
 */
struct itp_own {
	u8 nr;
	u8 origin;
	u32 value;
};

/**
 * struct itp_snap - a copy of one record, taken under its lock
 * @key: who it is
 * @uid: owner of the socket; INVALID_UID when there is no socket
 * @inode: of the socket, 0 when no program holds it
 * @mark: SO_MARK
 * @sc: the record itself, which has a reference while it is shown, no longer
 * @full: @sc is a struct sock, neither half-open entry nor TIME-WAIT record
 * @info: everything else; sequence numbers present, the reader redacts
 * @owns: entries of @own
 * @own: what the socket has of its own
 */
struct itp_snap {
	struct itp_key key;
	kuid_t uid;
	u64 inode;
	u32 mark;
	struct sock_common *sc;
	bool full;
	struct itp_info info;
	unsigned int owns;
	struct itp_own own[ITP_TUN_MAX];
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

/* snap.c: the record with this id, with a reference, or NULL. May sleep. */
struct sock_common *itp_common_find(struct net *net, u64 id);

/* snap.c: the record with this id; 0, or -ENOENT. May sleep. */
int itp_find(struct net *net, u64 id, struct itp_snap *snap);

/*
 * snap.c: call @show for the record that takes segments for @key's addresses,
 * ports and device: a connection, else a listener. Its id does not matter.
 * @show's result, -ENOENT or -ENOMEM. May sleep, no lock held while @show runs.
 */
int itp_show_one(struct net *net, const struct itp_key *key,
		 int (*show)(const struct itp_snap *snap, void *arg),
		 void *arg);

/* main.c: the IP protocol number in use */
extern unsigned int itp_protocol;

/* sock.c: end @sc of a record that is being shown; 0, or -ENOENT: too late. */
int itp_abort(struct sock_common *sc);

/*
 * notify.c: tell group `conn` about a state change. Any context. Costs a
 * flag and a look at the group's list of listeners when nobody listens.
 */
void itp_notify_state(struct net *net, const struct itp_key *key, u8 from,
		      u8 to, u8 cause);

#endif /* _ITP_SNAPSHOT_H */
