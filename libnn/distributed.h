/*
 * distributed.h - data-parallel training: processes that train one model, each
 * on a shard of every batch
 *
 * With MPI (make MPI=1) they are the processes that mpirun started; without it
 * there is one, and every function here returns at once.
 */
#ifndef NN_DISTRIBUTED_H
#define NN_DISTRIBUTED_H

#include <stddef.h>

#include "nn.h"

/* Before anything else here; and at the end. */
void	nn_mpi_join(void);
void	nn_mpi_leave(void);

/* The number of processes; the rank of this one, 0 being the leader's. */
int	nn_mpi_count(void);
int	nn_mpi_rank(void);

/* All-reduce: every process gets the sums over all, the same in each bit. */
void	nn_mpi_sum(nn_real *x, size_t n);
void	nn_mpi_sum_double(double *x, size_t n);

#endif
