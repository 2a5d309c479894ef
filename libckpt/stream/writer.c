/* writer.c - write checkpoints, natively or in a foreign format */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/utf8.h"
#include "writer.h"

int
ckpt_wfail(struct ckpt_wr *w, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (w->failed)
		return -1;
	w->failed = true;
	n = snprintf(w->error, sizeof w->error, "%s: ",
	    strcmp(w->path, "-") == 0 ? "standard output" : w->path);
	if (n >= sizeof w->error)
		n = sizeof w->error - 1;
	va_start(ap, fmt);
	vsnprintf(w->error + n, sizeof w->error - n, fmt, ap);
	va_end(ap);
	ckpt_escape_message(w->error, sizeof w->error);
	return -1;
}

int
ckpt_wfail_errno(struct ckpt_wr *w)
{
	return ckpt_wfail(w, "%s", strerror(errno));
}

int
ckpt_wfail_memory(struct ckpt_wr *w)
{
	return ckpt_wfail(w, "out of memory");
}

static struct ckpt_wr *
create_writer(const char *path, bool in_place, const struct ckpt_format *format,
    const char *program, const char *version, const char *command)
{
	struct ckpt_wr *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->fd = -1;
	w->level = 1;
	w->threads = 1;
	w->format = format;
	w->in_place = in_place;
	w->path = strdup(path);
	w->program = strdup(program);
	w->version = strdup(version);
	w->command = strdup(command);
	if (ckpt_path_is_pattern(path))
		w->pattern = strdup(path);
	if (!w->path || !w->program || !w->version || !w->command ||
	    (!w->pattern && ckpt_path_is_pattern(path))) {
		ckpt_abandon(w);
		return NULL;
	}
	if (w->pattern == NULL)
		ckpt_writer_open_file(w);
	return w;
}

struct ckpt_wr *
ckpt_create(const char *path, const struct ckpt_format *format,
    const char *program, const char *version, const char *command)
{
	return create_writer(path, false, format, program, version, command);
}

struct ckpt_wr *
ckpt_create_here(const char *path, const char *program, const char *version,
    const char *command)
{
	return create_writer(path, true, NULL, program, version, command);
}

void
ckpt_set_packing(struct ckpt_wr *w, int level, int threads, int delta)
{
	w->level = level;
	w->threads = threads;
	w->delta = level > 0 && delta > 1 ? delta : 0;
}

const char *
ckpt_temporary(const struct ckpt_wr *w)
{
	return w->file.keep ? NULL : w->file.temporary;
}

const char *
ckpt_wr_error(const struct ckpt_wr *w)
{
	return w->error;
}

/* ---------------------------------------------------------- checkpoints */

/* Write a record without a body. */
static int
put_header(struct ckpt_wr *w, const struct ckpt_buffer *head)
{
	if (ckpt_zstd_writer_put(w->pack, 'H', head->p, head->n) < 0 ||
	    ckpt_zstd_writer_flush(w->pack) < 0)
		return ckpt_wfail_errno(w);
	return 0;
}

/* Parse w->head: readers may not accept what callers have set. */
static int
check_header(struct ckpt_wr *w)
{
	struct ckpt_header h = { 0 };
	struct ckpt_header_fault fault;
	int r = 0;

	for (size_t at = 0; r == 0 && at < w->head.n; at += HEAD_UNIT)
		r = ckpt_header_add(&h, w->head.p + at, &fault);
	if (r < 0 || ckpt_header_parse(&h, &fault) < 0)
		r = ckpt_wfail(w, "step %" PRIu64 ": metadata: %s", w->step,
		    fault.text);
	ckpt_header_free(&h);
	return r < 0 ? -1 : 0;
}

/* Start the packing of a native stream, unless it was. */
static int
open_pack(struct ckpt_wr *w)
{
	if (w->pack == NULL)
		w->pack = ckpt_zstd_writer_open(w->fd, w->level, w->threads);
	return w->pack ? 0 : ckpt_wfail_memory(w);
}

