/*
 * nn_gemm_bf16.c - products of matrices rounded to BF16, summed in F32, by oneDNN
 *
 * Rounding is the same pass that brings a into rows and b into the layout in
 * which the library multiplies; then parts of the rows share b.
 */
#include <stdatomic.h>

#include "core/net.h"
#include "onednn.h"

/* Rows of a part; shorter sides are not worth rounding for. */
enum { ROWS = 128, LEAST = 32 };

struct job {
	struct nn	*net;
	const struct nn_gemm *g;
	const struct onednn_product *whole, *rest;	/* most parts; the last one */
	uint16_t	*a;
	void		*b;
	char		*room;
	size_t		 scratch;		/* bytes of room for each part */
	_Atomic bool	 failed;
};

bool
nn_gemm_fits_bf16(const struct nn *net, const struct nn_gemm *g)
{
	return net->products == NN_BF16 && sizeof(nn_real) == sizeof(float) &&
	    g->m >= LEAST && g->n >= LEAST && g->k >= LEAST;
}

static dnnl_memory_desc_t
matrix(size_t rows, size_t cols, size_t down, size_t right,
    dnnl_data_type_t type)
{
	dnnl_memory_desc_t d;

	dnnl_memory_desc_init_by_strides(&d, 2, (dnnl_dims_t){ rows, cols },
	    type, (dnnl_dims_t){ down, right });
	return d;
}

static int
arrange(struct job *j)
{
	const struct nn_gemm *g = j->g;
	dnnl_memory_desc_t a = matrix(g->m, g->k, g->ta ? 1 : g->lda,
	    g->ta ? g->lda : 1, dnnl_f32);
	dnnl_memory_desc_t b = matrix(g->k, g->n, g->tb ? 1 : g->ldb,
	    g->tb ? g->ldb : 1, dnnl_f32);
	dnnl_memory_desc_t rows = matrix(g->m, g->k, g->k, 1, dnnl_bf16);

	j->a = nn_alloc(j->net, g->m * g->k, sizeof *j->a);
	j->b = nn_alloc(j->net, 1, dnnl_memory_desc_get_size(&j->whole->b));
	if (j->a == NULL || j->b == NULL ||
	    nn_onednn_reorder(j->net, &a, g->a, &rows, j->a) < 0)
		return -1;
	return nn_onednn_reorder(j->net, &b, g->b, &j->whole->b, j->b);
}

static void
one_part(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_gemm *g = j->g;
	size_t from = (size_t)i * ROWS;
	const struct onednn_product *p = g->m - from < ROWS ? j->rest : j->whole;

	if (nn_onednn_multiply(j->net, p, j->a + from * g->k, j->b,
	    (float *)g->c + from * g->ldc, j->room + i * j->scratch) != dnnl_success)
		j->failed = true;
}

static int
plan(struct job *j)
{
	const struct nn_gemm *g = j->g;
	struct onednn_product_shape s = { .m = g->m < ROWS ? g->m : ROWS, .n = g->n,
		.k = g->k, .ldc = g->ldc, .bf16 = true, .add = g->beta != 0,
		.arranged = true };
	int parts = (g->m + ROWS - 1) / ROWS;

	j->whole = j->rest = nn_onednn_product(j->net, &s, NULL);
	if (j->whole && g->m > ROWS && g->m % ROWS) {
		s.m = g->m % ROWS;
		j->rest = nn_onednn_product(j->net, &s, &j->whole->b);
	}
	if (j->whole == NULL || j->rest == NULL)
		return -1;
	j->scratch = nn_onednn_product_scratch(j->whole);
	if (nn_onednn_product_scratch(j->rest) > j->scratch)
		j->scratch = nn_onednn_product_scratch(j->rest);
	j->scratch = (j->scratch + 63) / 64 * 64;
	j->room = nn_alloc(j->net, parts, j->scratch);
	return j->room ? parts : -1;
}

void
nn_gemm_bf16(struct nn *net, const struct nn_gemm *g)
{
	struct job j = { .net = net, .g = g };
	struct nn_arena_mark before = nn_mark(net);
	int parts = plan(&j);

	if (parts > 0 && arrange(&j) == 0) {
		nn_team_do(nn_team_of(net), parts, one_part, &j);
		if (j.failed)
			nn_fail(net, "oneDNN: a product failed");
	}
	nn_release(net, before);
}
