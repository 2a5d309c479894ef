/* torch_chunk.c - tensors of a distributed checkpoint, made from chunks */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/ndindex.h"
#include "base/shape.h"
#include "sibling_file.h"
#include "torch_dcp.h"

int
ckpt_dcp_open_folder(struct ckpt_file *f, struct torch_dcp *d)
{
	d->folder = ckpt_sibling_open_folder(f);
	return d->folder >= 0 ? 0 : ckpt_fail(f->rd, CKPT_UNSUPPORTED,
	    "a distributed checkpoint can only be read from its folder");
}

void
ckpt_dcp_close_folder(struct torch_dcp *d)
{
	if (d->folder >= 0)
		close(d->folder);
}

/* Append the tensor of a chunk to b. */
static int
read_chunk(struct ckpt_file *f, struct torch_dcp *d,
    const struct torch_dcp_chunk *c, struct ckpt_buffer *b)
{
	const char *name = d->tensor->name;
	struct ckpt_file chunk = { .rd = f->rd, .path = f->path,
	    .in = ckpt_sibling_open(f->rd, d->folder, c->file, c->at, c->len,
	    name) };
	struct ckpt_tensor t, want;
	char is[SHAPE_TEXT], wanted[SHAPE_TEXT];
	int r = chunk.in ? ckpt_format_torch_zip.open(&chunk) : -1;

	if (r == 0)
		r = ckpt_format_torch_zip.next(&chunk, &t);
	if (r == 0)
		r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: no tensor in its "
		    "chunk of %.200s", name, c->file);
	ckpt_torch_set_shape(d->tensor->type, c->size, &want);
	if (r == 1 && !ckpt_equal_shapes(&t, &want))
		r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: wrong shape of its "
		    "chunk in %.200s: %s, wanted %s", name, c->file,
		    ckpt_shape_text(is, &t), ckpt_shape_text(wanted, &want));
	if (r == 1 && t.type != d->tensor->type)
		r = ckpt_fail(f->rd, CKPT_BAD, "%.200s: wrong dtype of its "
		    "chunk in %.200s: %s, wanted %s", name, c->file,
		    ckpt_type_name(t.type), ckpt_type_name(d->tensor->type));
	if (r == 1)
		r = ckpt_format_torch_zip.load(&chunk, &t, b);
	ckpt_format_torch_zip.close(&chunk);
	ckpt_input_close(chunk.in);
	return r;
}

/* Copy a chunk to its offset in the tensor, row by row. */
static void
copy_chunk(const struct torch_dcp_tensor *v, const struct torch_dcp_chunk *c,
    const unsigned char *from, unsigned char *to)
{
	uint64_t at[CKPT_RANK] = { 0 }, dim[CKPT_RANK], stride[CKPT_RANK];
	uint64_t len = 1, place = 0, row, step = ckpt_type_size(v->type);
	int rank = (int)v->dim->n;

	row = rank > 0 ? (uint64_t)c->size->item[rank - 1]->i * step : step;
	for (int i = rank; i-- > 0; step *= (uint64_t)v->dim->item[i]->i) {
		stride[i] = step;
		dim[i] = (uint64_t)c->size->item[i]->i;
		place += (uint64_t)c->offset->item[i]->i * step;
		len *= dim[i];
	}
	len *= ckpt_type_size(v->type);
	for (uint64_t done = 0; done < len; done += row, from += row) {
		memcpy(to + place, from, row);
		place += ckpt_ndindex_next(at, dim, stride, rank - 1);
	}
}

static bool
do_overlap(const struct torch_dcp_chunk *a, const struct torch_dcp_chunk *b)
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
 * no gap. */
static int
check_chunks(struct ckpt_file *f, const struct ckpt_tensor *t,
    const struct torch_dcp_chunk *c, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t len = 1;

		for (int k = 0; k < t->rank; k++)
			len *= (uint64_t)c[i].size->item[k]->i;
		all += len;
		for (size_t k = 0; k < i && len > 0; k++)
			if (do_overlap(&c[i], &c[k]))
				return ckpt_fail(f->rd, CKPT_BAD,
				    "%.200s: chunks overlap", t->name);
	}
	return all == t->len ? 0 : ckpt_fail(f->rd, CKPT_BAD, "%.200s: its "
	    "chunks have %" PRIu64 " elements, wanted %" PRIu64, t->name, all,
	    t->len);
}

int
ckpt_dcp_load(struct ckpt_file *f, struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	struct torch_dcp *d = f->state;
	const struct torch_dcp_tensor *v = d->tensor;
	const struct torch_dcp_chunk *c =
	    (struct torch_dcp_chunk *)d->chunks.p + v->first;

	if (check_chunks(f, out, c, v->n) < 0)
		return -1;
	if (v->n == 1)
		return read_chunk(f, d, c, b);
	if (ckpt_buffer_reserve(b, out->size) < 0)
		return ckpt_fail_memory(f->rd);
	for (size_t i = 0; i < v->n; i++) {
		d->chunk.n = 0;
		if (read_chunk(f, d, &c[i], &d->chunk) < 0)
			return -1;
		copy_chunk(v, &c[i], d->chunk.p, b->p);
	}
	b->n = out->size;
	return 0;
}
