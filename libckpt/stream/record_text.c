/* record_text.c - numbers, hashes, escapes and UTF-8 as heads have them; heads written */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <unistr.h>

#include "record_header.h"

bool
ckpt_parse_number(const char *s, uint64_t *n)
{
	uint64_t x = 0;

	if (*s == 0 || (*s == '0' && s[1] != 0))
		return false;
	for (; *s; s++)
		if (*s < '0' || *s > '9' ||
		    __builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, *s - '0', &x))
			return false;
	*n = x;
	return x < 1ULL << 63;
}

bool
ckpt_parse_hash(const char *s, uint64_t *hash)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t x = 0;

	if (strlen(s) != 16)
		return false;
	for (; *s; s++) {
		const char *d = strchr(digits, *s);

		if (d == NULL)
			return false;
		x = x << 4 | (uint64_t)(d - digits);
	}
	*hash = x;
	return true;
}

void
ckpt_print_hash(char s[17], uint64_t hash)
{
	snprintf(s, 17, "%016" PRIx64, hash);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
ckpt_unescape(struct ckpt_buffer *b, const char *p)
{
	if (ckpt_buffer_reserve(b, strlen(p) + 1) < 0)
		return -1;
	for (; *p; p++) {
		int c = (unsigned char)*p;

		if (c == '\\') {
			c = *++p;
			if (c == 't') {
				c = '\t';
			} else if (c == 'n') {
				c = '\n';
			} else if (c == 'x') {
				int high = hex(p[1]);
				int low = high < 0 ? -1 : hex(p[2]);

				c = high * 16 + low;
				/* only what must be escaped may be */
				if (low < 0 || !(c < 0x20 ||
				    (c >= 0x7f && c < 0xa0))) {
					errno = EINVAL;
					return -1;
				}
				p += 2;
				/* U+0080 to U+009F take two bytes, no more
				 * than the four of the escape */
				if (c >= 0x80)
					b->p[b->n++] = 0xc2;
			} else if (c != '\\') {
				errno = EINVAL;
				return -1;
			}
		}
		b->p[b->n++] = (unsigned char)c;
	}
	b->p[b->n] = 0;
	return 0;
}

bool
ckpt_is_utf8(const char *s, size_t n)
{
	return u8_check((const uint8_t *)s, n) == NULL;
}

bool
ckpt_has_control(const char *s, size_t n, bool tabs_too)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; i < n; i++)
		if ((p[i] < 0x20 && (tabs_too || p[i] != '\t')) ||
		    p[i] == 0x7f ||
		    (p[i] == 0xc2 && i + 1 < n && p[i + 1] < 0xa0))
			return true;
	return false;
}

void
ckpt_make_printable(char *s)
{
	unsigned char *p = (unsigned char *)s;

	for (; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
}

bool
ckpt_is_key(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-.");

	return n > 0 && n <= HEAD_KEY_MAX && s[n] == 0 &&
	    strchr("0123456789_-.", *s) == NULL;
}

/* ------------------------------------------------------------ writing */

int
ckpt_header_begin(struct ckpt_buffer *b, const char *type, uint64_t size)
{
	char line[HEAD_UNIT];
	int n = snprintf(line, sizeof line, "ckpt/1 %s %" PRIu64 "\n", type,
	    size);

	return ckpt_buffer_add(b, line, n);
}

int
ckpt_header_put_escaped(struct ckpt_buffer *b, const char *name, const char *value)
{
	return ckpt_buffer_add(b, name, strlen(name)) < 0 ||
	    ckpt_buffer_add(b, "\t", 1) < 0 ||
	    ckpt_buffer_add(b, value, strlen(value)) < 0 ||
	    ckpt_buffer_add(b, "\n", 1) < 0 ? -1 : 0;
}

int
ckpt_header_put(struct ckpt_buffer *b, const char *name, const char *value)
{
	if (ckpt_buffer_add(b, name, strlen(name)) < 0 || ckpt_buffer_add(b, "\t", 1) < 0)
		return -1;
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
	return ckpt_buffer_add(b, "\n", 1);
}

int
ckpt_header_put_number(struct ckpt_buffer *b, const char *name, uint64_t x)
{
	char s[24];

	snprintf(s, sizeof s, "%" PRIu64, x);
	return ckpt_header_put_escaped(b, name, s);
}

int
ckpt_header_end(struct ckpt_buffer *b, size_t start)
{
	static const char blank[HEAD_UNIT + 1] =
	    "                                                               \n";
	size_t n = HEAD_UNIT - (b->n - start) % HEAD_UNIT;

	return ckpt_buffer_add(b, blank + HEAD_UNIT - n, n);
}
