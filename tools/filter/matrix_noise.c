/* matrix_noise.c - Gaussian noise on a weight matrix, whose norm is kept */
#include <math.h>

#include "matrix_noise.h"
#include "tensor_distance.h"
#include "tensor_noise.h"

enum { BLOCK = 4096 };			/* elements converted at a time */

/* Elements of t from i on, at most a block, into w and their noise into x: how
 * many. */
static size_t
read_block(double w[BLOCK], double x[BLOCK], const struct ckpt_tensor *t,
    size_t i, uint64_t seed)
{
	size_t n = t->len - i < BLOCK ? t->len - i : BLOCK;

	ckpt_to_double(w, (char *)t->data + i * ckpt_type_size(t->type),
	    t->type, n);
	cli_noise_normal(x, i, n, seed, cli_noise_stream("", t->name));
	return n;
}

/*
 * W becomes scale (W + c N). The norm of the sum is
 * |W + c N|^2 = |W|^2 + 2 c <W, N> + c^2 |N|^2, so a first pass gives c and
 * scale; the second generates N again, so that it need not be stored. The first
 * is of W divided by a power of two, against overflow of its square. The order
 * of the elements has no influence on a Frobenius norm.
 */
int
cli_add_noise(struct ckpt_tensor *t, double sigma, uint64_t seed, char *err,
    size_t size)
{
	double w[BLOCK], x[BLOCK], ww = 0, wx = 0, xx = 0, c, scale, unit;
	int exponent;

	if (sigma == 0)
		return 0;
	exponent = cli_safe_exponent(t);
	unit = ldexp(1, -exponent);
	for (size_t i = 0, n; i < t->len; i += n) {
		n = read_block(w, x, t, i, seed);
		for (size_t k = 0; k < n; k++) {
			double v = w[k] * unit;

			ww += v * v;
			wx += v * x[k];
			xx += x[k] * x[k];
		}
	}
	if (!isfinite(ww)) {
		snprintf(err, size, "its norm is not finite");
		return -1;
	}
	if (ww == 0)			/* no norm to be relative to */
		return 0;
	c = sigma * sqrt(ww / xx);
	scale = sqrt(ww / (ww + 2 * c * wx + c * c * xx));
	c = ldexp(c, exponent);
	for (size_t i = 0, n; i < t->len; i += n) {
		n = read_block(w, x, t, i, seed);
		for (size_t k = 0; k < n; k++)
			w[k] = scale * (w[k] + c * x[k]);
		ckpt_from_double((char *)t->data +
		    i * ckpt_type_size(t->type), w, t->type, n);
	}
	return 0;
}
