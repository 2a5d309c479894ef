/*
 * torch.h - PyTorch checkpoints: what the containers share
 *
 * A checkpoint is a pickle (pickle.h) that describes tensors as views of
 * storages, and the bytes of the storages, in some order. A container
 * (torch_zip.c, torch_legacy.c, torch_tar.c) reads the pickle, lists the
 * tensors with ckpt_torch_read_state_dict, and finds the storages in the file.
 * The tensors are returned in the order of the pickle, which is that of the
 * network. Memory stays near the size of the largest tensor, or of the largest
 * storage whose tensors are not contiguous or, in a zip, overlap or go back.
 */
#ifndef CKPT_TORCH_H
#define CKPT_TORCH_H

#include "base/name_map.h"
#include "npy.h"
#include "pickle/pickle.h"

enum { TORCH_KEY = 255 };	/* bytes of a key, at most */

struct torch_storage {
	const char	*key;
	const char	*class;		/* "torch.FloatStorage" */
	enum ckpt_type	 type;
	size_t		 each;		/* bytes of an element; 0: not known */
	uint64_t	 size;		/* bytes */
	bool		 found;		/* in the file, */
	uint64_t	 at;		/* where, as the container knows it */
	bool		 used;		/* by a tensor that is listed */
	bool		 visible;	/* not only to training, see below */
	bool		 strided;	/* a tensor is not contiguous */
	bool		 backward;	/* tensors overlap, or go back in it */
	uint64_t	 end;		/* of its last tensor so far */
};

/* A view of a storage, or a NumPy array. */
struct torch_tensor {
	char		*name;
	enum ckpt_type	 type;		/* CKPT_OTHER: only listed, */
	const char	*dtype;		/* as this */
	const struct ckpt_pickle_node *dim;	/* NULL: not known */
	struct torch_storage *storage;	/* or NULL */
	uint64_t	 offset;	/* bytes */
	const struct ckpt_pickle_node *stride;	/* in elements */
	const struct ckpt_pickle_node *array;	/* bytes of a NumPy array, */
	struct npy_layout layout;	/* and how they are stored */
};

/* The state of a file. It is the first member of each container's state. */
struct torch_reader {
	struct ckpt_pickle pickle;
	struct ckpt_name_map storages;	/* by key: struct torch_storage * */
	size_t		 ids;		/* persistent ids in them so far */
	size_t		 reported;	/* storages that no tensor uses */
	struct ckpt_buffer tensors;	/* struct torch_tensor, in order */
	const struct ckpt_pickle_node *unknown;	/* callee of an object */
	uint64_t	 steps;		/* of ckpt_torch_walk_leaves so far */
	uint32_t	 walks;		/* through the nodes so far */
	bool		 big_endian;

	/* Go to the first byte of a storage that was found: *in is valid until
	 * the next call. 0, or -1. */
	int		(*open_storage)(struct ckpt_file *,
			    struct torch_storage *, struct ckpt_input **in);
	bool		 seeks;		/* skipping in a storage is free */
	/* After the last tensor: 0, or -1. May be NULL. */
	int		(*end)(struct ckpt_file *);
	size_t		 nth;		/* tensors returned so far */
	struct torch_storage *storage;	/* the one that was opened, or NULL */
	struct ckpt_input *in;
	uint64_t	 at;		/* bytes of it read so far */
	uint64_t	 work;		/* bytes of all storages read so far */
	uint64_t	 bytes;		/* of all storages */
	struct ckpt_buffer whole;	/* all of it, if it must be kept */
};

extern const struct ckpt_format ckpt_format_torch_zip,
    ckpt_format_torch_legacy, ckpt_format_torch_tar;

/* torch_type.c: the element type of a class of storages, "torch.FloatStorage",
 * or of a dtype, "torch.float32". CKPT_OTHER: not supported. *size: bytes of
 * an element, or 0 if even that is unknown. */
enum ckpt_type	ckpt_torch_storage_type(const char *global, size_t *size);
enum ckpt_type	ckpt_torch_find_dtype(const char *global);

/* How PyTorch calls the type of a class of storages: "qint8"; the last part of
 * the name of any other global of PyTorch. */
const char	*ckpt_torch_dtype_name(const char *global);

/* The names of a type that PyTorch has, as ckpt_torch_storage_type and
 * ckpt_torch_find_dtype read them: "Float", or NULL if there is no such class,
 * and "float32". */
void	ckpt_torch_type_names(enum ckpt_type, const char **storage,
	    const char **dtype);

