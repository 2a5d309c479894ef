/* bpe_encode.c - encode text: split it into words, merge the tokens of each */
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>
#include <xxhash.h>

#include "base/heap.h"
#include "bpe.h"
#include "core/tape.h"

/* ---------------------------------------------------------- one word */

/*
 * The tokens of a word as a linked list, and a heap of the merges that are
 * possible, so that the time is n log n even for a long word.
 */
struct symbol { int id; ptrdiff_t prev, next; };
struct candidate { size_t merge; ptrdiff_t at; };
struct work {
	struct symbol	*symbol;
	struct candidate *heap;
	size_t		 n, room;
};

/* The earliest learned merge is first, of equal ones the leftmost. */
static bool
precedes(const void *arg, const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	(void)arg;
	return a->merge != b->merge ? a->merge < b->merge : a->at < b->at;
}

/* Queue the merge of a symbol with the next one, if there is such a merge. */
static int
queue_merge(const struct nn_tokenizer *t, struct work *w, ptrdiff_t at)
{
	struct candidate c = { .at = at };
	ptrdiff_t m;

	if (at < 0 || w->symbol[at].next < 0)
		return 0;
	m = nn_tokenizer_find_merge(t, w->symbol[at].id,
	    w->symbol[w->symbol[at].next].id);
	if (m < 0)
		return 0;
	if (ckpt_grow(&w->heap, w->n, &w->room, sizeof c) < 0)
		return -1;
	c.merge = m;
	ckpt_heap_push(w->heap, w->n++, sizeof c, &c, precedes, NULL);
	return 0;
}

static int
merge_symbols(const struct nn_tokenizer *t, struct work *w)
{
	while (w->n) {
		struct candidate c = w->heap[0];
		const struct merge *m = &t->merge[c.merge];
		struct symbol *a = &w->symbol[c.at], *b;

		ckpt_heap_pop(w->heap, w->n--, sizeof c, precedes, NULL);
		if (a->id != m->left || a->next < 0)
			continue;	/* merged meanwhile */
		b = &w->symbol[a->next];
		if (b->id != m->right)
			continue;
		a->id = m->id;
		b->id = -1;
		a->next = b->next;
		if (a->next >= 0)
			w->symbol[a->next].prev = c.at;
		if (queue_merge(t, w, a->prev) < 0 ||
		    queue_merge(t, w, c.at) < 0)
			return -1;
	}
	return 0;
}

static int
append_id(struct nn_ids *ids, int id)
{
	if (ckpt_grow(&ids->id, ids->n, &ids->room, sizeof *ids->id) < 0)
		return -1;
	ids->id[ids->n++] = id;
	return 0;
}

static int
merge_word(const struct nn_tokenizer *t, const char *word, size_t n,
    struct nn_ids *ids)
{
	struct work w = { .symbol = malloc(n * sizeof *w.symbol) };
	int r = w.symbol ? 0 : -1;

	for (size_t i = 0; r == 0 && i < n; i++)
		w.symbol[i] = (struct symbol){ t->byte[(unsigned char)word[i]],
			(ptrdiff_t)i - 1, i + 1 < n ? (ptrdiff_t)i + 1 : -1 };
	for (size_t i = 0; r == 0 && i < n; i++)
		r = queue_merge(t, &w, i);
	if (r == 0)
		r = merge_symbols(t, &w);
	for (ptrdiff_t i = 0; r == 0 && i >= 0; i = w.symbol[i].next)
		r = append_id(ids, w.symbol[i].id);
	free(w.symbol);
	free(w.heap);
	return r;
}

/* ---------------------------------------------------- the cache of words */

enum { WORD_BYTES = 64, WORDS = 1 << 20 };	/* at most */

struct key { const struct nn_tokenizer *t; const char *word; size_t n; };

static bool
equal_words(const void *key, size_t i)
{
	const struct key *k = key;
	const struct word *w = &k->t->word[i];

	return w->n == k->n &&
	    memcmp(k->t->word_bytes.p + w->at, k->word, k->n) == 0;
}

/* Encode a word into the cache. Its number, or -1 if out of memory. */
static ptrdiff_t
cache_word(struct nn_tokenizer *t, const char *word, size_t n, uint64_t hash)
{
	struct word w = { t->word_bytes.n, n, t->word_ids.n, 0 };

	if (ckpt_grow(&t->word, t->words, &t->word_room, sizeof w) < 0 ||
	    ckpt_buffer_add(&t->word_bytes, word, n) < 0 ||
	    merge_word(t, word, n, &t->word_ids) < 0)
		return -1;
	w.count = t->word_ids.n - w.first;
	t->word[t->words] = w;
	return ckpt_hash_add(&t->by_word, hash, t->words) < 0 ? -1 :
	    (ptrdiff_t)t->words++;
}

