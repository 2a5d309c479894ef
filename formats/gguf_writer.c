/*
 * gguf_writer.c - write GGUF files
 *
 * Metadata are texts here. Their types in the file are those that
 * gguf_metadata.c reads back as the same text.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/endian.h"
#include "gguf.h"
#include "tensor_spool.h"

enum {
	VERSION = 3,
	NAME = 63			/* a limit of ggml */
};

struct key { char *name, *value; };

struct state {
	struct tensor_spool spool;
	struct key	*key;
	size_t		 keys, room;
	struct ckpt_name_map index;	/* of a key, by name */
};

int
ckpt_gguf_create(struct ckpt_out *o)
{
	struct state *s = calloc(1, sizeof *s);
	char step[24];

	o->state = s;
	if (s == NULL)
		return ckpt_wfail_memory(o->wr);
	if (ckpt_spool_open(o, &s->spool) < 0)
		return -1;
	snprintf(step, sizeof step, "%" PRIu64, o->step);
	return ckpt_gguf_meta(o, GGUF_STEP, step);
}

int
ckpt_gguf_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	struct state *s = o->state;

	if (ckpt_gguf_find_number(t->type) < 0)
		return ckpt_wfail(o->wr, "%s: GGUF has no type %s: cast it "
		    "with --dtype, or leave it out with -t '!%s'", t->name,
		    ckpt_type_name(t->type), t->name);
	if (t->rank > GGUF_RANK)
		return ckpt_wfail(o->wr, "%s: %d dimensions, GGUF has at most "
		    "%d", t->name, t->rank, GGUF_RANK);
	if (strlen(t->name) > NAME)
		return ckpt_wfail(o->wr, "%s: a name of %zu bytes, GGUF has at "
		    "most %d: see --rename", t->name, strlen(t->name), NAME);
	return ckpt_spool_put(o, &s->spool, t);
}

/* ------------------------------------------------------------ metadata */

/* Keys that describe the file that was read, not the model. */
static bool
is_of_file(const char *key)
{
	return strcmp(key, "general.alignment") == 0 ||
	    strcmp(key, "general.file_type") == 0 ||
	    strncmp(key, "split.", 6) == 0;
}

int
ckpt_gguf_meta(struct ckpt_out *o, const char *key, const char *value)
{
	struct state *s = o->state;
	struct key k;
	void **known;
	size_t i;

	if (is_of_file(key))
		return 0;
	if (strncmp(key, GGUF_PREFIX, strlen(GGUF_PREFIX)) == 0 &&
	    strchr(key + strlen(GGUF_PREFIX), '.') == NULL)
		key += strlen(GGUF_PREFIX);
	k = (struct key){ strdup(key), strdup(value) };
	known = ckpt_name_map_find(&s->index, key);
	i = known ? (uintptr_t)*known : s->keys;
	if (k.name == NULL || k.value == NULL ||
	    ckpt_grow(&s->key, i, &s->room, sizeof *s->key) < 0 ||
	    ckpt_name_map_add(&s->index, key, (void *)(uintptr_t)i) < 0) {
		free(k.name);
		free(k.value);
		return ckpt_wfail_memory(o->wr);
	}
	if (i < s->keys) {		/* replace it */
		free(s->key[i].name);
		free(s->key[i].value);
	} else {
		s->keys++;
	}
	s->key[i] = k;
	return 0;
}

/* Keys of "general." are texts, whatever they look like, except these. */
static bool
is_text(const char *key)
{
	return strncmp(key, "general.", 8) == 0 &&
	    strcmp(key, "general.quantization_version") != 0;
}

static void
write_u32(FILE *f, uint32_t x)
{
	unsigned char p[4];

	store_le32(p, x);
	fwrite(p, sizeof p, 1, f);
}

static void
write_u64(FILE *f, uint64_t x)
{
	write_u32(f, (uint32_t)x);
	write_u32(f, (uint32_t)(x >> 32));
}

static void
write_text(FILE *f, const char *s)
{
	write_u64(f, strlen(s));
	fputs(s, f);
}

/* Write the type and the bytes of a whole number, if text is one: 32 bits if
 * they are enough, as ggml has most of them. */
