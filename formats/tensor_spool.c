/* tensor_spool.c - tensors in a temporary file, for formats whose files begin
 * with the shapes of all tensors */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/temp_file.h"
#include "tensor_spool.h"

enum { COPY = 1 << 20 };

static int
fail_file(struct ckpt_out *o)
{
	return ckpt_wfail(o->wr, "temporary file in %s: %s", ckpt_temp_dir(),
	    strerror(errno));
}

int
ckpt_spool_open(struct ckpt_out *o, struct tensor_spool *s)
{
	*s = (struct tensor_spool){ .fd = ckpt_temp_file_open() };
	return s->fd < 0 ? fail_file(o) : 0;
}

int
ckpt_spool_put(struct ckpt_out *o, struct tensor_spool *s,
    const struct ckpt_tensor *t)
{
	struct spooled_tensor p = { .type = t->type, .rank = t->rank,
	    .at = s->size, .size = t->size };

	memcpy(p.dim, t->dim, sizeof p.dim);
	if (ckpt_write_all(s->fd, t->data, t->size) < 0)
		return fail_file(o);
	s->size += t->size;
	p.name = strdup(t->name);
	if (p.name == NULL ||
	    ckpt_grow(&s->tensor, s->n, &s->room, sizeof *s->tensor) < 0) {
		free(p.name);
		return ckpt_wfail_memory(o->wr);
	}
	s->tensor[s->n++] = p;
	return 0;
}

int
ckpt_spool_copy(struct ckpt_out *o, const struct tensor_spool *s,
    const struct spooled_tensor *t)
{
	unsigned char *b = malloc(COPY);
	int r = b ? 0 : ckpt_wfail_memory(o->wr);

	for (uint64_t done = 0, n; done < t->size && r == 0; done += n) {
		n = t->size - done < COPY ? t->size - done : COPY;
		if (ckpt_pread_all(s->fd, t->at + done, b, n) < 0)
			r = fail_file(o);
		else if (ckpt_write_all(o->fd, b, n) < 0)
			r = ckpt_wfail_errno(o->wr);
	}
	free(b);
	return r;
}

void
ckpt_spool_close(struct tensor_spool *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->tensor[i].name);
	free(s->tensor);
	if (s->fd >= 0)
		close(s->fd);
}