static int
encode_word(struct nn_tokenizer *t, const char *word, size_t n,
    struct nn_ids *ids)
{
	struct key k = { t, word, n };
	uint64_t hash = XXH3_64bits(word, n);
	ptrdiff_t i;

	if (n > WORD_BYTES)
		return merge_word(t, word, n, ids);
	i = ckpt_hash_find(&t->by_word, hash, equal_words, &k);
	if (i < 0 && t->words == WORDS)
		return merge_word(t, word, n, ids);
	if (i < 0)
		i = cache_word(t, word, n, hash);
	if (i < 0)
		return -1;
	for (size_t j = 0; j < t->word[i].count; j++)
		if (append_id(ids, t->word_ids.id[t->word[i].first + j]) < 0)
			return -1;
	return 0;
}

static int
encode_words(struct nn_tokenizer *t, const char *text, size_t n,
    struct nn_ids *ids)
{
	size_t len;

	for (; n; text += len, n -= len) {
		len = nn_pretokenize(text, n);
		if (encode_word(t, text, len, ids) < 0)
			return -1;
	}
	return 0;
}

/* Encode text without added tokens, with a space in front if that is set. */
static int
encode_text(struct nn_tokenizer *t, const char *text, size_t n,
    struct nn_ids *ids)
{
	char *prefixed;
	int r;

	if (!t->prefix_space || n == 0 || *text == ' ')
		return encode_words(t, text, n, ids);
	prefixed = malloc(n + 1);
	if (prefixed == NULL)
		return -1;
	*prefixed = ' ';
	memcpy(prefixed + 1, text, n);
	r = encode_words(t, prefixed, n + 1, ids);
	free(prefixed);
	return r;
}

/* -------------------------------------------------------- added tokens */

/* The longest added token at the start of text, or NULL. */
static const struct added_token *
match_added(const struct nn_tokenizer *t, const char *text, size_t n,
    bool normalized)
{
	const struct added_token *best = NULL;

	for (size_t i = 0; i < t->adds; i++) {
		const struct added_token *a = &t->added[i];

		if (a->normalized == normalized && a->n <= n &&
		    *a->text == *text && memcmp(a->text, text, a->n) == 0 &&
		    (best == NULL || a->n > best->n))
			best = a;
	}
	return best;
}

/* Split text at added tokens; what is between them goes to encode. */
static int
split_at_added(struct nn_tokenizer *t, const char *text, size_t n,
    bool normalized, int (*encode)(struct nn_tokenizer *, const char *, size_t,
    struct nn_ids *), struct nn_ids *ids)
{
	bool begins[BYTES] = { false };
	size_t from = 0;

	for (size_t i = 0; i < t->adds; i++)
		if (t->added[i].normalized == normalized)
			begins[(unsigned char)*t->added[i].text] = true;
	for (size_t i = 0; i < n; i++) {
		const struct added_token *a = begins[(unsigned char)text[i]] ?
		    match_added(t, text + i, n - i, normalized) : NULL;

		if (a == NULL)
			continue;
		if (encode(t, text + from, i - from, ids) < 0 ||
		    append_id(ids, a->id) < 0)
			return -1;
		from = i + a->n;
		i = from - 1;
	}
	return encode(t, text + from, n - from, ids);
}

static int
encode_normalized(struct nn_tokenizer *t, const char *text, size_t n,
    struct nn_ids *ids)
{
	uint8_t *composed;
	size_t len;
	int r;

	if (!t->nfc || n == 0)
		return split_at_added(t, text, n, true, encode_text, ids);
	composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text, n, NULL,
	    &len);
	if (composed == NULL)
		return -1;
	r = split_at_added(t, (char *)composed, len, true, encode_text, ids);
	free(composed);
	return r;
}

int
nn_tokenizer_encode(struct nn *net, struct nn_tokenizer *t, const char *text,
    size_t n, struct nn_ids *ids)
{
	if (split_at_added(t, text, n, false, encode_normalized, ids) < 0)
		return nn_fail(net, "out of memory for the tokens of a text");
	return 0;
}
