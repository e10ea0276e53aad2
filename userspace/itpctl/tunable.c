// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl tunable: show, set, reset. Names, ranges and meanings come from the
 * module; this program knows none.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "itpctl.h"

static const char help[] =
"Usage: itpctl tunable [show [NAME]]\n"
"       itpctl tunable set NAME VALUE\n"
"       itpctl tunable reset NAME | all\n"
"\n"
"Tunables of the network namespace. In a NAME '-' may stand for '_'. A VALUE\n"
"is a number in the unit shown, or one of the names that -s tells; on and off\n"
"stand for 1 and 0. -s adds what each does. ORIGIN says who gave the value:\n"
"default, netns (set in this namespace) or host (set for all); SCOPE what it is\n"
"for: netns (the namespace), conn (the same, and a connection may have its own:\n"
"conn set, or socket option ITP_TUNABLE) or global (the host); EFFECT which\n"
"connections use a new one: now (all, from their next decision on) or new (those\n"
"made later). Setting takes CAP_NET_ADMIN.\n";

static const char * const types[] = {
	[ITP_TUNABLE_TYPE_U32] = "u32",
	[ITP_TUNABLE_TYPE_BOOL] = "bool",
	[ITP_TUNABLE_TYPE_ENUM] = "enum",
};

static const char * const scopes[] = {
	[ITP_TUNABLE_SCOPE_NETNS] = "netns",
	[ITP_TUNABLE_SCOPE_GLOBAL] = "global",
	[ITP_TUNABLE_SCOPE_CONN] = "conn",
};

static const char * const effects[] = {
	[ITP_TUNABLE_EFFECT_NOW] = "now",
	[ITP_TUNABLE_EFFECT_NEW] = "new",
};

static const char * const origins[] = {
	[ITP_TUNABLE_ORIGIN_DEFAULT] = "default",
	[ITP_TUNABLE_ORIGIN_NETNS] = "netns",
	[ITP_TUNABLE_ORIGIN_HOST] = "host",
	[ITP_TUNABLE_ORIGIN_PROGRAM] = "program",
	[ITP_TUNABLE_ORIGIN_CONN] = "conn",
};

#define NAME(names, nr) \
	((nr) < sizeof(names) / sizeof((names)[0]) ? (names)[nr] : NULL)

static uint32_t number(const struct nlattr *attr)
{
	return (uint32_t)itp_nl_uint(attr);
}

/**
 * origin_text - name of an origin, NULL if it is unknown
 * @origin: enum itp_tunable_origin
 */
const char *origin_text(uint32_t origin)
{
	return NAME(origins, origin);
}

/**
 * tunable_origin - where a value comes from
 * @tb: attributes of a tunable
 */
const char *tunable_origin(const struct nlattr **tb)
{
	uint32_t nr = number(tb[ITP_A_TUNABLE_ORIGIN]);

	return name_of(NAME(origins, nr), nr);
}

/**
 * tunable_json - write the members of a tunable
 * @j: writer, in an object
 * @tb: attributes
 */
void tunable_json(struct itp_json *j, const struct nlattr **tb)
{
	uint32_t type = number(tb[ITP_A_TUNABLE_TYPE]);
	uint32_t scope = number(tb[ITP_A_TUNABLE_SCOPE]);
	uint32_t effect = number(tb[ITP_A_TUNABLE_EFFECT]);
	uint32_t origin = number(tb[ITP_A_TUNABLE_ORIGIN]);

	itp_json_string(j, "name", itp_nl_string(tb[ITP_A_TUNABLE_NAME]));
	itp_json_uint(j, "value", itp_nl_uint(tb[ITP_A_TUNABLE_VALUE]));
	json_name(j, "type", NAME(types, type), type);
	itp_json_string(j, "unit", itp_nl_string(tb[ITP_A_TUNABLE_UNIT]));
	itp_json_uint(j, "default", itp_nl_uint(tb[ITP_A_TUNABLE_DEFAULT]));
	itp_json_uint(j, "min", itp_nl_uint(tb[ITP_A_TUNABLE_MIN_VALUE]));
	itp_json_uint(j, "max", itp_nl_uint(tb[ITP_A_TUNABLE_MAX_VALUE]));
	json_name(j, "scope", NAME(scopes, scope), scope);
	json_name(j, "effect", NAME(effects, effect), effect);
	json_name(j, "origin", NAME(origins, origin), origin);
	if (tb[ITP_A_TUNABLE_NAMES])
		itp_json_string(j, "names",
				itp_nl_string(tb[ITP_A_TUNABLE_NAMES]));
	itp_json_string(j, "help", itp_nl_string(tb[ITP_A_TUNABLE_HELP]));
}

