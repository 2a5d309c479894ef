/* bpe_encode.c - text to tokens: split into words, each merged once and kept */
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>
#include <xxhash.h>

#include "bpe.h"
#include "core/tape.h"

/* ---------------------------------------------------------- one word */

/*
 * The tokens of a word, linked, and merges that are possible, in a heap with
 * the earliest learned, leftmost one on top: long words take no longer than
 * sorting does.
 */
struct symbol { int id; ptrdiff_t before, after; };
struct chance { size_t merge; ptrdiff_t at; };
struct work {
	struct symbol	*symbol;
	struct chance	*heap;
	size_t		 n, room;
};

static bool
sooner(const struct chance *a, const struct chance *b)
{
	return a->merge != b->merge ? a->merge < b->merge : a->at < b->at;
}

static int
push(struct work *w, struct chance c)
{
	size_t i = w->n;

	if (nn_grow(&w->heap, w->n, &w->room, sizeof *w->heap) < 0)
		return -1;
	for (w->n++; i && sooner(&c, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = c;
	return 0;
}

static struct chance
pop(struct work *w)
{
	struct chance top = w->heap[0], last = w->heap[--w->n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < w->n) {
		if (k + 1 < w->n && sooner(&w->heap[k + 1], &w->heap[k]))
			k++;
		if (!sooner(&w->heap[k], &last))
			break;
		w->heap[i] = w->heap[k];
		i = k;
	}
	w->heap[i] = last;
	return top;
}

/* Note the merge of the symbol at with the one after it, if there is one. */
static int
consider(const struct nn_tokenizer *t, struct work *w, ptrdiff_t at)
{
	ptrdiff_t m;

	if (at < 0 || w->symbol[at].after < 0)
		return 0;
	m = nn_tokenizer_pair(t, w->symbol[at].id,
	    w->symbol[w->symbol[at].after].id);
	return m < 0 ? 0 : push(w, (struct chance){ m, at });
}

static int
merge_all(const struct nn_tokenizer *t, struct work *w)
{
	while (w->n) {
		struct chance c = pop(w);
		const struct merge *m = &t->merge[c.merge];
		struct symbol *a = &w->symbol[c.at], *b;

		if (a->id != m->left || a->after < 0)
			continue;	/* merged since */
		b = &w->symbol[a->after];
		if (b->id != m->right)
			continue;
		a->id = m->id;
		b->id = -1;
		a->after = b->after;
		if (a->after >= 0)
			w->symbol[a->after].before = c.at;
		if (consider(t, w, a->before) < 0 || consider(t, w, c.at) < 0)
			return -1;
	}
	return 0;
}

static int
append(struct ids *to, int id)
{
	if (nn_grow(&to->id, to->n, &to->room, sizeof *to->id) < 0)
		return -1;
	to->id[to->n++] = id;
	return 0;
}

static int
encode_word(const struct nn_tokenizer *t, const char *word, size_t n,
    struct ids *to)
{
	struct work w = { .symbol = malloc(n * sizeof *w.symbol) };
	int r = w.symbol ? 0 : -1;

	for (size_t i = 0; r == 0 && i < n; i++)
		w.symbol[i] = (struct symbol){ t->byte[(unsigned char)word[i]],
			(ptrdiff_t)i - 1, i + 1 < n ? (ptrdiff_t)i + 1 : -1 };
	for (size_t i = 0; r == 0 && i < n; i++)
		r = consider(t, &w, i);
	if (r == 0)
		r = merge_all(t, &w);
	for (ptrdiff_t i = 0; r == 0 && i >= 0; i = w.symbol[i].after)
		r = append(to, w.symbol[i].id);
	free(w.symbol);
	free(w.heap);
	return r;
}

/* --------------------------------------------------- words that came before */

struct key { const struct nn_tokenizer *t; const char *word; size_t n; };

static bool
same_word(const void *arg, size_t i)
{
	const struct key *k = arg;
	const struct word *w = &k->t->word[i];

	return w->n == k->n &&
	    memcmp(k->t->letters + w->bytes, k->word, k->n) == 0;
}

enum { LONGEST = 64, MOST = 1 << 20 };	/* words that are kept */

static ptrdiff_t
keep(struct nn_tokenizer *t, const char *word, size_t n, uint64_t hash)
{
	struct word w = { t->letters_n, n, t->ids.n, 0 };

	if (nn_grow(&t->word, t->known, &t->word_room, sizeof *t->word) < 0)
		return -1;
	while (t->letters_n + n > t->letters_room)
		if (nn_grow(&t->letters, t->letters_room, &t->letters_room, 1) < 0)
			return -1;
	memcpy(t->letters + t->letters_n, word, n);
	t->letters_n += n;
	if (encode_word(t, word, n, &t->ids) < 0)
		return -1;
	w.count = t->ids.n - w.ids;
	t->word[t->known] = w;
	return nn_bpe_table_add(&t->words, hash, t->known) < 0 ? -1 :
	    (ptrdiff_t)t->known++;
}

static int
encode_part(struct nn_tokenizer *t, const char *word, size_t n, struct ids *to)
{
	struct key k = { t, word, n };
	uint64_t hash = XXH3_64bits(word, n);
	ptrdiff_t i;

	if (n > LONGEST)
		return encode_word(t, word, n, to);
	i = nn_bpe_table_find(&t->words, hash, same_word, &k);
	if (i < 0 && t->known == MOST)
		return encode_word(t, word, n, to);
	if (i < 0)
		i = keep(t, word, n, hash);
	if (i < 0)
		return -1;
	for (size_t j = 0; j < t->word[i].count; j++)
		if (append(to, t->ids.id[t->word[i].ids + j]) < 0)
			return -1;
	return 0;
}

static int
encode_parts(struct nn_tokenizer *t, const char *text, size_t n, struct ids *to)
{
	size_t len;

	for (; n; text += len, n -= len) {
		len = nn_pretokenize(text, n);
		if (encode_part(t, text, len, to) < 0)
			return -1;
	}
	return 0;
}

/* A blank in front of what does not begin with white space. */
static int
encode_plain(struct nn_tokenizer *t, const char *text, size_t n, struct ids *to)
{
	char *with;
	int r;

	if (!t->prefix_space || n == 0 || *text == ' ')
		return encode_parts(t, text, n, to);
	with = malloc(n + 1);
	if (with == NULL)
		return -1;
	*with = ' ';
	memcpy(with + 1, text, n);
	r = encode_parts(t, with, n + 1, to);
	free(with);
	return r;
}

/* -------------------------------------------------------- added tokens */

/* The longest of them at this place, or NULL. */
static const struct added *
added_at(const struct nn_tokenizer *t, const char *text, size_t n, bool normalized)
{
	const struct added *best = NULL;

	for (size_t i = 0; i < t->adds; i++) {
		const struct added *a = &t->added[i];

		if (a->normalized == normalized && a->n <= n &&
		    *a->text == *text && memcmp(a->text, text, a->n) == 0 &&
		    (best == NULL || a->n > best->n))
			best = a;
	}
	return best;
}

static int	encode_normal(struct nn_tokenizer *, const char *, size_t,
		    struct ids *);

/* Text between added tokens goes to next, they themselves to the ids. */
static int
around_added(struct nn_tokenizer *t, const char *text, size_t n, bool normalized,
    int (*next)(struct nn_tokenizer *, const char *, size_t, struct ids *),
    struct ids *to)
{
	bool begins[BYTES] = { false };
	size_t from = 0;

	for (size_t i = 0; i < t->adds; i++)
		if (t->added[i].normalized == normalized)
			begins[(unsigned char)*t->added[i].text] = true;
	for (size_t i = 0; i < n; i++) {
		const struct added *a = begins[(unsigned char)text[i]] ?
		    added_at(t, text + i, n - i, normalized) : NULL;

		if (a == NULL)
			continue;
		if (next(t, text + from, i - from, to) < 0 ||
		    append(to, a->id) < 0)
			return -1;
		from = i + a->n;
		i = from - 1;
	}
	return next(t, text + from, n - from, to);
}

static int
encode_normal(struct nn_tokenizer *t, const char *text, size_t n, struct ids *to)
{
	uint8_t *composed;
	size_t len;
	int r;

	if (!t->nfc || n == 0)
		return around_added(t, text, n, true, encode_plain, to);
	composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text, n, NULL,
	    &len);
	if (composed == NULL)
		return -1;
	r = around_added(t, (char *)composed, len, true, encode_plain, to);
	free(composed);
	return r;
}

int
nn_tokenizer_encode(struct nn *net, struct nn_tokenizer *t, const char *text,
    size_t n, struct ids *to)
{
	if (around_added(t, text, n, false, encode_normal, to) < 0)
		return nn_fail(net, "out of memory for the tokens of a text");
	return 0;
}
