/* train.c - the training loop's parts: batches, steps, evaluation */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "distributed.h"
#include "rng.h"
#include "train.h"

/* The loss of some examples; draw as in struct nn_batch. */
static struct nn_node *
loss_of(struct nn_run *r, const int *id, size_t n, uint64_t draw,
    struct nn_score *score)
{
	r->now.n = n;
	r->now.id = id;
	r->now.draw = draw;
	if (r->data.source->pick(r->net, &r->data, &r->now) < 0)
		return NULL;
	return r->model->loss(r->net, r->conf, &r->now, score);
}

int
nn_run_ready(struct nn_run *r)
{
	size_t params = 0;

	nn_reset(r->net);
	if (nn_seal(r->net) < 0)
		return -1;
	while (nn_param_at(r->net, params))
		params++;
	for (size_t i = 0; nn_mpi_count() > 1 && i < params; i++)
		if (!nn_param_at(r->net, i)->wants &&
		    nn_param_at(r->net, i)->shape.rank == 0)
			return nn_fail(r->net, "batch normalization is not for "
			    "several processes");
	r->taken = calloc(params, NN_ARRAYS * sizeof *r->taken);
	if (r->taken == NULL)
		return nn_fail(r->net, "out of memory");
	return 0;
}

/* The network is what its loss needs: one example makes all parameters. */
static int
build(struct nn_run *r)
{
	nn_set_mode(r->net, NN_USE);
	if (loss_of(r, r->data.split[NN_TRAIN].id, 1, 0, NULL) == NULL ||
	    nn_run_ready(r) < 0)
		return -1;
	if (nn_optimizer_open(&r->optimizer, r->net) < 0)
		return nn_fail(r->net, "out of memory");
	return 0;
}

/* Room for what is gone through at once, in training or evaluation. */
static int
make_room(struct nn_run *r)
{
	const struct nn_data *d = &r->data;
	size_t n = r->micro > d->together ? r->micro : d->together;

	r->order = malloc(d->split[NN_TRAIN].n * sizeof(int));
	if (r->order == NULL || d->source->room(d, &r->now, n) < 0)
		return nn_fail(r->net, "out of memory for %zu examples", n);
	return 0;
}

static int
set_products(struct nn_run *r)
{
	static const char *const name[] = { "f32", "exact", "bf16" };
	const char *s = nn_conf_str(r->conf, "train.precision", name[0]);

	for (int i = NN_FAST; i <= NN_BF16; i++)
		if (strcmp(s, name[i]) == 0)
			return nn_set_products(r->net, i);
	return nn_fail(r->net, "precision: wanted f32, exact or bf16, got "
	    "\"%s\"", s);
}

int
nn_run_open(struct nn_run *r, const struct nn_model *model,
    const struct nn_conf *conf, int threads)
{
	const char *rule = nn_conf_str(conf, "train.optimiser", "adamw");
	int64_t batch = nn_conf_int(conf, "train.batch", 0);
	int64_t micro = nn_conf_int(conf, "train.micro", 0);
	size_t all;

	*r = (struct nn_run){ .model = model, .conf = conf };
	r->net = nn_open(nn_conf_int(conf, "train.seed", 0), threads);
	if (r->net == NULL || model->data(r->net, conf, &r->data) < 0)
		return -1;
	all = r->data.split[NN_TRAIN].n;
	r->batch = batch < 1 || (size_t)batch > all ? all : (size_t)batch;
	r->micro = (r->batch + nn_mpi_count() - 1) / nn_mpi_count();
	if (micro > 0 && (size_t)micro < r->micro)
		r->micro = micro;
	r->optimizer = (struct nn_optimizer){ .rule = nn_find_rule(rule),
	    .decay = nn_conf_num(conf, "train.weight_decay", 0),
	    .beta1 = nn_conf_num(conf, "train.beta1", 0.9),
	    .beta2 = nn_conf_num(conf, "train.beta2", 0.98), .eps = 1e-8,
	    .momentum = nn_conf_num(conf, "train.momentum", 0.9) };
	if (set_products(r) < 0)
		return -1;
	if (r->optimizer.rule == NULL)
		return nn_fail(r->net, "no optimizer is called \"%s\"", rule);
	return make_room(r) < 0 ? -1 : build(r);
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
	free(r->taken);
	free(r->mask);
}

uint64_t
nn_run_epoch_steps(const struct nn_run *r)
{
	return (r->data.split[NN_TRAIN].n + r->batch - 1) / r->batch;
}

/* The examples of this step and how many they are. All at once need no order;
 * otherwise each epoch has its own, and the last batch may be smaller. */
