/*
 * onnx.h - ONNX: the tensors of a model
 *
 * An ONNX file is a protocol buffer: a ModelProto that contains a GraphProto
 * that contains TensorProtos. It is read field by field, so that it can be a
 * pipe and values are read into their place; a parser of whole messages would
 * hold all of them, twice. Field numbers are those of onnx.proto3
 * (github.com/onnx/onnx).
 */
#ifndef CKPT_ONNX_H
#define CKPT_ONNX_H

#include "base/name_map.h"
#include "protobuf.h"

/* Fields of ModelProto. */
enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3,
    MODEL_DOMAIN = 4, MODEL_VERSION = 5, MODEL_GRAPH = 7, MODEL_METADATA = 14,
    MODEL_TRAINING = 20, MODEL_FUNCTION = 25 };

/* Some of the values of TensorProto.DataType. */
enum { ONNX_FLOAT = 1, ONNX_INT64 = 7, ONNX_STRING = 8 };

/* A TensorProto. */
struct onnx_tensor {
	struct ckpt_tensor t;
	char		*name;
	bool		 is_named;	/* by the caller, not by the message */
	const char	*path;		/* else its name follows this */
	uint32_t	 type;		/* data_type */
	char		 dtype[40];	/* of one that is only listed */
	bool		 is_segment;	/* of a tensor */
	struct ckpt_buffer values;	/* packed typed values, or raw ones
					 * that precede the name */
	uint32_t	 field;		/* the field of the values, or 0 */
	bool		 in_place;	/* raw values are in the input, */
	uint64_t	 from;		/* from this byte on */
	char		*file;		/* or in this file, */
	uint64_t	 offset, length;	/* there; UINT64_MAX: unknown */
};

/* onnx_tensor.c: read what precedes the values of a message that ends at end;
 * the values; what follows the values. 0 or -1. */
int	ckpt_onnx_read_header(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, struct onnx_tensor *);
int	ckpt_onnx_load_values(struct ckpt_file *, struct onnx_tensor *,
	    struct ckpt_buffer *);
int	ckpt_onnx_skip_rest(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, const struct onnx_tensor *);
void	ckpt_onnx_free_tensor(struct onnx_tensor *);

/* Parts of it: read a field of dimensions; add a field of n values of a type
 * to the values and n to *items; set what follows from name, type, rank and
 * dim; let it only be listed, what says why. 0 or -1. */
int	ckpt_onnx_read_dims(struct ckpt_rd *, struct ckpt_input *,
	    const struct protobuf_field *, struct ckpt_tensor *);
int	ckpt_onnx_add_values(struct ckpt_rd *, struct ckpt_input *,
	    struct protobuf_field, struct onnx_tensor *, uint32_t type,
	    uint64_t *items);
int	ckpt_onnx_set_type(struct ckpt_rd *, struct onnx_tensor *);
int	ckpt_onnx_list_only(struct ckpt_rd *, struct onnx_tensor *,
	    const char *what);

/* An attribute of the operator Constant that is no tensor. */
struct onnx_constant {
	const char	*name;
	uint32_t	 type;
	int		 rank;
};

/* A message that tensors may be in. Only graphs and functions have a path. */
struct onnx_message {
	enum onnx_message_kind { ONNX_MODEL, ONNX_TRAINING, ONNX_GRAPH,
	    ONNX_FUNCTION, ONNX_NODE, ONNX_ATTRIBUTE } kind;
	uint64_t	 end;
	char		*path;		/* what names in it begin with */
	char		*name, *output, *op;	/* of a node or an attribute */
	const struct onnx_constant *constant;
	bool		 refers;	/* to an attribute of the function */
	uint64_t	 items;		/* of a list so far */
};

/* A walk through a model. Empty if all is 0. */
struct onnx_walk {
	struct onnx_message *message;	/* a stack */
	size_t		 n, room;
	struct ckpt_name_map names;	/* those that were made up */
	struct onnx_tensor tensor;	/* the current one */
	uint64_t	 end;		/* of its message */
};

/* onnx_walk.c: enter a message that ends at end, in which names begin with path
 * (NULL: as outside), which the walk then owns (0 or -1); the message on top;
 * leave it. */
int	ckpt_onnx_enter(struct ckpt_file *, struct onnx_walk *,
	    enum onnx_message_kind, uint64_t end, char *path);
struct onnx_message	*ckpt_onnx_get_top(const struct onnx_walk *);
void	ckpt_onnx_leave(struct onnx_walk *);
void	ckpt_onnx_free_walk(struct onnx_walk *);

/* What names begin with now. */
const char	*ckpt_onnx_get_path(const struct onnx_walk *);

/* A path: the name and a dot, with "_2" and so on if it was made before. name,
 * which may be NULL for lack of memory, is freed. NULL after ckpt_fail. */
char	*ckpt_onnx_make_path(struct ckpt_file *, struct onnx_walk *,
	    char *name);

/* "NODE.ATTRIBUTE" of the attribute on top, after the path, and with a number
 * in a list; NULL if out of memory. The unique name of a tensor in it: of a
 * Constant that of its output. NULL after ckpt_fail. */
char	*ckpt_onnx_name_attribute(struct onnx_walk *, bool is_list);
char	*ckpt_onnx_name_tensor(struct ckpt_file *, struct onnx_walk *,
	    bool is_list);

/* onnx_graph.c: find the next tensor: 1, 0 at the end, -1. */
int	ckpt_onnx_next(struct ckpt_file *, struct onnx_walk *);

extern const struct ckpt_format ckpt_format_onnx;

#endif
