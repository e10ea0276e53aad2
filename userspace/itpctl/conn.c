// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl conn: show connections. What they have of their own, and setting it,
 * is own.c's.
 */
#define _GNU_SOURCE
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include "conn.h"
#include "names.h"

static const char help[] =
"Usage: itpctl conn [show] [FILTER]...\n"
"       itpctl conn set id ID TUNABLE VALUE | default\n"
"\n"
"Shows connections, half-open entries, TIME-WAIT records and listeners; set\n"
"gives one connection or listener a value of its own (tunables of scope conn),\n"
"which -s shows, or takes it back. Connections inherit it from their listener.\n"
"\n"
"FILTER   state STATE[,STATE]...    these states; may be repeated\n"
"         exclude STATE[,STATE]...  all but these\n"
"         src ADDRESS[/LENGTH]      local address\n"
"         dst ADDRESS[/LENGTH]      remote address\n"
"         sport PORT                local port\n"
"         dport PORT                remote port\n"
"         uid USER                  owner of the socket\n"
"         id ID                     this connection\n"
"\n"
"STATE    a state as RFC 9293 or ss writes it, in small letters or capitals,\n"
"         with '-', '_' or nothing between its parts, or so much of its\n"
"         beginning that it stays unique:\n"
"         established syn-sent syn-received fin-wait-1 fin-wait-2 time-wait\n"
"         closed close-wait last-ack listen closing\n"
"         all            every state\n"
"         connected      all but listen and closed\n"
"         synchronized   connected but syn-sent\n"
"         bucket         syn-received and time-wait\n"
"         big            connected but bucket\n"
"\n"
"Columns: RECV-Q octets that the program has not read (listener: connections\n"
"to accept); SEND-Q octets not acknowledged (listener: limit of RECV-Q);\n"
"TIMER the earliest timer and the time until then. -s adds lines on history,\n"
"round-trip time, windows and losses, -s -s every value. With -j everything is\n"
"shown. Sequence numbers are shown to the owner of a socket and CAP_NET_ADMIN.\n";

struct list {
	struct itp_json *json;
	struct table *table;
};

static const char *user_text(uint32_t uid)
{
	const struct passwd *pw = opt.numeric ? NULL : getpwuid(uid);

	return name_of(pw ? pw->pw_name : NULL, uid);
}

/* Where it comes from and who has it. */
static void note_history(FILE *out, const struct conn *c)
{
	char age[32], state_age[32];

	fprintf(out, "        %s  age %s  in state %s",
		name_of(role_text(c->role), c->role),
		duration_text(age, sizeof(age), c->age_us),
		duration_text(state_age, sizeof(state_age), c->state_age_us));
	if (c->has & HAS_PREV_STATE)
		fprintf(out, "  from %s by %s", state_text(c->prev_state),
			cause_text(c->cause));
	if (c->has & HAS_UID)
		fprintf(out, "  uid %s", user_text(c->uid));
	if (c->has & HAS_INODE)
		fprintf(out, "  ino %u", c->inode);
	if (c->mark)
		fprintf(out, "  mark %#x", c->mark);
	putc('\n', out);
}

static void note_path(FILE *out, const struct conn *c)
{
	char rtt[32], var[32], rto[32], cwnd[32], ssthresh[32] = "-";
	const uint64_t *v = c->value;

	if (v[ROW_PERF_CUR_SSTHRESH] != UINT32_MAX)
		octets_text(ssthresh, sizeof(ssthresh),
			    v[ROW_PERF_CUR_SSTHRESH]);
	fprintf(out,
		"        rtt %s/%s  rto %s  mss %llu  cwnd %s  ssthresh %s  pmtu %llu\n",
		duration_text(rtt, sizeof(rtt), v[ROW_PERF_SMOOTHED_RTT_US]),
		duration_text(var, sizeof(var), v[ROW_PATH_RTT_VAR_US]),
		duration_text(rto, sizeof(rto), v[ROW_PERF_CUR_RTO_US]),
		(unsigned long long)v[ROW_PERF_CUR_MSS],
		octets_text(cwnd, sizeof(cwnd), v[ROW_PERF_CUR_CWND]), ssthresh,
		(unsigned long long)v[ROW_PATH_PMTU]);
}

static void note_traffic(FILE *out, const struct conn *c)
{
	const uint64_t *v = c->value;
	char a[5][32];

	fprintf(out,
		"        flight %s  snd-wnd %s  rcv-wnd %s  acked %s  received %s\n",
		octets_text(a[0], sizeof(a[0]), v[ROW_PERF_PIPE_SIZE]),
		octets_text(a[1], sizeof(a[1]), v[ROW_PERF_CUR_RWIN_RCVD]),
		octets_text(a[2], sizeof(a[2]), v[ROW_PERF_CUR_RWIN_SENT]),
		octets_text(a[3], sizeof(a[3]), v[ROW_APP_THRU_OCTETS_ACKED]),
		octets_text(a[4], sizeof(a[4]),
			    v[ROW_APP_THRU_OCTETS_RECEIVED]));
	fprintf(out,
		"        segs out %llu in %llu  retrans %llu (rto %llu fast %llu syn %llu)  dup-acks %llu  probes %llu\n",
		(unsigned long long)v[ROW_PERF_SEGS_OUT],
		(unsigned long long)v[ROW_PERF_SEGS_IN],
		(unsigned long long)v[ROW_PERF_SEGS_RETRANS],
		(unsigned long long)v[ROW_STACK_RETRANS_RTO],
		(unsigned long long)v[ROW_STACK_RETRANS_FAST],
		(unsigned long long)v[ROW_STACK_RETRANS_SYN],
		(unsigned long long)v[ROW_STACK_DUP_ACKS_IN],
		(unsigned long long)v[ROW_STACK_PROBES_OUT]);
}

