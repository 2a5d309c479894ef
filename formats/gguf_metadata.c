/* gguf_metadata.c - numbers and strings of a GGUF header, and its metadata */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/number.h"
#include "gguf.h"

enum {
	NESTED = 4,			/* arrays in arrays */
	NAME = 1 << 16,			/* bytes of a key or a name */
	LONGEST = 1 << 28,		/* of a text that is kept */
	LARGEST_ALIGNMENT = 1 << 20
};

/* The sizes of the types of metadata; 0 for strings and arrays. */
static const unsigned size_of[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

/* ------------------------------------------------- numbers and strings */

int
ckpt_gguf_read_bytes(struct ckpt_file *f, unsigned char *p, size_t n)
{
	ptrdiff_t got = ckpt_input_read(f->in, p, n);

	if (got < 0)
		return ckpt_fail_errno(f->rd);
	return (size_t)got == n ? 0 : ckpt_fail(f->rd, CKPT_CUT,
	    "cut short in the header");
}

int
ckpt_gguf_read_u32(struct ckpt_file *f, uint32_t *x)
{
	unsigned char p[4];

	if (ckpt_gguf_read_bytes(f, p, sizeof p) < 0)
		return -1;
	*x = load_le32(p);
	return 0;
}

int
ckpt_gguf_read_u64(struct ckpt_file *f, uint64_t *x)
{
	unsigned char p[8];

	if (ckpt_gguf_read_bytes(f, p, sizeof p) < 0)
		return -1;
	*x = load_le64(p);
	return 0;
}

/* n bytes, with a NUL after them. */
static int
read_text(struct ckpt_file *f, struct ckpt_buffer *text, uint64_t n,
    const char *what)
{
	text->n = 0;
	if (ckpt_gather(f->rd, f->in, text, n, what) < 0)
		return -1;
	return ckpt_buffer_add(text, "", 1) < 0 ? ckpt_fail_memory(f->rd) : 0;
}

int
ckpt_gguf_read_name(struct ckpt_file *f, struct ckpt_buffer *text,
    const char *what)
{
	uint64_t n;

	if (ckpt_gguf_read_u64(f, &n) < 0)
		return -1;
	if (n > NAME)
		return ckpt_fail(f->rd, CKPT_BAD, "%s of %" PRIu64
		    " bytes, at most %d", what, n, NAME);
	if (read_text(f, text, n, what) < 0)
		return -1;
	return strlen((char *)text->p) == n ? 0 :
	    ckpt_fail(f->rd, CKPT_BAD, "NUL in %s", what);
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

		if (ckpt_gguf_read_u32(f, &type) < 0 ||
		    ckpt_gguf_read_u64(f, &n) < 0)
			return -1;
		if (type >= GGUF_TYPES)
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: array of "
			    "unknown type %" PRIu32, key, type);
		if (type == GGUF_ARRAY && n > 0) {
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
		for (; type == GGUF_STRING && n > 0; n--)
			if (ckpt_gguf_read_u64(f, &bytes) < 0 ||
			    ckpt_skip(f->rd, f->in, bytes, key) < 0)
				return -1;
		while (depth > 0 && left[depth - 1] == 0)
			depth--;
		if (depth == 0)
			return 0;
		left[depth - 1]--;
	}
}

void
ckpt_gguf_format_real(char out[GGUF_NUMBER], double x, bool single)
{
	if (single)
		snprintf(out, GGUF_NUMBER, "%.9g", x);
	else
		ckpt_shortest_double(out, x, 15);
	if (out[strspn(out, "-0123456789")] == 0)
		strcat(out, ".0");
}

/* A number of a type of metadata as text; p is little-endian. */
static void
format_number(char out[GGUF_NUMBER], const unsigned char p[8], uint32_t type)
{
	uint64_t x = load_le64(p);
	unsigned shift = 64 - 8 * size_of[type];
	uint32_t low = (uint32_t)x;
	float single;
	double real;

	switch (type) {
	case GGUF_F32:
		memcpy(&single, &low, sizeof single);
		ckpt_gguf_format_real(out, single, true);
		break;
	case GGUF_F64:
		memcpy(&real, &x, sizeof real);
		ckpt_gguf_format_real(out, real, false);
		break;
	case GGUF_I8: case GGUF_I16: case GGUF_I32: case GGUF_I64:
		snprintf(out, GGUF_NUMBER, "%" PRId64,
		    (int64_t)(x << shift) >> shift);
		break;
	case GGUF_BOOL:
		snprintf(out, GGUF_NUMBER, "%s", x ? "true" : "false");
		break;
	default:
		snprintf(out, GGUF_NUMBER, "%" PRIu64, x);
	}
}

