/* pair_list.c - pairs of files, from operands and from a list */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "pair_list.h"

size_t
cli_split_cells(char *line, char *cell[], size_t most)
{
	const char *at = strchr(line, '\t') ? "\t\n" : " \n";
	size_t n = 0;

	for (char *p = strtok(line, at); p && n < most; p = strtok(NULL, at))
		cell[n++] = p;
	return n;
}

static void
add_pair(struct cli_pairs *l, size_t *paths, const char *path)
{
	l->path = cli_realloc(l->path, (*paths + 2) * sizeof *l->path);
	l->path[(*paths)++] = cli_strdup(path);
	l->path[*paths] = NULL;
}

static void
add_lines(struct cli_pairs *l, size_t *paths, const char *list)
{
	FILE *f = strcmp(list, "-") == 0 ? stdin : fopen(list, "r");
	char *line = NULL, *cell[3];
	size_t room = 0;

	if (f == NULL)
		cli_die("%s:", list);
	while (getline(&line, &room, f) >= 0) {
		size_t n = *line == '#' ? 0 : cli_split_cells(line, cell, 3);

		if (n != 0 && n != 2)
			cli_die("%s: wanted two files a line", list);
		for (size_t i = 0; i < n; i++)
			add_pair(l, paths, cell[i]);
	}
	if (ferror(f))
		cli_die("%s:", list);
	if (f != stdin)
		fclose(f);
	free(line);
}

struct cli_pairs
cli_pair_list(char *const operands[], const char *list)
{
	struct cli_pairs l = { 0 };
	size_t paths = 0;

	for (; *operands; operands++)
		add_pair(&l, &paths, *operands);
	if (paths % 2 == 0 && list)
		add_lines(&l, &paths, list);
	if (paths == 0 || paths % 2)
		cli_usage("files come in pairs; see --help");
	l.n = paths / 2;
	return l;
}

void
cli_pair_list_free(struct cli_pairs *l)
{
	for (size_t i = 0; i < 2 * l->n; i++)
		free(l->path[i]);
	free(l->path);
	*l = (struct cli_pairs){ 0 };
}
