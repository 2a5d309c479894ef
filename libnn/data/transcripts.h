/* transcripts.h - which text belongs to which sound */
#ifndef NN_TRANSCRIPTS_H
#define NN_TRANSCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

struct transcripts {
	struct line {
		char	*name, *text;
		int	 rank;		/* the lowest counts */
	} *line;
	size_t	 n, room;
};

/* Is a file of this name one? Its rank, or -1. */
int	transcripts_rank(const char *name);

/* A name without folder and suffix, in place. */
void	transcripts_bare(char *name);

/* Take the lines of such a file, which is changed. 0, or -1: no memory. */
int	transcripts_add(struct transcripts *, char *file, int rank);

/* After the last one. NULL, or a name with two different texts. */
const char	*transcripts_sort(struct transcripts *);

/* The text of a name, or NULL. */
const char	*transcripts_find(const struct transcripts *, const char *name);
void	transcripts_free(struct transcripts *);

#endif
