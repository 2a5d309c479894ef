/*
 * hdf5_walk.c - walk the datasets of an HDF5 file that are tensors
 *
 * Hard links may form cycles, so each object is visited once, by its address.
 * Soft links are skipped.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural_order.h"
#include "hdf5_walk.h"

enum { OBJECTS = 1 << 20, DEPTH = 64 };

/* A visited object, and the name of its tensor, or NULL. */
struct seen { haddr_t address; char *name; };

static int
compare_address(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void *
check_memory(const struct hdf5_walk *w, void *p)
{
	if (p == NULL)
		ckpt_hdf5_fail(w, CKPT_LIMIT, "HDF5: memory limit exceeded");
	return p;
}

/* Find the record of an object; *first: it is new. */
static struct seen *
find_object(struct hdf5_walk *w, haddr_t address, bool *first)
{
	struct seen *s = check_memory(w, calloc(1, sizeof *s)), **found;

	if (++w->work > OBJECTS)
		ckpt_hdf5_fail(w, CKPT_LIMIT, "HDF5: more than %d objects",
		    OBJECTS);
	s->address = address;
	found = check_memory(w, tsearch(s, &w->seen, compare_address));
	*first = *found == s;
	if (!*first)
		free(s);
	return *found;
}

/* The name of a path: "conv1.kernel:0" for "/conv1/kernel:0". */
static char *
make_name(const struct hdf5_walk *w, const char *path)
{
	char *name = check_memory(w, strdup(path + (*path == '/')));

	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	return name;
}

static void
add_path(struct hdf5_walk *w, const char *path)
{
	if (ckpt_grow(&w->path, w->n, &w->room, sizeof *w->path) < 0)
		check_memory(w, NULL);
	w->path[w->n++] = check_memory(w, strdup(path));
}

/* Send a dataset as a tensor, if it has a shape. */
static void
send_dataset(struct hdf5_walk *w, hid_t set, const char *path, size_t prefix,
    struct seen *s)
{
	struct hdf5_item item = { .what = HDF5_TENSOR };
	hid_t how = H5Dget_create_plist(set), type = H5Dget_type(set);
	hsize_t dim[H5S_MAX_RANK];
	struct hdf5_type as = ckpt_hdf5_map_type(set, type);
	hid_t space = H5Dget_space(set);
	char dtype[65], why[32];

	strcpy(dtype, as.name);
	item.type = as.type;
	if (how >= 0 && ckpt_hdf5_find_obstacle(how, why)) {
		item.type = CKPT_OTHER;
		snprintf(dtype, sizeof dtype, "%s/%s", as.type == CKPT_OTHER ?
		    as.name : ckpt_type_name(as.type), why);
	}
	if (space >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL &&
	    (item.rank = H5Sget_simple_extent_dims(space, dim, NULL)) >= 0) {
		item.size = H5Tget_size(type);
		for (int i = 0; i < item.rank; i++)
			if (__builtin_mul_overflow(item.size,
			    item.dim[i] = dim[i], &item.size))
				item.size = 0;
		s->name = make_name(w, path + prefix);
		ckpt_hdf5_send(w, item, s->name, dtype);
		add_path(w, path);
	}
	if (as.memory >= 0)
		H5Tclose(as.memory);
	H5Tclose(type);
	if (space >= 0)
		H5Sclose(space);
	if (how >= 0)
		H5Pclose(how);
}

static void walk_group(struct hdf5_walk *, hid_t, const char *path,
    size_t prefix, int depth);

/* The type of an object and its address in the file. */
static herr_t
get_info(hid_t object, H5O_type_t *type, haddr_t *address)
{
#if H5_VERSION_GE(1, 12, 0)
	H5O_info2_t info;

	if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0)
		return -1;
	*type = info.type;
	return H5VLnative_token_to_addr(object, info.token, address);
#else
	H5O_info_t info;

	if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0)
		return -1;
	*type = info.type;
	*address = info.addr;
	return 0;
#endif
}

/* Visit an object. */
static void
visit_object(struct hdf5_walk *w, hid_t object, const char *path,
    size_t prefix, int depth)
{
	struct hdf5_item tie = { .what = HDF5_TIE };
	H5O_type_t type;
	haddr_t address;
	struct seen *s;
	char *alias;
	bool first;

	if (object < 0 || get_info(object, &type, &address) < 0)
		ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: damaged", path);
	s = find_object(w, address, &first);
	if (first)
		ckpt_hdf5_report_arrays(w, object, path);
	if (first && type == H5O_TYPE_GROUP)
		walk_group(w, object, path, prefix, depth + 1);
	else if (first && type == H5O_TYPE_DATASET)
		send_dataset(w, object, path, prefix, s);
	else if (s->name) {
		alias = make_name(w, path + prefix);
		if (strcmp(alias, s->name) != 0)
			ckpt_hdf5_send(w, tie, alias, s->name);
		free(alias);
	}
}

