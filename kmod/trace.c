// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the engine reports, passed on: state changes to tracepoint and netlink,
 * everything else to its tracepoint. Decides nothing.
 */
#include "itp.h"
#define CREATE_TRACE_POINTS
#include "trace.h"

static void trace_state(u64 id, u8 from, u8 to, u8 cause)
{
	trace_itp_state(id, from << 8 | to, cause);
}

static void tuple_key(struct itp_key *key, u64 id, const struct itp_tuple *t,
		      int ifindex)
{
	key->id = id;
	key->family = t->v6 ? AF_INET6 : AF_INET;
	key->ifindex = ifindex;
	key->laddr = t->laddr;
	key->raddr = t->raddr;
	key->lport = htons(t->lport);
	key->rport = htons(t->rport);
}

/**
 * itp_report_conn - a connection changed its state
 * @c: the connection
 * @from: old state
 * @to: new state
 * @cause: enum itp_cause
 */
void itp_report_conn(const struct itp_conn *c, u8 from, u8 to, u8 cause)
{
	const struct itp_sock *isk = container_of(c, struct itp_sock, conn);
	const struct sock *sk = itp_to_sk(isk);
	struct itp_key key;

	trace_state(c->id, from, to, cause);
	itp_sock_key(sk, &key);
	itp_notify_state(sock_net(sk), &key, from, to, cause);
}

/**
 * itp_report_req - a half-open entry came or went
 * @r: the entry
 * @from: old state
 * @to: new state
 * @cause: enum itp_cause
 */
void itp_report_req(const struct itp_req *r, u8 from, u8 to, u8 cause)
{
	const struct itp_reqsk *rsk = container_of(r, struct itp_reqsk, req);
	struct itp_key key;

	trace_state(r->id, from, to, cause);
	tuple_key(&key, r->id, &rsk->t, rsk->sc.skc_bound_dev_if);
	itp_notify_state(rsk->t.net, &key, from, to, cause);
}

/**
 * itp_report_tw - a TIME-WAIT record came or went
 * @tw: the record
 * @from: old state
 * @to: new state
 * @cause: enum itp_cause
 */
void itp_report_tw(const struct itp_tw *tw, u8 from, u8 to, u8 cause)
{
	const struct itp_twsk *twsk = container_of(tw, struct itp_twsk, tw);
	struct itp_key key;

	trace_state(tw->id, from, to, cause);
	tuple_key(&key, tw->id, &twsk->t, twsk->sc.skc_bound_dev_if);
	itp_notify_state(twsk->t.net, &key, from, to, cause);
}

/**
 * itp_report_event - fire the tracepoint of a row of events.def
 * @id: of the connection
 * @ev: the row
 * @a: as the row says
 * @b: as the row says
 */
void itp_report_event(u64 id, enum itp_event ev, u64 a, u64 b)
{
	switch (ev) {
#define ITP_EVENT(name, low, x, y)					\
	case ITP_EVENT_##name:						\
		trace_itp_##low(id, a, b);				\
		break;
#include "engine/events.def"
	case ITP_EVENT_MAX:
		break;
	}
}
