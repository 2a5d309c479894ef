/* hdf5_walk.h - inside the child process that reads HDF5 */
#ifndef HDF5_WALK_H
#define HDF5_WALK_H

#include <hdf5.h>

#include "hdf5_child.h"

/* What a data set can be read as. */
struct hdf5_type {
	enum ckpt_type	 type;		/* CKPT_OTHER: as nothing */
	hid_t		 memory;	/* the same, little-endian; to be closed */
};

/* The data sets that were told of, and where the talk goes. */
struct hdf5_walk {
	int		 socket;
	hid_t		 file;
	bool		 all;		/* the optimizer's as well */
	char		**path;		/* by number */
	size_t		 n, room;
	size_t		 work;		/* objects looked at */
	void		*seen;		/* tsearch: objects by address */
};

/* hdf5_child.c. Send an item with its texts, and end if nobody listens. */
void	ckpt_hdf5_send(const struct hdf5_walk *, struct hdf5_item, const char *text,
	    const char *value);

/* The same for a failure; ends the process. */
void	ckpt_hdf5_fail(const struct hdf5_walk *, enum ckpt_kind, const char *fmt,
	    ...) __attribute__((format(printf, 3, 4), noreturn));

/* hdf5_walk.c: tell of all data sets that are tensors. */
void	ckpt_hdf5_announce(struct hdf5_walk *);

/* hdf5_attribute.c: the strings of an attribute, NULL-terminated, in one piece for
 * free; NULL if it is missing or not of strings. Tell of an object's small
 * attributes. */
char	**ckpt_hdf5_strings(hid_t object, const char *name);
void	ckpt_hdf5_attributes(const struct hdf5_walk *, hid_t object);

/* hdf5_type.c. */
struct hdf5_type ckpt_hdf5_type(hid_t type);

/* hdf5_dataset.c: send the values of a data set in parts. */
void	ckpt_hdf5_read_dataset(const struct hdf5_walk *, const char *path);

#endif
