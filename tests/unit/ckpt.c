/* ckpt.c - libckpt: dtypes, the thread pool, round trips of streams */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/thread_pool.h"
#include "ckpt.h"
#include "tap.h"

static char dir[] = "/tmp/test-ckpt.XXXXXX";

static void
square(void *job)
{
	int *x = job;

	*x *= *x;
}

static void
test_pool(int threads)
{
	struct ckpt_pool *p = ckpt_pool_open(threads, square);
	int x[1000], wrong = 0;

	for (int i = 0; i < 1000; i++) {
		x[i] = i;
		ckpt_pool_push(p, &x[i]);
	}
	for (int i = 0; i < 1000; i++) {
		int *done = ckpt_pool_pull(p);

		wrong += done != &x[i] || *done != i * i;
	}
	ok(wrong == 0 && ckpt_pool_pull(p) == NULL && ckpt_pool_waiting(p) == 0,
	    "%d threads return 1000 jobs in order", threads);
	ckpt_pool_close(p);
}

/* Every value of a type with at most 16 bits is exact in double; a NaN may become
 * another NaN. */
static void
test_codes(enum ckpt_type type)
{
	size_t size = ckpt_type_size(type), wrong = 0;
	unsigned codes = 1u << 8 * size;

	for (unsigned code = 0; code < codes; code++) {
		unsigned back = 0;
		double x, y;

		ckpt_to_double(&x, &code, type, 1);
		ckpt_from_double(&back, &x, type, 1);
		ckpt_to_double(&y, &back, type, 1);
		wrong += isnan(x) ? !isnan(y) : back != code;
	}
	ok(wrong == 0, "%s: all %u codes to double and back",
	    ckpt_type_name(type), codes);
}

/* Known encodings: overflow, ties, halves of the smallest number. */
static void
test_rounding(void)
{
	static const struct {
		double		 x;
		enum ckpt_type	 type;
		unsigned	 code;
	} known[] = {
		{ 1, CKPT_F16, 0x3c00 }, { 65504, CKPT_F16, 0x7bff },
		{ 65519.99, CKPT_F16, 0x7bff }, { 65520, CKPT_F16, 0x7c00 },
		{ 0x1p-24, CKPT_F16, 1 }, { 0x1p-25, CKPT_F16, 0 },
		{ 0x1.8p-24, CKPT_F16, 2 }, { 1e300, CKPT_F16, 0x7c00 },
		{ 1 + 0x1p-11, CKPT_F16, 0x3c00 },
		{ 1 + 0x3p-11, CKPT_F16, 0x3c02 },
		{ -2, CKPT_BF16, 0xc000 }, { 1 + 0x1p-8, CKPT_BF16, 0x3f80 },
		{ 1 + 0x3p-8, CKPT_BF16, 0x3f82 },
		{ 3.4e38, CKPT_BF16, 0x7f80 }, { -0.0, CKPT_BF16, 0x8000 },
		{ 448, CKPT_F8_E4M3, 0x7e }, { 464, CKPT_F8_E4M3, 0x7e },
		{ 465, CKPT_F8_E4M3, 0x7f }, { 0x1p-9, CKPT_F8_E4M3, 1 },
		{ 57344, CKPT_F8_E5M2, 0x7b }, { 1, CKPT_F8_E5M2, 0x3c },
		{ 240, CKPT_F8_E4M3FNUZ, 0x7f },
		{ -0.0, CKPT_F8_E4M3FNUZ, 0 }, { 1, CKPT_F8_E5M2FNUZ, 0x40 },
		{ 300, CKPT_U8, 255 }, { -1, CKPT_U8, 0 },
		{ 2.5, CKPT_U8, 2 }, { NAN, CKPT_U8, 0 },
		{ 0.25, CKPT_BOOL, 1 }, { 0, CKPT_BOOL, 0 },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		unsigned code = 0;

		ckpt_from_double(&code, &known[i].x, known[i].type, 1);
		ok(code == known[i].code, "%g as %s is %#x (%#x)", known[i].x,
		    ckpt_type_name(known[i].type), known[i].code, code);
	}
}

