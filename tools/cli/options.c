/* options.c - options, --help and errors, the same for all programs */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "common.h"

struct cli_common cli_common = { .level = 1 };

static const char *program = "ckpt";
static char *command;
static int trouble = 1;		/* exit status of cli_die */

static const struct cli_opt in_opts[] = {
	{ 't', "tensor", OPT_LIST, "glob", &cli_common.tensors,
	    "select tensors by name; !glob excludes", false },
	{ 's', "steps", OPT_STR, "steps", &cli_common.steps,
	    "select steps: 0,100  0:1000:100  -5:  last", false },
	{ 0, "step-from", OPT_STR, "regex", &cli_common.step_from,
	    "a file's step is what (...) matches in its path", false },
	{ 0, "all", OPT_FLAG, NULL, &cli_common.all,
	    "also the state of the optimizer", false },
	{ 0, "keep-going", OPT_FLAG, NULL, &cli_common.keep_going,
	    "report damaged files, and leave them out", true },
	{ 0 }
};

static const struct cli_opt out_opts[] = {
	{ 'o', "output", OPT_STR, "file", &cli_common.output,
	    "write to file, which appears when complete", true },
	{ 0, "level", OPT_INT, "n", &cli_common.level,
	    "compression level, 1 to 19; 0 is -u", false },
	{ 'u', "plain", OPT_FLAG, NULL, &cli_common.plain,
	    "do not compress", false },
	{ 0, "delta", OPT_INT, "n", &cli_common.delta,
	    "store differences, every n-th checkpoint whole", false },
	{ 0 }
};

static const struct cli_opt table_opts[] = {
	{ 'o', "output", OPT_STR, "file", &cli_common.output,
	    "write to file, which appears when complete", true },
	{ 0, "json", OPT_FLAG, NULL, &cli_common.json,
	    "one JSON object per line", true },
	{ 0, "provenance", OPT_FLAG, NULL, &cli_common.provenance,
	    "first print the provenance, on # lines", true },
	{ 0 }
};

static const struct cli_opt all_opts[] = {
	{ 'j', "threads", OPT_INT, "n", &cli_common.threads,
	    "use n threads (default: all cores)", true },
	{ 'q', "quiet", OPT_FLAG, NULL, &cli_common.quiet,
	    "do not show progress", true },
	{ 0, "help", OPT_FLAG, NULL, &cli_common.help, "print the options", true },
	{ 0, "version", OPT_FLAG, NULL, &cli_common.version,
	    "print the version", true },
	{ 0 }
};

/* ------------------------------------------------------------- errors */

static bool quitting, failed;

/* The last function at exit. A program that is done fails if its selection
 * missed, or a file was left out. Do not unload libraries while threads run in
 * them. */
static void
exit_with(int status, void *unused)
{
	(void)unused;
	if (!quitting && (!cli_report_selection() || failed)) {
		quitting = true;
		status = status < trouble ? trouble : status;
	}
	if (quitting) {
		fflush(NULL);
		_exit(status);
	}
}

void
cli_fail_at_exit(void)
{
	failed = true;
}

void
cli_quit(int status)
{
	quitting = true;
	exit(status);
}

static void
print_message(const char *fmt, va_list ap)
{
	int error = errno;
	size_t n = strlen(fmt);
	char *text = NULL, *printable;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	printable = text ? ckpt_escape_controls(text) : NULL;
	fflush(stdout);
	cli_flush_tables(true, false);
	cli_progress_end();
	fprintf(stderr, "%s: %s", program, printable ? printable :
	    "out of memory");
	free(text);
	free(printable);
	if (n > 0 && fmt[n - 1] == ':')
		fprintf(stderr, " %s", strerror(error));
	putc('\n', stderr);
}

void
cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
}

void
cli_die(const char *fmt, ...)
{
	va_list ap;
	int error = errno;

	cli_drain_failed();
	errno = error;
	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
	cli_quit(trouble);
}

void
cli_die_empty(const char *fmt, ...)
{
	va_list ap;

	if (cli_report_selection()) {
		va_start(ap, fmt);
		print_message(fmt, ap);
		va_end(ap);
	}
	cli_quit(trouble);
}

void
cli_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
	exit(2);
}

void *
cli_malloc(size_t n)
{
	return cli_realloc(NULL, n);
}

void *
cli_realloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (p == NULL)
		cli_die("out of memory");
	return p;
}

void *
cli_reserve(struct cli_room *r, size_t size)
{
	if (size > r->size) {
		free(r->p);
		r->p = cli_malloc(size);
		r->size = size;
	}
	return r->p;
}

char *
cli_strdup(const char *s)
{
	return strcpy(cli_malloc(strlen(s) + 1), s);
}

/* ------------------------------------------------------------ options */

/* All tables that a program with these options has, in the order of --help. */
static int
option_tables(const struct cli *cli, const struct cli_opt *table[5])
{
	int n = 0;

	table[n++] = cli->opts;
	if (cli->common & CLI_IN)
		table[n++] = in_opts;
	if (cli->common & CLI_OUT)
		table[n++] = out_opts;
	else if (cli->common & CLI_TABLE)
		table[n++] = table_opts;
	table[n++] = all_opts;
	return n;
}

