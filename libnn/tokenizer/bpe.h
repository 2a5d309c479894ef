/* bpe.h - what a tokenizer is made of; inside libnn, for its files */
#ifndef NN_BPE_H
#define NN_BPE_H

#include "tokenizer.h"

enum { BYTES = 256 };

/* A token's bytes. */
struct piece { unsigned char *bytes; size_t n; };

/* Two tokens that become one; the order of learning is that of the array. */
struct merge { int left, right, id; };

/* A string that is a token wherever it is, before all splitting. */
struct added { char *text; size_t n; int id; bool normalized; };

/* Bytes to a number: open addressing, 0 is empty, so numbers are kept + 1. */
struct slot { uint64_t hash; size_t value; };
struct table { struct slot *slot; size_t room, n; };

struct nn_tokenizer {
	struct piece	*piece;
	size_t		 n, room;
	int		 byte[BYTES];	/* the token of each */

	struct merge	*merge;
	size_t		 merges, merge_room;
	struct table	 pairs;		/* of tokens: to a merge */
	struct table	 pieces;	/* of bytes: to a token */

	struct added	*added;
	size_t		 adds;
	bool		 nfc, prefix_space;

	/* Words that came before: their bytes, length, and tokens. */
	struct table	 words;
	struct word { size_t bytes, n, ids, count; } *word;
	size_t		 known, word_room;
	char		*letters;
	size_t		 letters_n, letters_room;
	struct ids	 ids;
};

/* The number of a key that same(arg, number) finds equal, or -1. Equal hashes
 * are looked at one after another. */
ptrdiff_t	nn_bpe_table_find(const struct table *, uint64_t hash,
		    bool (*same)(const void *arg, size_t value),
		    const void *arg);

/* Add one that is not there. 0, or -1 when memory is gone. */
int		nn_bpe_table_add(struct table *, uint64_t hash, size_t value);

/* Make room for one more of an array that doubles. 0, or -1 when it is gone. */
int		nn_grow(void *array, size_t n, size_t *room, size_t each);

/* A token with these bytes at this number, which is new; or, id -1, at the next
 * one unless there is one. Returns its number, -1 when memory is gone. */
int		nn_tokenizer_add(struct nn_tokenizer *, const unsigned char *bytes,
		    size_t n, int id);
int		nn_tokenizer_find(const struct nn_tokenizer *,
		    const unsigned char *bytes, size_t n);

/* The merge of a pair, or -1. */
ptrdiff_t	nn_tokenizer_pair(const struct nn_tokenizer *, int left, int right);

/* A byte as the character that stands for it in files, and back (-1: none). */
uint32_t	nn_byte_to_char(int byte);
int		nn_char_to_byte(uint32_t c);

/*
 * The length of the next part of n bytes of UTF-8, n > 0, as GPT-2 splits them:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
size_t		nn_pretokenize(const char *text, size_t n);

#endif
