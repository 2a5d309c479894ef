/*
 * pair_list.h - pairs of files, from the operands and from a list
 */
#ifndef PAIR_LIST_H
#define PAIR_LIST_H

#include <stddef.h>

struct cli_pairs {
	char	**path;			/* 2 n of them, then NULL */
	size_t	  n;
};

/*
 * The operands, two by two, then the two files of each line of the file list
 * ("-" is standard input; NULL: no list), apart by a tab or blanks; lines that
 * start with # are passed over. Usage is wrong where one is left over, or all
 * are none. Exits for failures.
 */
struct cli_pairs cli_pair_list(char *const operands[], const char *list);
void	cli_pair_list_free(struct cli_pairs *);

/* Cut a line at its tabs, or where it has none, at its blanks; at most so many
 * cells. */
size_t	cli_split_cells(char *line, char *cell[], size_t most);

#endif
