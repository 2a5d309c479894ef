/* archive.c - any bytes as an archive, of files of any format */
#include "container.h"
#include "fuzz.h"
#include "npy.h"
#include "safetensors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const only[] = { &npy, &safetensors,
		&archive, NULL };

	fuzz(p, n, only);
	return 0;
}
