/* links.c - tensors that the links of their checkpoint call swapped */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ckpt.h"
#include "tap.h"

static char path[] = "/tmp/test-links.XXXXXX";

static const char *const names[] = { "a", "b", "c", "flat" };

/* A checkpoint of three kernels and a matrix. */
static int
write_checkpoint(struct ckpt_wr *w, uint64_t step, const char *links)
{
	float x[8] = { 0 };
	int bad = ckpt_begin(w, step) < 0 ||
	    (links && ckpt_set(w, "net.links", links) < 0);

	for (int i = 0; i < 4 && !bad; i++) {
		struct ckpt_tensor t = { .name = names[i], .type = CKPT_F32,
		    .rank = i < 3 ? 3 : 2, .dim = { 2, 2, i < 3 ? 2 : 0 },
		    .data = x };

		bad = ckpt_put(w, &t) < 0;
	}
	return bad ? -1 : 0;
}

/* The names of the swapped tensors of the next checkpoint. */
static const char *
list_swapped(struct ckpt_rd *r)
{
	static char list[40];
	struct ckpt_tensor t;

	*list = 0;
	if (ckpt_next_checkpoint(r) != 1)
		return "no checkpoint";
	while (ckpt_next_tensor(r, &t) == 1)
		if (t.swapped)
			strcat(strcat(list, t.name), " ");
	return list;
}

int
main(void)
{
	char *paths[] = { path, NULL };
	struct ckpt_wr *w;
	struct ckpt_rd *r;
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	w = ckpt_create(path, NULL, "test", "1", "test");
	ok(write_checkpoint(w, 1, "a\tb\tconv swap-to\nflat\tflat\tlinear swap\n")
	    == 0 && write_checkpoint(w, 2, NULL) == 0 &&
	    write_checkpoint(w, 3, "# none\nbad line\na\tc\tconv swap\n") == 0 &&
	    ckpt_finish(w, NULL, 0) == 0, "three checkpoints");
	r = ckpt_open(paths, NULL);
	ok(strcmp(list_swapped(r), "b ") == 0, "kernels only");
	ok(strcmp(list_swapped(r), "") == 0, "no links");
	ok(strcmp(list_swapped(r), "a c ") == 0, "other links");
	ckpt_close(r);
	unlink(path);
	return tap_done();
}
