/* hdf5_dataset.c - the values of a data set of HDF5, some rows at a time */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "hdf5_walk.h"

enum { PIECE = 4 << 20 };

/* Why this one is not read. Nothing of it has been touched yet. */
static void
refuse(const struct hdf5_walk *w, const char *path, hid_t how)
{
	if (H5Pget_layout(how) == H5D_VIRTUAL)
		ckpt_hdf5_fail(w, CKPT_UNSUPPORTED, "%.200s: a virtual data set, "
		    "made of other files", path);
	if (H5Pget_external_count(how) > 0)
		ckpt_hdf5_fail(w, CKPT_UNSUPPORTED, "%.200s: its values are in "
		    "another file", path);
	for (int i = 0; i < H5Pget_nfilters(how); i++) {
		char name[64] = "";
		size_t n = 0;
		H5Z_filter_t f = H5Pget_filter2(how, i, NULL, &n, NULL,
		    sizeof name, name, NULL);

		if (H5Zfilter_avail(f) <= 0)
			ckpt_hdf5_fail(w, CKPT_UNSUPPORTED, "%.200s: filter %d "
			    "(%.60s) is not known", path, (int)f, name);
	}
}

/* How many rows of so many bytes to read at once: whole chunks, so that each
 * is unpacked once. */
static hsize_t
rows_at_once(hid_t how, int rank, uint64_t bytes)
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
send_part(const struct hdf5_walk *w, const void *p, uint64_t n)
{
	struct hdf5_item item = { .what = HDF5_PART, .n = n };

	ckpt_hdf5_send(w, item, "", "");
	if (ckpt_write_all(w->socket, p, n) < 0)
		_Exit(1);
}

/* A data set of at least one dimension and element. */
static void
read_rows(const struct hdf5_walk *w, const char *path, hid_t set, hid_t how,
    const struct hdf5_type *type, const hsize_t *dim, int rank)
{
	hsize_t from[H5S_MAX_RANK] = { 0 }, some[H5S_MAX_RANK];
	uint64_t bytes = H5Tget_size(type->memory);
	hid_t space = H5Dget_space(set);
	unsigned char *p = NULL;
	hsize_t rows;

	memcpy(some, dim, rank * sizeof *some);
	for (int i = 1; i < rank; i++)
		bytes *= dim[i];
	rows = rows_at_once(how, rank, bytes);
	if (rows > dim[0])
		rows = dim[0];
	p = malloc(rows * bytes);
	for (; from[0] < dim[0]; from[0] += rows) {
		hid_t memory;
		herr_t r;

		some[0] = dim[0] - from[0] < rows ? dim[0] - from[0] : rows;
		memory = H5Screate_simple(rank, some, NULL);
		r = p == NULL ? -1 : H5Sselect_hyperslab(space, H5S_SELECT_SET,
		    from, NULL, some, NULL);
		if (r >= 0)
			r = H5Dread(set, type->memory, memory, space,
			    H5P_DEFAULT, p);
		H5Sclose(memory);
		if (r < 0)
			ckpt_hdf5_fail(w, p ? CKPT_BAD : CKPT_LIMIT, p ?
			    "%.200s: HDF5: damaged, or in a way that is not "
			    "known" : "%.200s: HDF5: needs too much memory",
			    path);
		send_part(w, p, some[0] * bytes);
	}
	free(p);
	H5Sclose(space);
}

void
ckpt_hdf5_read_dataset(const struct hdf5_walk *w, const char *path)
{
	struct hdf5_item end = { .what = HDF5_END };
	hsize_t dim[H5S_MAX_RANK];
	hid_t set = H5Dopen2(w->file, path, H5P_DEFAULT), how, space, t;
	struct hdf5_type type;
	int rank;

	how = set < 0 ? -1 : H5Dget_create_plist(set);
	if (how < 0)
		ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: damaged", path);
	refuse(w, path, how);
	space = H5Dget_space(set);
	t = H5Dget_type(set);
	type = ckpt_hdf5_type(t);
	rank = H5Sget_simple_extent_dims(space, dim, NULL);
	if (rank == 0) {
		unsigned char one[16];

		if (H5Tget_size(type.memory) > sizeof one || H5Dread(set,
		    type.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, one) < 0)
			ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: damaged",
			    path);
		send_part(w, one, H5Tget_size(type.memory));
	} else if (rank > 0 && H5Sget_simple_extent_npoints(space) > 0) {
		read_rows(w, path, set, how, &type, dim, rank);
	}
	H5Tclose(type.memory);
	H5Tclose(t);
	H5Sclose(space);
	H5Pclose(how);
	H5Dclose(set);
	ckpt_hdf5_send(w, end, "", "");
}
