/*
 * bpe_train.c - learn merges: again and again, of the most frequent pair
 *
 * The pairs of each distinct word are counted once and weighted by how often
 * the word occurs. A heap holds the pairs with their counts; a count that has
 * fallen since is corrected when its pair comes first.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/heap.h"
#include "bpe.h"
#include "core/tape.h"

struct lexeme {
	const char	*text;		/* its first occurrence */
	size_t		 len;
	int		*id;
	size_t		 n;
	int64_t		 count;
};

struct pair {
	int		 left, right;
	int64_t		 count;
	uint32_t	*word;		/* where it occurs, perhaps twice */
	size_t		 n, room;
};

struct queued { size_t pair; int64_t count; };

struct training {
	struct nn_tokenizer *t;
	struct lexeme	*word;
	size_t		 words, word_room;
	struct ckpt_hash_table by_text, by_pair;
	struct pair	*pair;
	size_t		 pairs, pair_room;
	struct queued	*heap;
	size_t		 n, heap_room;
	size_t		 fresh;		/* the first pair not yet queued */
};

/* ---------------------------------------------------------------- words */

struct key { const struct training *r; const char *text; size_t n; };

static bool
equal_words(const void *key, size_t i)
{
	const struct key *k = key;
	const struct lexeme *w = &k->r->word[i];

	return w->len == k->n && memcmp(w->text, k->text, k->n) == 0;
}

static int
count_word(struct training *r, const char *text, size_t n)
{
	struct key k = { r, text, n };
	uint64_t hash = XXH3_64bits(text, n);
	ptrdiff_t i = ckpt_hash_find(&r->by_text, hash, equal_words, &k);
	struct lexeme *w;

	if (i >= 0) {
		r->word[i].count++;
		return 0;
	}
	if (ckpt_grow(&r->word, r->words, &r->word_room, sizeof *w) < 0)
		return -1;
	w = &r->word[r->words];
	*w = (struct lexeme){ text, n, malloc(n * sizeof(int)), n, 1 };
	for (size_t j = 0; w->id && j < n; j++)
		w->id[j] = r->t->byte[(unsigned char)text[j]];
	return w->id ? ckpt_hash_add(&r->by_text, hash, r->words++) : -1;
}

static int
count_words(struct training *r, const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t line = end ? (size_t)(end - text) + 1 : n, len;

		n -= line;
		for (; line; text += len, line -= len) {
			len = nn_pretokenize(text, line);
			if (count_word(r, text, len) < 0)
				return -1;
		}
	}
	return 0;
}

/* ---------------------------------------------------------------- pairs */

/* The number of a pair, which is added if it is new. -1: out of memory. */
static ptrdiff_t
find_pair(struct training *r, int left, int right)
{
	uint64_t hash = ckpt_hash_pair(left, right);
	ptrdiff_t i = ckpt_hash_find(&r->by_pair, hash, NULL, NULL);

	if (i >= 0)
		return i;
	if (ckpt_grow(&r->pair, r->pairs, &r->pair_room, sizeof *r->pair) < 0 ||
	    ckpt_hash_add(&r->by_pair, hash, r->pairs) < 0)
		return -1;
	r->pair[r->pairs] = (struct pair){ .left = left, .right = right };
	return r->pairs++;
}

/* Change how often a pair occurs in a word by +1 or -1. */
static int
count_pair(struct training *r, int left, int right, size_t word, int64_t by)
{
	ptrdiff_t i = find_pair(r, left, right);
	struct pair *p;

	if (i < 0)
		return -1;
	p = &r->pair[i];
	p->count += by * r->word[word].count;
	if (by < 0 || (p->n && p->word[p->n - 1] == word))
		return 0;
	if (ckpt_grow(&p->word, p->n, &p->room, sizeof *p->word) < 0)
		return -1;
	p->word[p->n++] = word;
	return 0;
}

