/* reader.c - the public calls of reading: checkpoints, tensors, selection */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "reader.h"

int
ckpt_fail(struct ckpt_rd *r, enum ckpt_kind kind, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (r->why != CKPT_FINE)	/* the first error counts */
		return -1;
	r->why = kind;
	snprintf(r->error, sizeof r->error, "%s: ", ckpt_path(r));
	n = strlen(r->error);
	if (r->inside)
		snprintf(r->error + n, sizeof r->error - n,
		    "step %" PRIu64 ": ", r->step);
	n = strlen(r->error);
	va_start(ap, fmt);
	vsnprintf(r->error + n, sizeof r->error - n, fmt, ap);
	va_end(ap);
	ckpt_escape_message(r->error, sizeof r->error);
	return -1;
}

int
ckpt_fail_errno(struct ckpt_rd *r)
{
	return ckpt_fail(r, CKPT_IO, "%s", strerror(errno));
}

int
ckpt_fail_memory(struct ckpt_rd *r)
{
	return ckpt_fail(r, CKPT_MEMORY, "out of memory");
}

struct ckpt_rd *
ckpt_open(char *const paths[], const struct ckpt_format *const formats[])
{
	static char *const input[] = { "-", NULL };
	struct ckpt_rd *r = calloc(1, sizeof *r);
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	struct stat st;

	if (r == NULL)
		return NULL;
	if (ckpt_file_list_open(&r->files, *paths ? paths : input, formats) < 0)
		goto fail;
	for (size_t i = 0; i < r->files.n; i++) {
		const char *path = r->files.file[i].path;
		int bad = strcmp(path, "-") == 0 ? fstat(0, &st) :
		    stat(path, &st);

		/* the total is known only if all of it is in files */
		if (bad || !S_ISREG(st.st_mode)) {
			r->total = 0;
			break;
		}
		r->total += st.st_size;
	}
	r->formats = formats;
	r->threads = 1;
	r->limit = pages > 0 && page > 0 ?
	    (uint64_t)pages * page / 2 : 4ULL << 30;
	return r;
fail:
	ckpt_close(r);
	return NULL;
}

void
ckpt_select_tensors(struct ckpt_rd *r, bool (*want)(const char *, void *),
    void *arg)
{
	r->want = want;
	r->want_arg = arg;
}

void
ckpt_select_steps(struct ckpt_rd *r, bool (*want)(uint64_t, uint64_t, void *),
    void *arg)
{
	r->want_step = want;
	r->want_step_arg = arg;
}

void
ckpt_set_path_steps(struct ckpt_rd *r,
    bool (*by)(const char *, uint64_t *, void *), void *arg)
{
	r->path_step = by;
	r->path_step_arg = arg;
}

void
ckpt_set_threads(struct ckpt_rd *r, int n)
{
	r->threads = n < 1 ? 1 : n;
}

void
ckpt_set_all(struct ckpt_rd *r)
{
	r->all = true;
}

bool
ckpt_wants_all(const struct ckpt_rd *r)
{
	return r->all;
}

void
ckpt_set_limit(struct ckpt_rd *r, uint64_t bytes)
{
	r->limit = bytes;
}

/* ---------------------------------------------------------- checkpoints */

int
ckpt_reader_enter(struct ckpt_rd *r, uint64_t step)
{
	r->step = step;
	r->inside = true;
	r->chosen = r->want_step == NULL ||
	    r->want_step(step, r->entered, r->want_step_arg);
	r->entered++;
	ckpt_name_map_clear(&r->seen, NULL);
	ckpt_name_map_clear(&r->swapped, NULL);
	r->links_parsed = false;
	return r->native == NULL && ckpt_left_out_put(r) < 0 ? -1 : READ_BEGIN;
}

