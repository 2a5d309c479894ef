/* train_state.c - weights and moments of a run: to and from checkpoints */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "core/tape.h"
#include "train.h"
#include "train_state.h"

/* The prefix of names in the i-th array: none for the weights, array 0; then
 * those of the moments. NULL: there is no such array. */
static const char *
get_prefix(const struct nn_run *r, int i)
{
	if (i == 0)
		return "";
	return r->optimizer.rule ? r->optimizer.rule->moment[i - 1] : NULL;
}

static int
count_arrays(const struct nn_run *r, bool moments)
{
	int n = 1;

	while (moments && n < NN_ARRAYS && get_prefix(r, n))
		n++;
	return n;
}

/* The i-th array of a parameter; NULL: it is a buffer, which has only one. */
static nn_real *
get_array(const struct nn_run *r, const struct nn_node *p, int i)
{
	size_t len;

	if (i == 0)
		return p->x;
	return p->requires_grad ? r->optimizer.moment[i - 1] +
	    (p->x - nn_weights(r->net, &len)) : NULL;
}

/* Counters are stored as integers, as by PyTorch. */
static bool
is_counter(const struct nn_node *p)
{
	return !p->requires_grad && p->shape.rank == 0;
}

static int
put_array(const struct nn_run *r, struct ckpt_wr *w, int array, size_t i)
{
	const struct nn_node *p = nn_param_at(r->net, i);
	char name[CKPT_NAME + 1];
	struct ckpt_tensor t = { .name = name, .rank = p->shape.rank };
	int64_t count;

	t.data = get_array(r, p, array);
	if (t.data == NULL)
		return 0;
	snprintf(name, sizeof name, "%s%s", get_prefix(r, array),
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
	for (int array = 0; array < count_arrays(r, moments); array++)
		for (size_t i = 0; nn_param_at(r->net, i); i++)
			if (put_array(r, w, array, i) < 0)
				return -1;
	return 0;
}

/* A tensor of the shape of a parameter. */
static struct ckpt_tensor
make_shape(const struct nn_node *p)
{
	struct ckpt_tensor t = { .rank = p->shape.rank };

	for (int i = 0; i < t.rank; i++)
		t.dim[i] = p->shape.dim[i];
	return t;
}

bool
nn_has_shape(const struct nn_node *p, const struct ckpt_tensor *t)
{
	struct ckpt_tensor want = make_shape(p);

	return ckpt_equal_shapes(&want, t);
}

int
nn_fail_misfit(const struct nn_run *r, const struct nn_node *p,
    const char *type, const struct ckpt_tensor *t)
{
	struct ckpt_tensor want = make_shape(p);
	char wanted[SHAPE_TEXT], got[SHAPE_TEXT];

	return nn_fail(r->net, "%s: the network wants %s of shape %s, the file "
	    "has %s %s", t->name, type, ckpt_shape_text(wanted, &want),
	    t->dtype ? t->dtype : ckpt_type_name(t->type),
	    ckpt_shape_text(got, t));
}

static bool
can_load(const struct nn_node *p, const struct ckpt_tensor *t)
{
	return nn_has_shape(p, t) && (ckpt_type_is_float(t->type) ||
	    (is_counter(p) && t->type == CKPT_I64));
}

/* Convert elements of any floating type, in chunks. */
static void
convert_elements(nn_real *to, const struct ckpt_tensor *t)
{
	enum { CHUNK = 1024 };
	double x[CHUNK];
	size_t size = ckpt_type_size(t->type);

	for (size_t i = 0; i < t->len; i += CHUNK) {
		size_t n = t->len - i < CHUNK ? t->len - i : CHUNK;

		ckpt_to_double(x, (const char *)t->data + i * size, t->type, n);
		for (size_t j = 0; j < n; j++)
			to[i + j] = x[j];
	}
}

/* A tensor's name without the prefix of other programs. */
static const char *
strip_prefix(const struct nn_run *r, const char *name)
{
	const char *prefix = r->model->prefix;
	size_t n = prefix ? strlen(prefix) : 0;

	return n && strncmp(name, prefix, n) == 0 ? name + n : name;
}

int
nn_run_load_tensor(struct nn_run *r, const struct ckpt_tensor *t, bool moments)
{
	const char *name = strip_prefix(r, t->name);

	for (int array = 0; array < count_arrays(r, moments); array++) {
		size_t skip = strlen(get_prefix(r, array)), i = 0;
		const struct nn_node *p;

		if (strncmp(name, get_prefix(r, array), skip) != 0)
			continue;
		while ((p = nn_param_at(r->net, i)) &&
		    strcmp(nn_param_name(r->net, i), name + skip) != 0)
			i++;
		if (p == NULL || get_array(r, p, array) == NULL)
			continue;
		if (!can_load(p, t))
			return nn_fail_misfit(r, p, is_counter(p) ? "I64" :
			    "a floating type", t);
		convert_elements(get_array(r, p, array), t);
		r->loaded[NN_ARRAYS * i + array] = true;
		return 1;
	}
	return 0;
}

const char *
nn_run_missing(struct nn_run *r, bool moments)
{
	const char *name, *missing = NULL;

	for (size_t i = 0; (name = nn_param_name(r->net, i)); i++)
		for (int array = 0; array < count_arrays(r, true); array++) {
			bool *loaded = &r->loaded[NN_ARRAYS * i + array];
			bool exists = get_array(r, nn_param_at(r->net, i),
			    array);

			if (!*loaded && exists && !missing &&
			    (array == 0 || moments)) {
				snprintf(r->name, sizeof r->name, "%s%s",
				    get_prefix(r, array), name);
				missing = r->name;
			}
			*loaded = false;
		}
	return missing;
}
