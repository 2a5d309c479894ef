/* onnx.c - ONNX: a model, its graph, and the initializers of the graph */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

/* Fields of ModelProto, and of GraphProto. */
enum { IR_VERSION = 1, PRODUCER = 2, PRODUCER_VERSION = 3, DOMAIN = 4,
    MODEL_VERSION = 5, GRAPH = 7, METADATA = 14 };
enum { INITIALIZER = 5 };

struct state {
	uint64_t	 graph;		/* its end; 0: not yet in it */
	uint64_t	 end;		/* of the tensor; 0: none */
	struct onnx_tensor tensor;	/* the current one */
};

/* ir_version is first, and small; then another field of the model. */
static bool
probe(const unsigned char *p, size_t n)
{
	return n > 4 && p[0] == (IR_VERSION << 3 | PB_VARINT) && p[1] > 0 &&
	    p[1] < 32 && p[2] && memchr("\x12\x1a\x22\x28\x32\x3a\x42", p[2],
	    7);
}

static int
add_metadata(struct ckpt_file *f, const struct protobuf_field *p,
    const char *key)
{
	char number[24], *text;
	int r;

	if (p->wire == PB_VARINT) {
		snprintf(number, sizeof number, "%" PRIu64, p->value);
		return ckpt_meta(f, key, number);
	}
	text = ckpt_protobuf_read_text(f->rd, f->in, p);
	if (text == NULL)
		return -1;
	r = *text ? ckpt_meta(f, key, text) : 0;
	free(text);
	return r;
}

/* An entry of metadata_props, as a key with the prefix "onnx.". */
static int
add_property(struct ckpt_file *f, uint64_t end)
{
	char *key, *value, *name = NULL;
	int r = ckpt_protobuf_read_entry(f->rd, f->in, end, &key, &value);

	if (r == 0 && key && value) {
		if (asprintf(&name, "onnx.%s", key) < 0) {
			name = NULL;
			r = ckpt_fail_memory(f->rd);
		} else {
			r = ckpt_meta(f, name, value);
		}
	}
	free(name);
	free(key);
	free(value);
	return r;
}

/* A field of the model other than its graph. */
static int
read_model_field(struct ckpt_file *f, const struct protobuf_field *p)
{
	static const char *const key[] = { [IR_VERSION] = "onnx.ir_version",
		[PRODUCER] = "onnx.producer_name",
		[PRODUCER_VERSION] = "onnx.producer_version",
		[DOMAIN] = "onnx.domain",
		[MODEL_VERSION] = "onnx.model_version" };

	if (p->field == METADATA && p->wire == PB_BYTES)
		return add_property(f, ckpt_input_tell(f->in) + p->value);
	if (p->field < sizeof key / sizeof *key && key[p->field] &&
	    (p->wire == PB_VARINT || p->wire == PB_BYTES))
		return add_metadata(f, p, key[p->field]);
	return ckpt_protobuf_skip_field(f->rd, f->in, p);
}

/* Read up to the graph. In a file, read what follows it as well, and seek
 * back. */
static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);
	uint64_t start = 0;
	struct protobuf_field p;
	int r;

	f->state = s;
	if (s == NULL)
		return ckpt_fail_memory(f->rd);
	while ((r = ckpt_protobuf_next_field(f->rd, f->in, UINT64_MAX,
	    &p)) == 1) {
		if (p.field != GRAPH || p.wire != PB_BYTES) {
			r = read_model_field(f, &p);
		} else if (s->graph) {
			r = ckpt_fail(f->rd, CKPT_UNSUPPORTED, "two graphs");
		} else {
			start = ckpt_input_tell(f->in);
			if (__builtin_add_overflow(start, p.value, &s->graph))
				return ckpt_fail(f->rd, CKPT_BAD, "a graph of %"
				    PRIu64 " bytes", p.value);
			if (ckpt_input_size(f->in) == UINT64_MAX)
				return 0;
			r = ckpt_protobuf_skip_field(f->rd, f->in, &p);
		}
		if (r < 0)
			return -1;
	}
	if (r == 0 && s->graph == 0)
		return ckpt_fail(f->rd, CKPT_CUT, "a model without a graph");
	if (r == 0 && ckpt_input_seek(f->in, start) < 0)
		return ckpt_fail_errno(f->rd);
	return r;
}

/* What follows the graph was read by open_file, or need only be valid. */
static int
skip_rest(struct ckpt_file *f)
{
	struct protobuf_field p;
	int r;

	while ((r = ckpt_protobuf_next_field(f->rd, f->in, UINT64_MAX,
	    &p)) == 1)
		if (p.field == GRAPH)
			return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "two graphs");
		else if (ckpt_protobuf_skip_field(f->rd, f->in, &p) < 0)
			return -1;
	return r;
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	struct protobuf_field p;
	int r;

	if (s->end && ckpt_onnx_skip_rest(f->rd, f->in, s->end, &s->tensor) < 0)
		return -1;
	ckpt_onnx_free_tensor(&s->tensor);
	s->end = 0;
	while ((r = ckpt_protobuf_next_field(f->rd, f->in, s->graph,
	    &p)) == 1) {
		if (p.field != INITIALIZER || p.wire != PB_BYTES) {
			if (ckpt_protobuf_skip_field(f->rd, f->in, &p) < 0)
				return -1;
			continue;
		}
		s->end = ckpt_input_tell(f->in) + p.value;
		if (ckpt_onnx_read_header(f->rd, f->in, s->end, &s->tensor) < 0)
			return -1;
		*t = s->tensor.t;
		return 1;
	}
	return r < 0 ? -1 : skip_rest(f);
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;

	(void)t;
	return ckpt_onnx_load_values(f, &s->tensor, b);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s)
		ckpt_onnx_free_tensor(&s->tensor);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_onnx = {
	.name = "onnx",
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
};
