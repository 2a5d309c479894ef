/*
 * reader.h - the inside of a reader: reader.c has the calls, reader_files.c the files,
 * record_reader.c the records
 *
 * Inside libckpt.
 */
#ifndef CKPT_RD_H
#define CKPT_RD_H

#define XXH_STATIC_LINKING_ONLY	/* the state, by value */
#include <xxhash.h>

#include "base/name_map.h"
#include "ckpt.h"
#include "file_list.h"
#include "format.h"
#include "record_header.h"
#include "zstd_reader.h"

/* The keys of a begin record, or those that a foreign format told. */
struct meta {
	struct buf	 text;		/* NUL-terminated name, value, name ... */
	struct buf	 at;		/* size_t: where each name starts */
	size_t		 n;
};

struct ckpt_rd {
	struct files	 files;
	const struct ckpt_format *const *formats;
	int		 threads;
	uint64_t	 limit;
	bool		 all;
	bool		(*want)(const char *, void *);
	void		*want_arg;
	bool		(*want_step)(uint64_t, uint64_t, void *);
	void		*want_step_arg;

	struct box {			/* an archive that is being read */
		const struct ckpt_format *format;
		struct ckpt_file file;
		struct in *in;
		char	*path;		/* "a.tar:b.pt": of the file in it */
		bool	 found;		/* a checkpoint in it */
	}		 box;
	struct buf	 expected;	/* names of tensors, by an index */

	struct in	*in;		/* of the current file, or NULL */
	const struct ckpt_format *format;	/* NULL: native */
	struct ckpt_file file;		/* for a foreign one */
	bool		 started;	/* its checkpoint was announced */
	struct native	*native;

	struct ckpt_wr	*follower;	/* is told of each checkpoint */
	uint64_t	 step, entered;	/* entered: checkpoints so far */
	bool		 inside;	/* so that errors name the step */
	bool		 chosen;	/* want_step took this one */
	struct meta	 meta;
	struct buf	 unescaped;	/* what ckpt_key returned */
	struct names	 seen;		/* tensors of this checkpoint */
	char		 name[CKPT_NAME + 1];
	bool		 loaded;	/* the tensor last returned */
	struct buf	 data;		/* its bytes */

	uint64_t	 consumed, total;	/* bytes, of finished files; all */
	uint64_t	 unknown;
	enum ckpt_kind	 why;
	char		 error[1400];
};

/* links.c: do the links of this checkpoint say that the tensor of that name
 * is stored (in, out, ...)? */
bool	rd_swapped(struct ckpt_rd *, const char *name);

/* record_reader.c: the records of ckpt/1. As in struct ckpt_format. */
struct native	*native_open(struct ckpt_rd *);
int	native_next(struct ckpt_rd *, struct tensor *);
int	native_load(struct ckpt_rd *, struct tensor *);
void	native_close(struct ckpt_rd *);
uint64_t	native_unknown_frames(const struct ckpt_rd *);

/* Copying a record undecoded, for writer.c: whether the tensor just returned can
 * be (into a stream that zstd wraps or not), its head, and its body piece by
 * piece (0 when done). */
bool	native_copyable(const struct ckpt_rd *, bool wrapped);
const struct head	*native_head(const struct ckpt_rd *);
ptrdiff_t	native_body(struct ckpt_rd *, const unsigned char **);

/* reader.c, for record_reader.c: a checkpoint begins; check and keep a tensor's name. */
int	rd_enter(struct ckpt_rd *, uint64_t step);
int	rd_name(struct ckpt_rd *, struct tensor *, const char *name);
int	meta_add(struct meta *, const char *name, const char *value);

/* reader_files.c: open the next file: 1, 0 past the last, -1. Close it. Free all. */
int	rd_file_open(struct ckpt_rd *);
int	rd_file_close(struct ckpt_rd *);
void	rd_file_end(struct ckpt_rd *);

/* writer.c: either end of the pair goes away first. */
void	wr_forget(struct ckpt_wr *, struct ckpt_rd *);

#endif
