/* gguf.c - GGUF files */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/name_map.h"
#include "gguf.h"

enum {
	RANK = 4,			/* ggml's limit */
	NESTED = 4,			/* arrays in arrays */
	TEXT = 1 << 16,			/* bytes of a string */
	ALIGNMENT = 32, LARGEST_ALIGNMENT = 1 << 20
};

/* The types of metadata and their sizes; 0 for strings and arrays. */
enum { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64,
    TYPES };
static const unsigned size_of[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

struct info {
	size_t		 name;		/* in state.names */
	const struct gguf_type *type;
	int		 rank;
	uint64_t	 dim[RANK];	/* fastest last */
	uint64_t	 bytes;		/* without padding */
};

struct state {
	uint32_t	 alignment;
	struct ckpt_name_map keys;
	struct ckpt_buffer text;	/* the last key or string */
	struct ckpt_buffer names;	/* of tensors, NUL-terminated */
	struct ckpt_buffer infos;	/* struct info, in file order */
	size_t		 nth;		/* the next tensor */
	uint64_t	 end;		/* of the previous one */
	struct ckpt_buffer blocks;	/* quantized data of a tensor */
};

static bool
probe(const unsigned char *head, size_t n)
{
	return n >= 4 && memcmp(head, "GGUF", 4) == 0;
}

/* ------------------------------------------------- numbers and strings */

static int
read_bytes(struct ckpt_file *f, unsigned char *p, size_t n)
{
	ptrdiff_t got = ckpt_input_read(f->in, p, n);

	if (got < 0)
		return ckpt_fail_errno(f->rd);
	return (size_t)got == n ? 0 : ckpt_fail(f->rd, CKPT_CUT,
	    "cut short in the header");
}

static int
read_u32(struct ckpt_file *f, uint32_t *x)
{
	unsigned char p[4];

	if (read_bytes(f, p, sizeof p) < 0)
		return -1;
	*x = load_le32(p);
	return 0;
}

static int
read_u64(struct ckpt_file *f, uint64_t *x)
{
	unsigned char p[8];

	if (read_bytes(f, p, sizeof p) < 0)
		return -1;
	*x = load_le64(p);
	return 0;
}

/* A string into s->text, with a NUL after it. */
static int
read_string(struct ckpt_file *f, const char *what)
{
	struct state *s = f->state;
	uint64_t n;

	if (read_u64(f, &n) < 0)
		return -1;
	if (n > TEXT)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s of %" PRIu64
		    " bytes, at most %d", what, n, TEXT);
	s->text.n = 0;
	if (ckpt_gather(f->rd, f->in, &s->text, n, what) < 0)
		return -1;
	if (n > 0 && memchr(s->text.p, 0, n))
		return ckpt_fail(f->rd, CKPT_BAD, "NUL in %.200s", what);
	return ckpt_buffer_add(&s->text, "", 1) < 0 ?
	    ckpt_fail_memory(f->rd) : 0;
}

/* ------------------------------------------------------------ metadata */

/* Skip an array: a tokenizer's vocabulary, and the like. left is a stack of
 * the elements that remain in each of the arrays around it. */
static int
skip_array(struct ckpt_file *f, const char *key)
{
	uint64_t left[NESTED], n, bytes;
	int depth = 0;

	for (;;) {
		uint32_t type;

		if (read_u32(f, &type) < 0 || read_u64(f, &n) < 0)
			return -1;
		if (type >= TYPES)
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: array of "
			    "unknown type %" PRIu32, key, type);
		if (type == ARRAY && n > 0) {
			if (depth == NESTED)
				return ckpt_fail(f->rd, CKPT_LIMIT, "%.200s: "
				    "arrays more than %d deep", key, NESTED);
			left[depth++] = n - 1;
			continue;
		}
		if (size_of[type] && __builtin_mul_overflow(n, size_of[type],
		    &bytes))
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: array of %"
			    PRIu64 " numbers", key, n);
		if (size_of[type] && ckpt_skip(f->rd, f->in, bytes, key) < 0)
			return -1;
		for (; type == STRING && n > 0; n--)
			if (read_u64(f, &bytes) < 0 ||
			    ckpt_skip(f->rd, f->in, bytes, key) < 0)
				return -1;
		while (depth > 0 && left[depth - 1] == 0)
			depth--;
		if (depth == 0)
			return 0;
		left[depth - 1]--;
	}
}

