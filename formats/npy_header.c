/*
 * npy_header.c - the header of a NumPy array
 *
 * The header is Python, but only what NumPy writes is accepted: the three keys,
 * in any order, with literal values.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "npy.h"

enum { HEADER = 1 << 16 };

/* A position in the header. */
struct scan {
	struct ckpt_rd	*rd;
	const char	*what;		/* for messages */
	const char	*p;		/* NUL-terminated */
};

static int
fail_wanted(struct scan *s, const char *wanted)
{
	return ckpt_fail(s->rd, CKPT_BAD, "%.200s: header: wanted %s at "
	    "\"%.20s\"", s->what, wanted, s->p);
}

static void
skip_blanks(struct scan *s)
{
	s->p += strspn(s->p, " \t\n");
}

/* Skip c and return true if it comes next. */
static bool
accept_char(struct scan *s, char c)
{
	skip_blanks(s);
	if (*s->p != c)
		return false;
	s->p++;
	return true;
}

/* A string in single or double quotes, without escapes. */
static int
parse_string(struct scan *s, char out[NPY_DESCR])
{
	size_t n;
	char q;

	skip_blanks(s);
	q = *s->p;
	if (q != '\'' && q != '"')
		return fail_wanted(s, "a string in quotes");
	n = strcspn(s->p + 1, q == '"' ? "\"\\\n" : "'\\\n");
	if (s->p[1 + n] != q || n >= NPY_DESCR)
		return fail_wanted(s, "a short string in quotes");
	memcpy(out, s->p + 1, n);
	out[n] = 0;
	s->p += n + 2;
	return 0;
}

static int
parse_bool(struct scan *s, bool *x)
{
	skip_blanks(s);
	*x = strncmp(s->p, "True", 4) == 0;
	if (!*x && strncmp(s->p, "False", 5) != 0)
		return fail_wanted(s, "True or False");
	s->p += *x ? 4 : 5;
	return 0;
}

/* (), (2,) or (2, 3); Python 2 wrote 2L. */
static int
parse_shape(struct scan *s, struct ckpt_tensor *t)
{
	t->rank = 0;
	if (!accept_char(s, '('))
		return fail_wanted(s, "'('");
	while (!accept_char(s, ')')) {
		char *end;

		if (*s->p < '0' || *s->p > '9')
			return fail_wanted(s, "a dimension");
		if (t->rank == CKPT_RANK)
			return ckpt_fail(s->rd, CKPT_LIMIT, "%.200s: more than "
			    "%d dimensions", s->what, CKPT_RANK);
		errno = 0;
		t->dim[t->rank++] = strtoull(s->p, &end, 10);
		if (errno)
			return fail_wanted(s, "a smaller number");
		s->p = end + (*end == 'L');
		if (!accept_char(s, ',') && *s->p != ')')
			return fail_wanted(s, "',' or ')'");
	}
	return 0;
}

/* The types, and their descr without the byte order. */
static const struct { char kind[4]; enum ckpt_type type; } types[] = {
	{ "b1", CKPT_BOOL }, { "i1", CKPT_I8 }, { "u1", CKPT_U8 },
	{ "i2", CKPT_I16 }, { "u2", CKPT_U16 }, { "f2", CKPT_F16 },
	{ "i4", CKPT_I32 }, { "u4", CKPT_U32 }, { "f4", CKPT_F32 },
	{ "i8", CKPT_I64 }, { "u8", CKPT_U64 }, { "f8", CKPT_F64 },
	{ "c8", CKPT_C64 }, { "c16", CKPT_C128 },
};

bool
ckpt_npy_format_descr(enum ckpt_type type, char descr[NPY_DESCR])
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type) {
			snprintf(descr, NPY_DESCR, "%c%s",
			    ckpt_type_size(type) > 1 ? '<' : '|',
			    types[i].kind);
			return true;
		}
	return false;
}

enum ckpt_type
ckpt_npy_find_type(const char *descr, unsigned *swap)
{
	enum ckpt_type type = CKPT_OTHER;
	unsigned size;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (*descr && strcmp(descr + 1, types[i].kind) == 0)
			type = types[i].type;
	size = ckpt_type_size(type);
	if (type == CKPT_C64 || type == CKPT_C128)
		size /= 2;
	*swap = *descr == '>' && size > 1 ? size : 0;
	/* numbers of several bytes need an order */
	return strchr(size > 1 ? "<>" : "<>|=", *descr) ? type : CKPT_OTHER;
}

