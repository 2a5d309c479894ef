/*
 * torch_export.c - the weights in an archive of torch.export (.pt2)
 *
 * NAME/data/weights/MODEL_weights_config.json says for each name which member
 * of that folder has its bytes, and dtype, sizes, strides and offset. In the
 * same way NAME/data/constants has constants and buffers that are not
 * persistent, which are no part of the state_dict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_cursor.h"
#include "torch_zip.h"

static const char weights[] = "data/weights/", constants[] =
    "data/constants/", suffix[] = "_config.json";

enum { LARGEST = 64 << 20, ENTRY = 1 << 20 };	/* bytes: an index, a member */

struct export {
	struct ckpt_file *f;
	struct torch_zip *z;
	const char	*folder;	/* weights or constants */
	const char	*prefix;	/* of the names */
};

/* Where the name of a folder is in a path, after a slash or at its start. */
static const char *
find_folder(const char *path, const char *folder)
{
	const char *p = strstr(path, folder);

	return p && (p == path || p[-1] == '/') ? p : NULL;
}

static const struct ckpt_zip_entry *
find_index(const struct ckpt_zip *zip, const char *folder, size_t i)
{
	const struct ckpt_zip_entry *e;

	for (; (e = ckpt_zip_entry(zip, i)); i++) {
		size_t n = strlen(e->name);

		if (n > sizeof suffix && find_folder(e->name, folder) &&
		    strcmp(e->name + n - sizeof suffix + 1, suffix) == 0)
			break;
	}
	return e;
}

const struct ckpt_zip_entry *
ckpt_torch_find_export(const struct ckpt_zip *zip)
{
	return find_index(zip, weights, 0);
}

/* ---------------------------------------------------------------- entries */

/* The names of torch.dtype by ScalarType, as torch/_export/serde/schema.py. */
static const char *
find_dtype(json_int_t i)
{
	static const char *const dtype[] = {
		NULL, "uint8", "int8", "int16", "int32", "int64", "float16",
		"float32", "float64", "complex32", "complex64", "complex128",
		"bool", "bfloat16", [28] = "uint16", "float8_e4m3fn",
		"float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
		"float8_e8m0fnu", "uint32", "uint64"
	};

	return i > 0 && i < (json_int_t)(sizeof dtype / sizeof *dtype) ?
	    dtype[i] : NULL;
}

static struct ckpt_pickle_node *
make_text(struct export *x, enum ckpt_pickle_type type, const char *text)
{
	return ckpt_pickle_new_text(&x->z->torch.pickle, type, text,
	    strlen(text));
}

static struct ckpt_pickle_node *
make_int(struct export *x, const json_t *number)
{
	const json_t *i = json_object_get(number, "as_int");

	return json_is_integer(i) ? ckpt_pickle_new_int(&x->z->torch.pickle,
	    PK_INT, json_integer_value(i)) : NULL;
}

/* A tuple of numbers, or NULL if one is not known. */
static struct ckpt_pickle_node *
make_tuple(struct export *x, const json_t *numbers)
{
	struct ckpt_pickle *p = &x->z->torch.pickle;
	struct ckpt_pickle_node *tuple = json_is_array(numbers) ?
	    ckpt_pickle_new_node(p, PK_TUPLE) : NULL;

	for (size_t i = 0; tuple && i < json_array_size(numbers); i++) {
		struct ckpt_pickle_node *n =
		    make_int(x, json_array_get(numbers, i));

		if (n == NULL || ckpt_pickle_append(p, tuple, &n, 1) < 0)
			return NULL;
	}
	return tuple;
}

/* The persistent id of the storage that the member of this name is. */
static struct ckpt_pickle_node *
make_storage(struct export *x, const char *name)
{
	struct ckpt_pickle_node *class =
	    make_text(x, PK_GLOBAL, "torch.UntypedStorage");
	const struct ckpt_zip_entry *e;
	char path[CKPT_NAME + 64];

	snprintf(path, sizeof path, "%s%s", x->folder, name);
	e = ckpt_torch_zip_find(x->z, path);
	return ckpt_torch_new_storage(&x->z->torch.pickle, class, path,
	    e ? (int64_t)e->size : 0);
}

/* The call that would rebuild the tensor from a pickle. */
static struct ckpt_pickle_node *
make_call(struct export *x, const json_t *entry)
{
	struct ckpt_pickle *p = &x->z->torch.pickle;
	const json_t *meta = json_object_get(entry, "tensor_meta");
	const char *path = json_string_value(json_object_get(entry,
	    "path_name")), *dtype = find_dtype(json_integer_value(
	    json_object_get(meta, "dtype")));
	struct ckpt_pickle_node *a[7], *args, *callee;
	char text[40];

	snprintf(text, sizeof text, "torch.%s", dtype ? dtype : "?");
	a[0] = path ? make_storage(x, path) : NULL;
	a[1] = make_int(x, json_object_get(meta, "storage_offset"));
	a[2] = make_tuple(x, json_object_get(meta, "sizes"));
	a[3] = make_tuple(x, json_object_get(meta, "strides"));
	a[4] = a[5] = ckpt_pickle_new_node(p, PK_NONE);
	a[6] = make_text(x, PK_GLOBAL, text);
	for (int i = 0; i < 7; i++)
		if (a[i] == NULL)
			return NULL;
	args = ckpt_pickle_new_tuple(p, a, 7);
	callee = make_text(x, PK_GLOBAL, "torch._utils._rebuild_tensor_v3");
	return args && callee ? ckpt_pickle_new_call(p, callee, args) : NULL;
}

