// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TAP harness of ktap.h.
 */
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ktap.h"

/* Seconds that a case may take. */
#define CASE_LIMIT	60

#define STATUS_FAIL	1
#define STATUS_SKIP	4

static struct ktap_case *cases;
static struct ktap_case **cases_end = &cases;

void ktap_register(struct ktap_case *c)
{
	*cases_end = c;
	cases_end = &c->next;
}

void ktap_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(STATUS_FAIL);
}

void ktap_skip(const char *why)
{
	printf("# %s\n", why);
	fflush(stdout);
	_exit(STATUS_SKIP);
}

void ktap_diag(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	if (argc < 2)
		return true;
	for (i = 1; i < argc; i++)
		if (fnmatch(argv[i], name, 0) == 0)
			return true;
	return false;
}

/* The child leads a process group, so that its own children end with it. */
static int run_case(const struct ktap_case *c, unsigned int mode,
		    void (*enter)(unsigned int mode))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return STATUS_FAIL;
	if (pid == 0) {
		setpgid(0, 0);
		alarm(CASE_LIMIT);
		enter(mode);
		c->run();
		fflush(stdout);
		_exit(0);
	}
	setpgid(pid, pid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return STATUS_FAIL;
	kill(-pid, SIGKILL);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	ktap_diag("ended by signal %d (%s)", WTERMSIG(status),
		  WTERMSIG(status) == SIGALRM ? "time limit" :
		  strsignal(WTERMSIG(status)));
	return STATUS_FAIL;
}

/*
 * Of all that is wanted, in order; with KST_TURN=0|1 every other one, unless
 * cases are named.
 */
static bool chosen(const struct ktap_case *c, unsigned int mode,
		   const char *mode_name, int argc, char **argv,
		   unsigned int *place)
{
	const char *turn = getenv("KST_TURN");
	char name[128];

	if (!(c->modes & (1U << mode)))
		return false;
	snprintf(name, sizeof(name), "%s_%s", c->name, mode_name);
	if (!wanted(name, argc, argv) && !wanted(c->name, argc, argv))
		return false;
	return argc > 1 || !turn || !*turn ||
	       (*place)++ % 2 == (unsigned int)atoi(turn);
}

static unsigned int count(int argc, char **argv, const char *const modes[])
{
	const struct ktap_case *c;
	unsigned int n = 0, m, place = 0;

	for (c = cases; c; c = c->next)
		for (m = 0; modes[m]; m++)
			n += chosen(c, m, modes[m], argc, argv, &place);
	return n;
}

static void list(const char *const modes[])
{
	const struct ktap_case *c;
	unsigned int m;

	for (c = cases; c; c = c->next)
		for (m = 0; modes[m]; m++)
			if (c->modes & (1U << m))
				printf("%s_%s\n", c->name, modes[m]);
}

int ktap_run(int argc, char **argv, const char *const modes[],
	     void (*enter)(unsigned int mode))
{
	unsigned int nr = 0, failed = 0, skipped = 0, m, place = 0;
	const struct ktap_case *c;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list(modes);
		return 0;
	}
	printf("TAP version 13\n1..%u\n", count(argc, argv, modes));
	for (c = cases; c; c = c->next) {
		for (m = 0; modes[m]; m++) {
			int status;

			if (!chosen(c, m, modes[m], argc, argv, &place))
				continue;
			status = run_case(c, 1U << m, enter);
			nr++;
			failed += status != 0 && status != STATUS_SKIP;
			skipped += status == STATUS_SKIP;
			printf("%s %u %s_%s%s\n", status == 0 ||
			       status == STATUS_SKIP ? "ok" : "not ok", nr,
			       c->name, modes[m],
			       status == STATUS_SKIP ? " # SKIP" : "");
		}
	}
	ktap_diag("%u passed, %u failed, %u skipped", nr - failed - skipped,
		  failed, skipped);
	fflush(stdout);
	return failed || nr == 0 ? 1 : 0;
}
