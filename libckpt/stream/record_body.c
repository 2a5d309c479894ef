/* record_body.c - the bodies of ckpt/1 tensors: decoded, checked, skipped */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "record_reader.h"

enum { LIKELY = 8 };	/* the best compression ratio expected */

void
ckpt_records_drop_base(void *p)
{
	struct ckpt_base_tensor *b = p;

	free(b->data.p);
	free(b);
}

static int
fail_cut(struct ckpt_rd *r, uint64_t got)
{
	return ckpt_fail(r, CKPT_CUT, "cut short in %s: wanted %" PRIu64
	    " bytes, got %" PRIu64, r->native->t.name, r->native->head.size,
	    got);
}

static int
read_padding(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	const unsigned char *p;
	ptrdiff_t got;

	n->pending = false;
	if (n->padding == 0)
		return 0;
	got = ckpt_zstd_reader_take(n->src, &p, n->padding);
	if (got < 0)
		return -1;
	if ((uint64_t)got < n->padding)
		return fail_cut(r, n->head.size);
	while (got > 0)
		if (p[--got] != 0)
			return ckpt_fail(r, CKPT_BAD,
			    "%s: padding is not zero", n->t.name);
	return 0;
}

ptrdiff_t
ckpt_records_body(struct ckpt_rd *r, const unsigned char **p)
{
	struct ckpt_records *n = r->native;
	uint64_t part = n->enc & ENC_SPLIT ? n->chunk : CHUNK;
	ptrdiff_t got;

	if (n->left == 0)
		return n->pending ? read_padding(r) : 0;
	if (n->left == n->head.size)
		ckpt_zstd_reader_prefetch(n->src, n->left + n->padding);
	if (part > n->left)
		part = n->left;
	got = ckpt_zstd_reader_take(n->src, p, part);
	if (got < 0)
		return -1;
	if ((uint64_t)got < part)
		return fail_cut(r, n->head.size - n->left + got);
	n->left -= part;
	return got;
}

/* Load the tensor of the previous checkpoint that this one is a difference to. */
static int
load_base(struct ckpt_rd *r, struct ckpt_base_tensor **base)
{
	struct ckpt_records *n = r->native;
	struct ckpt_tensor *t = &n->t;
	void **slot = ckpt_name_map_find(&n->before, t->name);
	struct ckpt_base_tensor *b = slot ? *slot : NULL;
	char is[SHAPE_TEXT], was[SHAPE_TEXT];

	if (slot)
		*slot = NULL;
	if ((n->enc & ENC_XOR) == 0) {
		if (b)
			ckpt_records_drop_base(b);
		*base = calloc(1, sizeof **base);
		return *base ? 0 :
		    ckpt_fail_memory(r);
	}
	if (b == NULL)
		return ckpt_fail(r, CKPT_BAD, "%s: no base in the checkpoint "
		    "before", t->name);
	*base = b;
	if (++b->depth > CHAIN_MAX)
		return ckpt_fail(r, CKPT_LIMIT, "%s: a chain of more than %d "
		    "differences", t->name, CHAIN_MAX);
	if (b->t.type != t->type || !ckpt_equal_shapes(&b->t, t))
		return ckpt_fail(r, CKPT_BAD, "%s: %s %s, but its base in the "
		    "checkpoint before is %s %s", t->name,
		    ckpt_type_name(t->type), ckpt_shape_text(is, t),
		    ckpt_type_name(b->t.type), ckpt_shape_text(was, &b->t));
	if (HASHES && b->t.hash != n->base_hash)
		return ckpt_fail(r, CKPT_BAD, "%s: base %016" PRIx64
		    " expected, found %016" PRIx64, t->name, n->base_hash,
		    b->t.hash);
	return 0;
}

/*
 * How much to allocate for a body at first: all of it if the file is long enough
 * to hold its bytes, compressed as weights are; else it grows as they arrive.
 */
static uint64_t
first_allocation(const struct ckpt_rd *r)
{
	uint64_t want = r->native->left + 1, all = ckpt_input_size(r->in);

	if (all != UINT64_MAX && want / LIKELY <= all - ckpt_input_tell(r->in))
		return want;
	return want < CHUNK_MAX ? want : CHUNK_MAX;
}