static bool
write_whole(FILE *f, const char *text)
{
	char *end, canonical[24];
	bool negative = *text == '-';
	uint64_t x;

	errno = 0;
	x = negative ? (uint64_t)strtoll(text, &end, 10) :
	    strtoull(text, &end, 10);
	if (negative)
		snprintf(canonical, sizeof canonical, "%" PRId64, (int64_t)x);
	else
		snprintf(canonical, sizeof canonical, "%" PRIu64, x);
	if (errno || strcmp(text, canonical) != 0)
		return false;
	if (negative ? (int64_t)x >= INT32_MIN : x <= UINT32_MAX) {
		write_u32(f, negative ? GGUF_I32 : GGUF_U32);
		write_u32(f, (uint32_t)x);
	} else {
		write_u32(f, negative ? GGUF_I64 : GGUF_U64);
		write_u64(f, x);
	}
	return true;
}

/* The same for a real number, in single precision if that has its digits. */
static bool
write_real(FILE *f, const char *text)
{
	char *end, canonical[GGUF_NUMBER];
	double x = strtod(text, &end);
	float single = (float)x;
	uint32_t low;
	uint64_t bits;

	ckpt_gguf_format_real(canonical, single, true);
	if (*end == 0 && strcmp(text, canonical) == 0) {
		memcpy(&low, &single, sizeof low);
		write_u32(f, GGUF_F32);
		write_u32(f, low);
		return true;
	}
	ckpt_gguf_format_real(canonical, x, false);
	if (*end || strcmp(text, canonical) != 0)
		return false;
	memcpy(&bits, &x, sizeof bits);
	write_u32(f, GGUF_F64);
	write_u64(f, bits);
	return true;
}

static void
write_value(FILE *f, const char *key, const char *text)
{
	bool yes = strcmp(text, "true") == 0;

	if (!is_text(key) && (yes || strcmp(text, "false") == 0)) {
		write_u32(f, GGUF_BOOL);
		putc(yes, f);
	} else if (is_text(key) || (!write_whole(f, text) &&
	    !write_real(f, text))) {
		write_u32(f, GGUF_STRING);
		write_text(f, text);
	}
}

/* -------------------------------------------------------------- the end */

static uint64_t
align(uint64_t n)
{
	return (n + GGUF_ALIGNMENT - 1) / GGUF_ALIGNMENT * GGUF_ALIGNMENT;
}

/* All that precedes the data of the first tensor, with padding. */
static void
write_header(FILE *f, const struct state *s)
{
	uint64_t at = 0;

	fputs("GGUF", f);
	write_u32(f, VERSION);
	write_u64(f, s->spool.n);
	write_u64(f, s->keys);
	for (size_t i = 0; i < s->keys; i++) {
		write_text(f, s->key[i].name);
		write_value(f, s->key[i].name, s->key[i].value);
	}
	for (size_t i = 0; i < s->spool.n; i++) {
		const struct spooled_tensor *t = &s->spool.tensor[i];

		write_text(f, t->name);
		write_u32(f, t->rank);
		for (int k = t->rank; k-- > 0; )
			write_u64(f, t->dim[k]);
		write_u32(f, ckpt_gguf_find_number(t->type));
		write_u64(f, at);
		at = align(at + t->size);
	}
	for (long n = ftell(f); n % GGUF_ALIGNMENT; n++)
		putc(0, f);
}

int
ckpt_gguf_finish(struct ckpt_out *o)
{
	static const char zeros[GGUF_ALIGNMENT];
	struct state *s = o->state;
	char *header = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&header, &size);
	int r = 0;

	if (f)
		write_header(f, s);
	if (f == NULL || fclose(f) != 0)
		r = ckpt_wfail_memory(o->wr);
	else if (ckpt_write_all(o->fd, header, size) < 0)
		r = ckpt_wfail_errno(o->wr);
	free(header);
	for (size_t i = 0; i < s->spool.n && r == 0; i++) {
		const struct spooled_tensor *t = &s->spool.tensor[i];

		r = ckpt_spool_copy(o, &s->spool, t);
		if (r == 0 && ckpt_write_all(o->fd, zeros,
		    align(t->size) - t->size) < 0)
			r = ckpt_wfail_errno(o->wr);
	}
	return r;
}

void
ckpt_gguf_abandon(struct ckpt_out *o)
{
	struct state *s = o->state;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->keys; i++) {
		free(s->key[i].name);
		free(s->key[i].value);
	}
	free(s->key);
	ckpt_name_map_clear(&s->index, NULL);
	ckpt_spool_close(&s->spool);
	free(s);
	o->state = NULL;
}
