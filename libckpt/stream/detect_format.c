/* detect_format.c - which format a file has, by its first bytes */
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "reader.h"
#include "zstd_frame.h"

/* Bytes that zstd decompresses: some, or a block. */
enum { PEEK = 1 << 16, BLOCK = 1 << 18 };

enum content { UNDECIDED, NATIVE, FOREIGN };

/* What zstd frames that begin with these n bytes hold. What is damaged counts
 * as native, whose reader reports it. */
static enum content
decode_first(const unsigned char *p, size_t n)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { p, n, 0 };
	char text[5];
	ZSTD_outBuffer out = { text, sizeof text, 0 };
	bool bad = z == NULL;

	while (!bad && in.pos < n && out.pos < sizeof text)
		bad = ZSTD_isError(ZSTD_decompressStream(z, &out, &in));
	ZSTD_freeDCtx(z);
	return out.pos == sizeof text && memcmp(text, "ckpt/", 5) != 0 ?
	    FOREIGN : bad || out.pos == sizeof text ? NATIVE : UNDECIDED;
}

/* Does this zstd frame hold something other than a ckpt/1 stream? That needs a
 * whole block, which a pipe may be unable to look ahead to. */
static bool
is_compressed_foreign(struct ckpt_input *in)
{
	const unsigned char *p;
	unsigned char *block;
	enum content found = UNDECIDED;
	size_t n = 1, before = 0;
	ptrdiff_t got;
	bool other;

	/* the rest may arrive late: wait for no more than is needed */
	while (found == UNDECIDED && before < PEEK &&
	    ckpt_input_peek_arrived(in, &p, &n) == 0 && n > before) {
		found = decode_first(p, n);
		before = n;
		n = n < PEEK ? n + 1 : n;
	}
	if (found != UNDECIDED)
		return found == FOREIGN;
	if (before < PEEK || ckpt_input_size(in) == UINT64_MAX ||
	    ckpt_input_tell(in) > 0)
		return false;
	block = malloc(BLOCK);
	got = block ? ckpt_input_read(in, block, BLOCK) : 0;
	other = got > 0 && decode_first(block, got) == FOREIGN;
	free(block);
	return ckpt_input_seek(in, 0) == 0 && other;
}

static int
probe_format(struct ckpt_rd *r, const struct ckpt_format *format,
    struct ckpt_input *in, const unsigned char *p, size_t n)
{
	if (format->probe && format->probe(p, n))
		return 1;
	return format->probe_file && ckpt_input_size(in) != UINT64_MAX ?
	    format->probe_file(r, in) : 0;
}

int
ckpt_detect_format(struct ckpt_rd *r, const struct ckpt_format **format)
{
	struct ckpt_input *in = r->in;
	unsigned char first[4] = { 0 };
	const unsigned char *p;
	size_t n = 4;

	*format = NULL;
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n == 0)
		return ckpt_fail(r, CKPT_CUT, "empty input");
	memcpy(first, p, n < 4 ? n : 4);
	if (memcmp(first, "ckpt", 4) == 0 ||
	    (ckpt_frame_has_magic(first) && !(r->formats &&
	    is_compressed_foreign(in))))
		return 1;
	n = CKPT_HEAD;
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	for (size_t i = 0; r->formats && r->formats[i]; i++) {
		int found = probe_format(r, r->formats[i], in, p, n);

		if (found != 0) {
			*format = r->formats[i];
			return found;
		}
	}
	return 0;
}
