/* path_step.c - steps in file names, and the order of files by step */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ckpt.h"
#include "tap.h"

static const struct { const char *path; uint64_t step; } good[] = {
	{ "step1000", 1000 },
	{ "step_1000.pt", 1000 },
	{ "step-1000.pt", 1000 },
	{ "pythia-160m/step1000/model.safetensors", 1000 },
	{ "step0/model.safetensors", 0 },
	{ "checkpoint-500/pytorch_model.bin", 500 },
	{ "checkpoint_500", 500 },
	{ "ckpt_100", 100 },
	{ "model.ckpt-1000", 1000 },
	{ "epoch=3-step=1056.ckpt", 1056 },
	{ "step=1056-epoch=3.ckpt", 1056 },
	{ "epoch=3-step=1056-v1.ckpt", 1056 },
	{ "global_step10/x.pt", 10 },
	{ "iter_000100/model", 100 },
	{ "iter-100", 100 },
	{ "Iteration_7.pt", 7 },
	{ "STEP12.PT", 12 },
	{ "step1000-tokens4B/model", 1000 },
	{ "step1000/", 1000 },
	{ "step5/step7.pt", 7 },
	{ "step5/epoch7.pt", 5 },
	{ "step5/7.pt", 5 },
	{ "step5/checkpoint-7.pt", 7 },
	{ "checkpoint-9-step-8", 8 },
	{ "step1/step2-step3", 3 },
	{ "200.pth", 200 },
	{ "runs/00200.safetensors", 200 },
	{ "42", 42 },
	{ "epoch_3.pt", 3 },
	{ "epoch3/model.pt", 3 },
	{ "checkpoint_epoch_4.pth", 4 },
	{ "epoch.12.pt", 12 },
	{ "step9223372036854775807", INT64_MAX },
	{ "model_000100.pt", 100 },
	{ "runs/weights-0007.safetensors", 7 },
	{ "ckpt_it1000.pt", 1000 },
	{ "it-5/model.pt", 5 },
	{ "model_ep1.pth", 1 },
	{ "model_ep01_it000020.pth", 20 },
	{ "epoch_4_000100.pt", 4 },
	{ "steps_300.pt", 300 },
};

static const char *const none[] = {
	"", "/", "model.safetensors", "step", "step.pt", "step_", "step__1",
	"footstep12.pt", "timestep10", "step1000k", "step4B.pt", "stepx1",
	"model-00001-of-00006.safetensors", "2024/model.pt", "v2.pt", "2a.pt",
	"step9223372036854775808", "step99999999999999999999999",
	"iterations9x", "-5", "deepoch3", "model_100.pt", "resnet_50.pt",
	"model_0.pt", "unit5.pt", "gemma-it-7b.pt", "x_000100_ema.pt",
	"000100/model.pt", "model-00001-of-00002.bin",
};

/* Series, and their steps; NULL ends both. */
static const struct { const char *path[4]; uint64_t step[3]; } series[] = {
	{ { "model_000100.pt", "model_000200.pt", "model_000300.pt" },
	    { 100, 200, 300 } },
	{ { "model_100.pt", "model_20.pt" }, { 100, 20 } },
	{ { "a/100/model.pt", "a/20/model.pt", "a/3/model.pt" },
	    { 100, 20, 3 } },
	{ { "m_seed3_10.pt", "m_seed3_20.pt" }, { 10, 20 } },
	{ { "m_10_seed3.pt", "m_20_seed3.pt" }, { 10, 20 } },
	{ { "gpt2-100.pt", "gpt2-200.pt" }, { 100, 200 } },
	{ { "weights.05-0.23.h5", "weights.12-0.21.h5" }, { 5, 12 } },
	{ { "v1.2/m.100.pt", "v1.2/m.200.pt" }, { 100, 200 } },
	/* words of steps and epochs first, */
	{ { "ckpt_it1000_7.pt", "ckpt_it2000_8.pt" }, { 1000, 2000 } },
	{ { "model_ep1.pth", "model_ep2.pth", "model_ep10.pth" },
	    { 1, 2, 10 } },
	{ { "epoch=1-step=5.ckpt", "epoch=1-step=9.ckpt" }, { 5, 9 } },
	{ { "step100.pt", "last_step200.pt" }, { 100, 200 } },
	/* unless they repeat: those of fairseq */
	{ { "checkpoint_1_500.pt", "checkpoint_1_1000.pt",
	    "checkpoint_2_1500.pt" }, { 500, 1000, 1500 } },
	{ { "ep1_100.pt", "ep1_200.pt", "ep2_300.pt" }, { 100, 200, 300 } },
	/* which the word "step" may */
	{ { "run1/step5.pt", "run2/step5.pt" }, { 5, 5 } },
	{ { "run1/step5.pt", "run1/step7.pt", "run2/step5.pt" }, { 5, 7, 5 } },
	{ { "ckpt1.pt", "best_ckpt1.pt" }, { 1, 1 } },
	{ { "step3.pt" }, { 3 } },
};

