/* hdf5_walk.h - inside the child process that reads HDF5 */
#ifndef CKPT_HDF5_WALK_H
#define CKPT_HDF5_WALK_H

#include <hdf5.h>

#include "hdf5_child.h"

/* The type that a dataset is read as. */
struct hdf5_type {
	enum ckpt_type	 type;		/* CKPT_OTHER: not supported */
	hid_t		 memory;	/* little-endian; the caller closes it,
					 * unless it is negative */
	char		 name[32];	/* of CKPT_OTHER: "enum", "float128" */
};

/* The file, and the datasets that were sent. */
struct hdf5_walk {
	int		 socket;
	hid_t		 file;
	bool		 all;		/* the optimizer's state as well */
	char		**path;		/* by index */
	size_t		 n, room;
	size_t		 work;		/* objects visited */
	void		*seen;		/* tsearch: objects by address */
};

/* hdf5_child.c: send a message; if the parent has ended, exit. */
void	ckpt_hdf5_send(const struct hdf5_walk *, struct hdf5_item,
	    const char *text, const char *value);

/* Send a failure, and exit. */
void	ckpt_hdf5_fail(const struct hdf5_walk *, enum ckpt_kind,
	    const char *fmt, ...)
	    __attribute__((format(printf, 3, 4), noreturn));

/* hdf5_walk.c: send the list of datasets that are tensors, and metadata. */
void	ckpt_hdf5_send_datasets(struct hdf5_walk *);

/* hdf5_attribute.c: the strings of an attribute, NULL-terminated, in one
 * allocation; NULL if there are none. Send an object's small attributes. */
char	**ckpt_hdf5_read_strings(hid_t object, const char *name);
void	ckpt_hdf5_send_attributes(const struct hdf5_walk *, hid_t object);

/* Report the arrays of numbers in an object's attributes as left out. */
void	ckpt_hdf5_report_arrays(const struct hdf5_walk *, hid_t object,
	    const char *path);

/* hdf5_type.c: the element type of a dataset of this HDF5 type. */
struct hdf5_type ckpt_hdf5_map_type(hid_t set, hid_t type);

/* hdf5_dataset.c: whether the storage of a dataset (its creation properties)
 * keeps it from being read: it is "virtual", made of others; "external", in
 * another file; or has a filter of this name that is not available. */
bool	ckpt_hdf5_find_obstacle(hid_t how, char out[32]);

/* Send the values of a dataset. */
void	ckpt_hdf5_send_values(const struct hdf5_walk *, const char *path);

#endif