/* torch_storage.c: collect the storages of the pickles in t->storages. Then
 * the one that a persistent id refers to, with the view of it in bytes; NULL:
 * none, perhaps after ckpt_fail. */
int	ckpt_torch_add_storages(struct torch_reader *);
struct torch_storage	*ckpt_torch_find_storage(struct torch_reader *,
			    const struct ckpt_pickle_node *, uint64_t *offset,
			    uint64_t *size);
void	ckpt_torch_free(struct torch_reader *);

/* A persistent id for a container whose pickle has none: the storage with a
 * key, a class and n elements. NULL after ckpt_fail. */
struct ckpt_pickle_node	*ckpt_torch_new_storage(struct ckpt_pickle *,
			    struct ckpt_pickle_node *class, const char *key,
			    int64_t n);

/* torch_reach.c: call found for each storage that a node refers to, directly or
 * through others, except for items that are excluded by a function, which may
 * be NULL; key is NULL for what is not an entry of a dictionary. 0 or -1. */
int	ckpt_torch_reach_storages(struct torch_reader *,
	    struct ckpt_pickle_node *, bool (*is_excluded)(
	    const struct ckpt_pickle_node *dict,
	    const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value, void *),
	    void (*found)(struct torch_storage *), void *);

/* torch_view.c: whether Python would make a tensor, an array, or a storage by
 * itself, from a node. */
bool	ckpt_torch_is_tensor(const struct ckpt_pickle_node *);

/* That tensor, which may be one that can only be listed. name is its final
 * name, for messages: one that is not selected need not be valid. 0 or -1. */
int	ckpt_torch_rebuild_tensor(struct torch_reader *,
	    struct ckpt_pickle_node *, const char *name,
	    struct torch_tensor *);

/* The tuple of non-negative integers that a node is, or wraps in a torch.Size;
 * NULL if it is not one. Only the first CKPT_RANK are checked. */
const struct ckpt_pickle_node	*ckpt_torch_int_tuple(
				    const struct ckpt_pickle_node *);

/* torch_numpy.c: whether a node is an array of NumPy or a scalar; that array,
 * as ckpt_torch_rebuild_tensor (1, or 0 if it can only be listed); its
 * bytes. */
bool	ckpt_torch_is_numpy(const struct ckpt_pickle_node *);
bool	ckpt_torch_is_numpy_scalar(const struct ckpt_pickle_node *);
int	ckpt_torch_read_numpy(struct torch_reader *,
	    const struct ckpt_pickle_node *, const char *name,
	    struct torch_tensor *);
int	ckpt_torch_load_numpy(struct ckpt_rd *, const struct torch_tensor *,
	    const struct ckpt_tensor *, struct ckpt_buffer *);

/* The value of a scalar of NumPy. 0, or -1 if it has none. */
int	ckpt_torch_numpy_value(struct torch_reader *,
	    const struct ckpt_pickle_node *, double *);

/* torch_shape.c: set type, dtype, rank and dim of a tensor; dim may be NULL. */
void	ckpt_torch_set_shape(enum ckpt_type, const struct ckpt_pickle_node *dim,
	    struct ckpt_tensor *);

/* Whether its elements are contiguous, in C order. */
bool	ckpt_torch_is_contiguous(const struct torch_tensor *);

/* Copy its elements out of its storage, in C order. */
void	ckpt_torch_copy_contiguous(const struct torch_tensor *,
	    const unsigned char *storage, unsigned char *to);

/*
 * torch_leaves.c: call leaf for each tensor, number, string and list of numbers
 * below root, depth first, with its dotted name. If it does not return 0, the
 * walk ends with that. Modules are walked as their state_dict, other objects by
 * their attributes, items and arguments. A dictionary's entry is skipped if
 * is_excluded (which may be NULL) is true; top: it is an entry of root. So is
 * an optimizer in a list, unless is_excluded is NULL.
 */
struct torch_walk {
	struct torch_reader *torch;
	bool		(*is_excluded)(const struct ckpt_pickle_node *key,
			    const struct ckpt_pickle_node *value, bool top);
	int		(*leaf)(struct torch_walk *, const char *name,
			    struct ckpt_pickle_node *);
	const char	*prefix;	/* of the names, or NULL */
	bool		 attributes;	/* also what state_dict leaves out: */
	bool		 buffers;	/* other attributes, buffers that are
					 * not persistent */
	void		*arg;

