/* archive.c - any bytes as an archive, of files of any format */
#include "container.h"
#include "fuzz.h"
#include "npy.h"
#include "safetensors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const only[] = { &ckpt_format_npy, &ckpt_format_safetensors,
		&ckpt_format_archive, NULL };

	fuzz(p, n, only);
	return 0;
}
