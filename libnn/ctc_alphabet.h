/*
 * ctc_alphabet.h - texts as the symbols of a speech network, and how they differ
 *
 * Symbol 0 is the blank of CTC, 1 any letter that is not among the others,
 * 2 the space, 3 the apostrophe, 4 to 29 the letters A to Z.
 */
#ifndef NN_LETTERS_H
#define NN_LETTERS_H

#include "nn.h"

enum { NN_SYMBOLS = 30, NN_UNKNOWN = 1, NN_SPACE = 2 };

/*
 * The symbols of a text in UTF-8, at most as many as it has bytes: letters of
 * ASCII in either case, apostrophes (also typographic ones), and one space for
 * any run of spaces and dashes, none at the ends. Other punctuation of ASCII is
 * left out; all else, digits too, is unknown. Returns how many.
 */
int	nn_ctc_spell(int *symbol, const char *text);

/* As a string, unknown as '?'; to has room for n + 1. */
void	nn_ctc_text(char *to, const int *symbol, int n);

/* What CTC reads from frames x (n, NN_SYMBOLS), stride apart, by the largest
 * entry of each: repeats are merged, then blanks left out. Returns how many. */
int	nn_ctc_decode(int *symbol, const nn_real *const *frame, size_t n);

/* The fewest changes, a symbol put in, left out or replaced, that make a of b;
 * work has room for m + 1. */
size_t	nn_edit_distance(const int *a, size_t n, const int *b, size_t m, int *work);

/* The words of some symbols, each as a number that stands for it; returns how
 * many, at most n. */
int	nn_words(int *word, const int *symbol, int n);

#endif
