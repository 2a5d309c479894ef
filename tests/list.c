/* list.c - a program that uses the installed library: lists tensors */
#include <ckpt.h>
#include <formats.h>
#include <stdio.h>

int
main(int argc, char *argv[])
{
	struct ckpt_rd *r = ckpt_open(argv + (argc > 0), ckpt_formats);
	struct ckpt_tensor t;

	while (ckpt_next_checkpoint(r) == 1)
		while (ckpt_next_tensor(r, &t) == 1)
			printf("%s\t%s\n", t.name, t.dtype);
	if (ckpt_why(r) != CKPT_FINE)
		fprintf(stderr, "list: %s\n", ckpt_error(r));
	return ckpt_why(r) != CKPT_FINE;
}
