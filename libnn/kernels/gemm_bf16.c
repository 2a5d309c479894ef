/*
 * gemm_bf16.c - matrix products by oneDNN with operands rounded to BF16, summed
 * in F32
 *
 * Rounding also packs: a into rows, b into the layout that oneDNN prefers.
 * Tasks are ranges of rows of a.
 */
#include <stdatomic.h>

#include "core/net.h"
#include "onednn.h"

/* Rows of a range; the smallest size for which rounding pays. */
enum { ROWS = 128, LEAST = 32 };

struct job {
	struct nn	*net;
	const struct nn_gemm *g;
	const struct matmul_plan *plan, *last;	/* last: of the last range */
	uint16_t	*a;
	void		*b;
	char		*scratch;
	size_t		 scratch_size;		/* of each range */
	_Atomic bool	 failed;
};

bool
nn_gemm_fits_bf16(const struct nn *net, const struct nn_gemm *g)
{
	return net->precision == NN_PRECISION_BF16 &&
	    sizeof(nn_real) == sizeof(float) &&
	    g->m >= LEAST && g->n >= LEAST && g->k >= LEAST;
}

/* Reorder a (rows, cols) matrix of F32. */
static int
pack_matrix(struct nn *net, const nn_real *x, size_t rows, size_t cols,
    bool transposed, size_t ld, nn_const_md md, void *to)
{
	nn_md from = nn_md_by_strides(2, (dnnl_dims_t){ rows, cols }, dnnl_f32,
	    (dnnl_dims_t){ transposed ? 1 : ld, transposed ? ld : 1 });
	int r = from && md ? nn_onednn_reorder(net, from, x, md, to) :
	    nn_fail(net, "out of memory");

	nn_md_destroy(from);
	return r;
}

static int
pack_operands(struct job *j)
{
	const struct nn_gemm *g = j->g;
	nn_md rows;
	int r;

	j->a = nn_alloc(j->net, g->m * g->k, sizeof *j->a);
	j->b = nn_alloc(j->net, 1, nn_onednn_size(j->plan->b));
	if (j->a == NULL || j->b == NULL)
		return -1;
	rows = nn_md_by_tag(2, (dnnl_dims_t){ g->m, g->k }, dnnl_bf16, dnnl_ab);
	r = pack_matrix(j->net, g->a, g->m, g->k, g->ta, g->lda, rows, j->a);
	nn_md_destroy(rows);
	return r < 0 ? r : pack_matrix(j->net, g->b, g->k, g->n, g->tb, g->ldb,
	    j->plan->b, j->b);
}

static void
multiply_range(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_gemm *g = j->g;
	size_t from = (size_t)i * ROWS;
	const struct matmul_plan *p = g->m - from < ROWS ? j->last : j->plan;

	if (nn_onednn_run_matmul(j->net, p, j->a + from * g->k, j->b,
	    (float *)g->c + from * g->ldc,
	    j->scratch + i * j->scratch_size) != dnnl_success)
		j->failed = true;
}

/* Returns the number of ranges, or -1. */
static int
plan_job(struct job *j)
{
	const struct nn_gemm *g = j->g;
	struct matmul_shape s = { .m = g->m < ROWS ? g->m : ROWS, .n = g->n,
		.k = g->k, .ldc = g->ldc, .bf16 = true, .add = g->beta != 0,
		.packed = true };
	int ranges = (g->m + ROWS - 1) / ROWS;

	j->plan = j->last = nn_onednn_plan_matmul(j->net, &s, NULL);
	if (j->plan && g->m > ROWS && g->m % ROWS) {
		s.m = g->m % ROWS;
		j->last = nn_onednn_plan_matmul(j->net, &s, j->plan->b);
	}
	if (j->plan == NULL || j->last == NULL)
		return -1;
	j->scratch_size = nn_onednn_size(j->plan->scratch);
	if (nn_onednn_size(j->last->scratch) > j->scratch_size)
		j->scratch_size = nn_onednn_size(j->last->scratch);
	j->scratch = nn_alloc(j->net, ranges, j->scratch_size);
	return j->scratch ? ranges : -1;
}

void
nn_run_gemm_bf16(struct nn *net, const struct nn_gemm *g)
{
	struct job j = { .net = net, .g = g };
	struct nn_arena_mark before = nn_mark(net);
	int ranges = plan_job(&j);

	if (ranges > 0 && pack_operands(&j) == 0) {
		nn_team_do(nn_team_of(net), ranges, multiply_range, &j);
		if (j.failed)
			nn_onednn_check(net, dnnl_runtime_error);
	}
	nn_release(net, before);
}
