/* link_text.c - the text of links: which matrix of a network feeds which */
#include <string.h>

#include "link_text.h"

static const struct { const char *name; int bits; } vocabulary[] = {
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

static bool
add_word(const char *word, size_t n, int *words)
{
	for (size_t i = 0; i < sizeof vocabulary / sizeof *vocabulary; i++)
		if (strlen(vocabulary[i].name) == n &&
		    strncmp(vocabulary[i].name, word, n) == 0) {
			*words |= vocabulary[i].bits;
			return true;
		}
	return false;
}

bool
ckpt_link_words(const char *kind, size_t len, int *words)
{
	const char *end = kind + len;
	bool known = true;
	size_t n;

	*words = 0;
	for (; kind < end; kind += n + (kind + n < end)) {
		const char *space = memchr(kind, ' ', end - kind);

		n = (space ? space : end) - kind;
		if (n > 0)
			known &= add_word(kind, n, words);
	}
	return known;
}

int
ckpt_link_next(const char **text, struct ckpt_link_line *l)
{
	size_t n = 0;

	for (;; *text += n + 1) {
		n = strcspn(*text, "\n");
		if (n > 0 && **text != '#')
			break;
		if ((*text)[n] == 0)
			return 0;
	}
	l->from = *text;
	l->from_len = strcspn(l->from, "\t\n");
	*text += n + ((*text)[n] == '\n');
	if (l->from[l->from_len] != '\t')
		return -1;
	l->to = l->from + l->from_len + 1;
	l->to_len = strcspn(l->to, "\t\n");
	if (l->to[l->to_len] != '\t')
		return -1;
	l->kind = l->to + l->to_len + 1;
	l->kind_len = l->from + n - l->kind;
	return 1;
}
