/* torch_chunk.c - a tensor of a distributed checkpoint, from its chunks */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sibling_file.h"
#include "torch_dcp.h"

void
dcp_shape(const struct dcp_tensor *v, struct tensor *t)
{
	t->type = v->type;
	t->dtype = ckpt_type_name(v->type);
	t->rank = (int)v->dim->n;
	for (int i = 0; i < t->rank; i++)
		t->dim[i] = (uint64_t)v->dim->item[i]->i;
}

int
dcp_folder(struct ckpt_file *f, struct dcp *d)
{
	d->folder = beside_folder(f);
	return d->folder >= 0 ? 0 : ckpt_fail(f->rd, CKPT_UNSUPPORTED,
	    "a distributed checkpoint is read from its folder only");
}

void
dcp_leave(struct dcp *d)
{
	if (d->folder >= 0)
		close(d->folder);
}

/* The tensor of a chunk into b. */
static int
read_chunk(struct ckpt_file *f, struct dcp *d, const struct dcp_chunk *c,
    struct buf *b)
{
	struct ckpt_file part = { .rd = f->rd, .path = f->path,
	    .in = beside_open(f->rd,
	    d->folder, c->file, c->at, c->len, d->now->name) };
	struct tensor t;
	int r = part.in ? torch_zip.open(&part) : -1;

	if (r == 0)
		r = torch_zip.next(&part, &t);
	if (r == 0)
		r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: no tensor in its "
		    "chunk of %.200s", d->now->name, c->file);
	for (size_t i = 0; r == 1 && i < c->size->n; i++)
		if (t.rank != (int)c->size->n ||
		    t.dim[i] != (uint64_t)c->size->item[i]->i)
			r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: another shape "
			    "in its chunk of %.200s", d->now->name, c->file);
	if (r == 1 && (t.type != d->now->type || t.rank != (int)c->size->n))
		r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: another dtype or rank "
		    "in its chunk of %.200s", d->now->name, c->file);
	if (r == 1)
		r = torch_zip.load(&part, &t, b);
	torch_zip.close(&part);
	in_close(part.in);
	return r;
}

/* Where a chunk goes in the tensor: row by row of the last dimension. */
static void
put_chunk(const struct dcp_tensor *v, const struct dcp_chunk *c,
    const unsigned char *from, unsigned char *to)
{
	size_t rank = v->dim->n, each = ckpt_type_size(v->type);
	uint64_t at[CKPT_RANK] = { 0 }, len = 1, row;

	for (size_t i = 0; i < rank; i++)
		len *= (uint64_t)c->size->item[i]->i;
	if (len == 0)
		return;
	row = rank > 0 ? (uint64_t)c->size->item[rank - 1]->i : 1;
	for (uint64_t done = 0; done < len; done += row) {
		uint64_t place = 0;

		for (size_t i = 0; i < rank; i++)
			place = place * (uint64_t)v->dim->item[i]->i + at[i] +
			    (uint64_t)c->offset->item[i]->i;
		memcpy(to + place * each, from, row * each);
		from += row * each;
		for (size_t i = rank; i-- > 1; ) {
			if (++at[i - 1] < (uint64_t)c->size->item[i - 1]->i)
				break;
			at[i - 1] = 0;
		}
	}
}

static bool
overlap(const struct dcp_chunk *a, const struct dcp_chunk *b)
{
	for (size_t i = 0; i < a->offset->n; i++) {
		int64_t x = a->offset->item[i]->i, y = b->offset->item[i]->i;

		if (x + a->size->item[i]->i <= y ||
		    y + b->size->item[i]->i <= x)
			return false;
	}
	return true;
}

/* Chunks that do not overlap and have as many elements as the tensor leave
 * no hole. */
static int
check(struct ckpt_file *f, const struct tensor *t, const struct dcp_chunk *c,
    size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t len = 1;

		for (int k = 0; k < t->rank; k++)
			len *= (uint64_t)c[i].size->item[k]->i;
		all += len;
		for (size_t k = 0; k < i && len > 0; k++)
			if (overlap(&c[i], &c[k]))
				return ckpt_fail(f->rd, CKPT_BAD,
				    "%.200s: chunks overlap", t->name);
	}
	return all == t->len ? 0 : ckpt_fail(f->rd, CKPT_BAD, "%.200s: its "
	    "chunks are %" PRIu64 " elements, wanted %" PRIu64, t->name, all,
	    t->len);
}

int
dcp_load(struct ckpt_file *f, struct tensor *out, struct buf *b)
{
	struct dcp *d = f->state;
	const struct dcp_chunk *c = (struct dcp_chunk *)d->chunks.p +
	    d->now->first;

	if (check(f, out, c, d->now->n) < 0)
		return -1;
	if (d->now->n == 1)
		return read_chunk(f, d, c, b);
	if (buf_room(b, out->size) < 0)
		return ckpt_fail(f->rd, CKPT_IO, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < d->now->n; i++) {
		d->part.n = 0;
		if (read_chunk(f, d, &c[i], &d->part) < 0)
			return -1;
		put_chunk(d->now, &c[i], d->part.p, b->p);
	}
	b->n = out->size;
	return 0;
}
