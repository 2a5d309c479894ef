/*
 * ctc_alphabet.h - texts as symbols of CTC, greedy decoding, error rates
 *
 * Symbol 0 is the blank of CTC, 1 any letter that is not in the alphabet, 2 the
 * space, 3 the apostrophe, 4 to 29 are the letters A to Z.
 */
#ifndef NN_CTC_ALPHABET_H
#define NN_CTC_ALPHABET_H

#include "nn.h"

enum { NN_SYMBOLS = 30, NN_UNKNOWN = 1, NN_SPACE = 2 };

/*
 * The symbols of a text in UTF-8, at most as many as it has bytes: ASCII
 * letters of either case, apostrophes (typographic ones too), and one space for
 * each run of white space and dashes, none at the ends. Other ASCII punctuation
 * is dropped; all other characters, digits too, are unknown. Returns how many.
 */
int	nn_ctc_encode(int *symbol, const char *text);

/* The text of n symbols, unknown ones as '?'; to has room for n + 1 bytes. */
void	nn_ctc_text(char *to, const int *symbol, int n);

/* Greedy decoding of n frames, each of NN_SYMBOLS scores: the best symbol of
 * each frame, without repeats, then without blanks. Returns how many. */
int	nn_ctc_decode(int *symbol, const nn_real *const *frame, size_t n);

/* The Levenshtein distance of a and b; work has room for m + 1. */
size_t	nn_edit_distance(const int *a, size_t n, const int *b, size_t m,
	    int *work);

/* The words of n symbols, each as a hash. Returns how many, at most n. */
int	nn_ctc_words(int *word, const int *symbol, int n);

#endif
