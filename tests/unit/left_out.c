/* left_out.c - what a reader leaves out is counted, named and recorded */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "tap.h"

/*
 * A format for this test: after "TOY" a letter for each part. t is a tensor of
 * two bytes, u one that can only be listed, o something that is left out, and l
 * something that is left out late, after the tensors before it.
 */
struct toy { char text[32]; size_t at, opened; };

static bool
probe(const unsigned char *p, size_t n)
{
	return n >= 3 && memcmp(p, "TOY", 3) == 0;
}

static int
open_toy(struct ckpt_file *f)
{
	struct toy *toy = calloc(1, sizeof *toy);

	f->state = toy;
	ckpt_input_read(f->in, toy->text, sizeof toy->text - 1);
	toy->at = 3;
	for (const char *p = toy->text; *p; p++)
		if (*p == 'o' && ckpt_leave_out(f, p == toy->text + 3 ?
		    "first\tname" : "other", "opaque") < 0)
			return -1;
	return 0;
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	static char name[8];
	struct toy *toy = f->state;

	for (; toy->text[toy->at]; toy->at++)
		if (toy->text[toy->at] == 'l')
			ckpt_leave_out(f, "late", "late");
		else if (toy->text[toy->at] != 'o')
			break;
	if (toy->text[toy->at] == 0)
		return 0;
	snprintf(name, sizeof name, "%c%zu", toy->text[toy->at], toy->at);
	t->name = name;
	t->rank = 1;
	t->dim[0] = 2;
	if (toy->text[toy->at++] == 'u') {
		ckpt_list_only(t, "complex32");
		return 1;
	}
	t->type = CKPT_U8;
	t->dtype = "U8";
	ckpt_measure(t);
	return 1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	return ckpt_buffer_add(b, t->name, 2) < 0 ?
	    ckpt_fail_memory(f->rd) : 0;
}

static void
close_toy(struct ckpt_file *f)
{
	free(f->state);
}

static const struct ckpt_format toy_format = {
	.name = "toy", .probe = probe, .open = open_toy, .next = next,
	.load = load, .close = close_toy
};
static const struct ckpt_format *const formats[] = { &toy_format, NULL };

static bool
is_readable(const char *name, void *arg)
{
	(void)arg;
	return *name != 'u';
}

/* Read a file of one checkpoint and load every tensor; the line of what was
 * left out, or of the error, without the path, is in line. */
static int
read_file(const char *path, const char *copy, bool all, char line[200])
{
	struct ckpt_rd *r = ckpt_open((char *[]){ (char *)path, NULL },
	    formats);
	struct ckpt_wr *w = copy ? ckpt_create(copy, NULL, "t", "1", "t") :
	    NULL;
	struct ckpt_tensor t;
	int n, tensors = 0;

	if (!all)
		ckpt_select_tensors(r, is_readable, NULL);
	*line = 0;
	n = ckpt_next_checkpoint(r);
	if (w && n == 1)
		ckpt_begin_from(w, r);
	while (n == 1 && (n = ckpt_next_tensor(r, &t)) == 1) {
		tensors++;
		n = w ? ckpt_copy(w, r, &t) : ckpt_load(r, &t);
		n = n == 0 ? 1 : n;
	}
	if (n == 0 && ckpt_left_out(r))
		snprintf(line, 200, "%s", ckpt_left_out(r));
	if (n == 0)
		n = ckpt_next_checkpoint(r);
	if (n < 0)
		snprintf(line, 200, "%s", ckpt_error(r));
	if (strncmp(line, path, strlen(path)) == 0)
		memmove(line, line + strlen(path), 200 - strlen(path));
	ckpt_close(r);
	if (w)
		ckpt_finish(w, NULL, 0);
	return n < 0 ? -1 : tensors;
}

static void
test_file(const char *text, int tensors, const char *wanted)
{
	char path[] = "/tmp/test-left-out.XXXXXX", line[200];
	int fd = mkstemp(path), n;

	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
	n = read_file(path, NULL, true, line);
	if (!ok(n == tensors && strcmp(line, wanted) == 0, "%s", text))
		printf("# %d tensors, \"%s\"\n", n, line);
	unlink(path);
}

/* The same from a native stream, twice: the key is copied. */
static void
test_copies(const char *text, const char *wanted)
{
	char a[] = "/tmp/test-left-out.XXXXXX";
	char b[] = "/tmp/test-left-out.XXXXXX", line[200];
	int fd = mkstemp(a);

	close(mkstemp(b));
	if (write(fd, text, strlen(text)) < 0)
		perror(a);
	close(fd);
	read_file(a, b, false, line);
	read_file(b, a, false, line);
	if (!ok(read_file(a, NULL, false, line) >= 0 &&
	    strcmp(line, wanted) == 0, "copied: %s", text))
		printf("# \"%s\"\n", line);
	unlink(a);
	unlink(b);
}

int
main(void)
{
	char line[200];

	test_file("TOYtt", 2, "");
	test_file("TOYot", 1,
	    ": step 0: 1 tensor left out: first\\tname (opaque)");
	test_file("TOYoto", 1,
	    ": step 0: 2 tensors left out, first: first\\tname (opaque)");
	test_file("TOYtl", 1, ": step 0: 1 tensor left out: late (late)");
	test_file("TOYo", -1,
	    ": step 0: no tensors; 1 left out, first: first\\tname (opaque)");
	test_file("TOY", 0, "");
	test_file("TOYtu", -1, ": step 0: u4: dtype complex32 cannot be "
	    "read: leave it out with -t '!u4'");
	test_copies("TOYtu", "");
	test_copies("TOYotou",
	    ": step 0: 2 tensors left out, first: first\\tname (opaque)");
	ok(read_file("/nonexistent", NULL, true, line) < 0, "no file");
	return tap_done();
}