static void note_all(FILE *out, const struct conn *c)
{
	char set[16] = "", name[48];
	const char *nest = NULL;
	unsigned int r;

	for (r = 0; r < ROW_MAX; r++) {
		if (info_nest(r) != nest) {
			nest = info_nest(r);
			for (size_t i = 0; i <= strlen(nest); i++)
				set[i] = (char)(nest[i] | (nest[i] ? 0x20 : 0));
		}
		if (c->given[r])
			fprintf(out, "        %s %s %llu\n", set,
				info_key(r, name, sizeof(name)),
				(unsigned long long)c->value[r]);
	}
}

/* Not a listener, half-open entry or TIME-WAIT record: they move no data. */
static bool has_flow(const struct conn *c)
{
	switch (c->state) {
	case ITP_NL_STATE_LISTEN:
	case ITP_NL_STATE_TIME_WAIT:
		return false;
	case ITP_NL_STATE_SYN_RECV:
		return c->has & HAS_UID;
	default:
		return true;
	}
}

static void add_notes(struct table *t, const struct conn *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	note_history(out, c);
	own_notes(out, c);
	if (has_flow(c)) {
		note_path(out, c);
		note_traffic(out, c);
	}
	if (opt.stats > 1)
		note_all(out, c);
	fclose(out);
	table_notes(t, text);
	free(text);
}

static void add_row(struct table *t, const struct conn *c)
{
	char id[24], recvq[24], sendq[24], local[64], remote[64];
	char timer[64] = "-", left[32];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)c->id);
	snprintf(recvq, sizeof(recvq), "%llu",
		 (unsigned long long)c->value[ROW_APP_CUR_APP_RQUEUE]);
	snprintf(sendq, sizeof(sendq), "%llu",
		 (unsigned long long)c->value[ROW_APP_CUR_SND_QUEUE]);
	if (c->timer != ITP_NL_TIMER_NONE)
		snprintf(timer, sizeof(timer), "%s %s",
			 name_of(timer_text(c->timer), c->timer),
			 duration_text(left, sizeof(left),
				       c->value[ROW_TIMER_EXPIRES_US]));
	table_row(t, (const char *[]){
		id, state_text(c->state), recvq, sendq,
		address_text(local, sizeof(local), c->family, c->local,
			     c->lport),
		address_text(remote, sizeof(remote), c->family, c->remote,
			     c->rport),
		timer });
	if (opt.stats)
		add_notes(t, c);
}

static int show_one(const struct nlmsghdr *nlh, void *arg)
{
	struct list *list = arg;
	struct conn c;

	conn_parse(&c, nlh);
	if (opt.json)
		conn_json(list->json, &c);
	else
		add_row(list->table, &c);
	return 0;
}

static int show(int argc, char **argv)
{
	static const char * const header[] = {
		"ID", "STATE", "RECV-Q", "SEND-Q", "LOCAL:PORT", "PEER:PORT",
		"TIMER"
	};
	char buf[ITP_NL_REQUEST_SIZE];
	struct table table = { .columns = 7 };
	struct nlmsghdr *nlh;
	struct filter filter;
	struct itp_json json;
	struct itp_nl nl;
	int err;

	err = filter_parse(&filter, argc, argv);
	if (!err)
		err = open_nl(&nl);
	if (err)
		return err;
	nlh = itp_nl_request(&nl, buf, ITP_CMD_CONN_GET,
			     filter.id ? 0 : NLM_F_DUMP);
	if (filter.id)
		mnl_attr_put_u64(nlh, ITP_A_CONN_ID, filter.id);
	else
		filter_put(&filter, nlh);
	itp_json_init(&json, stdout, opt.pretty);
	if (opt.json)
		itp_json_array(&json, NULL);
	else
		table_row(&table, header);
	err = itp_nl_talk(&nl, nlh, show_one, &(struct list){ &json, &table });
	if (opt.json)
		itp_json_end(&json, ']');
	else if (!err || table.rows > 1)
		table_print(&table, "l.rr...");
	if (err)
		err = kernel_error(&nl, err);
	itp_nl_close(&nl);
	return err;
}

int cmd_conn(int argc, char **argv)
{
	static const struct word verbs[] = {
		{ "show", show },
		{ "list", show },
		{ "set", conn_set },
		{ "help", NULL },
		{ NULL, NULL }
	};
	int verb = argc ? word_find(verbs, argv[0], "command") : 0;

	if (verb < 0)
		return EXIT_USAGE;
	if (verbs[verb].run)
		return verbs[verb].run(argc - (argc > 0), argv + (argc > 0));
	fputs(help, stdout);
	return EXIT_OK;
}
