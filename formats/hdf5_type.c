/* hdf5_type.c - the element type of an HDF5 type */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_walk.h"

/* Bits of exponent and mantissa, bytes, bias. */
static const struct {
	size_t		exponent, mantissa, size, bias;
	enum ckpt_type	type;
} floats[] = {
	{ 5, 10, 2, 15, CKPT_F16 }, { 8, 7, 2, 127, CKPT_BF16 },
	{ 8, 23, 4, 127, CKPT_F32 }, { 11, 52, 8, 1023, CKPT_F64 },
};

static enum ckpt_type
match_float(hid_t t)
{
	size_t sign, e_at, e, m_at, m;

	if (H5Tget_fields(t, &sign, &e_at, &e, &m_at, &m) < 0 ||
	    H5Tget_offset(t) != 0 || m_at != 0 || e_at != m ||
	    sign != m + e || H5Tget_norm(t) != H5T_NORM_IMPLIED)
		return CKPT_OTHER;
	for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
		if (floats[i].exponent == e && floats[i].mantissa == m &&
		    floats[i].size == H5Tget_size(t) &&
		    floats[i].bias == H5Tget_ebias(t))
			return floats[i].type;
	return CKPT_OTHER;
}

static enum ckpt_type
match_integer(hid_t t)
{
	static const enum ckpt_type of[2][9] = {
		{ [1] = CKPT_U8, [2] = CKPT_U16, [4] = CKPT_U32,
		  [8] = CKPT_U64 },
		{ [1] = CKPT_I8, [2] = CKPT_I16, [4] = CKPT_I32,
		  [8] = CKPT_I64 },
	};
	size_t size = H5Tget_size(t);

	if (size > 8 || H5Tget_precision(t) != 8 * size ||
	    H5Tget_offset(t) != 0)
		return CKPT_OTHER;
	return of[H5Tget_sign(t) == H5T_SGN_2][size];
}

/* An enumeration of FALSE and TRUE in one byte: a boolean of h5py. */
static enum ckpt_type
match_bool(hid_t t)
{
	signed char no = -1, yes = -1;

	if (H5Tget_size(t) == 1 && H5Tget_nmembers(t) == 2 &&
	    H5Tenum_valueof(t, "FALSE", &no) >= 0 &&
	    H5Tenum_valueof(t, "TRUE", &yes) >= 0 && no == 0 && yes == 1)
		return CKPT_BOOL;
	return CKPT_OTHER;
}

/* A compound of two floats r and i: a complex number of h5py. */
static enum ckpt_type
match_complex(hid_t t)
{
	enum ckpt_type half = CKPT_OTHER;

	if (H5Tget_nmembers(t) != 2 || H5Tget_member_index(t, "r") != 0 ||
	    H5Tget_member_index(t, "i") != 1)
		return CKPT_OTHER;
	for (unsigned i = 0; i < 2; i++) {
		hid_t member = H5Tget_member_type(t, i);
		enum ckpt_type type = CKPT_OTHER;

		if (member >= 0 && H5Tget_class(member) == H5T_FLOAT &&
		    H5Tget_member_offset(t, i) == i * H5Tget_size(member) &&
		    H5Tget_size(t) == 2 * H5Tget_size(member))
			type = match_float(member);
		if (member >= 0)
			H5Tclose(member);
		if (i > 0 && type != half)
			return CKPT_OTHER;
		half = type;
	}
	return half == CKPT_F32 ? CKPT_C64 : half == CKPT_F64 ? CKPT_C128 :
	    CKPT_OTHER;
}

/* The same type, little-endian: the library converts. */
static hid_t
make_little_endian(hid_t t, enum ckpt_type type)
{
	hid_t as, half;

	if (type != CKPT_C64 && type != CKPT_C128) {
		as = H5Tcopy(t);
		if (type != CKPT_BOOL && H5Tget_class(t) != H5T_OPAQUE &&
		    as >= 0)
			H5Tset_order(as, H5T_ORDER_LE);
		return as;
	}
	as = H5Tcreate(H5T_COMPOUND, H5Tget_size(t));
	half = type == CKPT_C64 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
	H5Tinsert(as, "r", 0, half);
	H5Tinsert(as, "i", H5Tget_size(half), half);
	return as;
}

/* Types that Python writes as opaque bytes, whose NumPy name is then in the
 * attribute dtype: so does Keras with bfloat16. */
static const struct { const char *name; enum ckpt_type type; } opaque[] = {
	{ "bfloat16", CKPT_BF16 },
	{ "float8_e4m3fn", CKPT_F8_E4M3 }, { "float8_e5m2", CKPT_F8_E5M2 },
	{ "float8_e4m3fnuz", CKPT_F8_E4M3FNUZ },
	{ "float8_e5m2fnuz", CKPT_F8_E5M2FNUZ },
	{ "float8_e8m0fnu", CKPT_F8_E8M0 },
};

/* The type of opaque bytes; out gets its name. */
static enum ckpt_type
match_opaque(hid_t set, hid_t t, char out[32])
{
	char **dtype = ckpt_hdf5_read_strings(set, "dtype");
	enum ckpt_type type = CKPT_OTHER;

	snprintf(out, 32, "%s", dtype && dtype[0] && !dtype[1] &&
	    strlen(dtype[0]) < 32 ? dtype[0] : "opaque");
	free(dtype);
	for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++)
		if (strcmp(out, opaque[i].name) == 0 &&
		    ckpt_type_size(opaque[i].type) == H5Tget_size(t))
			type = opaque[i].type;
	return type;
}

/* What a type is called that cannot be read. Numbers have NumPy's names. */
static void
name_type(hid_t t, char out[32])
{
	static const char *const classes[] = { [H5T_TIME] = "time",
		[H5T_STRING] = "string", [H5T_BITFIELD] = "bitfield",
		[H5T_COMPOUND] = "compound", [H5T_REFERENCE] = "reference",
		[H5T_ENUM] = "enum", [H5T_VLEN] = "vlen",
		[H5T_ARRAY] = "array" };
	H5T_class_t class = H5Tget_class(t);

	if (class == H5T_FLOAT)
		snprintf(out, 32, "float%zu", 8 * H5Tget_size(t));
	else if (class == H5T_INTEGER)
		snprintf(out, 32, "%sint%zu", H5Tget_sign(t) == H5T_SGN_NONE ?
		    "u" : "", H5Tget_precision(t));
	else
		snprintf(out, 32, "%s", class >= 0 && (size_t)class <
		    sizeof classes / sizeof *classes && classes[class] ?
		    classes[class] : "unknown");
}

struct hdf5_type
ckpt_hdf5_map_type(hid_t set, hid_t t)
{
	struct hdf5_type as = { CKPT_OTHER, -1, "" };

	name_type(t, as.name);
	switch (H5Tget_class(t)) {
	case H5T_FLOAT:
		as.type = match_float(t);
		break;
	case H5T_INTEGER:
		as.type = match_integer(t);
		break;
	case H5T_ENUM:
		as.type = match_bool(t);
		break;
	case H5T_COMPOUND:
		as.type = match_complex(t);
		break;
	case H5T_OPAQUE:
		as.type = match_opaque(set, t, as.name);
		break;
	default:
		break;
	}
	if (as.type != CKPT_OTHER)
		as.memory = make_little_endian(t, as.type);
	return as;
}
