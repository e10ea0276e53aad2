// SPDX-License-Identifier: GPL-2.0-only
/*
 * wire: packet-level tests of a TCP-like transport.
 *
 *   wire              all scripts
 *   wire -q           without those whose clocks take long
 *   wire -l           names
 *   wire NAME...      these (patterns as the shell's; wire__ may be left out)
 *   wire -a 0|1       of those for both IPv4 and IPv6 one, in turn; 1 takes the others
 *   wire -j N         N at once (default 6; 64 where virtual time is exact)
 *
 * WIRE_PROTO is the IP protocol under test, default 253; 6 tests the harness
 * itself against Linux' TCP. WIRE_VERBOSE=1 prints the trace of scripts that
 * pass, too. Needs the right to make network namespaces.
 *
 * Each script runs in a process and a network namespace of its own. Output is
 * TAP. Exit status 0 only if nothing failed and something ran.
 */
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "wire.h"

/* Seconds that a script may take, quick and slow. */
#define LIMIT		60
#define LIMIT_SLOW	9000
/* Slow ones wait more than they work. */
#define JOBS_SLOW	64
/*
 * Connections that a script closed outlive it, and with them their namespace:
 * a megabyte each on the debug kernel. In virtual time it costs nothing to wait
 * for their end after so many scripts, for as many seconds.
 */
#define BATCH		150
#define BATCH_PAUSE	130

int proto = 253;
bool tcp, v6, active;
unsigned int in_state;
const char *where_file = "main.c";
int where_line;

static struct script *scripts, **scripts_end = &scripts;
static bool verbose;
static const char *self;

/* One way to run a script. */
struct run {
	const struct script *s;
	char name[96];
	bool v6, active;
	unsigned int state;
	pid_t pid;
	int out;
};

static struct run *runs;
static int nruns, printed, failed;
static bool virtual_time;
static int turn = -1;		/* -a */
static struct run *current;

void script_register(struct script *s)
{
	*scripts_end = s;
	scripts_end = &s->next;
}

/* --- trace and failure ------------------------------------------------------*/

static char *log_text;
static size_t log_len, log_size;
static u64 started_us;

void trace(const char *fmt, ...)
{
	char line[400];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "#   %10.6f ",
		     (now_us() - started_us) / 1e6);
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (log_len + n > log_size) {
		log_size = log_size * 2 + 4096;
		log_text = realloc(log_text, log_size);
	}
	memcpy(log_text + log_len, line, n);
	log_len += n;
}

/* A long trace: its beginning and its end. */
void trace_print(void)
{
	const size_t half = 6000;
	size_t from;

	if (log_len < 2 * half + 500) {
		fwrite(log_text, 1, log_len, stdout);
		return;
	}
	for (from = half; log_text[from - 1] != '\n';)
		from++;
	fwrite(log_text, 1, from, stdout);
	printf("#   ...\n");
	for (from = log_len - half; log_text[from - 1] != '\n';)
		from++;
	fwrite(log_text + from, 1, log_len - from, stdout);
}

void fail_(const char *fmt, ...)
{
	va_list ap;

	printf("# %s:%d: ", where_file, where_line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	trace_print();
	printf("# repeat: %s%s%s %s\n", tcp ? "WIRE_PROTO=6 " : "", self, "",
	       current->name);
	fflush(stdout);
	user_end();
	_exit(1);
}

/* --- one script -------------------------------------------------------------*/

static void on_alarm(int sig)
{
	(void)sig;
	fail_("the script takes too long");
}

/* TCP with what ITP does not have yet switched off. */
static void tame_tcp(void)
{
	tunable_("timestamps", 0);
	tunable_("sack", 0);
	tunable_("ecn", 0);
	tunable_("rfc1337", 1);
	tunable_("no_metrics_save", 1);
	tunable_("syn_retries", 7);
	tunable_("fastopen", 0);
	tunable_("early_retrans", 0);
	tunable_("recovery", 0);
	if (!access("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", F_OK))
		tunable_("syn_linear_timeouts", 0);
}

static void run_child(struct run *r)
{
	current = r;
	dup2(r->out, 1);
	dup2(r->out, 2);
	v6 = r->v6;
	active = r->active;
	in_state = r->state;
	started_us = now_us();
	signal(SIGALRM, on_alarm);
	alarm(r->s->flags & SLOW ? LIMIT_SLOW : LIMIT);
	tun_open();
	if (tcp)
		tame_tcp();
	log_len = 0;
	started_us = now_us();
	peer_new();
	event_now();
	r->s->run();
	expect_silence_(0);
	if (verbose)
		trace_print();
	fflush(stdout);
	user_end();
	_exit(0);
}

static void start(struct run *r)
{
	r->out = memfd_create("out", MFD_CLOEXEC);
	fflush(stdout);
	r->pid = fork();
	if (r->pid == 0)
		run_child(r);
	if (r->pid < 0 || r->out < 0) {
		perror("wire");
		exit(125);
	}
}

static void report(struct run *r, int status)
{
	char buf[4096];
	off_t at = 0;
	ssize_t n;

	/* The verdict first: what follows it belongs to it. */
	printf("%sok %d - wire__%s\n", status ? "not " : "", ++printed, r->name);
	while ((n = pread(r->out, buf, sizeof(buf), at)) > 0) {
		fwrite(buf, 1, n, stdout);
		at += n;
	}
	close(r->out);
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	fflush(stdout);
	failed += !!status;
}

static void wait_one(void)
{
	int status, i;
	pid_t pid = wait(&status);

	for (i = 0; i < nruns; i++) {
		if (runs[i].pid != pid)
			continue;
		runs[i].pid = 0;
		report(&runs[i], status);
	}
}

static void run_all(bool slow, int jobs)
{
	int i, running = 0, started = 0;

	for (i = 0; i < nruns; i++) {
		if (!!(runs[i].s->flags & SLOW) != slow)
			continue;
		if (running == jobs) {
			wait_one();
			running--;
		}
		start(&runs[i]);
		running++;
		if (virtual_time && ++started % BATCH == 0)
			sleep(BATCH_PAUSE);
	}
	while (running--)
		wait_one();
}

/* --- which ------------------------------------------------------------------*/

static bool wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++) {
		const char *p = *patterns;

		if (!strncmp(p, "wire__", 6))
			p += 6;
		if (!fnmatch(p, name, 0) || (!strncmp(name, p, strlen(p)) &&
					     name[strlen(p)] == '_'))
			return true;
	}
	return false;
}

