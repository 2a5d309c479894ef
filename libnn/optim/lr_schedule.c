/* lr_schedule.c - the learning rate at each step of a run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train.h"

/* lr times 0.1 for each epoch of a comma-separated list that has begun. */
static double
apply_drops(double lr, const char *list, uint64_t epoch)
{
	while (*list >= '0' && *list <= '9') {
		char *end;

		if (epoch >= strtoull(list, &end, 10))
			lr *= 0.1;
		list = end + (*end == ',');
	}
	return lr;
}

/* Half a cosine, from 1 at 0 to lr_floor at the horizon and after it. */
static double
eval_cosine(double at, double horizon, double lr_floor)
{
	if (!(at < horizon))
		return lr_floor;
	return lr_floor + (1 - lr_floor) / 2 * (1 + cos(M_PI * at / horizon));
}

double
nn_run_lr(const struct nn_run *r)
{
	const struct nn_conf *c = r->conf;
	const char *schedule = nn_conf_str(c, "train.schedule");
	double lr = nn_conf_num(c, "train.lr");
	double warmup = nn_conf_num(c, "train.warmup");
	double horizon = nn_conf_num(c, "train.horizon");
	double lr_floor = nn_conf_num(c, "train.lr_floor");
	uint64_t epoch = r->step / nn_run_epoch_steps(r);

	if (r->step < warmup)
		return lr * r->step / warmup;
	if (strcmp(schedule, "cosine") == 0)
		lr *= eval_cosine(r->step - warmup, horizon, lr_floor);
	else if (strcmp(schedule, "cosine-epochs") == 0)
		lr *= eval_cosine(epoch, horizon, lr_floor);
	return apply_drops(lr, nn_conf_str(c, "train.lr_drops"), epoch);
}
