/* train.c - a training run: batches, steps, evaluation */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "distributed.h"
#include "rng.h"
#include "train.h"

/* The loss of n examples; index as in struct nn_batch. */
static struct nn_node *
compute_loss(struct nn_run *r, const int *id, size_t n, uint64_t index,
    struct nn_score *score)
{
	r->now.n = n;
	r->now.id = id;
	r->now.index = index;
	if (r->data.source->collate(r->net, &r->data, &r->now) < 0)
		return NULL;
	return r->model->loss(r->net, r->conf, &r->now, score);
}

int
nn_run_seal(struct nn_run *r)
{
	size_t params = 0;

	nn_reset(r->net);
	if (nn_seal(r->net) < 0)
		return -1;
	while (nn_param_at(r->net, params))
		params++;
	for (size_t i = 0; nn_mpi_size() > 1 && i < params; i++)
		if (!nn_param_at(r->net, i)->requires_grad &&
		    nn_param_at(r->net, i)->shape.rank == 0)
			return nn_fail(r->net, "batch normalization does not "
			    "work with several processes");
	r->loaded = calloc(params, NN_ARRAYS * sizeof *r->loaded);
	if (r->loaded == NULL)
		return nn_fail(r->net, "out of memory");
	return 0;
}

/* The parameters are those that the loss of one example makes. */
static int
make_params(struct nn_run *r)
{
	nn_set_mode(r->net, NN_MODE_EVAL);
	if (compute_loss(r, r->data.split[NN_TRAIN].id, 1, 0, NULL) == NULL ||
	    nn_run_seal(r) < 0)
		return -1;
	if (nn_optimizer_open(&r->optimizer, r->net) < 0)
		return nn_fail(r->net, "out of memory");
	return 0;
}

/* Buffers for the largest batch in training and evaluation. */
static int
alloc_buffers(struct nn_run *r)
{
	const struct nn_data *d = &r->data;
	size_t n = r->micro > d->eval_batch ? r->micro : d->eval_batch;

	r->order = malloc(d->split[NN_TRAIN].n * sizeof(int));
	if (r->order == NULL || d->source->alloc(d, &r->now, n) < 0)
		return nn_fail(r->net, "out of memory for %zu examples", n);
	return 0;
}

static int
set_precision(struct nn_run *r)
{
	static const char *const name[] = { "f32", "exact", "bf16" };
	const char *s = nn_conf_str(r->conf, "train.precision");

	for (int i = 0; i <= NN_PRECISION_BF16; i++)
		if (strcmp(s, name[i]) == 0)
			return nn_set_precision(r->net, i);
	return nn_fail(r->net, "train.precision: wanted f32, exact or bf16, "
	    "got \"%s\"", s);
}

static int
find_model(struct nn_run *r)
{
	const char *name = nn_conf_get(r->conf, "net.model");

	r->model = nn_find_model(name);
	return r->model ? 0 : nn_fail(r->net, "unknown model \"%s\"",
	    name ? name : "");
}

int
nn_run_open(struct nn_run *r, const struct nn_conf *conf, int threads)
{
	const char *rule = nn_conf_str(conf, "train.optimiser");
	int64_t batch = nn_conf_int(conf, "train.batch");
	int64_t micro = nn_conf_int(conf, "train.micro");
	size_t all;

	*r = (struct nn_run){ .conf = conf };
	r->net = nn_open(nn_conf_int(conf, "train.seed"), threads);
	if (r->net == NULL || find_model(r) < 0 ||
	    r->model->data(r->net, conf, &r->data) < 0)
		return -1;
	all = r->data.split[NN_TRAIN].n;
	r->batch = batch < 1 || (size_t)batch > all ? all : (size_t)batch;
	r->micro = (r->batch + nn_mpi_size() - 1) / nn_mpi_size();
	if (micro > 0 && (size_t)micro < r->micro)
		r->micro = micro;
	r->optimizer = (struct nn_optimizer){ .rule = nn_find_update_rule(rule),
	    .weight_decay = nn_conf_num(conf, "train.weight_decay"),
	    .beta1 = nn_conf_num(conf, "train.beta1"),
	    .beta2 = nn_conf_num(conf, "train.beta2"), .eps = 1e-8,
	    .momentum = nn_conf_num(conf, "train.momentum") };
	if (set_precision(r) < 0)
		return -1;
	if (r->optimizer.rule == NULL)
		return nn_fail(r->net, "unknown optimizer \"%s\"", rule);
	return alloc_buffers(r) < 0 ? -1 : make_params(r);
}

void
nn_run_close(struct nn_run *r)
{
	nn_optimizer_close(&r->optimizer);
	nn_data_free(&r->data);
	nn_close(r->net);
	free(r->now.input);
	free(r->now.x);
	free(r->now.label);
	free(r->order);
	free(r->loaded);
	free(r->mask);
}

uint64_t
nn_run_epoch_steps(const struct nn_run *r)
{
	return (r->data.split[NN_TRAIN].n + r->batch - 1) / r->batch;
}

