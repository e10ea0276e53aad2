// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the tools' parts that need no module: the JSON writer, filters,
 * messages in and out, names, the way quantities are printed. TAP on stdout.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../itpctl/conn.h"
#include "names.h"

static unsigned int count, failures;

static void ok(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, what);
	failures += !good;
}

static void same(const char *got, const char *want, const char *what)
{
	ok(!strcmp(got, want), what);
	if (strcmp(got, want))
		printf("# got  %s\n# want %s\n", got, want);
}

/* ---- JSON ---- */

static char *text;
static size_t text_size;

static struct itp_json json_begin(bool pretty)
{
	struct itp_json j;

	free(text);
	text = NULL;
	itp_json_init(&j, open_memstream(&text, &text_size), pretty);
	return j;
}

static void test_json(void)
{
	struct itp_json j = json_begin(false);

	itp_json_array(&j, NULL);
	itp_json_object(&j, NULL);
	itp_json_string(&j, "a", "x");
	itp_json_uint(&j, "b", UINT64_MAX);
	itp_json_object(&j, "empty");
	itp_json_end(&j, '}');
	itp_json_end(&j, '}');
	itp_json_bool(&j, NULL, true);
	itp_json_null(&j, NULL);
	itp_json_end(&j, ']');
	fclose(j.out);
	same(text,
	     "[{\"a\":\"x\",\"b\":18446744073709551615,\"empty\":{}},true,null]\n",
	     "json: nesting and commas");

	j = json_begin(true);
	itp_json_object(&j, NULL);
	itp_json_array(&j, "a");
	itp_json_uint(&j, NULL, 1);
	itp_json_uint(&j, NULL, 2);
	itp_json_end(&j, ']');
	itp_json_array(&j, "b");
	itp_json_end(&j, ']');
	itp_json_end(&j, '}');
	fclose(j.out);
	same(text, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}\n",
	     "json: indentation");
}

static void test_json_escapes(void)
{
	static const struct {
		const char *in;
		const char *out;
		const char *what;
	} cases[] = {
		{ "a\"b\\c", "\"a\\\"b\\\\c\"", "quote and backslash" },
		{ "\n\t\r\x01\x7f", "\"\\n\\t\\u000d\\u0001\\u007f\"",
		  "control characters" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", "UTF-8 stays" },
		{ "\xffz\xc3", "\"\\ufffdz\\ufffd\"", "what is not UTF-8" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"", "overlong UTF-8" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"", "surrogates" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"",
		  "beyond Unicode" },
	};
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct itp_json j = json_begin(false);

		itp_json_string(&j, NULL, cases[i].in);
		fclose(j.out);
		snprintf(what, sizeof(what), "json: %s", cases[i].what);
		same(text, cases[i].out, what);
	}
}

/* ---- filters ---- */

#define BIT(state) (1U << (state))

static void test_states(void)
{
	static const struct {
		const char *in;
		uint32_t out;
	} cases[] = {
		{ "ESTABLISHED", BIT(ITP_ESTABLISHED) },
		{ "established", BIT(ITP_ESTABLISHED) },
		{ "estab", BIT(ITP_ESTABLISHED) },
		{ "e", BIT(ITP_ESTABLISHED) },
		{ "syn-received", BIT(ITP_SYN_RECV) },
		{ "SYN-RECV", BIT(ITP_SYN_RECV) },
		{ "syn_recv", BIT(ITP_SYN_RECV) },
		{ "fin-wait-1", BIT(ITP_FIN_WAIT1) },
		{ "FIN_WAIT2", BIT(ITP_FIN_WAIT2) },
		{ "timewait", BIT(ITP_TIME_WAIT) },
		{ "listening", BIT(ITP_LISTEN) },
		{ "unconn", BIT(ITP_CLOSED) },
		{ "last-ack,closing", BIT(ITP_LAST_ACK) | BIT(ITP_CLOSING) },
		{ "bucket", BIT(ITP_SYN_RECV) | BIT(ITP_TIME_WAIT) },
		{ "all", 0xffe },
		{ "connected", 0xffe & ~(BIT(ITP_LISTEN) | BIT(ITP_CLOSED)) },
		{ "synchronized", 0xffe & ~(BIT(ITP_LISTEN) | BIT(ITP_CLOSED) |
					    BIT(ITP_SYN_SENT)) },
	};
	static const char * const bad[] = {
		"", ",", "syn", "fin-wait", "foo", "established,foo",
		"established2"
	};
	uint32_t states;
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(what, sizeof(what), "state: %s", cases[i].in);
		ok(states_parse(cases[i].in, &states) &&
		   states == cases[i].out, what);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(what, sizeof(what), "state: \"%s\" is refused", bad[i]);
		ok(!states_parse(bad[i], &states), what);
	}
}

