/* param.c - parameters: made on first use, found by name, then moved to one
 * array each for values and gradients */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "net.h"
#include "rng.h"

enum { ALIGN = 64, STEP = ALIGN / sizeof(nn_real), NAME = 1024 };

/* The length of a parameter in these arrays. */
static size_t
pad_len(size_t len)
{
	return (len + STEP - 1) / STEP * STEP;
}

static nn_real *
alloc_zeros(size_t len)
{
	size_t size = (pad_len(len) + STEP) * sizeof(nn_real);
	nn_real *p = aligned_alloc(ALIGN, size);

	if (p)
		memset(p, 0, size);
	return p;
}

struct nn_node *
nn_find_param(const struct nn *net, const char *name)
{
	for (size_t i = 0; i < net->params; i++)
		if (strcmp(net->param[i]->name, name) == 0)
			return &net->param[i]->node;
	return NULL;
}

/* Each parameter has a random stream of its own, chosen by its name: adding a
 * layer does not change the initial values of the others. */
static void
init_param(struct nn *net, struct nn_node *p, struct nn_init init,
    const char *name)
{
	uint32_t stream;

	if (init.same_as)
		name = init.same_as;
	stream = (uint32_t)XXH64(name, strlen(name), 0);
	if (init.std > 0)
		nn_normal(p->x, p->len, net->seed, NN_FOR_INIT, stream);
	for (size_t i = 0; i < p->len; i++) {
		double u = nn_random(net->seed, NN_FOR_INIT, stream, i) *
		    0x1p-32;

		p->x[i] = init.value + (init.std > 0 ?
		    init.std * p->x[i] : init.bound * (2 * u - 1));
	}
}

static struct nn_node *
add_param(struct nn *net, struct nn_shape shape, struct nn_init init,
    const char *name, bool requires_grad)
{
	struct nn_named_param *p;
	void *list = realloc(net->param,
	    (net->params + 1) * sizeof *net->param);

	if (list == NULL)
		return NULL;
	net->param = list;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return NULL;
	net->param[net->params++] = p;
	p->name = strdup(name);
	p->node.net = net;
	p->node.shape = shape;
	p->node.requires_grad = requires_grad;
	p->node.len = 1;
	for (int i = 0; i < shape.rank; i++)
		p->node.len *= shape.dim[i];
	p->node.x = alloc_zeros(p->node.len);
	p->node.g = requires_grad ? alloc_zeros(p->node.len) : NULL;
	if (p->name == NULL || p->node.x == NULL ||
	    (requires_grad && p->node.g == NULL))
		return NULL;
	init_param(net, &p->node, init, name);
	return &p->node;
}

static bool
equal_shapes(const struct nn_shape *a, const struct nn_shape *b)
{
	return a->rank == b->rank &&
	    memcmp(a->dim, b->dim, a->rank * sizeof a->dim[0]) == 0;
}

static struct nn_node *
find_or_add_param(struct nn *net, struct nn_shape shape, struct nn_init init,
    bool requires_grad, const char *fmt, va_list ap)
{
	char name[NAME];
	struct nn_node *p;

	vsnprintf(name, sizeof name, fmt, ap);
	p = nn_find_param(net, name);
	if (p && equal_shapes(&p->shape, &shape))
		return p;
	if (p)
		nn_fail(net, "%s: used with two shapes", name);
	else if (net->weights)
		nn_fail(net, "%s: no such parameter", name);
	else if ((p = add_param(net, shape, init, name, requires_grad)))
		return p;
	else
		nn_fail(net, "%s: out of memory", name);
	return NULL;
}

struct nn_node *
nn_param(struct nn *net, struct nn_shape shape, struct nn_init init,
    const char *fmt, ...)
{
	struct nn_node *p;
	va_list ap;

	va_start(ap, fmt);
	p = find_or_add_param(net, shape, init, true, fmt, ap);
	va_end(ap);
	return p;
}

struct nn_node *
nn_buffer(struct nn *net, struct nn_shape shape, double value,
    const char *fmt, ...)
{
	struct nn_init init = { .value = value };
	struct nn_node *p;
	va_list ap;

	va_start(ap, fmt);
	p = find_or_add_param(net, shape, init, false, fmt, ap);
	va_end(ap);
	return p;
}

struct nn_node *
nn_frozen_param(struct nn *net, struct nn_shape shape, struct nn_init init,
    const char *fmt, ...)
{
	struct nn_node *p;
	va_list ap;

	va_start(ap, fmt);
	p = find_or_add_param(net, shape, init, false, fmt, ap);
	va_end(ap);
	if (p)
		p->frozen = true;
	return p;
}

int
nn_seal(struct nn *net)
{
	size_t at = 0;

	for (size_t i = 0; i < net->params; i++)
		if (net->param[i]->node.requires_grad)
			net->len += pad_len(net->param[i]->node.len);
	net->weights = alloc_zeros(net->len);
	net->gradients = alloc_zeros(net->len);
	if (net->weights == NULL || net->gradients == NULL)
		return nn_fail(net, "out of memory for %zu weights", net->len);
	for (size_t i = 0; i < net->params; i++) {
		struct nn_node *p = &net->param[i]->node;

		if (!p->requires_grad)
			continue;
		memcpy(net->weights + at, p->x, p->len * sizeof *p->x);
		free(p->x);
		free(p->g);
		p->x = net->weights + at;
		p->g = net->gradients + at;
		at += pad_len(p->len);
	}
	return 0;
}

struct nn_node *
nn_param_at(const struct nn *net, size_t i)
{
	return i < net->params ? &net->param[i]->node : NULL;
}

const char *
nn_param_name(const struct nn *net, size_t i)
{
	return i < net->params ? net->param[i]->name : NULL;
}

nn_real *
nn_weights(const struct nn *net, size_t *len)
{
	*len = net->len;
	return net->weights;
}

nn_real *
nn_gradients(const struct nn *net)
{
	return net->gradients;
}

void
nn_params_clear(struct nn *net)
{
	if (net->gradients) {
		memset(net->gradients, 0, net->len * sizeof(nn_real));
		return;
	}
	for (size_t i = 0; i < net->params; i++) {
		struct nn_node *p = &net->param[i]->node;

		if (p->g)
			memset(p->g, 0, p->len * sizeof *p->g);
	}
}

void
nn_params_free(struct nn *net)
{
	for (size_t i = 0; i < net->params; i++) {
		struct nn_node *p = &net->param[i]->node;

		if (net->weights == NULL || !p->requires_grad) {
			free(p->x);
			free(p->g);
		}
		free(net->param[i]->name);
		free(net->param[i]);
	}
	free(net->param);
	free(net->weights);
	free(net->gradients);
}