struct list {
	struct itp_json *json;
	struct table *table;
};

static void add_row(struct table *t, const struct nlattr **tb)
{
	uint32_t scope = number(tb[ITP_A_TUNABLE_SCOPE]);
	uint32_t effect = number(tb[ITP_A_TUNABLE_EFFECT]);
	char value[24], def[24], range[48], note[512];

	snprintf(value, sizeof(value), "%llu",
		 (unsigned long long)itp_nl_uint(tb[ITP_A_TUNABLE_VALUE]));
	snprintf(def, sizeof(def), "%llu",
		 (unsigned long long)itp_nl_uint(tb[ITP_A_TUNABLE_DEFAULT]));
	snprintf(range, sizeof(range), "%llu..%llu",
		 (unsigned long long)itp_nl_uint(tb[ITP_A_TUNABLE_MIN_VALUE]),
		 (unsigned long long)itp_nl_uint(tb[ITP_A_TUNABLE_MAX_VALUE]));
	table_row(t, (const char *[]){
		itp_nl_string(tb[ITP_A_TUNABLE_NAME]), value,
		itp_nl_string(tb[ITP_A_TUNABLE_UNIT]), range, def,
		tunable_origin(tb), name_of(NAME(scopes, scope), scope),
		name_of(NAME(effects, effect), effect) });
	if (!opt.stats)
		return;
	snprintf(note, sizeof(note), "        %s%s%s\n",
		 itp_nl_string(tb[ITP_A_TUNABLE_HELP]),
		 tb[ITP_A_TUNABLE_NAMES] ? ": " : "",
		 itp_nl_string(tb[ITP_A_TUNABLE_NAMES]));
	table_notes(t, note);
}

static int show_one(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_TUNABLE_MAX + 1];
	struct list *list = arg;

	itp_nl_parse(nlh, tb, ITP_A_TUNABLE_MAX);
	if (opt.json) {
		itp_json_object(list->json, NULL);
		tunable_json(list->json, tb);
		itp_json_end(list->json, '}');
	} else {
		add_row(list->table, tb);
	}
	return 0;
}

/**
 * tunable_put_name - put a name; '-' for '_', the module knows no '-'
 * @nlh: request
 * @attr: attribute
 * @name: as typed
 */
void tunable_put_name(struct nlmsghdr *nlh, uint16_t attr, const char *name)
{
	char copy[64];
	char *c;

	snprintf(copy, sizeof(copy), "%s", name);
	for (c = copy; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	mnl_attr_put_strz(nlh, attr, copy);
}

static void put_name(struct nlmsghdr *nlh, const char *name)
{
	tunable_put_name(nlh, ITP_A_TUNABLE_NAME, name);
}

static int show(int argc, char **argv)
{
	static const char * const header[] = {
		"NAME", "VALUE", "UNIT", "RANGE", "DEFAULT", "ORIGIN", "SCOPE",
		"EFFECT"
	};
	struct table table = { .columns = 8 };
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	struct itp_json json;
	struct itp_nl nl;
	int err;

	if (argc > 1)
		return usage_error("tunable show takes one name");
	err = open_nl(&nl);
	if (err)
		return err;
	nlh = itp_nl_request(&nl, buf, ITP_CMD_TUNABLE_GET,
			     argc ? 0 : NLM_F_DUMP);
	if (argc)
		put_name(nlh, argv[0]);
	itp_json_init(&json, stdout, opt.pretty);
	if (opt.json)
		itp_json_array(&json, NULL);
	else
		table_row(&table, header);
	err = itp_nl_talk(&nl, nlh, show_one, &(struct list){ &json, &table });
	if (opt.json)
		itp_json_end(&json, ']');
	else if (!err || table.rows > 1)
		table_print(&table, ".r..r...");
	if (err)
		err = kernel_error(&nl, err);
	itp_nl_close(&nl);
	return err;
}

/**
 * value_parse - a number, on or off
 * @text: as typed
 * @value: gets it
 *
 * Return: false if it is none.
 */
bool value_parse(const char *text, uint64_t *value)
{
	char *end;

	if (!strcmp(text, "on") || !strcmp(text, "true")) {
		*value = 1;
		return true;
	}
	if (!strcmp(text, "off") || !strcmp(text, "false")) {
		*value = 0;
		return true;
	}
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !*end && !errno;
}

static int change(uint8_t cmd, const char *name, const uint64_t *value)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	struct itp_nl nl;
	int err = open_nl(&nl);

	if (err)
		return err;
	nlh = itp_nl_request(&nl, buf, cmd, 0);
	if (name)
		put_name(nlh, name);
	if (value)
		mnl_attr_put_u64(nlh, ITP_A_TUNABLE_VALUE, *value);
	err = itp_nl_talk(&nl, nlh, NULL, NULL);
	if (err)
		err = kernel_error(&nl, err);
	itp_nl_close(&nl);
	return err;
}

