/* hdf5_attribute.c - attributes of HDF5 objects: strings and single numbers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_walk.h"

enum { COUNT = 1 << 20, LONGEST = 1 << 24 };

/* n strings, of size bytes each or by pointers, as one allocation. */
static char **
copy_strings(const char *data, size_t n, size_t size, bool variable)
{
	size_t total = (n + 1) * sizeof(char *);
	char **list, *to;

	for (size_t i = 0; i < n; i++) {
		const char *s = variable ? ((char **)data)[i] : data + i * size;

		total += (s ? strnlen(s, variable ? LONGEST : size) : 0) + 1;
	}
	list = malloc(total);
	if (list == NULL)
		return NULL;
	to = (char *)(list + n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *s = variable ? ((char **)data)[i] : data + i * size;
		size_t len = s ? strnlen(s, variable ? LONGEST : size) : 0;

		list[i] = to;
		memcpy(to, s ? s : "", len);
		to[len] = 0;
		to += len + 1;
	}
	list[n] = NULL;
	return list;
}

static char **
read_strings(hid_t attribute)
{
	hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
	bool variable = type >= 0 && H5Tis_variable_str(type) > 0;
	hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
	size_t size = type >= 0 ? H5Tget_size(type) : 0;
	char **list = NULL, *data = NULL;

	if (type >= 0 && H5Tget_class(type) == H5T_STRING && n >= 0 &&
	    n <= COUNT && size > 0 && size <= (size_t)(LONGEST / (n + 1)) &&
	    (data = calloc(n + 1, size)) &&
	    H5Aread(attribute, type, data) >= 0) {
		list = copy_strings(data, n, size, variable);
		if (variable)
			H5Dvlen_reclaim(type, space, H5P_DEFAULT, data);
	}
	free(data);
	if (type >= 0)
		H5Tclose(type);
	if (space >= 0)
		H5Sclose(space);
	return list;
}

char **
ckpt_hdf5_read_strings(hid_t object, const char *name)
{
	hid_t a = H5Aexists(object, name) > 0 ? H5Aopen(object, name,
	    H5P_DEFAULT) : -1;
	char **list = a >= 0 ? read_strings(a) : NULL;

	if (a >= 0)
		H5Aclose(a);
	return list;
}

/* A single number as text, or NULL. */
static char *
format_number(hid_t attribute)
{
	hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
	H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
	char *text = NULL;
	long long i;
	double x;

	if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1) {
		if (class == H5T_INTEGER &&
		    H5Aread(attribute, H5T_NATIVE_LLONG, &i) >= 0 &&
		    asprintf(&text, "%lld", i) < 0)
			text = NULL;
		if (class == H5T_FLOAT &&
		    H5Aread(attribute, H5T_NATIVE_DOUBLE, &x) >= 0 &&
		    asprintf(&text, "%.9g", x) < 0)
			text = NULL;
	}
	if (type >= 0)
		H5Tclose(type);
	if (space >= 0)
		H5Sclose(space);
	return text;
}

static herr_t
send_attribute(hid_t object, const char *name, const H5A_info_t *info,
    void *arg)
{
	struct hdf5_item item = { .what = HDF5_META };
	struct hdf5_item too_long = { .what = HDF5_LEFT_OUT };
	hid_t a = H5Aopen(object, name, H5P_DEFAULT);
	char **list, *single, key[256];

	(void)info;
	if (a < 0)
		return 0;
	list = read_strings(a);
	single = list ? NULL : format_number(a);
	snprintf(key, sizeof key, "hdf5.%s", name);
	if (list && list[0] && !list[1])
		ckpt_hdf5_send(arg, strlen(list[0]) < HDF5_VALUE ? item :
		    too_long, key, strlen(list[0]) < HDF5_VALUE ? list[0] :
		    "metadata, too many bytes");
	else if (single)
		ckpt_hdf5_send(arg, item, key, single);
	free(list);
	free(single);
	H5Aclose(a);
	return 0;
}

void
ckpt_hdf5_send_attributes(const struct hdf5_walk *w, hid_t object)
{
	H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, send_attribute,
	    (void *)w);
}

/* ------------------------------------------------- arrays in attributes */

struct owner { const struct hdf5_walk *w; const char *path; };

static herr_t
report_array(hid_t object, const char *name, const H5A_info_t *info, void *arg)
{
	const struct owner *o = arg;
	struct hdf5_item item = { .what = HDF5_LEFT_OUT };
	hid_t a = H5Aopen(object, name, H5P_DEFAULT);
	hid_t type = a >= 0 ? H5Aget_type(a) : -1;
	hid_t space = a >= 0 ? H5Aget_space(a) : -1;
	H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
	char text[HDF5_TEXT];

	(void)info;
	if ((class == H5T_FLOAT || class == H5T_INTEGER) && space >= 0 &&
	    H5Sget_simple_extent_npoints(space) > 1) {
		snprintf(text, sizeof text, "%s@%s", o->path +
		    (*o->path == '/'), name);
		ckpt_hdf5_send(o->w, item, text, "array in an attribute");
	}
	if (space >= 0)
		H5Sclose(space);
	if (type >= 0)
		H5Tclose(type);
	if (a >= 0)
		H5Aclose(a);
	return 0;
}

void
ckpt_hdf5_report_arrays(const struct hdf5_walk *w, hid_t object,
    const char *path)
{
	struct owner o = { w, path };

	H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, report_array,
	    &o);
}
