/* tape.c - the tape of automatic differentiation: running ops, recording them,
 * and the backward pass */
#include <cblas.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "kernels/conv.h"
#include "net.h"

struct nn *
nn_open(uint64_t seed, int threads)
{
	struct nn *net = calloc(1, sizeof *net);

	if (net == NULL)
		return NULL;
	openblas_set_num_threads(1);	/* the team's threads call it */
	net->seed = seed;
	net->team = nn_team_open(threads);
	if (net->team == NULL) {
		free(net);
		return NULL;
	}
	return net;
}

void
nn_close(struct nn *net)
{
	if (net == NULL)
		return;
	nn_onednn_close(net);
	nn_params_free(net);
	nn_arena_free(&net->arena);
	nn_team_close(net->team);
	free(net->tape);
	free(net);
}

void
nn_set_mode(struct nn *net, enum nn_mode mode)
{
	net->mode = mode;
}

enum nn_mode
nn_get_mode(const struct nn *net)
{
	return net->mode;
}

int
nn_set_precision(struct nn *net, enum nn_precision precision)
{
	if (precision == NN_PRECISION_BF16 && !nn_onednn_has_avx512())
		return nn_fail(net, "BF16 needs a processor with AVX-512");
	net->precision = precision;
	return 0;
}

const char *
nn_error(const struct nn *net)
{
	return net->error;
}

struct nn_team *
nn_team_of(const struct nn *net)
{
	return net->team;
}

int
nn_fail(struct nn *net, const char *fmt, ...)
{
	va_list ap;

	if (net->error[0])
		return -1;	/* the first error is the cause */
	va_start(ap, fmt);
	vsnprintf(net->error, sizeof net->error, fmt, ap);
	va_end(ap);
	return -1;
}

static size_t
print_shape(char *to, size_t size, const struct nn_shape *s)
{
	size_t n = 0;

	for (int i = 0; i < s->rank; i++)
		n += snprintf(to + n, size - n, "%s%zu", i ? ", " : "",
		    s->dim[i]);
	return n;
}

int
nn_fail_shape(struct nn_node *y)
{
	char text[300];
	size_t n = 0;

	for (int i = 0; i < y->inputs; i++) {
		n += snprintf(text + n, sizeof text - n, " (");
		n += print_shape(text + n, sizeof text - n, &y->in[i]->shape);
		n += snprintf(text + n, sizeof text - n, ")");
	}
	return nn_fail(y->net, "%s: shapes%s do not fit", y->op->name, text);
}

int
nn_shape_same(struct nn_node *y)
{
	y->shape = y->in[0]->shape;
	return 0;
}

size_t
nn_rows_of(const struct nn_node *a)
{
	return a->shape.dim[0];
}

size_t
nn_cols_of(const struct nn_node *a)
{
	return a->shape.dim[0] ? a->len / a->shape.dim[0] : 0;
}

void *
nn_alloc(struct nn *net, size_t n, size_t size)
{
	void *p = NULL;

	if (size == 0 || n <= SIZE_MAX / size)
		p = nn_arena_alloc(&net->arena, n * size);
	if (p == NULL)
		nn_fail(net, "out of memory for %zu elements", n);
	return p;
}

struct nn_arena_mark
nn_mark(const struct nn *net)
{
	return nn_arena_get_mark(&net->arena);
}

void
nn_release(struct nn *net, struct nn_arena_mark before)
{
	nn_arena_release(&net->arena, before);
}

static struct nn_node *
create_node(struct nn *net, const struct nn_op *op)
{
	struct nn_node *y = nn_alloc(net, 1, sizeof *y);

	if (y) {
		memset(y, 0, sizeof *y);
		y->net = net;
		y->op = op;
	}
	return y;
}

static size_t
count_elements(const struct nn_shape *s)
{
	size_t len = 1;

	for (int i = 0; i < s->rank; i++)
		len *= s->dim[i];
	return len;
}

static int
record_node(struct nn_node *y)
{
	struct nn *net = y->net;

	if (ckpt_grow(&net->tape, net->nodes, &net->capacity,
	    sizeof *net->tape) < 0)
		return nn_fail(net, "out of memory");
	net->tape[net->nodes++] = y;
	return 0;
}

