/* singular_vectors.c - truncated singular value decomposition, with signs */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "deflation.h"

void
spec_factors_free(struct spec_factors *f)
{
	free(f->s);
	free(f->u);
	free(f->v);
	*f = (struct spec_factors){ 0 };
}

static void
fix_signs(struct spec_factors *f)
{
	double *by = f->u ? f->u : f->v;
	size_t n = f->u ? f->rows : f->cols;

	for (size_t i = 0; i < f->n; i++, by += n) {
		double top = 0;
		size_t at = 0;

		for (size_t j = 0; j < n; j++)
			top = fmax(top, fabs(by[j]));
		while (fabs(by[at]) < top / 2)
			at++;
		if (by[at] > 0)
			continue;
		if (f->u)
			cblas_dscal(f->rows, -1, f->u + i * f->rows, 1);
		if (f->v)
			cblas_dscal(f->cols, -1, f->v + i * f->cols, 1);
	}
}

/* The first k rows of x, of n elements each. */
static double *
shrink_rows(double *x, size_t k, size_t n)
{
	double *y = x ? realloc(x, k * n * sizeof *x) : NULL;

	return y ? y : x;
}

static int
find_values(const struct spec_matrix *m, size_t k, struct spec_factors *f,
    char *err, size_t len)
{
	size_t n = m->rows < m->cols ? m->rows : m->cols;

	*f = (struct spec_factors){ .rows = m->rows, .cols = m->cols,
	    .n = k < n ? k : n, .s = malloc((n + 1) * sizeof *f->s) };
	if (f->s == NULL)
		snprintf(err, len, "out of memory");
	else if (spec_values(m, f->s, err, len) == 0)
		return 0;
	spec_factors_free(f);
	return -1;
}

int
spec_svd(const struct spec_matrix *m, size_t k, int want,
    struct spec_factors *f, char *err, size_t len)
{
	bool tall = m->rows > m->cols;
	struct spec_triplets t;

	if (want == 0)
		return find_values(m, k, f, err, len);
	if (spec_triplets_open(&t, m, k, want & (tall ? SPEC_U : SPEC_V), err,
	    len) < 0)
		return -1;
	*f = (struct spec_factors){ .rows = m->rows, .cols = m->cols,
	    .n = k < t.k ? k : t.k, .s = t.s,
	    .u = tall ? t.v : t.u, .v = tall ? t.u : t.v };
	if (!(want & SPEC_U)) {
		free(f->u);
		f->u = NULL;
	}
	if (!(want & SPEC_V)) {
		free(f->v);
		f->v = NULL;
	}
	if (f->n < t.k) {
		f->s = shrink_rows(f->s, f->n, 1);
		f->u = shrink_rows(f->u, f->n, f->rows);
		f->v = shrink_rows(f->v, f->n, f->cols);
	}
	fix_signs(f);
	return 0;
}
