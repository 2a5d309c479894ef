/* matrix_filter.h - which tensors a program changes: all matrices but the last */
#ifndef MATRIX_FILTER_H
#define MATRIX_FILTER_H

#include "cli/cli.h"

struct cli_matrix_filter {
	struct cli_list	 exclude;	/* globs of names */
	const char	*last;		/* the network's last matrix; NULL: the
					 * last one of each checkpoint */
	bool		 include_last;	/* change it too */
};

/* Rows of an option table, which set a struct cli_matrix_filter. */
#define MATRIX_FILTER_OPTS(scope) \
	{ 'x', "exclude", OPT_LIST, "glob", &(scope).exclude, \
	  "leave these tensors unchanged", false }, \
	{ 0, "last", OPT_STR, "name", &(scope).last, \
	  "the network's last matrix, left whole (the last)", false }, \
	{ 'l', "include-last", OPT_FLAG, NULL, &(scope).include_last, \
	  "change the last matrix too", false }

/* Floating point, two or more dimensions, not empty. */
bool	cli_is_matrix(const struct ckpt_tensor *);

/* Before the tensors of a checkpoint that in is at: the name of --last may be a
 * further name of one of them. */
void	cli_find_last_matrix(const struct cli_matrix_filter *,
	    const struct ckpt_rd *in);

/* Is this matrix the network's last? final: it is that of its checkpoint. */
bool	cli_is_last_matrix(const struct cli_matrix_filter *, const char *name,
	    bool final);

/* Is this matrix changed? last: it is the network's last. */
bool	cli_matrix_filter_takes(const struct cli_matrix_filter *,
	    const char *name, bool last);

/* Exit, after the input, if no matrix was changed. */
void	cli_matrix_filter_check(void);

/* At the end of a checkpoint, whose last matrix was name (NULL: none was found):
 * say which one is left whole, if that is new and others are changed; die if
 * --last names none. */
void	cli_report_last_matrix(const struct cli_matrix_filter *,
	    const char *name, uint64_t step);

#endif
