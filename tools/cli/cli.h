/*
 * cli.h - what all programs share: options, input, output, tables, progress
 *
 * One table of options serves parsing, --help and the provenance line, so that
 * they always agree. All functions may exit: 1 for a failure, 2 for usage.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ckpt.h"

enum cli_opt_kind {
	OPT_FLAG,		/* bool: --name sets it */
	OPT_STR,		/* const char *: the last one given */
	OPT_LIST,		/* struct cli_list: every one given */
	OPT_COUNTS,		/* const char *: whole numbers, "82,123" */
	OPT_INT,		/* int64_t: any */
	OPT_COUNT,		/* int64_t: 0 or more */
	OPT_SIZE,		/* int64_t: 1 to INT32_MAX */
	OPT_NUM,		/* double: any, like all of these finite */
	OPT_AMOUNT,		/* double: 0 or more */
	OPT_FRACTION,		/* double: 0 to 1 */
	OPT_BELOW_ONE		/* double: 0 or more and less than 1 */
};

struct cli_list { char **item; size_t n; };

struct cli_opt {
	int		 key;	/* 'k', or 0 for a long option only */
	const char	*name;	/* "keep-top" */
	enum cli_opt_kind	 kind;
	const char	*arg;	/* name of the value in --help; NULL: a flag */
	void		*to;
	const char	*help;
	bool		 apart;	/* not in the provenance: the output does not depend on it */
};

/* Which of the common options a program has. All have -j -q --help --version;
 * CLI_IN adds -t and -s; CLI_OUT -o and the packing of a checkpoint stream;
 * CLI_TABLE -o, --json and --provenance. */
enum { CLI_IN = 1, CLI_OUT = 2, CLI_TABLE = 4 };

struct cli {
	const char	 *operands;	/* "[file ...]" */
	const char	 *what;		/* one line for --help */
	const struct cli_opt *opts;	/* terminated by a row without a name */
	int		  common;
	int		  trouble;	/* exit status of die, if not 1 */
};

/* Parse the options. Returns the operands, NULL-terminated. */
char	**cli_start(int argc, char *argv[], const struct cli *);

int		 cli_threads(void);	/* -j, or all cores */
bool		 cli_quiet(void);	/* -q */
const char	*cli_program(void);	/* "ckpt-svd" */
const char	*cli_command(void);	/* with the options that matter */

/* ------------------------------------------------------------- errors */

/* "program: text" to standard error; text that ends in a colon gets strerror. */
void	cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	cli_die(const char *fmt, ...)	/* exits 1, or cli.trouble */
	    __attribute__((format(printf, 1, 2), noreturn));
void	cli_die_empty(const char *fmt, ...)	/* as cli_die: there was nothing to
	    * work on; or reports what -t and -s do not match */
	    __attribute__((format(printf, 1, 2), noreturn));
void	cli_quit(int status)		/* cleans up; threads may be running */
	    __attribute__((noreturn));
void	cli_usage(const char *fmt, ...)	/* exits 2 */
	    __attribute__((format(printf, 1, 2), noreturn));
void	*cli_malloc(size_t);
void	*cli_realloc(void *, size_t);
char	*cli_strdup(const char *);

/* A buffer that is reused: at least so large, with any content. It never
 * shrinks, since page faults are expensive. */
struct cli_room { void *p; size_t size; };
void	*cli_reserve(struct cli_room *, size_t size);

/* -------------------------------------------------------------- input */

/* Open operands of any format with -t, -s and -j applied, in natural order
 * where the step comes from the path.
 * A step that comes twice is a warning at the end. */
struct ckpt_rd	*cli_open(char *paths[]);

/* The same without -s. */
struct ckpt_rd	*cli_open_all(char *paths[]);

/* Close what these opened; NULL does nothing. */
void	cli_close(struct ckpt_rd *);

/* Is one of these a pipe, which can be read only once? */
bool	cli_is_pipe(char *paths[]);

/* To read the same operands twice, call this before opening them each time. A
 * pipe is copied to a temporary file first. */
void	cli_rewind(char *paths[]);

/* Read everything once, between two calls of cli_rewind: the index of the last
 * checkpoint, 0 if there is none. */
uint64_t cli_find_last(char *paths[]);

/* Print what ckpt_notice says, each line once. */
void	cli_print_notices(struct ckpt_rd *);

/* As the functions of ckpt.h, but they die of an error and show progress. With
 * --keep-going, a checkpoint of a file (not of a pipe) is read once before, and
 * left out if it is damaged, with the rest of its file. */