/* The number that the row's names give a text. */
struct named {
	const char *text;
	uint64_t *value;
	bool found;
};

static int find_name(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_TUNABLE_MAX + 1];
	struct named *named = arg;
	const char *at;
	uint64_t nr;
	size_t len;

	itp_nl_parse(nlh, tb, ITP_A_TUNABLE_MAX);
	if (!tb[ITP_A_TUNABLE_NAMES])
		return 0;
	nr = itp_nl_uint(tb[ITP_A_TUNABLE_MIN_VALUE]);
	for (at = itp_nl_string(tb[ITP_A_TUNABLE_NAMES]); *at; nr++) {
		len = strcspn(at, " ");
		if (strlen(named->text) == len &&
		    !strncmp(at, named->text, len)) {
			*named->value = nr;
			named->found = true;
		}
		at += len + strspn(at + len, " ");
	}
	return 0;
}

/**
 * tunable_value - the number that a text stands for
 * @nl: to ask for the names of an enum's values
 * @name: tunable
 * @text: as typed
 * @value: gets the number
 *
 * Return: 0, or an exit status with the error told.
 */
int tunable_value(struct itp_nl *nl, const char *name, const char *text,
		  uint64_t *value)
{
	struct named named = { text, value, false };
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int err;

	if (value_parse(text, value))
		return 0;
	if (isdigit((unsigned char)*text))
		return usage_error("%s: \"%s\" is not a number", name, text);
	nlh = itp_nl_request(nl, buf, ITP_CMD_TUNABLE_GET, 0);
	put_name(nlh, name);
	err = itp_nl_talk(nl, nlh, find_name, &named);
	if (err)
		return kernel_error(nl, err);
	if (!named.found)
		return usage_error("%s: \"%s\" is not a number, nor a name of its values",
				   name, text);
	return 0;
}

static int set(int argc, char **argv)
{
	struct itp_nl nl;
	uint64_t value;
	int err;

	if (argc != 2)
		return usage_error("tunable set takes a name and a value");
	if (!value_parse(argv[1], &value)) {
		if (isdigit((unsigned char)*argv[1]))
			return usage_error("%s: \"%s\" is not a number",
					   argv[0], argv[1]);
		err = open_nl(&nl);
		if (err)
			return err;
		err = tunable_value(&nl, argv[0], argv[1], &value);
		itp_nl_close(&nl);
		if (err)
			return err;
	}
	return change(ITP_CMD_TUNABLE_SET, argv[0], &value);
}

static int reset(int argc, char **argv)
{
	if (argc != 1)
		return usage_error("tunable reset takes a name, or all");
	return change(ITP_CMD_TUNABLE_RESET,
		      strcmp(argv[0], "all") ? argv[0] : NULL, NULL);
}

int cmd_tunable(int argc, char **argv)
{
	static const struct word verbs[] = {
		{ "show", show },
		{ "list", show },
		{ "set", set },
		{ "reset", reset },
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