/* Add a tensor of an index to a dictionary. */
static int
add_entry(struct export *x, const char *name, const json_t *entry,
    struct ckpt_pickle_node *dict)
{
	struct ckpt_pickle *p = &x->z->torch.pickle;
	struct ckpt_pickle_node *item[2];
	char text[2 * CKPT_NAME];

	snprintf(text, sizeof text, "%s%s", x->prefix, name);
	item[0] = make_text(x, PK_TEXT, text);
	item[1] = json_is_true(json_object_get(entry, "use_pickle")) ? NULL :
	    make_call(x, entry);
	/* a pickle, or of a shape that is not fixed */
	if (item[1] == NULL && ckpt_why(x->f->rd) == CKPT_FINE)
		return ckpt_leave_out(x->f, name, "not plain bytes");
	return item[0] && item[1] ? ckpt_pickle_append(p, dict, item, 2) : -1;
}

/* The tensors of an index: "config" and its members, or those of another. */
static int
read_members(struct export *x, struct json_cursor *w, bool config,
    struct ckpt_pickle_node *dict)
{
	char mark = '{';
	json_t *name, *value;
	int r;

	while ((r = ckpt_json_next_member(w, &mark, &name)) == 1) {
		const char *text = json_string_value(name);

		if (!config && strcmp(text, "config") == 0) {
			r = read_members(x, w, true, dict);
		} else {
			value = ckpt_json_read_value(w, ENTRY);
			r = value == NULL ? -1 : config ?
			    add_entry(x, text, value, dict) : 0;
			json_decref(value);
		}
		json_decref(name);
		if (r < 0)
			break;
	}
	return r;
}

static int
read_index(struct export *x, const struct ckpt_zip_entry *e,
    struct ckpt_pickle_node *dict)
{
	struct ckpt_rd *rd = x->f->rd;
	struct ckpt_buffer b = { 0 };
	struct ckpt_input *in;
	struct json_cursor w = { .rd = rd };
	int r = -1;

	if (e->size > LARGEST)
		return ckpt_fail(rd, CKPT_LIMIT, "%.200s: more than %d bytes",
		    e->name, LARGEST);
	in = ckpt_torch_zip_open(x->f, x->z, e);
	if (in && ckpt_gather(rd, in, &b, e->size, e->name) == 0) {
		w.text = (char *)b.p;
		w.n = b.n;
		r = read_members(x, &w, false, dict);
	}
	free(b.p);
	return r < 0 ? -1 : 0;
}

/* Read all indexes in a folder. Names of one of several models begin with its
 * name. */
static int
read_folder(struct export *x, struct ckpt_pickle_node *dict)
{
	const struct ckpt_zip *zip = x->z->zip;
	const struct ckpt_zip_entry *all = ckpt_zip_entry(zip, 0), *e, *next;
	int r = 0;

	e = find_index(zip, x->folder, 0);
	next = e ? find_index(zip, x->folder, (size_t)(e - all) + 1) : NULL;
	for (bool several = next != NULL; e && r == 0; e = next) {
		const char *base = strrchr(e->name, '/') + 1;
		char *prefix = NULL;

		next = find_index(zip, x->folder, (size_t)(e - all) + 1);
		if (several && asprintf(&prefix, "%.*s.", (int)strcspn(base,
		    "_"), base) < 0)
			return ckpt_fail_memory(x->f->rd);
		x->prefix = prefix ? prefix : "";
		r = read_index(x, e, dict);
		free(prefix);
	}
	return r;
}

int
ckpt_torch_read_export(struct ckpt_file *f, struct torch_zip *z)
{
	struct torch_reader *t = &z->torch;
	const struct ckpt_zip_entry *e = ckpt_torch_find_export(z->zip);
	struct export x = { f, z, weights, "" };
	struct ckpt_pickle_node *dict;

	t->pickle.rd = f->rd;
	t->pickle.what = e->name;
	z->top = strndup(e->name, find_folder(e->name, weights) - e->name);
	dict = z->top ? ckpt_pickle_new_node(&t->pickle, PK_DICT) : NULL;
	if (dict == NULL)
		return ckpt_fail_memory(f->rd);
	if (ckpt_torch_read_byteorder(f, z) < 0 || read_folder(&x, dict) < 0)
		return -1;
	x.folder = constants;
	if (ckpt_wants_all(f->rd)) {
		if (read_folder(&x, dict) < 0)
			return -1;
	} else if (find_index(z->zip, constants, 0) && ckpt_meta(f,
	    "torch.left_out", "constants") < 0) {
		return -1;
	}
	return ckpt_torch_read_state_dict(f, t, dict) < 0 ||
	    ckpt_torch_find_storages(f, z) < 0 ? -1 : 0;
}
