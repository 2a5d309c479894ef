/*
 * torch_writer.c - write the zip format of PyTorch
 *
 * The file has the members that torch.save writes for a dictionary of tensors.
 * data.pkl is the last but one, so that no storage needs a temporary file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "torch.h"
#include "zip_writer.h"

/* Items of the pickled dictionary, in memory. */
struct text {
	FILE		*f;
	char		*p;
	size_t		 n;
};

struct state {
	struct zip_writer zip;
	uint64_t	 storages;
	struct text	 tensors, ties;
	size_t		 last;		/* start of the value put last */
};

static int
add_member(struct ckpt_out *o, const char *name, const void *data, size_t n)
{
	struct state *s = o->state;

	return ckpt_zip_add(o, &s->zip, name, data, n, NULL, 0);
}

int
ckpt_torch_create(struct ckpt_out *o)
{
	struct state *s = calloc(1, sizeof *s);

	o->state = s;
	if (s == NULL)
		return ckpt_wfail_memory(o->wr);
	s->tensors.f = open_memstream(&s->tensors.p, &s->tensors.n);
	s->ties.f = open_memstream(&s->ties.p, &s->ties.n);
	if (s->tensors.f == NULL || s->ties.f == NULL)
		return ckpt_wfail_memory(o->wr);
	fputs("\x80\x02}(", s->tensors.f);	/* protocol 2, a dictionary */
	return add_member(o, "archive/byteorder", "little", 6);
}

/* ------------------------------------------------------------- opcodes */

static void
write_text(FILE *f, const char *s)
{
	unsigned char n[4];

	store_le32(n, (uint32_t)strlen(s));
	putc('X', f);
	fwrite(n, sizeof n, 1, f);
	fputs(s, f);
}

static void
write_int(FILE *f, uint64_t x)
{
	unsigned char p[9] = { 0 };
	size_t n = x < 1 << 8 ? 1 : x < 1 << 16 ? 2 : x <= INT32_MAX ? 4 : 9;

	store_le64(p, x);
	/* a long integer is signed: a byte more */
	fputs(n == 1 ? "K" : n == 2 ? "M" : n == 4 ? "J" : "\x8a\x09", f);
	fwrite(p, n, 1, f);
}

/* _rebuild_tensor_v2(storage, 0, dim, stride, False, OrderedDict()), or v3 with
 * the dtype for the types that have no class of storages. */
static void
write_tensor(FILE *f, const struct ckpt_tensor *t, const char *key)
{
	const char *storage, *dtype;
	uint64_t stride[CKPT_RANK], n = 1;

	ckpt_torch_type_names(t->type, &storage, &dtype);
	fprintf(f, "ctorch._utils\n_rebuild_tensor_v%d\n((", storage ? 2 : 3);
	write_text(f, "storage");
	if (storage)
		fprintf(f, "ctorch\n%sStorage\n", storage);
	else
		fputs("ctorch.storage\nUntypedStorage\n", f);
	write_text(f, key);
	write_text(f, "cpu");
	write_int(f, storage ? t->len : t->size);
	fputs("tQ", f);			/* by its persistent ID */
	write_int(f, 0);
	putc('(', f);
	for (int i = 0; i < t->rank; i++)
		write_int(f, t->dim[i]);
	fputs("t(", f);
	for (int i = t->rank; i-- > 0; n *= t->dim[i] ? t->dim[i] : 1)
		stride[i] = n;
	for (int i = 0; i < t->rank; i++)
		write_int(f, stride[i]);
	fputs("t\x89" "ccollections\nOrderedDict\n)R", f);
	if (storage == NULL)
		fprintf(f, "ctorch\n%s\n", dtype);
	fputs("tR", f);
}

/* ------------------------------------------------------------- tensors */

int
ckpt_torch_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	struct state *s = o->state;
	char name[40], *key = name + strlen("archive/data/");

	snprintf(name, sizeof name, "archive/data/%" PRIu64, s->storages++);
	write_text(s->tensors.f, t->name);
	fflush(s->tensors.f);
	s->last = s->tensors.n;
	write_tensor(s->tensors.f, t, key);
	return ckpt_zip_add(o, &s->zip, name, NULL, 0, t->data, t->size);
}

/* The same view of the same storage. */
int
ckpt_torch_tie(struct ckpt_out *o, const char *name, const char *target)
{
	struct state *s = o->state;

	(void)target;
	if (fflush(s->tensors.f) != 0)
		return ckpt_wfail_memory(o->wr);
	write_text(s->ties.f, name);
	fwrite(s->tensors.p + s->last, 1, s->tensors.n - s->last, s->ties.f);
	return 0;
}

int
ckpt_torch_finish(struct ckpt_out *o)
{
	struct state *s = o->state;

	if (fflush(s->ties.f) != 0)
		return ckpt_wfail_memory(o->wr);
	fwrite(s->ties.p, 1, s->ties.n, s->tensors.f);
	fputs("u.", s->tensors.f);
	if (fflush(s->tensors.f) != 0 || ferror(s->tensors.f) ||
	    ferror(s->ties.f))
		return ckpt_wfail_memory(o->wr);
	return add_member(o, "archive/data.pkl", s->tensors.p, s->tensors.n) ||
	    add_member(o, "archive/version", "3\n", 2) ? -1 :
	    ckpt_zip_finish(o, &s->zip);
}

static void
free_text(struct text *t)
{
	if (t->f)
		fclose(t->f);
	free(t->p);
}

void
ckpt_torch_abandon(struct ckpt_out *o)
{
	struct state *s = o->state;

	if (s == NULL)
		return;
	free_text(&s->tensors);
	free_text(&s->ties);
	ckpt_zip_free(&s->zip);
	free(s);
	o->state = NULL;
}
