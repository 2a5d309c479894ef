/* pickle.c - the stack machine of pickles, protocols 2 to 5, without calls */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pickle.h"

/* ---------------------------------------------------------------- stack */

static size_t
get_height(const struct ckpt_pickle *p)
{
	return p->stack.n / sizeof(struct ckpt_pickle_node *);
}

static struct ckpt_pickle_node **
get_slot(const struct ckpt_pickle *p, size_t i)
{
	return (struct ckpt_pickle_node **)p->stack.p + i;
}

static int
push_node(struct ckpt_pickle *p, struct ckpt_pickle_node *x)
{
	if (x == NULL)
		return -1;		/* already reported */
	return ckpt_buffer_add(&p->stack, &x, sizeof x) == 0 ? 0 :
	    ckpt_fail_memory(p->rd);
}

static struct ckpt_pickle_node *
peek_node(struct ckpt_pickle *p)
{
	size_t n = get_height(p);
	struct ckpt_pickle_node *x = n > 0 ? *get_slot(p, n - 1) : NULL;

	if (x == NULL)
		ckpt_pickle_fail(p, "the stack is empty");
	return x;
}

static struct ckpt_pickle_node *
pop_node(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *x = peek_node(p);

	if (x)
		p->stack.n -= sizeof x;
	return x;
}

static int
push_mark(struct ckpt_pickle *p)
{
	size_t offset = get_height(p);
	struct ckpt_pickle_node *none = NULL;

	return ckpt_buffer_add(&p->marks, &offset, sizeof offset) == 0 &&
	    ckpt_buffer_add(&p->stack, &none, sizeof none) == 0 ? 0 :
	    ckpt_fail_memory(p->rd);
}

/* Pop the items above the last mark, and the mark. *item is valid until the
 * next push. */
static int
pop_marked(struct ckpt_pickle *p, struct ckpt_pickle_node ***item, size_t *n)
{
	size_t offset;

	if (p->marks.n == 0)
		return ckpt_pickle_fail(p, "no mark on the stack");
	p->marks.n -= sizeof offset;
	memcpy(&offset, p->marks.p + p->marks.n, sizeof offset);
	*item = get_slot(p, offset + 1);
	*n = get_height(p) - offset - 1;
	p->stack.n = offset * sizeof(struct ckpt_pickle_node *);
	return 0;
}

/* -------------------------------------------------------------- opcodes */

static int
push_global(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *name = pop_node(p);
	struct ckpt_pickle_node *module = name ? pop_node(p) : NULL;

	return module ?
	    push_node(p, ckpt_pickle_join_global(p, module, name)) : -1;
}

static int
push_tuple(struct ckpt_pickle *p, size_t n)
{
	struct ckpt_pickle_node *item[3];

	for (size_t i = n; i-- > 0; )
		if ((item[i] = pop_node(p)) == NULL)
			return -1;
	return push_node(p, ckpt_pickle_new_tuple(p, item, n));
}

static int
push_marked(struct ckpt_pickle *p, enum ckpt_pickle_type type)
{
	struct ckpt_pickle_node *x = ckpt_pickle_new_node(p, type);
	struct ckpt_pickle_node **item = NULL;
	size_t n = 0;

	if (x == NULL || pop_marked(p, &item, &n) < 0 ||
	    ckpt_pickle_append(p, x, item, n) < 0)
		return -1;
	return push_node(p, x);
}

/* Append items to the top of the stack: a container of that type, or an object
 * that might be one. */
static int
append_items(struct ckpt_pickle *p, enum ckpt_pickle_type type,
    struct ckpt_pickle_node **item, size_t n)
{
	struct ckpt_pickle_node *x = peek_node(p);

	if (x == NULL)
		return -1;
	if (type == PK_DICT && n % 2)
		return ckpt_pickle_fail(p,
		    "SETITEMS of an odd number of objects");
	if (x->type == PK_OBJECT && type != PK_SET) {
		struct ckpt_pickle_node **content = &x->item[PK_CONTENT];

		if (*content == NULL)
			*content = ckpt_pickle_new_node(p, type);
		if (*content == NULL)
			return -1;
		x = *content;
	}
	if (x->type != type)
		return ckpt_pickle_fail(p, "items set in what is not a %s",
		    type == PK_DICT ? "dictionary" :
		    type == PK_LIST ? "list" : "set");
	return ckpt_pickle_append(p, x, item, n);
}

