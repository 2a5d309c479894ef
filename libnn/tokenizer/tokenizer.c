/* tokenizer.c - tokens, their merges, and how they are found */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "bpe.h"

/* --------------------------------------------------------------- tables */

int
nn_grow(void *array, size_t n, size_t *room, size_t each)
{
	void **a = array, *p;
	size_t more = *room ? 2 * *room : 64;

	if (n < *room)
		return 0;
	p = realloc(*a, more * each);
	if (p == NULL)
		return -1;
	*a = p;
	*room = more;
	return 0;
}

ptrdiff_t
nn_bpe_table_find(const struct table *t, uint64_t hash,
    bool (*same)(const void *, size_t), const void *arg)
{
	if (t->room == 0)
		return -1;
	for (size_t i = hash & (t->room - 1); t->slot[i].value;
	    i = (i + 1) & (t->room - 1))
		if (t->slot[i].hash == hash && same(arg, t->slot[i].value - 1))
			return t->slot[i].value - 1;
	return -1;
}

static void
put(struct table *t, struct slot s)
{
	size_t i = s.hash & (t->room - 1);

	while (t->slot[i].value)
		i = (i + 1) & (t->room - 1);
	t->slot[i] = s;
}

int
nn_bpe_table_add(struct table *t, uint64_t hash, size_t value)
{
	if (2 * t->n >= t->room) {
		struct table more = { .room = t->room ? 2 * t->room : 1024,
			.n = t->n };

		more.slot = calloc(more.room, sizeof *more.slot);
		if (more.slot == NULL)
			return -1;
		for (size_t i = 0; i < t->room; i++)
			if (t->slot[i].value)
				put(&more, t->slot[i]);
		free(t->slot);
		*t = more;
	}
	put(t, (struct slot){ hash, value + 1 });
	t->n++;
	return 0;
}

/* --------------------------------------------------------------- tokens */

struct key { const struct nn_tokenizer *t; const unsigned char *bytes; size_t n; };

static bool
same_piece(const void *arg, size_t id)
{
	const struct key *k = arg;
	const struct piece *p = &k->t->piece[id];

	return p->n == k->n && memcmp(p->bytes, k->bytes, k->n) == 0;
}

int
nn_tokenizer_find(const struct nn_tokenizer *t, const unsigned char *bytes, size_t n)
{
	struct key k = { t, bytes, n };

	return nn_bpe_table_find(&t->pieces, XXH3_64bits(bytes, n), same_piece, &k);
}

int
nn_tokenizer_add(struct nn_tokenizer *t, const unsigned char *bytes, size_t n, int id)
{
	int known = id < 0 ? nn_tokenizer_find(t, bytes, n) : -1;

	if (known >= 0)
		return known;
	if (id < 0)
		id = t->n;
	while ((size_t)id >= t->n) {
		if (nn_grow(&t->piece, t->n, &t->room, sizeof *t->piece) < 0)
			return -1;
		t->piece[t->n++] = (struct piece){ 0 };
	}
	t->piece[id].bytes = malloc(n + 1);
	if (t->piece[id].bytes == NULL)
		return -1;
	memcpy(t->piece[id].bytes, bytes, n);
	t->piece[id].n = n;
	return nn_bpe_table_add(&t->pieces, XXH3_64bits(bytes, n), id) < 0 ? -1 : id;
}

size_t
nn_tokenizer_size(const struct nn_tokenizer *t)
{
	return t->n;
}

const unsigned char *
nn_tokenizer_bytes(const struct nn_tokenizer *t, int id, size_t *n)
{
	if (id < 0 || (size_t)id >= t->n)
		return NULL;
	*n = t->piece[id].n;
	return t->piece[id].bytes;
}

/* --------------------------------------------------------------- merges */

struct pair { const struct nn_tokenizer *t; int left, right; };

static bool
same_pair(const void *arg, size_t i)
{
	const struct pair *p = arg;
	const struct merge *m = &p->t->merge[i];

	return m->left == p->left && m->right == p->right;
}

static uint64_t
hash_pair(int left, int right)
{
	uint64_t h = ((uint64_t)left << 32 | (uint32_t)right) *
	    0x9e3779b97f4a7c15;

	return h ^ h >> 32;
}

