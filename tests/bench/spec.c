/*
 * spec.c - speed and error of the singular values of a file's matrices
 *
 *   make FILE SEED		writes random matrices; their names and
 *				dimensions ("w TAB 64x3x3x3") are read
 *   values FILE THREADS	prints the seconds that one pass over all of
 *				its matrices takes, and the largest difference
 *				to dgesdd, of the top value
 *   vectors FILE THREADS K	the same with K singular vectors of each, or
 *				all for 0; the largest |A v - s u|, of the top
 *				value
 *   memory COMMAND ...		prints the megabytes it needed at its peak
 *   core			prints what OpenBLAS takes the processor for
 *
 * Errors are those of matrices with up to LARGE elements.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cblas.h>
#include <lapacke.h>

#include "ckpt.h"
#include "formats.h"
#include "spec.h"

/* Passes are repeated for this many seconds, at least two passes; the fastest
 * counts. */
#define SECONDS 1.0

enum { LARGE = 1 << 22 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "bench-spec: %s: %s\n", what, why);
	exit(1);
}

static void *
room(size_t n)
{
	void *p = malloc(n + 1);

	if (p == NULL)
		fail("memory", "none left");
	return p;
}

/* "64x3x3x3" */
static void
dimensions(struct ckpt_tensor *t, const char *text)
{
	char *end;

	for (t->rank = 0; t->rank < CKPT_RANK; text = end + 1) {
		t->dim[t->rank++] = strtoull(text, &end, 10);
		if (*end != 'x')
			break;
	}
	ckpt_measure(t);
}

/* As networks start: uniform, by the number of inputs. */
static void
fill(struct ckpt_tensor *t)
{
	double bound = sqrt((double)t->dim[0] / t->len);
	float *x = t->data;

	for (size_t i = 0; i < t->len; i++)
		x[i] = bound * (2.0 * rand() / RAND_MAX - 1);
}

static void
make(const char *path, int seed)
{
	struct ckpt_wr *w = ckpt_create(path, ckpt_find_format("safetensors"),
	    "bench-spec", CKPT_VERSION, "");
	char *line = NULL, err[200] = "cannot be written";
	int bad = ckpt_begin(w, 0);
	size_t size = 0;
	ssize_t n;

	srand(seed);
	while ((n = getline(&line, &size, stdin)) > 0) {
		struct ckpt_tensor t = { .type = CKPT_F32, .name = line };
		char *tab = strchr(line, '\t');

		line[n - 1] = 0;
		if (tab == NULL)
			fail(line, "wanted a name, a tab, dimensions");
		*tab = 0;
		dimensions(&t, tab + 1);
		t.data = room(t.size);
		fill(&t);
		bad |= ckpt_put(w, &t);
		free(t.data);
	}
	bad |= ckpt_finish(w, err, sizeof err);
	if (bad)
		fail(path, err);
	free(line);
}

/* All matrices of a file, in memory; *n of them. */
static struct ckpt_tensor *
load_matrices(char *path, size_t *n)
{
	char *paths[] = { path, NULL };
	struct ckpt_rd *r = ckpt_open(paths, ckpt_formats);
	struct ckpt_tensor *all = NULL, t;
	int more;

	*n = 0;
	more = ckpt_next_checkpoint(r);
	while (more == 1 && (more = ckpt_next_tensor(r, &t)) == 1) {
		if (spec_count(&t, SPEC_FLAT) == 0)
			continue;
		if (ckpt_load(r, &t) < 0)
			break;
		all = realloc(all, (*n + 1) * sizeof *all);
		all[*n] = t;
		all[*n].name = strcpy(room(strlen(t.name)), t.name);
		all[*n].data = memcpy(room(t.size), t.data, t.size);
		++*n;
	}
	if (more != 0)
		fail(path, ckpt_error(r));
	ckpt_close(r);
	return all;
}

/* Seconds for all of them. */
static double
time_values(struct spec_queue *queue, const struct ckpt_tensor *all, size_t n)
{
	double start = now();

	for (size_t i = 0; i < n; i++) {
		struct spec_matrix m = spec_view(&all[i], SPEC_FLAT, 0);

		if (spec_queue_put(queue, NULL, &m, NULL, SIZE_MAX, 0) < 0)
			fail("values", "out of memory");
		while (spec_queue_get(queue, false))
			;
	}
	while (spec_queue_get(queue, true))
		;
	return now() - start;
}

