/* protobuf.c - protocol buffers: read a message field by field */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "protobuf.h"

enum { TEXT = 1 << 28 };

static int
fail_cut(struct ckpt_rd *rd, struct ckpt_input *in)
{
	return ckpt_fail(rd, CKPT_CUT, "cut short at byte %" PRIu64,
	    ckpt_input_tell(in));
}

static int
read_bytes(struct ckpt_rd *rd, struct ckpt_input *in, unsigned char *p,
    size_t n)
{
	ptrdiff_t got = ckpt_input_read(in, p, n);

	if (got < 0)
		return ckpt_fail_errno(rd);
	return (size_t)got == n ? 0 : fail_cut(rd, in);
}

static int
read_varint(struct ckpt_rd *rd, struct ckpt_input *in, uint64_t *x)
{
	unsigned char c;

	*x = 0;
	for (int shift = 0; shift < 64; shift += 7) {
		if (read_bytes(rd, in, &c, 1) < 0)
			return -1;
		*x |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return 0;
	}
	return ckpt_fail(rd, CKPT_BAD, "a varint of more than ten bytes before "
	    "byte %" PRIu64, ckpt_input_tell(in));
}

bool
ckpt_protobuf_parse_varint(const unsigned char **p, const unsigned char *end,
    uint64_t *x)
{
	*x = 0;
	for (int shift = 0; shift < 64 && *p < end; shift += 7) {
		unsigned char c = *(*p)++;

		*x |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static int
read_value(struct ckpt_rd *rd, struct ckpt_input *in, struct protobuf_field *f)
{
	unsigned char p[8];

	switch (f->wire) {
	case PB_VARINT:
	case PB_BYTES:
		return read_varint(rd, in, &f->value);
	case PB_FIXED64:
		if (read_bytes(rd, in, p, 8) < 0)
			return -1;
		f->value = load_le64(p);
		return 0;
	case PB_FIXED32:
		if (read_bytes(rd, in, p, 4) < 0)
			return -1;
		f->value = load_le32(p);
		return 0;
	}
	return ckpt_fail(rd, CKPT_BAD, "field %" PRIu32 " of unknown wire type "
	    "%d before byte %" PRIu64, f->field, (int)f->wire,
	    ckpt_input_tell(in));
}

int
ckpt_protobuf_next_field(struct ckpt_rd *rd, struct ckpt_input *in,
    uint64_t end, struct protobuf_field *f)
{
	const unsigned char *p;
	uint64_t tag;
	size_t n = 1;

	if (ckpt_input_tell(in) == end)
		return 0;
	if (end == UINT64_MAX) {
		if (ckpt_input_peek(in, &p, &n) < 0)
			return ckpt_fail_errno(rd);
		if (n == 0)
			return 0;
	}
	if (read_varint(rd, in, &tag) < 0)
		return -1;
	f->field = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
	if (tag >> 32 || f->field == 0)
		return ckpt_fail(rd, CKPT_BAD, "a bad field number before "
		    "byte %" PRIu64, ckpt_input_tell(in));
	if (read_value(rd, in, f) < 0)
		return -1;
	if (ckpt_input_tell(in) > end || (f->wire == PB_BYTES &&
	    f->value > end - ckpt_input_tell(in)))
		return ckpt_fail(rd, CKPT_BAD, "field %" PRIu32 " exceeds its "
		    "message at byte %" PRIu64, f->field, ckpt_input_tell(in));
	if (f->wire == PB_BYTES && ckpt_input_size(in) != UINT64_MAX &&
	    f->value > ckpt_input_size(in) - ckpt_input_tell(in))
		return fail_cut(rd, in);
	return 1;
}

int
ckpt_protobuf_skip_field(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f)
{
	char what[24];

	if (f->wire != PB_BYTES)
		return 0;
	snprintf(what, sizeof what, "field %" PRIu32, f->field);
	return ckpt_skip(rd, in, f->value, what);
}

char *
ckpt_protobuf_read_text(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct protobuf_field *f)
{
	struct ckpt_buffer b = { 0 };

	if (f->wire != PB_BYTES || f->value > TEXT) {
		ckpt_fail(rd, CKPT_BAD, "field %" PRIu32 ": wanted a string "
		    "of at most %d bytes", f->field, TEXT);
		return NULL;
	}
	if (ckpt_gather(rd, in, &b, f->value, "a string") < 0 ||
	    ckpt_buffer_add(&b, "", 1) < 0) {
		ckpt_fail_memory(rd);	/* unless ckpt_gather has failed */
		free(b.p);
		return NULL;
	}
	if (strlen((char *)b.p) != f->value) {
		ckpt_fail(rd, CKPT_BAD, "field %" PRIu32 ": NUL in a string",
		    f->field);
		free(b.p);
		return NULL;
	}
	return (char *)b.p;
}

int
ckpt_protobuf_read_entry(struct ckpt_rd *rd, struct ckpt_input *in,
    uint64_t end, char **key, char **value)
{
	struct protobuf_field f;
	int r;

	*key = *value = NULL;
	while ((r = ckpt_protobuf_next_field(rd, in, end, &f)) == 1) {
		char **to = f.field == 1 ? key : f.field == 2 ? value : NULL;

		if (to) {
			free(*to);
			*to = ckpt_protobuf_read_text(rd, in, &f);
		}
		if (to ? *to == NULL : ckpt_protobuf_skip_field(rd, in, &f) < 0)
			return -1;
	}
	return r;
}
