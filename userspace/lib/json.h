/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A streaming JSON writer: commas, indentation and escapes, no tree in memory.
 * Keys are NULL inside an array and at the top.
 */
#ifndef ITP_JSON_H
#define ITP_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ITP_JSON_DEPTH 16

/**
 * struct itp_json - where the text goes, and where in it we are
 * @out: the stream
 * @pretty: indent, one member per line
 * @depth: objects and arrays that are open
 * @filled: has the one at each depth a member already?
 */
struct itp_json {
	FILE *out;
	bool pretty;
	unsigned int depth;
	bool filled[ITP_JSON_DEPTH];
};

void itp_json_init(struct itp_json *j, FILE *out, bool pretty);
void itp_json_object(struct itp_json *j, const char *key);
void itp_json_array(struct itp_json *j, const char *key);
void itp_json_end(struct itp_json *j, char bracket);
void itp_json_string(struct itp_json *j, const char *key, const char *value);
void itp_json_uint(struct itp_json *j, const char *key, uint64_t value);
void itp_json_bool(struct itp_json *j, const char *key, bool value);
void itp_json_null(struct itp_json *j, const char *key);

#endif
