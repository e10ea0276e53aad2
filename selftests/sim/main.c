// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim [-n CONNECTIONS] [-s SEED] [-v] [--mutation N]
 *
 * Runs worlds with seeds SEED, SEED + 1 ... until CONNECTIONS were opened, and
 * stops at the first broken invariant with the command that repeats that world
 * alone. From COVERAGE_MIN connections on it also demands that everything that
 * can happen did.
 */
#include <getopt.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <sanitizer/common_interface_defs.h>
#include "sim.h"

#define COVERAGE_MIN	10000

struct tally tally;
bool verbose;
const char *prog;

/* An assertion or a sanitizer ended the run: say where it was. */
static void died(void)
{
	char cmd[256];
	int n;

	if (!current)
		return;
	n = snprintf(cmd, sizeof(cmd),
		     "not ok - world %" PRIu64 " crashed\n"
		     "# repeat: cd selftests && %s -n 1 -s %" PRIu64
		     " --mutation %u -v\n", current->seed, prog, current->seed,
		     itp_mutation);
	if (write(STDOUT_FILENO, cmd, n) < 0)
		_exit(99);
}

static void on_abort(int sig)
{
	(void)sig;
	died();
	_exit(2);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void usage(void)
{
	fprintf(stderr, "usage: %s [-n CONNECTIONS] [-s SEED] [-v] [--mutation N]\n",
		prog);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "mutation", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	u64 n = 1000;
	u64 seed = 1;
	u64 first;
	double begin;
	int missing = 0;
	int opt;

	/* As a failure's command names it, from wherever this was started. */
	prog = "sim/sim";
	while ((opt = getopt_long(argc, argv, "n:s:v", options, NULL)) != -1) {
		if (opt == 'n')
			n = strtoull(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'v')
			verbose = true;
		else if (opt == 'm')
			itp_mutation = strtoul(optarg, NULL, 0);
		else
			usage();
	}
	if (optind != argc)
		usage();
	signal(SIGABRT, on_abort);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_death_callback(died);
#endif
	setvbuf(stdout, NULL, _IOLBF, 0);
	itp_test_on_state = check_state;
	itp_test_on_event = check_event;
	printf("TAP version 13\n1..%d\n",
	       1 + (n >= COVERAGE_MIN ? coverage(false) : 0));
	printf("# seed %" PRIu64 "\n", seed);
	begin = seconds();
	for (first = seed; tally.conns < n; seed++)
		world_run(seed);
	printf("ok 1 - %" PRIu64 " connections in worlds %" PRIu64 "..%" PRIu64
	       "\n", tally.conns, first, seed - 1);
	if (n >= COVERAGE_MIN)
		missing = coverage(true);
	summary(seconds() - begin);
	return missing != 0;
}
