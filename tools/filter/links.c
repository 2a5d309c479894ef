/* links.c - the text that says which matrix feeds which */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "links.h"

static const struct { const char *name; int bits; } word[] = {
	{ "linear", 0 }, { "conv", 0 },
	{ "embedding", LINK_EMBEDDING },
	{ "qk", LINK_QK }, { "v", LINK_V },
	{ "by-head", LINK_BY_HEAD },
	{ "gate", LINK_GATE },
	{ "first", LINK_FIRST }, { "second", LINK_SECOND },
	{ "swap-from", LINK_SWAP_FROM }, { "swap-to", LINK_SWAP_TO },
	{ "swap", LINK_SWAP_FROM | LINK_SWAP_TO },
	{ "fused", LINK_FUSED },
};

/* The words of a kind, apart by spaces. */
bool
cli_links_words(const char *kind, int *words)
{
	*words = 0;
	while (*kind) {
		size_t n = strcspn(kind, " "), i, all = sizeof word /
		    sizeof *word;

		for (i = 0; i < all; i++)
			if (strlen(word[i].name) == n &&
			    strncmp(word[i].name, kind, n) == 0)
				break;
		if (n > 0 && i == all)
			return false;
		*words |= n > 0 ? word[i].bits : 0;
		kind += n + (kind[n] == ' ');
	}
	return true;
}

void
cli_links_add(struct cli_links *l, char *from, char *to, int words)
{
	struct cli_link *last = l->n ? &l->item[l->n - 1] : NULL;

	/* a matrix whose queries meet its own keys is a fused one; so then is
	 * that of the values, which come next */
	if ((words & LINK_QK) && strcmp(from, to) == 0)
		words |= LINK_FUSED;
	if ((words & LINK_V) && last && (last->words & LINK_QK) &&
	    strcmp(from, last->from) == 0)
		words |= last->words & (LINK_FUSED | LINK_BY_HEAD);
	l->item = cli_realloc(l->item, (l->n + 1) * sizeof *l->item);
	l->item[l->n++] = (struct cli_link){ from, to, words };
}

bool
cli_links_parse(struct cli_links *l, const char *text)
{
	for (int line = 1; *text; line++) {
		size_t n = strcspn(text, "\n");
		char *from = strndup(text, n), *to, *kind;
		int words;

		if (from == NULL)
			cli_die("out of memory");
		text += n + (text[n] == '\n');
		if (*from == 0 || *from == '#') {
			free(from);
			continue;
		}
		to = strchr(from, '\t');
		if (to)
			*to++ = 0;
		kind = to ? strchr(to, '\t') : NULL;
		if (kind)
			*kind++ = 0;
		if (kind == NULL || !cli_links_words(kind, &words)) {
			snprintf(l->error, sizeof l->error,
			    kind ? "line %d: unknown kind \"%.200s\"" :
			    "line %d: wanted FROM TAB TO TAB KIND", line, kind);
			free(from);
			return false;
		}
		cli_links_add(l, from, cli_strdup(to), words);
	}
	return true;
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
