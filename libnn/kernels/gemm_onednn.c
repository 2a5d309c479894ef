/* gemm_onednn.c - matrix products by oneDNN, of F32 or BF16, summed in F32 */
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

static nn_md
make_desc(size_t rows, size_t cols, dnnl_format_tag_t tag,
    dnnl_data_type_t type)
{
	return nn_md_by_tag(2, (dnnl_dims_t){ rows, cols }, type, tag);
}

static dnnl_status_t
create_primitive(dnnl_engine_t engine, struct matmul_plan *p, nn_const_md given)
{
	const struct matmul_shape *s = &p->shape;
	dnnl_data_type_t type = s->bf16 ? dnnl_bf16 : dnnl_f32;
	nn_md b = given ? nn_md_copy(given) : make_desc(s->k, s->n,
	    s->packed ? dnnl_format_tag_any : dnnl_ab, type);
	dnnl_primitive_desc_t pd;
	dnnl_status_t r;

	p->a = make_desc(s->m, s->k, s->packed ? dnnl_ab : dnnl_ba, type);
	p->c = nn_md_by_strides(2, (dnnl_dims_t){ s->m, s->n }, dnnl_f32,
	    (dnnl_dims_t){ s->ldc, 1 });
	r = nn_onednn_describe_matmul(&pd, engine, p->a, b, p->c, s->add);
	nn_md_destroy(b);
	if (r != dnnl_success)
		return r;
	r = dnnl_primitive_create(&p->run, pd);
	p->b = nn_md_copy(dnnl_primitive_desc_query_md(pd,
	    dnnl_query_weights_md, 0));
	p->scratch = nn_md_copy(dnnl_primitive_desc_query_md(pd,
	    dnnl_query_scratchpad_md, 0));
	dnnl_primitive_desc_destroy(pd);
	return r != dnnl_success ? r :
	    p->b && p->scratch ? dnnl_success : dnnl_out_of_memory;
}

void
nn_onednn_destroy_matmul(struct matmul_plan *p)
{
	if (p->run)
		dnnl_primitive_destroy(p->run);
	nn_md_destroy(p->a);
	nn_md_destroy(p->b);
	nn_md_destroy(p->c);
	nn_md_destroy(p->scratch);
	free(p);
}

/* Batches of speech come in ever new lengths, and so do packed products: when
 * there are too many, drop the least recently used. */
static void
drop_packed(struct matmul_plan **list)
{
	enum { MOST = 128 };
	struct matmul_plan **oldest = NULL, *p;
	int count = 0;

	for (; *list; list = &(*list)->next)
		if ((*list)->shape.packed) {
			oldest = list;
			count++;
		}
	if (count < MOST)
		return;
	p = *oldest;
	*oldest = p->next;
	nn_onednn_destroy_matmul(p);
}

/* A packed plan is moved to the head of the list, as the most recently used.
 * Others are not, as several threads may be searching the list for them. */
static struct matmul_plan *
find_plan(struct matmul_plan **list, const struct matmul_shape *shape,
    nn_const_md b)
{
	struct matmul_plan **at = list, *p;

	while ((p = *at) && (memcmp(&p->shape, shape, sizeof *shape) != 0 ||
	    (b && !dnnl_memory_desc_equal(p->b, b))))
		at = &p->next;
	if (p && p->shape.packed) {
		*at = p->next;
		p->next = *list;
		*list = p;
	}
	return p;
}

const struct matmul_plan *
nn_onednn_plan_matmul(struct nn *net, const struct matmul_shape *shape,
    nn_const_md b)
{
	struct nn_onednn *lib = nn_onednn_open(net);
	struct matmul_plan *p;

	if (lib == NULL)
		return NULL;
	p = find_plan(&lib->matmuls, shape, b);
	if (p)
		return p;
	if (shape->packed)
		drop_packed(&lib->matmuls);
	p = calloc(1, sizeof *p);
	if (p == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	p->shape = *shape;
	omp_set_num_threads(1);
	if (nn_onednn_check(net, create_primitive(lib->engine, p, b)) < 0) {
		nn_onednn_destroy_matmul(p);
		return NULL;
	}
	p->next = lib->matmuls;
	return lib->matmuls = p;
}

dnnl_status_t
nn_onednn_run_matmul(const struct nn *net, const struct matmul_plan *p,
    const void *a, const void *b, float *c, void *scratch)
{
	static const int args[] = { DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC,
		DNNL_ARG_WEIGHTS, DNNL_ARG_DST };
	const nn_const_md md[] = { p->scratch, p->a, p->b, p->c };
	void *data[] = { scratch, (void *)a, (void *)b, c };

	return nn_onednn_execute(net->onednn->engine, p->run, 4, args, md,
	    data);
}
