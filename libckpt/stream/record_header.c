/* record_header.c - the text header of a ckpt/1 record, read and written */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/utf8.h"
#include "format.h"
#include "record_header.h"

bool
ckpt_is_key(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-.");

	return n > 0 && n <= HEAD_KEY_MAX && s[n] == 0 &&
	    strchr("0123456789_-.", *s) == NULL;
}

void
ckpt_header_clear(struct ckpt_header *h)
{
	h->raw.n = h->text.n = 0;
	h->line = 0;
	h->keys = 0;
}

void
ckpt_header_free(struct ckpt_header *h)
{
	free(h->raw.p);
	free(h->text.p);
	free(h->key);
}

__attribute__((format(printf, 3, 4)))
static int
fail_header(struct ckpt_header_fault *f, enum ckpt_kind kind, const char *fmt,
    ...)
{
	va_list ap;

	f->kind = kind;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
	return -1;
}

/* Parse the first line, "ckpt/1 TYPE SIZE", as soon as it is complete, so that
 * input that is not a record is reported early. */
static int
parse_first_line(struct ckpt_header *h, struct ckpt_header_fault *f)
{
	const char *p = (const char *)h->raw.p, *end, *space;
	char digits[24], seen[17];
	size_t n;

	if (memcmp(p, "ckpt/", 5) != 0) {
		for (n = 0; n < 8; n++)
			seen[n] = p[n] > ' ' && p[n] < 0x7f ? p[n] : '.';
		seen[n] = 0;
		return fail_header(f, CKPT_BAD,
		    "expected \"ckpt/1\", found \"%s\"",
		    seen);
	}
	for (n = 0; n < 10 && p[5 + n] >= '0' && p[5 + n] <= '9'; n++)
		;
	if (n > 0 && n < 10 && p[5] != '0' && p[5 + n] == ' ' &&
	    !(n == 1 && p[5] == '1'))
		return fail_header(f, CKPT_UNSUPPORTED,
		    "is ckpt/%.*s, this program reads ckpt/1", (int)n, p + 5);
	end = memchr(p, '\n', HEAD_UNIT);
	if (memcmp(p, "ckpt/1 ", 7) != 0 || end == NULL)
		return fail_header(f, CKPT_BAD, "bad first line");
	p += 7;
	space = memchr(p, ' ', end - p);
	if (space == NULL || space == p || space - p > 16)
		return fail_header(f, CKPT_BAD, "bad record type");
	memcpy(h->type, p, space - p);
	h->type[space - p] = 0;
	if (strspn(h->type, "abcdefghijklmnopqrstuvwxyz") !=
	    (size_t)(space - p))
		return fail_header(f, CKPT_BAD, "bad record type");
	n = end - space - 1;
	if (n >= sizeof digits)
		return fail_header(f, CKPT_BAD, "bad record size");
	memcpy(digits, space + 1, n);
	digits[n] = 0;
	if (memchr(digits, 0, n) || !ckpt_parse_number(digits, &h->size))
		return fail_header(f, CKPT_BAD, "bad record size");
	if (h->size > 1ULL << 62)
		return fail_header(f, CKPT_LIMIT, "body of %" PRIu64
		    " bytes, limit 2^62", h->size);
	h->line = end + 1 - (char *)h->raw.p;
	return 0;
}

int
ckpt_header_add(struct ckpt_header *h, const unsigned char *unit,
    struct ckpt_header_fault *f)
{
	const unsigned char *end;

