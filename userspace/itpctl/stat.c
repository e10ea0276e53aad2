// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl stat: counters. Names and meanings come from the module.
 */
#include <string.h>
#include "itpctl.h"

static const char help[] =
"Usage: itpctl stat [show [NAME]...]\n"
"\n"
"Counters of the network namespace since it was made or the module was loaded.\n"
"Those that are 0 are left out unless they are named or -s is given; -s also\n"
"tells what each counts. JSON has them all.\n";

struct list {
	struct itp_json *json;
	struct table *table;
	bool named;
};

static int show_one(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_STAT_MAX + 1];
	struct list *list = arg;
	const char *name, *text;
	char number[24];
	uint64_t value;

	itp_nl_parse(nlh, tb, ITP_A_STAT_MAX);
	name = itp_nl_string(tb[ITP_A_STAT_NAME]);
	text = itp_nl_string(tb[ITP_A_STAT_HELP]);
	value = itp_nl_uint(tb[ITP_A_STAT_VALUE]);
	if (opt.json) {
		itp_json_object(list->json, NULL);
		itp_json_string(list->json, "name", name);
		itp_json_uint(list->json, "value", value);
		itp_json_string(list->json, "help", text);
		itp_json_end(list->json, '}');
	} else if (value || opt.stats || list->named) {
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)value);
		table_row(list->table, (const char *[]){ name, number, text });
	}
	return 0;
}

static int ask(struct itp_nl *nl, const char *name, struct list *list)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = itp_nl_request(nl, buf, ITP_CMD_STATS_GET,
			     name ? 0 : NLM_F_DUMP);
	if (name && strlen(name) < 128)
		mnl_attr_put_strz(nlh, ITP_A_STAT_NAME, name);
	return itp_nl_talk(nl, nlh, show_one, list);
}

static int show(int argc, char **argv)
{
	struct table table = { .columns = opt.stats ? 3 : 2 };
	struct itp_json json;
	struct list list = { &json, &table, argc > 0 };
	struct itp_nl nl;
	int i, err;

	err = open_nl(&nl);
	if (err)
		return err;
	itp_json_init(&json, stdout, opt.pretty);
	if (opt.json)
		itp_json_array(&json, NULL);
	else
		table_row(&table, (const char *[]){ "NAME", "VALUE", "HELP" });
	err = argc ? 0 : ask(&nl, NULL, &list);
	for (i = 0; i < argc && !err; i++)
		err = ask(&nl, argv[i], &list);
	if (opt.json)
		itp_json_end(&json, ']');
	else if (!err || table.rows > 1)
		table_print(&table, ".r.");
	if (err)
		err = kernel_error(&nl, err);
	itp_nl_close(&nl);
	return err;
}

int cmd_stat(int argc, char **argv)
{
	static const struct word verbs[] = {
		{ "show", show },
		{ "list", show },
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
