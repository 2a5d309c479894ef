/*
 * safetensors_order.c - the order in which tensors are given, and their bytes
 * in that order
 *
 * Nearly all writers sort tensors by name as text, most of them by type before
 * that, so the order of a network is lost: fc1, fc10, fc2. Then names are
 * sorted with numbers as numbers. Any other order in a file was chosen and is
 * kept.
 *
 * In a file that is a seek to each tensor. From a pipe, tensors that arrive
 * before their turn are put into a temporary file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/natural_order.h"
#include "base/temp_file.h"
#include "safetensors.h"

enum { COPY = 1 << 18 };

/* Are the names sorted as text, all of them or those of each type, where types
 * have one place each? */
static bool
is_text_order(const struct safetensors_range *p, size_t n)
{
	uint64_t seen = 0;
	bool by_name = true, by_type = true;

	for (size_t i = 1; i < n; i++) {
		bool ascends = strcmp(p[i - 1].name, p[i].name) < 0;

		by_name &= ascends;
		if (p[i].type == p[i - 1].type) {
			by_type &= ascends;
		} else {
			seen |= 1ULL << p[i - 1].type;
			by_type &= !(seen >> p[i].type & 1);
		}
	}
	return by_name || by_type;
}

size_t *
ckpt_safetensors_sort(const struct safetensors_range *p, size_t n)
{
	struct entry { char *name; size_t i; } *sorted;
	size_t *order = malloc((n + 1) * sizeof *order);

	for (size_t i = 0; order && i < n; i++)
		order[i] = i;
	if (order == NULL || !is_text_order(p, n))
		return order;
	sorted = malloc((n + 1) * sizeof *sorted);
	if (sorted == NULL) {
		free(order);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct entry){ p[i].name, i };
	qsort(sorted, n, sizeof *sorted, ckpt_natural_order);
	for (size_t i = 0; i < n; i++)
		order[i] = sorted[i].i;
	free(sorted);
	return order;
}

/* ----------------------------------------------------------- from a pipe */

static int
fail_spool(struct ckpt_rd *rd)
{
	return ckpt_fail(rd, CKPT_IO, "temporary file in %s: %s",
	    ckpt_temp_dir(), strerror(errno));
}

/* Put a tensor that arrives before its turn into the temporary file. */
static int
spool_tensor(struct ckpt_file *f, struct safetensors_data *d,
    struct safetensors_range *p)
{
	struct ckpt_buffer b = { 0 };
	uint64_t n, left = p->end - p->begin;
	int r = 0;

	if (d->spool < 0)
		d->spool = ckpt_temp_file_open();
	if (d->spool < 0)
		return fail_spool(f->rd);
	p->spooled = d->spool_end;
	d->spool_end += left;
	for (; r == 0 && left > 0; left -= n) {
		n = left < COPY ? left : COPY;
		b.n = 0;
		r = ckpt_gather(f->rd, f->in, &b, n, p->name);
		if (r == 0 && ckpt_write_all(d->spool, b.p, n) < 0)
			r = fail_spool(f->rd);
	}
	free(b.p);
	return r;
}

/* Read a pipe up to tensor i of the file. */
static int
advance(struct ckpt_file *f, struct safetensors_data *d, size_t i)
{
	for (; d->arrived < i; d->arrived++) {
		struct safetensors_range *p = &d->range[d->arrived];
		bool pending = i < d->n && !p->given &&
		    ckpt_wants(f->rd, p->name);

		if ((pending ? spool_tensor(f, d, p) : ckpt_skip(f->rd, f->in,
		    p->end - p->begin, p->name)) < 0)
			return -1;
	}
	return 0;
}

int
ckpt_safetensors_load(struct ckpt_file *f, struct safetensors_data *d,
    size_t i, struct ckpt_buffer *b)
{
	const struct safetensors_range *p = &d->range[i];
	uint64_t n = p->end - p->begin;

	if (ckpt_input_size(f->in) != UINT64_MAX) {
		if (ckpt_input_seek(f->in, d->start + p->begin) < 0)
			return ckpt_fail_errno(f->rd);
		return ckpt_gather(f->rd, f->in, b, n, p->name);
	}
	if (i >= d->arrived) {
		if (advance(f, d, i) < 0)
			return -1;
		d->arrived++;
		return ckpt_gather(f->rd, f->in, b, n, p->name);
	}
	if (ckpt_buffer_reserve(b, n) < 0)
		return ckpt_fail_memory(f->rd);
	if (ckpt_pread_all(d->spool, p->spooled, b->p + b->n, n) < 0)
		return fail_spool(f->rd);
	b->n += n;
	return 0;
}

int
ckpt_safetensors_skip_rest(struct ckpt_file *f, struct safetensors_data *d)
{
	const unsigned char *p;
	uint64_t end = d->n > 0 ? d->range[d->n - 1].end : 0;
	size_t n = 1;

	if (ckpt_input_size(f->in) != UINT64_MAX)
		return ckpt_input_seek(f->in, d->start + end) < 0 ?
		    ckpt_fail_errno(f->rd) : 0;
	if (advance(f, d, d->n) < 0)
		return -1;
	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	return n == 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "bytes after the last tensor");
}
