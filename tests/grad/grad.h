/*
 * grad.h - gradient checks by central differences, in double
 *
 * A case builds a network from parameters named a, b, ... and inputs away from
 * the kinks of relu; its loss depends on all outputs.
 */
#ifndef GRAD_H
#define GRAD_H

#include <math.h>
#include <stdio.h>

#include "models.h"
#include "tap.h"

static const double EPS = 1e-5, MAX_ERROR = 1e-7;

/* A parameter with values in (-1.05, 1.05), none of them near 0. */
static inline struct nn_node *
make_param(struct nn *net, const char *name, size_t n, size_t m)
{
	struct nn_node *p = nn_find_param(net, name);

	if (p)
		return p;
	p = nn_param(net, NN_SHAPE(n, m), (struct nn_init){ 0 }, "%s", name);
	for (size_t i = 0; i < p->len; i++) {
		p->x[i] = sin(1.7 * i + name[0]);
		p->x[i] += p->x[i] < 0 ? -0.05 : 0.05;
	}
	return p;
}

static inline struct nn_node *
make_input(struct nn *net, size_t n, size_t m)
{
	struct nn_node *c = nn_input(net, NN_SHAPE(n, m), NULL);

	for (size_t i = 0; i < c->len; i++)
		c->x[i] = cos(0.9 * i + 0.1);
	return c;
}

/* The same with four dimensions: weights of a convolution. */
static inline struct nn_node *
make_weights4(struct nn *net, const char *name, size_t out, size_t in, size_t k)
{
	struct nn_node *p = nn_find_param(net, name);

	if (p)
		return p;
	p = nn_param(net, NN_SHAPE(out, in, k, k), (struct nn_init){ 0 }, "%s",
	    name);
	for (size_t i = 0; i < p->len; i++)
		p->x[i] = sin(1.3 * i);
	return p;
}

static inline struct nn_node *
make_input4(struct nn *net, size_t out, size_t in, size_t k)
{
	struct nn_node *c = nn_input(net, NN_SHAPE(out, in, k, k), NULL);

	for (size_t i = 0; i < c->len; i++)
		c->x[i] = cos(0.9 * i + 0.1);
	return c;
}

/* A fixed linear function of all elements of y. */
static inline struct nn_node *
make_loss(struct nn_node *y)
{
	if (y == NULL)
		return NULL;
	return nn_matmul(nn_matmul(make_input(y->net, 1, y->shape.dim[0]), y),
	    make_input(y->net, y->shape.dim[1], 1));
}

static inline double
eval_loss(struct nn *net, struct nn_node *(*f)(struct nn *))
{
	struct nn_node *y;

	nn_reset(net);
	y = f(net);
	return y ? y->x[0] : NAN;
}

/* The largest error over all elements of all parameters, relative to the
 * largest gradient. */
static inline double
find_error(struct nn *net, struct nn_node *(*f)(struct nn *))
{
	double error = 0, largest = 1e-30;
	struct nn_node *p;

	for (size_t i = 0; (p = nn_param_at(net, i)); i++)
		for (size_t j = 0; p->requires_grad && j < p->len; j++) {
			double x = p->x[j], up, down, g;
			struct nn_node *y;

			p->x[j] = x + EPS;
			up = eval_loss(net, f);
			p->x[j] = x - EPS;
			down = eval_loss(net, f);
			p->x[j] = x;
			nn_reset(net);
			y = f(net);
			nn_backward(y);
			g = p->g[j];
			error = fmax(error, fabs(g - (up - down) / (2 * EPS)));
			largest = fmax(largest, fabs(g));
		}
	return error / largest;
}

static inline void
check_case(const char *what, struct nn_node *(*f)(struct nn *))
{
	struct nn *net = nn_open(0, 2);
	double error;

	f(net);
	if (nn_error(net)[0])
		printf("# %s\n", nn_error(net));
	error = nn_error(net)[0] ? NAN : find_error(net, f);
	ok(error < MAX_ERROR, "%s: %.2g", what, error);
	nn_close(net);
}

#endif
