/* pretokenize.c - text in parts that no token crosses: GPT-2's rule */
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "bpe.h"

enum kind { LETTER, NUMBER, SPACE, OTHER };

static enum kind
kind_of(ucs4_t c)
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

/* The bytes of the character at text, and its kind. */
static size_t
look(const char *text, size_t n, enum kind *kind)
{
	ucs4_t c;
	size_t len = u8_mbtouc(&c, (const uint8_t *)text, n);

	*kind = kind_of(c);
	return len;
}

/* How far characters of a kind go on. */
static size_t
run(const char *text, size_t n, enum kind kind)
{
	enum kind now;
	size_t at = 0, len;

	for (; at < n; at += len) {
		len = look(text + at, n - at, &now);
		if (now != kind)
			break;
	}
	return at;
}

static size_t
contraction(const char *text, size_t n)
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

/* White space: all of it at the end of the text; else all but its last
 * character, which if it is a blank belongs to what follows. */
static size_t
spaces(const char *text, size_t n)
{
	size_t len = run(text, n, SPACE), last = len;

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
	size_t blank, len = contraction(text, n);
	enum kind kind;

	if (len)
		return len;
	blank = *text == ' ' && n > 1;
	look(text + blank, n - blank, &kind);
	if (kind == SPACE)
		return spaces(text, n);
	return blank + run(text + blank, n - blank, kind);
}
