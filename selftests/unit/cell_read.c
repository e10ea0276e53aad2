// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state table as text: rows, fields, sums, names. See cell.h.
 */
#include <ctype.h>
#include <glob.h>
#include "cell.h"

#define ROWS_MAX	500

static char *rows[ROWS_MAX][CELL_COLS];
static unsigned int nr_rows;

static void cell_die(const char *what, unsigned int line)
{
	printf("Bail out! states.tsv: %s in line %u\n", what, line);
	exit(1);
}

static void cell_read(void)
{
	FILE *f = fopen("states.tsv", "r");
	char buf[4096], *p;
	unsigned int line = 0, col;

	if (!f)
		cell_die("cannot be read", 0);
	while (fgets(buf, sizeof(buf), f)) {
		line++;
		if (!strchr(buf, '\n'))
			cell_die("no end", line);
		buf[strcspn(buf, "\n")] = 0;
		if (line == 1)
			continue;
		if (nr_rows + 1 >= ROWS_MAX)
			cell_die("too many rows", line);
		p = strdup(buf);
		for (col = 0; col < CELL_COLS; col++) {
			rows[nr_rows][col] = strsep(&p, "\t");
			if (!rows[nr_rows][col] || !*rows[nr_rows][col])
				cell_die("a field is missing", line);
		}
		if (p)
			cell_die("a field too many", line);
		nr_rows++;
	}
	fclose(f);
}

char *const *cell_row(unsigned int nr)
{
	if (!nr_rows)
		cell_read();
	return nr < nr_rows ? rows[nr] : NULL;
}

static bool cell_part(const char *text, const char *sep, unsigned int n,
		      char *buf, size_t size)
{
	const char *end;
	size_t len;

	while (n--) {
		text = strstr(text, sep);
		if (!text)
			return false;
		text += strlen(sep);
	}
	end = strstr(text, sep);
	len = end ? (size_t)(end - text) : strlen(text);
	CHECK_LT(len, size);
	memcpy(buf, text, len);
	buf[len] = 0;
	return true;
}

unsigned int cell_alternatives(const char *field)
{
	unsigned int n = 1;

	for (field = strstr(field, " | "); field;
	     field = strstr(field + 3, " | "))
		n++;
	return n;
}

bool cell_alternative(const char *field, unsigned int n, char *buf,
		      size_t size)
{
	return cell_part(field, " | ", cell_alternatives(field) > 1 ? n : 0,
			 buf, size);
}

bool cell_item(const char *list, unsigned int n, char *buf, size_t size)
{
	return strcmp(list, "-") && cell_part(list, ", ", n, buf, size);
}

static const char *const var_names[V_MAX] = {
	[V_ISS] = "ISS", [V_SND_UNA] = "SND.UNA", [V_SND_NXT] = "SND.NXT",
	[V_SND_WND] = "SND.WND", [V_MAX_WND] = "MAX.SND.WND", [V_IRS] = "IRS",
	[V_RCV_NXT] = "RCV.NXT", [V_RIGHT] = "RIGHT", [V_HELD] = "HELD",
	[V_HELD_FIN] = "HELD.FIN", [V_DUP_ACKS] = "DUP.ACKS",
	[V_2MSL] = "2MSL", [V_FW2] = "FIN.TIMEOUT", [V_SOFT] = "SOFT",
	[V_MSS] = "MSS", [V_BACKOFF] = "BACKOFF", [V_PROBES] = "PROBES",
	[V_RCV_UP] = "RCV.UP", [V_SEG_SEQ] = "SEG.SEQ", [V_SEG_ACK] = "SEG.ACK",
};

int cell_var(const char *name, size_t len)
{
	int i;

	for (i = 0; i < V_MAX; i++) {
		if (strlen(var_names[i]) == len &&
		    !strncmp(var_names[i], name, len))
			return i;
	}
	return -1;
}

static u32 cell_term(const char *p, size_t len, const u32 *vars)
{
	int v = cell_var(p, len);
	char text[32];
	int err;

	if (v >= 0)
		return vars[v];
	CHECK_LT(len, sizeof(text));
	memcpy(text, p, len);
	text[len] = 0;
	err = cell_errno(text);
	if (err)
		return err;
	if (!len || strspn(text, "0123456789") != len)
		tap_fail(__FILE__, __LINE__, "%s is no number and no variable",
			 text);
	return strtoul(text, NULL, 10);
}

u32 cell_sum(const char *expr, const u32 *vars)
{
	bool minus = false;
	u32 sum = 0, term;
	size_t len;

	for (;;) {
		len = strcspn(expr, "+-");
		term = cell_term(expr, len, vars);
		sum = minus ? sum - term : sum + term;
		if (!expr[len])
			return sum;
		minus = expr[len] == '-';
		expr += len + 1;
	}
}

static const struct {
	const char *name;
	int err;
} errors[] = {
#define E(e) { #e, e }
	E(ECONNREFUSED), E(ECONNRESET), E(EPIPE), E(ETIMEDOUT),
	E(EHOSTUNREACH), E(ENETUNREACH), E(ENOPROTOOPT), E(ENOTCONN),
	E(EACCES), E(EPROTO),
#undef E
};

int cell_errno(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (!strcmp(errors[i].name, name))
			return errors[i].err;
	}
	return 0;
}

const char *cell_errname(int err)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (errors[i].err == err)
			return errors[i].name;
	}
	return "?";
}

static const struct {
	const char *code;
	u8 state;
} codes[] = {
	{ "CL", ITP_CLOSED }, { "LI", ITP_LISTEN }, { "SS", ITP_SYN_SENT },
	{ "SR", ITP_SYN_RECV }, { "ES", ITP_ESTABLISHED },
	{ "F1", ITP_FIN_WAIT1 }, { "F2", ITP_FIN_WAIT2 },
	{ "CW", ITP_CLOSE_WAIT }, { "CG", ITP_CLOSING },
	{ "LA", ITP_LAST_ACK }, { "TW", ITP_TIME_WAIT },
};

u8 cell_state(const char *code)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		if (!strcmp(codes[i].code, code))
			return codes[i].state;
	}
	tap_fail(__FILE__, __LINE__, "there is no state %s", code);
}

const char *cell_state_code(u8 state)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i].state == state)
			return codes[i].code;
	}
	return "?";
}

static bool file_has(const char *path, const char *head, const char *name)
{
	FILE *f = fopen(path, "r");
	size_t n = strlen(head), len = strlen(name);
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, head, n) &&
			!strncmp(line + n, name, len) &&
			(line[n + len] == ',' || line[n + len] == ')');
	if (f)
		fclose(f);
	return found;
}

static bool files_have(const char *pattern, const char *head, const char *name)
{
	bool found = false;
	glob_t g;
	size_t i;

	if (glob(pattern, 0, NULL, &g))
		return false;
	for (i = 0; i < g.gl_pathc && !found; i++)
		found = file_has(g.gl_pathv[i], head, name);
	globfree(&g);
	return found;
}

bool cell_names_test(const char *by)
{
	if (!strncmp(by, "wire:", 5))
		return files_have("wire/*.c", "SCRIPT(", by + 5) ||
		       files_have("wire/*.c", "SCRIPT_IN(", by + 5);
	return !strncmp(by, "sock:", 5) &&
	       files_have("kselftest/*.c", "KTAP_TEST(", by + 5);
}
