/* matrix_noise.c - noise added to a weight matrix, its norm restored */
#include <math.h>

#include "matrix_noise.h"
#include "tensor_noise.h"

enum { PART = 4096 };			/* numbers at a time */

/* n elements of t from i on into w, and their noise into x. */
static size_t
part(double w[PART], double x[PART], const struct ckpt_tensor *t, size_t i,
    uint64_t seed)
{
	size_t n = t->len - i < PART ? t->len - i : PART;

	ckpt_to_double(w, (char *)t->data + i * ckpt_type_size(t->type),
	    t->type, n);
	cli_noise_normal(x, i, n, seed, cli_noise_stream("", t->name));
	return n;
}

/*
 * W becomes by * (W + c * N). The norm of the sum follows from
 * |W + c N|^2 = |W|^2 + 2 c <W, N> + c^2 |N|^2, so one pass tells c and by,
 * and another makes the same noise again rather than keep it. The Frobenius
 * norm is that of all elements, however they lie.
 */
int
cli_add_noise(struct ckpt_tensor *t, double sigma, uint64_t seed, char *err, size_t size)
{
	double w[PART], x[PART], ww = 0, wx = 0, xx = 0, c, by;

	if (sigma == 0)
		return 0;
	for (size_t i = 0, n; i < t->len; i += n) {
		n = part(w, x, t, i, seed);
		for (size_t k = 0; k < n; k++) {
			ww += w[k] * w[k];
			wx += w[k] * x[k];
			xx += x[k] * x[k];
		}
	}
	if (!isfinite(ww)) {
		snprintf(err, size, "its norm is not a number");
		return -1;
	}
	if (ww == 0)			/* no norm to be relative to */
		return 0;
	c = sigma * sqrt(ww / xx);
	by = sqrt(ww / (ww + 2 * c * wx + c * c * xx));
	for (size_t i = 0, n; i < t->len; i += n) {
		n = part(w, x, t, i, seed);
		for (size_t k = 0; k < n; k++)
			w[k] = by * (w[k] + c * x[k]);
		ckpt_from_double((char *)t->data +
		    i * ckpt_type_size(t->type), w, t->type, n);
	}
	return 0;
}
