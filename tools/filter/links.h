/*
 * links.h - which matrix of a network feeds which
 *
 * A link is a line FROM TAB TO TAB KIND, where KIND is words that say how the
 * two are seen; ckpt-align(1) lists them. Functions exit for lack of memory.
 */
#ifndef LINKS_H
#define LINKS_H

#include "ckpt.h"

enum link_word {
	LINK_EMBEDDING	= 1 << 0,	/* from: its columns are its output */
	LINK_QK		= 1 << 1,	/* queries against keys */
	LINK_V		= 1 << 2,	/* values into the output projection */
	LINK_FUSED	= 1 << 3,	/* q, k, v in one matrix, in blocks */
	LINK_BY_HEAD	= 1 << 4,	/* that has q, k, v for each head */
	LINK_GATE	= 1 << 5,	/* from: an LSTM's i, f, g, o: g of it */
	LINK_FIRST	= 1 << 6,	/* to: the first half of its inputs */
	LINK_SECOND	= 1 << 7,
	LINK_SWAP_FROM	= 1 << 8,	/* stored (in, out, ...) */
	LINK_SWAP_TO	= 1 << 9
};

struct cli_link { char *from, *to; int words; };

struct cli_links {
	struct cli_link	*item;
	size_t		 n;
	int64_t		 width;		/* of a head, 0: not known */
	char		 error[300];	/* what is wrong with the text */
};

/* Add the links of a text. False if it is not one; then see error. */
bool	cli_links_parse(struct cli_links *, const char *text);

/* The links of a known kind of network, recognized by the names of these n
 * tensors; failing that those of a chain of all that fit. False if there are
 * no tables. */
bool	cli_links_find(struct cli_links *, const struct ckpt_tensor *, size_t n);

void	cli_links_add(struct cli_links *, char *from, char *to, int words);
bool	cli_links_words(const char *kind, int *words);
void	cli_links_free(struct cli_links *);

#endif
