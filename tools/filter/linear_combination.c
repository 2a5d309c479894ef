/* linear_combination.c - linear combinations of tensors, in double */
#include <string.h>

#include "linear_combination.h"

enum { PART = 4096 };

bool
cli_can_combine(const struct ckpt_tensor *t)
{
	/* E8M0 has powers of two only */
	return ckpt_type_is_float(t->type) && t->type != CKPT_F8_E8M0;
}

struct ckpt_tensor
cli_tensor_range(const struct ckpt_tensor *t, size_t i, size_t n)
{
	size_t size = ckpt_type_size(t->type);

	return (struct ckpt_tensor){ .type = t->type, .rank = 1, .dim = { n },
	    .len = n, .size = n * size, .data = (char *)t->data + i * size };
}

/* The common case of two F32 tensors, in one pass. */
static void
combine_f32(float *dst, const float *x, double a, const float *y, double b,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = (float)(a * x[i] + b * y[i]);
}

void
cli_range_doubles(double *dst, const struct ckpt_tensor *t, size_t i, size_t n)
{
	ckpt_to_double(dst, (char *)t->data + i * ckpt_type_size(t->type),
	    t->type, n);
}

void
cli_combine(void *dst, const struct ckpt_tensor *x, double a,
    const struct ckpt_tensor *y,
    double b)
{
	double u[PART], v[PART];

	if (x->type == CKPT_F32 && y->type == CKPT_F32) {
		combine_f32(dst, x->data, a, y->data, b, x->len);
		return;
	}
	for (size_t i = 0; i < x->len; i += PART) {
		size_t n = x->len - i < PART ? x->len - i : PART;

		cli_range_doubles(u, x, i, n);
		cli_range_doubles(v, y, i, n);
		for (size_t k = 0; k < n; k++)
			u[k] = a * u[k] + b * v[k];
		ckpt_from_double((char *)dst + i * ckpt_type_size(x->type), u,
		    x->type, n);
	}
}

void
cli_combine_scaled(void *dst, enum ckpt_type type, const struct ckpt_tensor *x,
    double mul,
    double div)
{
	double u[PART];

	for (size_t i = 0; i < x->len; i += PART) {
		size_t n = x->len - i < PART ? x->len - i : PART;

		cli_range_doubles(u, x, i, n);
		for (size_t k = 0; k < n; k++)
			u[k] = u[k] * mul / div;
		ckpt_from_double((char *)dst + i * ckpt_type_size(type), u,
		    type, n);
	}
}

void
cli_warn_unequal(const struct ckpt_tensor *x, const struct ckpt_tensor *y)
{
	static bool warned;

	if (warned || x->size == 0 || memcmp(x->data, y->data, x->size) == 0)
		return;
	cli_warn("%s: %s that differ are taken from the first", x->name,
	    x->dtype);
	warned = true;
}
