/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small TAP harness: TEST(func__case) { ... CHECK(...); } registers itself.
 * A check that fails prints where and the values, and ends its case.
 */
#ifndef _ITP_TAP_H
#define _ITP_TAP_H

#include <inttypes.h>
#include <stdio.h>
#include "hooks.h"

struct tap_case {
	const char *name;
	void (*run)(void);
	struct tap_case *next;
};

void tap_register(struct tap_case *c);
/* The case that runs: for cases that share a function. */
extern const struct tap_case *tap_running;
void tap_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* Ends the case, counted as skipped. */
void tap_skip(const char *reason) __attribute__((noreturn));

/* What the check that fails belongs to (a round of a loop); shown with it. */
extern const char *tap_what;
extern u64 tap_round;

#define TEST(id)							\
	static void id(void);						\
	static struct tap_case id##_case = { #id, id, NULL };		\
	__attribute__((constructor)) static void id##_reg(void)		\
	{								\
		tap_register(&id##_case);				\
	}								\
	static void id(void)

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			tap_fail(__FILE__, __LINE__, "%s", #cond);	\
	} while (0)

#define CHECK_OP(a, op, b)						\
	do {								\
		int64_t _x = (int64_t)(a);				\
		int64_t _y = (int64_t)(b);				\
		if (!(_x op _y))					\
			tap_fail(__FILE__, __LINE__,			\
				 "%s %s %s: %" PRId64 " and %" PRId64,	\
				 #a, #op, #b, _x, _y);			\
	} while (0)

#define CHECK_EQ(a, b)	CHECK_OP(a, ==, b)
#define CHECK_NE(a, b)	CHECK_OP(a, !=, b)
#define CHECK_LE(a, b)	CHECK_OP(a, <=, b)
#define CHECK_GE(a, b)	CHECK_OP(a, >=, b)
#define CHECK_LT(a, b)	CHECK_OP(a, <, b)
#define CHECK_GT(a, b)	CHECK_OP(a, >, b)

#endif /* _ITP_TAP_H */
