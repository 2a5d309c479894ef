/* pickle.c - the stack machine of pickle protocols 2 to 5, made harmless */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pickle.h"

/* ---------------------------------------------------------------- stack */

static size_t
height(const struct ckpt_pickle *p)
{
	return p->stack.n / sizeof(struct ckpt_pickle_node *);
}

static struct ckpt_pickle_node **
at(const struct ckpt_pickle *p, size_t i)
{
	return (struct ckpt_pickle_node **)p->stack.p + i;
}

static int
push(struct ckpt_pickle *p, struct ckpt_pickle_node *x)
{
	if (x == NULL)
		return -1;		/* told already */
	return ckpt_buffer_add(&p->stack, &x, sizeof x) == 0 ? 0 : ckpt_fail_memory(p->rd);
}

static struct ckpt_pickle_node *
top(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *x = height(p) > 0 ? *at(p, height(p) - 1) : NULL;

	if (x == NULL)
		ckpt_pickle_bad(p, "nothing on the stack");
	return x;
}

static struct ckpt_pickle_node *
pop(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *x = top(p);

	if (x)
		p->stack.n -= sizeof x;
	return x;
}

static int
mark(struct ckpt_pickle *p)
{
	size_t place = height(p);
	struct ckpt_pickle_node *none = NULL;

	return ckpt_buffer_add(&p->marks, &place, sizeof place) == 0 &&
	    ckpt_buffer_add(&p->stack, &none, sizeof none) == 0 ? 0 : ckpt_fail_memory(p->rd);
}

/* Take what stands above the last mark, and the mark, off the stack. The
 * items stay where they are until the next push. */
static int
above(struct ckpt_pickle *p, struct ckpt_pickle_node ***item, size_t *n)
{
	size_t place;

	if (p->marks.n == 0)
		return ckpt_pickle_bad(p, "no mark on the stack");
	p->marks.n -= sizeof place;
	memcpy(&place, p->marks.p + p->marks.n, sizeof place);
	*item = at(p, place + 1);
	*n = height(p) - place - 1;
	p->stack.n = place * sizeof(struct ckpt_pickle_node *);
	return 0;
}

/* --------------------------------------------------------- instructions */

static int
stack_global(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *name = pop(p), *module = name ? pop(p) : NULL;

	return module ? push(p, ckpt_pickle_pair(p, module, name)) : -1;
}

static int
tuple(struct ckpt_pickle *p, size_t n)
{
	struct ckpt_pickle_node *x = ckpt_pickle_node(p, PK_TUPLE), *item[3];

	if (x == NULL)
		return -1;
	for (size_t i = n; i-- > 0; )
		if ((item[i] = pop(p)) == NULL)
			return -1;
	return ckpt_pickle_add(p, x, item, n) < 0 ? -1 : push(p, x);
}

static int
marked(struct ckpt_pickle *p, enum ckpt_pickle_type type)
{
	struct ckpt_pickle_node *x = ckpt_pickle_node(p, type), **item = NULL;
	size_t n = 0;

	if (x == NULL || above(p, &item, &n) < 0 ||
	    ckpt_pickle_add(p, x, item, n) < 0)
		return -1;
	return push(p, x);
}

/* Put items into what is on top of the stack: a container of that type, or an
 * object that might be one. */
static int
put(struct ckpt_pickle *p, enum ckpt_pickle_type type, struct ckpt_pickle_node **item, size_t n)
{
	struct ckpt_pickle_node *x = top(p);

	if (x == NULL)
		return -1;
	if (type == PK_DICT && n % 2)
		return ckpt_pickle_bad(p, "SETITEMS of an odd number of objects");
	if (x->type == PK_OBJECT && type != PK_SET) {
		if (x->item[PK_CONTENT] == NULL &&
		    (x->item[PK_CONTENT] = ckpt_pickle_node(p, type)) == NULL)
			return -1;
		x = x->item[PK_CONTENT];
	}
	if (x->type != type)
		return ckpt_pickle_bad(p, "items set in what is no %s", type == PK_DICT ?
		    "dictionary" : type == PK_LIST ? "list" : "set");
	return ckpt_pickle_add(p, x, item, n);
}

static int
put_marked(struct ckpt_pickle *p, enum ckpt_pickle_type type)
{
	struct ckpt_pickle_node **item = NULL;
	size_t n = 0;

	return above(p, &item, &n) < 0 ? -1 : put(p, type, item, n);
}

