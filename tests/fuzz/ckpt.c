/* ckpt.c - fuzz: any bytes as a native stream */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	fuzz(p, n, NULL);
	return 0;
}
