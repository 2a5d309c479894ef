/* matrix_filter.h - which tensors a program changes: all matrices but the last */
#ifndef MATRIX_FILTER_H
#define MATRIX_FILTER_H

#include "cli/cli.h"

struct cli_matrix_filter {
	struct cli_list	 exclude;	/* globs of names */
	bool		 last;		/* change the last matrix too */
};

/* Rows of an option table, which set a struct cli_matrix_filter. */
#define MATRIX_FILTER_OPTS(scope) \
	{ 'x', "exclude", OPT_LIST, "glob", &(scope).exclude, \
	  "leave these tensors unchanged", false }, \
	{ 'l', "last", OPT_FLAG, NULL, &(scope).last, \
	  "change the last matrix too", false }

/* Floating point, two or more dimensions, not empty. */
bool	cli_is_matrix(const struct ckpt_tensor *);

/* Is this matrix changed? last: it is the last one of its checkpoint. */
bool	cli_matrix_filter_takes(const struct cli_matrix_filter *,
	    const char *name, bool last);

/* Exit, after the input, if no matrix was changed. */
void	cli_matrix_filter_check(void);

#endif
