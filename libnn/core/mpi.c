/* mpi.c - data-parallel training by MPI; without it, one process */
#ifdef NN_MPI
#include <mpi.h>
#include <stdbool.h>
#endif

#include "distributed.h"

#ifdef NN_MPI
static int size = 1, rank;
static bool initialized;

void
nn_mpi_init(void)
{
	int level;

	/* Only this thread calls MPI, and an error of MPI ends the program. */
	MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	initialized = true;
}

void
nn_mpi_finalize(void)
{
	if (initialized)
		MPI_Finalize();
	initialized = false;
}

int
nn_mpi_size(void)
{
	return size;
}

int
nn_mpi_rank(void)
{
	return rank;
}

/* Reduce and broadcast: unlike MPI_Allreduce, it is certain to give the same
 * bits everywhere. In chunks, as MPI counts in int. */
static void
reduce_array(void *x, size_t n, MPI_Datatype type, size_t element)
{
	enum { CHUNK = 1 << 24 };

	for (size_t i = 0; size > 1 && i < n; i += CHUNK) {
		int len = n - i < CHUNK ? n - i : CHUNK;
		char *p = (char *)x + i * element;

		MPI_Reduce(rank ? p : MPI_IN_PLACE, p, len, type, MPI_SUM, 0,
		    MPI_COMM_WORLD);
		MPI_Bcast(p, len, type, 0, MPI_COMM_WORLD);
	}
}

void
nn_mpi_allreduce(nn_real *x, size_t n)
{
	reduce_array(x, n, sizeof *x == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE,
	    sizeof *x);
}

void
nn_mpi_allreduce_double(double *x, size_t n)
{
	reduce_array(x, n, MPI_DOUBLE, sizeof *x);
}

#else
void
nn_mpi_init(void)
{
}

void
nn_mpi_finalize(void)
{
}

int
nn_mpi_size(void)
{
	return 1;
}

int
nn_mpi_rank(void)
{
	return 0;
}

void
nn_mpi_allreduce(nn_real *x, size_t n)
{
	(void)x;
	(void)n;
}

void
nn_mpi_allreduce_double(double *x, size_t n)
{
	(void)x;
	(void)n;
}
#endif