static void
test_measure(void)
{
	struct ckpt_tensor t = { .type = CKPT_F32, .rank = 2,
	    .dim = { 1ULL << 31, 1ULL << 31 } };

	ok(ckpt_measure(&t) == -1, "2^64 bytes overflow");
	t.dim[1] = 0;
	ok(ckpt_measure(&t) == 0 && t.len == 0, "a dimension of 0: no elements");
	t.rank = 3;
	t.dim[2] = 1ULL << 31;
	ok(ckpt_measure(&t) == -1, "an overflow is found despite a dimension of 0");
	t.rank = 0;
	ok(ckpt_measure(&t) == 0 && t.len == 1 && t.size == 4, "a scalar");
}

/* ------------------------------------------------------------- streams */

static char *
file_path(const char *name)
{
	static char path[4][64];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof path[i], "%s/%s", dir, name);
	return path[i];
}

enum { LEN = 700001 };		/* not a whole number of chunks */
static float big[LEN];

/* Three checkpoints of large, small and empty tensors, which change, stay or are
 * zero. */
static void
write_stream(const char *path, int level, int threads, int delta)
{
	static float frozen[5000], zeros[300000];
	static const unsigned char bytes[3] = { 1, 2, 3 };
	struct ckpt_wr *w = ckpt_create(path, NULL, "test", "1", "test\t\\x");
	char err[200] = "";

	srand(1);
	for (int i = 0; i < LEN; i++)
		big[i] = (float)(rand() - RAND_MAX / 2) / RAND_MAX;
	for (int i = 0; i < 5000; i++)
		frozen[i] = sinf(i);
	ckpt_set_packing(w, level, threads, delta);
	for (int s = 0; s < 3; s++) {
		struct ckpt_tensor t[] = {
			{ .name = "big.weight", .type = CKPT_F32, .rank = 2,
			    .dim = { LEN, 1 }, .data = big },
			{ .name = "fro\\zen w\xc3\xa9", .type = CKPT_F32,
			    .rank = 1, .dim = { 5000 }, .data = frozen },
			{ .name = "zeros", .type = CKPT_F32, .rank = 1,
			    .dim = { 300000 }, .data = zeros },
			{ .name = "none", .type = CKPT_BF16, .rank = 2,
			    .dim = { 0, 7 }, .data = zeros },
			{ .name = "count", .type = CKPT_I64, .data = zeros },
			{ .name = "bytes", .type = CKPT_U8, .rank = 1,
			    .dim = { 3 }, .data = (void *)bytes },
		};

		ckpt_begin(w, 100 * s);
		ckpt_set(w, "test.note", "two\nlines \\ and\ta tab");
		ckpt_set(w, "tie", "tied\tbig.weight");
		for (size_t i = 0; i < sizeof t / sizeof *t; i++)
			ckpt_put(w, &t[i]);
		for (int i = 0; i < LEN; i += 3)
			big[i] *= 1.001f;
	}
	ok(ckpt_finish(w, err, sizeof err) == 0, "wrote level %d, %d threads, "
	    "delta %d %s", level, threads, delta, err);
}

/* A digest of the stream. Every n-th tensor is loaded, n being every. */
static uint64_t
digest_stream(const char *path, int threads, int every, int *status)
{
	struct ckpt_rd *r = ckpt_open((char *[]){ (char *)path, NULL }, NULL);
	uint64_t sum = 0;
	struct ckpt_tensor t;
	int i = 0;

	ckpt_set_threads(r, threads);
	while ((*status = ckpt_next_checkpoint(r)) == 1) {
		const char *note = ckpt_key(r, "test.note");

		sum = sum * 31 + (note ? strlen(note) : 0);
		while ((*status = ckpt_next_tensor(r, &t)) == 1) {
			sum = sum * 31 + t.hash + t.len + ckpt_step(r) +
			    ckpt_nth(r);
			if (i++ % every == 0 &&
			    (*status = ckpt_load(r, &t)) < 0)
				break;
		}
		if (*status < 0)
			break;
	}
	if (*status < 0)
		printf("# %s\n", ckpt_error(r));
	ckpt_close(r);
	return sum;
}

