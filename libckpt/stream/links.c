/* links.c - which tensors are stored with their inputs first */
#include <string.h>

#include "reader.h"

/* Is s, of length n, this word? */
static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(s, word, n) == 0;
}

/* Is word one of the words of a link's kind, which ends with its line? */
static bool
has_word(const char *kind, const char *word)
{
	size_t n;

	for (;; kind += n + 1) {
		n = strcspn(kind, " \n");
		if (is_word(kind, n, word))
			return true;
		if (kind[n] != ' ')
			return false;
	}
}

/* A line is FROM TAB TO TAB KIND; others are ignored. */
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

			if (is_word(line, from, name) && (has_word(kind,
			    "swap") ||
			    has_word(kind, "swap-from")))
				return true;
			if (is_word(second, to, name) && (has_word(kind,
			    "swap") ||
			    has_word(kind, "swap-to")))
				return true;
		}
		end = strcspn(line, "\n");
		line += end + (line[end] == '\n');
	}
	return false;
}
