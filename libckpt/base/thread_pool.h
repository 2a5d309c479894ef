/*
 * thread_pool.h - a line of jobs, done by any thread, given back in order
 *
 * Inside the project. With one thread, jobs run when they are pulled.
 */
#ifndef CKPT_POOL_H
#define CKPT_POOL_H

#include <stddef.h>

struct pool;

/* threads in all, the caller included: it works while it waits. NULL when
 * memory or threads are gone. */
struct pool	*pool_open(int threads, void (*work)(void *job));

/* Add a job to the line. 0, or -1 when memory is gone. */
int	 pool_push(struct pool *, void *job);

/* The oldest job, done; NULL when the line is empty. */
void	*pool_pull(struct pool *);

size_t	 pool_waiting(const struct pool *);	/* pushed and not pulled */
int	 pool_size(const struct pool *);	/* threads */

/* Jobs that were not pulled are finished first, and are the caller's. */
void	 pool_close(struct pool *);

#endif
