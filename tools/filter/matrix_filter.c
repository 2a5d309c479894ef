/* matrix_filter.c - which tensors a program changes: all matrices but the last */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "matrix_filter.h"
#include "spec.h"

bool
cli_is_matrix(const struct ckpt_tensor *t)
{
	return spec_count(t, SPEC_FLAT) > 0 && ckpt_type_is_float(t->type) &&
	    t->len > 0;
}

static bool changes, excludes;		/* a matrix */
static char *whole;			/* a last matrix, which is not changed */
static struct ckpt_buffer last;		/* the tensor that --last names, */
static struct cli_spelling meant;	/* or may have meant */

void
cli_find_last_matrix(const struct cli_matrix_filter *s,
    const struct ckpt_rd *in)
{
	const char *key, *value, *target, *name = s->last;
	struct ckpt_buffer tie = { 0 };

	if (name == NULL)
		return;
	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++) {
		if (strcmp(key, "tie") != 0)
			continue;
		target = ckpt_tie_names(&tie, value);
		if (target && strcmp((char *)tie.p, s->last) == 0) {
			name = target;
			break;
		}
	}
	last.n = 0;
	if (ckpt_buffer_add(&last, name, strlen(name) + 1) < 0)
		cli_die("out of memory");
	free(tie.p);
}

bool
cli_is_last_matrix(const struct cli_matrix_filter *s, const char *name,
    bool final)
{
	if (s->last == NULL)
		return final;
	if (strcmp((char *)last.p, name) == 0)
		return true;
	meant.word = s->last;
	cli_spelling_try(&meant, name);
	return false;
}

bool
cli_matrix_filter_takes(const struct cli_matrix_filter *s, const char *name,
    bool last)
{
	if (last && !s->include_last) {
		if (whole == NULL)
			whole = cli_strdup(name);
		return false;
	}
	for (size_t i = 0; i < s->exclude.n; i++)
		if (fnmatch(s->exclude.item[i], name, 0) == 0) {
			excludes = true;
			return false;
		}
	changes = true;
	return true;
}

void
cli_matrix_filter_check(void)
{
	if (changes)
		return;
	if (excludes)
		cli_die_empty("nothing is changed: --exclude leaves no matrix");
	if (whole)
		cli_die_empty("nothing is changed: %s is the last matrix, which "
		    "is left whole without --include-last", whole);
	cli_die_empty("nothing is changed: no matrix in the input");
}

void
cli_report_last_matrix(const struct cli_matrix_filter *s, const char *name,
    uint64_t step)
{
	static char *reported;

	if (s->last && name == NULL)
		cli_die("step %" PRIu64 ": --last %s: no matrix has this name%s",
		    step, s->last, meant.word ? cli_spelling_hint(&meant) : "");
	if (s->last || s->include_last || name == NULL || !changes ||
	    (reported && strcmp(reported, name) == 0))
		return;
	cli_warn("%s is left whole as the network's last matrix; see --last",
	    name);
	free(reported);
	reported = cli_strdup(name);
}
