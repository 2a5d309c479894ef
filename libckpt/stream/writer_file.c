/* writer_file.c - the file of a writer, or one for each checkpoint, whose path
 * has the step in it */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

/* If s begins with "{step}" or, for six digits, "{step:06}": the bytes of that,
 * and the digits, else 0. */
static size_t
parse_field(const char *s, int *digits)
{
	size_t n = strlen("{step");

	*digits = 1;
	if (strncmp(s, "{step", n) != 0)
		return 0;
	if (s[n] == ':' && s[n + 1] == '0' && s[n + 2] >= '1' &&
	    s[n + 2] <= '9') {
		*digits = s[n + 2] - '0';
		n += 3;
	}
	return s[n] == '}' ? n + 1 : 0;
}

bool
ckpt_path_is_pattern(const char *path)
{
	int digits;

	while (*path && parse_field(path, &digits) == 0)
		path++;
	return *path;
}

/* The path of a step, NULL if out of memory. */
static char *
make_path(const char *pattern, uint64_t step)
{
	struct ckpt_buffer b = { 0 };
	char number[24];
	int digits, bad = 0;
	size_t n;

	for (; *pattern && !bad; pattern += n) {
		n = parse_field(pattern, &digits);
		snprintf(number, sizeof number, "%0*" PRIu64, digits, step);
		bad = ckpt_buffer_add(&b, n ? number : pattern,
		    n ? strlen(number) : 1) < 0;
		n += n == 0;
	}
	if (bad || ckpt_buffer_add(&b, "", 1) < 0) {
		free(b.p);
		return NULL;
	}
	return (char *)b.p;
}

int
ckpt_writer_open_file(struct ckpt_wr *w)
{
	if (strcmp(w->path, "-") == 0) {
		w->fd = 1;
	} else if (w->in_place) {
		w->fd = open(w->path, O_WRONLY | O_CLOEXEC | O_CREAT |
		    O_TRUNC, 0666);
	} else if (ckpt_atomic_file_open(&w->file, w->path) == 0) {
		w->fd = w->file.fd;
	}
	return w->fd < 0 ? ckpt_wfail_errno(w) : 0;
}

int
ckpt_writer_open_step(struct ckpt_wr *w, uint64_t step)
{
	char *path = make_path(w->pattern, step);
	int new = path ? ckpt_name_map_add(&w->paths, path, NULL) : -1;

	if (new < 0) {
		free(path);
		return ckpt_wfail_memory(w);
	}
	free(w->path);
	w->path = path;
	return new ? ckpt_writer_open_file(w) : ckpt_wfail(w, "step %" PRIu64
	    " comes twice", step);
}

int
ckpt_writer_close_file(struct ckpt_wr *w)
{
	ckpt_zstd_writer_close(w->pack);
	w->pack = NULL;
	if (w->out.wr)
		w->format->abandon(&w->out);
	w->out.wr = NULL;
	/* a full disk may be reported only here */
	if (w->fd > 2 && close(w->fd) < 0)
		return ckpt_wfail_errno(w);
	w->fd = -1;
	if (ckpt_atomic_file_commit(&w->file) < 0)
		return ckpt_wfail_errno(w);
	ckpt_atomic_file_free(&w->file);
	ckpt_name_map_clear(&w->kept, free);
	ckpt_name_map_clear(&w->before, free);
	w->steps = 0;
	return 0;
}
