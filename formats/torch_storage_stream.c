/* torch_storage_stream.c - tensors given out as their storages come by */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

/* All storages that tensors are in must have come. */
static int
check_end(struct ckpt_file *f, struct torch *t)
{
	const struct torch_tensor *v = (struct torch_tensor *)t->tensor.p;

	for (size_t i = 0; i < t->tensor.n / sizeof *v; i++)
		if (!v[i].storage->come)
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: its "
			    "storage %s is not there", v[i].name,
			    v[i].storage->key);
	return 0;
}

static struct torch_tensor *
current(const struct torch *t)
{
	return (struct torch_tensor *)t->tensor.p + t->now->first +
	    t->nth - 1;
}

int
ckpt_torch_next(struct ckpt_file *f, struct ckpt_tensor *out)
{
	struct torch *t = f->state;

	while (t->now == NULL || t->nth == t->now->n) {
		int r = t->storage_next(f, &t->now, &t->in);

		if (r <= 0)
			return r < 0 ? -1 : check_end(f, t);
		if (t->now->come)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s twice",
			    t->now->key);
		t->now->come = true;
		t->nth = t->at = t->whole.n = 0;
	}
	t->nth++;
	ckpt_torch_shape(current(t), out);
	ckpt_measure(out);		/* ckpt_torch_view has seen that it fits */
	out->name = current(t)->name;
	return 1;
}

/* Skip what comes before a tensor in its storage. */
static int
skip_to(struct ckpt_file *f, struct torch *t, uint64_t offset)
{
	char what[64];

	snprintf(what, sizeof what, "storage %s", t->now->key);
	return ckpt_skip(f->rd, t->in, offset - t->at, what);
}

static void
swap(unsigned char *p, uint64_t n, enum ckpt_type type)
{
	size_t each = ckpt_type_size(type);

	if (type == CKPT_C64 || type == CKPT_C128)
		each /= 2;
	for (; n > 0 && each > 1; p += each, n -= each)
		for (size_t i = 0; i < each / 2; i++) {
			unsigned char c = p[i];

			p[i] = p[each - 1 - i];
			p[each - 1 - i] = c;
		}
}

int
ckpt_torch_load(struct ckpt_file *f, struct ckpt_tensor *out, struct ckpt_buffer *b)
{
	struct torch *t = f->state;
	const struct torch_tensor *v = current(t);

	if (out->size == 0)
		return 0;
	if (!t->now->scattered) {
		if (skip_to(f, t, v->offset) < 0 ||
		    ckpt_gather(f->rd, t->in, b, out->size, out->name) < 0)
			return -1;
		t->at = v->offset + out->size;
	} else {
		if (t->whole.n == 0 && ckpt_gather(f->rd, t->in, &t->whole,
		    t->now->size, out->name) < 0)
			return -1;
		t->at = t->now->size;
		if (ckpt_buffer_reserve(b, out->size) < 0)
			return ckpt_fail_memory(f->rd);
		ckpt_torch_copy(v, t->whole.p, b->p);
		b->n = out->size;
	}
	if (t->swap)
		swap(b->p, out->size, v->type);
	return 0;
}
