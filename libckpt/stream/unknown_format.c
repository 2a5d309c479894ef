/* unknown_format.c - what a file is that is no checkpoint */
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "reader.h"

/* The length of the text that p begins with: of a line of printable characters,
 * at most TEXT bytes; 0 if it is none. */
static size_t
find_text(const unsigned char *p, size_t n)
{
	enum { TEXT = 60 };
	const unsigned char *end = memchr(p, '\n', n);

	if (end)
		n = end - p;
	if (n > TEXT)
		for (n = TEXT; n > 0 && (p[n] & 0xc0) == 0x80; n--)
			;
	return n >= 4 && ckpt_is_utf8((const char *)p, n) &&
	    !ckpt_has_control((const char *)p, n, true) ? n : 0;
}

static bool
has_start(const unsigned char *p, size_t n, const char *start)
{
	size_t k = strlen(start);

	return n >= k && strncasecmp((const char *)p, start, k) == 0;
}

const char *
ckpt_find_stand_in(struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = CKPT_HEAD;

	if (ckpt_input_peek(in, &p, &n) < 0)
		return NULL;
	if (has_start(p, n, "version https://git-lfs.github.com/"))
		return "a Git LFS pointer, not the file itself: get that with "
		    "\"git lfs pull\"";
	while (n > 0 && memchr(" \t\r\n", *p, 4)) {
		p++;
		n--;
	}
	if (has_start(p, n, "<?xml"))
		return "an XML page, not a checkpoint: download the file, not "
		    "the page about it";
	return has_start(p, n, "<!doctype html") || has_start(p, n, "<html") ?
	    "an HTML page, not a checkpoint: download the file, not the page "
	    "about it" : NULL;
}

int
ckpt_fail_unknown_format(struct ckpt_rd *r)
{
	struct ckpt_input *in = r->in;
	const char *what = ckpt_find_stand_in(in);
	const unsigned char *p;
	size_t n = CKPT_HEAD, blank = 0, text;

	if (what)
		return ckpt_fail(r, CKPT_BAD, "%s", what);
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n < 4 && (memcmp(p, "ckpt", n) == 0 ||
	    memcmp(p, "\x28\xb5\x2f", n) == 0 ||
	    ((*p & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d", n - 1) == 0)))
		return ckpt_fail(r, CKPT_CUT, "cut short: %zu bytes", n);
	while (blank < n && memchr(" \t\r\n", p[blank], 4))
		blank++;
	/* such as the error message of a server */
	text = find_text(p + blank, n - blank);
	return ckpt_fail(r, CKPT_BAD, "not a checkpoint of a known format%s"
	    "%.*s%s", text ? ": text, \"" : "", (int)text, p + blank,
	    text ? "\"" : "");
}
