/* pretokenize.c - split text into words by GPT-2's rule; tokens lie in words */
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "bpe.h"

enum char_class { LETTER, NUMBER, SPACE, OTHER };

static enum char_class
classify_char(ucs4_t c)
{
	if (c < 128) {
		if ((c | 32) >= 'a' && (c | 32) <= 'z')
			return LETTER;
		if (c >= '0' && c <= '9')
			return NUMBER;
		return c == ' ' || (c >= 9 && c <= 13) ? SPACE : OTHER;
	}
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L))
		return LETTER;
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_N))
		return NUMBER;
	return uc_is_property_white_space(c) ? SPACE : OTHER;
}

/* The length in bytes of the character at text, and its class. */
static size_t
read_char(const char *text, size_t n, enum char_class *class)
{
	ucs4_t c;
	size_t len = u8_mbtouc(&c, (const uint8_t *)text, n);

	*class = classify_char(c);
	return len;
}

/* The length of the run of characters of a class. */
static size_t
match_run(const char *text, size_t n, enum char_class class)
{
	enum char_class c;
	size_t at = 0, len;

	for (; at < n; at += len) {
		len = read_char(text + at, n - at, &c);
		if (c != class)
			break;
	}
	return at;
}

/* The length of a contraction such as 's, or 0. */
static size_t
match_contraction(const char *text, size_t n)
{
	static const char *const end[] = { "'s", "'t", "'re", "'ve", "'m",
		"'ll", "'d" };

	for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
		size_t len = strlen(end[i]);

		if (len <= n && memcmp(text, end[i], len) == 0)
			return len;
	}
	return 0;
}

/* \s+(?!\S)|\s+: all white space up to the end of the text, or all but the last
 * character of a run, or a single character. */
static size_t
match_space(const char *text, size_t n)
{
	size_t len = match_run(text, n, SPACE), last = len;

	if (len == n)
		return len;
	do
		last--;
	while (((unsigned char)text[last] & 0xc0) == 0x80);
	return last ? last : len;
}

size_t
nn_pretokenize(const char *text, size_t n)
{
	size_t space, len = match_contraction(text, n);
	enum char_class class;

	if (len)
		return len;
	space = *text == ' ' && n > 1;
	read_char(text + space, n - space, &class);
	if (class == SPACE)
		return match_space(text, n);
	return space + match_run(text + space, n - space, class);
}
