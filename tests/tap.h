/* tap.h - TAP output of the C tests */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* ok(condition, "what %d", n): one test; returns the condition. */
#define ok(condition, ...) tap_ok((condition), __VA_ARGS__)

__attribute__((format(printf, 2, 3)))
static bool
tap_ok(bool good, const char *fmt, ...)
{
	__builtin_va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	__builtin_va_start(ap, fmt);
	vprintf(fmt, ap);
	__builtin_va_end(ap);
	putchar('\n');
	tap_failed += !good;
	return good;
}

/* A test that cannot run here, and the reason. */
static inline void
skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, what, why);
}

/* Prints the plan; returns main's result. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
