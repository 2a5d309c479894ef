/* svd_queue.c - decompositions on several threads, in order */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cblas.h>

#include "matrices.h"
#include "spec.h"
#include "tap.h"

/* Put the matrices of t into the queue, w%d[%d]. */
static void
put_matrices(struct spec_queue *q, const struct ckpt_tensor *t,
    enum spec_conv conv, bool owned, int number)
{
	for (uint64_t i = 0; i < spec_count(t, conv); i++) {
		struct spec_matrix m = spec_view(t, conv, i);
		char *name = alloc_zeros(40, 1);
		void *copy = NULL;

		snprintf(name, 40, "w%d[%d]", number, (int)i);
		if (owned) {
			copy = memcpy(alloc_zeros(t->size, 1), t->data,
			    t->size);
			m.data = (char *)copy + ((char *)m.data -
			    (char *)t->data);
		}
		if (spec_queue_put(q, name, &m, copy, SIZE_MAX,
		    number % 4 ? 0 : SPEC_U | SPEC_V) < 0)
			abort();
	}
}

/* The results of a queue for some tensors, as text. */
static char *
run_queue(int threads, enum spec_conv conv, bool owned, size_t *len)
{
	struct spec_queue *q = spec_queue_open(threads);
	static float x[64 * 64 * 9];
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (q == NULL || f == NULL)
		abort();
	seed = 5;
	for (int i = 0; i <= 60; i++) {
		struct ckpt_tensor t = { .type = CKPT_F32, .rank = 4,
		    .dim = { 1 + i, 1 + i * 7 % 64, 1 + i % 3, 3 }, .data = x };
		struct spec_result *r;

		ckpt_measure(&t);
		for (uint64_t k = 0; k < t.len; k++)
			x[k] = draw_normal();
		if (i == 30)
			x[3] = NAN;
		if (i < 60)
			put_matrices(q, &t, conv, owned, i);
		memset(x, 0, sizeof x);
		while ((r = spec_queue_get(q, i == 60)) != NULL) {
			fprintf(f, "%s %s", (char *)r->tag,
			    r->error ? r->error : "");
			for (size_t k = 0; k < r->f.n; k++)
				fprintf(f, " %a", r->f.s[k]);
			for (size_t k = 0; r->f.u && k < r->f.n * r->f.rows;
			    k++)
				fprintf(f, " %a", r->f.u[k]);
			fputc('\n', f);
			free(r->tag);
		}
	}
	fclose(f);
	spec_queue_close(q);
	return text;
}

static void
test_queue(void)
{
	for (enum spec_conv conv = SPEC_FLAT; conv <= SPEC_SLICES; conv++) {
		size_t len, other;
		char *one = run_queue(1, conv, false, &len);

		for (int threads = 2; threads <= 6; threads++) {
			bool owned = threads % 2;
			char *many = run_queue(threads, conv, owned, &other);

			ok(len == other && memcmp(one, many, len) == 0,
			    "%d threads give the bytes of one, %s, %s data",
			    threads, conv == SPEC_FLAT ? "flat" : "slices",
			    owned ? "owned" : "copied");
			free(many);
		}
		ok(strncmp(one, "w0[0]  ", 7) == 0 &&
		    strstr(one, "\nw30[0] NaN at row 0, column "), "in order");
		free(one);
	}
}

/* A result does not wait for later matrices. */
static void
test_done(void)
{
	struct spec_queue *q = spec_queue_open(2);
	float x[] = { 3, 0, 0, 4 };
	struct spec_matrix m = { x, CKPT_F32, 2, 2, 1, 0 };
	struct spec_result *r = NULL;

	if (q == NULL || spec_queue_put(q, NULL, &m, NULL, SIZE_MAX, 0) < 0)
		abort();
	for (int ms = 0; r == NULL && ms < 60000; ms++) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		r = spec_queue_get(q, false);
	}
	ok(r && r->f.n == 2 && fabs(r->f.s[0] - 4) < 1e-12,
	    "a result is returned once it is done");
	spec_queue_close(q);
}

int
main(void)
{
	openblas_set_num_threads(1);
	test_queue();
	test_done();
	return tap_done();
}
