/* npz.c - NumPy arrays in npz files: zip archives, stored or deflated */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "base/endian.h"
#include "npy.h"

struct state {
	struct ckpt_archive *archive;
	struct archive_member member;	/* the current array */
	struct npy_layout array;
	char		*name;
};

/* A zip whose first member has the suffix ".npy". */
static bool
probe(const unsigned char *head, size_t n)
{
	size_t name = n >= 30 ? load_le16(head + 26) : 0;

	return name > 4 && n >= 30 + name && memcmp(head, "PK\3\4", 4) == 0 &&
	    memcmp(head + 30 + name - 4, ".npy", 4) == 0;
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);

	f->state = s;
	if (s == NULL)
		return ckpt_fail_memory(f->rd);
	s->archive = ckpt_archive_open(f->rd, f->in, ARCHIVE_ZIP);
	return s->archive ? 0 : -1;
}

/* The header of the current member. */
static int
read_header(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	uint64_t size;

	if (ckpt_npy_read_header(f->rd, s->member.in, &s->array, t,
	    s->name) < 0)
		return -1;
	size = s->member.size - ckpt_input_tell(s->member.in);
	if (t->type == CKPT_OTHER)
		t->size = size;
	return t->size == size ? 0 : ckpt_fail(f->rd, CKPT_BAD, "%.200s: "
	    "wanted %" PRIu64 " bytes of elements, the member has %" PRIu64,
	    s->name, t->size, size);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	int r;

	while ((r = ckpt_archive_next(s->archive, &s->member)) == 1) {
		size_t n = strlen(s->member.name);

		if (n > 4 && strcmp(s->member.name + n - 4, ".npy") == 0)
			break;
		if (ckpt_leave_out(f, s->member.name,
		    "a member without the suffix .npy") < 0)
			return -1;
	}
	if (r <= 0)
		return r;
	free(s->name);
	s->name = strndup(s->member.name, strlen(s->member.name) - 4);
	if (s->name == NULL)
		return ckpt_fail_memory(f->rd);
	if (ckpt_wants(f->rd, s->name) && read_header(f, t) < 0)
		return -1;
	t->name = s->name;
	return 1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;

	return ckpt_npy_load(f->rd, s->member.in, &s->array, t, b);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s == NULL)
		return;
	ckpt_archive_close(s->archive);
	free(s->name);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_npz = {
	.name = "npz",
	.alias = { "numpy" },
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
	.create = ckpt_npz_create,
	.put = ckpt_npz_put,
	.finish = ckpt_npz_finish,
	.abandon = ckpt_npz_abandon,
};
