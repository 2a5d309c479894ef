/* bpe.h - what a tokenizer consists of; private to this folder */
#ifndef NN_BPE_H
#define NN_BPE_H

#include "base/buffer.h"
#include "base/hash_table.h"
#include "tokenizer.h"

enum { BYTES = 256 };

/* The bytes of a token; NULL if its number is not in use. */
struct token { unsigned char *bytes; size_t n; };

/* Two tokens that become one; the array is in the order of priority. */
struct merge { int left, right, id; };

/* A string that is a token wherever it occurs, before text is split. */
struct added_token { char *text; size_t n; int id; bool normalized; };

struct nn_tokenizer {
	struct token		*token;
	size_t			 n, room;
	int			 byte[BYTES];	/* the token of each byte */
	struct ckpt_hash_table	 by_bytes;	/* tokens */

	struct merge		*merge;
	size_t			 merges, merge_room;
	struct ckpt_hash_table	 by_pair;	/* merges, by ckpt_hash_pair */

	struct added_token	*added;
	size_t			 adds;
	bool			 nfc, prefix_space;

	/* A cache of words: where their bytes and their tokens are. */
	struct word { size_t at, n, first, count; } *word;
	size_t			 words, word_room;
	struct ckpt_hash_table	 by_word;
	struct ckpt_buffer	 word_bytes;
	struct nn_ids		 word_ids;
};

/* A token with these bytes at this number, which is free; with id -1, at the
 * next number unless the token exists. Its number, or -1 if out of memory. */
int		nn_tokenizer_add_token(struct nn_tokenizer *,
		    const unsigned char *bytes, size_t n, int id);

/* The number of a token, or -1. */
int		nn_tokenizer_find_token(const struct nn_tokenizer *,
		    const unsigned char *bytes, size_t n);

/* The index of the merge of a pair, or -1. */
ptrdiff_t	nn_tokenizer_find_merge(const struct nn_tokenizer *, int left,
		    int right);

/* A byte as the character that stands for it in files, and back (-1: none). */
uint32_t	nn_byte_to_char(int byte);
int		nn_char_to_byte(uint32_t c);

/*
 * The length of the first word of n > 0 bytes of UTF-8, by GPT-2's rule:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
size_t		nn_pretokenize(const char *text, size_t n);

#endif