static int
put_popped(struct ckpt_pickle *p, enum ckpt_pickle_type type, size_t n)
{
	struct ckpt_pickle_node *item[2];

	for (size_t i = n; i-- > 0; )
		if ((item[i] = pop(p)) == NULL)
			return -1;
	return put(p, type, item, n);
}

/* A call that is kept instead of made. NEWOBJ_EX has named arguments, too. */
static int
call(struct ckpt_pickle *p, bool named)
{
	struct ckpt_pickle_node *args, *callee;

	if (named && pop(p) == NULL)
		return -1;
	args = pop(p);
	callee = args ? pop(p) : NULL;
	if (callee == NULL)
		return -1;
	if (args->type != PK_TUPLE)
		return ckpt_pickle_bad(p, "arguments that are no tuple");
	if (callee->type < PK_GLOBAL)
		return ckpt_pickle_bad(p, "a call of what cannot be called");
	return push(p, ckpt_pickle_call(p, callee, args));
}

static int
build(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *state = pop(p), *x = state ? top(p) : NULL;

	if (x == NULL)
		return -1;
	if (x->type == PK_OBJECT)
		x->item[PK_STATE] = state;
	else if (x->type < PK_LIST || x->type > PK_DICT)
		return ckpt_pickle_bad(p, "BUILD of what has no state");
	return 0;
}

static int
persistent(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *id = pop(p);
	struct ckpt_pickle_node *x = id ? ckpt_pickle_node(p, PK_PERSISTENT) : NULL;

	if (x == NULL || ckpt_pickle_add(p, x, &id, 1) < 0)
		return -1;
	if (ckpt_buffer_add(&p->persistent, &x, sizeof x) < 0)
		return ckpt_fail_memory(p->rd);
	return push(p, x);
}

static int
memoize(struct ckpt_pickle *p, int width)
{
	struct ckpt_pickle_node *x = top(p);
	uint64_t index = p->memo.n;

	if (x == NULL || (width > 0 && ckpt_pickle_number(p, width, &index) < 0))
		return -1;
	return ckpt_pickle_memo_put(p, index, x);
}

static int
recall(struct ckpt_pickle *p, int width)
{
	struct ckpt_pickle_node *x;
	uint64_t index;

	if (ckpt_pickle_number(p, width, &index) < 0)
		return -1;
	x = ckpt_pickle_memo_get(p, index);
	return x ? push(p, x) : ckpt_pickle_bad(p, "memo has no %" PRIu64, index);
}

static int
small(struct ckpt_pickle *p, int width, bool sign)
{
	uint64_t x;

	if (ckpt_pickle_number(p, width, &x) < 0)
		return -1;
	return push(p, ckpt_pickle_int(p, PK_INT,
	    sign ? (int32_t)x : (int64_t)x));
}

/* Frames say how much can be read at once, which is nothing to us; but one
 * that reaches past the end is a lie. */
static int
frame(struct ckpt_pickle *p)
{
	uint64_t n;

	if (ckpt_input_tell(p->in) - 1 < p->frame)
		return ckpt_pickle_bad(p, "a frame inside a frame");
	if (ckpt_pickle_number(p, 8, &n) < 0)
		return -1;
	if (__builtin_add_overflow(ckpt_input_tell(p->in), n, &p->frame))
		p->frame = UINT64_MAX;
	return 0;
}

/* What is left out on purpose, for the message. */
static int
refuse(struct ckpt_pickle *p, unsigned char op)
{
	static const struct { unsigned char op; const char *name; } known[] = {
		{ 'i', "INST" }, { 'o', "OBJ" }, { 'P', "PERSID" },
		{ 0x82, "EXT1" }, { 0x83, "EXT2" }, { 0x84, "EXT4" },
		{ 'I', "INT" }, { 'L', "LONG" }, { 'F', "FLOAT" },
		{ 'S', "STRING" }, { 'V', "UNICODE" }, { 'g', "GET" },
		{ 'p', "PUT" }, { 'd', "DICT" }, { 'l', "LIST" },
		{ '0', "POP" }, { '1', "POP_MARK" }, { '2', "DUP" },
		{ 0x97, "NEXT_BUFFER" }, { 0x98, "READONLY_BUFFER" },
		{ 0x80, "PROTO" }
	};
	const char *name = "unknown";

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].op == op)
			name = known[i].name;
	return ckpt_pickle_bad(p, "opcode 0x%02x (%s) is not read", op, name);
}

