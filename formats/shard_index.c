/*
 * shard_index.c - the index of a sharded checkpoint, as Hugging Face and Keras
 * write it
 *
 *   {"metadata": {...},
 *    "weight_map": {"fc.weight": "model-00001-of-00002.bin", ...}}
 *
 * Keras maps groups of tensors to lists of shards:
 *
 *    "weight_map": {"/layers/dense/vars": ["m_00000.weights.h5", ...], ...}
 *
 * The shards are in the folder of the index. They are read in the order of
 * their names, which is that of their numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "base/natural_order.h"
#include "container.h"
#include "json_cursor.h"
#include "sibling_file.h"

enum { LARGEST = 64 << 20, PIECE = 1 << 16 };

/* The files and tensors of an index. */
struct shard_index {
	struct ckpt_file *f;
	struct ckpt_name_map seen;	/* shards */
	struct ckpt_buffer shards;	/* each with a NUL */
	struct ckpt_buffer *tensors;
};

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

static int
add_shard(struct shard_index *x, const char *name, const char *shard)
{
	int r;

	if (shard == NULL || !ckpt_sibling_is_file_name(shard))
		return ckpt_fail(x->f->rd, CKPT_BAD, "%.200s: its shard is "
		    "\"%.200s\", wanted the name of a file in this folder",
		    name, shard ? shard : "not a string");
	r = ckpt_name_map_add(&x->seen, shard, NULL);
	if (r == 1)
		r = ckpt_buffer_add(&x->shards, shard, strlen(shard) + 1);
	return r < 0 ? ckpt_fail_memory(x->f->rd) : 0;
}

/* A tensor and its shard, or a group and its shards. */
static int
add_member(struct shard_index *x, const char *name, const json_t *value)
{
	json_t *shard;
	size_t i;

	if (!json_is_array(value)) {
		if (add_shard(x, name, json_string_value(value)) < 0)
			return -1;
		return ckpt_buffer_add(x->tensors, name,
		    strlen(name) + 1) < 0 ||
		    ckpt_buffer_add(x->tensors, json_string_value(value),
		    json_string_length(value) + 1) < 0 ?
		    ckpt_fail_memory(x->f->rd) : 0;
	}
	json_array_foreach(value, i, shard)
		if (add_shard(x, name, json_string_value(shard)) < 0)
			return -1;
	return 0;
}

static int
read_weight_map(struct shard_index *x, struct json_cursor *w)
{
	char mark = '{';
	json_t *name, *value;
	int r;

	while ((r = ckpt_json_next_member(w, &mark, &name)) == 1) {
		value = ckpt_json_read_value(w, SIZE_MAX);
		r = value ? add_member(x, json_string_value(name), value) : -1;
		json_decref(value);
		json_decref(name);
		if (r < 0)
			break;
	}
	return r;
}

static int
read_index(struct shard_index *x, const struct ckpt_buffer *text)
{
	struct json_cursor w = { .rd = x->f->rd, .text = (char *)text->p,
	    .n = text->n };
	char mark = '{';
	json_t *name, *value;
	int r;

	while ((r = ckpt_json_next_member(&w, &mark, &name)) == 1) {
		if (strcmp(json_string_value(name), "weight_map") == 0) {
			r = read_weight_map(x, &w);
		} else {
			value = ckpt_json_read_value(&w, SIZE_MAX);
			r = value ? 0 : -1;
			json_decref(value);
		}
		json_decref(name);
		if (r < 0)
			break;
	}
	return r < 0 ? -1 : ckpt_json_check_end(&w);
}

/* The shards in order, each as a path in the folder of the index. */
static int
make_paths(struct ckpt_file *f, const struct ckpt_buffer *shards,
    struct ckpt_buffer *paths)
{
	const char *slash = strrchr(f->path, '/');
	size_t folder = slash ? slash + 1 - f->path : 0, n = 0, k = 0;
	char **name;
	int r = 0;

	for (size_t i = 0; i < shards->n; i++)
		n += shards->p[i] == 0;
	if (n == 0)
		return ckpt_fail(f->rd, CKPT_BAD, "an index without tensors");
	name = calloc(n, sizeof *name);
	if (name == NULL)
		return ckpt_fail_memory(f->rd);
	for (size_t i = 0; i < shards->n; i += strlen(name[k++]) + 1)
		name[k] = (char *)shards->p + i;
	qsort(name, n, sizeof *name, ckpt_natural_order);
	for (size_t i = 0; i < n && r == 0; i++)
		r = ckpt_buffer_add(paths, f->path, folder) < 0 ||
		    ckpt_buffer_add(paths, name[i], strlen(name[i]) + 1) < 0;
	free(name);
	return r == 0 ? 0 : ckpt_fail_memory(f->rd);
}

/* Read the file, whose size is not known in an archive. */
static int
read_text(struct ckpt_file *f, struct ckpt_buffer *text)
{
	ptrdiff_t got;

	do {
		if (ckpt_buffer_reserve(text, PIECE) < 0)
			return ckpt_fail_memory(f->rd);
		got = ckpt_input_read(f->in, text->p + text->n, PIECE);
		if (got < 0)
			return ckpt_fail_errno(f->rd);
		text->n += got;
		if (text->n > LARGEST)
			return ckpt_fail(f->rd, CKPT_LIMIT,
			    "an index of more than %d bytes", LARGEST);
	} while (got == PIECE);
	return 0;
}

static int
files(struct ckpt_file *f, struct ckpt_buffer *paths,
    struct ckpt_buffer *tensors)
{
	struct shard_index x = { .f = f, .tensors = tensors };
	struct ckpt_buffer text = { 0 };
	int r = read_text(f, &text);

	if (r == 0)
		r = read_index(&x, &text);
	if (r == 0)
		r = make_paths(f, &x.shards, paths);
	ckpt_name_map_clear(&x.seen, NULL);
	free(text.p);
	free(x.shards.p);
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
