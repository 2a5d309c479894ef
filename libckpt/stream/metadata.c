/* metadata.c - the keys and ties of the checkpoint that is read */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "reader.h"

int
ckpt_key_list_add(struct ckpt_key_list *m, const char *name, const char *value)
{
	size_t at = m->text.n;

	if (ckpt_buffer_add(&m->at, &at, sizeof at) < 0 ||
	    ckpt_buffer_add(&m->text, name, strlen(name) + 1) < 0 ||
	    ckpt_buffer_add(&m->text, value, strlen(value) + 1) < 0 ||
	    ckpt_name_map_add(&m->names, name, (void *)(uintptr_t)m->n) < 0)
		return -1;
	m->n++;
	return strcmp(name, "tie") == 0 ? ckpt_tie_list_add_value(&m->ties,
	    value) : 0;
}

bool
ckpt_key_list_has(const struct ckpt_key_list *m, const char *name)
{
	return ckpt_name_map_find(&m->names, name) != NULL;
}

void
ckpt_key_list_clear(struct ckpt_key_list *m)
{
	m->n = m->text.n = m->at.n = 0;
	ckpt_tie_list_clear(&m->ties);
	ckpt_name_map_clear(&m->names, NULL);
}

/* The name of a key with the characters that a key may have. Two keys must not
 * become one: the second gets a suffix, first "_", then its number. */
static void
make_key(const struct ckpt_key_list *m, const char *key,
    char name[HEAD_KEY_MAX + 1])
{
	enum { TRIES = 8, NUMBER = 24 };
	size_t n = 0;

	for (; key[n] && n < HEAD_KEY_MAX; n++) {
		char one[2] = { key[n], 0 };

		name[n] = ckpt_is_key(one) || (n > 0 && strchr("0123456789_-.",
		    key[n])) ? key[n] : n > 0 ? '_' : 'x';
	}
	name[n] = 0;
	for (int i = 0; i < TRIES && n < HEAD_KEY_MAX; i++) {
		if (!ckpt_key_list_has(m, name))
			return;
		name[n++] = '_';
		name[n] = 0;
	}
	n = n < HEAD_KEY_MAX - NUMBER ? n : HEAD_KEY_MAX - NUMBER;
	for (size_t i = m->n; ckpt_key_list_has(m, name); i++)
		snprintf(name + n, NUMBER, "%zu", i);
}

int
ckpt_meta(struct ckpt_file *f, const char *key, const char *value)
{
	struct ckpt_rd *r = f->rd;
	struct ckpt_buffer line = { 0 };
	char name[HEAD_KEY_MAX + 1];
	int bad;

	if (r->started)			/* further shards repeat the metadata */
		return 0;
	make_key(&r->meta, key, name);
	if (!ckpt_is_utf8(value, strlen(value)))
		return ckpt_leave_out(f, key, "metadata that is not UTF-8");
	/* keys are kept as ckpt/1 has them: escaped */
	bad = ckpt_escape(&line, value) < 0 ||
	    ckpt_buffer_add(&line, "", 1) < 0 ||
	    ckpt_key_list_add(&r->meta, name, (char *)line.p) < 0;
	free(line.p);
	return bad ? ckpt_fail_memory(r) : 0;
}

/* Append a name as it is in the checkpoint, escaped. */
static int
put_name(struct ckpt_rd *r, struct ckpt_buffer *line, const char *name)
{
	name = ckpt_reader_full_name(r, name);
	return name ? ckpt_escape(line, name) : -1;
}

int
ckpt_tie(struct ckpt_file *f, const char *name, const char *target)
{
	struct ckpt_rd *r = f->rd;
	struct ckpt_buffer line = { 0 };
	int bad;

	if (!ckpt_is_utf8(name, strlen(name)))
		return ckpt_fail(r, CKPT_BAD, "a name is not UTF-8");
	r->meta.ties.late = r->started;
	/* each by itself: the tab between them is not escaped */
	bad = put_name(r, &line, name) < 0 ||
	    ckpt_buffer_add(&line, "\t", 1) < 0 ||
	    put_name(r, &line, target) < 0 ||
	    ckpt_buffer_add(&line, "", 1) < 0 ||
	    ckpt_key_list_add(&r->meta, "tie", (char *)line.p) < 0;
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
	void **i = ckpt_name_map_find(&r->meta.names, key);
	const char *name, *value;

	r->unescaped.n = 0;
	return i && ckpt_keys(r, (uintptr_t)*i, &name, &value) &&
	    ckpt_unescape(&r->unescaped, value) == 0 ?
	    (char *)r->unescaped.p : NULL;
}
