/* gguf.c - GGUF files */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/name_map.h"
#include "gguf.h"

struct info {
	size_t		 name;		/* in state.names */
	uint32_t	 number;	/* of its type */
	const struct gguf_type *type;	/* NULL: not known here */
	int		 rank;
	uint64_t	 dim[GGUF_RANK];	/* fastest last */
	uint64_t	 bytes;		/* without padding */
};

struct state {
	struct gguf_header header;
	struct ckpt_buffer names;	/* of tensors, NUL-terminated */
	struct ckpt_buffer infos;	/* struct info, in file order */
	size_t		 nth;		/* the next tensor */
	uint64_t	 end;		/* of the previous one */
	struct ckpt_buffer blocks;	/* quantized data of a tensor */
	char		 dtype[24];	/* of an unknown type */
};

static bool
probe(const unsigned char *head, size_t n)
{
	return n >= 4 && memcmp(head, "GGUF", 4) == 0;
}

/* ------------------------------------------------------------- tensors */

static struct info *
get_info(const struct state *s, size_t i)
{
	return (struct info *)s->infos.p + i;
}

static size_t
count_tensors(const struct state *s)
{
	return s->infos.n / sizeof(struct info);
}

static const char *
get_name(const struct state *s, const struct info *t)
{
	return (char *)s->names.p + t->name;
}

/* n bytes and their padding. */
static uint64_t
add_padding(const struct state *s, uint64_t n)
{
	return -(-n & -(uint64_t)s->header.alignment);
}

/* Set t->bytes; false if that cannot be. */
static bool
measure_tensor(struct info *t)
{
	uint64_t row = t->rank ? t->dim[t->rank - 1] : 1;

	t->bytes = row / t->type->block;
	for (int i = 0; i < t->rank - 1; i++)
		if (__builtin_mul_overflow(t->bytes, t->dim[i], &t->bytes))
			t->bytes = UINT64_MAX;
	if (row % t->type->block || t->bytes > INT64_MAX / 1024)
		return false;		/* room for padding and sums */
	t->bytes *= t->type->size;
	return true;
}

/* The size of a tensor that is not selected may be wrong: it is then taken from
 * the place of the next one, as that of an unknown type is. */
static int
set_type(struct ckpt_file *f, struct info *t)
{
	const char *name = get_name(f->state, t);
	const struct gguf_type *type = ckpt_gguf_find_type(t->number);

	t->type = type;
	if (type == NULL || measure_tensor(t))
		return 0;
	t->type = NULL;
	t->bytes = 0;
	if (!ckpt_wants(f->rd, name))
		return 0;
	if (t->rank > 0 && t->dim[t->rank - 1] % type->block)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: rows of %" PRIu64
		    " elements, %s has blocks of %u", name,
		    t->dim[t->rank - 1], type->name, type->block);
	return ckpt_fail(f->rd, CKPT_BAD, "%.200s: dimensions overflow", name);
}

/* Set the place of a tensor, which follows the one before; the size of one of
 * an unknown type is only known from there. */
static int
place_tensor(struct ckpt_file *f, struct info *t, uint64_t offset,
    uint64_t *at)
{
	struct state *s = f->state;
	size_t n = count_tensors(s);
	struct info *before = n > 0 ? get_info(s, n - 1) : NULL;

	if (before && before->type == NULL && offset >= *at) {
		before->bytes = offset - *at;
		*at = offset;
	}
	if (offset != *at)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: at byte %" PRIu64
		    " of the data, wanted %" PRIu64, get_name(s, t), offset,
		    *at);
	if (__builtin_add_overflow(*at, add_padding(s, t->bytes), at) ||
	    *at > INT64_MAX)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: the data overflows",
		    get_name(s, t));
	return 0;
}

static int
read_info(struct ckpt_file *f, struct info *t, uint64_t *at)
{
	struct state *s = f->state;
	uint64_t offset;
	uint32_t rank;

	if (ckpt_gguf_read_name(f, &s->header.text,
	    "the name of a tensor") < 0 || ckpt_gguf_read_u32(f, &rank) < 0)
		return -1;
	*t = (struct info){ .name = s->names.n, .rank = (int)rank };
	if (ckpt_buffer_add(&s->names, s->header.text.p, s->header.text.n) < 0)
		return ckpt_fail_memory(f->rd);
	if (rank > GGUF_RANK)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: %" PRIu32
		    " dimensions, at most %d", get_name(s, t), rank, GGUF_RANK);
	for (int i = t->rank; i-- > 0; )
		if (ckpt_gguf_read_u64(f, &t->dim[i]) < 0)
			return -1;
	if (ckpt_gguf_read_u32(f, &t->number) < 0 ||
	    ckpt_gguf_read_u64(f, &offset) < 0)
		return -1;
	if (set_type(f, t) < 0)
		return -1;
	return place_tensor(f, t, offset, at);
}

