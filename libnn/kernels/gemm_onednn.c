/* gemm_onednn.c - matrix products by oneDNN, of F32 or BF16, summed in F32 */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

static dnnl_memory_desc_t
matrix(size_t rows, size_t cols, dnnl_format_tag_t tag, dnnl_data_type_t type)
{
	dnnl_memory_desc_t d;

	dnnl_memory_desc_init_by_tag(&d, 2, (dnnl_dims_t){ rows, cols }, type,
	    tag);
	return d;
}

static dnnl_status_t
attributes(dnnl_primitive_attr_t *attr, bool add)
{
	dnnl_post_ops_t after;
	dnnl_status_t s = dnnl_primitive_attr_create(attr);

	if (s != dnnl_success)
		return s;
	dnnl_primitive_attr_set_scratchpad_mode(*attr,
	    dnnl_scratchpad_mode_user);
	if (!add)
		return s;
	s = dnnl_post_ops_create(&after);
	if (s != dnnl_success)
		return s;
	dnnl_post_ops_append_sum(after, 1);
	dnnl_primitive_attr_set_post_ops(*attr, after);
	return dnnl_post_ops_destroy(after);
}

static dnnl_status_t
make(const struct nn *net, struct onednn_product *p, const dnnl_memory_desc_t *like)
{
	const struct onednn_product_shape *s = &p->shape;
	dnnl_data_type_t type = s->bf16 ? dnnl_bf16 : dnnl_f32;
	dnnl_primitive_attr_t attr = NULL;
	dnnl_primitive_desc_t pd;
	dnnl_matmul_desc_t d;
	dnnl_status_t r;

	p->a = matrix(s->m, s->k, s->arranged ? dnnl_ab : dnnl_ba, type);
	p->b = like ? *like : matrix(s->k, s->n, s->arranged ?
	    dnnl_format_tag_any : dnnl_ab, type);
	dnnl_memory_desc_init_by_strides(&p->c, 2, (dnnl_dims_t){ s->m, s->n },
	    dnnl_f32, (dnnl_dims_t){ s->ldc, 1 });
	r = dnnl_matmul_desc_init(&d, &p->a, &p->b, NULL, &p->c);
	if (r == dnnl_success)
		r = attributes(&attr, s->add);
	if (r == dnnl_success)
		r = dnnl_primitive_desc_create(&pd, &d, attr,
		    nn_onednn_engine(net), NULL);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	if (r != dnnl_success)
		return r;
	r = dnnl_primitive_create(&p->run, pd);
	p->b = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
	p->scratch = *dnnl_primitive_desc_query_md(pd,
	    dnnl_query_scratchpad_md, 0);
	dnnl_primitive_desc_destroy(pd);
	return r;
}

/* Utterances come in ever new lengths: of arranged products only the newest are
 * kept. */
static void
drop_oldest(struct onednn_product **all)
{
	enum { KEPT = 128 };
	struct onednn_product **oldest = NULL, *p;
	int count = 0;

	for (; *all; all = &(*all)->next)
		if ((*all)->shape.arranged) {
			oldest = all;
			count++;
		}
	if (count < KEPT)
		return;
	p = *oldest;
	*oldest = p->next;
	dnnl_primitive_destroy(p->run);
	free(p);
}

const struct onednn_product *
nn_onednn_product(struct nn *net, const struct onednn_product_shape *shape,
    const dnnl_memory_desc_t *like)
{
	struct onednn_product **all = nn_onednn_products(net), *p;

	if (all == NULL)
		return NULL;
	for (p = *all; p; p = p->next)
		if (memcmp(&p->shape, shape, sizeof *shape) == 0 &&
		    (like == NULL || dnnl_memory_desc_equal(&p->b, like)))
			return p;
	if (shape->arranged)
		drop_oldest(all);
	p = calloc(1, sizeof *p);
	if (p == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	p->shape = *shape;
	omp_set_num_threads(1);
	if (nn_onednn_check(net, make(net, p, like)) < 0) {
		free(p);
		return NULL;
	}
	p->next = *all;
	return *all = p;
}

size_t
nn_onednn_product_scratch(const struct onednn_product *p)
{
	return dnnl_memory_desc_get_size(&p->scratch);
}

dnnl_status_t
nn_onednn_multiply(const struct nn *net, const struct onednn_product *p, const void *a,
    const void *b, float *c, void *room)
{
	const dnnl_memory_desc_t *md[] = { &p->scratch, &p->a, &p->b, &p->c };
	void *data[] = { room, (void *)a, (void *)b, c };

	return nn_onednn_execute(nn_onednn_engine(net), p->run, 4, md, data,
	    (int[]){ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS,
	    DNNL_ARG_DST });
}
