/*
 * gguf_quant.c - the tensor types of GGUF, and dequantization of their blocks
 *
 * A block begins or ends with its scale d and, in some types, an offset m, in
 * half precision. The simple types have blocks of 32 elements; the "K" types
 * have blocks of 256 in 8 or 16 groups, whose scales are quantized as well.
 */
#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "gguf.h"

static float
load_half(const unsigned char *p)
{
	double x;

	ckpt_to_double(&x, p, CKPT_F16, 1);
	return x;
}

static int
get_low_nibble(unsigned char q)
{
	return q & 15;
}

static int
get_high_nibble(unsigned char q)
{
	return q >> 4;
}

/* ------------------------------------------------------- blocks of 32 */

/* The low nibbles of 16 bytes are the first 16 values. */
static void
unpack_q4_0(const unsigned char *p, float *y)
{
	float d = load_half(p);

	for (int i = 0; i < 16; i++) {
		y[i] = d * (get_low_nibble(p[2 + i]) - 8);
		y[i + 16] = d * (get_high_nibble(p[2 + i]) - 8);
	}
}

static void
unpack_q4_1(const unsigned char *p, float *y)
{
	float d = load_half(p), m = load_half(p + 2);

	for (int i = 0; i < 16; i++) {
		y[i] = d * get_low_nibble(p[4 + i]) + m;
		y[i + 16] = d * get_high_nibble(p[4 + i]) + m;
	}
}

/* The fifth bit of value i is bit i of a 32-bit word. */
static void
unpack_q5_0(const unsigned char *p, float *y)
{
	uint32_t fifth = load_le32(p + 2);
	float d = load_half(p);

	for (int i = 0; i < 32; i++) {
		unsigned char q = p[6 + i % 16];
		int v = i < 16 ? get_low_nibble(q) : get_high_nibble(q);

		y[i] = d * ((v | (fifth >> i & 1) << 4) - 16.0f);
	}
}

static void
unpack_q5_1(const unsigned char *p, float *y)
{
	uint32_t fifth = load_le32(p + 4);
	float d = load_half(p), m = load_half(p + 2);

	for (int i = 0; i < 32; i++) {
		unsigned char q = p[8 + i % 16];
		int v = i < 16 ? get_low_nibble(q) : get_high_nibble(q);

		y[i] = d * (v | (fifth >> i & 1) << 4) + m;
	}
}

static void
unpack_q8_0(const unsigned char *p, float *y)
{
	float d = load_half(p);

	for (int i = 0; i < 32; i++)
		y[i] = d * (signed char)p[2 + i];
}

/* The second scalar is a sum for dot products, not needed here. */
static void
unpack_q8_1(const unsigned char *p, float *y)
{
	float d = load_half(p);

	for (int i = 0; i < 32; i++)
		y[i] = d * (signed char)p[4 + i];
}

/* Nibbles that are indexes of these values. */
static const signed char nonlinear[16] = { -127, -104, -83, -65, -49, -35, -22,
	-10, 1, 13, 25, 38, 53, 69, 89, 113 };

/* n bytes of nibbles: the values of the low ones, then of the high ones. */
static void
unpack_indexes(const unsigned char *q, int n, const signed char value[16],
    float d, float *y)
{
	for (int i = 0; i < n; i++) {
		y[i] = d * value[get_low_nibble(q[i])];
		y[i + n] = d * value[get_high_nibble(q[i])];
	}
}

static void
unpack_iq4_nl(const unsigned char *p, float *y)
{
	unpack_indexes(p + 2, 16, nonlinear, load_half(p), y);
}

/* Twice the values of a float of 2 bits of exponent and 1 of mantissa. */
static const signed char fp4[16] = { 0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4,
	-6, -8, -12 };

/* The scale is a power of 2, a biased exponent. */
static void
unpack_mxfp4(const unsigned char *p, float *y)
{
	unpack_indexes(p + 1, 16, fp4, ldexpf(0.5f, *p - 127), y);
}

/* Four groups of 16, each with an unsigned 8-bit float as its scale, where the
 * largest one stands for 0. */
static void
unpack_nvfp4(const unsigned char *p, float *y)
{
	for (int g = 0; g < 4; g++) {
		int exponent = p[g] >> 3 & 15, mantissa = p[g] & 7;
		float d = exponent ? ldexpf(8 + mantissa, exponent - 10) :
		    ldexpf(mantissa, -9);

		unpack_indexes(p + 4 + 8 * g, 8, fp4,
		    p[g] == 0x7f ? 0 : d / 2, y + 16 * g);
	}
}

/* ------------------------------------------------------ blocks of 256 */