bool	cli_next_checkpoint(struct ckpt_rd *);
bool	cli_next_tensor(struct ckpt_rd *, struct ckpt_tensor *);
bool	cli_load(struct ckpt_rd *, struct ckpt_tensor *);

/* From now on damage does not end the program: report is called, and the rest of
 * the file is left out. In the midst of a checkpoint, cli_next_tensor and
 * cli_load return false. */
void	cli_on_damage(void (*report)(struct ckpt_rd *));

/* For a program with a queue: f finishes what is in it, and passes that to the
 * table or stream. It is called at the end of a checkpoint if the next one has
 * not arrived, with whole, and before an error ends the program, without. Then
 * tables are flushed, and the checkpoint of the output stream is ended if it is
 * whole. */
void	cli_on_drain(void (*f)(bool whole));

/* Read the rest of in: call begin for each checkpoint, change for each of its
 * tensors, and end (unless it is NULL). */
void	cli_filter(struct ckpt_rd *in, void (*begin)(struct ckpt_rd *),
	    void (*change)(struct ckpt_rd *, struct ckpt_tensor *),
	    void (*end)(void));

/* ------------------------------------------------------------- output */

/* The format of this name, or if that is NULL of the suffix of -o's file; NULL:
 * native, as for a suffix of no format. */
const struct ckpt_format	*cli_output_format(const char *name);

/* The stream that -o names in that format, with --level, -u, --delta, -j and
 * provenance. Refuses a terminal. If the program ends before cli_finish,
 * FILE.part remains if it has a whole checkpoint. */
struct ckpt_wr	*cli_create(const char *format);

/* The same with another path; one at a time. */
struct ckpt_wr	*cli_create_at(const char *path, const struct ckpt_format *);

/* A native stream in path itself, which remains after a failure: see
 * ckpt_create_here. */
struct ckpt_wr	*cli_create_here(const char *path);

/* -o's file, or NULL for standard output. */
const char	*cli_output(void);

/* Remove this file if a signal ends the program; NULL: none. */
void	cli_temporary(const char *name);

/* Call f at exit, and if a signal ends the program while cli_temporary is set;
 * f must be async-signal-safe. */
void	cli_on_exit(void (*f)(void));

/* End the checkpoint and give all of it to the system. cli_next_checkpoint does
 * so by itself. */
void	cli_flush(struct ckpt_wr *);
void	cli_finish(struct ckpt_wr *);
void	cli_check(struct ckpt_wr *, int result);	/* dies if result < 0 */

/* ------------------------------------------------------------- tables */

struct cli_table;

/* The table that -o names, with --json and --provenance (that of in, which may
 * be NULL): columns are names separated by spaces. If the program ends before
 * cli_table_close, FILE.part remains if it has rows. */
struct cli_table	*cli_table_open(const char *columns,
			    const struct ckpt_rd *in);

/* A further table, into a file opened by the caller, whose name is
 * for messages. heading: print the names of the columns first. */
struct cli_table	*cli_table_into(FILE *, const char *path,
			    const char *columns, bool heading);

/* The cells of each row, in order. Numbers are %.9g; NaN is NaN, and null in
 * JSON. A count is a whole number or NaN. A shape is "2x3", "-" if its tensor is
 * missing, or two of these, "2x3/-"; in JSON [2,3], null and [[2,3],null]. All
 * of these die if the table cannot be written. On a terminal columns are
 * aligned, and rows may be buffered. */
void	cli_table_str(struct cli_table *, const char *);
void	cli_table_int(struct cli_table *, uint64_t);
void	cli_table_num(struct cli_table *, double);
void	cli_table_count(struct cli_table *, double);
void	cli_table_shape(struct cli_table *, const char *);

/* Write buffered rows; reading does so at the end of each checkpoint. */
void	cli_table_flush(struct cli_table *);

/* Flush, rename, free. NULL does nothing. */
void	cli_table_close(struct cli_table *);

/* ----------------------------------------------------------- spelling */

/* Start with the word alone, which may be a glob, and try each name that it may
 * have meant; the hint is then "; did you mean "NAME"?" with the closest one,
 * or "" if none is close. It is valid until the next call. */
struct cli_spelling { const char *word; char *closest; size_t distance; };
void		 cli_spelling_try(struct cli_spelling *, const char *name);
const char	*cli_spelling_hint(const struct cli_spelling *);

/* ----------------------------------------------------------- progress */

/* done of total (0: not known) of a unit: "MB", "step"; on a terminal only,
 * a few times a second. what may be NULL. */
void	cli_progress(double done, double total, const char *unit,
	    const char *what);
void	cli_progress_end(void);

#endif
