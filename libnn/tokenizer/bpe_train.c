/*
 * bpe_train.c - merges from a text: the most frequent pair of tokens, again and
 * again
 *
 * Pairs are counted in the different words, times how often each comes. Pairs
 * wait in a heap; a count that fell since is put right when its pair comes up.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "bpe.h"
#include "core/tape.h"

struct lexeme {
	const char	*text;		/* where it was first seen */
	size_t		 len;
	int		*id;
	size_t		 n;
	int64_t		 count;
};

struct pair {
	int		 left, right;
	int64_t		 count;
	uint32_t	*in;		/* words it was seen in, perhaps twice */
	size_t		 n, room;
};

struct waiting { size_t pair; int64_t count; };

struct lesson {
	struct nn_tokenizer *t;
	struct lexeme	*word;
	size_t		 words, word_room;
	struct table	 word_table, pair_table;
	struct pair	*pair;
	size_t		 pairs, pair_room;
	struct waiting	*heap;
	size_t		 n, heap_room;
	size_t		 fresh;		/* pairs from here on are not in it */
};

/* ---------------------------------------------------------------- words */

struct key { const struct lesson *l; const char *text; size_t n; };

static bool
same_word(const void *arg, size_t i)
{
	const struct key *k = arg;
	const struct lexeme *w = &k->l->word[i];

	return w->len == k->n && memcmp(w->text, k->text, k->n) == 0;
}

static int
count_word(struct lesson *l, const char *text, size_t n)
{
	struct key k = { l, text, n };
	uint64_t hash = XXH3_64bits(text, n);
	ptrdiff_t i = nn_bpe_table_find(&l->word_table, hash, same_word, &k);
	struct lexeme *w;

	if (i >= 0) {
		l->word[i].count++;
		return 0;
	}
	if (nn_grow(&l->word, l->words, &l->word_room, sizeof *l->word) < 0)
		return -1;
	w = &l->word[l->words];
	*w = (struct lexeme){ text, n, malloc(n * sizeof(int)), n, 1 };
	for (size_t j = 0; w->id && j < n; j++)
		w->id[j] = l->t->byte[(unsigned char)text[j]];
	return w->id ? nn_bpe_table_add(&l->word_table, hash, l->words++) : -1;
}

static int
count_words(struct lesson *l, const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t line = end ? (size_t)(end - text) + 1 : n, len;

		n -= line;
		for (; line; text += len, line -= len) {
			len = nn_pretokenize(text, line);
			if (count_word(l, text, len) < 0)
				return -1;
		}
	}
	return 0;
}

/* ---------------------------------------------------------------- pairs */

struct ends { const struct lesson *l; int left, right; };

static bool
same_pair(const void *arg, size_t i)
{
	const struct ends *e = arg;

	return e->l->pair[i].left == e->left && e->l->pair[i].right == e->right;
}

/* More, or fewer, of a pair in a word. */
static int
change(struct lesson *l, int left, int right, size_t word, int64_t by)
{
	struct ends e = { l, left, right };
	uint64_t hash = XXH3_64bits((int[]){ left, right }, 2 * sizeof(int));
	ptrdiff_t i = nn_bpe_table_find(&l->pair_table, hash, same_pair, &e);
	struct pair *p;

	if (i < 0) {
		i = l->pairs;
		if (nn_grow(&l->pair, i, &l->pair_room, sizeof *p) < 0 ||
		    nn_bpe_table_add(&l->pair_table, hash, i) < 0)
			return -1;
		l->pair[l->pairs++] = (struct pair){ left, right, 0, NULL, 0,
			0 };
	}
	p = &l->pair[i];
	p->count += by * l->word[word].count;
	if (by < 0 || (p->n && p->in[p->n - 1] == word))
		return 0;
	if (nn_grow(&p->in, p->n, &p->room, sizeof *p->in) < 0)
		return -1;
	p->in[p->n++] = word;
	return 0;
}