static int parse_words(struct filter *f, const char *line)
{
	char *copy = strdup(line), *words[16], *save, *word;
	int argc = 0, ret;

	for (word = strtok_r(copy, " ", &save); word && argc < 16;
	     word = strtok_r(NULL, " ", &save))
		words[argc++] = word;
	ret = filter_parse(f, argc, words);
	free(copy);
	return ret;
}

static void test_filter_words(void)
{
	static const char * const bad[] = {
		"state", "state foo", "src", "src 10.0.0", "src 10.0.0.1/33",
		"src ::1/129", "src 10.0.0.1/", "src 10.0.0.1/-1", "sport",
		"sport 65536", "sport -1", "sport http", "dport 1x",
		"uid no-such-user", "id 0", "id x", "id 1 sport 2", "foo 1",
		"s 1", "exclude all",
		"id 18446744073709551616",
		"src 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
	};
	uint8_t v4[4] = { 10, 53, 0, 1 };
	char what[128];
	struct filter f;
	size_t i;

	ok(!parse_words(&f, "") && !f.states && f.lport == -1 && f.uid == -1,
	   "filter: none");
	ok(!parse_words(&f,
			"src 10.53.0.1/16 dst fd53::2 sport 80 dport :5001 uid 0") &&
	   f.lfamily == AF_INET && !memcmp(f.laddr, v4, 4) && f.llen == 16 &&
	   f.rfamily == AF_INET6 && f.rlen == 128 && f.lport == 80 &&
	   f.rport == 5001 && f.uid == 0, "filter: all kinds");
	ok(!parse_words(&f, "sta listen st time-wait") &&
	   f.states == (BIT(ITP_LISTEN) | BIT(ITP_TIME_WAIT)),
	   "filter: states add up, words are cut short");
	ok(!parse_words(&f, "exclude listen") &&
	   f.states == (0xffe & ~BIT(ITP_LISTEN)), "filter: exclude");
	ok(!parse_words(&f, "id 18446744073709551615") && f.id == UINT64_MAX,
	   "filter: id");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(what, sizeof(what), "filter: \"%s\" is refused",
			 bad[i]);
		ok(parse_words(&f, bad[i]) == EXIT_USAGE, what);
	}
}

static struct nlmsghdr *message(void *buf, uint8_t cmd)
{
	struct itp_nl nl = { .family = 30 };

	return itp_nl_request(&nl, buf, cmd, 0);
}

static void test_filter_put(void)
{
	const struct nlattr *conn[ITP_A_CONN_MAX + 1];
	const struct nlattr *tb[ITP_A_FILTER_MAX + 1];
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = message(buf, ITP_CMD_CONN_GET);
	struct filter f;

	parse_words(&f, "state listen src 10.0.0.0/8 dport 80");
	opt.ipv6 = true;
	filter_put(&f, nlh);
	opt.ipv6 = false;
	itp_nl_parse(nlh, conn, ITP_A_CONN_MAX);
	itp_nl_parse_nest(conn[ITP_A_CONN_FILTER], tb, ITP_A_FILTER_MAX);
	ok(itp_nl_uint(tb[ITP_A_FILTER_STATES]) == BIT(ITP_LISTEN) &&
	   itp_nl_uint(tb[ITP_A_FILTER_FAMILY]) == AF_INET6 &&
	   itp_nl_uint(tb[ITP_A_FILTER_LOCAL_IPV4]) == htonl(0x0a000000) &&
	   itp_nl_uint(tb[ITP_A_FILTER_LOCAL_PREFIX_LEN]) == 8 &&
	   itp_nl_uint(tb[ITP_A_FILTER_REMOTE_PORT]) == htons(80) &&
	   !tb[ITP_A_FILTER_LOCAL_PORT] && !tb[ITP_A_FILTER_REMOTE_IPV4] &&
	   !tb[ITP_A_FILTER_UID], "filter: attributes");
}

