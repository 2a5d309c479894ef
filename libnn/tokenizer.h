/*
 * tokenizer.h - text as numbers: byte-level pair encoding (Sennrich et al. 2016,
 * Radford et al. 2019)
 *
 * Text is split as GPT-2 does it, the bytes of each part are tokens, and pairs
 * of tokens that were learned are merged, the earliest learned first. All
 * functions that fail do it with nn_fail. A tokenizer is freed with
 * nn_tokenizer_free, all it gives out is its own.
 */
#ifndef NN_TOKENIZER_H
#define NN_TOKENIZER_H

#include "nn.h"

struct nn_tokenizer;

/* One that knows the 256 bytes, in GPT-2's order. NULL when memory is gone. */
struct nn_tokenizer	*nn_tokenizer_new(void);
void			 nn_tokenizer_free(struct nn_tokenizer *);

/* Tokens are 0 ... this - 1. */
size_t	nn_tokenizer_size(const struct nn_tokenizer *);

/* The bytes of a token; NULL for none of that number. */
const unsigned char	*nn_tokenizer_bytes(const struct nn_tokenizer *, int token,
			    size_t *n);

/* Numbers that grow; free(ids.id). */
struct ids { int *id; size_t n, room; };

/* Append the tokens of n bytes, which must be UTF-8. 0 or -1. */
int	nn_tokenizer_encode(struct nn *, struct nn_tokenizer *, const char *text,
	    size_t n, struct ids *to);

/* ------------------------------------------------------------- learning */

/*
 * Learn merges from the lines of a text until there are size tokens, or no pair
 * is left: always the most frequent pair; of several the one whose first token
 * is the lowest, then the second. 0 or -1.
 */
int	nn_tokenizer_train(struct nn *, struct nn_tokenizer *, const char *text,
	    size_t n, size_t size);

/* The merge of two tokens, if it is a new one: both are known. 0, or -1 when
 * memory is gone. */
int	nn_tokenizer_merge(struct nn_tokenizer *, int left, int right);

/* The i-th merge in the order of learning; false: there are fewer. */
bool	nn_tokenizer_merge_at(const struct nn_tokenizer *, size_t i, int *left,
	    int *right);

/* ---------------------------------------------------------------- files */

/* A tokenizer.json of Hugging Face's, or a folder with one, or with GPT-2's
 * vocab.json and merges.txt. NULL after nn_fail. */
struct nn_tokenizer	*nn_tokenizer_load(struct nn *, const char *path);

/* Write such a tokenizer.json. 0, or -1 after nn_fail. */
int	nn_tokenizer_save(struct nn *, const struct nn_tokenizer *,
	    const char *path);

/* The hash of all that matters. */
uint64_t	nn_tokenizer_hash(const struct nn_tokenizer *);

#endif