	/* set by the walk, unless NULL: names of excluded entries; how many
	 * entries have no name there, how many buffers are not persistent */
	struct ckpt_buffer *excluded;
	size_t		 more, hidden;
};
int	ckpt_torch_walk_leaves(struct torch_walk *,
	    struct ckpt_pickle_node *root);
bool	ckpt_torch_is_scalar(const struct ckpt_pickle_node *);

/* Count steps of all walks, to limit the time: shared nodes are visited once
 * per reference, and long ones are searched each time. 0, or -1 if there were
 * too many. */
int	ckpt_torch_count_steps(struct torch_reader *, size_t n,
	    const char *what);

/* torch_object.c: the attributes of an object: 0 to 2 dictionaries. Returns how
 * many. */
int	ckpt_torch_attributes(const struct ckpt_pickle_node *,
	    struct ckpt_pickle_node *dict[2]);

/* The attributes of a module, or NULL if a node is none. */
struct ckpt_pickle_node	*ckpt_torch_module(const struct ckpt_pickle_node *);

/* torch_step.c: set the step, which may be a tensor, when the storages were
 * found; whether it is one. 0 or -1. */
int	ckpt_torch_find_step(struct ckpt_file *, struct torch_reader *,
	    const struct ckpt_pickle_node *root);
bool	ckpt_torch_has_step_tensor(const struct ckpt_pickle_node *root);

/* torch_state_dict.c: list the tensors, and set keys and ties. */
int	ckpt_torch_read_state_dict(struct ckpt_file *, struct torch_reader *,
	    struct ckpt_pickle_node *root);

/* Add the tensors of TorchScript's constants, as "constants.0" and so on. */
int	ckpt_torch_read_constants(struct ckpt_file *, struct torch_reader *,
	    struct ckpt_pickle_node *);

/* Fail if there are no tensors, but objects that may have some. 0 or -1. */
int	ckpt_torch_check_tensors(struct ckpt_file *,
	    const struct torch_reader *);

/*
 * torch_unwrap.c: where the model is in a checkpoint. Whether a key of n bytes
 * is the usual name of a dictionary with the model, or of something else that
 * training needs.
 */
bool	ckpt_torch_is_wrapper(const char *key, size_t n);
bool	ckpt_torch_is_training_state(const char *key, size_t n);
bool	ckpt_torch_is_optimizer_key(const char *key, size_t n);

/* Whether a node is an optimizer, or has the form of its state_dict. */
bool	ckpt_torch_is_optimizer(const struct ckpt_pickle_node *);

/* is_excluded of struct torch_walk: in a root, and inside a wrapper. */
bool	ckpt_torch_is_excluded(const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value, bool top);
bool	ckpt_torch_is_excluded_inside(const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value, bool top);

/* Is an entry a single tensor outside the wrapper: a loss, or the
 * like. */
bool	ckpt_torch_is_bare_tensor(const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value);

/* The value of the wrapper, if it is the only container with tensors, or NULL;
 * *top: entries of root may be those of training, and then: those of the
 * value. *r is -1 after a failure. */
struct ckpt_pickle_node	*ckpt_torch_unwrap(struct torch_reader *,
			    const struct ckpt_pickle_node *root, bool *top,
			    int *r);

/* torch_metadata.c: add numbers and strings below root as keys "torch.*". */
int	ckpt_torch_read_metadata(struct ckpt_file *, struct torch_reader *,
	    struct ckpt_pickle_node *root,
	    bool (*is_excluded)(const struct ckpt_pickle_node *,
	    const struct ckpt_pickle_node *, bool top));

/* torch_tensor.c: append the elements of a tensor, as load of struct
 * ckpt_format. */
int	ckpt_torch_read(struct ckpt_file *, struct torch_reader *,
	    const struct torch_tensor *, const struct ckpt_tensor *,
	    struct ckpt_buffer *);

/* next and load of struct ckpt_format. */
int	ckpt_torch_next(struct ckpt_file *, struct ckpt_tensor *);
int	ckpt_torch_load(struct ckpt_file *, struct ckpt_tensor *,
	    struct ckpt_buffer *);

/* torch_writer.c: the functions for writing of struct ckpt_format. */
int	ckpt_torch_create(struct ckpt_out *);
int	ckpt_torch_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_torch_tie(struct ckpt_out *, const char *name, const char *target);
int	ckpt_torch_finish(struct ckpt_out *);
void	ckpt_torch_abandon(struct ckpt_out *);

#endif
