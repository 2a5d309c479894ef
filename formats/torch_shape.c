/* torch_shape.c - shapes of PyTorch's tensors, and copies in C order */
#include <string.h>

#include "base/ndindex.h"
#include "torch.h"

void
ckpt_torch_set_shape(enum ckpt_type type, const struct ckpt_pickle_node *dim,
    struct ckpt_tensor *t)
{
	t->type = type;
	t->dtype = ckpt_type_name(type);
	t->rank = dim ? (int)dim->n : 0;
	for (int i = 0; i < t->rank; i++)
		t->dim[i] = (uint64_t)dim->item[i]->i;
}

bool
ckpt_torch_is_contiguous(const struct torch_tensor *v)
{
	uint64_t step = 1;

	for (size_t i = v->dim->n; i-- > 0; ) {
		uint64_t dim = (uint64_t)v->dim->item[i]->i;

		if (dim == 0)
			return true;
		if (dim > 1 && (uint64_t)v->stride->item[i]->i != step)
			return false;
		step *= dim;	/* overflow: see ckpt_torch_rebuild_tensor */
	}
	return true;
}

/* n elements that lie step bytes apart. */
static void
copy_row(unsigned char *to, const unsigned char *from, uint64_t n,
    size_t each, uint64_t step)
{
	if (step == each) {
		memcpy(to, from, n * each);
		return;
	}
	/* memcpy of a constant size is an instruction, not a call */
	for (uint64_t i = 0; i < n; i++, from += step, to += each)
		switch (each) {
		case 1:		*to = *from; break;
		case 2:		memcpy(to, from, 2); break;
		case 4:		memcpy(to, from, 4); break;
		case 8:		memcpy(to, from, 8); break;
		default:	memcpy(to, from, each); break;
		}
}

void
ckpt_torch_copy_contiguous(const struct torch_tensor *v,
    const unsigned char *storage, unsigned char *to)
{
	const unsigned char *from = storage + v->offset;
	size_t each = ckpt_type_size(v->type);
	uint64_t at[CKPT_RANK] = { 0 }, step[CKPT_RANK] = { 0 };
	uint64_t row, place = 0;
	struct ckpt_tensor t;
	int last;

	ckpt_torch_set_shape(v->type, v->dim, &t);
	ckpt_measure(&t);
	last = t.rank > 0 ? t.rank - 1 : 0;
	row = t.rank > 0 ? t.dim[last] : 1;
	for (int i = 0; i < t.rank; i++)
		step[i] = (uint64_t)v->stride->item[i]->i * each;
	for (uint64_t done = 0; done < t.len; done += row) {
		copy_row(to, from + place, row, each, step[last]);
		to += row * each;
		place += ckpt_ndindex_next(at, t.dim, step, last);
	}
}