/* The n examples of this step. Each epoch has its own order, unless a batch is
 * all of them; its last batch may be smaller. */
static const int *
pick_batch(struct nn_run *r, size_t *n)
{
	const struct nn_examples *s = &r->data.split[NN_TRAIN];
	uint64_t epoch = r->step / nn_run_epoch_steps(r);
	size_t from = r->step % nn_run_epoch_steps(r) * r->batch;

	if (!r->ordered || r->epoch != epoch) {
		for (size_t i = 0; i < s->n; i++)
			r->order[i] = (int)i;
		if (r->batch < s->n)
			nn_shuffle(r->order, s->n,
			    nn_conf_int(r->conf, "train.seed"),
			    (uint32_t)epoch);
		for (size_t i = 0; i < s->n; i++)
			r->order[i] = s->id[r->order[i]];
		r->epoch = epoch;
		r->ordered = true;
	}
	*n = s->n - from < r->batch ? s->n - from : r->batch;
	return r->order + from;
}

/* The gradients of a batch of n, summed over its micro-batches, which are
 * distributed over the processes. */
static int
compute_gradients(struct nn_run *r, const int *id, size_t n, double *loss)
{
	size_t most = (r->batch + r->micro - 1) / r->micro, len;
	size_t first = nn_mpi_rank(), stride = nn_mpi_size();

	*loss = 0;
	for (size_t i = first; i * r->micro < n; i += stride) {
		size_t from = i * r->micro;
		size_t m = n - from < r->micro ? n - from : r->micro;
		struct nn_node *y;

		nn_reset_tape(r->net);
		y = compute_loss(r, id + from, m, r->step * most + i + 1,
		    NULL);
		if (m < n)
			y = nn_scale(y, (double)m / n);
		if (y == NULL)
			return -1;
		*loss += y->x[0];
		nn_backward(y);
		if (nn_error(r->net)[0])
			return -1;
	}
	nn_weights(r->net, &len);
	nn_mpi_allreduce(nn_gradients(r->net), len);
	nn_mpi_allreduce_double(loss, 1);
	return 0;
}

int
nn_run_step(struct nn_run *r, double *loss)
{
	double clip = nn_conf_num(r->conf, "train.clip");
	const int *id;
	size_t n;

	nn_reset(r->net);
	nn_set_mode(r->net, NN_MODE_TRAIN);
	id = pick_batch(r, &n);
	if (compute_gradients(r, id, n, loss) < 0)
		return -1;
	if (clip > 0)
		nn_clip_grad(r->net, clip);
	r->optimizer.lr = nn_run_lr(r);
	nn_optimizer_step(&r->optimizer, r->net, ++r->step);
	nn_run_apply_mask(r);
	return 0;
}

size_t
nn_run_eval_count(const struct nn_run *r, enum nn_split split, size_t count)
{
	size_t all = r->data.split[split].n;

	return count && count < all ? count : all;
}

/* The loss of a batch of a split, from an example on. */
static struct nn_node *
eval_batch(struct nn_run *r, enum nn_split split, size_t from, size_t end,
    struct nn_score *score)
{
	size_t left = end - from;

	nn_reset(r->net);
	return compute_loss(r, r->data.split[split].id + from,
	    left < r->data.eval_batch ? left : r->data.eval_batch, 0, score);
}

int
nn_run_eval(struct nn_run *r, enum nn_split split, size_t count, double *loss,
    double *error)
{
	size_t n = nn_run_eval_count(r, split, count);
	size_t batch = r->data.eval_batch;
	double sum[3] = { 0 };		/* losses, wrong, total */

	nn_set_mode(r->net, NN_MODE_EVAL);
	for (size_t from = nn_mpi_rank() * batch; from < n;
	    from += nn_mpi_size() * batch) {
		struct nn_score score = { 0 };
		struct nn_node *y = eval_batch(r, split, from, n, &score);

		if (y == NULL)
			return -1;
		sum[0] += (double)y->x[0] * r->now.n;
		sum[1] += score.wrong;
		sum[2] += score.total;
	}
	nn_mpi_allreduce_double(sum, 3);
	*loss = sum[0] / n;		/* NaN if there are no examples */
	*error = sum[1] / sum[2];
	return 0;
}

int
nn_run_recompute_norm(struct nn_run *r, size_t count)
{
	size_t n = nn_run_eval_count(r, NN_TRAIN, count), buffers = 0;
	struct nn_node *p;

	for (size_t i = 0; (p = nn_param_at(r->net, i)); i++) {
		if (p->requires_grad || p->frozen)
			continue;
		memset(p->x, 0, p->len * sizeof *p->x);
		buffers++;
	}
	nn_set_mode(r->net, NN_MODE_RECOMPUTE);
	for (size_t from = 0; buffers && from < n; from += r->data.eval_batch)
		if (eval_batch(r, NN_TRAIN, from, n, NULL) == NULL)
			return -1;
	return 0;
}
