/* onnx.c - fuzz: any bytes as an ONNX model */
#include "fuzz.h"
#include "onnx.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_onnx, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
