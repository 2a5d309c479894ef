/* lr_schedule.c - the learning rate at each step of a run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train.h"

/* lr, a tenth of it from each of these epochs on, which commas separate. */
static double
drop(double lr, const char *list, uint64_t epoch)
{
	for (; *list; list += strspn(list, "0123456789"), list += *list == ',')
		if (epoch >= strtoull(list, NULL, 10))
			lr *= 0.1;
	return lr;
}

/* Half a wave from 1 at 0 to low at the horizon, where it stays. */
static double
wave(double at, double horizon, double low)
{
	if (!(at < horizon))
		return low;
	return low + (1 - low) / 2 * (1 + cos(M_PI * at / horizon));
}

double
nn_run_rate(const struct nn_run *r)
{
	const struct nn_conf *c = r->conf;
	const char *schedule = nn_conf_str(c, "train.schedule", "constant");
	double lr = nn_conf_num(c, "train.lr", 1e-3);
	double rise = nn_conf_num(c, "train.warmup", 0);
	double horizon = nn_conf_num(c, "train.horizon", 0);
	double low = nn_conf_num(c, "train.lr_floor", 0);
	uint64_t epoch = r->step / nn_run_epoch_steps(r);

	if (r->step < rise)
		return lr * r->step / rise;
	if (strcmp(schedule, "cosine") == 0)
		lr *= wave(r->step - rise, horizon, low);
	else if (strcmp(schedule, "cosine-epochs") == 0)
		lr *= wave(epoch, horizon, low);
	return drop(lr, nn_conf_str(c, "train.lr_drops", ""), epoch);
}
