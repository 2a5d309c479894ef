/*
 * matrix_filter.h - which tensors a program changes: every matrix but the last
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "cli/cli.h"

struct scope {
	struct list	 exclude;	/* globs of names */
	bool		 last;		/* the last matrix too */
};

/* Rows of an option table, for a struct scope. */
#define SCOPE_OPTS(scope) \
	{ 'x', "exclude", OPT_LIST, "glob", &(scope).exclude, \
	  "leave these as they are", false }, \
	{ 'l', "last", OPT_FLAG, NULL, &(scope).last, \
	  "change the last matrix too", false }

/* Floating point, two or more dimensions, not empty. */
bool	scope_matrix(const struct tensor *);

/* Is this matrix changed? last: no matrix follows it in its checkpoint. */
bool	scope_takes(const struct scope *, const char *name, bool last);

#endif
