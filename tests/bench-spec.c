/*
 * bench-spec.c - speed and error of the singular values of a file's matrices
 *
 *   bench-spec make DIR          writes files of random matrices into DIR
 *   bench-spec FILE THREADS      prints the seconds that one pass over all of
 *                                its matrices takes, and the largest
 *                                difference to dgesdd, of the top value
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lapacke.h>

#include "ckpt.h"
#include "formats.h"
#include "spec.h"

/* Passes go on for this long, at least three; the fastest counts. */
#define SECONDS 1.0

static const int shape[][2] = { { 128, 512 }, { 768, 768 }, { 2304, 768 },
    { 512, 4608 }, { 2048, 2048 } };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void *
room(size_t n)
{
	void *p = malloc(n + 1);

	if (p == NULL) {
		fputs("bench-spec: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* Two random matrices of one shape, so that two threads have work. */
static void
make(const char *dir, int rows, int cols)
{
	char path[4096], err[200];
	struct tensor t = { .type = CKPT_F32, .rank = 2, .dim = { rows, cols } };
	size_t len = (size_t)rows * cols;
	float *x = room(len * sizeof *x);
	struct ckpt_wr *w;
	int bad = 0;

	snprintf(path, sizeof path, "%s/%dx%d.safetensors", dir, rows, cols);
	w = ckpt_create(path, format_to_write("safetensors"), "bench-spec",
	    CKPT_VERSION, "");
	bad |= ckpt_begin(w, 0);
	t.data = x;
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < len; i++)
			x[i] = (rand() - RAND_MAX / 2.0) / RAND_MAX;
		t.name = k ? "b" : "a";
		bad |= ckpt_put(w, &t);
	}
	bad |= ckpt_finish(w, err, sizeof err);
	if (bad) {
		fprintf(stderr, "bench-spec: %s: %s\n", path, err);
		exit(1);
	}
	free(x);
}

/* All matrices of a file, in memory; *n of them. */
static struct tensor *
load(char *path, size_t *n)
{
	char *paths[] = { path, NULL };
	struct ckpt_rd *r = ckpt_open(paths, formats);
	struct tensor *all = NULL, t;
	int more;

	*n = 0;
	while ((more = ckpt_next(r, &t)) == 1) {
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
	if (more != 0) {
		fprintf(stderr, "bench-spec: %s\n", ckpt_error(r));
		exit(1);
	}
	ckpt_close(r);
	return all;
}

/* Seconds for all of them. */
static double
pass(struct spec_line *line, const struct tensor *all, size_t n)
{
	double start = now();

	for (size_t i = 0; i < n; i++) {
		spec_put(line, 0, &all[i]);
		while (spec_get(line, false))
			;
	}
	while (spec_get(line, true))
		;
	return now() - start;
}

static double
difference(const struct tensor *t)
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

int
main(int argc, char *argv[])
{
	struct spec_line *line;
	struct tensor *all;
	double best = INFINITY, worst = 0, start;
	size_t n;

	if (argc != 3) {
		fputs("usage: bench-spec make DIR | FILE THREADS\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "make") == 0) {
		for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
			make(argv[2], shape[i][0], shape[i][1]);
		return 0;
	}
	all = load(argv[1], &n);
	line = spec_open(atoi(argv[2]), SPEC_FLAT);
	start = now();
	for (int i = 0; i < 3 || now() - start < SECONDS; i++)
		best = fmin(best, pass(line, all, n));
	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, difference(&all[i]));
	printf("%.9g\t%.3g\n", best, worst);
	spec_close(line);
	return 0;
}
