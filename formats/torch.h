/*
 * torch.h - PyTorch checkpoints: what the containers share
 *
 * A checkpoint is a pickle (pickle.h) that describes tensors as views of
 * storages, and the bytes of the storages, in some order. A container
 * (torch_zip.c, torch_legacy.c, torch_tar.c) reads the pickle, lists the
 * tensors with ckpt_torch_read_state_dict, and then yields one storage after
 * the other, whose tensors are returned meanwhile. So memory stays near the
 * size of the largest tensor, or of the largest storage whose tensors overlap
 * or are not contiguous.
 */
#ifndef CKPT_TORCH_H
#define CKPT_TORCH_H

#include "base/name_map.h"
#include "pickle/pickle.h"

struct torch_storage {
	const char	*key;
	enum ckpt_type	 type;
	size_t		 each;		/* bytes of an element */
	uint64_t	 size;		/* bytes */
	size_t		 first, n;	/* its tensors in torch_reader */
	bool		 seen;		/* its bytes were read */
	bool		 scattered;	/* tensors overlap or have strides */
};

/* A view of a storage. */
struct torch_tensor {
	char		*name;
	struct torch_storage *storage;
	enum ckpt_type	 type;
	uint64_t	 offset;	/* bytes */
	const struct ckpt_pickle_node *dim, *stride;	/* in elements */
};

/* The state of a file. It is the first member of each container's state. */
struct torch_reader {
	struct ckpt_pickle pickle;
	struct ckpt_name_map storages;	/* by key: struct torch_storage * */
	struct ckpt_buffer tensors;	/* struct torch_tensor, by storage */
	const char	*unknown;	/* a callee that may make tensors */
	uint64_t	 steps;		/* of ckpt_torch_walk_leaves so far */
	bool		 big_endian;

	/* Go to the next storage: *s, its bytes at *in. Storages without
	 * tensors may be skipped. 1, 0 after the last, -1. */
	int		(*next_storage)(struct ckpt_file *,
			    struct torch_storage **s, struct ckpt_input **in);
	struct torch_storage *storage;	/* the current one */
	struct ckpt_input *in;
	size_t		 nth;		/* tensors of it returned so far */
	uint64_t	 at;		/* bytes of it read so far */
	struct ckpt_buffer whole;	/* all of it, if it is scattered */
};

extern const struct ckpt_format ckpt_format_torch_zip,
    ckpt_format_torch_legacy, ckpt_format_torch_tar;

/* torch_type.c: the element type of a class of storages, "torch.FloatStorage",
 * or of a dtype, "torch.float32". CKPT_OTHER: not supported. *size: bytes of
 * an element, or 0 if even that is unknown. */
enum ckpt_type	ckpt_torch_storage_type(const char *global, size_t *size);
enum ckpt_type	ckpt_torch_find_dtype(const char *global);

/* torch_storage.c: collect the storages of the pickle in t->storages. Then
 * the one that a persistent id refers to, with the view of it in bytes; NULL:
 * none, perhaps after ckpt_fail. */
int	ckpt_torch_add_storages(struct torch_reader *);
struct torch_storage	*ckpt_torch_find_storage(struct torch_reader *,
			    const struct ckpt_pickle_node *, uint64_t *offset,
			    uint64_t *size);
void	ckpt_torch_free(struct torch_reader *);

/* torch_view.c: the tensor that Python would rebuild from a node; name is for
 * messages. 1, 0 if it is not a tensor, -1 after ckpt_fail. */
int	ckpt_torch_rebuild_tensor(struct torch_reader *,
	    const struct ckpt_pickle_node *, const char *name,
	    struct torch_tensor *);

/* The tuple of non-negative integers that a node is, or wraps in a torch.Size;
 * NULL if it is not one. Only the first CKPT_RANK are checked. */
const struct ckpt_pickle_node	*ckpt_torch_int_tuple(
				    const struct ckpt_pickle_node *);

/* Set type, rank and dim of a tensor. */
void	ckpt_torch_set_shape(const struct torch_tensor *,
	    struct ckpt_tensor *);

/* Whether its elements are contiguous, in C order. */
bool	ckpt_torch_is_contiguous(const struct torch_tensor *);

/* Copy its elements out of its storage, in C order. */
void	ckpt_torch_copy_contiguous(const struct torch_tensor *,
	    const unsigned char *storage, unsigned char *to);

/*
 * torch_leaves.c: call leaf for each tensor, number, string and list of numbers
 * below root, depth first, with its dotted name. If it does not return 0, the
 * walk ends with that. Modules are walked as their state_dict. A dictionary's
 * entry is skipped if is_excluded (which may be NULL) is true; top: it is an
 * entry of root.
 */
struct torch_walk {
	struct torch_reader *torch;
	bool		(*is_excluded)(const struct ckpt_pickle_node *key,
			    const struct ckpt_pickle_node *value, bool top);
	int		(*leaf)(struct torch_walk *, const char *name,
			    struct ckpt_pickle_node *);
	void		*arg;
};
int	ckpt_torch_walk_leaves(struct torch_walk *,
	    struct ckpt_pickle_node *root);
bool	ckpt_torch_is_scalar(const struct ckpt_pickle_node *);

/* torch_state_dict.c: list the tensors, and set keys, ties and the step. */
int	ckpt_torch_read_state_dict(struct ckpt_file *, struct torch_reader *,
	    struct ckpt_pickle_node *root);

/*
 * torch_unwrap.c: where the model is in a checkpoint. Whether a key of n bytes
 * is the usual name of a dictionary with the model, or of something else that
 * training needs.
 */
bool	ckpt_torch_is_wrapper(const char *key, size_t n);
bool	ckpt_torch_is_training_state(const char *key, size_t n);

/* Whether a node has the form of an optimizer's state_dict. */
bool	ckpt_torch_is_optimizer(const struct ckpt_pickle_node *);

/* is_excluded of struct torch_walk: in a root, and inside a wrapper. */
bool	ckpt_torch_is_excluded(const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value, bool top);
bool	ckpt_torch_is_excluded_inside(const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value, bool top);

/* Is an entry a single tensor outside the wrapper: a loss, or the
 * like. */
bool	ckpt_torch_is_bare_tensor(struct torch_reader *,
	    const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value);

/* The value of the wrapper, if it is the only container with tensors, or NULL;
 * top: this is the root. *r is -1 after a failure. */
struct ckpt_pickle_node	*ckpt_torch_unwrap(struct torch_reader *,
			    const struct ckpt_pickle_node *root, bool top,
			    int *r);

/* torch_metadata.c: add numbers and strings below root as keys "torch.*". */
int	ckpt_torch_read_metadata(struct ckpt_file *, struct torch_reader *,
	    struct ckpt_pickle_node *root,
	    bool (*is_excluded)(const struct ckpt_pickle_node *,
	    const struct ckpt_pickle_node *, bool top));

/* torch_storage_stream.c: next and load of struct ckpt_format. */
int	ckpt_torch_next(struct ckpt_file *, struct ckpt_tensor *);
int	ckpt_torch_load(struct ckpt_file *, struct ckpt_tensor *,
	    struct ckpt_buffer *);

#endif
