/* completion.c - completions for bash, zsh and fish, printed from the tables of
 * options */
#include <string.h>

#include "common.h"
#include "formats.h"

/* The name of a value that is a path, which shells complete. */
static bool
is_path(const char *arg)
{
	return strcmp(arg, "file") == 0 || strcmp(arg, "path") == 0 ||
	    strcmp(arg, "mask") == 0;
}

/* Print a text inside single quotes, with a backslash before these
 * characters. */
static void
print_quoted(const char *s, const char *escaped)
{
	for (; *s; s++) {
		if (*s == '\'')
			printf("'\\'");
		else if (strchr(escaped, *s))
			putchar('\\');
		putchar(*s);
	}
}

/* "flat|slices": the values themselves, of which shells offer each; and a
 * format that can be written. */
static bool
is_choice(const char *arg)
{
	return strchr(arg, '|') != NULL || strcmp(arg, "format") == 0;
}

static void
print_choices(const char *arg)
{
	char formats[200];

	if (strcmp(arg, "format") == 0) {
		ckpt_list_writable_formats(formats, sizeof formats);
		arg = formats;
	}
	for (; *arg; arg++)
		if (*arg == '|' || *arg == ',')
			putchar(' ');
		else if (*arg != ' ')
			putchar(*arg);
}

/* ---------------------------------------------------------------- shells */

static void
print_bash_option(const struct cli_opt *o)
{
	if (o->key)
		printf(" -%c", o->key);
	printf(" --%s", o->name);
}

/* '*'{-t,--tensor}'[select tensors]:glob:' */
static void
print_zsh_option(const struct cli_opt *o)
{
	printf(" \\\n\t");
	if (o->key && o->kind == OPT_LIST)
		printf("'*'{-%c,--%s}'", o->key, o->name);
	else if (o->key)
		printf("'(-%c --%s)'{-%c,--%s}'", o->key, o->name, o->key,
		    o->name);
	else
		printf("'%s--%s", o->kind == OPT_LIST ? "*" : "", o->name);
	putchar('[');
	print_quoted(o->help, "[]\\");
	putchar(']');
	if (o->arg && is_choice(o->arg)) {
		printf(":value:(");
		print_choices(o->arg);
		putchar(')');
	} else if (o->arg) {
		putchar(':');
		print_quoted(o->arg, ":[]\\");
		printf(":%s", is_path(o->arg) ? "_files" : "");
	}
	putchar('\'');
}

static void
print_fish_option(const struct cli_opt *o)
{
	printf("complete -c %s -l %s", cli_program(), o->name);
	if (o->key)
		printf(" -s %c", o->key);
	if (o->arg)
		printf(is_path(o->arg) ? " -rF" : " -x");
	if (o->arg && is_choice(o->arg)) {
		printf(" -a '");
		print_choices(o->arg);
		putchar('\'');
	}
	printf(" -d '");
	print_quoted(o->help, "\\");
	printf("'\n");
}

/* What precedes the options, what prints one, and what follows, with %s for the
 * program. bash and fish complete operands as paths by default. */
static const struct shell {
	const char *name, *begin, *end;
	void (*print_option)(const struct cli_opt *);
} shells[] = {
	{ "bash", "# bash completion for %1$s\n_%1$s()\n{\n"
	    "\tCOMPREPLY=()\n\t[[ $2 != -* ]] || "
	    "COMPREPLY=($(compgen -W '", "' -- \"$2\"))\n}\n"
	    "complete -o default -F _%1$s %1$s\n", print_bash_option },
	{ "zsh", "#compdef %1$s\n_arguments -s", " \\\n\t'*:file:_files'\n",
	    print_zsh_option },
	{ "fish", "# fish completion for %1$s\n", "", print_fish_option },
};

bool
cli_print_completion(const char *shell, const struct cli_opt *const table[],
    int n)
{
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		const struct shell *s = &shells[i];

		if (strcmp(s->name, shell) != 0)
			continue;
		printf(s->begin, cli_program());
		for (int k = 0; k < n; k++)
			for (const struct cli_opt *o = table[k]; o->name; o++)
				s->print_option(o);
		printf(s->end, cli_program());
		return true;
	}
	return false;
}
