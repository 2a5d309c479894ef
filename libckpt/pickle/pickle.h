/*
 * pickle.h - a pickle, read into a tree; nothing in it is ever called
 *
 * Python's pickles are programs for a small stack machine. This one knows the
 * instructions of protocols 2 to 5 and makes inert nodes: what Python would
 * import is a PK_GLOBAL, what it would call or create is a PK_OBJECT that
 * keeps the callee and its arguments. Only plain containers that are made by
 * a call (OrderedDict and its like) become what they are.
 *
 * Nodes are shared by reference, as in Python, so the "tree" may have cycles
 * and may be exponentially larger to walk than to store: whoever walks it must
 * mark the nodes on the way (busy) and count steps. A machine owns its nodes,
 * until ckpt_pickle_free.
 */
#ifndef PICKLE_H
#define PICKLE_H

#include "base/hash_table.h"
#include "format.h"

enum ckpt_pickle_type {
	PK_NONE, PK_BOOL, PK_INT, PK_FLOAT,
	PK_WIDE,		/* an integer of more than 64 bits: text */
	PK_TEXT, PK_BYTES,	/* text, n bytes and a NUL */
	PK_TUPLE, PK_LIST, PK_SET,	/* n items */
	PK_DICT,		/* n items: key, value, key, value ... */
	PK_GLOBAL,		/* text: "module.name", Python 3's name */
	PK_OBJECT,		/* four items, see below */
	PK_PERSISTENT		/* one item: the id */
};

/* The items of a PK_OBJECT; state and content may be NULL. */
enum {
	PK_CALLEE,		/* what would be called: any node */
	PK_ARGS,		/* a PK_TUPLE */
	PK_STATE,		/* what BUILD would give it */
	PK_CONTENT		/* PK_DICT or PK_LIST: items set in it */
};

struct ckpt_pickle_node {
	unsigned char	 type;
	bool		 busy;		/* for whoever walks */
	uint32_t	 n, room;
	union {
		int64_t	 i;		/* PK_INT, PK_BOOL */
		double	 f;
		const char	*text;
		struct ckpt_pickle_node	**item;
	};
};

enum { PK_NODES = 1 << 24 };	/* what one machine makes at most */

struct ckpt_pickle {
	struct ckpt_rd	*rd;		/* for ckpt_fail */
	struct ckpt_input	*in;		/* where instructions come from */
	const char	*what;		/* "data.pkl", in messages */

	struct block	*arena;		/* pickle_node.c */
	size_t		 nodes;		/* made, or copied by reference */
	struct ckpt_buffer	 persistent;	/* struct ckpt_pickle_node *: all of them, in order */

	struct ckpt_buffer	 stack;		/* struct ckpt_pickle_node *; NULL is a mark */
	struct ckpt_buffer	 marks;		/* size_t: places of the marks */
	struct ckpt_buffer	 text;		/* bytes of one string */
	uint64_t	 frame;		/* where the last FRAME ends */
	struct ckpt_hash_table	 memo;		/* by index: places in memoized */
	struct ckpt_buffer	 memoized;	/* struct ckpt_pickle_node * */
};

/* Run the next pickle of p->in to its STOP; not a byte more is consumed. What
 * it leaves, or NULL after ckpt_fail. */
struct ckpt_pickle_node	*ckpt_pickle_read(struct ckpt_pickle *);
void		 ckpt_pickle_free(struct ckpt_pickle *);

/* The value of a text key of a PK_DICT, NULL if it has none. The last of
 * several counts, as in Python. */
struct ckpt_pickle_node	*ckpt_pickle_get(const struct ckpt_pickle_node *dict, const char *key);

bool	ckpt_pickle_is_text(const struct ckpt_pickle_node *, const char *text);

/* What BUILD would give a PK_OBJECT as attributes: a PK_DICT, or NULL. */
struct ckpt_pickle_node	*ckpt_pickle_attributes(const struct ckpt_pickle_node *);

/* Whether a node (which may be NULL) is an object whose callee is a global of
 * that name. */
bool	ckpt_pickle_is_global(const struct ckpt_pickle_node *, const char *name);

/* ------------------------------------------ between the pickle_*.c; all are
 * NULL or -1 after ckpt_fail */

struct ckpt_pickle_node	*ckpt_pickle_node(struct ckpt_pickle *, enum ckpt_pickle_type);
struct ckpt_pickle_node	*ckpt_pickle_text(struct ckpt_pickle *, enum ckpt_pickle_type, const void *,
		    size_t n);
int	ckpt_pickle_add(struct ckpt_pickle *, struct ckpt_pickle_node *, struct ckpt_pickle_node *const *, size_t n);

/* An object, or the container that this call is known to make. */
struct ckpt_pickle_node	*ckpt_pickle_call(struct ckpt_pickle *, struct ckpt_pickle_node *callee,
		    struct ckpt_pickle_node *args);

/* pickle_value.c: a fault at this byte; n bytes; a number of n bytes, the
 * least first; and values: a number, one of which the next bytes say the
 * length, a double, a string with its length in so many bytes, the global that
 * two lines name, or two strings. */
int	ckpt_pickle_bad(struct ckpt_pickle *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
int	ckpt_pickle_bytes(struct ckpt_pickle *, void *, size_t n);
int	ckpt_pickle_number(struct ckpt_pickle *, int n, uint64_t *);
struct ckpt_pickle_node	*ckpt_pickle_int(struct ckpt_pickle *, enum ckpt_pickle_type, int64_t);
struct ckpt_pickle_node	*ckpt_pickle_long(struct ckpt_pickle *, int width);
struct ckpt_pickle_node	*ckpt_pickle_float(struct ckpt_pickle *);
struct ckpt_pickle_node	*ckpt_pickle_string(struct ckpt_pickle *, enum ckpt_pickle_type, int width);
struct ckpt_pickle_node	*ckpt_pickle_lines(struct ckpt_pickle *);
struct ckpt_pickle_node	*ckpt_pickle_pair(struct ckpt_pickle *, const struct ckpt_pickle_node *module,
		    const struct ckpt_pickle_node *name);

int		 ckpt_pickle_memo_put(struct ckpt_pickle *, uint64_t index, struct ckpt_pickle_node *);
struct ckpt_pickle_node	*ckpt_pickle_memo_get(const struct ckpt_pickle *, uint64_t index);

#endif
