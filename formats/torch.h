/*
 * torch.h - PyTorch checkpoints: what the containers share
 *
 * A checkpoint is a pickle (pickle.h) that says how tensors are cut out of
 * storages, and the bytes of the storages, in some order. Each container -
 * torch_zip.c, torch_legacy.c, torch_tar.c - reads the pickle, has ckpt_torch_state_dict
 * make the list of tensors, and then says which storage comes next; its
 * tensors are given out while it is there. So memory stays near the largest
 * storage, and near the largest tensor where storages are not shared.
 */
#ifndef TORCH_H
#define TORCH_H

#include "base/name_map.h"
#include "pickle/pickle.h"

struct torch_storage {
	const char	*key;
	enum ckpt_type	 type;
	size_t		 each;		/* bytes of an element */
	uint64_t	 size;		/* bytes */
	size_t		 first, n;	/* its tensors, in struct torch */
	bool		 come;		/* its bytes were here */
	bool		 scattered;	/* its tensors do not lie in a row */
};

/* A window of a storage. */
struct torch_tensor {
	char		*name;
	struct torch_storage *storage;
	enum ckpt_type	 type;
	uint64_t	 offset;	/* bytes */
	const struct ckpt_pickle_node	*dim, *stride;	/* checked; stride in elements */
};

/* The state of a file. Containers begin theirs with it. */
struct torch {
	struct ckpt_pickle	 pickle;
	struct ckpt_name_map	 storage;	/* by key: struct torch_storage * */
	struct ckpt_buffer	 tensor;	/* struct torch_tensor, by storage */
	const char	*unknown;	/* a global that was passed over */
	uint64_t	 visits;	/* torch_leaves.c: steps so far */
	bool		 swap;		/* numbers are big-endian */

	/* Go on to the next storage: *s, its bytes at *in. One that no tensor
	 * is in may be returned or not. 1, 0 past the last, -1. */
	int		(*storage_next)(struct ckpt_file *,
			    struct torch_storage **s, struct ckpt_input **in);
	struct torch_storage *now;
	struct ckpt_input	*in;
	size_t		 nth;		/* tensors of now given out */
	uint64_t	 at;		/* bytes of now consumed */
	struct ckpt_buffer	 whole;		/* all of now, if it is scattered */
};

extern const struct ckpt_format ckpt_format_torch_zip, ckpt_format_torch_legacy, ckpt_format_torch_tar;

/* torch_type.c: what a global means as the class of a storage ("torch.
 * FloatStorage", size gets the bytes per element) or as a dtype
 * ("torch.float32"). CKPT_OTHER: not one that can be read; size is then 0 if
 * not even its elements can be counted. */
enum ckpt_type	ckpt_torch_storage_type(const char *global, size_t *size);
enum ckpt_type	ckpt_torch_dtype(const char *global);

/* torch_storage.c: keep all storages that the pickle has named, in t->storage.
 * Then the one that a persistent id is, with the window of it that counts, in
 * bytes; NULL: it is none, or ckpt_fail was told. */
int	ckpt_torch_storages(struct torch *);
struct torch_storage	*ckpt_torch_storage(struct torch *, const struct ckpt_pickle_node *,
			    uint64_t *offset, uint64_t *size);
void	ckpt_torch_free(struct torch *);

/* ckpt_torch_view.c: the window that a node stands for; name is for messages.
 * 1, 0 if it is no tensor, -1 after ckpt_fail. */
int	ckpt_torch_view(struct torch *, const struct ckpt_pickle_node *, const char *name,
	    struct torch_tensor *);

/* The tuple of whole numbers from 0 that a node is, or makes a torch.Size of;
 * NULL: it is none. Past CKPT_RANK of them are not looked at. */
const struct ckpt_pickle_node	*ckpt_torch_numbers(const struct ckpt_pickle_node *);

/* Type, rank and shape of a tensor. */
void	ckpt_torch_shape(const struct torch_tensor *, struct ckpt_tensor *);

/* Whether its elements lie in a row, first dimension outermost. */
bool	ckpt_torch_is_contiguous(const struct torch_tensor *);

/* Its bytes, out of those of its storage, in C order. */
void	ckpt_torch_copy(const struct torch_tensor *, const unsigned char *storage,
	    unsigned char *to);

/*
 * torch_leaves.c: every tensor, number and text below root, depth first, by its
 * dotted name. leaf gets those, and lists of numbers; it returns 0, or
 * something else that ends the walk and is returned. Modules are walked as
 * their state_dict would be. Entries of dictionaries (at the top: of root)
 * that left says are left out are not walked; NULL walks all.
 */
struct torch_walk {
	struct torch	*torch;
	bool		(*left)(const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value,
			    bool top);
	int		(*leaf)(struct torch_walk *, const char *name,
			    struct ckpt_pickle_node *);
	void		*arg;
};
int	ckpt_torch_leaves(struct torch_walk *, struct ckpt_pickle_node *root);
bool	ckpt_torch_is_scalar(const struct ckpt_pickle_node *);

/* torch_state_dict.c: make the list of tensors, and tell keys, ties and the step. */
int	ckpt_torch_state_dict(struct ckpt_file *, struct torch *, struct ckpt_pickle_node *root);

/*
 * torch_unwrap.c: where the model is. Whether a key of n bytes is one that is
 * entered, and one that is left out, where the root has it.
 */
bool	ckpt_torch_is_wrapper(const char *key, size_t n);
bool	ckpt_torch_is_besides(const char *key, size_t n);

/* The shape of an optimizer's state_dict. */
bool	ckpt_torch_is_optimizer(const struct ckpt_pickle_node *);

/* For struct torch_walk: of the root, and of what a wrapper holds. */
bool	ckpt_torch_is_left_out(const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value, bool top);
bool	ckpt_torch_is_left_out_inside(const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value,
	    bool top);

/* A tensor that stands beside a wrapper: a loss, or the like. */
bool	ckpt_torch_is_bare(struct torch *, const struct ckpt_pickle_node *key,
	    const struct ckpt_pickle_node *value);

/* The value of the wrapper that is the only container with tensors, or NULL;
 * top: this is the root. *r is -1 after a failure. */
struct ckpt_pickle_node	*ckpt_torch_unwrap(struct torch *, const struct ckpt_pickle_node *root, bool top,
		    int *r);

/* torch_metadata.c: numbers and texts below root as "torch.*" keys. */
int	ckpt_torch_metadata(struct ckpt_file *, struct torch *, struct ckpt_pickle_node *root,
	    bool (*left)(const struct ckpt_pickle_node *, const struct ckpt_pickle_node *, bool top));

/* torch_storage_stream.c: next and load of struct ckpt_format. */
int	ckpt_torch_next(struct ckpt_file *, struct ckpt_tensor *);
int	ckpt_torch_load(struct ckpt_file *, struct ckpt_tensor *, struct ckpt_buffer *);

#endif
