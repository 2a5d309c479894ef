/* links.c - which tensors are stored with their inputs first */
#include <string.h>

#include "reader.h"

/* Is s, of length n, that word? */
static bool
is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(s, word, n) == 0;
}

/* Is one of the words of a link's kind, up to the end of line, this one? */
static bool
has(const char *kind, const char *word)
{
	size_t n;

	for (;; kind += n + 1) {
		n = strcspn(kind, " \n");
		if (is(kind, n, word))
			return true;
		if (kind[n] != ' ')
			return false;
	}
}

/* A line is FROM TAB TO TAB KIND; one that is not says nothing here. */
bool
ckpt_reader_is_swapped(struct ckpt_rd *r, const char *name)
{
	const char *line = ckpt_key(r, "net.links");

	while (line && *line) {
		size_t from = strcspn(line, "\t\n"), to, end;
		const char *second = line + from + (line[from] == '\t');

		to = strcspn(second, "\t\n");
		if (second[to] == '\t') {
			const char *kind = second + to + 1;

			if (is(line, from, name) && (has(kind, "swap") ||
			    has(kind, "swap-from")))
				return true;
			if (is(second, to, name) && (has(kind, "swap") ||
			    has(kind, "swap-to")))
				return true;
		}
		end = strcspn(line, "\n");
		line += end + (line[end] == '\n');
	}
	return false;
}
