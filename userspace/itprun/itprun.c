// SPDX-License-Identifier: GPL-2.0-only
/*
 * itprun: run a program with its TCP sockets made ITP sockets. It never falls
 * back to TCP unless it is told to; what it cannot reach it refuses.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "../lib/nl.h"
#include "itprun.h"
#include "target.h"

#define VERSION "0.1"

/* As env(1) has them. */
enum {
	EXIT_OURS = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

static const char help[] =
"Usage: itprun [--or-tcp] PROGRAM [ARGUMENT]...\n"
"\n"
"Runs PROGRAM with its TCP sockets made sockets of ITP: socket() for a stream\n"
"over IPv4 or IPv6, with protocol 0 or TCP, gets ITP's protocol number. The\n"
"programs that it starts inherit this. getsockopt(SO_PROTOCOL) tells the truth.\n"
"\n"
"  --or-tcp       run PROGRAM over TCP, with a warning, where ITP cannot be had\n"
"  -h, --help     this text\n"
"  -V, --version  version of this program\n"
"\n"
"PROGRAM is refused if the module is not loaded, or if a preloaded library\n"
"cannot reach its sockets: it is linked statically, written in Go, set-uid or\n"
"set-gid, or a script whose interpreter is. Programs that it starts are not\n"
"looked at; such ones among them use TCP.\n"
"\n"
"Exit status: that of PROGRAM; 125 itprun refused, 126 PROGRAM cannot be run,\n"
"127 PROGRAM was not found.\n";

static void say(const char *fmt, ...)
{
	va_list args;

	fputs("itprun: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	putc('\n', stderr);
}

static int read_protocol(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[ITP_A_MODULE_MAX + 1];

	itp_nl_parse(nlh, tb, ITP_A_MODULE_MAX);
	*(int *)arg = (int)itp_nl_uint(tb[ITP_A_MODULE_PROTOCOL]);
	return 0;
}

/* The module's protocol number; 0 and a reason if sockets cannot be had. */
static int find_protocol(char *why, size_t size)
{
	char buf[ITP_NL_REQUEST_SIZE];
	int protocol = 0;
	struct itp_nl nl;
	int err, fd;

	err = itp_nl_open(&nl);
	if (!err) {
		err = itp_nl_talk(&nl,
				  itp_nl_request(&nl, buf, ITP_CMD_MODULE_GET,
						 0),
				  read_protocol, &protocol);
		itp_nl_close(&nl);
	}
	if (err) {
		snprintf(why, size, "%s",
			 *nl.text ? nl.text : strerror(-err));
		return 0;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	if (fd < 0) {
		snprintf(why, size, "socket(AF_INET, SOCK_STREAM, %d): %s",
			 protocol, strerror(errno));
		return 0;
	}
	close(fd);
	return protocol;
}

/* The library lies beside this program, or where it was installed. */
static bool find_library(char *path, size_t size, char *why, size_t why_size)
{
	static const char * const places[] = {
		"libitprun.so", "../lib/itp/libitprun.so"
	};
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	self[len < 0 ? 0 : len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		slash[1] = '\0';
	for (i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s%s", self, places[i]);
		if (access(path, R_OK))
			continue;
		/* These separate the entries of LD_PRELOAD. */
		if (!strpbrk(path, " :"))
			return true;
		snprintf(why, why_size,
			 "LD_PRELOAD cannot hold the path of %s", path);
		return false;
	}
	snprintf(why, why_size, "libitprun.so is not where it should be");
	return false;
}

static bool set_environment(int protocol, const char *library, bool or_tcp)
{
	const char *old = getenv("LD_PRELOAD");
	char number[16], *preload;
	bool ok;

	snprintf(number, sizeof(number), "%d", protocol);
	if (asprintf(&preload, "%s%s%s", library, old && *old ? ":" : "",
		     old ? old : "") < 0)
		return false;
	ok = !setenv("LD_PRELOAD", preload, 1) &&
	     !setenv(ITPRUN_PROTOCOL, number, 1) &&
	     (or_tcp ? !setenv(ITPRUN_OR_TCP, "1", 1) :
		       !unsetenv(ITPRUN_OR_TCP));
	free(preload);
	return ok;
}

/* Make ITP of TCP for @path, or say why not. */
static bool prepare(const char *path, bool or_tcp, char *why, size_t size)
{
	char library[PATH_MAX + 32];
	int protocol;

	if (!target_check(path, why, size))
		return false;
	protocol = find_protocol(why, size);
	if (!protocol)
		return false;
	if (!find_library(library, sizeof(library), why, size))
		return false;
	if (set_environment(protocol, library, or_tcp))
		return true;
	snprintf(why, size, "no memory");
	return false;
}

static int run(char **argv, bool or_tcp)
{
	char path[PATH_MAX], why[PATH_MAX + 128];
	int error;

	if (!target_find(argv[0], path, sizeof(path), &error)) {
		say("%s: %s", argv[0], strerror(error));
		return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
	}
	if (!prepare(path, or_tcp, why, sizeof(why))) {
		if (!or_tcp) {
			say("%s", why);
			return EXIT_OURS;
		}
		say("%s; running over TCP", why);
	}
	execv(path, argv);
	say("%s: %s", argv[0], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

int main(int argc, char **argv)
{
	bool or_tcp = false;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			fputs(help, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "-V") || !strcmp(argv[i], "--version")) {
			puts("itprun " VERSION);
			return 0;
		}
		if (strcmp(argv[i], "--or-tcp")) {
			say("option %s is unknown; try --help", argv[i]);
			return EXIT_OURS;
		}
		or_tcp = true;
	}
	if (i >= argc) {
		say("a program is missing; try --help");
		return EXIT_OURS;
	}
	return run(argv + i, or_tcp);
}
