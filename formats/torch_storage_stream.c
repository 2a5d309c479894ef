/* torch_storage_stream.c - read tensors, one storage at a time */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "torch.h"

/* At the end, all storages with tensors must have been there. */
static int
check_storages(struct ckpt_file *f, struct torch_reader *t)
{
	const struct torch_tensor *v = (struct torch_tensor *)t->tensors.p;

	for (size_t i = 0; i < t->tensors.n / sizeof *v; i++)
		if (!v[i].storage->seen)
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: its "
			    "storage %s is missing", v[i].name,
			    v[i].storage->key);
	return 0;
}

static struct torch_tensor *
get_tensor(const struct torch_reader *t)
{
	return (struct torch_tensor *)t->tensors.p + t->storage->first +
	    t->nth - 1;
}

int
ckpt_torch_next(struct ckpt_file *f, struct ckpt_tensor *out)
{
	struct torch_reader *t = f->state;

	while (t->storage == NULL || t->nth == t->storage->n) {
		int r = t->next_storage(f, &t->storage, &t->in);

		if (r <= 0)
			return r < 0 ? -1 : check_storages(f, t);
		if (t->storage->seen)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s twice",
			    t->storage->key);
		t->storage->seen = true;
		t->nth = t->at = t->whole.n = 0;
	}
	t->nth++;
	ckpt_torch_set_shape(get_tensor(t), out);
	ckpt_measure(out);	/* fits: checked by ckpt_torch_rebuild_tensor */
	out->name = get_tensor(t)->name;
	return 1;
}

/* Skip what precedes a tensor in its storage. */
static int
skip_to(struct ckpt_file *f, struct torch_reader *t, uint64_t offset)
{
	char what[64];

	snprintf(what, sizeof what, "storage %s", t->storage->key);
	return ckpt_skip(f->rd, t->in, offset - t->at, what);
}

int
ckpt_torch_load(struct ckpt_file *f, struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	struct torch_reader *t = f->state;
	const struct torch_tensor *v = get_tensor(t);
	bool is_complex = v->type == CKPT_C64 || v->type == CKPT_C128;

	if (out->size == 0)
		return 0;
	if (!t->storage->scattered) {
		if (skip_to(f, t, v->offset) < 0 ||
		    ckpt_gather(f->rd, t->in, b, out->size, out->name) < 0)
			return -1;
		t->at = v->offset + out->size;
	} else {
		if (t->whole.n == 0 && ckpt_gather(f->rd, t->in, &t->whole,
		    t->storage->size, out->name) < 0)
			return -1;
		t->at = t->storage->size;
		if (ckpt_buffer_reserve(b, out->size) < 0)
			return ckpt_fail_memory(f->rd);
		ckpt_torch_copy_contiguous(v, t->whole.p, b->p);
		b->n = out->size;
	}
	if (t->big_endian)
		reverse_elements(b->p, out->size,
		    ckpt_type_size(v->type) / (is_complex ? 2 : 1));
	return 0;
}
