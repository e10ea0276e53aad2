// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A streaming JSON writer (RFC 8259). Octets that are not UTF-8 become U+FFFD,
 * so that the output is valid whatever the input was.
 */
#include <assert.h>
#include "json.h"

/**
 * itp_json_init - begin a text
 * @j: writer
 * @out: stream to write to
 * @pretty: indent
 */
void itp_json_init(struct itp_json *j, FILE *out, bool pretty)
{
	*j = (struct itp_json){ .out = out, .pretty = pretty };
}

/* Length of the UTF-8 sequence at @s, 0 if there is none. */
static unsigned int utf8_len(const unsigned char *s)
{
	uint32_t code, least;
	unsigned int len, i;

	if (s[0] < 0x80)
		return 1;
	if ((s[0] & 0xe0) == 0xc0) {
		len = 2;
		code = s[0] & 0x1f;
		least = 0x80;
	} else if ((s[0] & 0xf0) == 0xe0) {
		len = 3;
		code = s[0] & 0x0f;
		least = 0x800;
	} else if ((s[0] & 0xf8) == 0xf0) {
		len = 4;
		code = s[0] & 0x07;
		least = 0x10000;
	} else {
		return 0;
	}
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

static void put_string(struct itp_json *j, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	unsigned int len;

	putc('"', j->out);
	while (*s) {
		len = utf8_len(s);
		if (!len) {
			fputs("\\ufffd", j->out);
			s++;
			continue;
		}
		if (*s == '"' || *s == '\\')
			fprintf(j->out, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", j->out);
		else if (*s == '\t')
			fputs("\\t", j->out);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(j->out, "\\u%04x", *s);
		else
			fwrite(s, 1, len, j->out);
		s += len;
	}
	putc('"', j->out);
}

static void newline(struct itp_json *j)
{
	unsigned int i;

	if (!j->pretty)
		return;
	putc('\n', j->out);
	for (i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* Everything before a value. */
static void begin(struct itp_json *j, const char *key)
{
	if (j->depth) {
		if (j->filled[j->depth])
			putc(',', j->out);
		newline(j);
	}
	j->filled[j->depth] = true;
	if (key) {
		put_string(j, key);
		fputs(j->pretty ? ": " : ":", j->out);
	}
}

static void open_bracket(struct itp_json *j, const char *key, char bracket)
{
	begin(j, key);
	putc(bracket, j->out);
	assert(j->depth + 1 < ITP_JSON_DEPTH);
	j->filled[++j->depth] = false;
}

/**
 * itp_json_object - open an object
 * @j: writer
 * @key: its key, or NULL
 */
void itp_json_object(struct itp_json *j, const char *key)
{
	open_bracket(j, key, '{');
}

/**
 * itp_json_array - open an array
 * @j: writer
 * @key: its key, or NULL
 */
void itp_json_array(struct itp_json *j, const char *key)
{
	open_bracket(j, key, '[');
}

/**
 * itp_json_end - close what was opened last
 * @j: writer
 * @bracket: '}' or ']'
 *
 * The end of the outermost one ends the line too.
 */
void itp_json_end(struct itp_json *j, char bracket)
{
	bool filled = j->filled[j->depth];

	assert(j->depth);
	j->depth--;
	if (filled)
		newline(j);
	putc(bracket, j->out);
	if (!j->depth)
		putc('\n', j->out);
}

/**
 * itp_json_string - write a string
 * @j: writer
 * @key: its key, or NULL
 * @value: the string
 */
void itp_json_string(struct itp_json *j, const char *key, const char *value)
{
	begin(j, key);
	put_string(j, value);
}

/**
 * itp_json_uint - write a number
 * @j: writer
 * @key: its key, or NULL
 * @value: the number
 */
void itp_json_uint(struct itp_json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

/**
 * itp_json_bool - write true or false
 * @j: writer
 * @key: its key, or NULL
 * @value: which
 */
void itp_json_bool(struct itp_json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->out);
}

/**
 * itp_json_null - write null
 * @j: writer
 * @key: its key, or NULL
 */
void itp_json_null(struct itp_json *j, const char *key)
{
	begin(j, key);
	fputs("null", j->out);
}
