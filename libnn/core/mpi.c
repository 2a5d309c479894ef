/* mpi.c - processes that train one model together, by MPI or alone */
#ifdef NN_MPI
#include <mpi.h>
#include <stdbool.h>
#endif

#include "distributed.h"

#ifdef NN_MPI
static int count = 1, rank;
static bool joined;

void
nn_mpi_join(void)
{
	int level;

	/* Only this thread calls MPI. What fails there ends the program. */
	MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
	MPI_Comm_size(MPI_COMM_WORLD, &count);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	joined = true;
}

void
nn_mpi_leave(void)
{
	if (joined)
		MPI_Finalize();
	joined = false;
}

int
nn_mpi_count(void)
{
	return count;
}

int
nn_mpi_rank(void)
{
	return rank;
}

/* Pieces: MPI counts in int. A sum at the leader that is sent to all is the
 * same everywhere, which MPI_Allreduce need not be. */
static void
sum(void *x, size_t n, MPI_Datatype type, size_t each)
{
	enum { PIECE = 1 << 24 };

	for (size_t i = 0; count > 1 && i < n; i += PIECE) {
		int some = n - i < PIECE ? n - i : PIECE;
		char *p = (char *)x + i * each;

		MPI_Reduce(rank ? p : MPI_IN_PLACE, p, some, type, MPI_SUM, 0,
		    MPI_COMM_WORLD);
		MPI_Bcast(p, some, type, 0, MPI_COMM_WORLD);
	}
}

void
nn_mpi_sum(nn_real *x, size_t n)
{
	sum(x, n, sizeof *x == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE,
	    sizeof *x);
}

void
nn_mpi_sum_double(double *x, size_t n)
{
	sum(x, n, MPI_DOUBLE, sizeof *x);
}

#else
void
nn_mpi_join(void)
{
}

void
nn_mpi_leave(void)
{
}

int
nn_mpi_count(void)
{
	return 1;
}

int
nn_mpi_rank(void)
{
	return 0;
}

void
nn_mpi_sum(nn_real *x, size_t n)
{
	(void)x;
	(void)n;
}

void
nn_mpi_sum_double(double *x, size_t n)
{
	(void)x;
	(void)n;
}
#endif
