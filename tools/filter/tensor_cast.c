/* tensor_cast.c - floating-point tensors cast to another type */
#include <inttypes.h>
#include <math.h>

#include "tensor_cast.h"

enum { PART = 4096 };

/* All finite numbers below it are finite in every type. */
#define MIN_OVERFLOW 240

/* Elements that were lost. */
static uint64_t lost;
static const char *lost_to;		/* "infinite" or "NaN" */
static const char *lost_as;		/* the type */
static char first[CKPT_NAME + 40];	/* where the first of them was */

/* Compare n elements with y, what they have become. */
static void
count_lost(const double *x, const char *y, size_t n,
    const struct ckpt_tensor *t, enum ckpt_type type, uint64_t step)
{
	for (size_t i = 0; i < n; i++) {
		double to;

		if (!(fabs(x[i]) >= MIN_OVERFLOW))
			continue;
		ckpt_to_double(&to, y + i * ckpt_type_size(type), type, 1);
		if (isfinite(to) || to == x[i])
			continue;
		if (lost++ > 0)
			continue;
		lost_to = isnan(to) ? "NaN" : "infinite";
		lost_as = ckpt_type_name(type);
		snprintf(first, sizeof first, "step %" PRIu64 ": %s", step,
		    t->name);
	}
}

void
cli_cast(struct ckpt_tensor *t, enum ckpt_type type, uint64_t step)
{
	static struct cli_room room;
	size_t from = ckpt_type_size(t->type), to = ckpt_type_size(type);
	char *data = cli_reserve(&room, t->len * to);
	double part[PART];

	for (size_t i = 0; i < t->len; i += PART) {
		size_t n = t->len - i < PART ? t->len - i : PART;

		if (ckpt_to_double(part, (char *)t->data + i * from, t->type,
		    n) < 0 || ckpt_from_double(data + i * to, part, type,
		    n) < 0)
			cli_die("%s: cannot cast %s to %s", t->name, t->dtype,
			    ckpt_type_name(type));
		count_lost(part, data + i * to, n, t, type, step);
	}
	t->type = type;
	t->data = data;
	t->size = t->len * to;
}

bool
cli_cast_report(void)
{
	if (lost > 0)
		cli_warn("%" PRIu64 " element%s became %s as %s, the first in "
		    "%s", lost, lost > 1 ? "s" : "", lost_to, lost_as, first);
	return lost == 0;
}