int
ckpt_writer_put_begin(struct ckpt_wr *w)
{
	struct ckpt_buffer *head = &w->head;
	/* every checkpoint but the last of a chain may be a base */
	bool keep = w->delta &&
	    w->steps % w->delta != (uint64_t)w->delta - 1;
	struct ckpt_buffer more = { 0 };	/* metadata in its own record */
	int r = 0;

	w->begun = true;
	if (w->pattern && ckpt_writer_open_step(w, w->step) < 0)
		return -1;
	if (w->format)
		return ckpt_writer_begin_foreign(w);
	if (open_pack(w) < 0)
		return -1;
	head->n = 0;
	if (ckpt_header_begin(head, "begin", 0) < 0 ||
	    ckpt_header_put_number(head, "step", w->step) < 0 ||
	    ckpt_metadata_split(&w->meta, head, &more) < 0 ||
	    ckpt_provenance_add(w, head) < 0 ||
	    (keep && ckpt_header_put_escaped(head, "keep", "1") < 0) ||
	    (more.n > 0 && ckpt_header_put_escaped(head, "meta", "1") < 0) ||
	    ckpt_header_end(head, 0) < 0)
		r = ckpt_wfail_memory(w);
	if (r == 0)
		r = check_header(w);
	if (r == 0) {
		XXH64_reset(&w->heads, 0);
		XXH64_update(&w->heads, head->p, head->n);
		r = put_header(w, head);
	}
	if (r == 0 && more.n > 0)
		r = ckpt_metadata_write(w, &more);
	free(more.p);
	return r;
}

static int
end_file(struct ckpt_wr *w)
{
	if (w->format) {
		if (w->out.wr == NULL)
			return ckpt_wfail(w, "no checkpoint to write");
		return w->format->finish(&w->out) < 0 ? -1 :
		    ckpt_writer_close_file(w);
	}
	if (open_pack(w) < 0)
		return -1;
	w->head.n = 0;
	if (ckpt_header_begin(&w->head, "eof", 0) < 0 ||
	    ckpt_header_put_number(&w->head, "steps", w->steps) < 0 ||
	    ckpt_header_end(&w->head, 0) < 0)
		return ckpt_wfail_memory(w);
	return put_header(w, &w->head) < 0 ? -1 : ckpt_writer_close_file(w);
}

static int
write_end(struct ckpt_wr *w)
{
	char hash[17];

	if (!w->begun && ckpt_writer_put_begin(w) < 0)
		return -1;
	w->inside = w->begun = false;
	w->steps++;
	ckpt_name_map_clear(&w->seen, NULL);
	ckpt_name_map_clear(&w->before, free);
	w->before = w->kept;
	w->kept = (struct ckpt_name_map){ 0 };
	if (w->format)
		return w->pattern ? end_file(w) : 0;
	ckpt_print_hash(hash, XXH64_digest(&w->heads));
	w->head.n = 0;
	if (ckpt_header_begin(&w->head, "end", 0) < 0 ||
	    ckpt_header_put_number(&w->head, "tensors", w->tensors) < 0 ||
	    ckpt_header_put_escaped(&w->head, "hash", hash) < 0 ||
	    ckpt_header_end(&w->head, 0) < 0)
		return ckpt_wfail_memory(w);
	if (put_header(w, &w->head) < 0)
		return -1;
	w->file.keep |= w->tensors > 0;
	return w->pattern ? end_file(w) : 0;
}

int
ckpt_begin(struct ckpt_wr *w, uint64_t step)
{
	if (w->failed)
		return -1;
	if (w->inside && write_end(w) < 0)
		return -1;
	w->inside = true;
	w->step = step;
	w->tensors = w->via = 0;
	w->parents.n = 0;
	w->meta.n = 0;
	ckpt_tie_list_clear(&w->ties);
	return 0;
}

