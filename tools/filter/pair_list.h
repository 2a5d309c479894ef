/* pair_list.h - pairs of files, from operands and from a list */
#ifndef PAIR_LIST_H
#define PAIR_LIST_H

#include <stddef.h>

struct cli_pairs {
	char	**path;			/* 2 n of them, then NULL */
	size_t	  n;
};

/*
 * The operands in pairs, then the two files of each line of the file list ("-"
 * is standard input; NULL: no list), separated by a tab or by blanks; lines that
 * start with # are skipped. An odd number of operands, or no pair at all, is a
 * usage error. Exits for failures.
 */
struct cli_pairs cli_pair_list(char *const operands[], const char *list);
void	cli_pair_list_free(struct cli_pairs *);

/* Split a line at its tabs or, if it has none, at its blanks, into at most
 * that many cells. */
size_t	cli_split_cells(char *line, char *cell[], size_t most);

#endif
