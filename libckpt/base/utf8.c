/* utf8.c - text from files: is it UTF-8, and can it be printed */
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
