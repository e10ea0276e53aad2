// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl monitor: notifications, one line each, and a line for every loss.
 *
 * Each group numbers its notifications. A gap is a loss: in the kernel, or
 * because this program was too slow for its buffer. The latter is also reported
 * by recv(), as ENOBUFS, but without a number; and if nothing follows there is
 * no gap to see. So after ENOBUFS, when all that was buffered is read, the
 * module is asked for the last number it gave.
 */
#include <errno.h>
#include <string.h>
#include "conn.h"
#include "names.h"

static const char help[] =
"Usage: itpctl monitor [conn | mgmt | all]\n"
"\n"
"Prints, until it is interrupted, a line for each change in the network\n"
"namespace:\n"
"  conn   state changes:    TIME #SEQ ID OLD > NEW CAUSE LOCAL PEER\n"
"  mgmt   changed tunables: TIME #SEQ tunable NAME VALUE ORIGIN\n"
"  all    both, which is what is printed if nothing is said\n"
"A loss is a line as well:  ---- N events lost (GROUP) ----\n"
"-s first says when it begins to listen and adds why each change happened;\n"
"-t adds the date; -j prints an object per line.\n";

/**
 * struct group - a group and how far we are in it
 * @name: as printed
 * @counter: what `stat` calls the last number given
 * @on: subscribed
 * @seq: number of the last notification, read or known to be lost
 */
struct group {
	const char *name;
	const char *counter;
	bool on;
	uint64_t seq;
};

enum { CONN, MGMT, GROUPS };

struct monitor {
	struct itp_nl events;
	struct itp_nl questions;
	struct group group[GROUPS];
	bool overrun;
};

static bool wanted(const struct conn *c)
{
	return opt.ipv4 == opt.ipv6 ||
	       c->family == (opt.ipv4 ? AF_INET : AF_INET6);
}

static void print_loss(const struct group *g, uint64_t count)
{
	struct itp_json j;

	if (opt.json) {
		itp_json_init(&j, stdout, false);
		itp_json_object(&j, NULL);
		itp_json_string(&j, "event", "lost");
		itp_json_string(&j, "group", g->name);
		itp_json_uint(&j, "count", count);
		itp_json_end(&j, '}');
	} else {
		printf("---- %llu events lost (%s) ----\n",
		       (unsigned long long)count, g->name);
	}
	fflush(stdout);
}

/* All up to @seq has happened, except that @seq itself may be at hand. */
static void count_gap(struct group *g, uint64_t seq, bool at_hand)
{
	uint64_t next = g->seq + 1;

	if (seq + !at_hand > next)
		print_loss(g, seq + !at_hand - next);
	if (seq > g->seq)
		g->seq = seq;
}

static void print_conn(const struct conn *c)
{
	char when[64], local[64], remote[64];
	struct itp_json j;

	clock_text(when, sizeof(when), c->time_ns);
	if (opt.json) {
		itp_json_init(&j, stdout, false);
		itp_json_object(&j, NULL);
		itp_json_string(&j, "event", "conn");
		itp_json_string(&j, "time", when);
		itp_json_uint(&j, "time_ns", c->time_ns);
		itp_json_uint(&j, "seq", c->seq);
		itp_json_uint(&j, "missed", c->missed);
		itp_json_uint(&j, "id", c->id);
		json_name(&j, "prev_state", itp_state_name(c->prev_state),
			  c->prev_state);
		json_name(&j, "state", itp_state_name(c->state), c->state);
		json_name(&j, "cause", itp_cause_name(c->cause), c->cause);
		conn_key_json(&j, c);
		itp_json_end(&j, '}');
		return;
	}
	printf("%s #%llu %llu %s > %s %s %s %s", when,
	       (unsigned long long)c->seq, (unsigned long long)c->id,
	       state_text(c->prev_state), state_text(c->state),
	       cause_text(c->cause),
	       address_text(local, sizeof(local), c->family, c->local,
			    c->lport),
	       address_text(remote, sizeof(remote), c->family, c->remote,
			    c->rport));
	if (opt.stats)
		printf("  (%s: %s)",
		       itp_transition_prose(c->prev_state, c->state, c->cause),
		       itp_transition_rfc(c->prev_state, c->state, c->cause));
	putchar('\n');
}

static void print_tunable(const struct nlattr **tb)
{
	uint64_t time_ns = itp_nl_uint(tb[ITP_A_TUNABLE_TIME_NS]);
	uint64_t seq = itp_nl_uint(tb[ITP_A_TUNABLE_SEQ]);
	struct itp_json j;
	char when[64];

	clock_text(when, sizeof(when), time_ns);
	if (opt.json) {
		itp_json_init(&j, stdout, false);
		itp_json_object(&j, NULL);
		itp_json_string(&j, "event", "tunable");
		itp_json_string(&j, "time", when);
		itp_json_uint(&j, "time_ns", time_ns);
		itp_json_uint(&j, "seq", seq);
		itp_json_uint(&j, "missed",
			      itp_nl_uint(tb[ITP_A_TUNABLE_MISSED]));
		tunable_json(&j, tb);
		itp_json_end(&j, '}');
		return;
	}
	printf("%s #%llu tunable %s %llu %s", when, (unsigned long long)seq,
	       itp_nl_string(tb[ITP_A_TUNABLE_NAME]),
	       (unsigned long long)itp_nl_uint(tb[ITP_A_TUNABLE_VALUE]),
	       tunable_origin(tb));
	if (opt.stats)
		printf("  (%s)", itp_nl_string(tb[ITP_A_TUNABLE_HELP]));
	putchar('\n');
}

