/*
 * tokenizer.h - byte-level byte pair encoding (Sennrich et al. 2016, Radford et
 * al. 2019)
 *
 * Text is split into words as by GPT-2. The bytes of a word are its first
 * tokens; then pairs of adjacent tokens are merged, the earliest learned merge
 * first. Functions that get a struct nn fail with nn_fail. What a tokenizer
 * returns belongs to it.
 */
#ifndef NN_TOKENIZER_H
#define NN_TOKENIZER_H

#include "nn.h"

struct nn_tokenizer;

/* A tokenizer of the 256 bytes, in GPT-2's order. NULL if out of memory. */
struct nn_tokenizer	*nn_tokenizer_new(void);
void			 nn_tokenizer_free(struct nn_tokenizer *);

/* The number of tokens, which are 0, 1, ... */
size_t	nn_tokenizer_size(const struct nn_tokenizer *);

/* The bytes of a token; NULL if its number is not in use. */
const unsigned char	*nn_tokenizer_bytes(const struct nn_tokenizer *,
			    int token, size_t *n);

/* A growable array of tokens. Freed with free(id). */
struct nn_ids { int *id; size_t n, room; };

/* Append the tokens of n bytes, which must be UTF-8. 0 or -1. */
int	nn_tokenizer_encode(struct nn *, struct nn_tokenizer *,
	    const char *text, size_t n, struct nn_ids *);

/* ------------------------------------------------------------- training */

/*
 * Learn merges from the lines of a text until there are size tokens or no pair
 * is left: each time the most frequent pair, of several the one with the lowest
 * first token, then the lowest second. 0 or -1.
 */
int	nn_tokenizer_train(struct nn *, struct nn_tokenizer *, const char *text,
	    size_t n, size_t size);

/* Add the merge of two existing tokens unless there is one. 0, or -1 if out of
 * memory. */
int	nn_tokenizer_add_merge(struct nn_tokenizer *, int left, int right);

/* The i-th merge learned; false if there are fewer. */
bool	nn_tokenizer_get_merge(const struct nn_tokenizer *, size_t i, int *left,
	    int *right);

/* ---------------------------------------------------------------- files */

/* Read a tokenizer.json of Hugging Face, or a folder with one or with GPT-2's
 * vocab.json and merges.txt. NULL after nn_fail. */
struct nn_tokenizer	*nn_tokenizer_load(struct nn *, const char *path);

/* Write a tokenizer.json. 0, or -1 after nn_fail. */
int	nn_tokenizer_save(struct nn *, const struct nn_tokenizer *,
	    const char *path);

/* A hash of all that affects the encoding. */
uint64_t	nn_tokenizer_hash(const struct nn_tokenizer *);

#endif