static const int *
next_batch(struct nn_run *r, size_t *n)
{
	const struct nn_examples *s = &r->data.split[NN_TRAIN];
	uint64_t epoch = r->step / nn_run_epoch_steps(r);
	size_t from = r->step % nn_run_epoch_steps(r) * r->batch;

	if (!r->ordered || r->epoch != epoch) {
		for (size_t i = 0; i < s->n; i++)
			r->order[i] = (int)i;
		if (r->batch < s->n)
			nn_shuffle(r->order, s->n,
			    nn_conf_int(r->conf, "train.seed", 0),
			    (uint32_t)epoch);
		for (size_t i = 0; i < s->n; i++)
			r->order[i] = s->id[r->order[i]];
		r->epoch = epoch;
		r->ordered = true;
	}
	*n = s->n - from < r->batch ? s->n - from : r->batch;
	return r->order + from;
}

static void
mask_some(void *arg, int i)
{
	const struct nn_run *r = arg;
	const nn_real *restrict mask = r->mask;
	size_t len;
	nn_real *restrict x = nn_weights(r->net, &len);
	struct nn_range p = nn_range_of(len, i, nn_ranges_for(len, 1));

	/* not x * mask, which has two zeros, and NaN */
	for (size_t j = p.from; j < p.to; j++)
		x[j] = mask[j] > 0 ? x[j] : 0;
}

void
nn_run_apply_mask(struct nn_run *r)
{
	size_t len;

	nn_weights(r->net, &len);
	if (r->mask)
		nn_team_do(nn_team_of(r->net), nn_ranges_for(len, 1), mask_some, r);
}

/* Gradients of a batch of n, summed over parts that are gone through one after
 * the other, by one of the peers each. */
static int
learn(struct nn_run *r, const int *id, size_t n, double *loss)
{
	size_t most = (r->batch + r->micro - 1) / r->micro, len;
	size_t each = nn_mpi_count(), first = nn_mpi_rank();

	*loss = 0;
	for (size_t i = first; i * r->micro < n; i += each) {
		size_t from = i * r->micro;
		size_t some = n - from < r->micro ? n - from : r->micro;
		struct nn_node *y;

		nn_reset_tape(r->net);
		y = loss_of(r, id + from, some, r->step * most + i + 1, NULL);
		if (some < n)
			y = nn_scale(y, (double)some / n);
		if (y == NULL)
			return -1;
		*loss += y->x[0];
		nn_backward(y);
		if (nn_error(r->net)[0])
			return -1;
	}
	nn_weights(r->net, &len);
	nn_mpi_sum(nn_gradients(r->net), len);
	nn_mpi_sum_double(loss, 1);
	return 0;
}

int
nn_run_step(struct nn_run *r, double *loss)
{
	double clip = nn_conf_num(r->conf, "train.clip", 0);
	const int *id;
	size_t n;

	nn_reset(r->net);
	nn_set_mode(r->net, NN_TRAINING);
	id = next_batch(r, &n);
	if (learn(r, id, n, loss) < 0)
		return -1;
	if (clip > 0)
		nn_clip_grad(r->net, clip);
	r->optimizer.lr = nn_run_rate(r);
	nn_optimizer_step(&r->optimizer, r->net, ++r->step);
	nn_run_apply_mask(r);
	return 0;
}

size_t
nn_run_count(const struct nn_run *r, enum nn_split part, size_t count)
{
	size_t all = r->data.split[part].n;

	return count && count < all ? count : all;
}

/* The loss of up to together examples of a split, from one on. */
static struct nn_node *
look(struct nn_run *r, enum nn_split part, size_t from, size_t end,
    struct nn_score *score)
{
	size_t left = end - from;

	nn_reset(r->net);
	return loss_of(r, r->data.split[part].id + from,
	    left < r->data.together ? left : r->data.together, 0, score);
}

int
nn_run_eval(struct nn_run *r, enum nn_split part, size_t count, double *loss,
    double *error)
{
	size_t n = nn_run_count(r, part, count), each = r->data.together;
	double sum[3] = { 0 };		/* of losses; wrong, of */

	nn_set_mode(r->net, NN_USE);
	for (size_t from = nn_mpi_rank() * each; from < n;
	    from += nn_mpi_count() * each) {
		struct nn_score some = { 0 };
		struct nn_node *y = look(r, part, from, n, &some);

		if (y == NULL)
			return -1;
		sum[0] += (double)y->x[0] * r->now.n;
		sum[1] += some.wrong;
		sum[2] += some.of;
	}
	nn_mpi_sum_double(sum, 3);
	*loss = sum[0] / n;		/* NaN if there are none */
	*error = sum[1] / sum[2];
	return 0;
}

int
nn_run_recompute_norm(struct nn_run *r, size_t count)
{
	size_t n = nn_run_count(r, NN_TRAIN, count), buffers = 0;
	struct nn_node *p;

	for (size_t i = 0; (p = nn_param_at(r->net, i)); i++) {
		if (p->wants || p->frozen)
			continue;
		memset(p->x, 0, p->len * sizeof *p->x);
		buffers++;
	}
	nn_set_mode(r->net, NN_RECOMPUTE);
	for (size_t from = 0; buffers && from < n; from += r->data.together)
		if (look(r, NN_TRAIN, from, n, NULL) == NULL)
			return -1;
	return 0;
}
