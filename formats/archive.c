/* archive.c - zip and tar archives of checkpoints, and compressed files */
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "container.h"

struct state {
	struct ckpt_archive *archive;
	char		*name;		/* of a single compressed file */
	bool		 single;
};

/* The first bytes of zip archives and of what libarchive decompresses. */
static const struct { const char *bytes; size_t n; } magics[] = {
	{ "\x1f\x8b", 2 },			/* gzip */
	{ "BZh", 3 },				/* bzip2 */
	{ "\xfd" "7zXZ", 6 },			/* xz, with its NUL */
	{ "\x5d\0\0", 3 },			/* lzma */
	{ "LZIP", 4 },				/* lzip */
	{ "\x04\x22\x4d\x18", 4 },		/* lz4 */
	{ "\x28\xb5\x2f\xfd", 4 },		/* zstd */
	{ "PK\3\4", 4 }, { "PK\5\6", 4 },	/* zip, empty zip */
};

static bool
probe(const unsigned char *head, size_t n)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (n >= magics[i].n &&
		    memcmp(head, magics[i].bytes, magics[i].n) == 0)
			return true;
	return ckpt_archive_is_tar(head, n);
}

/* The base name of a path without its last suffix: w.npy of w.npy.gz. */
static char *
make_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *dot = name ? strrchr(name, '.') : NULL;

	if (dot && dot > name)
		*dot = 0;
	return name;
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);
	const unsigned char *p;
	size_t n = 2;

	f->state = s;
	if (s == NULL || (s->name = make_name(f->path)) == NULL)
		return ckpt_fail_memory(f->rd);
	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	s->archive = ckpt_archive_open(f->rd, f->in,
	    n == 2 && memcmp(p, "PK", 2) == 0 ? ARCHIVE_ZIP : ARCHIVE_ANY);
	return s->archive ? 0 : -1;
}

static int
members(struct ckpt_file *f, struct ckpt_buffer *names)
{
	struct state *s = f->state;
	int r = ckpt_archive_list(s->archive, names);

	if (r == 1 && ckpt_buffer_add(names, s->name, strlen(s->name) + 1) < 0)
		return ckpt_fail_memory(f->rd);
	s->single = r == 1;
	return r;
}

static int
member(struct ckpt_file *f, const char *name, struct ckpt_input **in)
{
	struct state *s = f->state;
	struct archive_member m;

	if (name == NULL)
		return ckpt_archive_end(s->archive);
	if (ckpt_archive_find(s->archive, s->single ? NULL : name, &m) < 0)
		return -1;
	*in = m.in;
	return 0;
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

const struct ckpt_format ckpt_format_archive = {
	.name = "archive",
	.alias = { "zip", "tar", "tgz", "gz" },
	.probe = probe,
	.open = open_file,
	.members = members,
	.member = member,
	.close = close_file,
};
