/* nn.c - random numbers, splits, threads, scratch buffers */
#include <math.h>
#include <string.h>
#include <stdlib.h>

#include "base/philox.h"
#include "core/scratch.h"
#include "core/tape.h"
#include "rng.h"
#include "tap.h"
#include "train.h"

/* ------------------------------------------------------ random numbers */

/* The known answers of Random123 (Salmon et al.), kat_vectors. */
static void
test_philox(void)
{
	static const struct {
		uint64_t key, stream, block;
		uint32_t want[4];
	} t[] = {
		{ 0, 0, 0,
		  { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ -1, -1, -1,
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ 0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88,
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	for (int i = 0; i < 3; i++) {
		uint32_t got[4];

		ckpt_philox(got, t[i].key, t[i].stream, t[i].block);
		ok(memcmp(got, t[i].want, sizeof got) == 0, "Philox %d", i);
	}
	ok(nn_random(0, 0, 0, 6) != nn_random(0, 0, 1, 6) &&
	    nn_random(0, 0, 0, 6) != nn_random(0, 1, 0, 6) &&
	    nn_random(0, 0, 0, 6) != nn_random(1, 0, 0, 6),
	    "seed, purpose and stream change the numbers");
}

static void
test_shuffle(void)
{
	enum { N = 6, ROUNDS = 60000 };
	int order[N], first[N] = { 0 };
	bool good = true;

	for (int i = 0; i < ROUNDS; i++) {
		int seen = 0;

		nn_shuffle(order, N, 1, i);
		first[order[0]]++;
		for (int j = 0; j < N; j++)
			seen |= 1 << order[j];
		good &= seen == (1 << N) - 1;
	}
	ok(good, "shuffles are permutations");
	for (int j = 0; j < N; j++)	/* standard deviation: 91 */
		good &= abs(first[j] - ROUNDS / N) < 500;
	ok(good, "shuffles are uniform");
}

/* -------------------------------------------------------------- splits */

static void
check_split(const char *what, void (*make)(int *, size_t, uint32_t), size_t n,
    uint32_t seed, const int *want, size_t wanted)
{
	int *order = malloc(n * sizeof *order);
	bool good = true;

	make(order, n, seed);
	for (size_t i = 0; i < wanted; i++)
		good &= order[i] == want[i];
	ok(good, "%s of %zu, seed %u", what, n, seed);
	free(order);
}

#define SPLIT(make, n, seed, ...) check_split(#make, make, n, seed, \
	(int []){ __VA_ARGS__ }, sizeof (int []){ __VA_ARGS__ } / sizeof(int))

static void
test_splits(void)
{
	SPLIT(nn_torch_perm, 50000, 42, 37542, 44491, 216, 43688, 41558);
	SPLIT(nn_torch_perm, 50000, 12345, 20690, 11847, 27041, 17240, 38484);
	SPLIT(nn_torch_perm, 60000, 42, 37542, 43087, 2992, 25810, 39634);
	SPLIT(nn_py_shuffle, 12769, 0, 2068, 1213, 6243);
	SPLIT(nn_py_shuffle, 12769, 1, 6612, 8645, 6803);
	SPLIT(nn_py_shuffle, 12769, 2, 570, 8594, 11204);
	SPLIT(nn_py_shuffle, 9409, 0, 6151, 5201, 768);
}

/* ------------------------------------------------------------- threads */

static void
count_call(void *arg, int i)
{
	((int *)arg)[i]++;
}

static void
test_team(void)
{
	enum { PARTS = 40, ROUNDS = 20000 };
	struct nn_team *t = nn_team_open(4);
	int done[PARTS] = { 0 }, want[PARTS] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		int parts = i % PARTS + 1;

		nn_team_do(t, parts, count_call, done);
		for (int j = 0; j < parts; j++)
			want[j]++;
	}
	nn_team_close(t);
	ok(memcmp(done, want, sizeof done) == 0, "every range is run once");
}

/* A weighted sum of all weights after some steps. */
static double
sum_weights(const char *model, const char *batch, int threads)
{
	struct nn_conf conf = { 0 };
	struct nn_run r;
	double loss, sum = 0;
	nn_real *w;
	size_t n;

	nn_conf_set(&conf, "net.model", "%s", model);
	nn_conf_set(&conf, "modadd.p", "41");
	nn_conf_set(&conf, "modadd.frac", "0.9");
	nn_conf_set(&conf, "modadd.norm", "1");
	nn_conf_set(&conf, "train.batch", "%s", batch);
	if (nn_run_open(&r, &conf, threads) < 0)
		return NAN;
	for (int i = 0; i < 10; i++)
		if (nn_run_step(&r, &loss) < 0)
			return NAN;
	w = nn_weights(r.net, &n);
	for (size_t i = 0; i < n; i++)
		sum += w[i] * cos(i);
	nn_run_close(&r);
	nn_conf_free(&conf);
	return sum;
}

static void
test_threads(void)
{
	static const char *const model[] = { "modadd-transformer",
		"modadd-mlp" };
	static const char *const batch[] = { "0", "100" };

	for (int i = 0; i < 4; i++) {
		const char *m = model[i % 2], *b = batch[i / 2];
		double one = sum_weights(m, b, 1);

		ok(one == sum_weights(m, b, 2) && one == sum_weights(m, b, 5),
		    "%s, batch %s: equal with 1, 2 and 5 threads", m, b);
	}
}

/* Buffers of any size, also of none. */
static void
test_scratch(void)
{
	static const size_t size[] = { 0, 1, 64, 1000 };
	struct nn *net = nn_open(0, 2);

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		struct nn_scratch s;
		char *a, *b;

		nn_scratch_alloc(net, &s, size[i]);
		a = nn_scratch_acquire(&s);
		b = nn_scratch_acquire(&s);
		memset(a, 1, size[i]);
		memset(b, 2, size[i]);
		nn_scratch_release(&s, a);
		ok(a != b && nn_scratch_acquire(&s) == a,
		    "scratch buffers of %zu bytes", size[i]);
	}
	nn_close(net);
}