static int
step(struct ckpt_pickle *p, unsigned char op)
{
	switch (op) {
	case '(':	return mark(p);
	case 'N':	return push(p, ckpt_pickle_node(p, PK_NONE));
	case 0x88:	return push(p, ckpt_pickle_int(p, PK_BOOL, 1));
	case 0x89:	return push(p, ckpt_pickle_int(p, PK_BOOL, 0));
	case 'J':	return small(p, 4, true);
	case 'K':	return small(p, 1, false);
	case 'M':	return small(p, 2, false);
	case 0x8a:	return push(p, ckpt_pickle_long(p, 1));
	case 0x8b:	return push(p, ckpt_pickle_long(p, 4));
	case 'G':	return push(p, ckpt_pickle_float(p));
	case 'X':	return push(p, ckpt_pickle_string(p, PK_TEXT, 4));
	case 0x8c:	return push(p, ckpt_pickle_string(p, PK_TEXT, 1));
	case 0x8d:	return push(p, ckpt_pickle_string(p, PK_TEXT, 8));
	case 'U':	return push(p, ckpt_pickle_string(p, PK_TEXT, 1));
	case 'T':	return push(p, ckpt_pickle_string(p, PK_TEXT, 4));
	case 'B':	return push(p, ckpt_pickle_string(p, PK_BYTES, 4));
	case 'C':	return push(p, ckpt_pickle_string(p, PK_BYTES, 1));
	case 0x8e:	return push(p, ckpt_pickle_string(p, PK_BYTES, 8));
	case 0x96:	return push(p, ckpt_pickle_string(p, PK_BYTES, 8));
	case '}':	return push(p, ckpt_pickle_node(p, PK_DICT));
	case ']':	return push(p, ckpt_pickle_node(p, PK_LIST));
	case ')':	return push(p, ckpt_pickle_node(p, PK_TUPLE));
	case 0x8f:	return push(p, ckpt_pickle_node(p, PK_SET));
	case 't':	return marked(p, PK_TUPLE);
	case 0x91:	return marked(p, PK_SET);
	case 0x85:	return tuple(p, 1);
	case 0x86:	return tuple(p, 2);
	case 0x87:	return tuple(p, 3);
	case 'a':	return put_popped(p, PK_LIST, 1);
	case 's':	return put_popped(p, PK_DICT, 2);
	case 'e':	return put_marked(p, PK_LIST);
	case 'u':	return put_marked(p, PK_DICT);
	case 0x90:	return put_marked(p, PK_SET);
	case 'c':	return push(p, ckpt_pickle_lines(p));
	case 0x93:	return stack_global(p);
	case 'R':	return call(p, false);
	case 0x81:	return call(p, false);
	case 0x92:	return call(p, true);
	case 'b':	return build(p);
	case 'Q':	return persistent(p);
	case 'q':	return memoize(p, 1);
	case 'r':	return memoize(p, 4);
	case 0x94:	return memoize(p, 0);
	case 'h':	return recall(p, 1);
	case 'j':	return recall(p, 4);
	case 0x95:	return frame(p);
	default:	return refuse(p, op);
	}
}

struct ckpt_pickle_node *
ckpt_pickle_read(struct ckpt_pickle *p)
{
	unsigned char op[2];
	struct ckpt_pickle_node *x;

	p->stack.n = p->marks.n = 0;
	p->frame = 0;
	free(p->memo.slot);
	p->memo = (struct ckpt_hash_table){ 0 };
	p->memoized.n = 0;
	if (ckpt_pickle_bytes(p, op, 2) < 0)
		return NULL;
	if (op[0] != 0x80 || op[1] < 2 || op[1] > 5) {
		ckpt_pickle_bad(p, "not a pickle of protocol 2 to 5");
		return NULL;
	}
	for (;;) {
		if (ckpt_pickle_bytes(p, op, 1) < 0)
			return NULL;
		if (op[0] == '.')
			break;
		if (step(p, op[0]) < 0)
			return NULL;
	}
	x = pop(p);
	if (x && ckpt_input_tell(p->in) < p->frame) {
		ckpt_pickle_bad(p, "STOP inside a frame");
		return NULL;
	}
	if (x && height(p) > 0) {
		ckpt_pickle_bad(p, "%zu objects left on the stack", height(p));
		return NULL;
	}
	return x;
}
