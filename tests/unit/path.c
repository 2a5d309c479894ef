/* path.c - steps in file names, and the order of files by them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ckpt.h"

static int tests, failures;

static void
ok(int passed, const char *what)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tests, what);
	failures += !passed;
}

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
};

static const char *const none[] = {
	"", "/", "model.safetensors", "step", "step.pt", "step_", "step__1",
	"footstep12.pt", "timestep10", "step1000k", "step4B.pt", "stepx1",
	"model-00001-of-00006.safetensors", "2024/model.pt", "v2.pt", "2a.pt",
	"step9223372036854775808", "step99999999999999999999999",
	"iterations9x", "-5", "deepoch3",
};

static const char *
put(const char *dir, const char *name, const char *text)
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

/* Whether ckpt_sort_paths makes the list a, b, c into x, y, z. */
static bool
ordered(const char *a, const char *b, const char *c,
    const char *x, const char *y, const char *z)
{
	char *list[] = { (char *)a, (char *)b, (char *)c, NULL };

	ckpt_sort_paths(list);
	return list[0] == x && list[1] == y && list[2] == z && !list[3];
}

int
main(void)
{
	char dir[] = "/tmp/test-path-XXXXXX", what[200];
	const char *s2, *s10, *s100, *also10, *plain, *zstd, *mark, *other;
	char *empty[] = { NULL };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		uint64_t step = 77;

		snprintf(what, sizeof what, "%s is %llu", good[i].path,
		    (unsigned long long)good[i].step);
		ok(ckpt_path_step(good[i].path, &step) &&
		    step == good[i].step, what);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		uint64_t step = 77;

		snprintf(what, sizeof what, "'%s' has no step", none[i]);
		ok(!ckpt_path_step(none[i], &step) && step == 77, what);
	}

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 1;
	}
	s2 = put(dir, "step2.pt", "x");
	s10 = put(dir, "step10.pt", "");
	s100 = put(dir, "step100.pt", "xxxxxxxx");
	also10 = put(dir, "iter_010.pt", "x");
	plain = put(dir, "step1.ckpt", "ckpt/1 eof 0\n");
	zstd = put(dir, "step1.zst", "\x28\xb5\x2f\xfd");
	mark = put(dir, "step1.mark", "\x5c\x2a\x4d\x18");
	other = put(dir, "last.pt", "x");
	ok(ordered(s10, s100, s2, s2, s10, s100), "2, 10, 100");
	ok(ordered(also10, s10, s2, s2, also10, s10), "equal steps stay");
	ok(ordered(s10, plain, s2, s10, plain, s2), "a plain stream");
	ok(ordered(s10, zstd, s2, s10, zstd, s2), "a zstd stream");
	ok(ordered(s10, mark, s2, s10, mark, s2), "a marked stream");
	ok(ordered(s10, other, s2, s10, other, s2), "one without a step");
	ok(ordered(s10, "-", s2, s10, "-", s2), "standard input");
	ok(ordered(s10, "step3.missing", s2, s10, "step3.missing", s2),
	    "a missing file");
	ok(ordered(s10, dir, s2, s10, dir, s2), "a folder");
	ckpt_sort_paths(empty);
	ok(empty[0] == NULL, "an empty list");
	unlink(s2), unlink(s10), unlink(s100), unlink(also10);
	unlink(plain), unlink(zstd), unlink(mark), unlink(other);
	rmdir(dir);

	printf("1..%d\n", tests);
	return failures != 0;
}
