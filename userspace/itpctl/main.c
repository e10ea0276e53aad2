// SPDX-License-Identifier: GPL-2.0-only
/*
 * itpctl: see and tune ITP. Here are the options and the table of objects; each
 * object has a file of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "itpctl.h"

#define VERSION "0.1"

static const char help[] =
"Usage: itpctl [OPTIONS] OBJECT [COMMAND [ARGUMENTS]]\n"
"       itpctl OBJECT help\n"
"\n"
"OBJECT   conn      connections, half-open entries, TIME-WAIT, listeners\n"
"         tunable   time-outs, limits and switches\n"
"         monitor   changes as they happen\n"
"         stat      counters\n"
"         module    the module itself\n"
"\n"
"OPTIONS  -j, -json       JSON: an array, or for monitor an object per line\n"
"         -p, -pretty     indent JSON\n"
"         -s, -stats      more of everything; twice: all there is\n"
"         -4, -6          only IPv4, only IPv6\n"
"         -n, -netns NAME in that network namespace (a name or a path)\n"
"         -N, -numeric    numbers, not names and rounded units\n"
"         -H, -noheader   no line with the names of the columns\n"
"         -t, -timestamp  times with date and zone\n"
"         -V, -version    version of this program\n"
"         -h, -help       this text\n"
"\n"
"Words may be cut short where they stay unique. The command is show if none is\n"
"given. Exit status: 0 done, 1 the words were wrong, 2 the kernel refused.\n";

static const struct word objects[] = {
	{ "conn", cmd_conn },
	{ "tunable", cmd_tunable },
	{ "monitor", cmd_monitor },
	{ "stat", cmd_stat },
	{ "module", cmd_module },
	{ "help", NULL },
	{ NULL, NULL }
};

enum option {
	OPT_JSON, OPT_PRETTY, OPT_STATS, OPT_4, OPT_6, OPT_NETNS, OPT_NUMERIC,
	OPT_NOHEADER, OPT_TIMESTAMP, OPT_VERSION, OPT_HELP
};

static const struct {
	char letter;
	const char *name;
} option_names[] = {
	[OPT_JSON] = { 'j', "json" },
	[OPT_PRETTY] = { 'p', "pretty" },
	[OPT_STATS] = { 's', "stats" },
	[OPT_4] = { '4', "ipv4" },
	[OPT_6] = { '6', "ipv6" },
	[OPT_NETNS] = { 'n', "netns" },
	[OPT_NUMERIC] = { 'N', "numeric" },
	[OPT_NOHEADER] = { 'H', "noheader" },
	[OPT_TIMESTAMP] = { 't', "timestamp" },
	[OPT_VERSION] = { 'V', "version" },
	[OPT_HELP] = { 'h', "help" },
};

#define OPTIONS (sizeof(option_names) / sizeof(option_names[0]))

static int enter_netns(const char *name)
{
	char path[4096];
	int fd;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
		fprintf(stderr, "Error: network namespace %s: %s\n", name,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_KERNEL;
	}
	close(fd);
	return 0;
}

/* -1: go on, else the exit status. */
static int set_option(enum option which, const char *value)
{
	switch (which) {
	case OPT_JSON:
		opt.json = true;
		break;
	case OPT_PRETTY:
		opt.pretty = true;
		break;
	case OPT_STATS:
		opt.stats++;
		break;
	case OPT_4:
		opt.ipv4 = true;
		break;
	case OPT_6:
		opt.ipv6 = true;
		break;
	case OPT_NETNS:
		opt.netns = value;
		break;
	case OPT_NUMERIC:
		opt.numeric = true;
		break;
	case OPT_NOHEADER:
		opt.no_header = true;
		break;
	case OPT_TIMESTAMP:
		opt.date = true;
		break;
	case OPT_VERSION:
		puts("itpctl " VERSION);
		return EXIT_OK;
	case OPT_HELP:
		fputs(help, stdout);
		return EXIT_OK;
	}
	return -1;
}

/* -name or --name, whole or cut short where that is unique. */
static int long_option(const char *name)
{
	size_t len = strlen(name);
	int found = -1;
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		if (len < 2 || strncmp(option_names[i].name, name, len))
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}

static int letter_option(char letter)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		if (option_names[i].letter == letter)
			return (int)i;
	}
	return -1;
}

/*
 * One argument that begins with '-': a name, or letters. @value is the
 * argument behind it; *used says that it belongs to it.
 */
static int parse_option(const char *arg, const char *value, bool *used)
{
	const char *name = arg + 1 + (arg[1] == '-');
	const char *letters;
	int which, ret;

	which = long_option(name);
	letters = which < 0 && arg[1] != '-' ? name : "";
	if (which < 0 && !*letters)
		return usage_error("option %s is unknown", arg);
	do {
		if (*letters) {
			which = letter_option(*letters++);
			if (which < 0)
				return usage_error("option %s is unknown", arg);
		}
		*used = which == OPT_NETNS;
		if (*used && (!value || *letters))
			return usage_error("%s: a network namespace is missing",
					   arg);
		ret = set_option((enum option)which, value);
		if (ret >= 0)
			return ret;
	} while (*letters);
	return -1;
}

int main(int argc, char **argv)
{
	int words = 0, i, object, ret;
	bool used;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1]) {
			argv[words++] = argv[i];
			continue;
		}
		used = false;
		ret = parse_option(argv[i], argv[i + 1], &used);
		if (ret >= 0)
			return ret;
		i += used;
	}
	if (!words) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	object = word_find(objects, argv[0], "object");
	if (object < 0)
		return EXIT_USAGE;
	if (!objects[object].run) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (opt.netns && (words < 2 || strcmp(argv[1], "help"))) {
		ret = enter_netns(opt.netns);
		if (ret)
			return ret;
	}
	ret = objects[object].run(words - 1, argv + 1);
	if ((fflush(stdout) || ferror(stdout)) && ret == EXIT_OK) {
		fprintf(stderr, "Error: cannot write: %s\n", strerror(errno));
		return EXIT_KERNEL;
	}
	return ret;
}
