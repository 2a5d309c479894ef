/* thread_team.c - threads that share the parts of one piece of work, then meet */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tape.h"

enum { SPIN = 4000 };	/* some 50 us: longer than the gap between two ops */

struct nn_team {
	/* Round (32 bits), its parts (16), the next part (16): in one word,
	 * so that who comes late to a round cannot take a part of the next. */
	_Atomic uint64_t ticket;
	_Atomic int	 left;		/* parts of this round not yet done */
	void		(*fn)(void *, int);
	void		*arg;

	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	_Atomic int	 asleep;
	_Atomic bool	 stop;
	int		 helpers;
	pthread_t	 helper[];
};

static void
pause_a_bit(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

/* Do parts of this round until none is left to take. */
static void
take_parts(struct nn_team *t, uint32_t round)
{
	for (;;) {
		uint64_t k = atomic_load(&t->ticket);
		int i = k & 0xffff, parts = k >> 16 & 0xffff;

		if (k >> 32 != round || i >= parts)
			return;
		if (!atomic_compare_exchange_weak(&t->ticket, &k, k + 1))
			continue;
		t->fn(t->arg, i);
		atomic_fetch_sub(&t->left, 1);
	}
}

static uint32_t
round_now(struct nn_team *t)
{
	return (uint32_t)(atomic_load(&t->ticket) >> 32);
}

/* Wait for a round after this one: awake for a while, then asleep. */
static void
wait_after(struct nn_team *t, uint32_t round)
{
	for (int i = 0; i < SPIN; i++) {
		if (round_now(t) != round || atomic_load(&t->stop))
			return;
		pause_a_bit();
	}
	pthread_mutex_lock(&t->lock);
	atomic_fetch_add(&t->asleep, 1);
	while (round_now(t) == round && !atomic_load(&t->stop))
		pthread_cond_wait(&t->wake, &t->lock);
	atomic_fetch_sub(&t->asleep, 1);
	pthread_mutex_unlock(&t->lock);
}

static void *
help(void *arg)
{
	struct nn_team *t = arg;
	uint32_t round = 0;

	while (!atomic_load(&t->stop)) {
		wait_after(t, round);
		round = round_now(t);
		take_parts(t, round);
	}
	return NULL;
}

static void
wake_all(struct nn_team *t)
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
	t = calloc(1, sizeof *t + (threads - 1) * sizeof t->helper[0]);
	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	while (t->helpers < threads - 1) {
		if (pthread_create(&t->helper[t->helpers], NULL, help, t)) {
			nn_team_close(t);
			return NULL;
		}
		t->helpers++;
	}
	return t;
}

int
nn_team_size(const struct nn_team *t)
{
	return 1 + t->helpers;
}

void
nn_team_do(struct nn_team *t, int n, void (*fn)(void *, int), void *arg)
{
	uint32_t round;

	if (n == 1 || t->helpers == 0) {
		for (int i = 0; i < n; i++)
			fn(arg, i);
		return;
	}
	round = round_now(t) + 1;
	t->fn = fn;
	t->arg = arg;
	atomic_store(&t->left, n);
	atomic_store(&t->ticket, (uint64_t)round << 32 | (uint64_t)n << 16);
	if (atomic_load(&t->asleep))
		wake_all(t);
	take_parts(t, round);
	for (int i = 0; atomic_load(&t->left); i++)
		if (i < SPIN)
			pause_a_bit();
		else
			sched_yield();	/* more threads than processors */
}

void
nn_team_close(struct nn_team *t)
{
	if (t == NULL)
		return;
	atomic_store(&t->stop, true);
	wake_all(t);
	for (int i = 0; i < t->helpers; i++)
		pthread_join(t->helper[i], NULL);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->wake);
	free(t);
}

struct nn_range
nn_range_of(size_t n, int i, int parts)
{
	return (struct nn_range){ n * i / parts, n * (i + 1) / parts };
}

int
nn_ranges_for(size_t n, size_t each)
{
	size_t parts = n * each / 8192;

	if (parts > 16)
		parts = 16;
	if (parts > n)
		parts = n;
	return parts < 1 ? 1 : (int)parts;
}
