/*
 * gelu.c - GELU (Hendrycks and Gimpel 2016): x Phi(x), Phi being the standard
 * normal distribution function, or their approximation by tanh
 */
#include <math.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

struct result { nn_real value, slope; };

/* Phi(x) by the complementary error function. In float that is a polynomial
 * times e^(-z^2), 7.1.26 of Abramowitz and Stegun: error 1.5e-7. */
static inline nn_real
eval_normal_cdf(nn_real x)
{
	nn_real z = (x < 0 ? -x : x) * (nn_real)M_SQRT1_2, t, tail;

	if (sizeof(nn_real) == sizeof(double))
		return 0.5 * erfc((double)-x * M_SQRT1_2);
	t = 1 / (1 + (nn_real)0.3275911 * z);
	tail = t * ((nn_real)0.254829592 + t * ((nn_real)-0.284496736 +
	    t * ((nn_real)1.421413741 + t * ((nn_real)-1.453152027 +
	    t * (nn_real)1.061405429)))) * nn_exp(-z * z) / 2;
	return x < 0 ? tail : 1 - tail;
}

static inline struct result
eval_exact(nn_real x)
{
	nn_real p = eval_normal_cdf(x);
	nn_real density = nn_exp(-x * x / 2) *
	    (nn_real)(M_2_SQRTPI * M_SQRT1_2 / 2);

	return (struct result){ x * p, p + x * density };
}

/* x (1 + tanh(c (x + 0.044715 x^3))) / 2 */
static inline struct result
eval_tanh(nn_real x)
{
	nn_real c = (nn_real)(M_2_SQRTPI * M_SQRT1_2);
	nn_real z = c * (x + (nn_real)0.044715 * x * x * x);
	nn_real e = nn_exp(-2 * (z < 0 ? -z : z));
	nn_real tanh = (z < 0 ? e - 1 : 1 - e) / (1 + e);
	nn_real p = (1 + tanh) / 2;

	return (struct result){ x * p, p + x * (1 - tanh * tanh) / 2 * c *
	    (1 + 3 * (nn_real)0.044715 * x * x) };
}

static void
apply_range(struct nn_node *y, struct nn_range p)
{
	const nn_real *x = y->in[0]->x;
	nn_real *restrict to = y->x;

	if (*(bool *)y->arg)
		for (size_t j = p.from; j < p.to; j++)
			to[j] = eval_tanh(x[j]).value;
	else
		for (size_t j = p.from; j < p.to; j++)
			to[j] = eval_exact(x[j]).value;
}

static void
forward(struct nn_node *y)
{
	nn_parallel_for(y, apply_range);
}

static void
backprop_range(struct nn_node *y, struct nn_range p)
{
	const nn_real *x = y->in[0]->x, *dy = y->g;
	nn_real *restrict dx = y->in[0]->g;

	if (*(bool *)y->arg)
		for (size_t j = p.from; j < p.to; j++)
			dx[j] += dy[j] * eval_tanh(x[j]).slope;
	else
		for (size_t j = p.from; j < p.to; j++)
			dx[j] += dy[j] * eval_exact(x[j]).slope;
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_parallel_for(y, backprop_range);
}

struct nn_node *
nn_gelu(struct nn_node *x, bool tanh)
{
	static const struct nn_op op = { "gelu", nn_shape_same, forward,
		backward, sizeof tanh };

	return nn_apply(&op, &tanh, x);
}
