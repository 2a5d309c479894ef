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

/* Call these before all else here, and at the end. */
void	nn_mpi_init(void);
void	nn_mpi_finalize(void);

/* The number of processes; the rank of this one, from 0. */
int	nn_mpi_size(void);
int	nn_mpi_rank(void);

/* All-reduce: every process gets the sums over all, the same in each bit. */
void	nn_mpi_allreduce(nn_real *x, size_t n);
void	nn_mpi_allreduce_double(double *x, size_t n);

#endif
