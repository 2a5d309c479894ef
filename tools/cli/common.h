/* common.h - the values of the common options, inside tools/cli */
#ifndef COMMON_H
#define COMMON_H

#include "cli.h"

struct cli_common {
	struct cli_list	 tensors;
	const char	*steps, *output;
	int64_t		 level, delta, threads;
	bool		 all, plain, json, provenance, quiet, help, version;
};

extern struct cli_common cli_common;

/* completion.c: print the completion of these n tables of options for a shell.
 * False: the shell is not known. */
bool	cli_print_completion(const char *shell,
	    const struct cli_opt *const table[], int n);

#endif
