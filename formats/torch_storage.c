/* torch_storage.c - the storages that a pickle names by persistent ids */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

/*
 * A persistent id is ('storage', class, key, device, elements). In the legacy
 * stream it has a sixth item, None or (key of the view, offset, elements): a
 * view of the storage with that key.
 */
enum { KIND, CLASS, KEY, DEVICE, LEN, VIEW };
enum { KEY_MAX = 32 };

/* Digits; in other folders of a zip, its reader makes a path. */
static bool
is_key(const struct ckpt_pickle_node *x)
{
	return x->type == PK_TEXT && x->n > 0 && strlen(x->text) == x->n &&
	    x->n <= TORCH_KEY && (strncmp(x->text, "data/", 5) == 0 ||
	    strncmp(x->text, "constants/", 10) == 0 || (x->n <= KEY_MAX &&
	    strspn(x->text, "0123456789") == x->n));
}

static bool
is_count(const struct ckpt_pickle_node *x)
{
	return x->type == PK_INT && x->i >= 0;
}

static int
add_storage(struct torch_reader *t, const struct ckpt_pickle_node *id)
{
	struct ckpt_rd *rd = t->pickle.rd;
	struct torch_storage *s, **old;
	uint64_t size;

	if (id->type == PK_TUPLE && id->n > 0 &&
	    ckpt_pickle_is_text(id->item[KIND], "module"))
		return 0;		/* the source code of a class */
	if (id->type != PK_TUPLE || id->n < VIEW ||
	    !ckpt_pickle_is_text(id->item[KIND], "storage"))
		return ckpt_fail(rd, CKPT_BAD,
		    "a persistent id that is not a storage");
	if (!is_key(id->item[KEY]) || !is_count(id->item[LEN]) ||
	    id->item[CLASS]->type != PK_GLOBAL)
		return ckpt_fail(rd, CKPT_BAD, "a storage without a class, a "
		    "key in digits and a count");
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return ckpt_fail_memory(t->pickle.rd);
	s->key = id->item[KEY]->text;
	s->class = id->item[CLASS]->text;
	s->type = ckpt_torch_storage_type(s->class, &s->each);
	if (__builtin_mul_overflow((uint64_t)id->item[LEN]->i, s->each,
	    &size) || size > 1ULL << 62) {
		ckpt_fail(rd, CKPT_BAD, "storage %s: %" PRId64 " elements are "
		    "too many", s->key, id->item[LEN]->i);
		goto fail;
	}
	s->size = size;
	old = (struct torch_storage **)ckpt_name_map_find(&t->storages, s->key);
	if (old && ((*old)->size != s->size || (*old)->type != s->type)) {
		ckpt_fail(rd, CKPT_BAD, "storage %s: %" PRIu64 " bytes, then "
		    "%" PRIu64 ", or two types", s->key, (*old)->size,
		    s->size);
		goto fail;
	}
	if (old) {
		free(s);
		return 0;
	}
	if (__builtin_add_overflow(t->bytes, s->size, &t->bytes))
		t->bytes = UINT64_MAX;
	if (ckpt_name_map_add(&t->storages, s->key, s) == 1)
		return 0;
	ckpt_fail_memory(t->pickle.rd);
fail:
	free(s);
	return -1;
}

int
ckpt_torch_add_storages(struct torch_reader *t)
{
	const struct ckpt_buffer *b = &t->pickle.persistent;
	struct ckpt_pickle_node **x = (struct ckpt_pickle_node **)b->p;

	for (; t->ids < b->n / sizeof *x; t->ids++)
		if (add_storage(t, x[t->ids]->item[0]) < 0)
			return -1;
	return 0;
}

struct torch_storage *
ckpt_torch_find_storage(struct torch_reader *t,
    const struct ckpt_pickle_node *x, uint64_t *offset, uint64_t *size)
{
	const struct ckpt_pickle_node *id = x->type == PK_PERSISTENT ?
	    x->item[0] : NULL, *view;
	struct torch_storage *s;
	uint64_t from, len;

	if (id == NULL || !ckpt_pickle_is_text(id->item[KIND], "storage"))
		return NULL;
	/* add_storage has checked the id */
	s = *ckpt_name_map_find(&t->storages, id->item[KEY]->text);
	*offset = 0;
	*size = s->size;
	view = id->n > VIEW ? id->item[VIEW] : NULL;
	if (view == NULL || view->type == PK_NONE || s->each == 0)
		return s;
	if (view->type != PK_TUPLE || view->n != 3 ||
	    !is_count(view->item[1]) || !is_count(view->item[2])) {
		ckpt_fail(t->pickle.rd, CKPT_BAD, "storage %s: a view of it "
		    "without offset and length", s->key);
		return NULL;
	}
	from = (uint64_t)view->item[1]->i;
	len = (uint64_t)view->item[2]->i;
	if (from > s->size / s->each || len > s->size / s->each - from) {
		ckpt_fail(t->pickle.rd, CKPT_BAD, "storage %s: a view of it "
		    "reaches outside", s->key);
		return NULL;
	}
	*offset = from * s->each;
	*size = len * s->each;
	return s;
}

struct ckpt_pickle_node *
ckpt_torch_new_storage(struct ckpt_pickle *p, struct ckpt_pickle_node *class,
    const char *key, int64_t n)
{
	struct ckpt_pickle_node *item[VIEW] = {
		[KIND] = ckpt_pickle_new_text(p, PK_TEXT, "storage", 7),
		[CLASS] = class,
		[KEY] = ckpt_pickle_new_text(p, PK_TEXT, key, strlen(key)),
		[DEVICE] = ckpt_pickle_new_node(p, PK_NONE),
		[LEN] = ckpt_pickle_new_int(p, PK_INT, n),
	}, *id = ckpt_pickle_new_node(p, PK_PERSISTENT), *tuple;

	for (int i = 0; i < VIEW; i++)
		if (item[i] == NULL)
			return NULL;
	tuple = ckpt_pickle_new_tuple(p, item, VIEW);
	if (id == NULL || tuple == NULL ||
	    ckpt_pickle_append(p, id, &tuple, 1) < 0)
		return NULL;
	if (ckpt_buffer_add(&p->persistent, &id, sizeof id) == 0)
		return id;
	ckpt_fail_memory(p->rd);
	return NULL;
}

void
ckpt_torch_free(struct torch_reader *t)
{
	for (size_t i = 0; i < t->tensors.n / sizeof(struct torch_tensor); i++)
		free(((struct torch_tensor *)t->tensors.p)[i].name);
	free(t->tensors.p);
	free(t->whole.p);
	ckpt_name_map_clear(&t->storages, free);
	ckpt_pickle_free(&t->pickle);
}
