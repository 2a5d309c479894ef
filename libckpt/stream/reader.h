/*
 * reader.h - the inside of a reader: reader.c has the calls, reader_files.c the files,
 * record_reader.c the records
 *
 * Inside libckpt.
 */
#ifndef CKPT_READER_H
#define CKPT_READER_H

#define XXH_STATIC_LINKING_ONLY	/* the state, by value */
#include <xxhash.h>

#include "base/name_map.h"
#include "ckpt.h"
#include "file_list.h"
#include "format.h"
#include "record_header.h"
#include "zstd_reader.h"

/* The keys of a begin record, or those that a foreign format told. */
struct ckpt_key_list {
	struct ckpt_buffer	 text;		/* NUL-terminated name, value, name ... */
	struct ckpt_buffer	 at;		/* size_t: where each name starts */
	size_t		 n;
};

struct ckpt_rd {
	struct ckpt_file_list	 files;
	const struct ckpt_format *const *formats;
	int		 threads;
	uint64_t	 limit;
	bool		 all;
	bool		(*want)(const char *, void *);
	void		*want_arg;
	bool		(*want_step)(uint64_t, uint64_t, void *);
	void		*want_step_arg;

	struct ckpt_archive_file {			/* an archive that is being read */
		const struct ckpt_format *format;
		struct ckpt_file file;
		struct ckpt_input *in;
		char	*path;		/* "a.tar:b.pt": of the file in it */
		bool	 found;		/* a checkpoint in it */
	}		 archive;
	struct ckpt_buffer	 expected;	/* names of tensors, by an index */

	struct ckpt_input	*in;		/* of the current file, or NULL */
	const struct ckpt_format *format;	/* NULL: native */
	struct ckpt_file file;		/* for a foreign one */
	bool		 started;	/* its checkpoint was announced */
	struct ckpt_records	*native;

	uint64_t	 step, entered;	/* entered: checkpoints so far */
	bool		 inside;	/* so that errors name the step */
	bool		 chosen;	/* want_step took this one */
	bool		 open;		/* ckpt_next_tensor gives its tensors */
	struct ckpt_key_list	 meta;
	struct ckpt_buffer	 unescaped;	/* what ckpt_key returned */
	struct ckpt_name_map	 seen;		/* tensors of this checkpoint */
	char		 name[CKPT_NAME + 1];
	bool		 loaded;	/* the tensor last returned */
	struct ckpt_buffer	 data;		/* its bytes */

	uint64_t	 consumed,
	    total;	/* bytes, of finished files; all */
	uint64_t	 unknown;
	enum ckpt_kind	 why;
	char		 error[1400];
};

/* links.c: do the links of this checkpoint say that the tensor of that name
 * is stored (in, out, ...)? */
bool	ckpt_reader_is_swapped(struct ckpt_rd *, const char *name);

/* What a reader meets in its files; READ_NOTHING at the end of one. */
enum { READ_NOTHING, READ_BEGIN, READ_TENSOR, READ_END };

/* record_reader.c: the records of ckpt/1. As in struct ckpt_format, but that
 * next also returns where checkpoints begin and end. */
struct ckpt_records	*ckpt_records_open(struct ckpt_rd *);
int	ckpt_records_next(struct ckpt_rd *, struct ckpt_tensor *);
int	ckpt_records_load(struct ckpt_rd *, struct ckpt_tensor *);
void	ckpt_records_close(struct ckpt_rd *);
uint64_t	ckpt_records_unknown_frames(const struct ckpt_rd *);

/* Copying a record undecoded, for writer.c: whether the tensor just returned can
 * be (into a stream that zstd wraps or not), its head, and its body piece by
 * piece (0 when done). */
bool	ckpt_records_copyable(const struct ckpt_rd *, bool wrapped);
const struct ckpt_header	*ckpt_records_header(const struct ckpt_rd *);
ptrdiff_t	ckpt_records_body(struct ckpt_rd *, const unsigned char **);

/* reader.c, for record_reader.c: a checkpoint begins, which returns READ_BEGIN;
 * check a tensor's name and keep it. */
int	ckpt_reader_enter(struct ckpt_rd *, uint64_t step);
int	ckpt_reader_keep_name(struct ckpt_rd *, struct ckpt_tensor *,
	    const char *name);
int	ckpt_key_list_add(struct ckpt_key_list *, const char *name,
	    const char *value);

/* reader_files.c: open the next file: 1, 0 past the last, -1. Close it. Free all. */
int	ckpt_reader_open_file(struct ckpt_rd *);
int	ckpt_reader_close_file(struct ckpt_rd *);
void	ckpt_reader_free_files(struct ckpt_rd *);

#endif