/* ---- messages ---- */

/* What a module of the future might send. */
static void build_conn(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ITP_A_CONN_KEY);

	mnl_attr_put_u64(nlh, ITP_A_KEY_ID, 7);
	mnl_attr_put_u32(nlh, ITP_A_KEY_FAMILY, AF_INET);
	mnl_attr_put_u32(nlh, ITP_A_KEY_LOCAL_IPV4, htonl(0x0a350001));
	mnl_attr_put_u32(nlh, ITP_A_KEY_REMOTE_IPV4, htonl(0x0a350002));
	mnl_attr_put_u16(nlh, ITP_A_KEY_LOCAL_PORT, htons(40122));
	mnl_attr_put_u16(nlh, ITP_A_KEY_REMOTE_PORT, htons(5001));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u32(nlh, ITP_A_CONN_STATE, 77);
	mnl_attr_put_u32(nlh, ITP_A_CONN_CAUSE, ITP_CAUSE_RCV_FIN);
	mnl_attr_put_strz(nlh, 200, "what is this?");
	nest = mnl_attr_nest_start(nlh, ITP_A_CONN_PERF);
	mnl_attr_put_u32(nlh, ITP_A_PERF_SEGS_OUT, 3);
	mnl_attr_put_u32(nlh, ITP_A_PERF_CUR_SSTHRESH, UINT32_MAX);
	mnl_attr_put_u32(nlh, 63, 1);
	mnl_attr_put_u32(nlh, 64, 1);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, ITP_A_CONN_TIMER);
	mnl_attr_put_u32(nlh, ITP_A_TIMER_KIND, 99);
	mnl_attr_nest_end(nlh, nest);
}

/* And how it is to be written: numbers without a name stay numbers. */
static const char future_json[] =
	"{\"id\":7,\"state\":77,\"cause\":\"fin\",\"role\":\"none\",\"family\":\"inet\",\"local_address\":\"10.53.0.1\",\"local_port\":40122,\"remote_address\":\"10.53.0.2\",\"remote_port\":5001,\"mark\":0,\"age_us\":0,\"state_age_us\":0,\"recv_q\":0,\"send_q\":0,\"perf\":{\"segs_out\":3,\"cur_ssthresh\":null},\"path\":{},\"stack\":{},\"app\":{},\"timer\":{\"kind\":99},\"tunables\":[]}\n";

static void test_conn(void)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = message(buf, ITP_CMD_CONN_GET);
	struct itp_json j = json_begin(false);
	char address[64];
	struct conn c;

	build_conn(nlh);
	conn_parse(&c, nlh);
	ok(c.id == 7 && c.state == 77 && c.lport == 40122 && c.rport == 5001 &&
	   !c.has && c.given[ROW_PERF_SEGS_OUT] &&
	   c.value[ROW_PERF_SEGS_OUT] == 3 && !c.given[ROW_APP_SND_UNA],
	   "conn: parsed");
	same(address_text(address, sizeof(address), c.family, c.remote, c.rport),
	     "10.53.0.2:5001", "conn: address");
	conn_json(&j, &c);
	fclose(j.out);
	same(text, future_json,
	     "conn: unknown numbers stay numbers, what is missing is left out");
}

