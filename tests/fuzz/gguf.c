/* gguf.c - fuzz: any bytes as a GGUF file */
#include "fuzz.h"
#include "gguf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_gguf, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
