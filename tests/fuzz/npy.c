/* npy.c - any bytes as a NumPy array, or archive of some */
#include "fuzz.h"
#include "npy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const only[] = { &ckpt_format_npy, &ckpt_format_npz, NULL };

	fuzz(p, n, only);
	return 0;
}
