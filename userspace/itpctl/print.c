// SPDX-License-Identifier: GPL-2.0-only
/*
 * How itpctl prints: names, addresses, times, quantities, tables.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "itpctl.h"
#include "names.h"

/**
 * name_of - a name, or the number if there is none
 * @name: name, "?" or NULL for none
 * @number: what it stands for
 *
 * Return: a string that the fourth call from now overwrites.
 */
const char *name_of(const char *name, uint32_t number)
{
	static char text[4][12];
	static unsigned int turn;
	char *buf;

	if (name && strcmp(name, "?") && !opt.numeric)
		return name;
	buf = text[turn++ % 4];
	snprintf(buf, sizeof(text[0]), "%u", number);
	return buf;
}

const char *state_text(uint32_t state)
{
	return name_of(itp_state_name(state), state);
}

const char *cause_text(uint32_t cause)
{
	return name_of(itp_cause_name(cause), cause);
}

/**
 * json_name - write a name as a string, or a number without a name as a number
 * @j: writer
 * @key: key
 * @name: name, "?" or NULL for none
 * @number: what it stands for
 */
void json_name(struct itp_json *j, const char *key, const char *name,
	       uint32_t number)
{
	if (name && strcmp(name, "?") && !opt.numeric)
		itp_json_string(j, key, name);
	else
		itp_json_uint(j, key, number);
}

/**
 * address_text - an address and a port; '*' for an unset one
 * @buf: gets the text
 * @size: of @buf
 * @family: AF_INET or AF_INET6
 * @addr: the address
 * @port: the port
 */
char *address_text(char *buf, size_t size, int family, const void *addr,
		   unsigned int port)
{
	static const uint8_t zero[16];
	char text[INET6_ADDRSTRLEN] = "?";
	char number[12] = "*";
	size_t len = family == AF_INET ? 4 : 16;

	if (port)
		snprintf(number, sizeof(number), "%u", port);
	if (!memcmp(addr, zero, len) && !port)
		strcpy(text, "*");
	else if (family == AF_INET || family == AF_INET6)
		inet_ntop(family, addr, text, sizeof(text));
	snprintf(buf, size, family == AF_INET6 && strchr(text, ':') ?
		 "[%s]:%s" : "%s:%s", text, number);
	return buf;
}

/**
 * duration_text - a duration with three digits or so
 * @buf: gets the text
 * @size: of @buf
 * @us: microseconds
 */
char *duration_text(char *buf, size_t size, uint64_t us)
{
	if (opt.numeric)
		snprintf(buf, size, "%lluus", (unsigned long long)us);
	else if (us < 1000)
		snprintf(buf, size, "%lluus", (unsigned long long)us);
	else if (us < 100000)
		snprintf(buf, size, "%.1fms", (double)us / 1e3);
	else if (us < 1000000)
		snprintf(buf, size, "%.0fms", (double)us / 1e3);
	else if (us < 60000000)
		snprintf(buf, size, "%.1fs", (double)us / 1e6);
	else if (us < 3600000000ULL)
		snprintf(buf, size, "%llum%02llus",
			 (unsigned long long)us / 60000000,
			 (unsigned long long)us / 1000000 % 60);
	else
		snprintf(buf, size, "%lluh%02llum",
			 (unsigned long long)us / 3600000000ULL,
			 (unsigned long long)us / 60000000 % 60);
	return buf;
}

/**
 * octets_text - a quantity, from 10000 on rounded to k, M, G
 * @buf: gets the text
 * @size: of @buf
 * @n: the quantity
 */
char *octets_text(char *buf, size_t size, uint64_t n)
{
	static const char units[] = "kMGTPE";
	double value = (double)n;
	unsigned int u = 0;

	if (opt.numeric || n < 10000) {
		snprintf(buf, size, "%llu", (unsigned long long)n);
		return buf;
	}
	for (value /= 1000; value >= 999.5; value /= 1000)
		u++;
	snprintf(buf, size, value < 100 ? "%.1f%c" : "%.0f%c", value, units[u]);
	return buf;
}