/* A string; or a list, of the fields of a structured type. */
static int
parse_descr(struct scan *s, struct npy_layout *a)
{
	int depth = 0;

	skip_blanks(s);
	if (*s->p != '[')
		return parse_string(s, a->descr);
	do {
		if (*s->p == '\'' || *s->p == '"')
			s->p += 1 + strcspn(s->p + 1, *s->p == '"' ?
			    "\"\\\n" : "'\\\n");
		depth += strchr("[(", *s->p) ? 1 : strchr("])", *s->p) ? -1 : 0;
		if (*s->p == 0 || *s->p == '\\')
			return fail_wanted(s, "a list of fields");
		s->p++;
	} while (depth > 0);
	strcpy(a->descr, "structured");
	return 0;
}

/* A key and its value; *seen has a bit for each key. */
static int
parse_entry(struct scan *s, struct npy_layout *a, struct ckpt_tensor *t,
    unsigned *seen)
{
	static const char *const keys[] = { "descr", "fortran_order", "shape" };
	char key[NPY_DESCR];
	size_t i = 0;

	if (parse_string(s, key) < 0)
		return -1;
	while (i < 3 && strcmp(key, keys[i]) != 0)
		i++;
	if (i == 3 || *seen & 1u << i)
		return fail_wanted(s, "one descr, fortran_order and shape");
	*seen |= 1u << i;
	if (!accept_char(s, ':'))
		return fail_wanted(s, "':'");
	if (i == 0)
		return parse_descr(s, a);
	return i == 1 ? parse_bool(s, &a->fortran) : parse_shape(s, t);
}

static int
parse_header(struct scan *s, struct npy_layout *a, struct ckpt_tensor *t)
{
	unsigned seen = 0;

	if (!accept_char(s, '{'))
		return fail_wanted(s, "'{'");
	while (!accept_char(s, '}')) {
		if (parse_entry(s, a, t, &seen) < 0)
			return -1;
		if (!accept_char(s, ',') && *s->p != '}')
			return fail_wanted(s, "',' or '}'");
	}
	skip_blanks(s);
	if (*s->p)
		return fail_wanted(s, "the end");
	return seen == 7 ? 0 :
	    fail_wanted(s, "descr, fortran_order and shape");
}

int
ckpt_npy_read_header(struct ckpt_rd *rd, struct ckpt_input *in,
    struct npy_layout *a, struct ckpt_tensor *t, const char *what)
{
	struct scan s = { .rd = rd, .what = what };
	struct ckpt_buffer b = { 0 };
	int r = ckpt_gather(rd, in, &b, 10, what);
	uint32_t n = 0;

	if (r == 0 && memcmp(b.p, NPY_MAGIC, 6) != 0)
		r = ckpt_fail(rd, CKPT_BAD, "%.200s: not a NumPy array", what);
	if (r == 0 && (b.p[6] < 1 || b.p[6] > 3 || b.p[7] != 0))
		r = ckpt_fail(rd, CKPT_UNSUPPORTED, "%.200s: version %d.%d of "
		    "NumPy's format, wanted 1.0 to 3.0", what, b.p[6], b.p[7]);
	if (r == 0 && b.p[6] == 1)
		n = load_le16(b.p + 8);
	else if (r == 0 && (r = ckpt_gather(rd, in, &b, 2, what)) == 0)
		n = load_le32(b.p + 8);
	if (r == 0 && n > HEADER)
		r = ckpt_fail(rd, CKPT_BAD, "%.200s: a header of %" PRIu32
		    " bytes, at most %d", what, n, HEADER);
	b.n = 0;
	if (r == 0)
		r = ckpt_gather(rd, in, &b, n, what);
	if (r == 0 && ckpt_buffer_add(&b, "", 1) < 0)
		r = ckpt_fail_memory(rd);
	s.p = (char *)b.p;
	if (r == 0 && strlen(s.p) != n)
		r = ckpt_fail(rd, CKPT_BAD, "%.200s: NUL in the header", what);
	if (r == 0)
		r = parse_header(&s, a, t);
	free(b.p);
	if (r < 0)
		return -1;
	t->type = a->type = ckpt_npy_find_type(a->descr, &a->swap);
	t->dtype = ckpt_type_name(a->type);
	if (a->type == CKPT_OTHER) {
		ckpt_list_only(t, a->descr);
		return 0;
	}
	return ckpt_measure(t) < 0 ? ckpt_fail(rd, CKPT_BAD, "%.200s: "
	    "dimensions overflow", what) : 0;
}
