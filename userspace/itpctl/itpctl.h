/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of itpctl share: options, the way errors are told, printing.
 */
#ifndef ITPCTL_H
#define ITPCTL_H

#include <stdbool.h>
#include <stdint.h>
#include "../lib/json.h"
#include "../lib/nl.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_USAGE = 1,
	EXIT_KERNEL = 2,
};

/**
 * struct options - what stands before the object
 * @json: JSON instead of text
 * @pretty: indent JSON
 * @ipv4: IPv4 asked for
 * @ipv6: IPv6 asked for
 * @numeric: numbers, not names and rounded units
 * @no_header: no line with the names of the columns
 * @date: date and zone with each time
 * @stats: how much more to tell
 * @netns: name or path of a network namespace, NULL for ours
 */
struct options {
	bool json;
	bool pretty;
	bool ipv4;
	bool ipv6;
	bool numeric;
	bool no_header;
	bool date;
	unsigned int stats;
	const char *netns;
};

extern struct options opt;

/* A command gets what stands behind the object and returns an exit status. */
typedef int (*command_t)(int argc, char **argv);

/**
 * struct word - one of the words that may stand in a place
 * @name: the word; unique beginnings of it will do
 * @run: what it does, NULL if the caller looks at the index
 */
struct word {
	const char *name;
	command_t run;
};

/* words.c */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int kernel_error(const struct itp_nl *nl, int err);
int word_find(const struct word *words, const char *given, const char *what);
int open_nl(struct itp_nl *nl);

/* print.c */
const char *state_text(uint32_t state);
const char *cause_text(uint32_t cause);
const char *name_of(const char *name, uint32_t number);
char *address_text(char *buf, size_t size, int family, const void *addr,
		   unsigned int port);
char *duration_text(char *buf, size_t size, uint64_t us);
char *octets_text(char *buf, size_t size, uint64_t n);
char *clock_text(char *buf, size_t size, uint64_t boottime_ns);
void json_name(struct itp_json *j, const char *key, const char *name,
	       uint32_t number);

/**
 * struct table - rows of text that are laid out in columns
 * @columns: how many
 * @rows: how many so far
 * @cells: @columns pointers per row
 * @room: rows that fit @cells
 */
struct table {
	unsigned int columns;
	size_t rows;
	char **cells;
	size_t room;
};

#define TABLE_COLUMNS 9 /* the last one holds notes */

void table_row(struct table *t, const char * const *cells);
void table_notes(struct table *t, const char *text);
void table_print(struct table *t, const char *right);

/* commands */
int cmd_conn(int argc, char **argv);
int cmd_tunable(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_module(int argc, char **argv);

/* tunable.c: members of a tunable, for `monitor` too */
void tunable_json(struct itp_json *j, const struct nlattr **tb);
const char *tunable_origin(const struct nlattr **tb);
const char *origin_text(uint32_t origin);
bool value_parse(const char *text, uint64_t *value);
/* A number, on, off, or a name that the row has for a value. */
int tunable_value(struct itp_nl *nl, const char *name, const char *text,
		  uint64_t *value);
void tunable_put_name(struct nlmsghdr *nlh, uint16_t attr, const char *name);

#endif
