/*
 * thread_pool.h - a queue of jobs, run by several threads, returned in order
 *
 * Inside the project. With one thread, a job runs when it is pulled.
 */
#ifndef CKPT_THREAD_POOL_H
#define CKPT_THREAD_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct ckpt_pool;

/* The caller is one of the threads: it runs jobs while it waits. NULL when out
 * of memory, or when no threads can be started. */
struct ckpt_pool	*ckpt_pool_open(int threads, void (*work)(void *job));

/* Add a job. Returns 0, or -1 when out of memory. */
int	 ckpt_pool_push(struct ckpt_pool *, void *job);

/* The oldest job, when it is done; NULL when the queue is empty. */
void	*ckpt_pool_pull(struct ckpt_pool *);

/* Whether the oldest job is done, so that pulling it takes no time. */
bool	 ckpt_pool_is_done(struct ckpt_pool *);

/* Jobs in the queue: pushed and not pulled. */
size_t	 ckpt_pool_waiting(const struct ckpt_pool *);

int	 ckpt_pool_size(const struct ckpt_pool *);	/* threads */

/* Jobs that were not pulled are run first; the caller frees them. */
void	 ckpt_pool_close(struct ckpt_pool *);

#endif
