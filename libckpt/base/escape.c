/* escape.c - the escapes of values in ckpt/1 headers */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

int
ckpt_escape(struct ckpt_buffer *b, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		char escape[8];
		int c = *p, n;

		if (c == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			c = *++p;	/* U+0080 to U+009F */
		else if (c >= 0x80)
			c = 'x';	/* any other byte of UTF-8 */
		if (c == '\\' || c == '\t' || c == '\n')
			n = snprintf(escape, sizeof escape, "\\%c",
			    c == '\t' ? 't' : c == '\n' ? 'n' : '\\');
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			n = snprintf(escape, sizeof escape, "\\x%02x", c);
		else
			n = snprintf(escape, sizeof escape, "%c", *p);
		if (ckpt_buffer_add(b, escape, n) < 0)
			return -1;
	}
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character of an escape \xHH at p: only those that must be escaped; -1
 * for others. */
static int
parse_hex_escape(const char *p)
{
	int high = hex_digit(p[2]);
	int low = high < 0 ? -1 : hex_digit(p[3]);
	int c = high * 16 + low;

	return low >= 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0)) ? c : -1;
}

/* The character that the escape at *p stands for; *p is then its last byte. */
static int
parse_escape(const char **p)
{
	int c = -1;

	switch ((*p)[1]) {
	case '\\':
		c = '\\';
		break;
	case 't':
		c = '\t';
		break;
	case 'n':
		c = '\n';
		break;
	case 'x':
		c = parse_hex_escape(*p);
		*p += 2;
		break;
	}
	++*p;
	return c;
}

int
ckpt_unescape(struct ckpt_buffer *b, const char *p)
{
	if (ckpt_buffer_reserve(b, strlen(p) + 1) < 0)
		return -1;
	for (; *p; p++) {
		int c = (unsigned char)*p;

		if (c == '\\') {
			c = parse_escape(&p);
			if (c < 0) {
				errno = EINVAL;
				return -1;
			}
			/* two bytes of UTF-8, fewer than the escape has */
			if (c >= 0x80)
				b->p[b->n++] = 0xc2;
		}
		b->p[b->n++] = (unsigned char)c;
	}
	b->p[b->n] = 0;
	return 0;
}

char *
ckpt_tie_names(struct ckpt_buffer *b, const char *value)
{
	const char *tab = strchr(value, '\t');
	char *name = tab ? strndup(value, tab - value) : NULL;
	size_t target;
	int bad;

	/* each by itself: unescaped, a tab could be anyone's */
	b->n = 0;
	bad = name == NULL || ckpt_unescape(b, name) < 0;
	free(name);
	if (bad)
		return NULL;
	target = ++b->n;
	return ckpt_unescape(b, tab + 1) < 0 ? NULL : (char *)b->p + target;
}
