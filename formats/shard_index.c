/*
 * shard_index.c - the index of a checkpoint in shards, as Hugging Face writes it
 *
 *   {"metadata": {...}, "weight_map": {"fc.weight": "model-00001-of-00002.bin"}}
 *
 * The shards lie in the folder of the index. They are read in the order of
 * their names, which is that of their numbers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "container.h"
#include "json_cursor.h"
#include "sibling_file.h"

enum { LARGEST = 64 << 20, LOOK = 1024 };

static bool
probe(const unsigned char *head, size_t n)
{
	size_t i = 0;

	while (i < n && memchr(" \t\r\n", head[i], 4))
		i++;
	return i < n && head[i] == '{' &&
	    memmem(head, n, "\"weight_map\"", 12) != NULL;
}

static int
open_file(struct ckpt_file *f)
{
	f->state = NULL;
	return 0;
}

/* All of the index. */
static int
read_all(struct ckpt_file *f, struct ckpt_buffer *b)
{
	ptrdiff_t n;

	do {
		if (ckpt_buffer_reserve(b, LOOK) < 0)
			return ckpt_fail_memory(f->rd);
		n = ckpt_input_read(f->in, b->p + b->n, b->room - b->n);
		if (n < 0)
			return ckpt_fail_errno(f->rd);
		b->n += n;
		if (b->n > LARGEST)
			return ckpt_fail(f->rd, CKPT_LIMIT, "an index of more "
			    "than %d bytes", LARGEST);
	} while (n > 0);
	return 0;
}

/* A shard is a file in the same folder, so its name has no slash. */
static int
check_shard(struct ckpt_file *f, const char *name, const char *shard)
{
	if (shard && ckpt_sibling_is_safe(shard))
		return 0;
	return ckpt_fail(f->rd, CKPT_BAD, "%.200s: its shard is \"%.200s\", "
	    "wanted the name of a file in this folder", name,
	    shard ? shard : "not a text");
}

/* One entry of the map. Shards are gathered in a set, and as text. */
static int
entry(struct ckpt_file *f, struct json_cursor *w, const char *name,
    struct ckpt_name_map *shards, struct ckpt_buffer *list, struct ckpt_buffer *names)
{
	json_t *v = ckpt_json_value(w, SIZE_MAX);
	const char *shard = json_string_value(v);
	int r = v ? check_shard(f, name, shard) : -1;

	if (r == 0) {
		r = ckpt_name_map_add(shards, shard, NULL);
		if (r < 0 || (r == 1 && ckpt_buffer_add(list, shard,
		    strlen(shard) + 1) < 0) ||
		    ckpt_buffer_add(names, name, strlen(name) + 1) < 0)
			r = ckpt_fail_memory(f->rd);
		else
			r = 0;
	}
	json_decref(v);
	return r;
}

static int
weight_map(struct ckpt_file *f, struct json_cursor *w, struct ckpt_buffer *list,
    struct ckpt_buffer *names)
{
	struct ckpt_name_map shards = { 0 };
	char mark = '{';
	json_t *name;
	int r;

	ckpt_json_peek(w);
	while ((r = ckpt_json_member(w, &mark, &name)) == 1) {
		ckpt_json_peek(w);
		r = entry(f, w, json_string_value(name), &shards, list, names);
		json_decref(name);
		if (r < 0)
			break;
	}
	ckpt_name_map_clear(&shards, NULL);
	return r;
}

static int
parse(struct ckpt_file *f, const struct ckpt_buffer *text, struct ckpt_buffer *list,
    struct ckpt_buffer *names)
{
	struct json_cursor w = { .rd = f->rd, .text = (char *)text->p, .n = text->n };
	char mark = '{';
	json_t *name, *v;
	int r;

	while ((r = ckpt_json_member(&w, &mark, &name)) == 1) {
		ckpt_json_peek(&w);
		if (strcmp(json_string_value(name), "weight_map") == 0) {
			r = weight_map(f, &w, list, names);
		} else {
			v = ckpt_json_value(&w, SIZE_MAX);
			r = v ? 0 : -1;
			json_decref(v);
		}
		json_decref(name);
		if (r < 0)
			break;
	}
	return r < 0 ? -1 : ckpt_json_end(&w);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in order, each behind the index's folder. */
static int
make_paths(struct ckpt_file *f, const struct ckpt_buffer *list, struct ckpt_buffer *paths)
{
	const char *slash = strrchr(f->path, '/');
	size_t folder = slash ? slash + 1 - f->path : 0, n = 0, k = 0;
	char **name;
	int bad = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->p[i] == 0;
	if (n == 0)
		return ckpt_fail(f->rd, CKPT_BAD, "an index of no tensors");
	name = calloc(n, sizeof *name);
	if (name == NULL)
		return ckpt_fail_memory(f->rd);
	for (size_t i = 0; i < list->n;
	    i += strlen((char *)list->p + i) + 1)
		name[k++] = (char *)list->p + i;
	qsort(name, n, sizeof *name, by_name);
	for (size_t i = 0; i < n; i++)
		bad |= ckpt_buffer_add(paths, f->path, folder) < 0 ||
		    ckpt_buffer_add(paths, name[i], strlen(name[i]) + 1) < 0;
	free(name);
	return bad ? ckpt_fail_memory(f->rd) : 0;
}

static int
files(struct ckpt_file *f, struct ckpt_buffer *paths, struct ckpt_buffer *names)
{
	struct ckpt_buffer text = { 0 }, list = { 0 };
	int r;

	if (ckpt_input_size(f->in) == UINT64_MAX)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "an index has to be in the folder of its shards");
	r = read_all(f, &text);
	if (r == 0)
		r = parse(f, &text, &list, names);
	if (r == 0)
		r = make_paths(f, &list, paths);
	free(text.p);
	free(list.p);
	return r;
}

static void
close_file(struct ckpt_file *f)
{
	(void)f;
}

const struct ckpt_format ckpt_format_shard_index = {
	.name = "index",
	.probe = probe,
	.open = open_file,
	.files = files,
	.close = close_file,
};
