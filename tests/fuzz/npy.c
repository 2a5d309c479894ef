/* npy.c - fuzz: any bytes as a NumPy array, or a zip of arrays */
#include "fuzz.h"
#include "npy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_npy, &ckpt_format_npz, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
