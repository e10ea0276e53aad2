// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a dump asks for: states, family and ports in the request, and the
 * program ("bytecode") behind it, which `ss` makes from its filter expression.
 *
 * inet_diag's own runner takes a struct sock and reads half-open entries and
 * TIME-WAIT records as TCP's, which ours are not. This one takes a copy. The
 * core has audited the program before; here each step checks its bounds again,
 * so that nothing rests on that.
 */
#include <linux/cgroup.h>
#include <linux/inetdevice.h>
#include <net/ipv6.h>
#include "diag.h"

/**
 * struct diag_entry - what programs look at
 * @snap: the record
 * @saddr: local address, as long as the family of the record says
 * @daddr: remote address
 * @sport: local port
 * @dport: remote port
 * @autobound: the program did not choose the port
 */
struct diag_entry {
	const struct itp_snap *snap;
	const __be32 *saddr;
	const __be32 *daddr;
	u16 sport;
	u16 dport;
	bool autobound;
};

/* One address against a condition; the condition's address is @room long. */
static bool addr_match(const struct inet_diag_hostcond *cond, u32 room,
		       u16 family, const __be32 *addr)
{
	const struct in6_addr *in6 = (const struct in6_addr *)addr;

	if (cond->family == AF_UNSPEC)
		return !cond->prefix_len;
	if (cond->family == AF_INET6)
		return family == AF_INET6 && room >= sizeof(*in6) &&
		       cond->prefix_len <= 128 &&
		       ipv6_prefix_equal(in6,
					 (const struct in6_addr *)cond->addr,
					 cond->prefix_len);
	if (cond->family != AF_INET || room < sizeof(*addr) ||
	    cond->prefix_len > 32)
		return false;
	if (family == AF_INET6) {
		if (!ipv6_addr_v4mapped(in6))
			return false;
		addr += 3;
	}
	return !((*addr ^ cond->addr[0]) & inet_make_mask(cond->prefix_len));
}

static bool host_match(const void *arg, u32 room, u16 family,
		       const __be32 *addr, u16 port)
{
	const struct inet_diag_hostcond *cond = arg;

	return room >= sizeof(*cond) &&
	       (cond->port == -1 || cond->port == port) &&
	       addr_match(cond, room - sizeof(*cond), family, addr);
}

static bool mark_match(const void *arg, u32 room, u32 mark)
{
	const struct inet_diag_markcond *cond = arg;

	return room >= sizeof(*cond) && (mark & cond->mask) == cond->mark;
}

static bool cgroup_match(const void *arg, u32 room, const struct itp_snap *snap)
{
	u64 id = 0, wanted;

	if (room < sizeof(wanted))
		return false;
	memcpy(&wanted, arg, sizeof(wanted));
#ifdef CONFIG_SOCK_CGROUP_DATA
	if (snap->full)
		id = cgroup_id(sock_cgroup_ptr(&((struct sock *)snap->sc)->
					       sk_cgrp_data));
#endif
	return wanted == id;
}

static bool port_match(u8 code, u16 port, const void *arg, u32 room)
{
	const struct inet_diag_bc_op *op = arg;

	if (room < sizeof(*op))
		return false;
	switch (code) {
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_D_GE:
		return port >= op->no;
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_LE:
		return port <= op->no;
	default:
		return port == op->no;
	}
}

/* One instruction; its argument of at most @room octets is at @arg. */
static bool op_match(u8 code, const void *arg, u32 room,
		     const struct diag_entry *e)
{
	const struct itp_snap *snap = e->snap;
	u16 family = snap->key.family;

	switch (code) {
	case INET_DIAG_BC_NOP:
		return true;
	case INET_DIAG_BC_S_EQ:
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
		return port_match(code, e->sport, arg, room);
	case INET_DIAG_BC_D_EQ:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
		return port_match(code, e->dport, arg, room);
	case INET_DIAG_BC_AUTO:
		return e->autobound;
	case INET_DIAG_BC_S_COND:
		return host_match(arg, room, family, e->saddr, e->sport);
	case INET_DIAG_BC_D_COND:
		return host_match(arg, room, family, e->daddr, e->dport);
	case INET_DIAG_BC_DEV_COND:
		return room >= sizeof(u32) &&
		       *(const u32 *)arg == snap->key.ifindex;
	case INET_DIAG_BC_MARK_COND:
		return mark_match(arg, room, snap->mark);
	case INET_DIAG_BC_CGROUP_COND:
		return cgroup_match(arg, room, snap);
	default:	/* INET_DIAG_BC_JMP among them */
		return false;
	}
}

/* Each instruction jumps forward, so this ends; ending elsewhere is a no. */
static bool program_match(const struct nlattr *bytecode,
			  const struct diag_entry *e)
{
	const u8 *program = nla_data(bytecode);
	u32 len = nla_len(bytecode), at = 0, step;
	const struct inet_diag_bc_op *op;

	while (at < len) {
		if (len - at < sizeof(*op))
			return false;
		op = (const struct inet_diag_bc_op *)(program + at);
		step = op_match(op->code, op + 1, len - at - sizeof(*op), e) ?
		       op->yes : op->no;
		if (step < sizeof(*op) || step % sizeof(*op))
			return false;
		at += step;
	}
	return at == len;
}

/* In SYN-RECEIVED both a half-open entry and a socket can be. */
static u32 state_bits(const struct itp_snap *snap)
{
	u32 bits = BIT(snap->info.state);

	if (!snap->full && snap->info.state == TCP_SYN_RECV)
		bits |= BIT(TCP_NEW_SYN_RECV);
	return bits;
}

/**
 * itp_diag_match - is this record wanted?
 * @snap: the record
 * @req: the dump's request
 * @bytecode: the program behind it, or NULL
 *
 * Return: true if it is.
 */
bool itp_diag_match(const struct itp_snap *snap,
		    const struct inet_diag_req_v2 *req,
		    const struct nlattr *bytecode)
{
	const struct itp_key *key = &snap->key;
	struct diag_entry e = {
		.snap = snap,
		.saddr = key->laddr.s6_addr32,
		.daddr = key->raddr.s6_addr32,
		.sport = ntohs(key->lport),
		.dport = ntohs(key->rport),
		.autobound = true,
	};

	if (!(req->idiag_states & state_bits(snap)) ||
	    (req->sdiag_family != AF_UNSPEC &&
	     req->sdiag_family != key->family) ||
	    (req->id.idiag_sport && req->id.idiag_sport != key->lport) ||
	    (req->id.idiag_dport && req->id.idiag_dport != key->rport))
		return false;
	if (!bytecode)
		return true;
	if (key->family == AF_INET) {
		e.saddr += 3;
		e.daddr += 3;
	}
	if (snap->full)
		e.autobound = !(((struct sock *)snap->sc)->sk_userlocks &
				SOCK_BINDPORT_LOCK);
	return program_match(bytecode, &e);
}
