/* tokenizer.c - the tokens and merges of a tokenizer, and how they are found */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "bpe.h"

/* --------------------------------------------------------------- tokens */

struct key {
	const struct nn_tokenizer *t;
	const unsigned char *bytes;
	size_t n;
};

static bool
equal_bytes(const void *key, size_t id)
{
	const struct key *k = key;
	const struct token *p = &k->t->token[id];

	return p->n == k->n && memcmp(p->bytes, k->bytes, k->n) == 0;
}

int
nn_tokenizer_find_token(const struct nn_tokenizer *t,
    const unsigned char *bytes, size_t n)
{
	struct key k = { t, bytes, n };

	return ckpt_hash_find(&t->by_bytes, XXH3_64bits(bytes, n), equal_bytes,
	    &k);
}

int
nn_tokenizer_add_token(struct nn_tokenizer *t, const unsigned char *bytes,
    size_t n, int id)
{
	int known = id < 0 ? nn_tokenizer_find_token(t, bytes, n) : -1;

	if (known >= 0)
		return known;
	if (id < 0)
		id = t->n;
	while ((size_t)id >= t->n) {
		if (ckpt_grow(&t->token, t->n, &t->room, sizeof *t->token) < 0)
			return -1;
		t->token[t->n++] = (struct token){ 0 };
	}
	t->token[id].bytes = malloc(n + 1);
	if (t->token[id].bytes == NULL)
		return -1;
	memcpy(t->token[id].bytes, bytes, n);
	t->token[id].n = n;
	return ckpt_hash_add(&t->by_bytes, XXH3_64bits(bytes, n), id) < 0 ?
	    -1 : id;
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
	*n = t->token[id].n;
	return t->token[id].bytes;
}

/* --------------------------------------------------------------- merges */

ptrdiff_t
nn_tokenizer_find_merge(const struct nn_tokenizer *t, int left, int right)
{
	return ckpt_hash_find(&t->by_pair, ckpt_hash_pair(left, right), NULL,
	    NULL);
}

int
nn_tokenizer_add_merge(struct nn_tokenizer *t, int left, int right)
{
	const struct token a = t->token[left], b = t->token[right];
	unsigned char *bytes = malloc(a.n + b.n + 1);
	int id;

	if (bytes == NULL)
		return -1;
	memcpy(bytes, a.bytes, a.n);
	memcpy(bytes + a.n, b.bytes, b.n);
	id = nn_tokenizer_add_token(t, bytes, a.n + b.n, -1);
	free(bytes);
	if (id < 0 || ckpt_grow(&t->merge, t->merges, &t->merge_room,
	    sizeof *t->merge) < 0)
		return -1;
	if (nn_tokenizer_find_merge(t, left, right) >= 0)
		return 0;
	t->merge[t->merges] = (struct merge){ left, right, id };
	return ckpt_hash_add(&t->by_pair, ckpt_hash_pair(left, right),
	    t->merges++);
}

bool
nn_tokenizer_get_merge(const struct nn_tokenizer *t, size_t i, int *left,
    int *right)
{
	if (i >= t->merges)
		return false;
	*left = t->merge[i].left;
	*right = t->merge[i].right;
	return true;
}

/* ---------------------------------------------------------------- bytes */

/* Printable bytes stand for themselves, others for characters from 256 on. */
static bool
is_printable(int byte)
{
	return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
}

uint32_t
nn_byte_to_char(int byte)
{
	uint32_t c = 256;

	if (is_printable(byte))
		return byte;
	for (int b = 0; b < byte; b++)
		c += !is_printable(b);
	return c;
}

int
nn_char_to_byte(uint32_t c)
{
	if (c < BYTES)
		return is_printable(c) ? (int)c : -1;
	for (int b = 0; b < BYTES; b++)
		if (!is_printable(b) && c-- == BYTES)
			return b;
	return -1;
}

struct nn_tokenizer *
nn_tokenizer_new(void)
{
	struct nn_tokenizer *t = calloc(1, sizeof *t);

	/* in the order of the characters that stand for the bytes */
	for (uint32_t c = 0; t && c < 2 * BYTES; c++) {
		int byte = nn_char_to_byte(c);
		unsigned char one = byte;

		if (byte < 0)
			continue;
		t->byte[byte] = nn_tokenizer_add_token(t, &one, 1, -1);
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
		free(t->token[i].bytes);
	for (size_t i = 0; i < t->adds; i++)
		free(t->added[i].text);
	free(t->token);
	free(t->merge);
	free(t->added);
	free(t->by_pair.slot);
	free(t->by_bytes.slot);
	free(t->by_word.slot);
	free(t->word);
	free(t->word_bytes.p);
	free(t->word_ids.id);
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
		XXH64_update(s, &t->token[i].n, sizeof t->token[i].n);
		XXH64_update(s, t->token[i].bytes ? t->token[i].bytes :
		    (unsigned char *)"", t->token[i].n);
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