static bool
precedes(const void *arg, const void *x, const void *y)
{
	const struct training *r = arg;
	const struct queued *a = x, *b = y;
	const struct pair *p = &r->pair[a->pair], *q = &r->pair[b->pair];

	if (a->count != b->count)
		return a->count > b->count;
	return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static int
queue_pair(struct training *r, size_t pair)
{
	struct queued q = { pair, r->pair[pair].count };

	if (ckpt_grow(&r->heap, r->n, &r->heap_room, sizeof q) < 0)
		return -1;
	ckpt_heap_push(r->heap, r->n++, sizeof q, &q, precedes, r);
	return 0;
}

/* Queue the pairs that were added since the last call. */
static int
queue_fresh_pairs(struct training *r)
{
	for (; r->fresh < r->pairs; r->fresh++)
		if (r->pair[r->fresh].count > 0 && queue_pair(r, r->fresh) < 0)
			return -1;
	return 0;
}

/* --------------------------------------------------------------- merges */

/* Merge a pair in one word; the tokens next to it are in other pairs then. */
static int
merge_in_word(struct training *r, size_t word, const struct merge *m)
{
	struct lexeme *w = &r->word[word];
	int bad = 0;

	for (size_t i = 0; i + 1 < w->n; i++) {
		if (w->id[i] != m->left || w->id[i + 1] != m->right)
			continue;
		if (i > 0) {
			bad |= count_pair(r, w->id[i - 1], m->left, word, -1);
			bad |= count_pair(r, w->id[i - 1], m->id, word, 1);
		}
		if (i + 2 < w->n) {
			bad |= count_pair(r, m->right, w->id[i + 2], word, -1);
			bad |= count_pair(r, m->id, w->id[i + 2], word, 1);
		}
		w->id[i] = m->id;
		memmove(w->id + i + 1, w->id + i + 2,
		    (w->n - i - 2) * sizeof *w->id);
		w->n--;
	}
	return bad;
}

static int
merge_pair(struct training *r, size_t pair)
{
	struct merge m = { r->pair[pair].left, r->pair[pair].right, 0 };

	if (nn_tokenizer_add_merge(r->t, m.left, m.right) < 0)
		return -1;
	m.id = r->t->merge[nn_tokenizer_find_merge(r->t, m.left, m.right)].id;
	for (size_t i = 0; i < r->pair[pair].n; i++)
		if (merge_in_word(r, r->pair[pair].word[i], &m) < 0)
			return -1;
	return queue_fresh_pairs(r);
}

static int
learn_merges(struct training *r, size_t size)
{
	for (size_t i = 0; i < r->words; i++)
		for (size_t j = 0; j + 1 < r->word[i].n; j++)
			if (count_pair(r, r->word[i].id[j],
			    r->word[i].id[j + 1], i, 1) < 0)
				return -1;
	if (queue_fresh_pairs(r) < 0)
		return -1;
	while (r->t->n < size && r->n) {
		struct queued q = r->heap[0];
		int64_t count = r->pair[q.pair].count;

		ckpt_heap_pop(r->heap, r->n--, sizeof q, precedes, r);
		if (count >= 1 && (count != q.count ? queue_pair(r, q.pair) :
		    merge_pair(r, q.pair)) < 0)
			return -1;
	}
	return 0;
}

int
nn_tokenizer_train(struct nn *net, struct nn_tokenizer *t, const char *text,
    size_t n, size_t size)
{
	struct training r = { .t = t };
	int bad = size > t->n && (count_words(&r, text, n) < 0 ||
	    learn_merges(&r, size) < 0);

	for (size_t i = 0; i < r.words; i++)
		free(r.word[i].id);
	for (size_t i = 0; i < r.pairs; i++)
		free(r.pair[i].word);
	free(r.word);
	free(r.pair);
	free(r.heap);
	free(r.by_text.slot);
	free(r.by_pair.slot);
	return bad ? nn_fail(net, "out of memory for the pairs of a text") : 0;
}
