/*
 * train.c - train THREADS STEPS KEY=VALUE...: time of training steps
 *
 * Prints the minimum and median seconds of a step, and peak resident memory in MB.
 * The settings are keys of a checkpoint: net.model=vgg.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "train.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	int threads = argc > 2 ? atoi(argv[1]) : 0;
	int steps = argc > 2 ? atoi(argv[2]) : 0;
	double *took = calloc(steps + 1, sizeof *took), loss;
	struct nn_conf conf = { 0 };
	struct rusage use;
	struct nn_run r;

	for (int i = 3; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value) {
			*value = 0;
			nn_conf_set(&conf, argv[i], "%s", value + 1);
		}
	}
	if (steps < 1) {
		fprintf(stderr, "bench-train: THREADS STEPS net.model=...\n");
		return 2;
	}
	if (nn_run_open(&r, &conf, threads) < 0) {
		fprintf(stderr, "bench-train: %s\n", nn_error(r.net));
		return 1;
	}
	for (int i = 0; i < steps; i++) {
		double start = now();

		if (nn_run_step(&r, &loss) < 0) {
			fprintf(stderr, "bench-train: %s\n", nn_error(r.net));
			return 1;
		}
		took[i] = now() - start;
	}
	qsort(took, steps, sizeof *took, by_size);
	getrusage(RUSAGE_SELF, &use);
	printf("%g\t%g\t%g\n", took[0], took[steps / 2], use.ru_maxrss / 1024.);
	nn_run_close(&r);
	nn_conf_free(&conf);
	free(took);
	return 0;
}
