/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection as itpctl holds it, and a filter as the command line gives it.
 */
#ifndef ITPCTL_CONN_H
#define ITPCTL_CONN_H

#include "itpctl.h"

/* Each row of netlink_info.def. */
enum info_row {
#define ITP_INFO_U32(set, attr, member)	ROW_##set##_##attr,
#define ITP_INFO_U64(set, attr, member)	ROW_##set##_##attr,
#define ITP_INFO_SEQ(set, attr, member)	ROW_##set##_##attr,
#include "netlink_info.def"
	ROW_MAX
};

/* Members that may be missing. */
#define HAS_PREV_STATE	0x01
#define HAS_UID		0x02
#define HAS_INODE	0x04

/**
 * struct own - the value of a tunable that a connection has of its own
 * @name: of the tunable
 * @value: the value
 * @origin: enum itp_tunable_origin
 */
struct own {
	char name[32];
	uint64_t value;
	uint32_t origin;
};

#define OWN_MAX 255

/**
 * struct conn - one message about a connection
 * @has: HAS_*
 * @id: number of the connection
 * @family: AF_INET or AF_INET6
 * @local: local address, in network order
 * @remote: remote address, in network order
 * @lport: local port
 * @rport: remote port
 * @ifindex: device, 0 none
 * @state: enum itp_nl_state, or a number that we do not know
 * @prev_state: the one before
 * @cause: enum itp_nl_cause
 * @role: enum itp_nl_role
 * @timer: enum itp_nl_timer
 * @uid: owner
 * @inode: of the socket
 * @mark: SO_MARK
 * @age_us: age of the record
 * @state_age_us: age of the state
 * @seq: of a notification
 * @missed: of a notification
 * @time_ns: of a notification, CLOCK_BOOTTIME
 * @given: rows of @value that the module sent
 * @value: rows of netlink_info.def
 */
struct conn {
	unsigned int has;
	uint64_t id;
	int family;
	uint8_t local[16];
	uint8_t remote[16];
	unsigned int lport;
	unsigned int rport;
	unsigned int ifindex;
	uint32_t state;
	uint32_t prev_state;
	uint32_t cause;
	uint32_t role;
	uint32_t timer;
	uint32_t uid;
	uint32_t inode;
	uint32_t mark;
	uint64_t age_us;
	uint64_t state_age_us;
	uint64_t seq;
	uint64_t missed;
	uint64_t time_ns;
	bool given[ROW_MAX];
	uint64_t value[ROW_MAX];
	unsigned int owns;
	struct own own[OWN_MAX];
};

/* conn_parse.c */
void conn_parse(struct conn *c, const struct nlmsghdr *nlh);
void conn_key_json(struct itp_json *j, const struct conn *c);
void conn_json(struct itp_json *j, const struct conn *c);
const char *timer_text(uint32_t timer);
const char *role_text(uint32_t role);
const char *info_nest(enum info_row row);
char *info_key(enum info_row row, char *buf, size_t size);

/* own.c: values of tunables that a connection has of its own */
void own_parse(struct conn *c, const struct nlmsghdr *nlh);
void own_json(struct itp_json *j, const struct conn *c);
void own_notes(FILE *out, const struct conn *c);
int conn_set(int argc, char **argv);

/**
 * struct filter - which connections
 * @id: only this one; 0 not given
 * @states: bit per state; 0 all
 * @laddr: local address, @lfamily 0 not given
 * @raddr: remote address, @rfamily 0 not given
 * @lfamily: AF_INET or AF_INET6
 * @rfamily: AF_INET or AF_INET6
 * @llen: leading bits of @laddr that count
 * @rlen: leading bits of @raddr that count
 * @lport: local port, -1 not given
 * @rport: remote port, -1 not given
 * @uid: owner, -1 not given
 */
struct filter {
	uint64_t id;
	uint32_t states;
	uint8_t laddr[16];
	uint8_t raddr[16];
	int lfamily;
	int rfamily;
	unsigned int llen;
	unsigned int rlen;
	int lport;
	int rport;
	int64_t uid;
};

/* filter.c */
bool states_parse(const char *text, uint32_t *states);
int filter_parse(struct filter *f, int argc, char **argv);
void filter_put(const struct filter *f, struct nlmsghdr *nlh);

#endif
