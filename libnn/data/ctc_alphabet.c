/* ctc_alphabet.c - texts as the symbols of a speech network, and how they differ */
#include <string.h>
#include <xxhash.h>

#include "ctc_alphabet.h"

static const char letters[NN_SYMBOLS + 1] = "_? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum { LEFT_OUT = 0, APOSTROPHE = 3, A = 4 };

/* The symbol of the letter at *s, which is moved behind it. */
static int
next(const char **s)
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
		return c >= '0' && c <= '9' ? NN_UNKNOWN : LEFT_OUT;
	while ((**s & 0xc0) == 0x80)	/* the rest of this one in UTF-8 */
		++*s;
	return NN_UNKNOWN;
}

int
nn_ctc_spell(int *symbol, const char *text)
{
	int n = 0;

	while (*text) {
		int k = next(&text);

		if (k == LEFT_OUT ||
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
		to[i] = letters[symbol[i]];
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
least(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* work[j]: the edits between what was seen of a, and j symbols of b */
size_t
nn_edit_distance(const int *a, size_t n, const int *b, size_t m, int *work)
{
	for (size_t j = 0; j <= m; j++)
		work[j] = j;
	for (size_t i = 0; i < n; i++) {
		int before = work[0];	/* of the row above, one to the left */

		work[0] = i + 1;
		for (size_t j = 1; j <= m; j++) {
			int above = work[j];

			work[j] = least(above + 1, work[j - 1] + 1,
			    before + (a[i] != b[j - 1]));
			before = above;
		}
	}
	return work[m];
}

int
nn_words(int *word, const int *symbol, int n)
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