static int
read_infos(struct ckpt_file *f, uint64_t n)
{
	struct state *s = f->state;
	uint64_t at = 0;

	for (; n > 0; n--) {
		struct info t;

		if (read_info(f, &t, &at) < 0)
			return -1;
		if (ckpt_buffer_add(&s->infos, &t, sizeof t) < 0)
			return ckpt_fail_memory(f->rd);
	}
	return 0;
}

/* A file that is too short is refused before its first tensor. */
static int
check_size(struct ckpt_file *f)
{
	struct state *s = f->state;
	size_t n = count_tensors(s);
	uint64_t left = ckpt_input_size(f->in) - ckpt_input_tell(f->in);
	uint64_t wanted = 0;

	if (ckpt_input_size(f->in) == UINT64_MAX || n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		wanted = add_padding(s, wanted) + get_info(s, i)->bytes;
	return wanted <= left ? 0 : ckpt_fail(f->rd, CKPT_CUT, "cut short: "
	    "wanted %" PRIu64 " bytes of tensors, got %" PRIu64, wanted, left);
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);
	uint64_t tensors, keys;
	unsigned char magic[4];
	uint32_t version;

	f->state = s;
	if (s == NULL)
		return ckpt_fail_memory(f->rd);
	s->header.alignment = GGUF_ALIGNMENT;
	if (ckpt_gguf_read_bytes(f, magic, sizeof magic) < 0 ||
	    ckpt_gguf_read_u32(f, &version) < 0)
		return -1;
	if (version > 0xffff)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "GGUF in big-endian order");
	if (version < 2 || version > 3)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "GGUF version %"
		    PRIu32 ", wanted 2 or 3", version);
	if (ckpt_gguf_read_u64(f, &tensors) < 0 ||
	    ckpt_gguf_read_u64(f, &keys) < 0 ||
	    ckpt_gguf_read_metadata(f, &s->header, keys) < 0 ||
	    read_infos(f, tensors) < 0)
		return -1;
	s->end = ckpt_input_tell(f->in);
	return check_size(f);
}

/* Skip what is left of the last tensor, whose padding may be missing. One of an
 * unknown type has all that is left. */
static int
skip_rest(struct ckpt_file *f, const char *what)
{
	struct state *s = f->state;
	size_t n = count_tensors(s);
	int r = 1;

	if (ckpt_skip(f->rd, f->in, s->end - ckpt_input_tell(f->in), what) < 0)
		return -1;
	if (n > 0 && get_info(s, n - 1)->type == NULL)
		while (r == 1)
			r = ckpt_input_skip(f->in, 1 << 20);
	return r < 0 ? ckpt_fail_errno(f->rd) : 0;
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	const struct info *i;
	const char *what = s->nth == 0 ? "the header" :
	    get_name(s, get_info(s, s->nth - 1));
	uint64_t start = add_padding(s, s->end);

	if (s->nth == count_tensors(s))
		return skip_rest(f, what);
	if (ckpt_skip(f->rd, f->in, start - ckpt_input_tell(f->in), what) < 0)
		return -1;
	i = get_info(s, s->nth++);
	s->end = start + i->bytes;
	t->name = get_name(s, i);
	t->rank = i->rank;
	memcpy(t->dim, i->dim, sizeof i->dim);
	if (i->type == NULL || i->type->type == CKPT_OTHER) {
		snprintf(s->dtype, sizeof s->dtype, "GGML_TYPE_%" PRIu32,
		    i->number);
		ckpt_list_only(t, i->type ? i->type->name : s->dtype);
		t->size = i->type ? i->bytes : 0;
		return 1;
	}
	t->type = i->type->type;
	t->dtype = ckpt_type_name(t->type);
	if (ckpt_measure(t) < 0)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: too large", t->name);
	return 1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;
	const struct info *i = get_info(s, s->nth - 1);
	const struct gguf_type *type = i->type;
	float *y;

	if (type->unpack == NULL)
		return ckpt_gather(f->rd, f->in, b, i->bytes, t->name);
	s->blocks.n = 0;
	if (ckpt_gather(f->rd, f->in, &s->blocks, i->bytes, t->name) < 0)
		return -1;
	if (ckpt_buffer_reserve(b, t->size) < 0)
		return ckpt_fail_memory(f->rd);
	y = (float *)(b->p + b->n);
	for (uint64_t k = 0; k < i->bytes; k += type->size, y += type->block)
		type->unpack(s->blocks.p + k, y);
	b->n += t->size;
	return 0;
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s == NULL)
		return;
	ckpt_name_map_clear(&s->header.keys, NULL);
	free(s->header.text.p);
	free(s->names.p);
	free(s->infos.p);
	free(s->blocks.p);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_gguf = {
	.name = "gguf",
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
	.create = ckpt_gguf_create,
	.meta = ckpt_gguf_meta,
	.put = ckpt_gguf_put,
	.finish = ckpt_gguf_finish,
	.abandon = ckpt_gguf_abandon,
};