/* Visit what a name in a group, or a path below it, stands for. A soft link is
 * a further name; what other links lead to is elsewhere. */
static void
visit_member(struct hdf5_walk *w, hid_t in, const char *path, const char *name,
    size_t prefix, int depth)
{
	struct hdf5_item elsewhere = { .what = HDF5_LEFT_OUT };
	H5L_info_t link;
	hid_t object;
	char *full;

	if (H5Lget_info(in, name, &link, H5P_DEFAULT) < 0 ||
	    link.type == H5L_TYPE_SOFT)
		return;
	if (asprintf(&full, "%s/%s", path, name) < 0)
		check_memory(w, NULL);
	if (strlen(full) > HDF5_TEXT - 256)
		ckpt_hdf5_fail(w, CKPT_LIMIT, "%.100s...: HDF5: a path of %zu "
		    "bytes", full, strlen(full));
	if (link.type == H5L_TYPE_HARD) {
		object = H5Oopen(in, name, H5P_DEFAULT);
		visit_object(w, object, full, prefix, depth);
		H5Oclose(object);
	} else {
		ckpt_hdf5_send(w, elsewhere, full + 1,
		    "link to another file");
	}
	free(full);
}

/* ---------------------------------------------------------------- groups */

/* The names in a group. */
struct name_list { struct hdf5_walk *w; char **item; size_t n, room; };

static herr_t
add_name(hid_t group, const char *name, const H5L_info_t *info, void *arg)
{
	struct name_list *l = arg;

	(void)group;
	(void)info;
	if (l->n == OBJECTS)
		ckpt_hdf5_fail(l->w, CKPT_LIMIT, "HDF5: more than %d objects",
		    OBJECTS);
	if (ckpt_grow(&l->item, l->n, &l->room, sizeof *l->item) < 0)
		check_memory(l->w, NULL);
	l->item[l->n++] = check_memory(l->w, strdup(name));
	return 0;
}

/* Whether Keras stores the state of an optimizer under this name. */
static bool
is_optimizer(const char *path, const char *name)
{
	return *path == 0 && (strcmp(name, "optimizer_weights") == 0 ||
	    strcmp(name, "optimizer") == 0);
}

/* Visit the members of a group: first those that Keras lists, then the others
 * in the order of creation, or by name. */
static void
walk_group(struct hdf5_walk *w, hid_t g, const char *path, size_t prefix,
    int depth)
{
	static const char *const lists[] = { "layer_names", "weight_names" };
	struct name_list names = { .w = w };
	unsigned order = 0;
	hid_t how = H5Gget_create_plist(g);

	if (depth > DEPTH)
		ckpt_hdf5_fail(w, CKPT_LIMIT, "%.100s...: HDF5: groups more "
		    "than %d deep", path, DEPTH);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		char **list = ckpt_hdf5_read_strings(g, lists[i]);

		for (char **p = list; p && *p; p++)
			if (**p && **p != '/' && H5Lexists(g, *p,
			    H5P_DEFAULT) > 0)
				visit_member(w, g, path, *p, prefix, depth);
		free(list);
	}
	if (how >= 0)
		H5Pget_link_creation_order(how, &order);
	if (H5Literate(g, order & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER :
	    H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &names) < 0)
		ckpt_hdf5_fail(w, CKPT_BAD, "%.200s: HDF5: a damaged group",
		    *path ? path : "/");
	if (!(order & H5P_CRT_ORDER_TRACKED) && names.n > 0)
		qsort(names.item, names.n, sizeof *names.item,
		    ckpt_natural_order);
	for (size_t i = 0; i < names.n; i++) {
		if (w->all || !is_optimizer(path, names.item[i]))
			visit_member(w, g, path, names.item[i], prefix, depth);
		free(names.item[i]);
	}
	free(names.item);
	if (how >= 0)
		H5Pclose(how);
}

void
ckpt_hdf5_send_datasets(struct hdf5_walk *w)
{
	static const char model[] = "model_weights";
	struct hdf5_item end = { .what = HDF5_END };
	hid_t root = H5Gopen2(w->file, "/", H5P_DEFAULT), inner = -1;
	H5O_type_t type;
	haddr_t address;
	bool first;

	if (root < 0 || get_info(root, &type, &address) < 0)
		ckpt_hdf5_fail(w, CKPT_BAD, "HDF5: no root group");
	find_object(w, address, &first);
	ckpt_hdf5_send_attributes(w, root);
	ckpt_hdf5_report_arrays(w, root, "");
	/* of a whole model of Keras only the weights, without the prefix */
	if (!w->all && H5Lexists(root, model, H5P_DEFAULT) > 0)
		inner = H5Gopen2(root, model, H5P_DEFAULT);
	if (inner >= 0)
		walk_group(w, inner, "/model_weights", sizeof model, 1);
	else
		walk_group(w, root, "", 0, 0);
	ckpt_hdf5_send(w, end, "", "");
}
