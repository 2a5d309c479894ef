/* archive.c - fuzz: any bytes as an archive, whose members have any format */
#include "container.h"
#include "fuzz.h"
#include "npy.h"
#include "safetensors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_npy, &ckpt_format_safetensors,
		&ckpt_format_archive, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
