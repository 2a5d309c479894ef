/* torch_tensor.c - tensors of a PyTorch checkpoint, in the pickle's order */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "torch.h"

/* Limit of what is read again and again, since tensors take turns with their
 * storages: a file cannot ask for more than this many times its bytes. */
enum { AGAIN = 64, FREE = 1 << 30 };

static struct torch_tensor *
get_tensor(const struct torch_reader *t, size_t i)
{
	return (struct torch_tensor *)t->tensors.p + i;
}

int
ckpt_torch_next(struct ckpt_file *f, struct ckpt_tensor *out)
{
	struct torch_reader *t = f->state;
	const struct torch_tensor *v;

	if (t->nth == t->tensors.n / sizeof *v)
		return t->end ? t->end(f) : 0;
	v = get_tensor(t, t->nth++);
	out->name = v->name;
	ckpt_torch_set_shape(v->type, v->dim, out);
	if (v->type == CKPT_OTHER)
		ckpt_list_only(out, v->dtype);
	else
		ckpt_measure(out);	/* fits: see torch_view.c */
	if (v->storage && !v->storage->found && ckpt_wants(f->rd, v->name))
		return ckpt_fail(f->rd, CKPT_BAD, "%.200s: its storage %s is "
		    "missing", v->name, v->storage->key);
	return 1;
}

/* Open the storage of v, unless it is open and was not read beyond v. */
static int
open_storage(struct ckpt_file *f, struct torch_reader *t,
    const struct torch_tensor *v)
{
	if (t->storage == v->storage && t->at <= v->offset)
		return 0;
	t->storage = NULL;
	t->whole.n = t->at = 0;
	if (t->open_storage(f, v->storage, &t->in) < 0)
		return -1;
	t->storage = v->storage;
	return 0;
}

/* Count what is read. */
static int
count_work(struct ckpt_file *f, struct torch_reader *t,
    const struct torch_tensor *v, uint64_t n)
{
	t->work += n;
	if (t->work / AGAIN <= t->bytes || t->work <= FREE)
		return 0;
	return ckpt_fail(f->rd, CKPT_LIMIT, "%.200s: tensors that take turns "
	    "with few storages", v->name);
}

/* Read a tensor whose elements are contiguous. */
static int
read_contiguous(struct ckpt_file *f, struct torch_reader *t,
    const struct torch_tensor *v, const struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	char what[64];
	uint64_t skip;

	snprintf(what, sizeof what, "storage %s", v->storage->key);
	if (open_storage(f, t, v) < 0)
		return -1;
	skip = v->offset - t->at;
	if (count_work(f, t, v, out->size + (t->seeks ? 0 : skip)) < 0 ||
	    ckpt_skip(f->rd, t->in, skip, what) < 0 ||
	    ckpt_gather(f->rd, t->in, b, out->size, out->name) < 0)
		return -1;
	t->at = v->offset + out->size;
	return 0;
}

/* Copy a tensor out of its whole storage, which is read once for tensors that
 * follow each other. */
static int
read_whole(struct ckpt_file *f, struct torch_reader *t,
    const struct torch_tensor *v, const struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	uint64_t size = v->storage->size;

	if (t->storage != v->storage || t->whole.n == 0) {
		t->storage = NULL;
		t->whole.n = t->at = 0;
		if (count_work(f, t, v, size) < 0 ||
		    t->open_storage(f, v->storage, &t->in) < 0 ||
		    ckpt_gather(f->rd, t->in, &t->whole, size, out->name) < 0)
			return -1;
		t->storage = v->storage;
		t->at = size;
	}
	if (ckpt_buffer_reserve(b, out->size) < 0)
		return ckpt_fail_memory(f->rd);
	ckpt_torch_copy_contiguous(v, t->whole.p, b->p);
	b->n = out->size;
	return 0;
}

int
ckpt_torch_read(struct ckpt_file *f, struct torch_reader *t,
    const struct torch_tensor *v, const struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	bool is_complex = v->type == CKPT_C64 || v->type == CKPT_C128;
	bool whole;

	if (out->size == 0)
		return 0;
	if (v->array)
		return ckpt_torch_load_numpy(f->rd, v, out, b);
	whole = v->storage->strided || (v->storage->backward && !t->seeks);
	if ((whole ? read_whole : read_contiguous)(f, t, v, out, b) < 0)
		return -1;
	if (t->big_endian)
		reverse_elements(b->p, out->size,
		    ckpt_type_size(v->type) / (is_complex ? 2 : 1));
	return 0;
}

int
ckpt_torch_load(struct ckpt_file *f, struct ckpt_tensor *out,
    struct ckpt_buffer *b)
{
	struct torch_reader *t = f->state;

	return ckpt_torch_read(f, t, get_tensor(t, t->nth - 1), out, b);
}
