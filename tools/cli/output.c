/* output.c - the output stream of a program: -o, temporary files, signals */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "formats.h"

static struct ckpt_wr *writer;		/* to be abandoned at exit */
static char *temporary;			/* to be removed at a signal */
static void (*clean_up)(void);		/* and called */

static void
remove_at_exit(void)
{
	if (writer)
		ckpt_abandon(writer);
}

static void
remove_at_signal(int sig)
{
	if (temporary)
		unlink(temporary);
	if (clean_up)
		clean_up();
	signal(sig, SIG_DFL);
	raise(sig);
}

void
cli_temporary(const char *name)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	free(temporary);
	temporary = name ? cli_strdup(name) : NULL;
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
		/* signals that are ignored, as by nohup, remain so */
		if (signal(sigs[i], SIG_IGN) != SIG_IGN)
			signal(sigs[i], name ? remove_at_signal : SIG_DFL);
	}
}

void
cli_on_exit(void (*f)(void))
{
	clean_up = f;
	if (atexit(f) != 0)
		cli_die("out of memory");
}

void
cli_flush(struct ckpt_wr *w)
{
	cli_check(w, ckpt_flush(w));
	if (w == writer && temporary && ckpt_temporary(w) == NULL)
		cli_temporary(NULL);
}

void
cli_flush_writer(void)
{
	if (writer)
		cli_flush(writer);
}

const char *
cli_output(void)
{
	return cli_common.output && strcmp(cli_common.output, "-") != 0 ?
	    cli_common.output : NULL;
}

const struct ckpt_format *
cli_output_format(const char *name)
{
	const char *file = cli_output(), *dot;
	const struct ckpt_format *format;
	bool suffix = name == NULL;
	char names[200];

	if (suffix) {
		dot = file ? strrchr(file, '.') : NULL;
		if (dot == NULL || strchr(dot, '/'))
			return NULL;
		name = dot + 1;
	}
	format = ckpt_find_format(name);
	if (strcasecmp(name, "ckpt") == 0 || (suffix && format == NULL) ||
	    (format && format->create))
		return format;
	ckpt_list_writable_formats(names, sizeof names);
	cli_usage("--%s: cannot write \"%s\"; there are %s",
	    suffix ? "output" : "format", suffix ? file : name, names);
}

static struct ckpt_wr *
set_packing(struct ckpt_wr *w)
{
	if (w == NULL)
		cli_die("out of memory");
	ckpt_set_packing(w, cli_common.plain ? 0 : (int)cli_common.level,
	    cli_threads(),
	    (int)cli_common.delta);
	if (*ckpt_wr_error(w))
		cli_die("%s", ckpt_wr_error(w));
	return w;
}

struct ckpt_wr *
cli_create_at(const char *path, const struct ckpt_format *format)
{
	static bool registered;

	writer = set_packing(ckpt_create(path, format, cli_program(),
	    CKPT_VERSION,
	    cli_command()));
	if (!registered && atexit(remove_at_exit) == 0)
		registered = true;
	if (ckpt_temporary(writer))
		cli_temporary(ckpt_temporary(writer));
	return writer;
}

struct ckpt_wr *
cli_create(const char *format)
{
	const char *path = cli_output();

	if (path == NULL && isatty(1))
		cli_usage("checkpoints are not for a terminal: "
		    "use -o or redirect");
	return cli_create_at(path ? path : "-", cli_output_format(format));
}

struct ckpt_wr *
cli_create_here(const char *path)
{
	return set_packing(ckpt_create_here(path, cli_program(), CKPT_VERSION,
	    cli_command()));
}

void
cli_finish(struct ckpt_wr *w)
{
	char error[1500];

	cli_check_selection();
	if (w == writer)
		writer = NULL;
	if (ckpt_finish(w, error, sizeof error) < 0)
		cli_die("%s", error);
	cli_temporary(NULL);
}

void
cli_check(struct ckpt_wr *w, int result)
{
	const char *name = ckpt_temporary(w);

	if (result < 0)
		cli_die("%s", ckpt_wr_error(w));
	/* each file of a series has another */
	if (w == writer && name && (!temporary || strcmp(temporary, name) != 0))
		cli_temporary(name);
}