/* A number of a type of metadata as text; p is little-endian. */
static void
format_number(char out[40], const unsigned char p[8], uint32_t type)
{
	uint64_t x = load_le64(p);
	unsigned shift = 64 - 8 * size_of[type];
	uint32_t low = (uint32_t)x;
	float single;
	double real;

	switch (type) {
	case F32:
		memcpy(&single, &low, sizeof single);
		snprintf(out, 40, "%.9g", single);
		break;
	case F64:
		memcpy(&real, &x, sizeof real);
		snprintf(out, 40, "%.17g", real);
		break;
	case I8: case I16: case I32: case I64:
		snprintf(out, 40, "%" PRId64, (int64_t)(x << shift) >> shift);
		break;
	default:
		snprintf(out, 40, "%" PRIu64, x);
	}
}

static int
set_alignment(struct ckpt_file *f, uint32_t type, const unsigned char *p)
{
	struct state *s = f->state;

	s->alignment = load_le32(p);
	if (type != U32 || s->alignment == 0 ||
	    s->alignment > LARGEST_ALIGNMENT ||
	    (s->alignment & (s->alignment - 1)))
		return ckpt_fail(f->rd, CKPT_BAD, "general.alignment: wanted a "
		    "power of 2 up to %d, got %" PRIu32, LARGEST_ALIGNMENT,
		    s->alignment);
	return 0;
}

/* Add a key; one without a dot gets the prefix "gguf.". */
static int
add_metadata(struct ckpt_file *f, const char *key, const char *value)
{
	char name[TEXT + 8];

	snprintf(name, sizeof name, "%s%s",
	    strchr(key, '.') ? "" : "gguf.", key);
	return ckpt_meta(f, name, value);
}

static int
read_value(struct ckpt_file *f, const char *key)
{
	struct state *s = f->state;
	unsigned char p[8] = { 0 };
	char out[40];
	uint32_t type;

	if (read_u32(f, &type) < 0)
		return -1;
	if (type >= TYPES)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: unknown type %"
		    PRIu32, key, type);
	if (type == ARRAY)
		return skip_array(f, key);
	if (type == STRING)
		return read_string(f, key) < 0 ? -1 :
		    add_metadata(f, key, (char *)s->text.p);
	if (read_bytes(f, p, size_of[type]) < 0)
		return -1;
	if (strcmp(key, "general.alignment") == 0 &&
	    set_alignment(f, type, p) < 0)
		return -1;
	format_number(out, p, type);
	return add_metadata(f, key, out);
}

static int
read_metadata(struct ckpt_file *f, uint64_t n)
{
	struct state *s = f->state;

	for (; n > 0; n--) {
		char *key;
		int r;

		if (read_string(f, "a key") < 0)
			return -1;
		r = ckpt_name_map_add(&s->keys, (char *)s->text.p, NULL);
		if (r < 0)
			return ckpt_fail_memory(f->rd);
		if (r == 0)
			return ckpt_fail(f->rd, CKPT_BAD, "key %.200s twice",
			    (char *)s->text.p);
		key = strdup((char *)s->text.p);
		if (key == NULL)
			return ckpt_fail_memory(f->rd);
		r = read_value(f, key);
		free(key);
		if (r < 0)
			return -1;
	}
	return 0;
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

/* Set t->bytes. Rows must be whole blocks. */
static int
measure_tensor(struct ckpt_file *f, struct info *t)
{
	const struct gguf_type *type = t->type;
	const char *name = get_name(f->state, t);
	uint64_t row = t->rank ? t->dim[t->rank - 1] : 1;

	if (row % type->block)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: rows of %" PRIu64
		    " elements, %s has blocks of %u", name, row, type->name,
		    type->block);
	t->bytes = row / type->block;
	for (int i = 0; i < t->rank - 1; i++)
		if (__builtin_mul_overflow(t->bytes, t->dim[i], &t->bytes))
			t->bytes = UINT64_MAX;
	if (t->bytes > INT64_MAX / 1024)	/* for padding and sums */
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: dimensions "
		    "overflow", name);
	t->bytes *= type->size;
	return 0;
}

