/* text.c - read texts in UTF-8 from files and archives */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "base/buffer.h"
#include "core/tape.h"
#include "dataset_files.h"
#include "text.h"

enum { TEXT_BYTES = 1 << 30 };	/* at most: tokens are counted by int */

struct file { char *name; struct nn_text text; };

struct reading {
	bool		 any;
	struct file	*file;
	size_t		 n, room;
};

/* The error gives the line and the byte where UTF-8 ends. */
static int
check_utf8(struct nn *net, const char *path, const char *name,
    const struct nn_text *t)
{
	const uint8_t *s = (const uint8_t *)t->bytes;
	const uint8_t *bad = u8_check(s, t->n);
	size_t line = 1;

	if (bad == NULL)
		return 0;
	for (const uint8_t *p = s; p < bad; p++)
		line += *p == '\n';
	return nn_fail(net, "%s: %s: line %zu: invalid UTF-8 at byte %zu",
	    path, name, line, (size_t)(bad - s));
}

static int
read_file(struct nn_dataset_file *d, const char *name, void *arg)
{
	struct reading *r = arg;
	struct file *f;

	if (ckpt_grow(&r->file, r->n, &r->room, sizeof *f) < 0)
		return nn_fail(d->net, "out of memory");
	f = &r->file[r->n];
	f->text.bytes = (char *)nn_dataset_read(d, TEXT_BYTES, &f->text.n);
	if (f->text.bytes == NULL)
		return -1;
	f->name = strdup(name);
	r->n++;
	if (f->name == NULL)
		return nn_fail(d->net, "out of memory");
	return r->any ? 0 : check_utf8(d->net, d->path, name, &f->text);
}

static int
append_text(struct nn *net, struct nn_text *to, const struct nn_text *more)
{
	char *p;

	if (to->n + more->n > TEXT_BYTES)
		return nn_fail(net, "a text of more than %d bytes", TEXT_BYTES);
	p = realloc(to->bytes, to->n + more->n + 1);
	if (p == NULL)
		return nn_fail(net, "out of memory");
	memcpy(p + to->n, more->bytes, more->n);
	*to = (struct nn_text){ p, to->n + more->n };
	return 0;
}

static bool
has_name(const struct reading *r, const char *part)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->file[i].name && strstr(r->file[i].name, part))
			return true;
	return false;
}

int
nn_text_read(struct nn *net, const char *path, bool any,
    struct nn_text *training, struct nn_text *validation)
{
	struct reading r = { .any = any };
	int result = nn_dataset_visit_files(net, path, 0, read_file, &r);
	bool train = has_name(&r, "train");

	for (size_t i = 0; i < r.n; i++) {
		const char *name = r.file[i].name ? r.file[i].name : "";
		struct nn_text *to = train && !strstr(name, "train") ? NULL :
		    training;

		if (r.n > 1 && strstr(name, "val"))
			to = validation;
		else if (r.n > 1 && strstr(name, "test"))
			to = NULL;
		if (result == 0 && to)
			result = append_text(net, to, &r.file[i].text);
		free(r.file[i].text.bytes);
		free(r.file[i].name);
	}
	free(r.file);
	return result;
}

static bool
is_kept(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L |
	    UC_CATEGORY_MASK_N) || uc_is_property_white_space(c);
}

int
nn_text_clean(struct nn *net, struct nn_text *t)
{
	size_t n, to = 0;
	uint8_t *s = u8_tolower((uint8_t *)t->bytes, t->n, "", NULL, NULL, &n);
	int len;

	if (s == NULL && t->n)
		return nn_fail(net, "out of memory");
	for (size_t i = 0; i < n; i += len) {
		ucs4_t c;

		len = u8_mbtouc(&c, s + i, n - i);
		if (!is_kept(c))
			continue;
		memmove(s + to, s + i, len);
		to += len;
	}
	free(t->bytes);
	*t = (struct nn_text){ (char *)s, to };
	return 0;
}