static int
set_alignment(struct ckpt_file *f, struct gguf_header *h, uint32_t type,
    const unsigned char *p)
{
	h->alignment = load_le32(p);
	if (type != GGUF_U32 || h->alignment == 0 ||
	    h->alignment > LARGEST_ALIGNMENT ||
	    (h->alignment & (h->alignment - 1)))
		return ckpt_fail(f->rd, CKPT_BAD, "general.alignment: wanted a "
		    "power of 2 up to %d, got %" PRIu32, LARGEST_ALIGNMENT,
		    h->alignment);
	return 0;
}

/* Add a key; one without a dot gets the prefix "gguf.". */
static int
add_metadata(struct ckpt_file *f, const char *key, const char *value)
{
	char name[NAME + 8];

	if (strcmp(key, GGUF_STEP) == 0)
		return 0;
	snprintf(name, sizeof name, "%s%s",
	    strchr(key, '.') ? "" : GGUF_PREFIX, key);
	return ckpt_meta(f, name, value);
}

/* A text of any length. */
static int
read_long_text(struct ckpt_file *f, struct gguf_header *h, const char *key)
{
	uint64_t n;

	if (ckpt_gguf_read_u64(f, &n) < 0)
		return -1;
	if (n > LONGEST)
		return ckpt_skip(f->rd, f->in, n, key) < 0 ? -1 :
		    ckpt_leave_out(f, key, "metadata, too many bytes");
	if (read_text(f, &h->text, n, key) < 0)
		return -1;
	return strlen((char *)h->text.p) == n ?
	    add_metadata(f, key, (char *)h->text.p) :
	    ckpt_leave_out(f, key, "metadata with a NUL");
}

/* The keys with a meaning for reading; p has a number, little-endian. */
static int
check_number(struct ckpt_file *f, struct gguf_header *h, const char *key,
    uint32_t type, const unsigned char *p)
{
	if (strcmp(key, "general.alignment") == 0)
		return set_alignment(f, h, type, p);
	if (type == GGUF_F32 || type == GGUF_F64)
		return 0;
	if (strcmp(key, GGUF_STEP) == 0) {
		f->has_step = true;
		f->step = load_le64(p);
	}
	if (strcmp(key, "split.count") == 0)
		f->shards = load_le32(p);
	return 0;
}

static int
read_value(struct ckpt_file *f, struct gguf_header *h, const char *key)
{
	unsigned char p[8] = { 0 };
	char out[GGUF_NUMBER];
	uint32_t type;

	if (ckpt_gguf_read_u32(f, &type) < 0)
		return -1;
	if (type >= GGUF_TYPES)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: unknown type %"
		    PRIu32, key, type);
	if (type == GGUF_ARRAY)
		return skip_array(f, key);
	if (type == GGUF_STRING)
		return read_long_text(f, h, key);
	if (ckpt_gguf_read_bytes(f, p, size_of[type]) < 0 ||
	    check_number(f, h, key, type, p) < 0)
		return -1;
	format_number(out, p, type);
	return add_metadata(f, key, out);
}

int
ckpt_gguf_read_metadata(struct ckpt_file *f, struct gguf_header *h, uint64_t n)
{
	for (; n > 0; n--) {
		char *key;
		int r;

		if (ckpt_gguf_read_name(f, &h->text, "a key") < 0)
			return -1;
		r = ckpt_name_map_add(&h->keys, (char *)h->text.p, NULL);
		if (r < 0)
			return ckpt_fail_memory(f->rd);
		if (r == 0)
			return ckpt_fail(f->rd, CKPT_BAD, "key %.200s twice",
			    (char *)h->text.p);
		key = strdup((char *)h->text.p);
		if (key == NULL)
			return ckpt_fail_memory(f->rd);
		r = read_value(f, h, key);
		free(key);
		if (r < 0)
			return -1;
	}
	return 0;
}