/**
 * clock_text - the time of day of a moment
 * @buf: gets the text
 * @size: of @buf
 * @boottime_ns: the moment, CLOCK_BOOTTIME
 */
char *clock_text(char *buf, size_t size, uint64_t boottime_ns)
{
	struct timespec real, boot;
	int64_t ns;
	struct tm tm;
	time_t sec;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ns = (int64_t)(real.tv_sec - boot.tv_sec) * 1000000000 +
	     real.tv_nsec - boot.tv_nsec + (int64_t)boottime_ns;
	sec = ns / 1000000000;
	localtime_r(&sec, &tm);
	len = strftime(buf, size, opt.date ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S",
		       &tm);
	len += (size_t)snprintf(buf + len, size - len, ".%06d",
				(int)(ns % 1000000000 / 1000));
	if (opt.date)
		strftime(buf + len, size - len, "%z", &tm);
	return buf;
}

/* ---- tables ---- */

static void table_grow(struct table *t)
{
	size_t room = t->room ? 2 * t->room : 64;

	if (t->rows < t->room)
		return;
	t->cells = reallocarray(t->cells, room * TABLE_COLUMNS,
				sizeof(*t->cells));
	if (!t->cells) {
		perror("itpctl");
		exit(EXIT_KERNEL);
	}
	t->room = room;
}

/**
 * table_row - append a row
 * @t: table
 * @cells: t->columns texts, copied
 */
void table_row(struct table *t, const char * const *cells)
{
	unsigned int c;
	char **row;

	table_grow(t);
	row = &t->cells[t->rows++ * TABLE_COLUMNS];
	memset(row, 0, TABLE_COLUMNS * sizeof(*row));
	for (c = 0; c < t->columns; c++)
		row[c] = strdup(cells[c]);
}

/**
 * table_notes - append lines that do not follow the columns
 * @t: table
 * @text: the lines, each with its end
 */
void table_notes(struct table *t, const char *text)
{
	char **row;

	table_grow(t);
	row = &t->cells[t->rows++ * TABLE_COLUMNS];
	memset(row, 0, TABLE_COLUMNS * sizeof(*row));
	row[TABLE_COLUMNS - 1] = strdup(text);
}

static bool is_notes(const struct table *t, size_t r)
{
	return t->cells[r * TABLE_COLUMNS + TABLE_COLUMNS - 1];
}

/**
 * table_print - print a table and forget its rows
 * @t: table; its first row is the header, left out with -H
 * @right: one octet per column: 'r' right-aligned, else left
 */
void table_print(struct table *t, const char *right)
{
	size_t width[TABLE_COLUMNS] = { 0 };
	size_t r, first = opt.no_header ? 1 : 0;
	unsigned int c;

	for (r = first; r < t->rows; r++) {
		for (c = 0; c < t->columns && !is_notes(t, r); c++) {
			size_t len = strlen(t->cells[r * TABLE_COLUMNS + c]);

			if (len > width[c])
				width[c] = len;
		}
	}
	for (r = first; r < t->rows; r++) {
		char **row = &t->cells[r * TABLE_COLUMNS];

		if (is_notes(t, r)) {
			fputs(row[TABLE_COLUMNS - 1], stdout);
			continue;
		}
		for (c = 0; c < t->columns; c++) {
			const char *gap = c + 1 < t->columns ? "  " : "\n";

			if (right[c] == 'r')
				printf("%*s%s", (int)width[c], row[c], gap);
			else if (c + 1 < t->columns)
				printf("%-*s%s", (int)width[c], row[c], gap);
			else
				printf("%s%s", row[c], gap);
		}
	}
	for (r = 0; r < t->rows * TABLE_COLUMNS; r++)
		free(t->cells[r]);
	free(t->cells);
	*t = (struct table){ .columns = t->columns };
}
