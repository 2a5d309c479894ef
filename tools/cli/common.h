/* common.h - the values of the common options, inside tools/cli */
#ifndef COMMON_H
#define COMMON_H

#include "cli.h"

struct cli_common {
	struct cli_list	 tensors;
	const char	*steps, *step_from, *output;
	int64_t		 level, delta, threads;
	bool		 all, keep_going, plain, json, provenance, quiet, help, version;
};

extern struct cli_common cli_common;

/* option_value.c: set the variable of an option; a value that is not of its kind
 * is a usage error. Its number as text, "" for a flag. */
void	cli_set_option(const struct cli_opt *, char *value);
const char *cli_option_number(const struct cli_opt *, char text[32]);

/* selection.c: is this tensor wanted by -t, which was given; is this checkpoint,
 * number nth of 0 to last, wanted by -s? */
bool	cli_want_tensor(const char *name, void *unused);
bool	cli_want_step(uint64_t step, uint64_t nth, uint64_t last);

/* Parse -s, if it was given. Must the number of checkpoints be known? */
bool	cli_parse_steps(void);

/* The step that --step-from, which was given, finds in a path; false: none. */
bool	cli_step_from(const char *path, uint64_t *step, void *unused);

/* An input was read to its end: only then it is known what -t and -s miss. */
void	cli_selection_end(void);

/* Did every pattern of -t and every step of -s match something? If not, print
 * which did not. */
bool	cli_report_selection(void);

/* Exit after that report if therefore nothing at all was selected. */
void	cli_check_selection(void);

/* drain.c: a checkpoint was read whole, and maybe the next one is not there yet.
 * And: the program fails. */
void	cli_drain_checkpoint(const struct ckpt_rd *);
void	cli_drain_failed(void);

/* options.c: the exit status will be that of a failure. */
void	cli_fail_at_exit(void);

/* table.c: write the buffered rows of all tables, on a terminal only if they
 * are watched; check: die if that fails. */
void	cli_flush_tables(bool watched, bool check);

/* output.c: end the checkpoint of the output stream. */
void	cli_flush_writer(void);

/* completion.c: print the completion of these n tables of options for a shell.
 * False: the shell is not known. */
bool	cli_print_completion(const char *shell,
	    const struct cli_opt *const table[], int n);

#endif
