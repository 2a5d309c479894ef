/*
 * link_text.h - the text of links: which matrix of a network feeds which
 *
 * A link is a line FROM TAB TO TAB KIND, where KIND is words, separated by
 * spaces, that say how the two matrices are seen; ckpt-align(1) lists them.
 */
#ifndef CKPT_LINK_TEXT_H
#define CKPT_LINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum ckpt_link_word {
	LINK_EMBEDDING	= 1 << 0,	/* from: its columns are its output */
	LINK_QK		= 1 << 1,	/* queries with keys */
	LINK_V		= 1 << 2,	/* values with the output projection */
	LINK_FUSED	= 1 << 3,	/* q, k, v in one matrix, in blocks */
	LINK_BY_HEAD	= 1 << 4,	/* which has q, k, v for each head */
	LINK_GATE	= 1 << 5,	/* from: of an LSTM's i, f, g, o, g */
	LINK_FIRST	= 1 << 6,	/* to: the first half of its inputs */
	LINK_SECOND	= 1 << 7,	/* to: the second half */
	LINK_SWAP_FROM	= 1 << 8,	/* from is stored (in, out, ...) */
	LINK_SWAP_TO	= 1 << 9	/* to is */
};

/* A line, which is not terminated: three fields with their lengths. */
struct ckpt_link_line {
	const char	*from, *to, *kind;
	size_t		 from_len, to_len, kind_len;
};

/* Parse the line at *text, empty lines and those that start with # skipped, and
 * advance to the next. 1; 0 at the end of the text; -1 if it has not three
 * fields. */
int	ckpt_link_next(const char **text, struct ckpt_link_line *);

/* The bits of the words of a kind. False if one is unknown; *words then has the
 * others. */
bool	ckpt_link_words(const char *kind, size_t n, int *words);

#endif
