/*
 * fastmath.h - exp, sigmoid and the derivative of SiLU, in arithmetic that
 * compilers vectorize
 */
#ifndef NN_FASTMATH_H
#define NN_FASTMATH_H

#include <math.h>
#include <string.h>

#include "nn.h"

/*
 * e^x for x <= 0, with an error below 2 ulp; 0 below -87. x = n log 2 + r with
 * |r| <= log(2) / 2; e^r is its Taylor polynomial of degree 7 (the next term is
 * at most 5.2e-9), and 2^n is made from its bits.
 */
static inline float
nn_exp_float(float x)
{
	float y = x < -87 ? -87 : x;
	float n = rintf(y * 1.44269504f);
	float r = y - n * 0.693359375f + n * 2.12194440e-4f;
	float p = 1.98412698e-4f;
	int32_t bits = ((int32_t)(n == n ? n : 0) + 127) * (1 << 23);
	float scale;

	p = p * r + 1.38888889e-3f;
	p = p * r + 8.33333333e-3f;
	p = p * r + 4.16666667e-2f;
	p = p * r + 1.66666667e-1f;
	p = p * r + 0.5f;
	p = p * r + 1;
	p = p * r + 1;
	memcpy(&scale, &bits, sizeof scale);
	return x < -87 ? 0 : p * scale;
}

static inline nn_real
nn_exp(nn_real x)
{
	return sizeof(nn_real) == sizeof(double) ? exp(x) : nn_exp_float(x);
}

/* 1 / (1 + e^-x) */
static inline nn_real
nn_sigmoid(nn_real x)
{
	nn_real e = nn_exp(x < 0 ? x : -x);

	return (x < 0 ? e : 1) / (1 + e);
}

/* The derivative of SiLU, x / (1 + e^-x). */
static inline nn_real
nn_silu_derivative(nn_real x)
{
	nn_real s = nn_sigmoid(x);

	return s * (1 + x * (1 - s));
}

#endif
