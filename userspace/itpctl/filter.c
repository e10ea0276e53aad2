// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of `itpctl conn show`: from words to struct filter, and from that
 * to attributes. The module does the filtering.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include "conn.h"
#include "names.h"

#define BIT(state)	(1U << (state))
#define ALL_STATES	(BIT(ITP_CLOSING + 1) - BIT(ITP_ESTABLISHED))
#define CONNECTED	(ALL_STATES & ~(BIT(ITP_LISTEN) | BIT(ITP_CLOSED)))
#define BUCKETS		(BIT(ITP_SYN_RECV) | BIT(ITP_TIME_WAIT))

/* What ss says for states, and names for several; spelt as squeeze() does. */
static const struct {
	const char *name;
	uint32_t states;
} synonyms[] = {
	{ "SYNRECV",		BIT(ITP_SYN_RECV) },
	{ "LISTENING",		BIT(ITP_LISTEN) },
	{ "ESTAB",		BIT(ITP_ESTABLISHED) },
	{ "UNCONN",		BIT(ITP_CLOSED) },
	{ "UNCONNECTED",	BIT(ITP_CLOSED) },
	{ "ALL",		ALL_STATES },
	{ "CONNECTED",		CONNECTED },
	{ "SYNCHRONIZED",	CONNECTED & ~BIT(ITP_SYN_SENT) },
	{ "BUCKET",		BUCKETS },
	{ "BIG",		CONNECTED & ~BUCKETS },
};

/* Capitals without '-' and '_', so that every way to write a state fits. */
static void squeeze(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		if (*text != '-' && *text != '_')
			out[n++] = (char)toupper((unsigned char)*text);
	}
	out[n] = '\0';
}

/* A state, a synonym, or the beginning of one state's name. */
static uint32_t state_parse(const char *text)
{
	char given[32], known[32];
	uint32_t begun = 0;
	unsigned int i;

	squeeze(given, sizeof(given), text);
	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (!strcmp(given, synonyms[i].name))
			return synonyms[i].states;
	}
	for (i = ITP_ESTABLISHED; i <= ITP_CLOSING; i++) {
		squeeze(known, sizeof(known), itp_state_name(i));
		if (!strcmp(given, known))
			return BIT(i);
		if (*given && !strncmp(given, known, strlen(given)))
			begun |= BIT(i);
	}
	return begun & (begun - 1) ? 0 : begun;
}

/**
 * states_parse - states or groups of states, separated by commas
 * @text: their names
 * @states: gets a bit for each
 *
 * Return: false if one is unknown.
 */
bool states_parse(const char *text, uint32_t *states)
{
	char *copy = strdup(text);
	char *save, *word;
	uint32_t one = 0;

	*states = 0;
	for (word = strtok_r(copy, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		one = state_parse(word);
		*states |= one;
		if (!one)
			break;
	}
	free(copy);
	return one;
}

static bool number_parse(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !*end && !errno && *value <= max;
}

/* ADDR[/LEN] */
static bool prefix_parse(const char *text, uint8_t *addr, int *family,
			 unsigned int *len)
{
	char copy[INET6_ADDRSTRLEN + 8];
	unsigned int bits;
	uint64_t value;
	char *slash;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, copy, addr) == 1)
		*family = AF_INET;
	else if (inet_pton(AF_INET6, copy, addr) == 1)
		*family = AF_INET6;
	else
		return false;
	bits = *family == AF_INET ? 32 : 128;
	value = bits;
	if (slash && !number_parse(slash + 1, bits, &value))
		return false;
	*len = (unsigned int)value;
	return true;
}

/* N or :N */
static bool port_parse(const char *text, int *port)
{
	uint64_t value;

	if (!number_parse(text + (*text == ':'), 65535, &value))
		return false;
	*port = (int)value;
	return true;
}

static bool uid_parse(const char *text, int64_t *uid)
{
	const struct passwd *pw;
	uint64_t value;

	if (number_parse(text, UINT32_MAX - 1, &value)) {
		*uid = (int64_t)value;
		return true;
	}
	pw = getpwnam(text);
	if (pw)
		*uid = pw->pw_uid;
	return pw;
}

enum { STATE, EXCLUDE, SRC, DST, SPORT, DPORT, UID, ID };

static const struct word words[] = {
	[STATE] = { "state", NULL },
	[EXCLUDE] = { "exclude", NULL },
	[SRC] = { "src", NULL },
	[DST] = { "dst", NULL },
	[SPORT] = { "sport", NULL },
	[DPORT] = { "dport", NULL },
	[UID] = { "uid", NULL },
	[ID] = { "id", NULL },
	{ NULL, NULL }
};