/* Cut and shake a message: nothing may be read that is not there. */
static void test_broken(void)
{
	char whole[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = message(whole, ITP_CMD_CONN_GET);
	unsigned int i, round, len;
	struct conn c;
	char *copy;

	build_conn(nlh);
	len = nlh->nlmsg_len;
	for (i = MNL_NLMSG_HDRLEN; i <= len; i++) {
		copy = malloc(i);
		memcpy(copy, whole, i);
		((struct nlmsghdr *)copy)->nlmsg_len = i;
		conn_parse(&c, (struct nlmsghdr *)copy);
		free(copy);
	}
	srand(1);
	for (round = 0; round < 20000; round++) {
		copy = malloc(len);
		memcpy(copy, whole, len);
		for (i = 0; i < 3; i++)
			copy[MNL_NLMSG_HDRLEN +
			     (unsigned int)rand() % (len - MNL_NLMSG_HDRLEN)] =
				(char)rand();
		conn_parse(&c, (struct nlmsghdr *)copy);
		free(copy);
	}
	ok(true, "conn: broken messages");
}

/* ---- printing ---- */

static void test_print(void)
{
	uint8_t zero[16] = { 0 }, one[16] = { [15] = 1 };
	char b[64];

	same(duration_text(b, sizeof(b), 999), "999us", "duration: us");
	same(duration_text(b, sizeof(b), 20100), "20.1ms", "duration: ms");
	same(duration_text(b, sizeof(b), 201000), "201ms", "duration: 100 ms");
	same(duration_text(b, sizeof(b), 12400000), "12.4s", "duration: s");
	same(duration_text(b, sizeof(b), 247000000), "4m07s", "duration: min");
	same(duration_text(b, sizeof(b), 7200000000ULL), "2h00m",
	     "duration: h");
	same(octets_text(b, sizeof(b), 9999), "9999", "octets: small");
	same(octets_text(b, sizeof(b), 14480), "14.5k", "octets: k");
	same(octets_text(b, sizeof(b), 999999), "1.0M", "octets: rounded up");
	same(octets_text(b, sizeof(b), UINT64_MAX), "18.4E", "octets: most");
	same(address_text(b, sizeof(b), AF_INET6, one, 80), "[::1]:80",
	     "address: IPv6");
	same(address_text(b, sizeof(b), AF_INET6, zero, 0), "*:*",
	     "address: none");
	same(address_text(b, sizeof(b), AF_INET, zero, 80), "0.0.0.0:80",
	     "address: any");
	opt.numeric = true;
	same(state_text(ITP_LISTEN), "10", "numeric: state");
	same(octets_text(b, sizeof(b), 14480), "14480", "numeric: octets");
	same(duration_text(b, sizeof(b), 20100), "20100us",
	     "numeric: duration");
	opt.numeric = false;
}

static void test_names(void)
{
	unsigned int i;
	bool all = true;

	same(itp_state_name(ITP_FIN_WAIT1), "FIN-WAIT-1", "names: a state");
	same(itp_state_name(0), "?", "names: state 0");
	same(itp_state_name(12), "?", "names: state 12");
	for (i = 0; i < ITP_CAUSE_MAX; i++)
		all &= strcmp(itp_cause_name(i), "?") &&
		       strcmp(itp_cause_prose(i), "?");
	for (i = 0; i < ITP_TIMER_MAX; i++)
		all &= strcmp(itp_timer_name(i), "?") &&
		       !strcmp(timer_text(ITP_NL_TIMER_RTO + i),
			       itp_timer_name(i));
	for (i = 0; i < ITP_CNT_MAX; i++)
		all &= strcmp(itp_counter_name(i), "?") &&
		       strcmp(itp_counter_help(i), "?");
	ok(all, "names: every row has one");
	same(itp_cause_name(ITP_CAUSE_MAX), "?", "names: cause beyond");
	same(itp_counter_name(ITP_CNT_DROP + ITP_REASON_CHECKSUM),
	     "drop_checksum", "names: a dropped segment");
	same(itp_transition_prose(ITP_ESTABLISHED, ITP_CLOSE_WAIT,
				  ITP_CAUSE_RCV_FIN),
	     "the peer closed its side", "names: a move");
	same(itp_transition_prose(ITP_CLOSED, ITP_CLOSED, 0), "?",
	     "names: no such move");
}

static void test_words(void)
{
	static const struct word words[] = {
		{ "set", NULL }, { "show", NULL }, { "shut", NULL },
		{ "sho", NULL }, { NULL, NULL }
	};

	ok(word_find(words, "se", "w") == 0, "words: unique beginning");
	ok(word_find(words, "sho", "w") == 3, "words: whole word wins");
	ok(word_find(words, "sh", "w") == -1, "words: ambiguous");
	ok(word_find(words, "", "w") == -1, "words: empty");
	ok(word_find(words, "x", "w") == -1, "words: unknown");
}

int main(void)
{
	/* Complaints are expected; they are not what is tested here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_json();
	test_json_escapes();
	test_states();
	test_filter_words();
	test_filter_put();
	test_conn();
	test_broken();
	test_print();
	test_names();
	test_words();
	free(text);
	printf("1..%u\n", count);
	return failures ? 1 : 0;
}
