/* hdf5_dataset.c - the values of an HDF5 dataset, a few rows at a time */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "hdf5_walk.h"

enum { PIECE = 4 << 20 };

bool
ckpt_hdf5_find_obstacle(hid_t how, char out[32])
{
	int layout = H5Pget_layout(how);

	if (layout == H5D_VIRTUAL || H5Pget_external_count(how) > 0) {
		strcpy(out, layout == H5D_VIRTUAL ? "virtual" : "external");
		return true;
	}
	for (int i = 0; i < H5Pget_nfilters(how); i++) {
		char name[32] = "";
		size_t n = 0;
		H5Z_filter_t f = H5Pget_filter2(how, i, NULL, &n, NULL,
		    sizeof name, name, NULL);

		if (H5Zfilter_avail(f) <= 0) {
			if (*name)
				snprintf(out, 32, "%.31s", name);
			else
				snprintf(out, 32, "filter-%d", (int)f);
			return true;
		}
	}
	return false;
}

/* How many rows of that size to read at once: whole chunks, so that each is
 * decompressed once. */
static hsize_t
choose_rows(hid_t how, int rank, uint64_t bytes)
{
	hsize_t chunk[H5S_MAX_RANK] = { 1 }, rows;

	if (H5Pget_layout(how) == H5D_CHUNKED)
		H5Pget_chunk(how, rank, chunk);
	rows = chunk[0] > 0 ? chunk[0] : 1;
	if (bytes > 0 && PIECE / bytes > rows)
		rows *= PIECE / bytes / rows;
	return rows;
}

static void
send_bytes(const struct hdf5_walk *w, const void *p, uint64_t n)
{
	struct hdf5_item item = { .what = HDF5_DATA, .n = n };

	ckpt_hdf5_send(w, item, "", "");
	if (ckpt_write_all(w->socket, p, n) < 0)
		_Exit(1);
}

/* Send a dataset of at least one dimension and one element. */
static void
send_rows(const struct hdf5_walk *w, const char *path, hid_t set, hid_t how,
    const struct hdf5_type *type, const hsize_t *dim, int rank)
{
	hsize_t start[H5S_MAX_RANK] = { 0 }, count[H5S_MAX_RANK];
	uint64_t bytes = H5Tget_size(type->memory);
	hid_t space = H5Dget_space(set);
	unsigned char *p = NULL;
	hsize_t rows;

	memcpy(count, dim, rank * sizeof *count);
	for (int i = 1; i < rank; i++)
		bytes *= dim[i];
	rows = choose_rows(how, rank, bytes);
	if (rows > dim[0])
		rows = dim[0];
	p = malloc(rows * bytes);
	for (; start[0] < dim[0]; start[0] += rows) {
		hid_t memory;
		herr_t r;

		count[0] = dim[0] - start[0] < rows ? dim[0] - start[0] : rows;
		memory = H5Screate_simple(rank, count, NULL);
		r = p == NULL ? -1 : H5Sselect_hyperslab(space, H5S_SELECT_SET,
		    start, NULL, count, NULL);
		if (r >= 0)
			r = H5Dread(set, type->memory, memory, space,
			    H5P_DEFAULT, p);
		H5Sclose(memory);
		if (r < 0)
			ckpt_hdf5_fail(w, p ? CKPT_BAD : CKPT_LIMIT, p ?
			    "%.200s: HDF5: damaged, or not supported" :
			    "%.200s: HDF5: memory limit exceeded", path);
		send_bytes(w, p, count[0] * bytes);
	}
	free(p);
	H5Sclose(space);
}

void
ckpt_hdf5_send_values(const struct hdf5_walk *w, const char *path)
{
	struct hdf5_item end = { .what = HDF5_END };
	hsize_t dim[H5S_MAX_RANK];
	hid_t set = H5Dopen2(w->file, path, H5P_DEFAULT), how, space, t;
	struct hdf5_type type;
	int rank;

	how = set < 0 ? -1 : H5Dget_create_plist(set);
	if (how < 0)
		ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: damaged", path);
	space = H5Dget_space(set);
	t = H5Dget_type(set);
	type = ckpt_hdf5_map_type(set, t);
	rank = H5Sget_simple_extent_dims(space, dim, NULL);
	if (rank == 0) {
		unsigned char scalar[16];

		if (H5Tget_size(type.memory) > sizeof scalar || H5Dread(set,
		    type.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, scalar) < 0)
			ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: damaged",
			    path);
		send_bytes(w, scalar, H5Tget_size(type.memory));
	} else if (rank > 0 && H5Sget_simple_extent_npoints(space) > 0) {
		send_rows(w, path, set, how, &type, dim, rank);
	}
	H5Tclose(type.memory);
	H5Tclose(t);
	H5Sclose(space);
	H5Pclose(how);
	H5Dclose(set);
	ckpt_hdf5_send(w, end, "", "");
}
