/* dtype.c - element types: names, sizes, and values as doubles */
#include <math.h>
#include <string.h>

#include "ckpt.h"

enum { ALIASES = 5 };

/* The names in ckpt(5), and those in PyTorch, NumPy and ml_dtypes; codes of
 * NumPy have their byte order if they would be a name in ckpt(5). */
static const struct {
	const char	*name;
	unsigned char	 size;
	bool		 is_float;
	const char	*alias[ALIASES];
} types[] = {
	[CKPT_OTHER] = { "?", 0, false },
	[CKPT_BOOL] = { "BOOL", 1, false, { "b1", "|b1" } },
	[CKPT_U8] = { "U8", 1, false, { "uint8", "u1", "|u1", "byte" } },
	[CKPT_I8] = { "I8", 1, false, { "int8", "i1", "|i1", "char" } },
	[CKPT_F8_E4M3] = { "F8_E4M3", 1, true, { "float8_e4m3fn" } },
	[CKPT_F8_E5M2] = { "F8_E5M2", 1, true, { "float8_e5m2" } },
	[CKPT_F8_E8M0] = { "F8_E8M0", 1, true, { "float8_e8m0fnu" } },
	[CKPT_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", 1, true, { "float8_e4m3fnuz" } },
	[CKPT_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", 1, true, { "float8_e5m2fnuz" } },
	[CKPT_U16] = { "U16", 2, false, { "uint16", "u2", "<u2" } },
	[CKPT_I16] = { "I16", 2, false, { "int16", "i2", "<i2", "short" } },
	[CKPT_F16] = { "F16", 2, true, { "float16", "half", "fp16", "f2",
	    "<f2" } },
	[CKPT_BF16] = { "BF16", 2, true, { "bfloat16" } },
	[CKPT_U32] = { "U32", 4, false, { "uint32", "u4", "<u4" } },
	[CKPT_I32] = { "I32", 4, false, { "int32", "int", "i4", "<i4" } },
	[CKPT_F32] = { "F32", 4, true, { "float32", "float", "fp32", "f4",
	    "<f4" } },
	[CKPT_U64] = { "U64", 8, false, { "uint64", "<u8" } },
	[CKPT_I64] = { "I64", 8, false, { "int64", "long", "<i8" } },
	[CKPT_F64] = { "F64", 8, true, { "float64", "double", "fp64", "f8",
	    "<f8" } },
	[CKPT_C64] = { "C64", 8, false, { "complex64", "cfloat", "c8",
	    "<c8" } },
	[CKPT_C128] = { "C128", 16, false, { "complex128", "cdouble", "c16",
	    "<c16" } },
};

/*
 * The floating types below 32 bits: how many exponent and mantissa bits, the
 * bias, and what the largest codes mean. "fn" has one NaN and no infinity;
 * "uz" has neither infinity nor minus zero, whose code is the NaN.
 */
enum special { IEEE, FN, UZ };

struct minifloat {
	int		exponent, mantissa, bias;
	enum special	special;
};

static const struct minifloat minifloats[] = {
	[CKPT_F16] = { 5, 10, 15, IEEE },
	[CKPT_BF16] = { 8, 7, 127, IEEE },
	[CKPT_F8_E4M3] = { 4, 3, 7, FN },
	[CKPT_F8_E5M2] = { 5, 2, 15, IEEE },
	[CKPT_F8_E4M3FNUZ] = { 4, 3, 8, UZ },
	[CKPT_F8_E5M2FNUZ] = { 5, 2, 16, UZ },
};

const char *
ckpt_type_name(enum ckpt_type type)
{
	return types[type].name;
}

enum ckpt_type
ckpt_type_of(const char *name)
{
	for (int i = 1; i <= CKPT_C128; i++)
		if (strcmp(types[i].name, name) == 0)
			return i;
	return CKPT_OTHER;
}

enum ckpt_type
ckpt_find_type(const char *name)
{
	static const char *const modules[] = { "torch.", "numpy.", "np.",
	    "jnp." };

	for (size_t k = 0; k < sizeof modules / sizeof *modules; k++)
		if (strncasecmp(name, modules[k], strlen(modules[k])) == 0)
			name += strlen(modules[k]);
	for (int i = 1; i <= CKPT_C128; i++) {
		if (strcasecmp(types[i].name, name) == 0)
			return i;
		for (int k = 0; k < ALIASES && types[i].alias[k]; k++)
			if (strcasecmp(types[i].alias[k], name) == 0)
				return i;
	}
	return CKPT_OTHER;
}

size_t
ckpt_type_size(enum ckpt_type type)
{
	return types[type].size;
}

bool
ckpt_type_is_float(enum ckpt_type type)
{
	return types[type].is_float;
}

int
ckpt_measure(struct ckpt_tensor *t)
{
	uint64_t product = ckpt_type_size(t->type), limit = 1ULL << 62;
	bool empty = false;

	if (t->rank < 0 || t->rank > CKPT_RANK || product == 0)
		return -1;
	t->len = 1;
	for (int i = 0; i < t->rank; i++) {
		if (t->dim[i] == 0) {
			empty = true;
			continue;
		}
		if (__builtin_mul_overflow(product, t->dim[i], &product) ||
		    product >= limit)
			return -1;
		t->len *= t->dim[i];
	}
	if (empty)
		t->len = 0;
	t->size = t->len * ckpt_type_size(t->type);
	return 0;
}

static double
expand_minifloat(unsigned code, const struct minifloat *f)
{
	unsigned sign = code >> (f->exponent + f->mantissa) & 1;
	unsigned e = code >> f->mantissa & ((1u << f->exponent) - 1);
	unsigned m = code & ((1u << f->mantissa) - 1);
	unsigned top = (1u << f->exponent) - 1;
	double x;

	if (f->special == IEEE && e == top)
		x = m ? NAN : INFINITY;
	else if (f->special == FN && e == top && m == (1u << f->mantissa) - 1)
		x = NAN;
	else if (f->special == UZ && sign && e == 0 && m == 0)
		x = NAN;
	else if (e == 0)
		x = ldexp(m, 1 - f->bias - f->mantissa);
	else
		x = ldexp(m + (1u << f->mantissa),
		    (int)e - f->bias - f->mantissa);
	return sign ? -x : x;
}

static unsigned
shrink_minifloat(double d, const struct minifloat *f)
{
	unsigned sign = signbit(d) != 0;
	unsigned signed_bit = sign << (f->exponent + f->mantissa);
	unsigned top = ((1u << f->exponent) - 1) << f->mantissa;
	unsigned ones = (1u << f->mantissa) - 1;
	unsigned nan = f->special == IEEE ? top | 1u << (f->mantissa - 1) :
	    f->special == FN ? top | ones :
	    1u << (f->exponent + f->mantissa);
	/* the first code past the largest finite one */
	unsigned over = f->special == IEEE ? top :
	    f->special == FN ? top | ones : top + ones + 1;
	unsigned code;
	int e;

	if (isnan(d))
		return f->special == UZ ? nan : signed_bit | nan;
	if (d == 0)
		return f->special == UZ ? 0 : signed_bit;
	if (isinf(d))
		return f->special == IEEE ? signed_bit | top :
		    f->special == FN ? signed_bit | nan : nan;
	frexp(d, &e);			/* |d| = 0.1xxx * 2^e */
	e += f->bias - 1;		/* the exponent field, if normal */
	if (e < 1)
		e = 1;
	/* In units of the last place; rounding may carry into the exponent,
	 * which the addition below then gets right by itself. */
	if (e > 1 << f->exponent)
		code = over;
	else
		code = (unsigned)rint(ldexp(fabs(d),
		    f->bias + f->mantissa - e)) + ((e - 1u) << f->mantissa);
	if (code >= over)
		return f->special == IEEE ? signed_bit | top :
		    f->special == FN ? signed_bit | nan : nan;
	if (f->special == UZ && code == 0)
		return 0;
	return signed_bit | code;
}

/* dst[i] = src[i], whatever the type of src. */
#define WIDEN(type) do { \
		const type *s = src; \
		for (size_t i = 0; i < n; i++) \
			dst[i] = (double)s[i]; \
	} while (0)

int
ckpt_to_double(double *dst, const void *src, enum ckpt_type type, size_t n)
{
	double value[256];

	switch (type) {
	case CKPT_BOOL:
	case CKPT_U8:
		WIDEN(uint8_t);
		return 0;
	case CKPT_I8:
		WIDEN(int8_t);
		return 0;
	case CKPT_U16:
		WIDEN(uint16_t);
		return 0;
	case CKPT_I16:
		WIDEN(int16_t);
		return 0;
	case CKPT_U32:
		WIDEN(uint32_t);
		return 0;
	case CKPT_I32:
		WIDEN(int32_t);
		return 0;
	case CKPT_U64:
		WIDEN(uint64_t);
		return 0;
	case CKPT_I64:
		WIDEN(int64_t);
		return 0;
	case CKPT_F32:
		WIDEN(float);
		return 0;
	case CKPT_F64:
		memcpy(dst, src, n * sizeof *dst);
		return 0;
	case CKPT_BF16: {
		const uint16_t *s = src;

		for (size_t i = 0; i < n; i++) {
			uint32_t u = (uint32_t)s[i] << 16;
			float f;

			memcpy(&f, &u, sizeof f);
			dst[i] = f;
		}
		return 0;
	}
	case CKPT_F16:
		for (size_t i = 0; i < n; i++)
			dst[i] = expand_minifloat(((const uint16_t *)src)[i],
			    &minifloats[type]);
		return 0;
	case CKPT_F8_E4M3:
	case CKPT_F8_E5M2:
	case CKPT_F8_E8M0:
	case CKPT_F8_E4M3FNUZ:
	case CKPT_F8_E5M2FNUZ:
		for (int i = 0; i < 256; i++)
			value[i] = type != CKPT_F8_E8M0 ?
			    expand_minifloat(i, &minifloats[type]) :
			    i == 255 ? NAN : ldexp(1, i - 127);
		for (size_t i = 0; i < n; i++)
			dst[i] = value[((const uint8_t *)src)[i]];
		return 0;
	default:
		return -1;
	}
}

/* Saturating, and 0 for a NaN: what a cast leaves undefined. high is exact
 * in a double or rounds up to the first value that no longer fits. */
#define NARROW(type, low, high) do { \
		type *d = dst; \
		for (size_t i = 0; i < n; i++) { \
			double x = rint(src[i]); \
			d[i] = isnan(x) ? 0 : x <= (double)(low) ? (low) : \
			    x >= (double)(high) ? (high) : (type)x; \
		} \
	} while (0)

