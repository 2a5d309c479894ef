/* spec_view.c - which tensors are matrices, and how they lie in memory */
#include "spec.h"

/* Is t taken apart? An empty tensor, or one of a type without values, gets
 * the one row that says so. */
static bool
sliced(const struct tensor *t, enum spec_conv conv)
{
	return conv == SPEC_SLICES && t->len > 0 && ckpt_type_is_float(t->type);
}

uint64_t
spec_count(const struct tensor *t, enum spec_conv conv)
{
	uint64_t taps = 1;

	if (t->rank < 2)
		return 0;
	if (!ckpt_type_is_float(t->type) && t->type != CKPT_OTHER &&
	    t->type != CKPT_C64 && t->type != CKPT_C128)
		return 0;
	if (sliced(t, conv))
		for (int i = 2; i < t->rank; i++)
			taps *= t->dim[i];
	return taps;
}

struct spec_matrix
spec_view(const struct tensor *t, enum spec_conv conv, uint64_t i)
{
	struct spec_matrix m = {
		.type = t->type, .rows = t->dim[0], .cols = 1, .stride = 1,
	};

	if (t->data)
		m.data = (const char *)t->data + i * ckpt_type_size(t->type);
	for (int k = 1; k < t->rank; k++)
		if (k > 1 && sliced(t, conv))
			m.stride *= t->dim[k];
		else
			m.cols *= t->dim[k];
	return m;
}
