/*
 * thread_pool.h - a line of jobs, done by any thread, given back in order
 *
 * Inside the project. With one thread, jobs run when they are pulled.
 */
#ifndef CKPT_THREAD_POOL_H
#define CKPT_THREAD_POOL_H

#include <stddef.h>

struct ckpt_pool;

/* threads in all, the caller included: it works while it waits. NULL when
 * memory or threads are gone. */
struct ckpt_pool	*ckpt_pool_open(int threads, void (*work)(void *job));

/* Add a job to the line. 0, or -1 when memory is gone. */
int	 ckpt_pool_push(struct ckpt_pool *, void *job);

/* The oldest job, done; NULL when the line is empty. */
void	*ckpt_pool_pull(struct ckpt_pool *);

size_t	 ckpt_pool_waiting(const struct ckpt_pool *);	/* pushed and not pulled */
int	 ckpt_pool_size(const struct ckpt_pool *);	/* threads */

/* Jobs that were not pulled are finished first, and are the caller's. */
void	 ckpt_pool_close(struct ckpt_pool *);

#endif
