/* submatrix.c - submatrices of tensors: a projection, a head, a half */
#include <stdlib.h>
#include <string.h>

#include "spec.h"

/* The dimensions of a tensor, those of swapped ones exchanged. */
struct shape { uint64_t rows, cols, taps; };

static struct shape
get_shape(const struct ckpt_tensor *t, const struct spec_submatrix *c)
{
	struct shape v = { t->dim[c->swap], t->dim[!c->swap], 1 };

	for (int i = 2; i < t->rank; i++)
		v.taps *= t->dim[i];
	return v;
}

bool
spec_submatrix_shape(const struct ckpt_tensor *t,
    const struct spec_submatrix *c, struct spec_matrix *m, uint64_t *taps)
{
	struct shape v;
	uint64_t rows;

	if (spec_count(t, SPEC_FLAT) == 0)
		return false;
	v = get_shape(t, c);
	rows = v.rows / c->rows;
	if (v.rows % c->rows || rows % c->heads || v.cols % c->cols)
		return false;
	*m = (struct spec_matrix){ .type = t->type, .stride = 1,
	    .rows = c->head == SPEC_ALL_HEADS ? rows * c->repeat :
		rows / c->heads,
	    .cols = v.cols / c->cols * v.taps };
	*taps = v.taps;
	return true;
}

/* The row of the tensor that is row i of the submatrix. */
static uint64_t
find_row(const struct shape *v, const struct spec_submatrix *c, uint64_t i)
{
	uint64_t rows = v->rows / c->rows, width = rows / c->heads;
	uint64_t head = c->head == SPEC_ALL_HEADS ? i / width / c->repeat :
	    (uint64_t)c->head;

	i %= width;
	if (c->by_head)
		return (head * c->rows + c->row) * width + i;
	return c->row * rows + head * width + i;
}

void *
spec_submatrix_copy(const struct ckpt_tensor *t,
    const struct spec_submatrix *c, struct spec_matrix *m)
{
	struct shape v = get_shape(t, c);
	size_t size = ckpt_type_size(t->type), tap = v.taps * size;
	const char *from = t->data;
	uint64_t taps, cols;
	char *to, *all;

	if (!spec_submatrix_shape(t, c, m, &taps))
		return NULL;
	to = all = malloc(m->rows * m->cols * size + 1);
	if (all == NULL)
		return NULL;
	m->data = all;
	cols = v.cols / c->cols;
	for (uint64_t i = 0; i < m->rows; i++) {
		uint64_t row = find_row(&v, c, i), col = c->col * cols;

		if (!c->swap) {
			memcpy(to, from + (row * v.cols + col) * tap,
			    cols * tap);
			to += cols * tap;
			continue;
		}
		for (uint64_t j = 0; j < cols; j++, to += tap)
			memcpy(to, from + ((col + j) * v.rows + row) * tap,
			    tap);
	}
	return all;
}

bool
spec_submatrix_equal(const struct spec_submatrix *a,
    const struct spec_submatrix *b)
{
	return a->swap == b->swap && a->row == b->row && a->rows == b->rows &&
	    a->by_head == b->by_head && a->heads == b->heads &&
	    a->head == b->head && a->repeat == b->repeat &&
	    a->col == b->col && a->cols == b->cols;
}
