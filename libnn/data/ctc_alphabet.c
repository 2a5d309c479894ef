/* ctc_alphabet.c - texts as symbols of CTC, greedy decoding, error rates */
#include <string.h>
#include <xxhash.h>

#include "ctc_alphabet.h"

static const char alphabet[NN_SYMBOLS + 1] = "_? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum { DROPPED = 0, APOSTROPHE = 3, A = 4 };

/* The symbol of the character at *s; s advances to the next one. */
static int
read_symbol(const char **s)
{
	static const char *const quote[] = { "\u2019", "\u2018", "\u02bc" };
	static const char *const dash[] = { "\u2013", "\u2014", "\u2010" };
	unsigned char c = **s;

	for (size_t i = 0; i < sizeof quote / sizeof *quote; i++)
		if (strncmp(*s, quote[i], strlen(quote[i])) == 0) {
			*s += strlen(quote[i]);
			return APOSTROPHE;
		}
	for (size_t i = 0; i < sizeof dash / sizeof *dash; i++)
		if (strncmp(*s, dash[i], strlen(dash[i])) == 0) {
			*s += strlen(dash[i]);
			return NN_SPACE;
		}
	++*s;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + A;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + A;
	if (c == '\'')
		return APOSTROPHE;
	if (c <= ' ' || c == '-')
		return NN_SPACE;
	if (c < 0x80)
		return c >= '0' && c <= '9' ? NN_UNKNOWN : DROPPED;
	while ((**s & 0xc0) == 0x80)	/* continuation bytes of UTF-8 */
		++*s;
	return NN_UNKNOWN;
}

int
nn_ctc_encode(int *symbol, const char *text)
{
	int n = 0;

	while (*text) {
		int k = read_symbol(&text);

		if (k == DROPPED ||
		    (k == NN_SPACE && (n == 0 || symbol[n - 1] == NN_SPACE)))
			continue;
		symbol[n++] = k;
	}
	return n && symbol[n - 1] == NN_SPACE ? n - 1 : n;
}

void
nn_ctc_text(char *to, const int *symbol, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = alphabet[symbol[i]];
	to[n] = 0;
}

int
nn_ctc_decode(int *symbol, const nn_real *const *frame, size_t n)
{
	int count = 0, last = 0;

	for (size_t t = 0; t < n; t++) {
		int best = 0;

		for (int j = 1; j < NN_SYMBOLS; j++)
			if (frame[t][j] > frame[t][best])
				best = j;
		if (best && best != last)
			symbol[count++] = best;
		last = best;
	}
	return count;
}

static int
min3(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* work[j] is the distance of the first i of a from the first j of b. */
size_t
nn_edit_distance(const int *a, size_t n, const int *b, size_t m, int *work)
{
	for (size_t j = 0; j <= m; j++)
		work[j] = j;
	for (size_t i = 0; i < n; i++) {
		int diagonal = work[0];	/* work[j - 1] of the row above */

		work[0] = i + 1;
		for (size_t j = 1; j <= m; j++) {
			int above = work[j];

			work[j] = min3(above + 1, work[j - 1] + 1,
			    diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return work[m];
}

int
nn_ctc_words(int *word, const int *symbol, int n)
{
	int count = 0;

	for (int i = 0; i < n; ) {
		int from = i;

		while (i < n && symbol[i] != NN_SPACE)
			i++;
		if (i > from)
			word[count++] = (int)XXH32(symbol + from,
			    (i - from) * sizeof *symbol, 0);
		i++;
	}
	return count;
}