static int
append_marked(struct ckpt_pickle *p, enum ckpt_pickle_type type)
{
	struct ckpt_pickle_node **item = NULL;
	size_t n = 0;

	return pop_marked(p, &item, &n) < 0 ? -1 :
	    append_items(p, type, item, n);
}

static int
append_popped(struct ckpt_pickle *p, enum ckpt_pickle_type type, size_t n)
{
	struct ckpt_pickle_node *item[2];

	for (size_t i = n; i-- > 0; )
		if ((item[i] = pop_node(p)) == NULL)
			return -1;
	return append_items(p, type, item, n);
}

/* A call, which is recorded. NEWOBJ_EX has keyword arguments as well. */
static int
push_call(struct ckpt_pickle *p, bool has_keywords)
{
	struct ckpt_pickle_node *args, *callee;

	if (has_keywords && pop_node(p) == NULL)
		return -1;
	args = pop_node(p);
	callee = args ? pop_node(p) : NULL;
	if (callee == NULL)
		return -1;
	if (args->type != PK_TUPLE)
		return ckpt_pickle_fail(p, "arguments that are not a tuple");
	if (callee->type < PK_GLOBAL)
		return ckpt_pickle_fail(p, "a call of what is not callable");
	return push_node(p, ckpt_pickle_new_call(p, callee, args));
}

static int
set_state(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *state = pop_node(p);
	struct ckpt_pickle_node *x = state ? peek_node(p) : NULL;

	if (x == NULL)
		return -1;
	if (x->type == PK_OBJECT)
		x->item[PK_STATE] = state;
	else if (x->type < PK_LIST || x->type > PK_DICT)
		return ckpt_pickle_fail(p, "BUILD of what has no attributes");
	return 0;
}

static int
push_persistent(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *id = pop_node(p);
	struct ckpt_pickle_node *x = id ?
	    ckpt_pickle_new_node(p, PK_PERSISTENT) : NULL;

	if (x == NULL || ckpt_pickle_append(p, x, &id, 1) < 0)
		return -1;
	if (ckpt_buffer_add(&p->persistent, &x, sizeof x) < 0)
		return ckpt_fail_memory(p->rd);
	return push_node(p, x);
}

static int
store_memo(struct ckpt_pickle *p, int width)
{
	struct ckpt_pickle_node *x = peek_node(p);
	uint64_t index = p->memo.n;

	if (x == NULL || (width > 0 &&
	    ckpt_pickle_read_number(p, width, &index) < 0))
		return -1;
	return ckpt_pickle_memo_put(p, index, x);
}

static int
push_memo(struct ckpt_pickle *p, int width)
{
	struct ckpt_pickle_node *x;
	uint64_t index;

	if (ckpt_pickle_read_number(p, width, &index) < 0)
		return -1;
	x = ckpt_pickle_memo_get(p, index);
	return x ? push_node(p, x) :
	    ckpt_pickle_fail(p, "memo has no %" PRIu64, index);
}

static int
push_int(struct ckpt_pickle *p, int width, bool is_signed)
{
	uint64_t x;

	if (ckpt_pickle_read_number(p, width, &x) < 0)
		return -1;
	return push_node(p, ckpt_pickle_new_int(p, PK_INT,
	    is_signed ? (int32_t)x : (int64_t)x));
}

static int
push_string(struct ckpt_pickle *p, enum ckpt_pickle_type type, int width)
{
	return push_node(p, ckpt_pickle_read_string(p, type, width));
}

/* A frame says how much can be read at once, which is not used here; but
 * frames must not overlap or reach past the end. */
static int
begin_frame(struct ckpt_pickle *p)
{
	uint64_t n;

	if (ckpt_input_tell(p->in) - 1 < p->frame)
		return ckpt_pickle_fail(p, "a frame inside a frame");
	if (ckpt_pickle_read_number(p, 8, &n) < 0)
		return -1;
	if (__builtin_add_overflow(ckpt_input_tell(p->in), n, &p->frame))
		p->frame = UINT64_MAX;
	return 0;
}

