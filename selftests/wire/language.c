// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments as text, both ways: what a script says and what the trace shows
 * are written alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "language.h"

static const char flag_names[] = "FSRPAUEC";

static u8 parse_flags(const char *word)
{
	const char *at;
	u8 flags = 0;

	if (!strcmp(word, "-"))
		return 0;
	for (; *word; word++) {
		at = strchr(flag_names, *word);
		if (!at)
			fail_("'%c' is no flag", *word);
		flags |= 1 << (at - flag_names);
	}
	return flags;
}

/* A sum of numbers, d0 and p0; @end: first character behind it. */
static u32 parse_sum(const char *s, const char **end)
{
	u32 sum = 0, term;
	bool minus;
	char *e;

	do {
		minus = *s == '-';
		if (*s == '+' || *s == '-')
			s++;
		if (!strncmp(s, "d0", 2)) {
			if (!P->have_d0)
				fail_("d0 is not known yet");
			term = P->d0;
			s += 2;
		} else if (!strncmp(s, "p0", 2)) {
			term = P->p0;
			s += 2;
		} else {
			term = strtoul(s, &e, 0);
			if (e == s)
				fail_("'%s' is no sequence number", s);
			s = e;
		}
		sum += minus ? -term : term;
	} while (*s == '+' || *s == '-');
	*end = s;
	return sum;
}

u32 peer_seq(const char *expr)
{
	const char *end;
	u32 sum = parse_sum(expr, &end);

	if (*end)
		fail_("'%s' is no sequence number", expr);
	return sum;
}

static void parse_position(const char *word, struct words *w)
{
	w->seq = true;
	if (*word == '*') {
		w->any_seq = true;
		word++;
	} else if ((w->s.flags & F_SYN) &&
		   !P->have_d0 && !strncmp(word, "d0", 2)) {
		/* D's first SYN tells d0. */
		w->any_seq = true;
		word += 2;
	} else {
		w->s.seq = parse_sum(word, &word);
	}
	if (!*word)
		return;
	if (*word++ != ',')
		fail_("'%s': a comma and the ACK field were expected", word);
	w->ack = true;
	if (*word == '*')
		w->any_ack = true;
	else
		w->s.ack = parse_sum(word, &word);
}

/* Octets into the 40 at @to; returns how many. */
static u8 parse_hex(const char *word, u8 *to)
{
	unsigned int octet;
	u8 n = 0;

	for (; *word; word += 2) {
		if (sscanf(word, "%2x", &octet) != 1 || n == 40)
			fail_("bad option octets");
		to[n++] = octet;
	}
	return n;
}

/* Blocks LEFT:RIGHT, comma between; "none" or how many there are. */
static void parse_blocks(const char *word, struct seg *s)
{
	if (!strcmp(word, "none"))
		return;
	for (;;) {
		if (s->nsack == ARRAY_SIZE(s->sack))
			fail_("too many SACK blocks");
		s->sack[s->nsack][0] = parse_sum(word, &word);
		if (*word++ != ':')
			fail_("'%s': a colon was expected", word - 1);
		s->sack[s->nsack++][1] = parse_sum(word, &word);
		if (!*word)
			return;
		if (*word++ != ',')
			fail_("'%s': a comma was expected", word - 1);
	}
}

static void parse_keyword(const char *key, const char *word, struct words *w)
{
	long value = word ? strtol(word, NULL, 0) : 0;

	if (!word)
		fail_("'%s' needs a value", key);
	if (!strcmp(key, "len")) {
		w->s.len = value;
	} else if (!strcmp(key, "wnd")) {
		w->s.wnd = value;
		w->wnd = true;
	} else if (!strcmp(key, "mss")) {
		w->s.mss = value;
		w->mss = true;
	} else if (!strcmp(key, "ws")) {
		w->s.ws = value;
		w->ws = true;
	} else if (!strcmp(key, "ts")) {
		w->s.tsval = strtoul(word, NULL, 0);
		w->ts = true;
	} else if (!strcmp(key, "ecr")) {
		w->s.tsecr = strtoul(word, NULL, 0);
		w->ecr = true;
	} else if (!strcmp(key, "sack")) {
		parse_blocks(word, &w->s);
		w->sack = true;
	} else if (!strcmp(key, "opt")) {
		w->s.nopt = parse_hex(word, w->s.opt);
		w->opt = true;
	} else if (!strcmp(key, "ipopt")) {
		w->s.nipopt = parse_hex(word, w->s.ipopt);
	} else if (!strcmp(key, "psh")) {
		w->psh = value;
	} else if (!strcmp(key, "urp")) {
		w->s.urp = value;
		w->urp = true;
	} else if (!strcmp(key, "rsv")) {
		w->s.rsv = value;
	} else if (!strcmp(key, "off")) {
		w->s.off = value;
	} else if (!strcmp(key, "sum")) {
		w->s.sum_xor = value;
	} else if (!strcmp(key, "proto")) {
		w->s.sum_proto = value;
	} else {
		fail_("'%s' is no keyword", key);
	}
}

