/* onnx_tensor.c - a TensorProto: its header, and its values */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "onnx.h"
#include "sibling_file.h"

/* Fields of TensorProto. */
enum { DIMS = 1, DATA_TYPE = 2, SEGMENT = 3, FLOATS = 4, INT32S = 5,
    INT64S = 7, NAME = 8, RAW = 9, DOUBLES = 10, UINT64S = 11, EXTERNAL = 13 };

/* TensorProto.DataType, and the field of such values if they are not raw. */
static const struct kind {
	const char	*name;		/* of ckpt if it has one, or of ONNX */
	uint32_t	 field;
} kinds[] = {
	[0] = { "UNDEFINED", 0 }, [1] = { "F32", FLOATS },
	[2] = { "U8", INT32S }, [3] = { "I8", INT32S },
	[4] = { "U16", INT32S }, [5] = { "I16", INT32S },
	[6] = { "I32", INT32S }, [7] = { "I64", INT64S }, [8] = { "STRING", 6 },
	[9] = { "BOOL", INT32S }, [10] = { "F16", INT32S },
	[11] = { "F64", DOUBLES }, [12] = { "U32", UINT64S },
	[13] = { "U64", UINT64S }, [14] = { "C64", FLOATS },
	[15] = { "C128", DOUBLES }, [16] = { "BF16", INT32S },
	[17] = { "F8_E4M3", INT32S }, [18] = { "F8_E4M3FNUZ", INT32S },
	[19] = { "F8_E5M2", INT32S }, [20] = { "F8_E5M2FNUZ", INT32S },
	[21] = { "UINT4", INT32S }, [22] = { "INT4", INT32S },
	[23] = { "FLOAT4E2M1", INT32S }, [24] = { "F8_E8M0", INT32S },
	[25] = { "UINT2", INT32S }, [26] = { "INT2", INT32S },
	[27] = { "FLOAT6E2M3", INT32S }, [28] = { "FLOAT6E3M2", INT32S },
};

/* ------------------------------------------------------------- header */

static int
add_dim(struct ckpt_rd *rd, struct ckpt_tensor *t, uint64_t x)
{
	if (t->rank == CKPT_RANK)
		return ckpt_fail(rd, CKPT_LIMIT, "a tensor of more than %d "
		    "dimensions", CKPT_RANK);
	if (x >> 63)
		return ckpt_fail(rd, CKPT_BAD, "a negative dimension");
	t->dim[t->rank++] = x;
	return 0;
}

int
ckpt_onnx_read_dims(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f, struct ckpt_tensor *t)
{
	const unsigned char *p, *end;
	struct ckpt_buffer b = { 0 };
	uint64_t x;
	int r = 0;

	if (f->wire == PB_VARINT)
		return add_dim(rd, t, f->value);
	if (f->wire != PB_BYTES || f->value > 10 * CKPT_RANK)
		return ckpt_fail(rd, CKPT_BAD,
		    "dimensions of a wrong wire type");
	r = ckpt_gather(rd, in, &b, f->value, "dimensions");
	p = b.p;
	end = p ? p + b.n : NULL;
	while (r == 0 && p < end)
		r = ckpt_protobuf_parse_varint(&p, end, &x) ?
		    add_dim(rd, t, x) :
		    ckpt_fail(rd, CKPT_BAD, "a dimension cut short");
	free(b.p);
	return r;
}

/* Store values, packed or a single number, until their type is known. */
static int
store_values(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f, struct onnx_tensor *o)
{
	unsigned char p[10];
	uint64_t x = f->value;
	size_t n = 0;

	if (o->field && o->field != f->field)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: values in two fields",
		    o->name ? o->name : "a tensor");
	o->field = f->field;
	if (f->wire == PB_BYTES)
		return ckpt_gather(rd, in, &o->values, f->value,
		    o->name ? o->name : "a tensor");
	if (f->wire == PB_VARINT)
		do
			p[n++] = (x & 0x7f) | (x > 0x7f ? 0x80 : 0);
		while (x >>= 7);
	else
		for (; n < (f->wire == PB_FIXED64 ? 8 : 4); x >>= 8)
			p[n++] = (unsigned char)x;
	return ckpt_buffer_add(&o->values, p, n) < 0 ? ckpt_fail_memory(rd) : 0;
}

