/* utf8.c - text from files: is it UTF-8, and can it be printed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "utf8.h"

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

/* The bytes of the character at p, 0 if it is one to be escaped. */
static int
measure_printable(const uint8_t *p)
{
	int n = u8_strmblen(p);

	return n <= 0 || ckpt_has_control((const char *)p, n, true) ? 0 : n;
}

char *
ckpt_escape_controls(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	char *escaped = malloc(4 * strlen(s) + 1), *q = escaped;

	while (escaped && *p) {
		int n = measure_printable(p);

		if (n > 0) {
			memcpy(q, p, n);
			q += n;
			p += n;
		} else if (*p == '\t' || *p == '\n') {
			q += sprintf(q, "\\%c", *p++ == '\t' ? 't' : 'n');
		} else {
			q += sprintf(q, "\\x%02x", *p++);
		}
	}
	if (escaped)
		*q = 0;
	return escaped;
}

void
ckpt_escape_message(char *text, size_t size)
{
	char *escaped = ckpt_escape_controls(text);

	snprintf(text, size, "%s", escaped ? escaped : "out of memory");
	free(escaped);
}