static double
compare_with_dgesdd(const struct ckpt_tensor *t)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	int n = m.rows < m.cols ? m.rows : m.cols;
	double *a = room(t->len * sizeof *a);
	double *s = room(n * sizeof *s), *want = room(n * sizeof *want);
	double worst = 0;
	char err[200];

	ckpt_to_double(a, t->data, t->type, t->len);
	if (spec_values(&m, s, err, sizeof err) < 0 ||
	    LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', m.cols, m.rows, a, m.cols,
	    want, NULL, 1, NULL, 1) != 0)
		worst = INFINITY;
	for (int i = 0; i < n; i++)
		worst = fmax(worst, fabs(s[i] - want[i]) / want[0]);
	free(a);
	free(s);
	free(want);
	return worst;
}

/* Drop the results that are ready, or all; the largest residual of those of t,
 * unless it is NULL. */
static double
drain_queue(struct spec_queue *queue, bool all, const struct ckpt_tensor *t)
{
	struct spec_result *x;
	double worst = 0;

	while ((x = spec_queue_get(queue, all)) != NULL) {
		const struct spec_factors *f = &x->f;
		double *a = t ? room(t->len * sizeof *a) : NULL, *r;

		if (a == NULL)
			continue;
		r = room(f->rows * sizeof *r);
		ckpt_to_double(a, t->data, t->type, t->len);
		for (size_t i = 0; i < f->n; i++) {
			memcpy(r, f->u + i * f->rows, f->rows * sizeof *r);
			cblas_dgemv(CblasRowMajor, CblasNoTrans, f->rows,
			    f->cols, 1, a, f->cols, f->v + i * f->cols, 1,
			    -f->s[i], r, 1);
			worst = fmax(worst, cblas_dnrm2(f->rows, r, 1) /
			    f->s[0]);
		}
		free(a);
		free(r);
	}
	return worst;
}

static void
queue_vectors(struct spec_queue *queue, const struct ckpt_tensor *t, size_t k)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);

	if (spec_queue_put(queue, NULL, &m, NULL, k ? k : SIZE_MAX,
	    SPEC_U | SPEC_V) < 0)
		fail("vectors", "out of memory");
}

static void
report_vectors(char *path, int threads, size_t top)
{
	struct spec_queue *queue = spec_queue_open(threads);
	double best = INFINITY, worst = 0, start = now(), pass;
	size_t n;
	struct ckpt_tensor *all = load_matrices(path, &n);

	for (int i = 0; i < 2 || now() - start < SECONDS; i++) {
		pass = now();
		for (size_t k = 0; k < n; k++) {
			queue_vectors(queue, &all[k], top);
			drain_queue(queue, false, NULL);
		}
		drain_queue(queue, true, NULL);
		best = fmin(best, now() - pass);
	}
	for (size_t k = 0; k < n; k++) {
		if (all[k].len > LARGE)
			continue;
		queue_vectors(queue, &all[k], top);
		worst = fmax(worst, drain_queue(queue, true, &all[k]));
	}
	printf("%.9g\t%.3g\n", best, worst);
	spec_queue_close(queue);
}

static void
report_values(char *path, int threads)
{
	struct spec_queue *queue = spec_queue_open(threads);
	double best = INFINITY, worst = 0, start;
	size_t n;
	struct ckpt_tensor *all = load_matrices(path, &n);

	start = now();
	for (int i = 0; i < 2 || now() - start < SECONDS; i++)
		best = fmin(best, time_values(queue, all, n));
	for (size_t i = 0; i < n; i++)
		if (all[i].len <= LARGE)
			worst = fmax(worst, compare_with_dgesdd(&all[i]));
	printf("%.9g\t%.3g\n", best, worst);
	spec_queue_close(queue);
}

static void
memory(char *argv[])
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || status != 0)
		fail(argv[0], "failed");
	printf("%.1f\n", usage.ru_maxrss * 1024 / 1e6);
}

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "make") == 0 && argc == 4)
		make(argv[2], atoi(argv[3]));
	else if (strcmp(what, "values") == 0 && argc == 4)
		report_values(argv[2], atoi(argv[3]));
	else if (strcmp(what, "vectors") == 0 && argc == 5)
		report_vectors(argv[2], atoi(argv[3]), atoi(argv[4]));
	else if (strcmp(what, "memory") == 0 && argc > 2)
		memory(argv + 2);
	else if (strcmp(what, "core") == 0)
		puts(openblas_get_corename());
	else
		fail("usage", "make, values, vectors, memory or core");
	return 0;
}