int
ckpt_reader_keep_name(struct ckpt_rd *r, struct ckpt_tensor *t,
    const char *name)
{
	size_t n = strlen(name);
	int new;

	if (n == 0 || n > CKPT_NAME)
		return ckpt_fail(r, n ? CKPT_LIMIT : CKPT_BAD,
		    "a name of %zu bytes, wanted 1 to %d", n, CKPT_NAME);
	if (!ckpt_is_utf8(name, n))
		return ckpt_fail(r, CKPT_BAD, "name is not UTF-8");
	if (ckpt_has_control(name, n, true))
		return ckpt_fail(r, CKPT_BAD, "control character in a name");
	memcpy(r->name, name, n + 1);
	t->name = r->name;
	new = ckpt_name_map_add(&r->seen, name, NULL);
	if (new < 0)
		return ckpt_fail_memory(r);
	if (new == 0)
		return ckpt_fail(r, CKPT_BAD, "%s twice", name);
	return 0;
}

/* --------------------------------------------------------------- tensors */

/* As ckpt_records_next, for a foreign file: one checkpoint or a shard of it. */
static int
next_foreign(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	uint64_t step;
	const char *name;

	if (!r->started) {
		if (ckpt_reader_find_step(r, &step) < 0)
			return -1;
		r->started = true;
		return ckpt_reader_enter(r, step);
	}
	for (;;) {
		int n = r->format->next(&r->file, t);
		const char *why;

		if (n != 1)
			return n < 0 ? -1 : READ_NOTHING;
		why = ckpt_reader_misplaced(r, t->name);
		if (why == NULL)
			break;
		if (ckpt_leave_out(&r->file, t->name, why) < 0)
			return -1;
	}
	name = ckpt_reader_full_name(r, t->name);
	if (name == NULL)
		return ckpt_fail_memory(r);
	return ckpt_reader_keep_name(r, t, name) < 0 ? -1 : READ_TENSOR;
}

/* The next event in any of the files; READ_NOTHING after the last one. */
static int
next_event(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	for (;;) {
		bool ended;
		int n;

		if (r->in == NULL && (n = ckpt_reader_open_file(r)) <= 0)
			return n;
		memset(t, 0, offsetof(struct ckpt_tensor, dim));
		t->len = t->size = t->hash = 0;
		t->data = NULL;
		r->loaded = false;
		n = r->native ? ckpt_records_next(r, t) : next_foreign(r, t);
		if (n != READ_NOTHING)
			return n;
		ended = r->native == NULL;
		if (ckpt_reader_close_file(r) < 0)
			return -1;
		if (ended && !r->started)	/* not one shard of several */
			return READ_END;
	}
}

bool
ckpt_is_ready(const struct ckpt_rd *r)
{
	const struct ckpt_input *in = r->archive.in ? r->archive.in : r->in;

	return in ? ckpt_input_is_ready(in) : r->total > 0;
}

int
ckpt_next_checkpoint(struct ckpt_rd *r)
{
	struct ckpt_tensor t;
	int n;

	if (r->why != CKPT_FINE)
		return -1;
	r->open = false;
	ckpt_left_out_clear(&r->left_out);
	r->tie = NULL;
	while ((n = next_event(r, &t)) > 0)
		if (n == READ_BEGIN && r->chosen) {
			r->open = true;
			return 1;
		}
	return n;
}

bool
ckpt_wants(const struct ckpt_rd *r, const char *name)
{
	name = ckpt_reader_full_name(r, name);
	return name == NULL || ckpt_reader_given_name(r, name) != NULL;
}

int
ckpt_next_tensor(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	int n;

	if (r->why != CKPT_FINE)
		return -1;
	if (ckpt_reader_next_name(r, t))
		return 1;
	while (r->open) {
		n = next_event(r, t);
		if (n < 0)
			return -1;
		if (n == READ_END)
			r->open = false;
		else if (ckpt_reader_first_name(r, t)) {
			n = t->rank > 2 ? ckpt_reader_is_swapped(r,
			    r->stored.name) : 0;
			t->swapped = r->stored.swapped = n > 0;
			return n < 0 ? -1 : 1;
		}
	}
	return 0;
}

