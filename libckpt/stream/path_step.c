/* path_step.c - training steps in file names: step1000, checkpoint-500, ... */
#include <sys/stat.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/endian.h"
#include "ckpt.h"

static const char *const step_words[] = {
	"step", "iter", "iteration", "checkpoint", "ckpt", NULL
};

static const char *const epoch_words[] = { "epoch", NULL };

/* Parse the number at s, which ends before end; *stop is the byte after it. */
static bool
parse_step(const char *s, const char *end, uint64_t *n, const char **stop)
{
	const char *p = s;
	uint64_t x = 0;

	for (; p < end && isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, *p - '0', &x) || x >> 63)
			return false;
	*n = x;
	*stop = p;
	return p > s;
}

/* The last number after word in the name from s to end. */
static bool
find_after_word(const char *s, const char *end, const char *word, uint64_t *n)
{
	size_t len = strlen(word);
	bool found = false;

	for (const char *p = s; p + len < end; p++) {
		const char *digits = p + len, *stop;
		uint64_t x;

		if (strncasecmp(p, word, len) != 0 ||
		    (p > s && isalpha((unsigned char)p[-1])))
			continue;
		if (strchr("-_=.", *digits))
			digits++;
		if (parse_step(digits, end, &x, &stop) &&
		    (stop == end || !isalpha((unsigned char)*stop))) {
			*n = x;
			found = true;
		}
	}
	return found;
}

/* The nearest component of path, from its end, with a number after one of
 * words, the earlier words first. */
static bool
find_after_words(const char *path, const char *const *words, uint64_t *n)
{
	const char *end = path + strlen(path);

	for (;;) {
		const char *s = end;

		while (s > path && s[-1] != '/')
			s--;
		for (const char *const *w = words; *w; w++)
			if (find_after_word(s, end, *w, n))
				return true;
		if (s == path)
			return false;
		end = s - 1;
	}
}

/* "00200.pt": the file's name up to the first dot is a number. */
static bool
parse_file_name(const char *path, uint64_t *n)
{
	const char *slash = strrchr(path, '/'), *s = slash ? slash + 1 : path;
	const char *end = s + strlen(s), *stop;

	return parse_step(s, end, n, &stop) && (stop == end || *stop == '.');
}

bool
ckpt_path_step(const char *path, uint64_t *step)
{
	uint64_t n;

	if (!find_after_words(path, step_words, &n) && !parse_file_name(path,
	    &n) &&
	    !find_after_words(path, epoch_words, &n))
		return false;
	*step = n;
	return true;
}

struct place { uint64_t step; size_t i; char *path; };

static int
compare_steps(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* A regular file whose first bytes are neither ckpt/1 nor zstd. */
static bool
is_foreign_file(const char *path)
{
	unsigned char head[4] = { 0 };
	struct stat st;
	uint32_t magic;
	bool bad;
	int fd;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode) || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	bad = read(fd, head, sizeof head) < 0;
	close(fd);
	magic = load_le32(head);
	return !bad && memcmp(head, "ckpt", 4) != 0 && magic != 0xFD2FB528 &&
	    (magic & ~0xFu) != 0x184D2A50;
}

void
ckpt_sort_paths(char **paths)
{
	struct place *place;
	size_t n = 0;

	while (paths[n])
		n++;
	place = calloc(n + 1, sizeof *place);
	if (place == NULL)
		return;		/* equal steps keep their order */
	for (size_t i = 0; i < n; i++) {
		place[i] = (struct place){ 0, i, paths[i] };
		if (!ckpt_path_step(paths[i], &place[i].step) ||
		    !is_foreign_file(paths[i]))
			goto out;
	}
	qsort(place, n, sizeof *place, compare_steps);
	for (size_t i = 0; i < n; i++)
		paths[i] = place[i].path;
out:
	free(place);
}