/* -------------------------------------------------------------- losses */

/* Rows that are predicted well: an output of margin, others 0. */
static void
test_small_losses(void)
{
	enum { ROWS = 3, CLASSES = 113 };
	static const double margin[] = { 8, 20, 30, 60 };
	static const int label[ROWS] = { 5, 0, CLASSES - 1 };
	struct nn *net = nn_open(0, 1);

	for (size_t i = 0; i < sizeof margin / sizeof *margin; i++) {
		struct nn_node *x = nn_input(net, NN_SHAPE(ROWS, CLASSES),
		    NULL), *h = nn_input(net, NN_SHAPE(1, 1), NULL), *w, *y;
		double want = log1p((CLASSES - 1) * exp(-margin[i])), got;

		for (size_t j = 0; j < x->len; j++)
			x->x[j] = j % CLASSES == (size_t)label[j / CLASSES] ?
			    margin[i] : 0;
		y = nn_cross_entropy(x, label, NULL);
		got = y ? y->x[0] : NAN;
		ok(fabs(got / want - 1) < 1e-6, "cross entropy %.9g (%.9g)",
		    want, got);
		w = nn_input(net, NN_SHAPE(CLASSES, 1), x->x);
		h->x[0] = 1;
		y = nn_linear_cross_entropy(h, w, NULL, label, NULL);
		got = y ? y->x[0] : NAN;
		ok(fabs(got / want - 1) < 1e-6, "linear cross entropy %.9g "
		    "(%.9g)", want, got);
		nn_reset(net);
	}
	nn_close(net);
}

int
main(void)
{
	test_small_losses();
	test_scratch();
	test_philox();
	test_shuffle();
	test_splits();
	test_team();
	test_threads();
	return tap_done();
}