static int
read_info(struct ckpt_file *f, struct info *t, uint64_t *at)
{
	struct state *s = f->state;
	uint64_t offset, padded;
	uint32_t rank, type;

	if (read_string(f, "the name of a tensor") < 0 ||
	    read_u32(f, &rank) < 0)
		return -1;
	*t = (struct info){ .name = s->names.n, .rank = (int)rank };
	if (ckpt_buffer_add(&s->names, s->text.p, s->text.n) < 0)
		return ckpt_fail_memory(f->rd);
	if (rank > RANK)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: %" PRIu32
		    " dimensions, at most %d", get_name(s, t), rank, RANK);
	for (int i = t->rank; i-- > 0; )
		if (read_u64(f, &t->dim[i]) < 0)
			return -1;
	if (read_u32(f, &type) < 0 || read_u64(f, &offset) < 0)
		return -1;
	t->type = ckpt_gguf_find_type(type);
	if (t->type == NULL)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "%.200s: unknown "
		    "tensor type %" PRIu32, get_name(s, t), type);
	if (measure_tensor(f, t) < 0)
		return -1;
	if (offset != *at)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: at byte %" PRIu64
		    " of the data, wanted %" PRIu64, get_name(s, t), offset,
		    *at);
	padded = (t->bytes + s->alignment - 1) / s->alignment * s->alignment;
	if (__builtin_add_overflow(*at, padded, at) || *at > INT64_MAX)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: the data overflows",
		    get_name(s, t));
	return 0;
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
	for (size_t i = 0; i < n; i++) {
		const struct info *t = get_info(s, i);

		wanted = (wanted + s->alignment - 1) / s->alignment *
		    s->alignment + t->bytes;
	}
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
	s->alignment = ALIGNMENT;
	if (read_bytes(f, magic, sizeof magic) < 0 || read_u32(f, &version) < 0)
		return -1;
	if (version > 0xffff)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "GGUF in big-endian order");
	if (version < 2 || version > 3)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "GGUF version %"
		    PRIu32 ", wanted 2 or 3", version);
	if (read_u64(f, &tensors) < 0 || read_u64(f, &keys) < 0 ||
	    read_metadata(f, keys) < 0 || read_infos(f, tensors) < 0)
		return -1;
	s->end = ckpt_input_tell(f->in);
	return check_size(f);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	const struct info *i;
	uint64_t start = (s->end + s->alignment - 1) / s->alignment *
	    s->alignment;
	bool last = s->nth == count_tensors(s);

	/* the padding after the last one may be missing */
	if (ckpt_skip(f->rd, f->in,
	    (last ? s->end : start) - ckpt_input_tell(f->in), s->nth == 0 ?
	    "the header" : get_name(s, get_info(s, s->nth - 1))) < 0)
		return -1;
	if (last)
		return 0;
	i = get_info(s, s->nth++);
	s->end = start + i->bytes;
	t->name = get_name(s, i);
	t->type = i->type->type;
	t->dtype = t->type == CKPT_OTHER ? i->type->name :
	    ckpt_type_name(t->type);
	t->rank = i->rank;
	memcpy(t->dim, i->dim, sizeof i->dim);
	if (t->type == CKPT_OTHER) {
		t->size = i->bytes;
		t->len = i->bytes / i->type->size * i->type->block;
	} else if (ckpt_measure(t) < 0) {
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: too large", t->name);
	}
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
	ckpt_name_map_clear(&s->keys, NULL);
	free(s->text.p);
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
};