/* Remove the line of a key that was set before. */
static void
unset_key(struct ckpt_wr *w, const char *key)
{
	size_t len = strlen(key);
	char *p = (char *)w->meta.p, *end = p ? p + w->meta.n : NULL, *next;

	for (; p < end; p = next) {
		next = (char *)memchr(p, '\n', end - p) + 1;
		if ((size_t)(next - p) > len && memcmp(p, key, len) == 0 &&
		    p[len] == '\t') {
			memmove(p, next, end - next);
			w->meta.n -= next - p;
			return;
		}
	}
}

int
ckpt_set_step(struct ckpt_wr *w, uint64_t step)
{
	if (w->failed)
		return -1;
	if (!w->inside || w->begun)
		return ckpt_wfail(w, "step %" PRIu64 " set outside the start "
		    "of a checkpoint", step);
	w->step = step;
	return 0;
}

int
ckpt_set(struct ckpt_wr *w, const char *key, const char *value)
{
	bool tie = strcmp(key, "tie") == 0;

	if (w->failed)
		return -1;
	if (!w->inside || w->begun)
		return ckpt_wfail(w, "%s: set outside the start of a "
		    "checkpoint", key);
	if (!tie && (!ckpt_is_key(key) || strchr(key, '.') == NULL))
		return ckpt_wfail(w, "%s: not a key with a dot", key);
	if (!ckpt_is_utf8(value, strlen(value)))
		return ckpt_wfail(w, "%s: the value is not UTF-8", key);
	if (tie)
		return ckpt_writer_add_tie(w, value);
	unset_key(w, key);
	return ckpt_header_put(&w->meta, key, value) < 0 ?
	    ckpt_wfail_memory(w) : 0;
}

int
ckpt_begin_from(struct ckpt_wr *w, struct ckpt_rd *r)
{
	const char *key, *value;

	if (ckpt_begin(w, r->step) < 0)
		return -1;
	for (size_t i = 0; ckpt_keys(r, i, &key, &value); i++) {
		bool tie = strcmp(key, "tie") == 0;

		if (strcmp(key, "via") == 0)
			w->via++;
		if (tie) {
			if (ckpt_writer_copy_tie(w, r, value) < 0)
				return -1;
		} else if (ckpt_header_put_escaped(&w->meta, key, value) < 0) {
			return ckpt_wfail_memory(w);
		}
	}
	if (ckpt_provenance_parent(w) < 0)
		return ckpt_wfail_memory(w);
	return w->failed ? -1 : 0;
}

/* -------------------------------------------------------------- the end */

int
ckpt_flush(struct ckpt_wr *w)
{
	if (w->failed)
		return -1;
	return w->begun ? write_end(w) : 0;
}

static void
free_writer(struct ckpt_wr *w)
{
	if (w->format && w->out.wr)
		w->format->abandon(&w->out);
	ckpt_zstd_writer_close(w->pack);
	if (w->fd > 2)
		close(w->fd);
	ckpt_name_map_clear(&w->seen, NULL);
	ckpt_name_map_clear(&w->kept, free);
	ckpt_name_map_clear(&w->before, free);
	free(w->meta.p);
	ckpt_tie_list_clear(&w->ties);
	free(w->parents.p);
	free(w->head.p);
	ckpt_name_map_clear(&w->paths, NULL);
	free(w->path);
	free(w->pattern);
	ckpt_atomic_file_free(&w->file);
	free(w->program);
	free(w->version);
	free(w->command);
	free(w);
}

int
ckpt_finish(struct ckpt_wr *w, char *err, size_t n)
{
	int r;

	if (!w->failed && w->inside)
		write_end(w);
	if (!w->failed && w->pattern && w->paths.table.n == 0)
		ckpt_wfail(w, "no checkpoint to write");
	if (!w->failed && !w->pattern)
		end_file(w);
	if (err)
		snprintf(err, n, "%s", w->error);
	r = w->failed ? -1 : 0;
	free_writer(w);
	return r;
}

void
ckpt_abandon(struct ckpt_wr *w)
{
	free_writer(w);
}
