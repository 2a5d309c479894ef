/* shard_writer.c - write a checkpoint as several files and their index */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/atomic_file.h"
#include "format.h"
#include "shard_writer.h"

enum { MOST = 99999 };

static const struct ckpt_format *format;
static struct ckpt_rd *in;
static int64_t step;			/* -1: that of in */
static uint64_t limit, bytes, total;
static char *stem, *ext;		/* of "model.safetensors" */
static struct ckpt_wr *out;		/* the shard being written */
static char **shard;			/* their temporary names */
static size_t shards;
static json_t *number;			/* tensor name: index of its shard */

uint64_t
cli_shard_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	double x = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	for (const char *p = units; unit && p <= unit; p++)
		x *= 1000;
	if (end == text || end[unit != NULL] || !(x >= 1 && x < 1e18))
		cli_usage("--shard-size wants a size as 5G or 500M, not \"%s\"",
		    text);
	return (uint64_t)x;
}

static void
remove_shards(void)
{
	for (size_t i = 0; i < shards; i++)
		unlink(shard[i]);
}

void
cli_shards_open(const struct ckpt_format *f, uint64_t size)
{
	char *dot;

	if (cli_output() == NULL)
		cli_usage("--shard-size: the files are named after that of -o");
	if (ckpt_path_is_pattern(cli_output()))
		cli_usage("--shard-size: one checkpoint only, without {step} "
		    "in the name of the files");
	format = f;
	limit = size;
	stem = cli_strdup(cli_output());
	dot = strrchr(stem, '.');
	if (dot == NULL || strchr(dot, '/') || dot == stem || dot[-1] == '/')
		cli_usage("--shard-size: no suffix in \"%s\"", stem);
	*dot = 0;
	ext = dot + 1;
	number = json_object();
	if (number == NULL)
		cli_die("out of memory");
	cli_on_exit(remove_shards);
}

/* The number of shards, part of the final names, is not known yet. */
static void
open_next_shard(void)
{
	if (out)
		cli_finish(out);
	if (shards == MOST)
		cli_die("more than %d shards", MOST);
	shard = cli_realloc(shard, (shards + 1) * sizeof *shard);
	if (asprintf(&shard[shards], "%s-%05zu.part", stem, shards + 1) < 0)
		cli_die("out of memory");
	out = cli_create_at(shard[shards++], format);
	cli_check(out, ckpt_begin_from(out, in));
	if (step >= 0)
		cli_check(out, ckpt_set_step(out, (uint64_t)step));
	bytes = 0;
}

void
cli_shards_begin(struct ckpt_rd *from, int64_t its_step)
{
	if (in)
		cli_die("%s holds one checkpoint, and step %llu is the second: "
		    "choose with -s", format->name,
		    (unsigned long long)ckpt_step(from));
	in = from;
	step = its_step;
}

struct ckpt_wr *
cli_shard_for(const struct ckpt_tensor *t)
{
	if (out == NULL || (bytes > 0 && t->size > limit - bytes))
		open_next_shard();
	bytes = t->size > limit || bytes > limit - t->size ? limit :
	    bytes + t->size;
	total += t->size;
	if (json_object_set_new(number, t->name,
	    json_integer((json_int_t)shards - 1)) < 0)
		cli_die("%s: not UTF-8", t->name);
	return out;
}

/* The path of shard i: "model-00001-of-00003.safetensors". */
static const char *
final_name(size_t i)
{
	static char *name;

	free(name);
	if (asprintf(&name, "%s-%05zu-of-%05zu.%s", stem, i + 1, shards,
	    ext) < 0)
		cli_die("out of memory");
	return name;
}

static void
write_index(void)
{
	json_t *map = json_object(), *v, *index;
	char *path, *text;
	const char *key;
	struct ckpt_atomic_file w;

	json_object_foreach(number, key, v) {
		const char *name = final_name(json_integer_value(v));
		const char *slash = strrchr(name, '/');

		json_object_set_new(map, key,
		    json_string(slash ? slash + 1 : name));
	}
	index = json_pack("{s{sI}so}", "metadata", "total_size",
	    (json_int_t)total, "weight_map", map);
	text = index ? json_dumps(index, JSON_INDENT(2)) : NULL;
	if (text == NULL ||
	    asprintf(&path, "%s.%s.index.json", stem, ext) < 0)
		cli_die("out of memory");
	if (ckpt_atomic_file_open(&w, path) < 0)
		cli_die("%s:", path);
	if (ckpt_write_all(w.fd, text, strlen(text)) < 0 ||
	    ckpt_write_all(w.fd, "\n", 1) < 0 || close(w.fd) < 0 ||
	    ckpt_atomic_file_commit(&w) < 0) {
		int why = errno;

		ckpt_atomic_file_free(&w);
		errno = why;
		cli_die("%s:", path);
	}
	ckpt_atomic_file_free(&w);
	json_decref(index);
	free(text);
	free(path);
}

void
cli_shards_close(void)
{
	if (in == NULL)
		cli_die("no checkpoint to write");
	if (out == NULL)
		open_next_shard();		/* the checkpoint has no tensors */
	cli_finish(out);
	for (size_t i = 0; i < shards; i++) {
		if (rename(shard[i], final_name(i)) < 0)
			cli_die("%s:", final_name(i));
		free(shard[i]);
		shard[i] = cli_strdup(final_name(i));
	}
	write_index();
	shards = 0;			/* do not remove them at exit */
	json_decref(number);
}
