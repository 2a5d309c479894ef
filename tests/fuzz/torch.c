/* torch.c - fuzz: any bytes as a PyTorch checkpoint, in each container */
#include "fuzz.h"
#include "torch_dcp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct ckpt_format *const formats[] = {
		&ckpt_format_torch_zip, &ckpt_format_torch_legacy,
		&ckpt_format_torch_tar, &ckpt_format_torch_dcp, NULL
	};

	fuzz(p, n, formats);
	return 0;
}