int
ckpt_from_double(void *dst, const double *src, enum ckpt_type type, size_t n)
{
	switch (type) {
	case CKPT_BOOL:
		for (size_t i = 0; i < n; i++)
			((uint8_t *)dst)[i] = src[i] != 0;
		return 0;
	case CKPT_U8:
		NARROW(uint8_t, 0, UINT8_MAX);
		return 0;
	case CKPT_I8:
		NARROW(int8_t, INT8_MIN, INT8_MAX);
		return 0;
	case CKPT_U16:
		NARROW(uint16_t, 0, UINT16_MAX);
		return 0;
	case CKPT_I16:
		NARROW(int16_t, INT16_MIN, INT16_MAX);
		return 0;
	case CKPT_U32:
		NARROW(uint32_t, 0, UINT32_MAX);
		return 0;
	case CKPT_I32:
		NARROW(int32_t, INT32_MIN, INT32_MAX);
		return 0;
	case CKPT_U64:
		NARROW(uint64_t, 0, UINT64_MAX);
		return 0;
	case CKPT_I64:
		NARROW(int64_t, INT64_MIN, INT64_MAX);
		return 0;
	case CKPT_F32:
		for (size_t i = 0; i < n; i++)
			((float *)dst)[i] = (float)src[i];
		return 0;
	case CKPT_F64:
		memcpy(dst, src, n * sizeof *src);
		return 0;
	case CKPT_F16:
	case CKPT_BF16:
		for (size_t i = 0; i < n; i++)
			((uint16_t *)dst)[i] = shrink_minifloat(src[i],
			    &minifloats[type]);
		return 0;
	case CKPT_F8_E4M3:
	case CKPT_F8_E5M2:
	case CKPT_F8_E4M3FNUZ:
	case CKPT_F8_E5M2FNUZ:
		for (size_t i = 0; i < n; i++)
			((uint8_t *)dst)[i] = shrink_minifloat(src[i],
			    &minifloats[type]);
		return 0;
	default:
		return -1;
	}
}
