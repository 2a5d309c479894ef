/* metadata.c - the keys and ties of the checkpoint that is read */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "reader.h"

int
ckpt_key_list_add(struct ckpt_key_list *m, const char *name, const char *value)
{
	m->at.n = m->n * sizeof m->text.n;	/* n may have been reset */
	if (ckpt_buffer_add(&m->at, &m->text.n, sizeof m->text.n) < 0 ||
	    ckpt_buffer_add(&m->text, name, strlen(name) + 1) < 0 ||
	    ckpt_buffer_add(&m->text, value, strlen(value) + 1) < 0)
		return -1;
	m->n++;
	return 0;
}

/* A line of a header has at most 64 KiB, and escapes take up to four bytes for
 * one. Keys that became equal get suffixes, but not without end. */
enum { META_MAX = 15 << 10, META_SAME = 8 };

int
ckpt_meta(struct ckpt_file *f, const char *key, const char *value)
{
	struct ckpt_rd *r = f->rd;
	struct ckpt_buffer line = { 0 };
	char name[HEAD_KEY_MAX + 1], *cut = NULL;
	size_t n = 0, len, same = 0;
	int bad;

	if (r->started)			/* further shards repeat the metadata */
		return 0;
	if (r->meta.n == HEAD_KEYS_MAX)
		return ckpt_fail(r, CKPT_BAD, "more than %d entries of "
		    "metadata", HEAD_KEYS_MAX);
	for (; key[n] && n < HEAD_KEY_MAX; n++) {
		char one[2] = { key[n], 0 };

		name[n] = ckpt_is_key(one) || (n > 0 && strchr("0123456789_-.",
		    key[n])) ? key[n] : n > 0 ? '_' : 'x';
	}
	name[n] = 0;
	/* two keys must not become one */
	for (; n < HEAD_KEY_MAX && ckpt_key(r, name); name[n] = 0) {
		if (++same > META_SAME)
			return ckpt_fail(r, CKPT_BAD, "metadata %.60s given "
			    "more than %d times", key, META_SAME);
		name[n++] = '_';
	}
	if (!ckpt_is_utf8(value, strlen(value)))
		return ckpt_fail(r, CKPT_BAD, "metadata %.60s is not UTF-8",
		    name);
	/* keys are kept as ckpt/1 has them: escaped */
	len = strlen(value);
	if (len > META_MAX) {		/* and end it with "(cut)" */
		value = cut = strndup(value, META_MAX);
		while (cut && !ckpt_is_utf8(cut, strlen(cut)))
			cut[strlen(cut) - 1] = 0;
	}
	bad = value == NULL || ckpt_header_put(&line, "", value) < 0;
	if (cut && !bad) {
		line.n--;
		bad = ckpt_buffer_add(&line, " (cut)\n", 7) < 0;
	}
	free(cut);
	bad = bad || ckpt_buffer_add(&line, "", 1) < 0;
	if (!bad) {
		line.p[line.n - 2] = 0;		/* the newline */
		bad = ckpt_key_list_add(&r->meta, name, (char *)line.p + 1) < 0;
	}
	free(line.p);
	return bad ? ckpt_fail_memory(r) : 0;
}

int
ckpt_tie(struct ckpt_file *f, const char *name, const char *target)
{
	struct ckpt_rd *r = f->rd;
	struct ckpt_buffer line = { 0 };
	int bad;

	if (!ckpt_is_utf8(name, strlen(name)))
		return ckpt_fail(r, CKPT_BAD, "a name is not UTF-8");
	/* tab, name, tab, target: each escaped by itself */
	bad = ckpt_header_put(&line, "", name) < 0;
	line.n -= !bad;			/* the newline */
	bad = bad || ckpt_header_put(&line, "", target) < 0;
	if (!bad) {
		line.p[line.n - 1] = 0;
		bad = ckpt_key_list_add(&r->meta, "tie",
		    (char *)line.p + 1) < 0;
	}
	free(line.p);
	return bad ? ckpt_fail_memory(r) : 0;
}

bool
ckpt_keys(const struct ckpt_rd *r, size_t i, const char **key,
    const char **value)
{
	size_t at;

	if (i >= r->meta.n)
		return false;
	memcpy(&at, r->meta.at.p + i * sizeof at, sizeof at);
	*key = (const char *)r->meta.text.p + at;
	*value = *key + strlen(*key) + 1;
	return true;
}

const char *
ckpt_key(const struct ckpt_rd *rd, const char *key)
{
	struct ckpt_rd *r = (struct ckpt_rd *)rd;	/* uses its buffer */
	const char *name, *value;

	for (size_t i = 0; ckpt_keys(r, i, &name, &value); i++)
		if (strcmp(name, key) == 0) {
			r->unescaped.n = 0;
			if (ckpt_unescape(&r->unescaped, value) < 0)
				return NULL;
			return (char *)r->unescaped.p;
		}
	return NULL;
}