int
ckpt_onnx_add_values(struct ckpt_rd *rd, struct ckpt_input *in,
    struct protobuf_field f, struct onnx_tensor *o, uint32_t type,
    uint64_t *items)
{
	size_t start = o->values.n;

	f.field = kinds[type].field;
	if (store_values(rd, in, &f, o) < 0)
		return -1;
	if (type == ONNX_FLOAT)
		*items += (o->values.n - start) / 4;
	else
		for (size_t i = start; i < o->values.n; i++)
			*items += o->values.p[i] < 0x80;
	return 0;
}

/* The name of the message, after the path. */
static int
read_name(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f, struct onnx_tensor *o)
{
	char *text;

	if (o->is_named)
		return ckpt_protobuf_skip_field(rd, in, f);
	text = ckpt_protobuf_read_text(rd, in, f);
	if (text == NULL)
		return -1;
	free(o->name);
	if (asprintf(&o->name, "%s%s", o->path, text) < 0)
		o->name = NULL;
	free(text);
	return o->name ? 0 : ckpt_fail_memory(rd);
}

/* An entry of external_data: location, offset, length or checksum. */
static int
read_external(struct ckpt_rd *rd, struct ckpt_input *in, uint64_t end,
    struct onnx_tensor *o)
{
	char *key, *value, *stop = NULL;
	int r = ckpt_protobuf_read_entry(rd, in, end, &key, &value);

	if (r == 0 && key && value) {
		errno = 0;
		if (strcmp(key, "location") == 0) {
			free(o->file);
			o->file = value;
			value = NULL;
		} else if (strcmp(key, "offset") == 0) {
			o->offset = strtoull(value, &stop, 10);
		} else if (strcmp(key, "length") == 0) {
			o->length = strtoull(value, &stop, 10);
		}
		if (stop && (*value < '0' || *value > '9' || *stop || errno))
			r = ckpt_fail(rd, CKPT_BAD, "external data: wanted a "
			    "number as %s, got \"%.60s\"", key, value);
	}
	free(key);
	free(value);
	return r;
}

static int
read_field(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f, struct onnx_tensor *o)
{
	switch (f->field) {
	case DIMS:
		return ckpt_onnx_read_dims(rd, in, f, &o->t);
	case SEGMENT:
		o->is_segment = true;
		return ckpt_protobuf_skip_field(rd, in, f);
	case DATA_TYPE:
		o->type = f->value > UINT32_MAX ? 0 : (uint32_t)f->value;
		return ckpt_protobuf_skip_field(rd, in, f);
	case NAME:
		return read_name(rd, in, f, o);
	case FLOATS: case INT32S: case INT64S: case DOUBLES: case UINT64S:
		return store_values(rd, in, f, o);
	case RAW:
		if (f->wire != PB_BYTES)
			return ckpt_fail(rd, CKPT_BAD, "raw values of a wrong "
			    "wire type");
		/* in the usual order they can stay in the input */
		if (o->name && o->type && o->field == 0) {
			o->field = RAW;
			o->in_place = true;
			o->from = ckpt_input_tell(in);
			o->length = f->value;
			return 0;
		}
		return store_values(rd, in, f, o);
	case EXTERNAL:
		if (f->wire != PB_BYTES)
			return ckpt_fail(rd, CKPT_BAD, "external data of a "
			    "wrong wire type");
		return read_external(rd, in, ckpt_input_tell(in) + f->value, o);
	default:
		return ckpt_protobuf_skip_field(rd, in, f);
	}
}

int
ckpt_onnx_list_only(struct ckpt_rd *rd, struct onnx_tensor *o,
    const char *what)
{
	const char *type = o->type < sizeof kinds / sizeof *kinds ?
	    kinds[o->type].name : NULL;
	char number[24];

	snprintf(number, sizeof number, "ONNX_TYPE_%" PRIu32, o->type);
	snprintf(o->dtype, sizeof o->dtype, "%s%s%s", type ? type : number,
	    *what ? "/" : "", what);
	if (o->name == NULL && (o->name = strdup(o->path)) == NULL)
		return ckpt_fail_memory(rd);
	o->t.name = o->name;
	ckpt_list_only(&o->t, o->dtype);
	o->t.size = o->in_place || o->length != UINT64_MAX ? o->length :
	    o->values.n;
	return 0;
}

int
ckpt_onnx_set_type(struct ckpt_rd *rd, struct onnx_tensor *o)
{
	if (ckpt_onnx_list_only(rd, o, o->is_segment ? "segment" : "") < 0)
		return -1;
	if (o->is_segment || !ckpt_wants(rd, o->name))
		return 0;
	o->t.type = ckpt_type_of(o->dtype);
	if (o->t.type == CKPT_OTHER)
		return 0;
	if (ckpt_measure(&o->t) < 0)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: dimensions overflow",
		    o->name);
	if (o->in_place && o->length != o->t.size)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: wanted %" PRIu64
		    " bytes of values, got %" PRIu64, o->name, o->t.size,
		    o->length);
	return 0;
}

