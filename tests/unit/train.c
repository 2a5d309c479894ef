/*
 * train.c - settings of a training run: learning rate schedules, micro-batches,
 * gradient clipping; and normally distributed random numbers
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "tap.h"
#include "train.h"

enum { STEPS = 3 };

/* A run of modular addition, 23 of 49 examples in a batch; more has other
 * settings: key, value, ..., NULL. */
static void
start_run(struct nn_run *r, struct nn_conf *conf, const char *const *more)
{
	*conf = (struct nn_conf){ 0 };
	nn_conf_set(conf, "net.model", "modadd-mlp");
	nn_conf_set(conf, "modadd.p", "7");
	nn_conf_set(conf, "modadd.frac", "1");
	nn_conf_set(conf, "train.batch", "23");
	for (; *more; more += 2)
		nn_conf_set(conf, more[0], "%s", more[1]);
	if (nn_run_open(r, conf, 2) < 0)
		printf("# %s\n", nn_error(r->net));
}

static void
end_run(struct nn_run *r, struct nn_conf *conf)
{
	nn_run_close(r);
	nn_conf_free(conf);
}

#define SETTINGS(...) (const char *const[]){ __VA_ARGS__ }

static void
check_rate(const char *what, const char *const *more, uint64_t step,
    double want)
{
	struct nn_conf conf;
	struct nn_run r;
	double got;

	start_run(&r, &conf, more);
	r.step = step;
	got = nn_run_lr(&r);
	ok(fabs(got - want) < 1e-12, "%s, step %d: %.12g", what, (int)step,
	    got);
	end_run(&r, &conf);
}

static void
test_schedules(void)
{
	const char *const *drops = SETTINGS("train.lr", "1", "train.lr_drops",
	    "1,3", NULL);
	const char *const *cosine = SETTINGS("train.lr", "2", "train.schedule",
	    "cosine", "train.warmup", "200", "train.horizon", "6660",
	    "train.lr_floor", "0.1", NULL);
	const char *const *epochs = SETTINGS("train.lr", "1", "train.schedule",
	    "cosine-epochs", "train.horizon", "4", NULL);

	check_rate("a tenth in epoch 1", drops, 3, 0.1);
	check_rate("a hundredth in epoch 3", drops, 9, 0.01);
	check_rate("warm-up starts at 0", cosine, 0, 0);
	check_rate("warm-up rises", cosine, 50, 0.5);
	check_rate("cosine starts at the top", cosine, 200, 2);
	check_rate("half way down", cosine, 200 + 3330, 1.1);
	check_rate("at the floor", cosine, 200 + 6660, 0.2);
	check_rate("stays at the floor", cosine, 9000, 0.2);
	check_rate("first epoch", epochs, 2, 1);
	check_rate("epoch 1 of 4", epochs, 3, (1 + sqrt(0.5)) / 2);
	check_rate("epoch 2 of 4", epochs, 8, 0.5);
}

/* The largest difference of weights after STEPS, relative to the largest. */
static double
compare_runs(struct nn_run *a, struct nn_run *b)
{
	double most = 0, largest = 0, loss[2];
	const nn_real *x, *y;
	size_t n;

	for (int i = 0; i < STEPS; i++)
		if (nn_run_step(a, &loss[0]) < 0 || nn_run_step(b, &loss[1]) < 0 ||
		    !(fabs(loss[0] - loss[1]) < 1e-6 * loss[0]))
			return INFINITY;
	x = nn_weights(a->net, &n);
	y = nn_weights(b->net, &n);
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fabs(x[i] - y[i]));
		largest = fmax(largest, fabs(x[i]));
	}
	return most / largest;
}

/* Micro-batches of 3, 3, ..., 2 give the gradients of a batch of 23. */
static void
test_micro_batches(void)
{
	struct nn_conf conf[2];
	struct nn_run r[2];
	double d;

	start_run(&r[0], &conf[0], SETTINGS("train.optimiser", "sgd", NULL));
	start_run(&r[1], &conf[1], SETTINGS("train.optimiser", "sgd",
	    "train.micro", "3", NULL));
	d = compare_runs(&r[0], &r[1]);
	ok(d < 1e-6, "micro-batches: weights differ by %.2g", d);
	end_run(&r[0], &conf[0]);
	end_run(&r[1], &conf[1]);
}

static double
gradient_norm(const struct nn_run *r)
{
	const nn_real *g = nn_gradients(r->net);
	double sum = 0;
	size_t n;

	nn_weights(r->net, &n);
	for (size_t i = 0; i < n; i++)
		sum += (double)g[i] * g[i];
	return sqrt(sum);
}

static void
test_clipping(void)
{
	struct nn_conf conf;
	struct nn_run r;
	double loss, norm;

	start_run(&r, &conf, SETTINGS("train.clip", "1e-3", NULL));
	nn_run_step(&r, &loss);
	norm = gradient_norm(&r);
	ok(fabs(norm / 1e-3 - 1) < 1e-2, "clipped to 1e-3: %g", norm);
	ok(fabs(nn_clip_grad(r.net, 1) - norm) < 1e-9 && gradient_norm(&r) == norm,
	    "a smaller gradient is not changed");
	end_run(&r, &conf);
}

static void
test_normal(void)
{
	enum { N = 100000 };
	nn_real *x = malloc(N * sizeof *x), y[5];
	double sum[5] = { 0 };
	bool same = true;

	nn_normal(x, N, 3, NN_FOR_NOISE, 4);
	nn_normal(y, 5, 3, NN_FOR_NOISE, 4);
	for (int i = 0; i < 5; i++)
		same &= x[i] == y[i];
	for (int i = 0; i < N; i++)
		for (int k = 1; k <= 4; k++)
			sum[k] += pow(x[i], k) / N;
	ok(same, "normal: numbers do not depend on how many are drawn");
	ok(fabs(sum[1]) < 0.015 && fabs(sum[2] - 1) < 0.02 &&
	    fabs(sum[3]) < 0.05 && fabs(sum[4] - 3) < 0.15,
	    "normal: moments %.3f %.3f %.3f %.3f", sum[1], sum[2], sum[3],
	    sum[4]);
	sum[0] = 0;
	for (int i = 0; i + 1 < N; i++)
		sum[0] += (double)x[i] * x[i + 1] / N;
	ok(fabs(sum[0]) < 0.015, "normal: neighbors are independent, %.4f",
	    sum[0]);
	free(x);
}

int
main(void)
{
	test_schedules();
	test_micro_batches();
	test_clipping();
	test_normal();
	return tap_done();
}
