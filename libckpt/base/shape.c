/* shape.c - shapes of tensors: as text, and compared */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shape.h"

const char *
ckpt_shape_text(char text[SHAPE_TEXT], const struct ckpt_tensor *t)
{
	size_t n = 0;

	*text = 0;
	for (int i = 0; i < t->rank; i++)
		n += snprintf(text + n, SHAPE_TEXT - n, "%s%" PRIu64,
		    i ? "x" : "", t->dim[i]);
	return text;
}

bool
ckpt_equal_shapes(const struct ckpt_tensor *x, const struct ckpt_tensor *y)
{
	return x->rank == y->rank &&
	    memcmp(x->dim, y->dim, x->rank * sizeof *x->dim) == 0;
}
