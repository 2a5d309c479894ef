/* metadata.c - metadata of any length goes through a stream unchanged */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ckpt.h"
#include "tap.h"

enum { LONG = 300000, MANY = 9000 };

static char *text;		/* LONG bytes, with characters to be escaped */

static void
make_text(void)
{
	static const char part[] = "token\t\"\\\"\n\xc3\xa9 ";

	text = malloc(LONG + 1);
	for (int i = 0; i < LONG; i++)
		text[i] = part[i % (sizeof part - 1)];
	text[LONG] = 0;
	/* end between two characters */
	memcpy(text + LONG - 4, "end.", 4);
	if ((unsigned char)text[LONG - 5] == 0xc3)
		text[LONG - 5] = '.';
}

static void
write_stream(const char *path, int level)
{
	struct ckpt_wr *w = ckpt_create(path, NULL, "test", "1", "test");
	struct ckpt_tensor t = { .name = "w", .type = CKPT_U8, .rank = 1,
	    .dim = { 3 }, .data = "abc" };
	char name[40], err[200] = "";

	ckpt_set_packing(w, level, 2, 0);
	for (uint64_t step = 0; step < 2; step++) {
		ckpt_begin(w, step);
		ckpt_set(w, "a.short", "1");
		for (int i = 0; i < MANY * (int)step; i++) {
			snprintf(name, sizeof name, "m.key%d", i);
			ckpt_set(w, name, name);
		}
		ckpt_set(w, "a.long", text);
		ckpt_put(w, &t);
	}
	ok(ckpt_finish(w, err, sizeof err) == 0, "level %d: written %s",
	    level, err);
}

/* Whether a stream has what write_stream wrote; copies it if copy is not
 * NULL. */
static bool
is_right(const char *path, const char *copy)
{
	struct ckpt_rd *r = ckpt_open((char *[]){ (char *)path, NULL }, NULL);
	struct ckpt_wr *w = copy ? ckpt_create(copy, NULL, "t", "1", "t") :
	    NULL;
	struct ckpt_tensor t;
	char name[40];
	const char *s;
	int n, tensors = 0;
	bool good = true;

	while ((n = ckpt_next_checkpoint(r)) == 1) {
		s = ckpt_key(r, "a.long");
		good = good && s && strcmp(s, text) == 0;
		s = ckpt_key(r, "a.short");
		good = good && s && strcmp(s, "1") == 0;
		for (int i = 0; i < MANY && ckpt_step(r) == 1; i++) {
			snprintf(name, sizeof name, "m.key%d", i);
			s = ckpt_key(r, name);
			good = good && s && strcmp(s, name) == 0;
		}
		if (w)
			ckpt_begin_from(w, r);
		while (ckpt_next_tensor(r, &t) == 1 && ++tensors)
			if (w)
				ckpt_copy(w, r, &t);
	}
	if (*ckpt_error(r))
		printf("# %s\n", ckpt_error(r));
	ckpt_close(r);
	if (w && ckpt_finish(w, NULL, 0) < 0)
		good = false;
	return good && n == 0 && tensors == 2;
}

/* The message of a stream after its only text from has become to. */
static bool
fails_with(const char *path, const char *from, const char *to,
    const char *wanted)
{
	FILE *f = fopen(path, "r+");
	char *all = malloc(8 << 20), *at;
	size_t n = fread(all, 1, 8 << 20, f);
	struct ckpt_rd *r;
	bool good;

	at = memmem(all, n, from, strlen(from));
	if (at)
		memcpy(at, to, strlen(to));
	rewind(f);
	fwrite(all, 1, n, f);
	fclose(f);
	r = ckpt_open((char *[]){ (char *)path, NULL }, NULL);
	good = at && ckpt_next_checkpoint(r) < 0 &&
	    strstr(ckpt_error(r), wanted);
	if (!good)
		printf("# %s\n", ckpt_error(r));
	ckpt_close(r);
	free(all);
	return good;
}

int
main(void)
{
	char a[] = "/tmp/test-metadata.XXXXXX";
	char b[] = "/tmp/test-metadata.XXXXXX";

	close(mkstemp(a));
	close(mkstemp(b));
	make_text();
	write_stream(a, 1);
	ok(is_right(a, b), "read: values of 300 KB, 9000 keys");
	ok(is_right(b, NULL), "read from a copy");
	write_stream(a, 0);
	ok(is_right(a, b), "read without zstd");
	ok(fails_with(a, "a.long\ttoken", "a.long\ttokem",
	    "record 2: meta: the body does not match its hash"),
	    "a changed value");
	write_stream(a, 0);
	ok(fails_with(a, "ckpt/1 meta ", "ckpt/1 moto ",
	    "record 3: wanted the record meta"), "no record with metadata");
	write_stream(a, 0);
	ok(fails_with(a, "\nhash\t", "\nhush\t", "meta: no hash"), "no hash");
	unlink(a);
	unlink(b);
	free(text);
	return tap_done();
}
