/* safetensors.c - fuzz: any bytes as a safetensors file */
#include "fuzz.h"
#include "safetensors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_safetensors, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