static const char *const no_series[][4] = {
	{ "a.pt", "b.pt" }, { "model_1.pt", "model_final.pt" },
	{ "model_1.pt", "model_1.pt" }, { "model_1.pt", "other_2.pt" },
	{ "model_100.pt" }, { "m1_x.pt", "m2.pt" },
	{ "m1_1.pt", "m1_2.pt", "m2_1.pt" },
	{ "loss0.23.pt", "loss0.21.pt" }, { "m1.pt", "m" },
	{ "m9223372036854775808.pt", "m1.pt" },
};

static const char *
write_file(const char *dir, const char *name, const char *text)
{
	static char path[8][4096];
	static int i;
	char *p = path[i++ % 8];
	FILE *f;

	snprintf(p, sizeof path[0], "%s/%s", dir, name);
	f = fopen(p, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF) {
		perror(p);
		exit(1);
	}
	return p;
}

/* Does ckpt_sort_paths change the list a, b, c into x, y, z? */
static bool
is_sorted(const char *a, const char *b, const char *c,
    const char *x, const char *y, const char *z)
{
	char *list[] = { (char *)a, (char *)b, (char *)c, NULL };

	ckpt_sort_paths(list, NULL, NULL);
	return list[0] == x && list[1] == y && list[2] == z && !list[3];
}

static void
test_steps(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		uint64_t step = 77;

		ok(ckpt_path_step(good[i].path, &step) && step == good[i].step,
		    "%s is %" PRIu64, good[i].path, good[i].step);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		uint64_t step = 77;

		ok(!ckpt_path_step(none[i], &step) && step == 77,
		    "'%s' has no step", none[i]);
	}
}

static void
test_series(void)
{
	uint64_t step[4];

	for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
		char *const *path = (char *const *)series[i].path;
		size_t n = 0;

		while (path[n])
			n++;
		ok(ckpt_path_steps(path, n, step) && memcmp(step,
		    series[i].step, n * sizeof *step) == 0,
		    "steps of %s, ...", path[0]);
	}
	for (size_t i = 0; i < sizeof no_series / sizeof *no_series; i++) {
		char *const *path = (char *const *)no_series[i];
		size_t n = 0;

		while (path[n])
			n++;
		ok(!ckpt_path_steps(path, n, step), "no steps of %s, ...",
		    path[0]);
	}
}

/* By the number after "x". */
static bool
find_x(const char *path, uint64_t *step, void *arg)
{
	const char *x = strrchr(path, 'x');

	(void)arg;
	*step = x ? strtoull(x + 1, NULL, 10) : 0;
	return x != NULL;
}

static void
test_order(const char *dir)
{
	const char *s2 = write_file(dir, "step2.pt", "x");
	const char *s10 = write_file(dir, "step10.pt", "");
	const char *s100 = write_file(dir, "step100.pt", "xxxxxxxx");
	const char *same = write_file(dir, "iter_010.pt", "x");
	const char *plain = write_file(dir, "step1.ckpt", "ckpt/1 eof 0\n");
	const char *zstd = write_file(dir, "step1.zst", "\x28\xb5\x2f\xfd");
	const char *mark = write_file(dir, "step1.mark", "\x5c\x2a\x4d\x18");
	const char *other = write_file(dir, "last.pt", "x");
	char *empty[] = { NULL }, *by[] = { NULL, NULL, NULL };
	const char *a, *b;

	ok(is_sorted(s10, s100, s2, s2, s10, s100), "2, 10, 100");
	ok(is_sorted(same, s10, s2, s2, same, s10), "the order is stable");
	ok(is_sorted(s10, plain, s2, s10, plain, s2), "a plain stream");
	ok(is_sorted(s10, zstd, s2, s10, zstd, s2), "a zstd stream");
	ok(is_sorted(s10, mark, s2, s10, mark, s2), "a stream of marked frames");
	ok(is_sorted(s10, other, s2, s10, other, s2), "a file without a step");
	ok(is_sorted(s10, "-", s2, s10, "-", s2), "standard input");
	ok(is_sorted(s10, "step3.missing", s2, s10, "step3.missing", s2),
	    "a missing file");
	ok(is_sorted(s10, dir, s2, s10, dir, s2), "a directory");
	a = write_file(dir, "a9x3.pt", "x");
	b = write_file(dir, "b8x20.pt", "x");
	by[0] = (char *)b, by[1] = (char *)a;
	ckpt_sort_paths(by, find_x, NULL);
	ok(by[0] == a && by[1] == b, "by another number");
	unlink(a), unlink(b);
	ckpt_sort_paths(empty, NULL, NULL);
	ok(empty[0] == NULL, "an empty list");
	unlink(s2), unlink(s10), unlink(s100), unlink(same);
	unlink(plain), unlink(zstd), unlink(mark), unlink(other);
}

int
main(void)
{
	char dir[] = "/tmp/test-path-XXXXXX";

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 1;
	}
	test_steps();
	test_series();
	test_order(dir);
	rmdir(dir);
	return tap_done();
}
