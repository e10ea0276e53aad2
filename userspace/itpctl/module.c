// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl module: the module itself.
 */
#include "itpctl.h"

static const char help[] =
"Usage: itpctl module [show]\n"
"\n"
"What is loaded: the IP protocol number in use, versions, how many tunables and\n"
"counters there are.\n";

static int show_one(const struct nlmsghdr *nlh, void *arg)
{
	static const struct {
		uint16_t attr;
		const char *name;
		bool string;
	} rows[] = {
		{ ITP_A_MODULE_PROTOCOL, "protocol", false },
		{ ITP_A_MODULE_VERSION, "version", true },
		{ ITP_A_MODULE_KERNEL, "kernel", true },
		{ ITP_A_MODULE_INFO_SIZE, "info_size", false },
		{ ITP_A_MODULE_TUNABLES, "tunables", false },
		{ ITP_A_MODULE_COUNTERS, "counters", false },
		{ ITP_A_MODULE_HZ, "hz", false },
	};
	const struct nlattr *tb[ITP_A_MODULE_MAX + 1];
	struct itp_json *json = arg;
	size_t i;

	itp_nl_parse(nlh, tb, ITP_A_MODULE_MAX);
	if (opt.json)
		itp_json_object(json, NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct nlattr *attr = tb[rows[i].attr];

		if (!attr)
			continue;
		if (opt.json && rows[i].string)
			itp_json_string(json, rows[i].name, itp_nl_string(attr));
		else if (opt.json)
			itp_json_uint(json, rows[i].name, itp_nl_uint(attr));
		else if (rows[i].string)
			printf("%s %s\n", rows[i].name, itp_nl_string(attr));
		else
			printf("%s %llu\n", rows[i].name,
			       (unsigned long long)itp_nl_uint(attr));
	}
	if (opt.json)
		itp_json_end(json, '}');
	return 0;
}

static int show(int argc, char **argv)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct itp_json json;
	struct itp_nl nl;
	int err;

	(void)argv;
	if (argc)
		return usage_error("module show takes no more words");
	err = open_nl(&nl);
	if (err)
		return err;
	itp_json_init(&json, stdout, opt.pretty);
	if (opt.json)
		itp_json_array(&json, NULL);
	err = itp_nl_talk(&nl, itp_nl_request(&nl, buf, ITP_CMD_MODULE_GET, 0),
			  show_one, &json);
	if (opt.json)
		itp_json_end(&json, ']');
	if (err)
		err = kernel_error(&nl, err);
	itp_nl_close(&nl);
	return err;
}

int cmd_module(int argc, char **argv)
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
