/* transcripts.h - which text belongs to which sound */
#ifndef NN_TRANSCRIPTS_H
#define NN_TRANSCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

struct nn_transcripts {
	struct line {
		char	*name, *text;
		int	 rank;		/* the lowest counts */
	} *line;
	size_t	 n, room;
};

/* Is a file of this name one? Its rank, or -1. */
int	nn_transcripts_rank(const char *name);

/* A name without folder and suffix, in place. */
void	nn_transcripts_strip(char *name);

/* Take the lines of such a file, which is changed. 0, or -1: no memory. */
int	nn_transcripts_add(struct nn_transcripts *, char *file, int rank);

/* After the last one. NULL, or a name with two different texts. */
const char	*nn_transcripts_sort(struct nn_transcripts *);

/* The text of a name, or NULL. */
const char	*nn_transcripts_find(const struct nn_transcripts *, const char *name);
void	nn_transcripts_free(struct nn_transcripts *);

#endif
