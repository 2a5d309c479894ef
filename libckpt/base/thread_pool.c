/* thread_pool.c - a queue of jobs, run by several threads, returned in order */
#include <pthread.h>
#include <stdlib.h>

#include "thread_pool.h"

enum state { WAITING, RUNNING, DONE };

struct slot {
	void		*job;
	enum state	 state;
	struct slot	*next;
};

struct ckpt_pool {
	void		(*work)(void *);
	pthread_mutex_t	 lock;
	pthread_cond_t	 more;		/* a job was added, or stop */
	pthread_cond_t	 done;		/* a job was done */
	struct slot	*first, **last;	/* the queue, oldest first */
	struct slot	*next;		/* its first WAITING slot */
	size_t		 waiting;
	bool		 stop;
	int		 threads, helpers;
	pthread_t	 helper[];
};

/* With the lock held: run the next job that no thread has taken. */
static void
run_next_job(struct ckpt_pool *p)
{
	struct slot *s = p->next;

	s->state = RUNNING;
	p->next = s->next;
	pthread_mutex_unlock(&p->lock);
	p->work(s->job);
	pthread_mutex_lock(&p->lock);
	s->state = DONE;
	pthread_cond_broadcast(&p->done);
}

static void *
run_worker(void *arg)
{
	struct ckpt_pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		if (p->next)
			run_next_job(p);
		else if (p->stop)
			break;
		else
			pthread_cond_wait(&p->more, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct ckpt_pool *
ckpt_pool_open(int threads, void (*work)(void *job))
{
	struct ckpt_pool *p;

	if (threads < 1)
		threads = 1;
	p = calloc(1, sizeof *p + (threads - 1) * sizeof p->helper[0]);
	if (p == NULL)
		return NULL;
	p->work = work;
	p->threads = threads;
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	pthread_cond_init(&p->done, NULL);
	while (p->helpers < threads - 1) {
		if (pthread_create(&p->helper[p->helpers], NULL, run_worker,
		    p)) {
			ckpt_pool_close(p);
			return NULL;
		}
		p->helpers++;
	}
	return p;
}

int
ckpt_pool_push(struct ckpt_pool *p, void *job)
{
	struct slot *s = malloc(sizeof *s);

	if (s == NULL)
		return -1;
	s->job = job;
	s->state = WAITING;
	s->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->last = s;
	p->last = &s->next;
	if (p->next == NULL)
		p->next = s;
	p->waiting++;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

void *
ckpt_pool_pull(struct ckpt_pool *p)
{
	struct slot *s;
	void *job;

	pthread_mutex_lock(&p->lock);
	s = p->first;
	if (s == NULL) {
		pthread_mutex_unlock(&p->lock);
		return NULL;
	}
	while (s->state != DONE) {
		if (p->next)
			run_next_job(p);
		else
			pthread_cond_wait(&p->done, &p->lock);
	}
	p->first = s->next;
	if (p->first == NULL)
		p->last = &p->first;
	p->waiting--;
	pthread_mutex_unlock(&p->lock);
	job = s->job;
	free(s);
	return job;
}

bool
ckpt_pool_is_done(struct ckpt_pool *p)
{
	bool done;

	pthread_mutex_lock(&p->lock);
	done = p->first && p->first->state == DONE;
	pthread_mutex_unlock(&p->lock);
	return done;
}

size_t
ckpt_pool_waiting(const struct ckpt_pool *p)
{
	return p->waiting;
}

int
ckpt_pool_size(const struct ckpt_pool *p)
{
	return p->threads;
}

void
ckpt_pool_close(struct ckpt_pool *p)
{
	if (p == NULL)
		return;
	while (ckpt_pool_pull(p))
		;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->helpers; i++)
		pthread_join(p->helper[i], NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->more);
	pthread_cond_destroy(&p->done);
	free(p);
}