/* Allocate the values, or point into those of another node (a view). */
static int
set_values(struct nn_node *y)
{
	if (y->base)
		y->x = y->base->x + y->offset;
	else
		y->x = nn_alloc(y->net, y->len, sizeof *y->x);
	return y->x ? 0 : -1;
}

struct nn_node *
nn_run_op(const struct nn_op *op, const void *arg, struct nn_node **in,
    int inputs)
{
	struct nn_node *y;

	for (int i = 0; i < inputs; i++)
		if (in[i] == NULL)
			return NULL;
	y = create_node(in[0]->net, op);
	if (y == NULL)
		return NULL;
	y->inputs = inputs;
	for (int i = 0; i < inputs; i++) {
		y->in[i] = in[i];
		y->requires_grad |= in[i]->requires_grad;
	}
	if (op->arg) {
		y->arg = nn_alloc(y->net, 1, op->arg);
		if (y->arg == NULL)
			return NULL;
		memcpy(y->arg, arg, op->arg);
	}
	if (op->shape(y) < 0)
		return NULL;
	y->len = count_elements(&y->shape);
	if (set_values(y) < 0 || record_node(y) < 0)
		return NULL;
	if (op->forward)
		op->forward(y);
	return y->net->error[0] ? NULL : y;
}

struct nn_node *
nn_input(struct nn *net, struct nn_shape shape, nn_real *x)
{
	struct nn_node *y = create_node(net, NULL);

	if (y) {
		y->shape = shape;
		y->len = count_elements(&shape);
		y->x = x ? x : nn_alloc(net, y->len, sizeof *x);
	}
	return y && y->x ? y : NULL;
}

int *
nn_alloc_ints(struct nn *net, size_t n)
{
	return nn_alloc(net, n, sizeof(int));
}

/* An array for a gradient: the smallest free one that is large enough, or a new
 * one. */
static nn_real *
alloc_grad(struct nn *net, size_t len)
{
	struct nn_free_grad *best = NULL;
	struct nn_free_grad *end = net->free_grad + net->free_grads;
	nn_real *x;

	for (struct nn_free_grad *f = net->free_grad; f < end; f++)
		if (f->len >= len && (best == NULL || f->len < best->len))
			best = f;
	if (best == NULL)
		return nn_alloc(net, len, sizeof *x);
	x = best->x;
	*best = net->free_grad[--net->free_grads];
	return x;
}

static void
release_grad(struct nn_node *y)
{
	struct nn *net = y->net;

	if (y->base == NULL && net->free_grads < FREE_GRADS)
		net->free_grad[net->free_grads++] =
		    (struct nn_free_grad){ y->g, y->len };
	y->g = NULL;
}

nn_real *
nn_grad_beta(struct nn_node *a, nn_real *beta)
{
	*beta = 1;
	if (!a->requires_grad)
		return NULL;
	if (a->base) {
		nn_real *g = nn_grad(a->base);

		return g ? g + a->offset : NULL;
	}
	if (a->g == NULL) {
		*beta = 0;
		a->g = alloc_grad(a->net, a->len);
	}
	return a->g;
}

nn_real *
nn_grad(struct nn_node *a)
{
	nn_real beta, *g = nn_grad_beta(a, &beta);

	if (g && beta == 0)
		memset(g, 0, a->len * sizeof *g);
	return g;
}

void
nn_grad_pass(struct nn_node *y, struct nn_node *a)
{
	nn_real *g;

	if (a->requires_grad && a->op && !a->base && !a->g && !y->base) {
		a->g = y->g;
		y->g = NULL;
	} else if ((g = nn_grad(a))) {
		nn_sum_rows(a->net, g, y->g, 1, y->len);
	}
}

void
nn_backward(struct nn_node *loss)
{
	struct nn *net = loss->net;
	nn_real *g = nn_grad(loss);

	if (g == NULL)
		return;
	*g += 1;
	for (size_t i = net->nodes; i-- > 0; ) {
		struct nn_node *y = net->tape[i];

		if (y->g && y->op->backward)
			y->op->backward(y);
		if (y->g)
			release_grad(y);
	}
}

void
nn_reset_tape(struct nn *net)
{
	nn_arena_reset(&net->arena);
	net->nodes = 0;
	net->free_grads = 0;
}

void
nn_reset(struct nn *net)
{
	nn_reset_tape(net);
	nn_params_clear(net);
}
