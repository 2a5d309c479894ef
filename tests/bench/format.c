/*
 * format.c - size and speed of ckpt/1 and of zstd, in memory
 *
 * Rows: what, unit, ours, peer, theirs, ratio. Arguments are safetensors files,
 * whose F32 tensors are concatenated.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <zstd.h>

#include "ckpt.h"
#include "formats.h"

enum { REPEAT = 3, STEPS = 4 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void
print_row(const char *what, const char *unit, double ours, const char *peer,
    double theirs)
{
	printf("%s\t%s\t%.4g\t%s\t%.4g\t%.3g\n", what, unit, ours, peer,
	    theirs, ours / theirs);
}

static void
write_run(const char *path, const struct ckpt_tensor *t, int threads)
{
	struct ckpt_wr *w = ckpt_create_here(path, "bench", "1", "");
	char err[200];

	ckpt_set_packing(w, 1, threads, 0);
	for (int i = 0; i < STEPS; i++)
		if (ckpt_begin(w, i) < 0 || ckpt_put(w, t) < 0)
			exit(1);
	if (ckpt_finish(w, err, sizeof err) < 0)
		exit(1);
}

/* The size of a checkpoint with t in a run; seconds to write it to /dev/null and
 * to read it from memory. */
static size_t
measure_ckpt(const struct ckpt_tensor *t, int threads, double *in, double *out)
{
	char path[32], *list[] = { path, NULL };
	int fd = memfd_create("bench", 0);
	size_t size;

	*in = *out = 1e9;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	write_run(path, t, threads);
	size = lseek(fd, 0, SEEK_END);
	for (int i = 0; i < REPEAT; i++) {
		double t0 = now();
		struct ckpt_rd *r;
		struct ckpt_tensor back;

		write_run("/dev/null", t, threads);
		*in = fmin(*in, (now() - t0) / STEPS);
		t0 = now();
		r = ckpt_open(list, NULL);
		ckpt_set_threads(r, threads);
		for (int j = 0; j < STEPS; j++)
			if (ckpt_next_checkpoint(r) != 1 ||
			    ckpt_next_tensor(r, &back) != 1 ||
			    ckpt_load(r, &back) < 0 ||
			    memcmp(back.data, t->data, 64) != 0)
				exit(1);
		*out = fmin(*out, (now() - t0) / STEPS);
		ckpt_close(r);
	}
	close(fd);
	return size / STEPS;
}

/* The same for zstd with its checksum, one thread. */
static size_t
measure_zstd(const struct ckpt_tensor *t, int level, double *in, double *out)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_DCtx *d = ZSTD_createDCtx();
	size_t room = ZSTD_compressBound(t->size), size = 0;
	char *z = calloc(1, room), *back = malloc(t->size);

	*in = *out = 1e9;
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	for (int i = 0; i < REPEAT; i++) {
		double t0 = now();

		size = ZSTD_compress2(c, z, room, t->data, t->size);
		*in = fmin(*in, now() - t0);
		t0 = now();
		ZSTD_decompressDCtx(d, back, t->size, z, size);
		*out = fmin(*out, now() - t0);
	}
	ZSTD_freeCCtx(c);
	ZSTD_freeDCtx(d);
	free(z);
	free(back);
	return size;
}

static void
compare(const char *name, const struct ckpt_tensor *t)
{
	char what[300];
	double in[3], out[3], zin, zout;
	size_t size = measure_ckpt(t, 1, &in[1], &out[1]);

	measure_ckpt(t, 2, &in[2], &out[2]);
	for (int level = 1; level <= 3; level += 2) {
		char peer[16];
		size_t z = measure_zstd(t, level, &zin, &zout);

		snprintf(peer, sizeof peer, "zstd -%d", level);
		snprintf(what, sizeof what, "%s: raw / stored", name);
		print_row(what, "", (double)t->size / size, peer,
		    (double)t->size / z);
		for (int j = 1; j <= 2 && level == 1; j++) {
			snprintf(what, sizeof what, "%s: in, -j%d", name, j);
			print_row(what, "GB/s", t->size / in[j] / 1e9, peer,
			    t->size / zin / 1e9);
			snprintf(what, sizeof what, "%s: out, -j%d", name, j);
			print_row(what, "GB/s", t->size / out[j] / 1e9, peer,
			    t->size / zout / 1e9);
		}
	}
}

static double
normal(void)
{
	double u = (rand() + 1.0) / (RAND_MAX + 1.0);
	double v = (double)rand() / RAND_MAX;

	return 0.02 * sqrt(-2 * log(u)) * cos(2 * 3.14159265358979 * v);
}

static void
compare_normal(enum ckpt_type type)
{
	size_t len = 64u << 20, size = ckpt_type_size(type);
	struct ckpt_tensor t = { .name = "w", .type = type, .rank = 1 };
	char name[40], *p;

	len /= size;
	t.dim[0] = len;
	p = t.data = malloc(len * size);
	for (size_t i = 0; i < len; i++) {
		double x = normal();

		ckpt_from_double(p + i * size, &x, type, 1);
	}
	ckpt_measure(&t);
	snprintf(name, sizeof name, "normal %s", ckpt_type_name(type));
	compare(name, &t);
	free(t.data);
}

int
main(int argc, char *argv[])
{
	compare_normal(CKPT_F32);
	compare_normal(CKPT_BF16);
	for (int i = 1; i < argc; i++) {
		struct ckpt_rd *r = ckpt_open((char *[]){ argv[i], NULL },
		    ckpt_formats);
		struct ckpt_tensor t, all = { .name = "w", .type = CKPT_F32,
		    .rank = 1 };
		const char *base = strrchr(argv[i], '/');

		ckpt_next_checkpoint(r);
		while (ckpt_next_tensor(r, &t) == 1) {
			if (t.type != CKPT_F32 || ckpt_load(r, &t) < 0)
				continue;
			all.data = realloc(all.data, all.size + t.size);
			memcpy((char *)all.data + all.size, t.data, t.size);
			all.size += t.size;
		}
		all.dim[0] = all.size / 4;
		ckpt_measure(&all);
		if (all.size > 0)
			compare(base ? base + 1 : argv[i], &all);
		free(all.data);
		ckpt_close(r);
	}
	return 0;
}
