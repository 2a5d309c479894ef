/* damage.c - truncated, corrupted and slowly arriving streams */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "drain.h"
#include "tap.h"

#define DIR "tests/files/v1/"

enum { BIG = 64 << 10 };

struct vector {
	char		 name[128];
	unsigned char	 p[BIG];
	size_t		 n;
	const char	*whole;		/* prefixes that are streams: lengths */
	struct drained	 d;		/* of the undamaged bytes */
};

/* Is a prefix of n bytes a complete stream, according to the manifest? */
static bool
is_whole(const char *list, size_t n)
{
	char *end;

	for (; *list >= '0' && *list <= '9'; list = *end ? end + 1 : end)
		if (strtoul(list, &end, 10) == n)
			return true;
	return false;
}

/* Are the tensors of d the first ones of v? */
static bool
is_start(const struct drained *d, const struct vector *v)
{
	return d->n <= v->d.n && (d->n == 0 ||
	    (memcmp(d->head, v->d.head, d->n * sizeof *d->head) == 0 &&
	    memcmp(d->data, v->d.data, d->n * sizeof *d->data) == 0));
}

/* Every prefix is an error unless complete, and never gives a wrong tensor. */
static void
test_prefixes(const struct vector *v)
{
	int fd = memory_file(v->p, v->n);
	size_t wrong = 0, first = 0;

	for (size_t n = v->n; n-- > 0;) {
		struct drained d;
		bool whole = is_whole(v->whole, n);

		/* long files: all near both ends, some between */
		if (n > 1024 && n + 256 < v->n && n % 61 != 0 && !whole)
			continue;
		if (ftruncate(fd, (off_t)n) < 0)
			abort();
		d = drain(fd, NULL, 1, true, 0);
		if (!is_start(&d, v) || (whole ? d.why != CKPT_FINE :
		    d.why != CKPT_CUT && d.why != CKPT_BAD)) {
			wrong++;
			first = n;
		}
		drained_free(&d);
	}
	close(fd);
	if (!ok(wrong == 0, "prefixes of %s", v->name))
		printf("# %zu wrong, the shortest of %zu bytes\n", wrong,
		    first);
}

/* Corrupted bytes are an error, or decode to the tensors of v. */
static bool
is_detected(const struct vector *v, const unsigned char *p, int threads)
{
	int fd = memory_file(p, v->n);
	struct drained d = drain(fd, NULL, threads, true, 64 << 20);
	bool right = d.why != CKPT_FINE || (d.n == v->d.n && is_start(&d, v));

	drained_free(&d);
	close(fd);
	return right;
}

static void
test_flips(const struct vector *v)
{
	unsigned char p[BIG];
	size_t wrong = 0, first = 0;

	memcpy(p, v->p, v->n);
	for (size_t bit = 8 * v->n; bit-- > 0;) {
		p[bit / 8] ^= 1 << bit % 8;
		if (!is_detected(v, p, 1 + bit % 2)) {
			wrong++;
			first = bit;
		}
		p[bit / 8] ^= 1 << bit % 8;
	}
	if (!ok(wrong == 0, "every flipped bit of %s", v->name))
		printf("# %zu wrong, the first is bit %zu\n", wrong, first);
}

/* Marsaglia's xorshift: the same corruption in every run. */
static unsigned
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (unsigned)(*x >> 16);
}

/* One percent of the bytes random, copied from elsewhere or zero. */
static void
test_random(const struct vector *v)
{
	unsigned char p[BIG];
	uint64_t x = 88172645463325252;
	size_t wrong = 0;

	for (int round = 0; round < 100; round++) {
		memcpy(p, v->p, v->n);
		for (size_t i = 0; i <= v->n / 100; i++) {
			size_t at = next_random(&x) % v->n;
			size_t from = next_random(&x) % v->n;

			p[at] = round % 3 == 0 ? next_random(&x) :
			    round % 3 == 1 ? p[from] : 0;
		}
		wrong += !is_detected(v, p, 1 + round % 2);
	}
	ok(wrong == 0, "random corruption of %s", v->name);
}

struct slow_write {
	const struct vector *v;
	size_t	n;
	int	to;
};

static void *
write_slowly(void *arg)
{
	struct slow_write *d = arg;

	for (size_t i = 0; i < d->n; i++)
		if (write(d->to, d->v->p + i, 1) != 1)
			break;
	close(d->to);
	return NULL;
}

/* The first n bytes of v through a pipe, one at a time. */
static void
test_drip(const struct vector *v, size_t n)
{
	struct slow_write arg = { v, n, -1 };
	pthread_t thread;
	struct drained d;
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	arg.to = ends[1];
	if (pthread_create(&thread, NULL, write_slowly, &arg) != 0)
		abort();
	d = drain(ends[0], NULL, 2, true, 0);
	close(ends[0]);
	pthread_join(thread, NULL);
	ok(n == v->n ? d.why == CKPT_FINE && d.n == v->d.n && is_start(&d, v) :
	    d.why == CKPT_CUT && is_start(&d, v),
	    "%zu bytes of %s, one at a time", n, v->name);
	drained_free(&d);
}

static bool
is_named(const struct vector *v, const char *name)
{
	return strncmp(v->name, name, strlen(name)) == 0 &&
	    strchr(name, '.') == NULL ? v->name[strlen(name)] == '.' :
	    strcmp(v->name, name) == 0;
}

static void
test_vector(struct vector *v)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, DIR "%s", v->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	v->n = fd < 0 ? 0 : read(fd, v->p, BIG);
	v->d = drain(fd, NULL, 1, true, 0);
	close(fd);
	if (!ok(v->d.why == CKPT_FINE, "%s", v->name))
		return;
	/* these decode to megabytes: too slow */
	if (!is_named(v, "good-zeros") && !is_named(v, "good-head-1m") &&
	    !is_named(v, "good-chain") && !is_named(v, "good-keep"))
		test_prefixes(v);
	if (is_named(v, "good-example") || is_named(v, "good-xor-same") ||
	    is_named(v, "good-frames-long") || is_named(v, "good-index"))
		if (v->n < 2500)
			test_flips(v);
	if (v->n < 8 << 10)
		test_random(v);
	if (v->n < 3 << 10) {
		test_drip(v, v->n);
		test_drip(v, v->n - 1);
	}
	drained_free(&v->d);
}

int
main(void)
{
	static struct vector v;
	FILE *f = fopen(DIR "manifest.tsv", "r");
	char *line = NULL;
	size_t room = 0;

	signal(SIGPIPE, SIG_IGN);
	if (f == NULL) {
		printf("Bail out! %smanifest.tsv: %s\n", DIR, strerror(errno));
		return 1;
	}
	while (getline(&line, &room, f) > 0) {
		char *rest = line;

		snprintf(v.name, sizeof v.name, "%s", strsep(&rest, "\t"));
		for (int i = 0; i < 4; i++)
			strsep(&rest, "\t");
		v.whole = strsep(&rest, "\t");
		if (strncmp(v.name, "good-", 5) == 0)
			test_vector(&v);
	}
	free(line);
	fclose(f);
	return tap_done();
}