static bool
equal_files(const char *a, const char *b)
{
	FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
	int c, d;

	do {
		c = getc(f);
		d = getc(g);
	} while (c == d && c != EOF);
	fclose(f);
	fclose(g);
	return c == d;
}

static void
copy_stream(const char *from, const char *to, bool (*want)(const char *,
    void *), bool load, int level)
{
	struct ckpt_rd *r = ckpt_open((char *[]){ (char *)from, NULL }, NULL);
	struct ckpt_wr *w = ckpt_create(to, NULL, "copy", "1", "copy");
	struct ckpt_tensor t;
	int n, bad = 0;

	if (want)
		ckpt_select_tensors(r, want, NULL);
	ckpt_set_packing(w, level, 2, 0);
	while ((n = ckpt_next_checkpoint(r)) == 1) {
		bad |= ckpt_begin_from(w, r) < 0;
		while ((n = ckpt_next_tensor(r, &t)) == 1)
			bad |= load ? ckpt_load(r, &t) < 0 ||
			    ckpt_put(w, &t) < 0 : ckpt_copy(w, r, &t) < 0;
	}
	bad |= n < 0;
	ckpt_close(r);
	ok(ckpt_finish(w, NULL, 0) == 0 && !bad, "copied %s by %s", from,
	    load ? "loading" : "copying");
}

static bool
is_small(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "big.weight") != 0;
}

static void
test_streams(void)
{
	static const struct { const char *name; int level, delta; } kind[] = {
		{ "plain", 0, 0 }, { "zstd", 1, 0 }, { "delta", 1, 3 },
		{ "delta2", 3, 2 },
	};
	uint64_t first = 0;
	int status;

	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		char *path = file_path(kind[i].name), *again = file_path("again");

		write_stream(path, kind[i].level, 1, kind[i].delta);
		write_stream(again, kind[i].level, 3, kind[i].delta);
		ok(equal_files(path, again), "1 and 3 threads write the same bytes");
		for (int threads = 1; threads < 4; threads += 2)
			for (int every = 1; every < 4; every++) {
				uint64_t d = digest_stream(path, threads,
				    every, &status);

				if (first == 0)
					first = d;
				ok(status == 0 && d == first, "%s, %d threads,"
				    " one of %d tensors loaded", kind[i].name,
				    threads, every);
			}
		copy_stream(path, file_path("c1"), NULL, true, 1);
		copy_stream(path, file_path("c2"), NULL, false, 1);
		ok(equal_files(file_path("c1"), file_path("c2")),
		    "a copied stream equals a loaded one");
		digest_stream(file_path("c2"), 1, 1, &status);
		ok(status == 0, "a copied stream is valid");
		copy_stream(path, file_path("c3"), is_small, false, 1);
		digest_stream(file_path("c3"), 1, 1, &status);
		ok(status == 0, "a copy of selected tensors is valid");
	}
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_pool(1);
	test_pool(4);
	test_codes(CKPT_F16);
	test_codes(CKPT_BF16);
	test_codes(CKPT_F8_E4M3);
	test_codes(CKPT_F8_E5M2);
	test_codes(CKPT_F8_E4M3FNUZ);
	test_codes(CKPT_F8_E5M2FNUZ);
	test_codes(CKPT_I8);
	test_codes(CKPT_U16);
	test_rounding();
	test_measure();
	test_streams();
	for (const char *const *f = (const char *const[]){ "plain", "zstd",
	    "delta", "delta2", "again", "c1", "c2", "c3", NULL }; *f; f++)
		unlink(file_path(*f));
	rmdir(dir);
	return tap_done();
}
