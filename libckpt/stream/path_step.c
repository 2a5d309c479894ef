/* path_step.c - training steps in file names: step1000, checkpoint-500, ... */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ckpt.h"
#include "zstd_frame.h"

/* What a number is of, by the word before it. The first list is also the
 * beginning of the second. */
static const char *const step_words[] = {
	"step", "steps", "iter", "iters", "it", "iteration", NULL
};
static const char *const checkpoint_words[] = {
	"step", "steps", "iter", "iters", "it", "iteration", "checkpoint",
	"ckpt", NULL
};
static const char *const epoch_words[] = { "epoch", "ep", NULL };

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

static const char *
find_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "00200.pt": the file's name up to the first dot is a number. */
static bool
parse_file_name(const char *path, uint64_t *n)
{
	const char *s = find_base_name(path), *end = s + strlen(s), *stop;

	return parse_step(s, end, n, &stop) && (stop == end || *stop == '.');
}

/* "model_000100.pt": a number with leading zeros before the suffix. */
static bool
parse_padded(const char *path, uint64_t *n)
{
	const char *s = find_base_name(path), *end = strchr(s, '.'), *p, *stop;

	p = end = end ? end : s + strlen(s);
	while (p > s && isdigit((unsigned char)p[-1]))
		p--;
	return end - p > 1 && *p == '0' && p > s && strchr("-_=", p[-1]) &&
	    !(p - s > 3 && strncmp(p - 4, "-of-", 4) == 0) &&
	    parse_step(p, end, n, &stop);
}

bool
ckpt_path_step(const char *path, uint64_t *step)
{
	uint64_t n;

	if (!find_after_words(path, checkpoint_words, &n) &&
	    !parse_file_name(path, &n) &&
	    !find_after_words(path, epoch_words, &n) &&
	    !parse_padded(path, &n))
		return false;
	*step = n;
	return true;
}

/* ---------------------------------------------------------------- series */

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Do n numbers differ from each other? sorted has room for them. */
static bool
are_distinct(const uint64_t *x, size_t n, uint64_t *sorted)
{
	memcpy(sorted, x, n * sizeof *x);
	qsort(sorted, n, sizeof *sorted, compare_numbers);
	for (size_t i = 1; i < n; i++)
		if (sorted[i] == sorted[i - 1])
			return false;
	return true;
}

/* The steps of all paths, each by itself; by words for steps only, or not. */
static bool
find_each(char *const paths[], size_t n, uint64_t step[], bool words)
{
	for (size_t i = 0; i < n; i++)
		if (!(words ? find_after_words(paths[i], step_words,
		    &step[i]) : ckpt_path_step(paths[i], &step[i])))
			return false;
	return true;
}

/* The last number in which paths differ that are the same but for numbers, if
 * it is another one in each, and no part of a decimal fraction. at has room for
 * n pointers, sorted and number for n. */
static bool
find_varying(char *const paths[], size_t n, uint64_t step[], const char **at,
    uint64_t *sorted, uint64_t *number)
{
	static const char set[] = "0123456789";
	bool found = false, first = true;

	memcpy(at, paths, n * sizeof *at);
	for (;; first = false) {
		size_t len = strcspn(at[0], set);
		bool whole = first || len != 1 || at[0][0] != '.';

		for (size_t i = 1; i < n; i++)
			if (strncmp(at[i], at[0], len) != 0 ||
			    strcspn(at[i], set) != len ||
			    !at[i][len] != !at[0][len])
				return false;
		if (at[0][len] == 0)
			return found;
		for (size_t i = 0; i < n; i++) {
			const char *digits = at[i] + len;

			at[i] = digits + strspn(digits, set);
			whole &= parse_step(digits, at[i], &number[i],
			    &digits) && !(at[i][0] == '.' &&
			    isdigit((unsigned char)at[i][1]));
		}
		if (whole && are_distinct(number, n, sorted)) {
			memcpy(step, number, n * sizeof *step);
			found = true;
		}
	}
}

bool
ckpt_path_steps(char *const paths[], size_t n, uint64_t step[])
{
	uint64_t *room = calloc(2 * n + 1, sizeof *room);
	const char **at = calloc(n + 1, sizeof *at);
	bool found = room && at && ((find_each(paths, n, step, false) &&
	    are_distinct(step, n, room)) ||
	    find_each(paths, n, step, true) ||
	    (n > 1 && find_varying(paths, n, step, at, room, room + n)) ||
	    find_each(paths, n, step, false));

	free(room);
	free(at);
	return found;
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
	bool bad;
	int fd;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode) || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	bad = read(fd, head, sizeof head) < 0;
	close(fd);
	return !bad && memcmp(head, "ckpt", 4) != 0 &&
	    !ckpt_frame_has_magic(head);
}

static bool
find_by(char *const paths[], size_t n, uint64_t step[],
    bool (*by)(const char *, uint64_t *, void *), void *arg)
{
	for (size_t i = 0; i < n; i++)
		if (!by(paths[i], &step[i], arg))
			return false;
	return true;
}

void
ckpt_sort_paths(char **paths, bool (*by)(const char *, uint64_t *, void *),
    void *arg)
{
	struct place *place;
	uint64_t *step;
	size_t n = 0;

	while (paths[n])
		n++;
	place = calloc(n + 1, sizeof *place);
	step = calloc(n + 1, sizeof *step);
	if (!place || !step || !(by ? find_by(paths, n, step, by, arg) :
	    ckpt_path_steps(paths, n, step)))
		goto out;
	for (size_t i = 0; i < n; i++) {
		/* equal steps keep their order */
		place[i] = (struct place){ step[i], i, paths[i] };
		if (!is_foreign_file(paths[i]))
			goto out;
	}
	qsort(place, n, sizeof *place, compare_steps);
	for (size_t i = 0; i < n; i++)
		paths[i] = place[i].path;
out:
	free(place);
	free(step);
}
