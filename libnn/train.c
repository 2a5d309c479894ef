/* train.c - the training loop's parts: batches, steps, evaluation */
#include <stdlib.h>
#include <string.h>

#include "tape.h"
#include "train.h"

enum { EVAL = 4096 };	/* examples evaluated at once */

static void
pick(const struct nn_run *r, const int *id, size_t n)
{
	const struct nn_data *d = &r->data;
	struct nn_batch b = r->now;

	for (size_t i = 0; i < n; i++) {
		memcpy(b.input + i * d->inputs, d->input + id[i] * d->inputs,
		    d->inputs * sizeof *b.input);
		b.label[i] = d->label[id[i]];
	}
}

/* The network is what its loss needs: one example makes all parameters. */
static int
build(struct nn_run *r)
{
	size_t params = 0;

	r->now.n = 1;
	pick(r, r->data.split[NN_TRAIN].id, 1);
	if (r->model->loss(r->net, r->conf, &r->now, NULL) == NULL)
		return -1;
	nn_reset(r->net);
	if (nn_seal(r->net) < 0)
		return -1;
	while (nn_param_at(r->net, params))
		params++;
	r->taken = calloc(params, NN_ARRAYS * sizeof *r->taken);
	if (r->taken == NULL || nn_adamw_open(&r->adam, r->net) < 0)
		return nn_fail(r->net, "out of memory");
	return 0;
}

int
nn_run_open(struct nn_run *r, const struct nn_model *model,
    const struct nn_conf *conf, int threads)
{
	size_t most;
	int64_t batch = nn_conf_int(conf, "train.batch", 0);

	*r = (struct nn_run){ .model = model, .conf = conf };
	r->net = nn_open(nn_conf_int(conf, "train.seed", 0), threads);
	if (r->net == NULL || model->data(r->net, conf, &r->data) < 0)
		return -1;
	most = r->data.split[NN_TRAIN].n;
	r->batch = batch < 1 || (size_t)batch > most ? most : (size_t)batch;
	if (most < EVAL)
		most = EVAL;
	r->now.input = malloc(most * r->data.inputs * sizeof(int));
	r->now.label = malloc(most * sizeof(int));
	r->order = malloc(most * sizeof(int));
	if (r->now.input == NULL || r->now.label == NULL || r->order == NULL)
		return nn_fail(r->net, "out of memory for %zu examples", most);
	r->adam = (struct nn_adamw){ .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-8 };
	return build(r);
}

void
nn_run_close(struct nn_run *r)
{
	nn_adamw_close(&r->adam);
	nn_data_free(&r->data);
	nn_close(r->net);
	free(r->now.input);
	free(r->now.label);
	free(r->order);
	free(r->taken);
}

uint64_t
nn_run_epoch_steps(const struct nn_run *r)
{
	return (r->data.split[NN_TRAIN].n + r->batch - 1) / r->batch;
}

/* The examples of this step. All at once need no order; otherwise each epoch
 * has its own, and the last batch may be smaller. */
static void
next_batch(struct nn_run *r)
{
	const struct nn_split *s = &r->data.split[NN_TRAIN];
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
	r->now.n = s->n - from < r->batch ? s->n - from : r->batch;
	pick(r, r->order + from, r->now.n);
}

double
nn_run_rate(const struct nn_run *r)
{
	double lr = nn_conf_num(r->conf, "train.lr", 1e-3);
	double rise = nn_conf_num(r->conf, "train.warmup", 0);

	return r->step < rise ? lr * r->step / rise : lr;
}

int
nn_run_step(struct nn_run *r, double *loss)
{
	struct nn_node *y;

	nn_reset(r->net);
	next_batch(r);
	y = r->model->loss(r->net, r->conf, &r->now, NULL);
	if (y == NULL)
		return -1;
	*loss = y->x[0];
	nn_backward(y);
	if (nn_error(r->net)[0])
		return -1;
	r->adam.lr = nn_run_rate(r);
	r->adam.decay = nn_conf_num(r->conf, "train.weight_decay", 0);
	nn_adamw_step(&r->adam, r->net, ++r->step);
	return 0;
}

int
nn_run_eval(struct nn_run *r, enum nn_part part, double *loss, double *error)
{
	const struct nn_split *s = &r->data.split[part];
	size_t wrong, all = 0;
	struct nn_node *y;

	*loss = 0;
	for (size_t from = 0; from < s->n; from += EVAL) {
		nn_reset(r->net);
		r->now.n = s->n - from < EVAL ? s->n - from : EVAL;
		pick(r, s->id + from, r->now.n);
		y = r->model->loss(r->net, r->conf, &r->now, &wrong);
		if (y == NULL)
			return -1;
		*loss += (double)y->x[0] * r->now.n;
		all += wrong;
	}
	*loss /= s->n;		/* NaN if there are none */
	*error = (double)all / s->n;
	return 0;
}
