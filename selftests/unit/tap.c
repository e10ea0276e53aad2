// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the cases of one test program: all, or those named as arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include "tap.h"

const char *tap_what;
u64 tap_round;
const struct tap_case *tap_running;

static struct tap_case *first;
static struct tap_case **last = &first;
static jmp_buf out;
static char why[512];
static const char *skipped;

void tap_register(struct tap_case *c)
{
	*last = c;
	last = &c->next;
}

void tap_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(why, sizeof(why), "%s:%d: ", file, line);
	va_start(ap, fmt);
	n += vsnprintf(why + n, sizeof(why) - n, fmt, ap);
	va_end(ap);
	if (tap_what && n < (int)sizeof(why))
		snprintf(why + n, sizeof(why) - n, " (%s %" PRIu64 ")",
			 tap_what, tap_round);
	longjmp(out, 1);
}

void tap_skip(const char *reason)
{
	skipped = reason;
	longjmp(out, 1);
}

static bool wanted(const struct tap_case *c, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], c->name))
			return true;
	}
	return argc < 2;
}

static bool run(struct tap_case *c)
{
	tap_what = NULL;
	tap_round = 0;
	tap_running = c;
	skipped = NULL;
	itp_test_alloc_fail = 0;
	itp_mutation = 0;
	memset(itp_test_counters, 0, sizeof(itp_test_counters));
	itp_test_on_event = NULL;
	itp_test_on_state = NULL;
	if (setjmp(out))
		return skipped;
	c->run();
	return true;
}

int main(int argc, char **argv)
{
	struct tap_case *c;
	int failed = 0;
	int nr = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("TAP version 13");
	for (c = first; c; c = c->next)
		nr += wanted(c, argc, argv);
	printf("1..%d\n", nr);
	nr = 0;
	for (c = first; c; c = c->next) {
		u64 live = itp_test_live;
		bool ok;

		if (!wanted(c, argc, argv))
			continue;
		ok = run(c);
		if (ok && itp_test_live != live) {
			ok = false;
			snprintf(why, sizeof(why), "%" PRId64 " objects leaked",
				 (int64_t)(itp_test_live - live));
		}
		printf("%s %d - %s%s%s\n", ok ? "ok" : "not ok", ++nr, c->name,
		       skipped ? " # SKIP " : "", skipped ? skipped : "");
		if (ok)
			continue;
		failed++;
		printf("# %s\n# repeat: cd selftests && %s %s\n", why,
		       argv[0], c->name);
	}
	/* A case that failed half way leaves things behind: no leak check. */
	if (failed) {
		fflush(stdout);
		_exit(1);
	}
	return !nr;
}
