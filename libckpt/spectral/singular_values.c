/* singular_values.c - the singular values of a matrix, from its Gram matrix */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eigen.h"
#include "gram.h"

int
spec_values(const struct spec_matrix *m, double *s, char *err, size_t len)
{
	struct spec_gram g;
	int n, result = 0;

	if (spec_gram_open(&g, m, err, len) < 0)
		return -1;
	n = g.n;
	if (g.zero)
		memset(s, 0, n * sizeof *s);
	else
		result = spec_eigenvalues(g.g, n, s);
	spec_gram_close(&g);
	if (result < 0)
		snprintf(err, len, "out of memory, or no convergence");
	for (int i = 0; result == 0 && i < n; i++)
		s[i] = s[i] > 0 ? ldexp(sqrt(s[i]), -g.scale) : 0;
	return result;
}
