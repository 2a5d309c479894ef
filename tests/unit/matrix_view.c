/* matrix_view.c - tensors as matrices: flat, by slices, swapped */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "matrices.h"
#include "spec.h"
#include "tap.h"

static void
test_views(void)
{
	static const uint64_t dim[] = { 4, 3, 2, 5 };
	struct ckpt_tensor t = { .name = "w", .type = CKPT_F32, .rank = 4,
	    .len = 120, .size = 480 };
	struct spec_matrix m;
	float x[120], tap[12];
	double s[4], want[4], all = 0, flat[4];
	char err[200];

	memcpy(t.dim, dim, sizeof dim);
	t.data = x;
	for (int i = 0; i < 120; i++)
		x[i] = draw_normal();
	ok(spec_count(&t, SPEC_FLAT) == 1 && spec_count(&t, SPEC_SLICES) == 10,
	    "a (4, 3, 2, 5) kernel is 1 matrix, or 10");
	m = spec_view(&t, SPEC_FLAT, 0);
	ok(m.rows == 4 && m.cols == 30 && m.stride == 1 && m.data == x,
	    "flattened to (4, 30)");
	spec_values(&m, flat, err, sizeof err);
	for (int i = 0; i < 10; i++) {
		struct spec_matrix dense = { .data = tap,
		    .type = CKPT_F32, .rows = 4, .cols = 3, .stride = 1 };

		m = spec_view(&t, SPEC_SLICES, i);
		for (int k = 0; k < 12; k++)
			tap[k] = x[k * 10 + i];
		if (spec_values(&m, s, err, sizeof err) < 0 ||
		    spec_values(&dense, want, err, sizeof err) < 0 ||
		    memcmp(s, want, 3 * sizeof *s) != 0)
			all = NAN;
		for (int k = 0; k < 3; k++)
			all += s[k] * s[k];
	}
	ok(is_close(all, flat[0] * flat[0] + flat[1] * flat[1] +
	    flat[2] * flat[2] + flat[3] * flat[3]),
	    "a tap has the values of its copy");
	t.type = CKPT_I64;
	ok(spec_count(&t, SPEC_FLAT) == 0, "integers are passed over");
	t.type = CKPT_OTHER;
	ok(spec_count(&t, SPEC_SLICES) == 1, "unknown types are not");
	t.type = CKPT_F32;
	t.rank = 1;
	ok(spec_count(&t, SPEC_FLAT) == 0, "vectors are passed over");
}

/* A transposed convolution is analyzed with its first two dimensions
 * exchanged. */
static void
test_swapped(void)
{
	static const uint64_t dim[] = { 4, 3, 2, 5 }, other[] = { 3, 4, 2, 5 };
	struct ckpt_tensor t = { .type = CKPT_F32, .rank = 4, .len = 120,
	    .size = 480, .swapped = true }, u = t;
	struct spec_matrix m, n;
	float x[120], y[120], z[120] = { 0 };
	double s[4], want[4], all[120];
	char err[200];
	bool same = true;

	memcpy(t.dim, dim, sizeof dim);
	memcpy(u.dim, other, sizeof other);
	u.swapped = false;
	t.data = x;
	u.data = y;
	for (int i = 0; i < 120; i++)
		x[i] = draw_normal();
	for (int i = 0; i < 120; i++)
		y[i] = x[(i / 10 % 4 * 3 + i / 40) * 10 + i % 10];
	for (int conv = SPEC_FLAT; conv <= SPEC_SLICES; conv++)
		for (uint64_t i = 0; i < spec_count(&t, conv); i++) {
			m = spec_view(&t, conv, i);
			n = spec_view(&u, conv, i);
			same &= m.rows == n.rows && m.cols == n.cols &&
			    spec_values(&m, s, err, sizeof err) == 0 &&
			    spec_values(&n, want, err, sizeof err) == 0 &&
			    memcmp(s, want, 3 * sizeof *s) == 0;
		}
	ok(same, "a transposed convolution is taken as (out, in, ...)");
	m = spec_view(&t, SPEC_FLAT, 0);
	spec_to_double(&m, all);
	same = true;
	for (int i = 0; i < 120; i++)
		same &= all[i] == y[i];
	m.data = z;
	spec_from_double(&m, all);
	ok(same && memcmp(z, x, sizeof z) == 0, "as doubles, and back");
}

int
main(void)
{
	openblas_set_num_threads(1);
	test_views();
	test_swapped();
	return tap_done();
}