static int on_event(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_TUNABLE_MAX + 1];
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct monitor *m = arg;
	struct conn c;

	if (nlh->nlmsg_type != m->events.family)
		return 0;
	switch (genl->cmd) {
	case ITP_CMD_CONN_CHANGE_NTF:
		conn_parse(&c, nlh);
		count_gap(&m->group[CONN], c.seq, true);
		if (wanted(&c))
			print_conn(&c);
		break;
	case ITP_CMD_TUNABLE_NTF:
		itp_nl_parse(nlh, tb, ITP_A_TUNABLE_MAX);
		count_gap(&m->group[MGMT], itp_nl_uint(tb[ITP_A_TUNABLE_SEQ]),
			  true);
		print_tunable(tb);
		break;
	}
	fflush(stdout);
	return ferror(stdout) ? -EPIPE : 0;
}

static int on_counter(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_STAT_MAX + 1];

	itp_nl_parse(nlh, tb, ITP_A_STAT_MAX);
	*(uint64_t *)arg = itp_nl_uint(tb[ITP_A_STAT_VALUE]);
	return 0;
}

/* The last number that each group has given. */
static int ask_numbers(struct monitor *m, uint64_t *seq)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int i, err = 0;

	for (i = 0; i < GROUPS && !err; i++) {
		nlh = itp_nl_request(&m->questions, buf, ITP_CMD_STATS_GET, 0);
		mnl_attr_put_strz(nlh, ITP_A_STAT_NAME, m->group[i].counter);
		err = itp_nl_talk(&m->questions, nlh, on_counter, &seq[i]);
	}
	return err;
}

static int drain(struct monitor *m)
{
	int err;

	do {
		err = itp_nl_listen(&m->events, false, on_event, m);
		if (err == -ENOBUFS)
			m->overrun = true;
	} while (!err || err == -ENOBUFS);
	return err == -EAGAIN ? 0 : err;
}

/* After an overrun: find out what is lost behind the last that was read. */
static int settle(struct monitor *m)
{
	uint64_t seq[GROUPS];
	int i, err;

	err = drain(m);
	if (!err)
		err = ask_numbers(m, seq);
	if (err)
		return err;
	m->overrun = false;
	/* What has a number up to these is in the buffer by now, or lost. */
	err = drain(m);
	for (i = 0; i < GROUPS && !err; i++) {
		if (m->group[i].on)
			count_gap(&m->group[i], seq[i], false);
	}
	return err;
}

static int start(struct monitor *m)
{
	uint64_t seq[GROUPS];
	int i, err = 0;

	if (m->group[CONN].on)
		err = itp_nl_subscribe(&m->events, m->events.conn);
	if (m->group[MGMT].on && !err)
		err = itp_nl_subscribe(&m->events, m->events.mgmt);
	if (err)
		return kernel_error(&m->events, err);
	err = ask_numbers(m, seq);
	if (err)
		return kernel_error(&m->questions, err);
	for (i = 0; i < GROUPS; i++)
		m->group[i].seq = seq[i];
	if (opt.stats && !opt.json) {
		printf("---- listening:%s%s ----\n",
		       m->group[CONN].on ? " conn" : "",
		       m->group[MGMT].on ? " mgmt" : "");
		fflush(stdout);
	}
	return 0;
}

static int watch(struct monitor *m)
{
	int err = start(m);

	if (err)
		return err;
	for (;;) {
		err = itp_nl_listen(&m->events, true, on_event, m);
		if (err == -ENOBUFS)
			m->overrun = true;
		else if (err)
			break;
		if (m->overrun)
			err = settle(m);
		if (err)
			break;
	}
	if (ferror(stdout))
		return EXIT_KERNEL;
	return kernel_error(&m->events, err);
}

int cmd_monitor(int argc, char **argv)
{
	static const struct word words[] = {
		{ "conn", NULL },
		{ "mgmt", NULL },
		{ "all", NULL },
		{ "help", NULL },
		{ NULL, NULL }
	};
	int which = argc ? word_find(words, argv[0], "group") : GROUPS;
	struct monitor m = {
		.group = {
			[CONN] = { .name = "conn", .counter = "ntf_conn" },
			[MGMT] = { .name = "mgmt", .counter = "ntf_mgmt" },
		},
	};
	int err;

	if (which < 0)
		return EXIT_USAGE;
	if (which == GROUPS + 1) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (argc > 1)
		return usage_error("monitor takes one group");
	m.group[CONN].on = which != MGMT;
	m.group[MGMT].on = which != CONN;
	err = open_nl(&m.events);
	if (err)
		return err;
	err = open_nl(&m.questions);
	if (!err) {
		err = watch(&m);
		itp_nl_close(&m.questions);
	}
	itp_nl_close(&m.events);
	return err;
}
