/* ckpt-esd - the empirical spectral density of every weight matrix */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "esd.h"
#include "filter/spectrum_rows.h"

static const char *conv = "flat";
static bool randomize;
static int64_t seed;

static const struct cli_opt opts[] = {
	SPECTRA_CONV(&conv),
	SPECTRA_SPLIT,
	{ 'r', "randomize", OPT_FLAG, NULL, &randomize,
	    "also shuffle the elements: correlation traps", false },
	{ 0, "seed", OPT_COUNT, "n", &seed, "seed of the shuffling (0)", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "fit a power law and a random bulk to every spectrum",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

/* The eigenvalues of all taps of a tensor, which WeightWatcher pools. */
struct eigenvalues { double *x; size_t n, room; bool failed; };

static struct eigenvalues original, shuffled;

static void
add_eigenvalues(struct eigenvalues *p, const struct cli_spectrum *m)
{
	if (m->tap == 0)
		*p = (struct eigenvalues){ .x = p->x, .room = p->room };
	if (p->n + m->n > p->room) {
		p->room = 2 * (p->n + m->n);
		p->x = cli_realloc(p->x, p->room * sizeof *p->x);
	}
	for (size_t i = 0; i < m->n; i++)
		p->x[p->n++] = m->s[i] * m->s[i];
	p->failed |= m->error != NULL;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
sum_eigenvalues(const struct eigenvalues *p)
{
	double sum = 0;

	for (size_t i = 0; i < p->n; i++)
		sum += p->x[i];
	return sum;
}

static void
fit_bulk(struct eigenvalues *p, const struct cli_spectrum *m,
    struct spec_esd_bulk *b)
{
	double big = m->rows > m->cols ? m->rows : m->cols;
	double small = m->rows > m->cols ? m->cols : m->rows;

	*b = (struct spec_esd_bulk){ NAN, NAN, 0 };
	if (p->n > 0)
		qsort(p->x, p->n, sizeof *p->x, compare_doubles);
	if (!p->failed && p->n > 0 && p->x[p->n - 1] > 0)
		spec_esd_fit_bulk(p->x, p->n, big, small, b);
}

/* Print the row of a tensor, of which all taps were seen. */
static void
print_row(struct cli_table *table, const struct cli_spectrum *m)
{
	const struct eigenvalues *p = &original;
	struct spec_esd_tail t = { NAN, NAN, NAN, NAN, 0 };
	struct spec_esd_bulk b, rand = { NAN, NAN, 0 };
	bool good, fits;
	double top;

	fit_bulk(&original, m, &b);
	if (!p->failed && p->n > 0 && p->x[p->n - 1] == 0)
		cli_warn("step %llu: %s: all elements are 0: no spectrum to "
		    "fit", (unsigned long long)m->step, m->tensor);
	if (randomize)
		fit_bulk(&shuffled, m, &rand);
	good = !isnan(b.max);
	fits = good && spec_esd_fit_tail(p->x, p->n, &t) == 0;
	top = good ? p->x[p->n - 1] : NAN;
	cli_table_int(table, m->step);
	cli_table_str(table, m->tensor);
	cli_table_int(table, m->rows);
	cli_table_int(table, m->cols);
	cli_table_int(table, p->n);
	cli_table_num(table, t.alpha);
	cli_table_num(table, t.xmin);
	cli_table_num(table, t.D);
	cli_table_num(table, t.sigma);
	cli_table_count(table, fits ? t.k : NAN);
	cli_table_num(table, good ? spec_esd_log_norm(p->x, p->n, 1) : NAN);
	cli_table_num(table, log10(top));
	cli_table_num(table, fits ? spec_esd_log_norm(p->x, p->n,
	    t.alpha) : NAN);
	cli_table_num(table, t.alpha * log10(top));
	cli_table_num(table, good ? sum_eigenvalues(p) / top : NAN);
	cli_table_num(table, b.sigma);
	cli_table_num(table, b.max);
	cli_table_count(table, good ? b.spikes : NAN);
	cli_table_num(table, b.max / top);
	cli_table_num(table, isnan(rand.max) ?
	    NAN : shuffled.x[shuffled.n - 1]);
	cli_table_count(table, isnan(rand.max) ? NAN : rand.spikes);
}

/* Called once for each matrix; with --randomize, then once for it shuffled. */
static void
take_spectrum(struct cli_table *table, const struct cli_spectrum *m)
{
	static bool second;

	add_eigenvalues(second ? &shuffled : &original, m);
	if (m->tap + 1 < m->taps)
		return;
	if (second == randomize)
		print_row(table, m);
	second = randomize && !second;
}

/* Shuffle the elements, by random numbers that depend on the tensor's place in
 * the stream. */
static void
shuffle_elements(struct ckpt_tensor *t)
{
	static uint64_t stream = 3ULL << 32;	/* one for each tensor */
	size_t size = ckpt_type_size(t->type);
	char *x = t->data, swap[16];

	stream++;
	for (uint64_t i = t->len; i-- > 1; ) {
		uint64_t bits, j;
		uint32_t w[4];

		ckpt_philox(w, seed, stream, i / 2);
		bits = (uint64_t)w[i % 2 * 2] << 32 | w[i % 2 * 2 + 1];
		j = (uint64_t)((unsigned __int128)bits * (i + 1) >> 64);
		memcpy(swap, x + i * size, size);
		memcpy(x + i * size, x + j * size, size);
		memcpy(x + j * size, swap, size);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (randomize)
		cli_spectrum_repeat(shuffle_elements);
	return cli_spectrum_rows(paths, conv,
	    "step tensor rows cols num_evals alpha xmin "
	    "D sigma num_pl_spikes log_norm log_spectral_norm log_alpha_norm "
	    "alpha_weighted stable_rank sigma_mp bulk_max num_spikes "
	    "mp_softrank max_rand_eval num_traps", take_spectrum);
}
