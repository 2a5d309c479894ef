/* transcripts.h - the texts of sounds, by name */
#ifndef NN_TRANSCRIPTS_H
#define NN_TRANSCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

struct nn_transcripts {
	struct transcript {
		char	*name, *text;
		int	 rank;		/* the lowest is used */
	} *line;
	size_t	 n, room;
};

/* The rank of a file of transcripts; -1 if its name is not that of one. */
int	nn_transcripts_rank(const char *name);

/* Strip folders and suffix from a name, in place. */
void	nn_transcripts_strip(char *name);

/* Add the lines of a file, which is changed. 0, or -1 if out of memory. */
int	nn_transcripts_add(struct nn_transcripts *, char *file, int rank);

/* Call this after the last file. NULL, or a name with two different texts. */
const char	*nn_transcripts_sort(struct nn_transcripts *);

/* The text of a name, or NULL. */
const char	*nn_transcripts_find(const struct nn_transcripts *,
		    const char *name);
void	nn_transcripts_free(struct nn_transcripts *);

#endif
