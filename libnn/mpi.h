/*
 * mpi.h - processes that train one model together, each on a part of a batch
 *
 * With MPI (make MPI=1) they are those that mpirun started; without it there is
 * one, and nothing costs anything.
 */
#ifndef NN_PEERS_H
#define NN_PEERS_H

#include <stddef.h>

#include "nn.h"

/* Join the others, before anything else here; leave them at the end. */
void	nn_mpi_join(void);
void	nn_mpi_leave(void);

/* How many there are; which of them this one is, from 0, the leader. */
int	nn_mpi_count(void);
int	nn_mpi_rank(void);

/* Every process gets the sums over all of them, bit by bit the same. */
void	nn_mpi_sum(nn_real *x, size_t n);
void	nn_mpi_sum_double(double *x, size_t n);

#endif
