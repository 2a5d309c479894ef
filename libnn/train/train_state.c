/* train_state.c - a run's weights and moments, to and from checkpoints */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "train.h"

/* What comes before a parameter's name in the i-th array: nothing for the
 * weights, then the moments; NULL: there is no such array. */
static const char *
prefix(const struct nn_run *r, int i)
{
	if (i == 0)
		return "";
	return r->optimizer.rule ? r->optimizer.rule->moment[i - 1] : NULL;
}

static int
arrays(const struct nn_run *r, bool moments)
{
	int n = 1;

	while (moments && n < NN_ARRAYS && prefix(r, n))
		n++;
	return n;
}

/* The elements of a parameter in the i-th array; NULL: a buffer, which is in
 * the first one only. */
static nn_real *
elements(const struct nn_run *r, const struct nn_node *p, int i)
{
	size_t len;

	if (i == 0)
		return p->x;
	return p->wants ? r->optimizer.moment[i - 1] +
	    (p->x - nn_weights(r->net, &len)) : NULL;
}

/* A counter is a whole number, as PyTorch has it. */
static bool
is_counter(const struct nn_node *p)
{
	return !p->wants && p->shape.rank == 0;
}

static int
put(const struct nn_run *r, struct ckpt_wr *w, int array, size_t i)
{
	const struct nn_node *p = nn_param_at(r->net, i);
	char name[CKPT_NAME + 1];
	struct ckpt_tensor t = { .name = name, .rank = p->shape.rank };
	int64_t count;

	t.data = elements(r, p, array);
	if (t.data == NULL)
		return 0;
	snprintf(name, sizeof name, "%s%s", prefix(r, array),
	    nn_param_name(r->net, i));
	t.type = sizeof(nn_real) == sizeof(float) ? CKPT_F32 : CKPT_F64;
	if (is_counter(p)) {
		t.type = CKPT_I64;
		count = *p->x;
		t.data = &count;
	}
	for (int j = 0; j < t.rank; j++)
		t.dim[j] = p->shape.dim[j];
	return ckpt_put(w, &t);
}

static int
put_links(const struct nn_run *r, struct ckpt_wr *w)
{
	char *links;
	int result;

	if (r->model->make_links == NULL)
		return ckpt_set(w, "net.links", r->model->links);
	links = r->model->make_links(r->conf);
	if (links == NULL)
		return -1;
	result = ckpt_set(w, "net.links", links);
	free(links);
	return result;
}

int
nn_run_begin(const struct nn_run *r, struct ckpt_wr *w, uint64_t step)
{
	const struct nn_conf *c = r->conf;

	if (ckpt_begin(w, step) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (strchr(c->pair[i].key, '.') &&
		    ckpt_set(w, c->pair[i].key, c->pair[i].value) < 0)
			return -1;
	return put_links(r, w);
}

int
nn_run_put(const struct nn_run *r, struct ckpt_wr *w, bool moments)
{
	for (int array = 0; array < arrays(r, moments); array++)
		for (size_t i = 0; nn_param_at(r->net, i); i++)
			if (put(r, w, array, i) < 0)
				return -1;
	return 0;
}

static bool
same_shape(const struct nn_node *p, const struct ckpt_tensor *t)
{
	for (int i = 0; i < p->shape.rank && i < t->rank; i++)
		if (p->shape.dim[i] != t->dim[i])
			return false;
	return p->shape.rank == t->rank;
}

static bool
fits(const struct nn_node *p, const struct ckpt_tensor *t)
{
	return same_shape(p, t) && (ckpt_type_is_float(t->type) ||
	    (is_counter(p) && t->type == CKPT_I64));
}

/* Elements of any floating type into ours, in pieces. */
static void
convert(nn_real *to, const struct ckpt_tensor *t)
{
	enum { PIECE = 1024 };
	double x[PIECE];
	size_t each = ckpt_type_size(t->type);

	for (size_t i = 0; i < t->len; i += PIECE) {
		size_t n = t->len - i < PIECE ? t->len - i : PIECE;

		ckpt_to_double(x, (const char *)t->data + i * each, t->type, n);
		for (size_t j = 0; j < n; j++)
			to[i + j] = x[j];
	}
}

/* A tensor's name without what other programs put before it. */
static const char *
own_name(const struct nn_run *r, const char *name)
{
	const char *prefix = r->model->prefix;
	size_t n = prefix ? strlen(prefix) : 0;

	return n && strncmp(name, prefix, n) == 0 ? name + n : name;
}

int
nn_run_take(struct nn_run *r, const struct ckpt_tensor *t, bool moments)
{
	const char *name = own_name(r, t->name);

	for (int array = 0; array < arrays(r, moments); array++) {
		size_t skip = strlen(prefix(r, array)), i = 0;
		const struct nn_node *p;

		if (strncmp(name, prefix(r, array), skip) != 0)
			continue;
		while ((p = nn_param_at(r->net, i)) &&
		    strcmp(nn_param_name(r->net, i), name + skip) != 0)
			i++;
		if (p == NULL || elements(r, p, array) == NULL)
			continue;
		if (!fits(p, t))
			return nn_fail(r->net, "%s: not the model's shape, or "
			    "no floating type", t->name);
		convert(elements(r, p, array), t);
		r->taken[NN_ARRAYS * i + array] = true;
		return 1;
	}
	return 0;
}

const char *
nn_run_missing(struct nn_run *r, bool moments)
{
	const char *name, *missing = NULL;

	for (size_t i = 0; (name = nn_param_name(r->net, i)); i++)
		for (int array = 0; array < arrays(r, true); array++) {
			bool *taken = &r->taken[NN_ARRAYS * i + array];
			bool exists = elements(r, nn_param_at(r->net, i), array);

			if (!*taken && exists && !missing &&
			    (array == 0 || moments)) {
				snprintf(r->name, sizeof r->name, "%s%s",
				    prefix(r, array), name);
				missing = r->name;
			}
			*taken = false;
		}
	return missing;
}

/* The tensor's elements where the weight of its name has its own. */
int
nn_run_mask(struct nn_run *r, const struct ckpt_tensor *t)
{
	const struct nn_node *p = nn_find(r->net, t->name);
	size_t len;
	nn_real *weights = nn_weights(r->net, &len);

	if (p == NULL || !p->wants)
		return nn_fail(r->net, "%s: no weight that could be masked",
		    t->name);
	if (t->type != CKPT_BOOL || !same_shape(p, t))
		return nn_fail(r->net, "%s: wanted a mask: BOOL, and shaped as "
		    "the weight", t->name);
	if (r->mask == NULL) {
		r->mask = malloc((len + 1) * sizeof *r->mask);
		if (r->mask == NULL)
			return nn_fail(r->net, "out of memory");
		for (size_t i = 0; i < len; i++)
			r->mask[i] = 1;
	}
	for (size_t i = 0; i < p->len; i++)
		r->mask[p->x - weights + i] =
		    ((const unsigned char *)t->data)[i] != 0;
	return 0;
}