static int filter_word(struct filter *f, int word, const char *arg,
		       uint32_t *excluded)
{
	uint32_t states = 0;

	switch (word) {
	case STATE:
	case EXCLUDE:
		if (!states_parse(arg, &states))
			return usage_error("\"%s\" is not a state", arg);
		if (word == STATE)
			f->states |= states;
		else
			*excluded |= states;
		return 0;
	case SRC:
		if (prefix_parse(arg, f->laddr, &f->lfamily, &f->llen))
			return 0;
		return usage_error("\"%s\" is not an address or prefix", arg);
	case DST:
		if (prefix_parse(arg, f->raddr, &f->rfamily, &f->rlen))
			return 0;
		return usage_error("\"%s\" is not an address or prefix", arg);
	case SPORT:
		if (port_parse(arg, &f->lport))
			return 0;
		return usage_error("\"%s\" is not a port", arg);
	case DPORT:
		if (port_parse(arg, &f->rport))
			return 0;
		return usage_error("\"%s\" is not a port", arg);
	case UID:
		if (uid_parse(arg, &f->uid))
			return 0;
		return usage_error("\"%s\" is not a user", arg);
	default:
		if (number_parse(arg, UINT64_MAX, &f->id) && f->id)
			return 0;
		return usage_error("\"%s\" is not the id of a connection", arg);
	}
}

/**
 * filter_parse - read a filter
 * @f: gets it
 * @argc: number of words
 * @argv: words
 *
 * Return: 0, or an exit status when it has complained.
 */
int filter_parse(struct filter *f, int argc, char **argv)
{
	uint32_t excluded = 0;
	int i, word, err;

	*f = (struct filter){ .lport = -1, .rport = -1, .uid = -1 };
	for (i = 0; i < argc; i += 2) {
		word = word_find(words, argv[i], "filter");
		if (word < 0)
			return EXIT_USAGE;
		if (i + 1 == argc)
			return usage_error("%s: a value is missing",
					   words[word].name);
		err = filter_word(f, word, argv[i + 1], &excluded);
		if (err)
			return err;
	}
	if (f->id && argc > 2)
		return usage_error("id stands alone, it names one connection");
	if (excluded) {
		f->states = (f->states ? f->states : ALL_STATES) & ~excluded;
		if (!f->states)
			return usage_error("no state is left");
	}
	return 0;
}

static void put_address(struct nlmsghdr *nlh, int family, const uint8_t *addr,
			unsigned int len, uint16_t v4, uint16_t v6,
			uint16_t plen)
{
	if (!family)
		return;
	if (family == AF_INET)
		mnl_attr_put(nlh, v4, 4, addr);
	else
		mnl_attr_put(nlh, v6, 16, addr);
	mnl_attr_put_u32(nlh, plen, len);
}

/**
 * filter_put - append a filter and the options -4 and -6 to a request
 * @f: filter
 * @nlh: request
 */
void filter_put(const struct filter *f, struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ITP_A_CONN_FILTER);

	if (f->states)
		mnl_attr_put_u32(nlh, ITP_A_FILTER_STATES, f->states);
	if (opt.ipv4 != opt.ipv6)
		mnl_attr_put_u32(nlh, ITP_A_FILTER_FAMILY,
				 opt.ipv4 ? AF_INET : AF_INET6);
	put_address(nlh, f->lfamily, f->laddr, f->llen,
		    ITP_A_FILTER_LOCAL_IPV4, ITP_A_FILTER_LOCAL_IPV6,
		    ITP_A_FILTER_LOCAL_PREFIX_LEN);
	put_address(nlh, f->rfamily, f->raddr, f->rlen,
		    ITP_A_FILTER_REMOTE_IPV4, ITP_A_FILTER_REMOTE_IPV6,
		    ITP_A_FILTER_REMOTE_PREFIX_LEN);
	if (f->lport >= 0)
		mnl_attr_put_u16(nlh, ITP_A_FILTER_LOCAL_PORT,
				 htons((uint16_t)f->lport));
	if (f->rport >= 0)
		mnl_attr_put_u16(nlh, ITP_A_FILTER_REMOTE_PORT,
				 htons((uint16_t)f->rport));
	if (f->uid >= 0)
		mnl_attr_put_u32(nlh, ITP_A_FILTER_UID, (uint32_t)f->uid);
	mnl_attr_nest_end(nlh, nest);
}
