/*
 * thread_team.c - a team of threads for parallel loops, and the ranges that
 * loops are divided into
 *
 * A job is a number of tasks, which threads run one after the other until none
 * is left. As tasks depend on sizes only and write to different memory, results
 * do not depend on the number of threads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tape.h"

/* Spins before a thread sleeps: about 50 us, more than between two ops. */
enum { SPIN = 4000 };

struct nn_team {
	/* Number of the job (32 bits), number of its tasks (16), next task
	 * (16): in one word, so that a thread that is late for one job cannot
	 * run a task of the next. */
	_Atomic uint64_t state;
	_Atomic int	 unfinished;	/* tasks of the current job */
	void		(*fn)(void *, int);
	void		*arg;

	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	_Atomic int	 sleeping;
	_Atomic bool	 stop;
	int		 workers;	/* without the thread of the caller */
	pthread_t	 worker[];
};

static void
relax_cpu(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

/* Run tasks of this job until none is left. */
static void
run_tasks(struct nn_team *t, uint32_t job)
{
	for (;;) {
		uint64_t k = atomic_load(&t->state);
		int i = k & 0xffff, n = k >> 16 & 0xffff;

		if (k >> 32 != job || i >= n)
			return;
		if (!atomic_compare_exchange_weak(&t->state, &k, k + 1))
			continue;
		t->fn(t->arg, i);
		atomic_fetch_sub(&t->unfinished, 1);
	}
}

static uint32_t
get_job(struct nn_team *t)
{
	return (uint32_t)(atomic_load(&t->state) >> 32);
}

/* Wait until there is a job after this one: spin, then sleep. */
static void
wait_for_job(struct nn_team *t, uint32_t job)
{
	for (int i = 0; i < SPIN; i++) {
		if (get_job(t) != job || atomic_load(&t->stop))
			return;
		relax_cpu();
	}
	pthread_mutex_lock(&t->lock);
	atomic_fetch_add(&t->sleeping, 1);
	while (get_job(t) == job && !atomic_load(&t->stop))
		pthread_cond_wait(&t->wake, &t->lock);
	atomic_fetch_sub(&t->sleeping, 1);
	pthread_mutex_unlock(&t->lock);
}

static void *
run_worker(void *arg)
{
	struct nn_team *t = arg;
	uint32_t job = 0;

	while (!atomic_load(&t->stop)) {
		wait_for_job(t, job);
		job = get_job(t);
		run_tasks(t, job);
	}
	return NULL;
}

static void
wake_workers(struct nn_team *t)
{
	pthread_mutex_lock(&t->lock);
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

struct nn_team *
nn_team_open(int threads)
{
	struct nn_team *t;

	if (threads < 1)
		threads = 1;
	t = calloc(1, sizeof *t + (threads - 1) * sizeof t->worker[0]);
	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	while (t->workers < threads - 1) {
		if (pthread_create(&t->worker[t->workers], NULL, run_worker,
		    t)) {
			nn_team_close(t);
			return NULL;
		}
		t->workers++;
	}
	return t;
}

int
nn_team_size(const struct nn_team *t)
{
	return 1 + t->workers;
}

void
nn_team_do(struct nn_team *t, int n, void (*fn)(void *, int), void *arg)
{
	uint32_t job;

	if (n == 1 || t->workers == 0) {
		for (int i = 0; i < n; i++)
			fn(arg, i);
		return;
	}
	job = get_job(t) + 1;
	t->fn = fn;
	t->arg = arg;
	atomic_store(&t->unfinished, n);
	atomic_store(&t->state, (uint64_t)job << 32 | (uint64_t)n << 16);
	if (atomic_load(&t->sleeping))
		wake_workers(t);
	run_tasks(t, job);
	for (int i = 0; atomic_load(&t->unfinished); i++)
		if (i < SPIN)
			relax_cpu();
		else
			sched_yield();	/* more threads than processors */
}

void
nn_team_close(struct nn_team *t)
{
	if (t == NULL)
		return;
	atomic_store(&t->stop, true);
	wake_workers(t);
	for (int i = 0; i < t->workers; i++)
		pthread_join(t->worker[i], NULL);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->wake);
	free(t);
}

/* --------------------------------------------------------------- ranges */

struct nn_range
nn_range_of(size_t n, int i, int ranges)
{
	return (struct nn_range){ n * i / ranges, n * (i + 1) / ranges };
}

int
nn_ranges_for(size_t n, size_t len)
{
	enum { SMALLEST = 8192, MOST = 16 };
	size_t ranges = n * len / SMALLEST;

	if (ranges > MOST)
		ranges = MOST;
	if (ranges > n)
		ranges = n;
	return ranges < 1 ? 1 : (int)ranges;
}

struct loop {
	struct nn_node	*y;
	void		(*fn)(struct nn_node *, struct nn_range);
};

static void
run_range(void *arg, int i)
{
	const struct loop *l = arg;

	l->fn(l->y, nn_range_of(l->y->len, i, nn_ranges_for(l->y->len, 1)));
}

void
nn_parallel_for(struct nn_node *y,
    void (*fn)(struct nn_node *, struct nn_range))
{
	struct loop l = { y, fn };

	nn_team_do(nn_team_of(y->net), nn_ranges_for(y->len, 1), run_range, &l);
}
