/* spelling.c - the name that was meant by a misspelt one */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static bool
is_equal(char a, char b)
{
	return a == '?' || tolower((unsigned char)a) ==
	    tolower((unsigned char)b);
}

/*
 * How many characters must be inserted, deleted, replaced or swapped with the
 * next one until the name matches the glob, whatever their case. '*' stands for
 * any text, '?' for any character.
 */
static size_t
edit_distance(const char *glob, const char *name)
{
	size_t n = strlen(name), size = n + 1;
	size_t *rows = cli_malloc(3 * size * sizeof *rows);
	size_t *row = rows, *last = row + size, *second_last = last + size;
	size_t distance;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; glob[i]; i++) {
		bool any = glob[i] == '*';
		size_t *oldest = second_last;

		second_last = last;
		last = row;
		row = oldest;
		row[0] = last[0] + !any;
		for (size_t j = 1; j <= n; j++) {
			size_t least = last[j] + !any;

			if (row[j - 1] + !any < least)
				least = row[j - 1] + !any;
			if (last[j - 1] + !is_equal(glob[i], name[j - 1]) <
			    least)
				least = last[j - 1] +
				    !is_equal(glob[i], name[j - 1]);
			if (i > 0 && j > 1 && second_last[j - 2] + 1 < least &&
			    is_equal(glob[i], name[j - 2]) &&
			    is_equal(glob[i - 1], name[j - 1]))
				least = second_last[j - 2] + 1;
			row[j] = least;
		}
	}
	distance = row[n];
	free(rows);
	return distance;
}

void
cli_spelling_try(struct cli_spelling *s, const char *name)
{
	size_t n = strlen(s->word), inside, distance, letters = n;
	char *glob = cli_malloc(n + 3);

	/* or inside a name: "fc.weight" in "model.fc.weight" */
	memcpy(glob + 1, s->word, n);
	glob[0] = glob[n + 1] = '*';
	glob[n + 2] = 0;
	inside = edit_distance(glob, name) + 1;
	free(glob);
	distance = edit_distance(s->word, name);
	if (inside < distance)
		distance = inside;
	for (const char *p = s->word; *p; p++)
		letters -= *p == '*' || *p == '?';
	if (distance > letters / 3 || (s->closest && distance >= s->distance))
		return;
	free(s->closest);
	s->closest = cli_strdup(name);
	s->distance = distance;
}

const char *
cli_spelling_hint(const struct cli_spelling *s)
{
	static char *hint;

	free(hint);
	hint = NULL;
	if (s->closest && asprintf(&hint, "; did you mean \"%s\"?",
	    s->closest) < 0)
		cli_die("out of memory");
	return hint ? hint : "";
}