/* Report an opcode that is not supported, by its name. */
static int
fail_opcode(struct ckpt_pickle *p, unsigned char op)
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
	return ckpt_pickle_fail(p, "opcode 0x%02x (%s) is not supported", op,
	    name);
}

static int
run_opcode(struct ckpt_pickle *p, unsigned char op)
{
	switch (op) {
	case '(':	return push_mark(p);
	case 'N':	return push_node(p, ckpt_pickle_new_node(p, PK_NONE));
	case 0x88:	return push_node(p, ckpt_pickle_new_int(p, PK_BOOL, 1));
	case 0x89:	return push_node(p, ckpt_pickle_new_int(p, PK_BOOL, 0));
	case 'J':	return push_int(p, 4, true);
	case 'K':	return push_int(p, 1, false);
	case 'M':	return push_int(p, 2, false);
	case 0x8a:	return push_node(p, ckpt_pickle_read_long(p, 1));
	case 0x8b:	return push_node(p, ckpt_pickle_read_long(p, 4));
	case 'G':	return push_node(p, ckpt_pickle_read_float(p));
	case 'X':	return push_string(p, PK_TEXT, 4);
	case 0x8c:	return push_string(p, PK_TEXT, 1);
	case 0x8d:	return push_string(p, PK_TEXT, 8);
	case 'U':	return push_string(p, PK_TEXT, 1);
	case 'T':	return push_string(p, PK_TEXT, 4);
	case 'B':	return push_string(p, PK_BYTES, 4);
	case 'C':	return push_string(p, PK_BYTES, 1);
	case 0x8e:	return push_string(p, PK_BYTES, 8);
	case 0x96:	return push_string(p, PK_BYTES, 8);
	case '}':	return push_node(p, ckpt_pickle_new_node(p, PK_DICT));
	case ']':	return push_node(p, ckpt_pickle_new_node(p, PK_LIST));
	case ')':	return push_node(p, ckpt_pickle_new_node(p, PK_TUPLE));
	case 0x8f:	return push_node(p, ckpt_pickle_new_node(p, PK_SET));
	case 't':	return push_marked(p, PK_TUPLE);
	case 0x91:	return push_marked(p, PK_SET);
	case 0x85:	return push_tuple(p, 1);
	case 0x86:	return push_tuple(p, 2);
	case 0x87:	return push_tuple(p, 3);
	case 'a':	return append_popped(p, PK_LIST, 1);
	case 's':	return append_popped(p, PK_DICT, 2);
	case 'e':	return append_marked(p, PK_LIST);
	case 'u':	return append_marked(p, PK_DICT);
	case 0x90:	return append_marked(p, PK_SET);
	case 'c':	return push_node(p, ckpt_pickle_read_global(p));
	case 0x93:	return push_global(p);
	case 'R':	return push_call(p, false);
	case 0x81:	return push_call(p, false);
	case 0x92:	return push_call(p, true);
	case 'b':	return set_state(p);
	case 'Q':	return push_persistent(p);
	case 'q':	return store_memo(p, 1);
	case 'r':	return store_memo(p, 4);
	case 0x94:	return store_memo(p, 0);
	case 'h':	return push_memo(p, 1);
	case 'j':	return push_memo(p, 4);
	case 0x95:	return begin_frame(p);
	default:	return fail_opcode(p, op);
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
	if (ckpt_pickle_read_bytes(p, op, 2) < 0)
		return NULL;
	if (op[0] != 0x80 || op[1] < 2 || op[1] > 5) {
		ckpt_pickle_fail(p, "not a pickle of protocol 2 to 5");
		return NULL;
	}
	for (;;) {
		if (ckpt_pickle_read_bytes(p, op, 1) < 0)
			return NULL;
		if (op[0] == '.')
			break;
		if (run_opcode(p, op[0]) < 0)
			return NULL;
	}
	x = pop_node(p);
	if (x && ckpt_input_tell(p->in) < p->frame) {
		ckpt_pickle_fail(p, "STOP inside a frame");
		return NULL;
	}
	if (x && get_height(p) > 0) {
		ckpt_pickle_fail(p, "%zu objects left on the stack",
		    get_height(p));
		return NULL;
	}
	return x;
}