static bool
before(const struct lesson *l, struct waiting a, struct waiting b)
{
	const struct pair *p = &l->pair[a.pair], *q = &l->pair[b.pair];

	if (a.count != b.count)
		return a.count > b.count;
	return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static int
push(struct lesson *l, struct waiting w)
{
	size_t i = l->n;

	if (nn_grow(&l->heap, l->n, &l->heap_room, sizeof *l->heap) < 0)
		return -1;
	for (l->n++; i && before(l, w, l->heap[(i - 1) / 2]); i = (i - 1) / 2)
		l->heap[i] = l->heap[(i - 1) / 2];
	l->heap[i] = w;
	return 0;
}

static struct waiting
pop(struct lesson *l)
{
	struct waiting top = l->heap[0], last = l->heap[--l->n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < l->n) {
		if (k + 1 < l->n && before(l, l->heap[k + 1], l->heap[k]))
			k++;
		if (!before(l, l->heap[k], last))
			break;
		l->heap[i] = l->heap[k];
		i = k;
	}
	l->heap[i] = last;
	return top;
}

/* All pairs that turned up since the last time begin to wait. */
static int
queue(struct lesson *l)
{
	for (; l->fresh < l->pairs; l->fresh++)
		if (l->pair[l->fresh].count > 0 && push(l, (struct waiting){
		    l->fresh, l->pair[l->fresh].count }) < 0)
			return -1;
	return 0;
}

/* --------------------------------------------------------------- merges */

/* Merge a pair in one word; what stood beside it has new neighbors. */
static int
merge_in(struct lesson *l, size_t word, const struct merge *m)
{
	struct lexeme *w = &l->word[word];
	int bad = 0;

	for (size_t i = 0; i + 1 < w->n; i++) {
		if (w->id[i] != m->left || w->id[i + 1] != m->right)
			continue;
		if (i > 0) {
			bad |= change(l, w->id[i - 1], m->left, word, -1);
			bad |= change(l, w->id[i - 1], m->id, word, 1);
		}
		if (i + 2 < w->n) {
			bad |= change(l, m->right, w->id[i + 2], word, -1);
			bad |= change(l, m->id, w->id[i + 2], word, 1);
		}
		w->id[i] = m->id;
		memmove(w->id + i + 1, w->id + i + 2,
		    (w->n - i - 2) * sizeof *w->id);
		w->n--;
	}
	return bad;
}

static int
merge(struct lesson *l, size_t pair)
{
	struct merge m = { l->pair[pair].left, l->pair[pair].right, 0 };

	if (nn_tokenizer_merge(l->t, m.left, m.right) < 0)
		return -1;
	m.id = l->t->merge[nn_tokenizer_pair(l->t, m.left, m.right)].id;
	for (size_t i = 0; i < l->pair[pair].n; i++)
		if (merge_in(l, l->pair[pair].in[i], &m) < 0)
			return -1;
	return queue(l);
}

static int
learn(struct lesson *l, size_t size)
{
	for (size_t i = 0; i < l->words; i++)
		for (size_t j = 0; j + 1 < l->word[i].n; j++)
			if (change(l, l->word[i].id[j], l->word[i].id[j + 1],
			    i, 1) < 0)
				return -1;
	if (queue(l) < 0)
		return -1;
	while (l->t->n < size && l->n) {
		struct waiting w = pop(l);
		int64_t now = l->pair[w.pair].count;

		if (now < 1)
			continue;
		if (now != w.count) {
			if (push(l, (struct waiting){ w.pair, now }) < 0)
				return -1;
			continue;
		}
		if (merge(l, w.pair) < 0)
			return -1;
	}
	return 0;
}

int
nn_tokenizer_train(struct nn *net, struct nn_tokenizer *t, const char *text, size_t n,
    size_t size)
{
	struct lesson l = { .t = t };
	int r = size > t->n ? count_words(&l, text, n) : 0;

	if (r == 0 && size > t->n)
		r = learn(&l, size);
	for (size_t i = 0; i < l.words; i++)
		free(l.word[i].id);
	for (size_t i = 0; i < l.pairs; i++)
		free(l.pair[i].in);
	free(l.word);
	free(l.pair);
	free(l.heap);
	free(l.word_table.slot);
	free(l.pair_table.slot);
	return r < 0 ? nn_fail(net, "out of memory for the pairs of a text") : 0;
}