void words_parse(const char *text, struct words *w)
{
	char buf[256], *save, *word;
	char *key;

	memset(w, 0, sizeof(*w));
	w->s.mss = -1;
	w->s.ws = -1;
	w->s.sum_proto = proto;
	w->psh = -1;
	snprintf(buf, sizeof(buf), "%s", text);
	word = strtok_r(buf, " ", &save);
	if (!word)
		fail_("no flags");
	w->s.flags = parse_flags(word);
	word = strtok_r(NULL, " ", &save);
	if (word && strchr("dp*+-0123456789", *word) &&
	    strcmp(word, "proto") && strcmp(word, "psh")) {
		parse_position(word, w);
		word = strtok_r(NULL, " ", &save);
	}
	for (; word; word = strtok_r(NULL, " ", &save)) {
		key = word;
		if (!strcmp(key, "noopt"))
			w->noopt = true;
		else if (!strcmp(key, "nots"))
			w->nots = true;
		else if (!strcmp(key, "sackok"))
			w->s.sackok = true;
		else
			parse_keyword(key, strtok_r(NULL, " ", &save), w);
	}
}

static int print_relative(char *buf, size_t size, char side, u32 seq, u32 base)
{
	s32 diff = seq - base;

	if (!diff)
		return snprintf(buf, size, "%c0", side);
	if (abs(diff) > 0x10000000)
		return snprintf(buf, size, "%u", seq);
	return snprintf(buf, size, "%c0%+d", side, diff);
}

void words_print(const struct seg *s, const struct peer *p, char *buf,
		 size_t size)
{
	bool from_p = p && s->sport == p->port && s->dport == p->dport;
	char *at = buf, *end = buf + size;
	u32 base;
	int i;

	for (i = 0; i < 8; i++)
		if (s->flags & 1 << i)
			*at++ = flag_names[i];
	if (!s->flags)
		*at++ = '-';
	*at++ = ' ';
	at += print_relative(at, end - at, from_p ? 'p' : 'd', s->seq,
			     from_p ? p->p0 : p && p->have_d0 ? p->d0 : 0);
	if (s->flags & F_ACK) {
		*at++ = ',';
		at += print_relative(at, end - at, from_p ? 'd' : 'p', s->ack,
				     from_p ? p->have_d0 ? p->d0 : 0 :
				     p ? p->p0 : 0);
	}
	if (s->len)
		at += snprintf(at, end - at, " len %u", s->len);
	at += snprintf(at, end - at, " wnd %u", s->wnd);
	if (s->mss >= 0)
		at += snprintf(at, end - at, " mss %d", s->mss);
	if (s->ws >= 0)
		at += snprintf(at, end - at, " ws %d", s->ws);
	if (s->ts)
		at += snprintf(at, end - at, " ts %u ecr %u", s->tsval,
			       s->tsecr);
	if (s->sackok)
		at += snprintf(at, end - at, " sackok");
	base = !p ? 0 : !from_p ? p->p0 : p->have_d0 ? p->d0 : 0;
	for (i = 0; i < s->nsack; i++) {
		at += snprintf(at, end - at, i ? "," : " sack ");
		at += print_relative(at, end - at, from_p ? 'd' : 'p',
				     s->sack[i][0], base);
		at += snprintf(at, end - at, ":");
		at += print_relative(at, end - at, from_p ? 'd' : 'p',
				     s->sack[i][1], base);
	}
	if (s->flags & F_URG)
		at += snprintf(at, end - at, " urp %u", s->urp);
	snprintf(at, end - at, "\t[%u > %u]", s->sport, s->dport);
}