/* 16 groups, each with a byte of scale and offset; 2 bits per value. Byte j of
 * 32 holds the values j, j + 32, j + 64 and j + 96 of 128. */
static void
unpack_q2_k(const unsigned char *p, float *y)
{
	const unsigned char *scale = p, *q = p + 16;
	float d = load_half(p + 80), m = load_half(p + 82);

	for (int i = 0; i < 256; i++) {
		int bits = q[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
		unsigned char s = scale[i / 16];

		y[i] = d * get_low_nibble(s) * bits - m * get_high_nibble(s);
	}
}

/* As Q2_K, with a third bit in a mask: bit i / 32 of byte i % 32. 16 scales of
 * 6 bits: the lower 4 are a nibble of the first 8 bytes, the upper 2 are in
 * the last 4 bytes. */
static void
unpack_q3_k(const unsigned char *p, float *y)
{
	const unsigned char *mask = p, *q = p + 32, *scale = p + 96;
	float d = load_half(p + 108);

	for (int i = 0; i < 256; i++) {
		int bits = q[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
		int third = mask[i % 32] >> i / 32 & 1, g = i / 16;
		int s = g < 8 ? get_low_nibble(scale[g]) :
		    get_high_nibble(scale[g - 8]);

		s |= (scale[8 + g % 4] >> g / 4 * 2 & 3) << 4;
		y[i] = d * (s - 32) * (bits - (third ? 0 : 4));
	}
}

/* Scale and offset of the g-th of 8 groups, 6 bits each, in 12 bytes. Those of
 * the last 4 groups have their upper 2 bits in the bytes of the first 4. */
static void
get_scale(const unsigned char *p, int g, int *scale, int *offset)
{
	if (g < 4) {
		*scale = p[g] & 63;
		*offset = p[g + 4] & 63;
	} else {
		*scale = get_low_nibble(p[g + 4]) | p[g - 4] >> 6 << 4;
		*offset = get_high_nibble(p[g + 4]) | p[g] >> 6 << 4;
	}
}

/* 64 values are the low, then the high nibbles of 32 bytes. */
static int
get_4bits(const unsigned char *q, int i)
{
	unsigned char b = q[i / 64 * 32 + i % 32];

	return i % 64 < 32 ? get_low_nibble(b) : get_high_nibble(b);
}

static void
unpack_q4_k(const unsigned char *p, float *y)
{
	float d = load_half(p), m = load_half(p + 2);

	for (int i = 0; i < 256; i++) {
		int s, o;

		get_scale(p + 4, i / 32, &s, &o);
		y[i] = d * s * get_4bits(p + 16, i) - m * o;
	}
}

/* The fifth bit is bit i / 32 of byte i % 32. */
static void
unpack_q5_k(const unsigned char *p, float *y)
{
	float d = load_half(p), m = load_half(p + 2);
	const unsigned char *fifth = p + 16;

	for (int i = 0; i < 256; i++) {
		int s, o, v = get_4bits(p + 48, i);

		v |= (fifth[i % 32] >> i / 32 & 1) << 4;
		get_scale(p + 4, i / 32, &s, &o);
		y[i] = d * s * v - m * o;
	}
}

/* 128 values: the nibbles of 64 bytes; upper 2 bits, packed as in Q2_K. */
static void
unpack_q6_k(const unsigned char *p, float *y)
{
	const unsigned char *upper = p + 128, *scale = p + 192;
	float d = load_half(p + 208);

	for (int i = 0; i < 256; i++) {
		int half_block = i / 128, j = i % 128;
		unsigned char b = p[half_block * 64 + j % 64];
		int v = j < 64 ? get_low_nibble(b) : get_high_nibble(b);

		v |= (upper[half_block * 32 + j % 32] >> j / 32 * 2 & 3) << 4;
		y[i] = d * (signed char)scale[i / 16] * (v - 32);
	}
}

/* A scale in single precision; the sums at the end are for dot products. */
static void
unpack_q8_k(const unsigned char *p, float *y)
{
	uint32_t bits = load_le32(p);
	float d;

	memcpy(&d, &bits, sizeof d);
	for (int i = 0; i < 256; i++)
		y[i] = d * (signed char)p[4 + i];
}

/* 8 groups of 32. Their scales have 6 bits: the upper 2 are in a 16-bit word,
 * the lower 4 are nibbles. */
static void
unpack_iq4_xs(const unsigned char *p, float *y)
{
	const unsigned char *low = p + 4, *q = p + 8;
	unsigned upper = load_le16(p + 2);
	float d = load_half(p);

	for (int g = 0; g < 8; g++) {
		int s = (low[g / 2] >> g % 2 * 4 & 15) |
		    (upper >> 2 * g & 3) << 4;

		unpack_indexes(q + 16 * g, 16, nonlinear, d * (s - 32),
		    y + 32 * g);
	}
}

/* Values -1, 0 and 1. Each byte is a fixed-point fraction of 5 digits to base
 * 3, those of the last 4 bytes of 4. */
static void
unpack_tq1_0(const unsigned char *p, float *y)
{
	static const unsigned char power[5] = { 1, 3, 9, 27, 81 };
	float d = load_half(p + 52);

	for (int i = 0; i < 256; i++) {
		unsigned char q = i < 160 ? p[i % 32] * power[i / 32] :
		    i < 240 ? p[32 + i % 16] * power[(i - 160) / 16] :
		    p[48 + i % 4] * power[(i - 240) / 4];

		y[i] = d * ((q * 3 >> 8) - 1);
	}
}

/* The same in 2 bits each, packed as in Q2_K. */
static void
unpack_tq2_0(const unsigned char *p, float *y)
{
	float d = load_half(p + 64);

	for (int i = 0; i < 256; i++)
		y[i] = d * ((p[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3) -
		    1);
}

/* -------------------------------------------------------------- table */

/* By number; types that were removed from the format have no name. */
static const struct gguf_type types[] = {
	[0] = { "F32", CKPT_F32, 1, 4, NULL },
	[1] = { "F16", CKPT_F16, 1, 2, NULL },
	[2] = { "Q4_0", CKPT_F32, 32, 18, unpack_q4_0 },
	[3] = { "Q4_1", CKPT_F32, 32, 20, unpack_q4_1 },
	[6] = { "Q5_0", CKPT_F32, 32, 22, unpack_q5_0 },
	[7] = { "Q5_1", CKPT_F32, 32, 24, unpack_q5_1 },
	[8] = { "Q8_0", CKPT_F32, 32, 34, unpack_q8_0 },
	[9] = { "Q8_1", CKPT_F32, 32, 36, unpack_q8_1 },
	[10] = { "Q2_K", CKPT_F32, 256, 84, unpack_q2_k },
	[11] = { "Q3_K", CKPT_F32, 256, 110, unpack_q3_k },
	[12] = { "Q4_K", CKPT_F32, 256, 144, unpack_q4_k },
	[13] = { "Q5_K", CKPT_F32, 256, 176, unpack_q5_k },
	[14] = { "Q6_K", CKPT_F32, 256, 210, unpack_q6_k },
	[15] = { "Q8_K", CKPT_F32, 256, 292, unpack_q8_k },
	[16] = { "IQ2_XXS", CKPT_OTHER, 256, 66, NULL },
	[17] = { "IQ2_XS", CKPT_OTHER, 256, 74, NULL },
	[18] = { "IQ3_XXS", CKPT_OTHER, 256, 98, NULL },
	[19] = { "IQ1_S", CKPT_OTHER, 256, 50, NULL },
	[20] = { "IQ4_NL", CKPT_F32, 32, 18, unpack_iq4_nl },
	[21] = { "IQ3_S", CKPT_OTHER, 256, 110, NULL },
	[22] = { "IQ2_S", CKPT_OTHER, 256, 82, NULL },
	[23] = { "IQ4_XS", CKPT_F32, 256, 136, unpack_iq4_xs },
	[24] = { "I8", CKPT_I8, 1, 1, NULL },
	[25] = { "I16", CKPT_I16, 1, 2, NULL },
	[26] = { "I32", CKPT_I32, 1, 4, NULL },
	[27] = { "I64", CKPT_I64, 1, 8, NULL },
	[28] = { "F64", CKPT_F64, 1, 8, NULL },
	[29] = { "IQ1_M", CKPT_OTHER, 256, 56, NULL },
	[30] = { "BF16", CKPT_BF16, 1, 2, NULL },
	[34] = { "TQ1_0", CKPT_F32, 256, 54, unpack_tq1_0 },
	[35] = { "TQ2_0", CKPT_F32, 256, 66, unpack_tq2_0 },
	[39] = { "MXFP4", CKPT_F32, 32, 17, unpack_mxfp4 },
	[40] = { "NVFP4", CKPT_F32, 64, 36, unpack_nvfp4 },
	[41] = { "Q1_0", CKPT_OTHER, 128, 18, NULL },
};

const struct gguf_type *
ckpt_gguf_find_type(uint32_t number)
{
	if (number >= sizeof types / sizeof *types ||
	    types[number].name == NULL)
		return NULL;
	return &types[number];
}

int
ckpt_gguf_find_number(enum ckpt_type type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type && types[i].name &&
		    types[i].unpack == NULL && type != CKPT_OTHER)
			return (int)i;
	return -1;
}
