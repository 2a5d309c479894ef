/* matrix_view.c - the matrices in a tensor, and their layout in memory */
#include "spec.h"

/* Is t divided into taps? An empty tensor, or one of a type without values, is
 * one matrix, whose decomposition fails. */
static bool
is_sliced(const struct ckpt_tensor *t, enum spec_conv conv)
{
	return conv == SPEC_SLICES && t->len > 0 && ckpt_type_is_float(t->type);
}

uint64_t
spec_count(const struct ckpt_tensor *t, enum spec_conv conv)
{
	uint64_t taps = 1;

	if (t->rank < 2)
		return 0;
	if (!ckpt_type_is_float(t->type) && t->type != CKPT_OTHER &&
	    t->type != CKPT_C64 && t->type != CKPT_C128)
		return 0;
	if (is_sliced(t, conv))
		for (int i = 2; i < t->rank; i++)
			taps *= t->dim[i];
	return taps;
}

struct spec_matrix
spec_view(const struct ckpt_tensor *t, enum spec_conv conv, uint64_t i)
{
	bool swap = t->swapped && t->rank > 2;
	struct spec_matrix m = {
		.type = t->type, .rows = t->dim[swap], .cols = t->dim[!swap],
		.stride = 1, .run = swap,
	};

	if (t->data)
		m.data = (const char *)t->data + i * ckpt_type_size(t->type);
	for (int k = 2; k < t->rank; k++)
		if (is_sliced(t, conv)) {
			m.stride *= t->dim[k];
		} else {
			m.cols *= t->dim[k];
			m.run *= t->dim[k];
		}
	return m;
}

void
spec_to_double(const struct spec_matrix *m, double *x)
{
	size_t size = ckpt_type_size(m->type);

	for (uint64_t i = 0; i < m->rows; i++)
		for (uint64_t j = 0; j < m->cols; j++)
			ckpt_to_double(x++, (const char *)m->data +
			    spec_at(m, i, j) * size, m->type, 1);
}

void
spec_from_double(const struct spec_matrix *m, const double *x)
{
	size_t size = ckpt_type_size(m->type);

	for (uint64_t i = 0; i < m->rows; i++)
		for (uint64_t j = 0; j < m->cols; j++)
			ckpt_from_double((char *)m->data + spec_at(m, i, j) *
			    size, x++, m->type, 1);
}
