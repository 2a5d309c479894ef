/* transcripts.c - the texts of sounds, by name */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "transcripts.h"

enum { TRANS_TXT, METADATA };		/* ranks */

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

int
nn_transcripts_rank(const char *name)
{
	if (strcmp(name, "trans.txt") == 0 || has_suffix(name, ".trans.txt"))
		return TRANS_TXT;
	return strcmp(name, "metadata.csv") == 0 ? METADATA : -1;
}

void
nn_transcripts_strip(char *name)
{
	static const char *const suffix[] = { ".flac", ".wav", ".mfc" };
	char *slash = strrchr(name, '/');

	if (slash)
		memmove(name, slash + 1, strlen(slash));
	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
		if (has_suffix(name, suffix[i])) {
			name[strlen(name) - strlen(suffix[i])] = 0;
			return;
		}
}

static int
add_line(struct nn_transcripts *t, char *name, const char *text, int rank)
{
	struct transcript *l;

	if (ckpt_grow(&t->line, t->n, &t->room, sizeof *l) < 0)
		return -1;
	nn_transcripts_strip(name);
	l = &t->line[t->n++];
	*l = (struct transcript){ strdup(name), strdup(text), rank };
	return l->name && l->text ? 0 : -1;
}

/* NAME TEXT, or NAME|TEXT as written|TEXT as spoken: the last text is used. */
static int
parse_line(struct nn_transcripts *t, char *s, int rank)
{
	char *text;

	s[strcspn(s, "\r")] = 0;
	if (rank == METADATA) {
		text = strrchr(s, '|');
		if (text == NULL)
			return 0;
		s[strcspn(s, "|")] = 0;
		text++;
	} else {
		text = s + strcspn(s, " \t");
		if (*text)
			*text++ = 0;
	}
	return *s ? add_line(t, s, text, rank) : 0;
}

int
nn_transcripts_add(struct nn_transcripts *t, char *file, int rank)
{
	char *next;

	for (char *s = file; s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		if (parse_line(t, s, rank) < 0)
			return -1;
	}
	return 0;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct transcript *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->rank - y->rank;
}

const char *
nn_transcripts_sort(struct nn_transcripts *t)
{
	if (t->n)
		qsort(t->line, t->n, sizeof *t->line, compare_lines);
	for (size_t i = 1; i < t->n; i++)
		if (compare_lines(&t->line[i - 1], &t->line[i]) == 0 &&
		    strcmp(t->line[i - 1].text, t->line[i].text) != 0)
			return t->line[i].name;
	return NULL;
}

/* Binary search for the first line of the name. */
const char *
nn_transcripts_find(const struct nn_transcripts *t, const char *name)
{
	size_t from = 0, to = t->n;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (strcmp(t->line[at].name, name) < 0)
			from = at + 1;
		else
			to = at;
	}
	return from < t->n && strcmp(t->line[from].name, name) == 0 ?
	    t->line[from].text : NULL;
}

void
nn_transcripts_free(struct nn_transcripts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->line[i].name);
		free(t->line[i].text);
	}
	free(t->line);
	*t = (struct nn_transcripts){ 0 };
}