static void
print_option(const struct cli_opt *o)
{
	char left[40];

	snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->key ? '-' : ' ',
	    o->key ? o->key : ' ', o->key ? "," : " ", o->name,
	    o->arg ? " " : "", o->arg ? o->arg : "");
	printf("  %-26s  %s\n", left, o->help);
}

static void
print_help(const struct cli *cli)
{
	const struct cli_opt *table[5];
	int n = option_tables(cli, table);

	printf("usage: %s [options] %s\n%s\n\n", program, cli->operands,
	    cli->what);
	for (int i = 0; i < n; i++)
		for (const struct cli_opt *o = table[i]; o->name; o++)
			print_option(o);
}

/* Add an option with this value to the command line of the provenance. */
static void
add_to_command(const struct cli_opt *o, const char *value)
{
	size_t n = strlen(command);
	size_t more = strlen(o->name) + strlen(value) + 5;

	command = cli_realloc(command, n + more);
	snprintf(command + n, more, " --%s%s%s", o->name, *value ? " " : "",
	    value);
}

/* The same with the value that was parsed, in its canonical form. */
static void
add_value_to_command(const struct cli_opt *o)
{
	const struct cli_list *list = o->to;
	char number[32];

	if (o->kind == OPT_LIST) {
		for (size_t i = 0; i < list->n; i++)
			add_to_command(o, list->item[i]);
		return;
	}
	if (o->kind == OPT_STR || o->kind == OPT_COUNTS)
		add_to_command(o, *(const char **)o->to);
	else
		add_to_command(o, cli_option_number(o, number));
}

/* arg is none of the options, is short for several, or has a value that the
 * option does not take. */
static void __attribute__((noreturn))
refuse_option(char *arg, const struct option *longs)
{
	struct cli_spelling s = { .word = arg };
	const char *hint;
	char *name;

	if (optopt && optopt < 256)
		cli_usage("unknown option -%c; see --help", optopt);
	arg[strcspn(arg, "=")] = 0;
	for (; longs->name; longs++) {
		if (asprintf(&name, "--%s", longs->name) < 0)
			cli_die("out of memory");
		if (strcmp(name, arg) == 0)
			cli_usage("option %s takes no value", arg);
		cli_spelling_try(&s, name);
		free(name);
	}
	hint = cli_spelling_hint(&s);
	cli_usage("unknown option %s%s", arg, *hint ? hint : "; see --help");
}

static void
check_values(void)
{
	if (cli_common.threads < 1 || cli_common.threads > 1024)
		cli_usage("--threads wants 1 to 1024, not %lld",
		    (long long)cli_common.threads);
	if (cli_common.level < 0 || cli_common.level > 19)
		cli_usage("--level wants 0 to 19, not %lld",
		    (long long)cli_common.level);
	if (cli_common.delta < 0 || cli_common.delta > 4095)
		cli_usage("--delta wants 0 to 4095, not %lld",
		    (long long)cli_common.delta);
}

char **
cli_start(int argc, char *argv[], const struct cli *cli)
{
	const struct cli_opt *table[5], *found[256 + 64] = { 0 };
	struct option longs[64] = { 0 };
	bool given[256 + 64] = { 0 };
	char shorts[160] = ":", *name = strrchr(argv[0], '/');
	int n = option_tables(cli, table), count = 0, c;

	on_exit(exit_with, NULL);
	program = name ? name + 1 : argv[0];
	command = cli_strdup(program);
	if (cli->trouble)
		trouble = cli->trouble;
	cli_common.threads = sysconf(_SC_NPROCESSORS_ONLN);
	signal(SIGPIPE, SIG_DFL);	/* a closed pipe ends the program */
	/* not in --help: for make install */
	if (argc == 3 && strcmp(argv[1], "--completion") == 0) {
		if (!cli_print_completion(argv[2], table, n))
			cli_usage("--completion wants bash, zsh or fish, not "
			    "\"%s\"", argv[2]);
		exit(fflush(stdout) == 0 ? 0 : 1);
	}
	for (int i = 0; i < n; i++)
		for (const struct cli_opt *o = table[i]; o->name; o++) {
			int id = o->key ? o->key : 256 + count;
			char s[3] = { (char)o->key, o->arg ? ':' : 0, 0 };

			found[id] = o;
			longs[count++] = (struct option){ o->name,
			    o->arg ? required_argument : no_argument, NULL,
			    id };
			if (o->key)
				strcat(shorts, s);
		}
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?')
			refuse_option(argv[optind - 1], longs);
		if (c == ':')
			cli_usage("option %s wants a value", argv[optind - 1]);
		cli_set_option(found[c], optarg);
		given[c] = true;
	}
	/* in the order of the tables, not of the command line */
	for (int i = 0, nth = 0; i < n; i++)
		for (const struct cli_opt *o = table[i]; o->name; o++, nth++)
			if (given[longs[nth].val] && !o->apart)
				add_value_to_command(o);
	if (cli_common.help) {
		print_help(cli);
		exit(fflush(stdout) == 0 ? 0 : 1);
	}
	if (cli_common.version) {
		printf("%s %s\n", program, CKPT_VERSION);
		exit(fflush(stdout) == 0 ? 0 : 1);
	}
	check_values();
	return argv + optind;
}

int
cli_threads(void)
{
	return (int)cli_common.threads;
}

bool
cli_quiet(void)
{
	return cli_common.quiet;
}

const char *
cli_program(void)
{
	return program;
}

const char *
cli_command(void)
{
	return command;
}
