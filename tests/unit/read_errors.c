/* read_errors.c - a failed read in any part of a file is an I/O error */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "gguf.h"
#include "hdf5_child.h"
#include "npy.h"
#include "onnx.h"
#include "safetensors.h"
#include "tap.h"
#include "torch_dcp.h"

static const struct {
	const char	*path;
	const struct ckpt_format *format;
} files[] = {
	{ "tests/files/gguf/types.gguf", &ckpt_format_gguf },
	{ "tests/files/hdf5/types.h5", &ckpt_format_hdf5 },
	{ "tests/files/npy/c.npy", &ckpt_format_npy },
	{ "tests/files/npy/stored.npz", &ckpt_format_npz },
	{ "tests/files/onnx/raw.onnx", &ckpt_format_onnx },
	{ "tests/files/safetensors/good/multi-layer.safetensors",
	    &ckpt_format_safetensors },
	{ "tests/files/torch/good/shared.pt", &ckpt_format_torch_zip },
	{ "tests/files/torch/good/legacy-shared.pt",
	    &ckpt_format_torch_legacy },
	{ "tests/files/torch/good/tar.pt", &ckpt_format_torch_tar },
	{ "tests/files/torch/good/tar.pt", &ckpt_format_archive },
};

/* The first n bytes of a file, then an error. */
struct broken { FILE *f; size_t n; };

static ptrdiff_t
read_broken(void *arg, void *p, size_t n)
{
	struct broken *b = arg;

	if (b->n == 0) {
		errno = EIO;
		return -1;
	}
	n = fread(p, 1, n < b->n ? n : b->n, b->f);
	b->n -= n;
	return (ptrdiff_t)n;
}

/* Read all tensors, or all members. */
static void
read_all(const struct ckpt_format *format, struct ckpt_file *f)
{
	struct ckpt_tensor t;
	struct ckpt_buffer b = { 0 };
	struct ckpt_buffer names = { 0 };
	struct ckpt_input *in;
	int r = format->open(f);

	if (r == 0 && format->members)
		r = format->members(f, &names);
	for (size_t i = 0; r == 0 && i < names.n;
	    i += strlen((char *)names.p + i) + 1)
		r = format->member(f, (char *)names.p + i, &in);
	free(names.p);
	while (r == 0 && format->next && format->next(f, &t) == 1) {
		b.n = 0;
		r = format->load(f, &t, &b);
	}
	free(b.p);
	format->close(f);
}

/* Whether an error after n bytes is reported as what it is. */
static bool
is_reported(const char *path, const struct ckpt_format *format, size_t n)
{
	char *paths[] = { (char *)path, NULL };
	struct broken b = { fopen(path, "r"), n };
	struct ckpt_file f = { .rd = ckpt_open(paths, NULL), .path = path,
	    .in = ckpt_input_from_callback(read_broken, &b) };
	bool good;

	if (b.f == NULL || f.rd == NULL || f.in == NULL)
		abort();
	read_all(format, &f);
	good = ckpt_why(f.rd) == CKPT_IO &&
	    strstr(ckpt_error(f.rd), strerror(EIO));
	if (!good)
		printf("# after %zu bytes: %s\n", n, ckpt_error(f.rd));
	ckpt_input_close(f.in);
	ckpt_close(f.rd);
	fclose(b.f);
	return good;
}

int
main(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		FILE *f = fopen(files[i].path, "r");
		bool good = f && fseek(f, 0, SEEK_END) == 0;
		size_t size = good ? (size_t)ftell(f) : 0;

		for (size_t k = 0; k < 8 && good; k++)
			good = is_reported(files[i].path, files[i].format,
			    k * size / 8);
		ok(good, "%s, %s", files[i].path, files[i].format->name);
		if (f)
			fclose(f);
	}
	return tap_done();
}
