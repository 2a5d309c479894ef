/*
 * cifar_pickle.c - convert a batch of CIFAR-10's Python version to the binary
 * version
 *
 * The pickle is a dictionary: "data" is a NumPy array of n rows of 3072 bytes,
 * "labels" a list of n numbers. No function in it is called (pickle.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cifar_pickle.h"
#include "core/tape.h"
#include "pickle/pickle.h"

enum { PIXELS = 3 * 32 * 32, RECORD = 1 + PIXELS, FILE_BYTES = 1 << 30 };

struct entry { struct nn_dataset_file *file; size_t left; };

/* The arguments of __setstate__ of a NumPy array. */
enum { VERSION, SHAPE, DTYPE, FORTRAN, BYTES, STATE };

static ptrdiff_t
read_entry(void *arg, void *to, size_t n)
{
	struct entry *e = arg;
	la_ssize_t got = archive_read_data(e->file->archive, to, n);

	if (got >= 0 && (size_t)got <= e->left) {
		e->left -= got;
		return got;
	}
	errno = got < 0 ? EIO : EFBIG;
	return -1;
}

/* What is bytes in Python 3 is a string in Python 2. */
static bool
is_string(const struct ckpt_pickle_node *x)
{
	return x && (x->type == PK_TEXT || x->type == PK_BYTES);
}

static const struct ckpt_pickle_node *
find_value(const struct ckpt_pickle_node *dict, const char *key)
{
	for (size_t i = 0; i + 1 < dict->n; i += 2) {
		const struct ckpt_pickle_node *k = dict->item[i];

		if (is_string(k) && k->n == strlen(key) &&
		    memcmp(k->text, key, k->n) == 0)
			return dict->item[i + 1];
	}
	return NULL;
}

static bool
is_int(const struct ckpt_pickle_node *x, int64_t i)
{
	return x->type == PK_INT && x->i == i;
}

static bool
is_uint8(const struct ckpt_pickle_node *dtype)
{
	const struct ckpt_pickle_node *args;

	if (dtype->type != PK_OBJECT ||
	    !ckpt_pickle_is_global(dtype->item[PK_CALLEE], "numpy.dtype"))
		return false;
	args = dtype->item[PK_ARGS];
	return args->n > 0 && ckpt_pickle_is_text(args->item[0], "u1");
}

/* The bytes of an array of shape (n, PIXELS) in C order, or NULL. */
static const char *
get_pixels(const struct ckpt_pickle_node *x, size_t n)
{
	const struct ckpt_pickle_node *s, *shape;

	if (x == NULL || x->type != PK_OBJECT)
		return NULL;
	s = x->item[PK_STATE];
	if (s == NULL || s->type != PK_TUPLE || s->n != STATE)
		return NULL;
	shape = s->item[SHAPE];
	if (shape->type != PK_TUPLE || shape->n != 2 ||
	    !is_int(shape->item[0], n) || !is_int(shape->item[1], PIXELS))
		return NULL;
	if (!is_uint8(s->item[DTYPE]) || s->item[FORTRAN]->type != PK_BOOL ||
	    s->item[FORTRAN]->i || !is_string(s->item[BYTES]) ||
	    s->item[BYTES]->n != n * PIXELS)
		return NULL;
	return s->item[BYTES]->text;
}

/* Records of a label and its pixels. */
static unsigned char *
make_records(struct nn_dataset_file *f, const char *name,
    const struct ckpt_pickle_node *dict, size_t *size)
{
	const struct ckpt_pickle_node *labels = dict->type == PK_DICT ?
	    find_value(dict, "labels") : NULL;
	const char *pixels = labels && labels->type == PK_LIST ?
	    get_pixels(find_value(dict, "data"), labels->n) : NULL;
	unsigned char *p;

	if (pixels == NULL) {
		nn_fail(f->net, "%s: %s: wanted a list of labels and as many "
		    "rows of %d bytes", f->path, name, PIXELS);
		return NULL;
	}
	*size = (size_t)labels->n * RECORD;
	p = malloc(*size + 1);
	if (p == NULL) {
		nn_fail(f->net, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < labels->n; i++) {
		const struct ckpt_pickle_node *y = labels->item[i];

		/* 255 is an error when the records are read */
		p[i * RECORD] = y->type == PK_INT && y->i >= 0 && y->i < 255 ?
		    y->i : 255;
		memcpy(p + i * RECORD + 1, pixels + i * PIXELS, PIXELS);
	}
	return p;
}

unsigned char *
nn_cifar_unpickle(struct nn_dataset_file *f, const char *name, size_t *size)
{
	char *path[] = { (char *)f->path, NULL };
	struct entry entry = { f, FILE_BYTES };
	struct ckpt_pickle p = { .rd = ckpt_open(path, NULL), .what = name,
		.in = ckpt_input_from_callback(read_entry, &entry) };
	unsigned char *records = NULL;
	struct ckpt_pickle_node *dict;

	if (p.rd == NULL || p.in == NULL)
		nn_fail(f->net, "out of memory");
	else if ((dict = ckpt_pickle_read(&p)) == NULL)
		nn_fail(f->net, "%s", ckpt_error(p.rd));
	else
		records = make_records(f, name, dict, size);
	ckpt_input_close(p.in);
	ckpt_close(p.rd);
	ckpt_pickle_free(&p);
	return records;
}