int
ckpt_onnx_read_header(struct ckpt_rd *rd, struct ckpt_input *in, uint64_t end,
    struct onnx_tensor *o)
{
	struct protobuf_field f;
	int r = 0;

	o->length = UINT64_MAX;
	while (!o->in_place &&
	    (r = ckpt_protobuf_next_field(rd, in, end, &f)) == 1)
		if (read_field(rd, in, &f, o) < 0)
			return -1;
	return r < 0 ? -1 : ckpt_onnx_set_type(rd, o);
}

/* -------------------------------------------------------------- values */

/* Read the values from another file of the same folder. */
static int
load_external(struct ckpt_file *f, struct onnx_tensor *o, struct ckpt_buffer *b)
{
	struct ckpt_input *in = NULL;
	int folder, r;

	if (o->length != UINT64_MAX && o->length != o->t.size)
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: wanted %" PRIu64
		    " bytes of values, got %" PRIu64, o->name, o->t.size,
		    o->length);
	folder = ckpt_sibling_open_folder(f);
	if (folder < 0)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "%.200s: its values "
		    "are in \"%.200s\", but the folder is unknown", o->name,
		    o->file);
	in = ckpt_sibling_open(f->rd, folder, o->file, o->offset, o->t.size,
	    o->name);
	r = in ? ckpt_gather(f->rd, in, b, o->t.size, o->name) : -1;
	ckpt_input_close(in);
	close(folder);
	return r;
}

/* Unpack varints into b, which has room for them. The elements are their lowest
 * bytes. */
static bool
unpack_varints(const struct onnx_tensor *o, struct ckpt_buffer *b)
{
	const unsigned char *p = o->values.p, *end = p ? p + o->values.n : NULL;
	size_t size = ckpt_type_size(o->t.type);

	for (uint64_t i = 0; i < o->t.len; i++) {
		uint64_t x;

		if (!ckpt_protobuf_parse_varint(&p, end, &x))
			return false;
		for (size_t k = 0; k < size; k++)
			b->p[b->n++] = (unsigned char)(x >> 8 * k);
	}
	return p == end;
}

int
ckpt_onnx_load_values(struct ckpt_file *f, struct onnx_tensor *o,
    struct ckpt_buffer *b)
{
	const struct ckpt_tensor *t = &o->t;
	bool is_packed = o->field != RAW && o->field != FLOATS &&
	    o->field != DOUBLES;
	bool fits;

	if (o->in_place)
		return ckpt_gather(f->rd, f->in, b, t->size, o->name);
	if (o->file)
		return load_external(f, o, b);
	if (o->field != RAW && o->field != kinds[o->type].field && t->size > 0)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "%.200s: no values of type %s", o->name, t->dtype);
	/* a varint has at least one byte */
	fits = is_packed ? t->len <= o->values.n : t->size == o->values.n;
	if (fits && ckpt_buffer_reserve(b, t->size) < 0)
		return ckpt_fail_memory(f->rd);
	if (fits && is_packed)
		fits = unpack_varints(o, b);
	else if (fits)
		ckpt_buffer_add(b, o->values.p, o->values.n);
	return fits ? 0 : ckpt_fail(f->rd, CKPT_BAD, "%.200s: wanted %" PRIu64
	    " values", o->name, t->len);
}

int
ckpt_onnx_skip_rest(struct ckpt_rd *rd, struct ckpt_input *in, uint64_t end,
    const struct onnx_tensor *o)
{
	struct protobuf_field f = { RAW, PB_BYTES, 0 };
	int r;

	if (!o->in_place)
		return 0;
	f.value = o->from + o->length - ckpt_input_tell(in);
	if (ckpt_protobuf_skip_field(rd, in, &f) < 0)
		return -1;
	/* nothing that follows may change the tensor */
	while ((r = ckpt_protobuf_next_field(rd, in, end, &f)) == 1)
		if (f.field <= UINT64S || f.field == EXTERNAL)
			return ckpt_fail(rd, CKPT_BAD, "%.200s: field %" PRIu32
			    " after its values", o->name, f.field);
		else if (ckpt_protobuf_skip_field(rd, in, &f) < 0)
			return -1;
	return r;
}

void
ckpt_onnx_free_tensor(struct onnx_tensor *o)
{
	free(o->name);
	free(o->values.p);
	free(o->file);
	*o = (struct onnx_tensor){ 0 };
}