ptrdiff_t
nn_tokenizer_pair(const struct nn_tokenizer *t, int left, int right)
{
	struct pair p = { t, left, right };

	return nn_bpe_table_find(&t->pairs, hash_pair(left, right), same_pair, &p);
}

int
nn_tokenizer_merge(struct nn_tokenizer *t, int left, int right)
{
	const struct piece a = t->piece[left], b = t->piece[right];
	unsigned char *bytes = malloc(a.n + b.n + 1);
	int id;

	if (bytes == NULL)
		return -1;
	memcpy(bytes, a.bytes, a.n);
	memcpy(bytes + a.n, b.bytes, b.n);
	id = nn_tokenizer_add(t, bytes, a.n + b.n, -1);
	free(bytes);
	if (id < 0 || nn_grow(&t->merge, t->merges, &t->merge_room,
	    sizeof *t->merge) < 0)
		return -1;
	if (nn_tokenizer_pair(t, left, right) >= 0)
		return 0;
	t->merge[t->merges] = (struct merge){ left, right, id };
	return nn_bpe_table_add(&t->pairs, hash_pair(left, right), t->merges++);
}

bool
nn_tokenizer_merge_at(const struct nn_tokenizer *t, size_t i, int *left, int *right)
{
	if (i >= t->merges)
		return false;
	*left = t->merge[i].left;
	*right = t->merge[i].right;
	return true;
}

/* ---------------------------------------------------------------- bytes */

/* Those that print stand for themselves, the others for what follows 255. */
static bool
prints(int byte)
{
	return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
}

uint32_t
nn_byte_to_char(int byte)
{
	uint32_t c = 256;

	if (prints(byte))
		return byte;
	for (int b = 0; b < byte; b++)
		c += !prints(b);
	return c;
}

int
nn_char_to_byte(uint32_t c)
{
	if (c < BYTES)
		return prints(c) ? (int)c : -1;
	for (int b = 0; b < BYTES; b++)
		if (!prints(b) && c-- == BYTES)
			return b;
	return -1;
}

struct nn_tokenizer *
nn_tokenizer_new(void)
{
	struct nn_tokenizer *t = calloc(1, sizeof *t);

	/* in the order of the characters that stand for them */
	for (uint32_t c = 0; t && c < 2 * BYTES; c++) {
		int byte = nn_char_to_byte(c);
		unsigned char one = byte;

		if (byte < 0)
			continue;
		t->byte[byte] = nn_tokenizer_add(t, &one, 1, -1);
		if (t->byte[byte] < 0) {
			nn_tokenizer_free(t);
			return NULL;
		}
	}
	return t;
}

void
nn_tokenizer_free(struct nn_tokenizer *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->piece[i].bytes);
	for (size_t i = 0; i < t->adds; i++)
		free(t->added[i].text);
	free(t->piece);
	free(t->merge);
	free(t->added);
	free(t->pairs.slot);
	free(t->pieces.slot);
	free(t->words.slot);
	free(t->word);
	free(t->letters);
	free(t->ids.id);
	free(t);
}

uint64_t
nn_tokenizer_hash(const struct nn_tokenizer *t)
{
	XXH64_state_t *s = XXH64_createState();
	int flags[] = { t->nfc, t->prefix_space };
	uint64_t hash = 0;

	if (s == NULL)
		return 0;
	XXH64_reset(s, 0);
	for (size_t i = 0; i < t->n; i++) {
		XXH64_update(s, &t->piece[i].n, sizeof t->piece[i].n);
		XXH64_update(s, t->piece[i].bytes ? t->piece[i].bytes :
		    (unsigned char *)"", t->piece[i].n);
	}
	if (t->merges)
		XXH64_update(s, t->merge, t->merges * sizeof *t->merge);
	for (size_t i = 0; i < t->adds; i++) {
		XXH64_update(s, &t->added[i].id, sizeof t->added[i].id);
		XXH64_update(s, &t->added[i].normalized, 1);
	}
	XXH64_update(s, flags, sizeof flags);
	hash = XXH64_digest(s);
	XXH64_freeState(s);
	return hash;
}
