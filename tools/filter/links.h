/*
 * links.h - the links of a network: which matrix feeds which
 *
 * Functions exit if out of memory.
 */
#ifndef LINKS_H
#define LINKS_H

#include "base/link_text.h"
#include "ckpt.h"

struct cli_link { char *from,
    *to; int words; };	/* words: LINK_QK | ... */

struct cli_links {
	struct cli_link	*item;
	size_t		 n;
	int64_t		 width;		/* of a head; 0 if not known */
	char		 error[300];	/* why a function returned false */
};

/* Add the links of a text (base/link_text.h). False for a faulty line. */
bool	cli_links_parse(struct cli_links *, const char *text);

/* The links of a known kind of network, recognized by the names of these n
 * tensors; else those of a chain of all matrices whose shapes fit. False if
 * there are no tables. */
bool	cli_links_find(struct cli_links *, const struct ckpt_tensor *,
	    size_t n);

/* Add one link; its names are copied. */
void	cli_links_add(struct cli_links *, const char *from, const char *to,
	    int words);
void	cli_links_free(struct cli_links *);

#endif
