/* onednn.c - the oneDNN library: engine, caches, execution, reorders */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

bool
nn_onednn_has_avx512(void)
{
	return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) ==
	    dnnl_cpu_isa_avx512_core;
}

int
nn_onednn_check(struct nn *net, dnnl_status_t s)
{
	if (s == dnnl_success)
		return 0;
	return nn_fail(net, "oneDNN: %s", s == dnnl_out_of_memory ?
	    "out of memory" : s == dnnl_unimplemented ?
	    "it has no kernel for these shapes" : "failed");
}

struct nn_onednn *
nn_onednn_open(struct nn *net)
{
	struct nn_onednn *lib = net->onednn;

	if (lib)
		return lib;
	lib = calloc(1, sizeof *lib);
	if (lib == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	if (nn_onednn_check(net, dnnl_engine_create(&lib->engine, dnnl_cpu,
	    0)) < 0) {
		free(lib);
		return NULL;
	}
	return net->onednn = lib;
}

void
nn_onednn_close(struct nn *net)
{
	struct nn_onednn *lib = net->onednn;
	struct conv_plan *conv;
	struct matmul_plan *matmul;

	if (lib == NULL)
		return;
	while ((conv = lib->convs)) {
		lib->convs = conv->next;
		nn_onednn_destroy_conv(conv);
	}
	while ((matmul = lib->matmuls)) {
		lib->matmuls = matmul->next;
		nn_onednn_destroy_matmul(matmul);
	}
	dnnl_engine_destroy(lib->engine);
	free(lib);
}

size_t
nn_onednn_size(nn_const_md d)
{
	return (dnnl_memory_desc_get_size(d) + 63) / 64 * 64;
}

dnnl_status_t
nn_onednn_execute(dnnl_engine_t engine, dnnl_primitive_t run, int n,
    const int *args, const nn_const_md *md, void *const *data)
{
	dnnl_exec_arg_t arg[5] = { 0 };
	dnnl_stream_t stream;
	dnnl_status_t s = dnnl_stream_create(&stream, engine,
	    dnnl_stream_default_flags);
	int created = 0;

	omp_set_num_threads(1);
	for (; s == dnnl_success && created < n; created++) {
		arg[created].arg = args[created];
		s = dnnl_memory_create(&arg[created].memory, md[created],
		    engine, data[created]);
	}
	if (s == dnnl_success)
		s = dnnl_primitive_execute(run, stream, n, arg);
	if (s == dnnl_success)
		s = dnnl_stream_wait(stream);
	for (int i = 0; i < created; i++)
		dnnl_memory_destroy(arg[i].memory);
	dnnl_stream_destroy(stream);
	return s;
}

/* ------------------------------------------------- other layouts and types */

void
nn_round_bf16(uint16_t *restrict to, const float *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &from[i], sizeof bits);
		to[i] = from[i] == from[i] ?
		    (bits + 0x7fff + (bits >> 16 & 1)) >> 16 : 0x7fc0;
	}
}

dnnl_status_t
nn_onednn_reorder_on_thread(dnnl_engine_t engine, nn_const_md from,
    const void *a, nn_const_md to, void *b)
{
	static const int args[] = { DNNL_ARG_FROM, DNNL_ARG_TO };
	const nn_const_md md[] = { from, to };
	void *data[] = { (void *)a, b };
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t run;
	dnnl_status_t s;

	omp_set_num_threads(1);
	s = dnnl_reorder_primitive_desc_create(&pd, from, engine, to, engine,
	    NULL);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&run, pd);
	dnnl_primitive_desc_destroy(pd);
	if (s != dnnl_success)
		return s;
	s = nn_onednn_execute(engine, run, 2, args, md, data);
	dnnl_primitive_destroy(run);
	return s;
}

enum { ROWS = 64 };		/* of a range: a multiple of every block size */

struct reorder {
	dnnl_engine_t	 engine;
	nn_const_md	 from, to;
	const void	*a;
	void		*b;
	_Atomic bool	 failed;
};

static void
reorder_range(void *arg, int i)
{
	struct reorder *r = arg;
	nn_md from = nn_md_range(r->from, i * ROWS, ROWS);
	nn_md to = nn_md_range(r->to, i * ROWS, ROWS);

	if (from == NULL || to == NULL ||
	    nn_onednn_reorder_on_thread(r->engine, from, r->a, to, r->b))
		r->failed = true;
	nn_md_destroy(from);
	nn_md_destroy(to);
}

int
nn_onednn_reorder(struct nn *net, nn_const_md from, const void *a,
    nn_const_md to, void *b)
{
	struct reorder r = { net->onednn->engine, from, to, a, b, false };

	nn_team_do(nn_team_of(net), (nn_md_first_dim(from) + ROWS - 1) / ROWS,
	    reorder_range, &r);
	return r.failed ? nn_fail(net, "oneDNN: reorder failed") : 0;
}
