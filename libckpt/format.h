/*
 * format.h - what a foreign checkpoint format provides, and may use
 *
 * A format is one file in formats/ and one row in formats/formats.c. It reads
 * forward through struct ckpt_input, reports failures with ckpt_fail or ckpt_wfail,
 * and leaves name rules, duplicates, limits and selection to the library.
 */
#ifndef CKPT_FORMAT_H
#define CKPT_FORMAT_H

#include "base/buffer.h"
#include "base/input.h"
#include "ckpt.h"

/* A foreign file that is being read. A file is one checkpoint. */
struct ckpt_file {
	struct ckpt_rd	*rd;		/* for ckpt_fail and ckpt_meta */
	struct ckpt_input	*in;		/* its bytes, from the first */
	const char	*path;
	bool		 has_step;	/* open may set both; otherwise the */
	uint64_t	 step;		/* step comes from the path */
	void		*state;		/* the format's own; close frees it */
};

/* A foreign file that is being written. It holds one checkpoint. */
struct ckpt_out {
	struct ckpt_wr	*wr;		/* for ckpt_wfail */
	int		 fd;		/* where the bytes go */
	uint64_t	 step;
	void		*state;
};

struct ckpt_format {
	const char	*name;		/* as -F takes it: "safetensors" */

	/* Do these first n bytes of a file look like this format? n is 4096,
	 * or less when the file is shorter. */
	bool	(*probe)(const unsigned char *head, size_t n);

	/* Read what precedes the tensors. 0, or -1 after ckpt_fail. */
	int	(*open)(struct ckpt_file *);

	/* Fill name, type, dtype, rank and dim of the next tensor; pass over
	 * what was not loaded. 1, 0 at the proper end, -1 after ckpt_fail. */
	int	(*next)(struct ckpt_file *, struct ckpt_tensor *);

	/* Its t->size bytes into *b, with ckpt_gather or after in_room. */
	int	(*load)(struct ckpt_file *, struct ckpt_tensor *,
	    struct ckpt_buffer *b);

	void	(*close)(struct ckpt_file *);

	/* Instead of next and load, for what holds other files. An index:
	 * the paths of the files whose tensors make one checkpoint, and the
	 * names of these, each with a NUL. 0 or -1. */
	int	(*files)(struct ckpt_file *, struct ckpt_buffer *paths,
		    struct ckpt_buffer *names);
	/* An archive: its next file, each a checkpoint if its format is
	 * known; in is valid until the next call. 1, 0 at the end, -1. */
	int	(*member)(struct ckpt_file *, struct ckpt_input **in,
		    const char **name);

	/* Writing; NULL where it is not offered. create gets the first
	 * checkpoint's step; meta its dotted keys before the first tensor;
	 * finish is called once, when all tensors have been put. */
	int	(*create)(struct ckpt_out *);
	int	(*meta)(struct ckpt_out *, const char *key, const char *value);
	int	(*put)(struct ckpt_out *, const struct ckpt_tensor *);
	int	(*finish)(struct ckpt_out *);
	void	(*abandon)(struct ckpt_out *);	/* free state, done or not */
};

/* Keep the text of a failure; returns -1. "path: " and the step come before. */
int	ckpt_fail(struct ckpt_rd *, enum ckpt_kind, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	ckpt_wfail(struct ckpt_wr *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same for a system call, by errno, and for an allocation that failed. */
int	ckpt_fail_errno(struct ckpt_rd *);
int	ckpt_fail_memory(struct ckpt_rd *);
int	ckpt_wfail_errno(struct ckpt_wr *);
int	ckpt_wfail_memory(struct ckpt_wr *);

/* From open: a dotted key of the file's only checkpoint; value is unescaped.
 * Characters that a key may not have become '_'. 0, or -1. */
int	ckpt_meta(struct ckpt_file *, const char *key, const char *value);

/* Is s a valid key: letters, digits, '_', '-' and '.', a letter first? */
bool	ckpt_is_key(const char *s);

/* From open: name is another name of the tensor target, which the file holds
 * once. Nothing else may be called so. 0, or -1. */
int	ckpt_tie(struct ckpt_file *, const char *name, const char *target);

/* Was ckpt_set_all called? Then nothing is left out. */
bool	ckpt_wants_all(const struct ckpt_rd *);

/* n bytes of input to the end of b, which grows no faster than they arrive.
 * 0, or -1 after ckpt_fail; what names the thing: "fc.weight". */
int	ckpt_gather(struct ckpt_rd *, struct ckpt_input *,
	    struct ckpt_buffer *b, uint64_t n,
	    const char *what);

/* Pass over n bytes of what. 0, or -1 after ckpt_fail. */
int	ckpt_skip(struct ckpt_rd *, struct ckpt_input *, uint64_t n,
	    const char *what);

#endif
