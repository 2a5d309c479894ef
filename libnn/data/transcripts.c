/* transcripts.c - which text belongs to which sound */
#include <stdlib.h>
#include <string.h>

#include "transcripts.h"

enum { LISTED, METADATA };

static bool
ends(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

int
nn_transcripts_rank(const char *name)
{
	if (strcmp(name, "trans.txt") == 0 || ends(name, ".trans.txt"))
		return LISTED;
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
		if (ends(name, suffix[i])) {
			name[strlen(name) - strlen(suffix[i])] = 0;
			return;
		}
}

static int
add(struct nn_transcripts *t, char *name, const char *text, int rank)
{
	struct line *l;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 256;

		l = realloc(t->line, room * sizeof *l);
		if (l == NULL)
			return -1;
		t->line = l;
		t->room = room;
	}
	nn_transcripts_strip(name);
	l = &t->line[t->n];
	*l = (struct line){ strdup(name), strdup(text), rank };
	t->n++;
	return l->name && l->text ? 0 : -1;
}

/* NAME TEXT, or NAME|TEXT as written|TEXT as spoken: the last one counts. */
static int
one_line(struct nn_transcripts *t, char *s, int rank)
{
	static char none[] = "";
	char *text;

	s[strcspn(s, "\r")] = 0;
	if (rank == METADATA) {
		text = strchr(s, '|');
		if (text == NULL)
			return 0;
		*text = 0;
		text = strrchr(text + 1, '|') ? strrchr(text + 1, '|') + 1 :
		    text + 1;
	} else {
		text = s + strcspn(s, " \t");
		text = *text ? (*text = 0, text + 1) : none;
	}
	return *s ? add(t, s, text, rank) : 0;
}

int
nn_transcripts_add(struct nn_transcripts *t, char *file, int rank)
{
	char *next;

	for (char *s = file; s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		if (one_line(t, s, rank) < 0)
			return -1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->rank - y->rank;
}

const char *
nn_transcripts_sort(struct nn_transcripts *t)
{
	if (t->n)
		qsort(t->line, t->n, sizeof *t->line, compare);
	for (size_t i = 1; i < t->n; i++)
		if (compare(&t->line[i - 1], &t->line[i]) == 0 &&
		    strcmp(t->line[i - 1].text, t->line[i].text) != 0)
			return t->line[i].name;
	return NULL;
}

/* The first line of that name. */
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
