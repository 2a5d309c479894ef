/*
 * pickle.h - Python pickles, read into a tree; nothing in them is ever called
 *
 * A pickle is a program for a small stack machine. This machine supports the
 * opcodes of protocols 2 to 5 and builds inert nodes: what Python would import
 * is a PK_GLOBAL, what it would call or create is a PK_OBJECT with the callee
 * and its arguments. Only the standard containers that are made by a call
 * (OrderedDict and the like) become what Python would make of them.
 *
 * As in Python, nodes are shared by reference. So the "tree" may have cycles,
 * and may take exponentially longer to walk than to read: a walk must mark the
 * nodes on its path (busy) and count its steps. The machine owns all nodes,
 * until ckpt_pickle_free.
 */
#ifndef CKPT_PICKLE_H
#define CKPT_PICKLE_H

#include "base/hash_table.h"
#include "format.h"

enum ckpt_pickle_type {
	PK_NONE, PK_BOOL, PK_INT, PK_FLOAT,
	PK_LONG,		/* an integer of more than 64 bits: text */
	PK_TEXT, PK_BYTES,	/* text, n bytes and a NUL */
	PK_TUPLE, PK_LIST, PK_SET,	/* n items */
	PK_DICT,		/* n items: key, value, key, value ... */
	PK_GLOBAL,		/* text: "module.name", as in Python 3 */
	PK_OBJECT,		/* four items, see below */
	PK_PERSISTENT		/* one item: the persistent id */
};

/* The items of a PK_OBJECT; state and content may be NULL. */
enum {
	PK_CALLEE,		/* any node */
	PK_ARGS,		/* PK_TUPLE */
	PK_STATE,		/* the argument of BUILD */
	PK_CONTENT		/* PK_DICT or PK_LIST: items set in it */
};

struct ckpt_pickle_node {
	unsigned char	 type;
	bool		 busy;		/* on the path of a walk */
	uint32_t	 n, room;
	uint32_t	 visit;		/* number of the last walk here */
	union {
		int64_t	 i;		/* PK_INT, PK_BOOL */
		double	 f;
		const char *text;
		struct ckpt_pickle_node **item;
	};
};

enum { PK_NODES = 1 << 24 };	/* limit of nodes and references per machine */

struct ckpt_pickle {
	struct ckpt_rd	*rd;		/* for ckpt_fail */
	struct ckpt_input *in;
	const char	*what;		/* name in messages: "data.pkl" */

	struct pickle_block *arena;
	size_t		 nodes;		/* made, or copied by reference */
	struct ckpt_buffer persistent;	/* node *: all PK_PERSISTENT */

	struct ckpt_buffer stack;	/* node *; NULL is a mark */
	struct ckpt_buffer marks;	/* size_t: offsets of the marks */
	struct ckpt_buffer text;	/* bytes of one string */
	uint64_t	 frame;		/* end of the last FRAME */
	struct ckpt_hash_table memo;	/* by memo index: index in memoized */
	struct ckpt_buffer memoized;	/* node * */
};

/* Run the next pickle of p->in up to its STOP and read no further. Returns its
 * value, or NULL after ckpt_fail. */
struct ckpt_pickle_node	*ckpt_pickle_read(struct ckpt_pickle *);
void			 ckpt_pickle_free(struct ckpt_pickle *);

/* The value of a text key of a PK_DICT, or NULL. As in Python, the last of
 * several counts. */
struct ckpt_pickle_node	*ckpt_pickle_get(const struct ckpt_pickle_node *dict,
			    const char *key);

/* Whether a node is this text. */
bool	ckpt_pickle_is_text(const struct ckpt_pickle_node *, const char *text);

/* Whether a node, which may be NULL, is the global of that name. */
bool	ckpt_pickle_is_global(const struct ckpt_pickle_node *,
	    const char *name);

/* ------------------------------------------------- inside the machine; all
 * return NULL or -1 after ckpt_fail */

struct ckpt_pickle_node	*ckpt_pickle_new_node(struct ckpt_pickle *,
			    enum ckpt_pickle_type);
struct ckpt_pickle_node	*ckpt_pickle_new_text(struct ckpt_pickle *,
			    enum ckpt_pickle_type, const void *, size_t n);
struct ckpt_pickle_node	*ckpt_pickle_new_int(struct ckpt_pickle *,
			    enum ckpt_pickle_type, int64_t);

struct ckpt_pickle_node	*ckpt_pickle_new_tuple(struct ckpt_pickle *,
			    struct ckpt_pickle_node *const *item, size_t n);

/* An object, or the container that this call is known to make. */
struct ckpt_pickle_node	*ckpt_pickle_new_call(struct ckpt_pickle *,
			    struct ckpt_pickle_node *callee,
			    struct ckpt_pickle_node *args);

/* Append n items to a container. */
int	ckpt_pickle_append(struct ckpt_pickle *, struct ckpt_pickle_node *,
	    struct ckpt_pickle_node *const *item, size_t n);

/* Report an error at this byte of the pickle. */
int	ckpt_pickle_fail(struct ckpt_pickle *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Read n bytes, or a little-endian number of n bytes. */
int	ckpt_pickle_read_bytes(struct ckpt_pickle *, void *, size_t n);
int	ckpt_pickle_read_number(struct ckpt_pickle *, int n, uint64_t *);

/* Read an integer, or a string, whose length is a number of that width; a
 * double; a global in two lines. */
struct ckpt_pickle_node	*ckpt_pickle_read_long(struct ckpt_pickle *, int width);
struct ckpt_pickle_node	*ckpt_pickle_read_string(struct ckpt_pickle *,
			    enum ckpt_pickle_type, int width);
struct ckpt_pickle_node	*ckpt_pickle_read_float(struct ckpt_pickle *);
struct ckpt_pickle_node	*ckpt_pickle_read_global(struct ckpt_pickle *);

/* The global of two strings. */
struct ckpt_pickle_node	*ckpt_pickle_join_global(struct ckpt_pickle *,
			    const struct ckpt_pickle_node *module,
			    const struct ckpt_pickle_node *name);

int	ckpt_pickle_memo_put(struct ckpt_pickle *, uint64_t index,
	    struct ckpt_pickle_node *);
struct ckpt_pickle_node	*ckpt_pickle_memo_get(const struct ckpt_pickle *,
			    uint64_t index);

#endif
