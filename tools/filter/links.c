/* links.c - the links of a network, parsed from text */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "links.h"

void
cli_links_add(struct cli_links *l, const char *from, const char *to, int words)
{
	struct cli_link *last = l->n ? &l->item[l->n - 1] : NULL;

	/* a matrix whose queries are linked to its own keys is a fused one; so
	 * is that of the values, which comes next */
	if ((words & LINK_QK) && strcmp(from, to) == 0)
		words |= LINK_FUSED;
	if ((words & LINK_V) && last && (last->words & LINK_QK) &&
	    strcmp(from, last->from) == 0)
		words |= last->words & (LINK_FUSED | LINK_BY_HEAD);
	l->item = cli_realloc(l->item, (l->n + 1) * sizeof *l->item);
	l->item[l->n++] = (struct cli_link){ cli_strdup(from), cli_strdup(to),
	    words };
}

static char *
copy_field(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (copy == NULL)
		cli_die("out of memory");
	return copy;
}

/* The number of the line that ends before end. */
static int
line_number(const char *text, const char *end)
{
	int n = 0;

	for (const char *p = text; p < end; p++)
		n += *p == '\n' || p + 1 == end;
	return n;
}

bool
cli_links_parse(struct cli_links *l, const char *text)
{
	const char *at = text;
	struct ckpt_link_line line;
	int more, words;

	while ((more = ckpt_link_next(&at, &line)) == 1) {
		char *from, *to;

		if (!ckpt_link_words(line.kind, line.kind_len, &words)) {
			snprintf(l->error, sizeof l->error,
			    "line %d: unknown kind \"%.*s\"",
			    line_number(text, at), line.kind_len < 200 ?
			    (int)line.kind_len : 200, line.kind);
			return false;
		}
		from = copy_field(line.from, line.from_len);
		to = copy_field(line.to, line.to_len);
		cli_links_add(l, from, to, words);
		free(from);
		free(to);
	}
	if (more < 0)
		snprintf(l->error, sizeof l->error,
		    "line %d: wanted FROM TAB TO TAB KIND",
		    line_number(text, at));
	return more == 0;
}

void
cli_links_free(struct cli_links *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->item[i].from);
		free(l->item[i].to);
	}
	free(l->item);
	*l = (struct cli_links){ 0 };
}