	if (h->raw.n == HEAD_MAX)
		return fail_header(f, CKPT_LIMIT,
		    "a header of more than %d bytes",
		    HEAD_MAX);
	if (ckpt_buffer_add(&h->raw, unit, HEAD_UNIT) < 0)
		return fail_header(f, CKPT_MEMORY, "out of memory");
	if (h->raw.n == HEAD_UNIT && parse_first_line(h, f) < 0)
		return -1;
	while (h->line < h->raw.n) {
		const unsigned char *p = h->raw.p + h->line;
		size_t left = h->raw.n - h->line;
		bool blank = *p == ' ' || *p == '\n';

		end = memchr(p, '\n', left);
		if (blank && (end == NULL || end != h->raw.p + h->raw.n - 1 ||
		    strspn((const char *)p, " ") < left - 1))
			return fail_header(f, CKPT_BAD,
			    "the blank line does not end the header");
		if (blank)
			return 1;
		if ((size_t)((end ? end : h->raw.p + h->raw.n) - p) >=
		    HEAD_LINE_MAX)
			return fail_header(f, CKPT_LIMIT,
			    "a line of more than %d bytes", HEAD_LINE_MAX);
		if (end == NULL)
			break;
		h->line = end + 1 - h->raw.p;
	}
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
check_unique(const struct ckpt_header *h, struct ckpt_header_fault *f)
{
	const char **names;
	int r = 0;

	if (h->keys < 2)
		return 0;
	names = malloc(h->keys * sizeof *names);
	if (names == NULL)
		return fail_header(f, CKPT_MEMORY, "out of memory");
	for (size_t i = 0; i < h->keys; i++)
		names[i] = h->key[i].name;
	qsort(names, h->keys, sizeof *names, compare_keys);
	for (size_t i = 1; i < h->keys && r == 0; i++)
		if (strcmp(names[i - 1], names[i]) == 0 &&
		    strcmp(names[i], "via") != 0 &&
		    strcmp(names[i], "tie") != 0)
			r = fail_header(f, CKPT_BAD, "key %.100s twice",
			    names[i]);
	free(names);
	return r;
}

static int
add_key(struct ckpt_header *h, char *line, struct ckpt_header_fault *f)
{
	char *tab = strchr(line, '\t');
	bool parts;

	if (tab == NULL)
		return fail_header(f, CKPT_BAD, "a line without a tab: %.60s",
		    line);
	*tab = 0;
	if (!ckpt_is_key(line))
		return fail_header(f, CKPT_BAD, "bad key \"%.60s\"", line);
	parts = strcmp(line, "via") == 0 || strcmp(line, "tie") == 0;
	if (ckpt_has_control(tab + 1, strlen(tab + 1), !parts))
		return fail_header(f, CKPT_BAD, "%.60s: control character",
		    line);
	if (h->keys == HEAD_KEYS_MAX)
		return fail_header(f, CKPT_LIMIT, "more than %d keys",
		    HEAD_KEYS_MAX);
	if (ckpt_grow(&h->key, h->keys, &h->room, sizeof *h->key) < 0)
		return fail_header(f, CKPT_MEMORY, "out of memory");
	h->key[h->keys++] = (struct ckpt_header_key){ line, tab + 1 };
	return 0;
}

int
ckpt_header_parse(struct ckpt_header *h, struct ckpt_header_fault *f)
{
	char *p, *end, *stop;
	struct ckpt_buffer scratch = { 0 };
	int r = 0;

	if (memchr(h->raw.p, 0, h->raw.n))
		return fail_header(f, CKPT_BAD,
		    "control character in a header");
	if (!ckpt_is_utf8((char *)h->raw.p, h->raw.n))
		return fail_header(f, CKPT_BAD, "a header is not UTF-8");
	h->text.n = 0;
	if (ckpt_buffer_add(&h->text, h->raw.p, h->raw.n) < 0)
		return fail_header(f, CKPT_MEMORY, "out of memory");
	p = (char *)h->text.p;
	stop = p + h->line;		/* where the blank line begins */
	p = (char *)memchr(p, '\n', h->text.n) + 1;
	for (; p < stop; p = end + 1) {
		end = memchr(p, '\n', stop - p);
		*end = 0;
		if (add_key(h, p, f) < 0)
			return -1;
	}
	for (size_t i = 0; i < h->keys && r == 0; i++)
		if (strchr(h->key[i].value, '\\') &&
		    (scratch.n = 0, ckpt_unescape(&scratch,
		    h->key[i].value)) < 0)
			r = fail_header(f, CKPT_BAD, "%.60s: bad escape",
			    h->key[i].name);
	free(scratch.p);
	return r < 0 ? r : check_unique(h, f);
}

const char *
ckpt_header_get(const struct ckpt_header *h, const char *name)
{
	for (size_t i = 0; i < h->keys; i++)
		if (strcmp(h->key[i].name, name) == 0)
			return h->key[i].value;
	return NULL;
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
ckpt_header_put_escaped(struct ckpt_buffer *b, const char *name,
    const char *value)
{
	return ckpt_buffer_add(b, name, strlen(name)) < 0 ||
	    ckpt_buffer_add(b, "\t", 1) < 0 ||
	    ckpt_buffer_add(b, value, strlen(value)) < 0 ||
	    ckpt_buffer_add(b, "\n", 1) < 0 ? -1 : 0;
}

int
ckpt_header_put(struct ckpt_buffer *b, const char *name, const char *value)
{
	return ckpt_buffer_add(b, name, strlen(name)) < 0 ||
	    ckpt_buffer_add(b, "\t", 1) < 0 ||
	    ckpt_escape(b, value) < 0 ||
	    ckpt_buffer_add(b, "\n", 1) < 0 ? -1 : 0;
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