/* Decode the whole body into out, which holds the base of a difference. */
static int
decode_body(struct ckpt_rd *r, struct ckpt_buffer *out)
{
	struct ckpt_records *n = r->native;
	size_t size = ckpt_type_size(n->t.type);
	const unsigned char *p;
	XXH64_state_t hash;
	ptrdiff_t got;

	XXH64_reset(&hash, 0);
	if ((n->enc & ENC_XOR) == 0) {
		out->n = 0;
		if (ckpt_buffer_reserve(out, first_allocation(r)) < 0)
			return ckpt_fail_memory(r);
	}
	out->n = 0;
	while (n->left > 0 && (got = ckpt_records_body(r, &p)) > 0) {
		unsigned char *to;

		if (ckpt_buffer_reserve(out, got) < 0)
			return ckpt_fail_memory(r);
		to = out->p + out->n;
		if (n->enc == (ENC_XOR | ENC_SPLIT)) {
			n->joined.n = 0;
			if (ckpt_buffer_reserve(&n->joined, got) < 0)
				return ckpt_fail_memory(r);
			ckpt_join_planes(n->joined.p, p, got, size);
			p = n->joined.p;
		}
		if (n->enc & ENC_XOR)
			ckpt_xor_bytes(to, p, got);
		else if (n->enc & ENC_SPLIT)
			ckpt_join_planes(to, p, got, size);
		else
			memcpy(to, p, got);
		XXH64_update(&hash, to, got);
		out->n += got;
	}
	if (r->why != CKPT_FINE || read_padding(r) < 0)
		return -1;
	if (HASHES && XXH64_digest(&hash) != n->t.hash)
		return ckpt_fail(r, CKPT_BAD, "%s: hash %016" PRIx64
		    " expected, bytes have %016" PRIx64, n->t.name, n->t.hash,
		    (uint64_t)XXH64_digest(&hash));
	return 0;
}

/* Decode the tensor into r->data, or as a base for the next checkpoint. */
static int
load_body(struct ckpt_rd *r, struct ckpt_base_tensor **kept)
{
	struct ckpt_records *n = r->native;
	struct ckpt_base_tensor *base = NULL;

	*kept = NULL;
	if (n->odd_enc[0])
		return ckpt_fail(r, CKPT_UNSUPPORTED,
		    "%s: unknown encoding %s", n->t.name, n->odd_enc);
	if (!n->keep && (n->enc & ENC_XOR) == 0)
		return decode_body(r, &r->data);
	if (load_base(r, &base) < 0 || decode_body(r, &base->data) < 0)
		goto fail;
	if (!n->keep) {			/* the chain ends here */
		struct ckpt_buffer swap = r->data;

		r->data = base->data;
		base->data = swap;
		ckpt_records_drop_base(base);
		return 0;
	}
	base->t = n->t;
	if (ckpt_name_map_add(&n->kept, n->t.name, base) < 0) {
		ckpt_fail_memory(r);
		goto fail;
	}
	*kept = base;
	return 0;
fail:
	if (base)
		ckpt_records_drop_base(base);
	return -1;
}

int
ckpt_records_load(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	struct ckpt_base_tensor *kept;

	if (load_body(r, &kept) < 0)
		return -1;
	if (kept) {			/* callers may change t's data */
		r->data.n = 0;
		if (ckpt_buffer_reserve(&r->data, kept->data.n + 1) < 0 ||
		    ckpt_buffer_add(&r->data, kept->data.p, kept->data.n) < 0)
			return ckpt_fail_memory(r);
	}
	t->data = r->data.p;
	return 0;
}

int
ckpt_records_skip_body(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	struct ckpt_base_tensor *unused;
	int done;

	if (!n->pending)
		return 0;
	if (n->keep && n->left == n->head.size && n->t.type != CKPT_OTHER &&
	    !n->odd_enc[0] &&
	    (r->want == NULL || r->want(r->name, r->want_arg))) {
		if (n->t.size > r->limit)
			return ckpt_fail(r, CKPT_LIMIT, "%s: %" PRIu64
			    " bytes, limit %" PRIu64, r->name, n->t.size,
			    r->limit);
		return load_body(r, &unused);
	}
	n->pending = false;
	done = ckpt_zstd_reader_skip(n->src, n->left + n->padding);
	return done == 0 ? ckpt_fail(r, CKPT_CUT, "cut short in %s of %"
	    PRIu64 " bytes", n->t.name, n->head.size) : done < 0 ? -1 : 0;
}

bool
ckpt_records_copyable(const struct ckpt_rd *r, bool wrapped)
{
	const struct ckpt_records *n = r->native;

	if (n == NULL || !n->pending || n->left != n->head.size)
		return false;
	if (n->t.type == CKPT_OTHER || n->odd_enc[0])
		return true;		/* decoding is the only way */
	/* a plain body is wrapped better as byte planes, and the plain layer
	 * has none; differences are only right where they stand */
	return !n->keep && (n->enc & ENC_XOR) == 0 &&
	    (wrapped ? ckpt_zstd_reader_is_wrapped(n->src) : n->enc == 0);
}
