/*
 * format.h - the interface of foreign checkpoint formats
 *
 * A format is a file in formats/ and a row in formats/formats.c. It reads
 * forward through struct ckpt_input and reports failures with ckpt_fail or
 * ckpt_wfail. Rules for names, duplicates, limits and selection are the
 * library's.
 */
#ifndef CKPT_FORMAT_H
#define CKPT_FORMAT_H

#include "base/buffer.h"
#include "base/input.h"
#include "ckpt.h"

/* A foreign file that is being read. It holds one checkpoint. */
struct ckpt_file {
	struct ckpt_rd	*rd;		/* for ckpt_fail and ckpt_meta */
	struct ckpt_input *in;		/* from its first byte */
	const char	*path;
	bool		 has_step;	/* open may set both; otherwise the */
	uint64_t	 step;		/* step is taken from the path */
	uint64_t	 shards;	/* files of the checkpoint, if open
					 * knows: all of them must be read */
	void		*state;		/* of the format; close frees it */
};

/* A foreign file that is being written. It holds one checkpoint. */
struct ckpt_out {
	struct ckpt_wr	*wr;		/* for ckpt_wfail */
	int		 fd;		/* the output */
	uint64_t	 step;
	void		*state;
};

struct ckpt_format {
	const char	*name;		/* argument of -F: "safetensors" */
	const char	*alias[6];	/* others, and suffixes of its files */

	/* Whether the first n bytes of a file look like this format. n is
	 * 4096, or the size of a shorter file. */
	bool	(*probe)(const unsigned char *head, size_t n);

	/* Whether a file that can seek looks like it, if its first bytes do
	 * not, or NULL. The input keeps its position. 1, 0, or -1 after
	 * ckpt_fail. */
	int	(*probe_file)(struct ckpt_rd *, struct ckpt_input *);

	/* Read what precedes the tensors. 0, or -1 after ckpt_fail. */
	int	(*open)(struct ckpt_file *);

	/* Set name, type, dtype, rank and dim of the next tensor, or call
	 * ckpt_list_only; skip the data of one that was not loaded. 1, 0 at
	 * the end, -1 after ckpt_fail. */
	int	(*next)(struct ckpt_file *, struct ckpt_tensor *);

	/* Append the t->size bytes of the tensor to b. 0, or -1 after
	 * ckpt_fail. */
	int	(*load)(struct ckpt_file *, struct ckpt_tensor *t,
		    struct ckpt_buffer *b);

	void	(*close)(struct ckpt_file *);

	/* Instead of next and load, for a file that refers to or holds other
	 * files. An index: the paths of the files that together hold the
	 * checkpoint, each with a NUL, and the names of its tensors, each
	 * followed by a NUL, the name of its file and a NUL. 0 or -1. */
	int	(*files)(struct ckpt_file *, struct ckpt_buffer *paths,
		    struct ckpt_buffer *tensors);
	/* An archive: the names of its files, each with a NUL. 0; 1 if it is
	 * no archive, but a single file that is compressed; -1. */
	int	(*members)(struct ckpt_file *, struct ckpt_buffer *names);
	/* One of them, valid until the next call; if name is NULL, check what
	 * was not read. 0 or -1. */
	int	(*member)(struct ckpt_file *, const char *name,
		    struct ckpt_input **in);

	/* Writing; NULL if the format is only read. create gets the step of
	 * the first checkpoint, meta its dotted keys before the first tensor;
	 * finish is called once, after the last tensor. */
	int	(*create)(struct ckpt_out *);
	int	(*meta)(struct ckpt_out *, const char *key, const char *value);
	int	(*put)(struct ckpt_out *, const struct ckpt_tensor *);
	/* name is a further name of the tensor that was just put; NULL: it is
	 * put once more. */
	int	(*tie)(struct ckpt_out *, const char *name, const char *target);
	int	(*finish)(struct ckpt_out *);
	void	(*abandon)(struct ckpt_out *);	/* free state, always called */
};

/* Record a failure; only the first one counts. The message is preceded by the
 * path and the step. Return -1. */
int	ckpt_fail(struct ckpt_rd *, enum ckpt_kind, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	ckpt_wfail(struct ckpt_wr *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same for an I/O error, by errno, and for an allocation that failed. */
int	ckpt_fail_errno(struct ckpt_rd *);
int	ckpt_fail_memory(struct ckpt_rd *);
int	ckpt_wfail_errno(struct ckpt_wr *);
int	ckpt_wfail_memory(struct ckpt_wr *);

/* From open: add a dotted key of the checkpoint. value is not escaped;
 * characters that a key may not contain are replaced by '_'. 0, or -1. */
int	ckpt_meta(struct ckpt_file *, const char *key, const char *value);

/* Whether s is a valid key: a letter, then letters, digits, '_', '-', '.'. */
bool	ckpt_is_key(const char *s);

/* From open: name is a further name of the tensor target, which is stored
 * once. No tensor may have that name. 0, or -1. */
int	ckpt_tie(struct ckpt_file *, const char *name, const char *target);

/*
 * From open, or from next: the file has something with numbers that is not given
 * as a tensor. name is its name in the file, what says what it is: "opaque
 * data set", "constant in an attribute". One call for each. What open reports
 * is also recorded as the key "left_out". 0, or -1.
 */
int	ckpt_leave_out(struct ckpt_file *, const char *name, const char *what);

/*
 * From next, instead of type and dtype: the elements of this tensor, whose name,
 * rank and dim are set, cannot be given. dtype says what it is, as the file or
 * its library calls it: "complex32", "sparse_coo". Its type becomes CKPT_OTHER,
 * which is not an error until someone loads it: load is never called then.
 * dtype must last until the next call.
 */
void	ckpt_list_only(struct ckpt_tensor *, const char *dtype);

/* Whether the tensor of this name is selected, by that or the name of a tie: if
 * not, its header need not be valid. */
bool	ckpt_wants(const struct ckpt_rd *, const char *name);

/* Whether ckpt_set_all was called: then nothing is left out. */
bool	ckpt_wants_all(const struct ckpt_rd *);

/* Append n bytes of input to b, which grows no faster than they arrive. what
 * names them in messages: "fc.weight". 0, or -1 after ckpt_fail. */
int	ckpt_gather(struct ckpt_rd *, struct ckpt_input *,
	    struct ckpt_buffer *b, uint64_t n, const char *what);

/* The rest of an input, copied to a temporary file: an input that can seek, which
 * the caller closes. NULL after ckpt_fail. */
struct ckpt_input	*ckpt_spool(struct ckpt_rd *, struct ckpt_input *);

/* Skip n bytes of input. 0, or -1 after ckpt_fail. */
int	ckpt_skip(struct ckpt_rd *, struct ckpt_input *, uint64_t n,
	    const char *what);

#endif
