/* matrix_filter.c - which tensors a program changes: all matrices but the last */
#include <fnmatch.h>

#include "matrix_filter.h"
#include "spec.h"

bool
cli_is_matrix(const struct ckpt_tensor *t)
{
	return spec_count(t, SPEC_FLAT) > 0 && ckpt_type_is_float(t->type) &&
	    t->len > 0;
}

bool
cli_matrix_filter_takes(const struct cli_matrix_filter *s, const char *name,
    bool last)
{
	if (last && !s->last)
		return false;
	for (size_t i = 0; i < s->exclude.n; i++)
		if (fnmatch(s->exclude.item[i], name, 0) == 0)
			return false;
	return true;
}
