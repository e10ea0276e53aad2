/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small TAP harness for programs that test the kernel: every case runs in a
 * child of its own with a time limit, so that a crash, a signal or a call that
 * never returns fails one case and not the run.
 *
 *	KTAP_TEST(func__case, modes) { ... CHECK(...); }
 *
 * registers a case. What its modes mean is the program's; one line of output
 * per case and mode. A check that fails prints where and what, and ends the
 * case. Not here: anything about sockets (sock_api.h).
 */
#ifndef _KTAP_H
#define _KTAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct ktap_case {
	const char *name;
	unsigned int modes;
	void (*run)(void);
	struct ktap_case *next;
};

void ktap_register(struct ktap_case *c);
void ktap_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void ktap_skip(const char *why) __attribute__((noreturn));
void ktap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * ktap_run() - run what matches, print TAP
 * @argc: of main()
 * @argv: of main(): names of cases (fnmatch patterns); none: all of them, or with
 *	KST_TURN=0 or 1 in the environment every other one; --list: only print the names
 * @modes: names of the modes, bit 0 first, NULL at the end
 * @enter: called in the child before each case
 *
 * Return: exit status of the program: 0 if nothing failed.
 */
int ktap_run(int argc, char **argv, const char *const modes[],
	     void (*enter)(unsigned int mode));

#define KTAP_TEST(id, modes_)						\
	static void id(void);						\
	static struct ktap_case id##_case = { #id, modes_, id, NULL };	\
	__attribute__((constructor)) static void id##_reg(void)		\
	{								\
		ktap_register(&id##_case);				\
	}								\
	static void id(void)

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			ktap_fail(__FILE__, __LINE__, "%s", #cond);	\
	} while (0)

#define CHECK_OP(a, op, b)						\
	do {								\
		long long _x = (long long)(a);				\
		long long _y = (long long)(b);				\
		if (!(_x op _y))					\
			ktap_fail(__FILE__, __LINE__,			\
				  "%s %s %s: %lld (0x%llx) and %lld (0x%llx)",\
				  #a, #op, #b, _x, _x, _y, _y);		\
	} while (0)

#define CHECK_EQ(a, b)	CHECK_OP(a, ==, b)
#define CHECK_NE(a, b)	CHECK_OP(a, !=, b)
#define CHECK_LE(a, b)	CHECK_OP(a, <=, b)
#define CHECK_GE(a, b)	CHECK_OP(a, >=, b)

/* A call that must not fail; the value is its result. */
#define CHECK_OK(call)							\
	({								\
		long long _r = (long long)(call);			\
		if (_r < 0)						\
			ktap_fail(__FILE__, __LINE__, "%s: %s", #call,	\
				  strerror(errno));			\
		_r;							\
	})

/* A call that must fail with @err. */
#define CHECK_ERR(call, err)						\
	do {								\
		long long _r = (long long)(call);			\
		int _e = errno;						\
		if (_r != -1)						\
			ktap_fail(__FILE__, __LINE__,			\
				  "%s: %lld instead of %s", #call, _r,	\
				  strerror(err));			\
		if (_e != (err))					\
			ktap_fail(__FILE__, __LINE__,			\
				  "%s: \"%s\" instead of \"%s\"", #call,\
				  strerror(_e), strerror(err));		\
	} while (0)

#endif /* _KTAP_H */
