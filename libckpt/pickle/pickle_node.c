/* pickle_node.c - the nodes of a pickle, and its memo */
#include <stdlib.h>
#include <string.h>

#include "pickle.h"

/* ---------------------------------------------------------------- arena */

#ifdef CKPT_NO_HASH		/* a fuzzer sees overruns of single nodes */
enum { BLOCK = 1, ALIGN = 8 };
#else
enum { BLOCK = 1 << 16, ALIGN = 8 };
#endif

struct pickle_block {
	struct pickle_block *next;
	size_t		 n, room;
	unsigned char	 p[];
};

static void *
alloc_bytes(struct ckpt_pickle *p, size_t n)
{
	struct pickle_block *b = p->arena;
	size_t room = n > BLOCK ? n : BLOCK;
	void *at;

	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->room - b->n < n) {
		if (n > room)
			room = n;
		b = malloc(sizeof *b + room);
		if (b == NULL) {
			ckpt_fail_memory(p->rd);
			return NULL;
		}
		*b = (struct pickle_block){ .next = p->arena, .room = room };
		p->arena = b;
	}
	at = b->p + b->n;
	b->n += n;
	return at;
}

void
ckpt_pickle_free(struct ckpt_pickle *p)
{
	struct pickle_block *b;

	while ((b = p->arena)) {
		p->arena = b->next;
		free(b);
	}
	free(p->persistent.p);
	free(p->stack.p);
	free(p->marks.p);
	free(p->text.p);
	free(p->memoized.p);
	free(p->memo.slot);
	*p = (struct ckpt_pickle){ 0 };
}

/* ---------------------------------------------------------------- nodes */

/* Copied references count as well: few bytes can make many of them. */
static int
count_nodes(struct ckpt_pickle *p, size_t n)
{
	p->nodes += n;
	return p->nodes <= PK_NODES ? 0 : ckpt_fail(p->rd, CKPT_LIMIT,
	    "%s: more than %d objects", p->what, PK_NODES);
}

struct ckpt_pickle_node *
ckpt_pickle_new_node(struct ckpt_pickle *p, enum ckpt_pickle_type type)
{
	struct ckpt_pickle_node *x = count_nodes(p, 1) < 0 ? NULL :
	    alloc_bytes(p, sizeof *x);

	if (x)
		*x = (struct ckpt_pickle_node){ .type = type };
	return x;
}

struct ckpt_pickle_node *
ckpt_pickle_new_text(struct ckpt_pickle *p, enum ckpt_pickle_type type,
    const void *text, size_t n)
{
	struct ckpt_pickle_node *x = ckpt_pickle_new_node(p, type);
	char *copy = x ? alloc_bytes(p, n + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, text, n);
	copy[n] = 0;
	x->text = copy;
	x->n = (uint32_t)n;
	return x;
}

int
ckpt_pickle_append(struct ckpt_pickle *p, struct ckpt_pickle_node *x,
    struct ckpt_pickle_node *const *item, size_t n)
{
	size_t want = x->n + n;

	if (want > 2 * (size_t)PK_NODES)
		return count_nodes(p, PK_NODES);
	if (want > x->room) {
		size_t room = want > 2 * (size_t)x->room ? want : 2 * x->room;
		struct ckpt_pickle_node **more =
		    alloc_bytes(p, room * sizeof *more);

		if (more == NULL)
			return -1;
		if (x->n > 0)
			memcpy(more, x->item, x->n * sizeof *more);
		x->item = more;
		x->room = (uint32_t)room;
	}
	if (n > 0)
		memcpy(x->item + x->n, item, n * sizeof *item);
	x->n = (uint32_t)want;
	return 0;
}

struct ckpt_pickle_node *
ckpt_pickle_new_tuple(struct ckpt_pickle *p,
    struct ckpt_pickle_node *const *item, size_t n)
{
	struct ckpt_pickle_node *x = ckpt_pickle_new_node(p, PK_TUPLE);

	return x && ckpt_pickle_append(p, x, item, n) == 0 ? x : NULL;
}

/* ---------------------------------------------------------------- calls */

/* Append the items of a set's argument, or of a dictionary's pairs. */
static int
fill_container(struct ckpt_pickle *p, struct ckpt_pickle_node *x,
    const struct ckpt_pickle_node *from)
{
	bool pairs = x->type == PK_DICT && from->type != PK_DICT;

	if (from->type < PK_TUPLE || from->type > PK_DICT)
		return 0;		/* the factory of a defaultdict */
	if (count_nodes(p, from->n) < 0)
		return -1;
	if (!pairs)
		return ckpt_pickle_append(p, x, from->item, from->n);
	for (size_t i = 0; i < from->n; i++) {
		const struct ckpt_pickle_node *pair = from->item[i];

		if ((pair->type != PK_TUPLE && pair->type != PK_LIST) ||
		    pair->n != 2)
			return ckpt_fail(p->rd, CKPT_BAD, "%s: a dictionary "
			    "made of what are not pairs", p->what);
		if (ckpt_pickle_append(p, x, pair->item, 2) < 0)
			return -1;
	}
	return 0;
}