static void add(const struct script *s, unsigned int state, int variant,
		char **patterns)
{
	static unsigned int pairs;
	struct run r = { .s = s, .state = state };
	size_t n;
	char *c;

	r.v6 = variant & 1;
	r.active = variant & 2;
	if (r.v6 ? s->flags & ONLY4 : s->flags & ONLY6)
		return;
	if (r.active && !(s->flags & ROLES))
		return;
	if (tcp && (s->flags & NOTCP))
		return;
	/* IPv4 comes first, so this is the count of pairs. */
	pairs += !r.v6;
	if (turn >= 0 && !(s->flags & (ONLY4 | ONLY6)) &&
	    (pairs + r.v6 + turn) % 2)
		return;
	n = snprintf(r.name, sizeof(r.name), "%s%s%s%s_v%d", s->name,
		     state ? "_" : "", state ? state_name(state) : "",
		     !(s->flags & ROLES) ? "" : r.active ? "_active" : "_passive",
		     r.v6 ? 6 : 4);
	for (c = r.name; c < r.name + n; c++)
		*c = *c == '-' ? '_' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c;
	if (!wanted(r.name, patterns))
		return;
	runs = realloc(runs, (nruns + 1) * sizeof(*runs));
	runs[nruns++] = r;
}

static void collect(bool quick, char **patterns)
{
	const struct script *s;
	unsigned int state;
	int variant;

	for (s = scripts; s; s = s->next) {
		if (quick && (s->flags & SLOW))
			continue;
		for (state = s->states ? 1 : 0; state <= IN_TIME_WAIT;
		     state = state ? state << 1 : ~0U) {
			if (s->states && !(s->states & state))
				continue;
			for (variant = 0; variant < 4; variant++)
				add(s, state, variant, patterns);
		}
	}
}

static void list(void)
{
	int i;

	for (i = 0; i < nruns; i++)
		printf("wire__%s\n", runs[i].name);
	exit(0);
}

int main(int argc, char **argv)
{
	bool quick = false, names = false;
	const char *kind = getenv("LAB_KIND");
	int c, jobs = 6;

	self = argv[0];
	if (getenv("WIRE_PROTO"))
		proto = atoi(getenv("WIRE_PROTO"));
	verbose = getenv("WIRE_VERBOSE");
	tcp = proto == IPPROTO_TCP;
	/* In virtual time the machine's load has no influence. */
	virtual_time = getenv("LAB_TIME") && !strcmp(getenv("LAB_TIME"), "virtual");
	if (virtual_time) {
		slack_us = 5000;
		promptly_us = 10000;
		/* There work takes no time at all, only waiting does. */
		if (kind && !strcmp(kind, "uml"))
			jobs = JOBS_SLOW;
	}
	if (tcp)
		slack_us = 60000;
	while ((c = getopt(argc, argv, "lqa:j:")) != -1) {
		if (c == 'l')
			names = true;
		else if (c == 'q')
			quick = true;
		else if (c == 'a' && (*optarg == '0' || *optarg == '1'))
			turn = *optarg - '0';
		else if (c == 'j' && atoi(optarg) > 0)
			jobs = atoi(optarg);
		else
			return 125;
	}
	collect(quick, argv + optind);
	if (names)
		list();
	/* Where devices come with their modules. */
	if (access("/dev/net/tun", F_OK) && system("modprobe tun"))
		fprintf(stderr, "wire: no TUN devices here\n");
	printf("TAP version 13\n1..%d\n", nruns);
	run_all(false, jobs);
	run_all(true, JOBS_SLOW);
	printf("# %d passed, %d failed\n", nruns - failed, failed);
	return failed || !nruns;
}
