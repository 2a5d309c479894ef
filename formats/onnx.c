/* onnx.c - ONNX: a model, its metadata and its graph */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

/* ir_version is first, and small; then another field of the model. */
static bool
probe(const unsigned char *p, size_t n)
{
	return n > 4 && p[0] == (MODEL_IR_VERSION << 3 | PB_VARINT) &&
	    p[1] > 0 && p[1] < 32 && p[2] &&
	    memchr("\x12\x1a\x22\x28\x32\x3a\x42", p[2], 7);
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
	static const char *const key[] = {
		[MODEL_IR_VERSION] = "onnx.ir_version",
		[MODEL_PRODUCER] = "onnx.producer_name",
		[MODEL_PRODUCER_VERSION] = "onnx.producer_version",
		[MODEL_DOMAIN] = "onnx.domain",
		[MODEL_VERSION] = "onnx.model_version" };

	if (p->field == MODEL_METADATA && p->wire == PB_BYTES)
		return add_property(f, ckpt_input_tell(f->in) + p->value);
	if (p->field < sizeof key / sizeof *key && key[p->field] &&
	    (p->wire == PB_VARINT || p->wire == PB_BYTES))
		return add_metadata(f, p, key[p->field]);
	return ckpt_protobuf_skip_field(f->rd, f->in, p);
}

/* Enter the model and its graph, which is next. */
static int
enter_graph(struct ckpt_file *f, struct onnx_walk *w, uint64_t end)
{
	return ckpt_onnx_enter(f, w, ONNX_MODEL, UINT64_MAX, NULL) < 0 ? -1 :
	    ckpt_onnx_enter(f, w, ONNX_GRAPH, end, NULL);
}

/* Read up to the graph. In a file, read what follows it as well, and seek
 * back. */
static int
open_file(struct ckpt_file *f)
{
	struct onnx_walk *w = calloc(1, sizeof *w);
	uint64_t start = 0, end = 0;
	struct protobuf_field p;
	int r;

	f->state = w;
	if (w == NULL)
		return ckpt_fail_memory(f->rd);
	while ((r = ckpt_protobuf_next_field(f->rd, f->in, UINT64_MAX,
	    &p)) == 1) {
		if (p.field == MODEL_FUNCTION && end == 0 &&
		    ckpt_leave_out(f, "a function",
		    "before the graph of the model") < 0)
			return -1;
		if (p.field != MODEL_GRAPH || p.wire != PB_BYTES) {
			r = read_model_field(f, &p);
		} else if (end) {
			r = ckpt_fail(f->rd, CKPT_UNSUPPORTED, "two graphs");
		} else {
			start = ckpt_input_tell(f->in);
			if (__builtin_add_overflow(start, p.value, &end))
				return ckpt_fail(f->rd, CKPT_BAD, "a graph of %"
				    PRIu64 " bytes", p.value);
			if (ckpt_input_size(f->in) == UINT64_MAX)
				return enter_graph(f, w, end);
			r = ckpt_protobuf_skip_field(f->rd, f->in, &p);
		}
		if (r < 0)
			return -1;
	}
	if (r == 0 && end == 0)
		return ckpt_fail(f->rd, CKPT_CUT, "a model without a graph");
	if (r == 0 && ckpt_input_seek(f->in, start) < 0)
		return ckpt_fail_errno(f->rd);
	return r < 0 ? -1 : enter_graph(f, w, end);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct onnx_walk *w = f->state;
	int r = ckpt_onnx_next(f, w);

	if (r == 1)
		*t = w->tensor.t;
	return r;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct onnx_walk *w = f->state;

	(void)t;
	return ckpt_onnx_load_values(f, &w->tensor, b);
}

static void
close_file(struct ckpt_file *f)
{
	struct onnx_walk *w = f->state;

	if (w)
		ckpt_onnx_free_walk(w);
	free(w);
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