/*
 * Nothing is ever called, so this is no protection. But a user who was given a
 * file that would run commands elsewhere should be warned.
 */
static int
check_global(struct ckpt_pickle *p, const char *global)
{
	static const char *const danger[] = {
		"os.", "posix.", "nt.", "subprocess.", "sys.", "runpy.",
		"pty.", "socket.", "shutil.", "builtins.eval", "builtins.exec",
		"builtins.compile", "builtins.open", "builtins.__import__"
	};

	for (size_t i = 0; i < sizeof danger / sizeof *danger; i++)
		if (strncmp(global, danger[i], strlen(danger[i])) == 0)
			return ckpt_fail(p->rd, CKPT_BAD, "%s: would run code "
			    "when unpickled: %.200s", p->what, global);
	return 0;
}

struct ckpt_pickle_node *
ckpt_pickle_new_call(struct ckpt_pickle *p, struct ckpt_pickle_node *callee,
    struct ckpt_pickle_node *args)
{
	static const struct {
		const char *name;
		enum ckpt_pickle_type type;
	} containers[] = {
		{ "collections.OrderedDict", PK_DICT },
		{ "collections.defaultdict", PK_DICT },
		{ "collections.Counter", PK_DICT },
		{ "builtins.dict", PK_DICT },
		{ "builtins.set", PK_SET },
		{ "builtins.frozenset", PK_SET },
	};
	struct ckpt_pickle_node *part[4] = { callee, args }, *x;

	if (callee->type == PK_GLOBAL && check_global(p, callee->text) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof containers / sizeof *containers &&
	    callee->type == PK_GLOBAL; i++) {
		if (strcmp(callee->text, containers[i].name) != 0)
			continue;
		x = ckpt_pickle_new_node(p, containers[i].type);
		return x && (args->n == 0 ||
		    fill_container(p, x, args->item[0]) == 0) ? x : NULL;
	}
	if (callee->type == PK_GLOBAL && args->n > 0 &&
	    strcmp(callee->text, "copyreg._reconstructor") == 0)
		part[PK_CALLEE] = args->item[0];
	x = ckpt_pickle_new_node(p, PK_OBJECT);
	return x && ckpt_pickle_append(p, x, part, 4) == 0 ? x : NULL;
}

/* -------------------------------------------------------------- queries */

bool
ckpt_pickle_is_text(const struct ckpt_pickle_node *x, const char *text)
{
	return x->type == PK_TEXT && x->n == strlen(text) &&
	    memcmp(x->text, text, x->n) == 0;
}

struct ckpt_pickle_node *
ckpt_pickle_get(const struct ckpt_pickle_node *dict, const char *key)
{
	for (size_t i = dict->n; i >= 2; i -= 2)
		if (ckpt_pickle_is_text(dict->item[i - 2], key))
			return dict->item[i - 1];
	return NULL;
}

bool
ckpt_pickle_is_global(const struct ckpt_pickle_node *x, const char *name)
{
	return x && x->type == PK_GLOBAL && strcmp(x->text, name) == 0;
}

/* ----------------------------------------------------------------- memo */

/* Memo indices come from the file and may be huge: keys of a hash table. */
static ptrdiff_t
find_memo(const struct ckpt_pickle *p, uint64_t index)
{
	return ckpt_hash_find(&p->memo, ckpt_hash_pair(index >> 32, index),
	    NULL, NULL);
}

int
ckpt_pickle_memo_put(struct ckpt_pickle *p, uint64_t index,
    struct ckpt_pickle_node *x)
{
	ptrdiff_t i = find_memo(p, index);

	if (i >= 0) {
		((struct ckpt_pickle_node **)p->memoized.p)[i] = x;
		return 0;
	}
	return ckpt_buffer_add(&p->memoized, &x, sizeof x) < 0 ||
	    ckpt_hash_add(&p->memo, ckpt_hash_pair(index >> 32, index),
	    p->memo.n) < 0 ? ckpt_fail_memory(p->rd) : 0;
}

struct ckpt_pickle_node *
ckpt_pickle_memo_get(const struct ckpt_pickle *p, uint64_t index)
{
	ptrdiff_t i = find_memo(p, index);

	return i < 0 ? NULL : ((struct ckpt_pickle_node **)p->memoized.p)[i];
}