int
ckpt_load(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	if (r->why != CKPT_FINE)
		return -1;
	t->data = r->stored.data;
	if (r->loaded)
		return 0;
	if (t->type == CKPT_OTHER)
		return ckpt_fail(r, CKPT_UNSUPPORTED, "%s: dtype %s cannot be "
		    "read: leave it out with -t '!%s'", t->name, t->dtype,
		    t->name);
	if (t->size > r->limit)
		return ckpt_fail(r, CKPT_LIMIT, "%s: %" PRIu64
		    " bytes, limit %" PRIu64, t->name, t->size, r->limit);
	if (r->native) {
		if (ckpt_records_load(r, t) < 0)
			return -1;
	} else {
		r->data.n = 0;
		if (ckpt_buffer_reserve(&r->data, 1) < 0)
			return ckpt_fail_memory(r);
		if (r->format->load(&r->file, t, &r->data) < 0)
			return -1;
		t->data = r->data.p;
	}
	r->stored.data = t->data;
	r->loaded = true;
	return 0;
}

int
ckpt_gather(struct ckpt_rd *r, struct ckpt_input *in, struct ckpt_buffer *b,
    uint64_t n, const char *what)
{
	uint64_t start = b->n;

	while (b->n - start < n) {
		uint64_t left = n - (b->n - start);
		/* allocate no more than twice what has arrived */
		size_t part = b->n < 1 << 20 ? 1 << 20 : b->n;
		ptrdiff_t got;

		if (ckpt_input_size(in) != UINT64_MAX &&
		    ckpt_input_size(in) - ckpt_input_tell(in) >= left)
			part = left;	/* they exist */
		if (part > left)
			part = left;
		if (ckpt_buffer_reserve(b, part) < 0)
			return ckpt_fail_memory(r);
		got = ckpt_input_read(in, b->p + b->n, part);
		if (got < 0)
			return ckpt_fail_errno(r);
		b->n += got;
		if ((size_t)got < part)
			return ckpt_fail(r, CKPT_CUT, "cut short in %s: wanted "
			    "%" PRIu64 " bytes, got %" PRIu64, what, n,
			    b->n - start);
	}
	return 0;
}

int
ckpt_skip(struct ckpt_rd *r, struct ckpt_input *in, uint64_t n,
    const char *what)
{
	switch (ckpt_input_skip(in, n)) {
	case 1:
		return 0;
	case 0:
		return ckpt_fail(r, CKPT_CUT, "cut short in %.200s", what);
	default:
		return ckpt_fail_errno(r);
	}
}

/* -------------------------------------------------------------- queries */

uint64_t
ckpt_step(const struct ckpt_rd *r)
{
	return r->step;
}

uint64_t
ckpt_nth(const struct ckpt_rd *r)
{
	return r->entered ? r->entered - 1 : 0;
}

bool
ckpt_step_is_counted(const struct ckpt_rd *r)
{
	return r->native == NULL && r->counted;
}

const char *
ckpt_format_name(const struct ckpt_rd *r)
{
	return r->format ? r->format->name : "ckpt";
}

uint64_t
ckpt_tell(const struct ckpt_rd *r)
{
	return r->consumed + (r->in ? ckpt_input_tell(r->in) : 0);
}

uint64_t
ckpt_total(const struct ckpt_rd *r)
{
	return r->total;
}

uint64_t
ckpt_unknown_frames(const struct ckpt_rd *r)
{
	return r->unknown + (r->native ? ckpt_records_unknown_frames(r) : 0);
}

const char *
ckpt_error(const struct ckpt_rd *r)
{
	return r->error;
}

enum ckpt_kind
ckpt_why(const struct ckpt_rd *r)
{
	return r->why;
}

void
ckpt_close(struct ckpt_rd *r)
{
	if (r == NULL)
		return;
	ckpt_reader_free_files(r);
	ckpt_file_list_close(&r->files);
	free(r->expected.p);
	ckpt_name_map_clear(&r->seen, NULL);
	ckpt_left_out_clear(&r->left_out);
	ckpt_key_list_clear(&r->meta);
	ckpt_name_map_clear(&r->swapped, NULL);
	free(r->meta.text.p);
	free(r->meta.at.p);
	free(r->unescaped.p);
	free(r->full_name.p);
	free(r->data.p);
	free(r);
}
