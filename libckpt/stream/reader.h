/* reader.h - a reader's state, shared by the files that are named below */
#ifndef CKPT_READER_H
#define CKPT_READER_H

#define XXH_STATIC_LINKING_ONLY	/* the state, by value */
#include <xxhash.h>

#include "base/name_map.h"
#include "ckpt.h"
#include "file_list.h"
#include "format.h"
#include "record_header.h"
#include "tie.h"
#include "zstd_reader.h"

/* The keys of a checkpoint: of its begin record, or given by a foreign
 * format. */
struct ckpt_key_list {
	struct ckpt_buffer text;	/* name, NUL, value, NUL, name ... */
	struct ckpt_buffer at;		/* size_t: where each name starts */
	size_t		 n;
	struct ckpt_name_map names;
	struct ckpt_tie_list ties;
};

/* What was left out of a checkpoint: see left_out.c. */
struct ckpt_left_out {
	uint64_t	 n;
	char		*first;		/* "x (opaque data set)" */
	char		*line;		/* at the end of the checkpoint */
};

struct ckpt_rd {
	/* settings */
	struct ckpt_file_list files;
	const struct ckpt_format *const *formats;
	int		 threads;
	uint64_t	 limit;
	bool		 all;
	bool		(*want)(const char *, void *);
	void		*want_arg;
	bool		(*want_step)(uint64_t, uint64_t, void *);
	void		*want_step_arg;
	bool		(*path_step)(const char *, uint64_t *, void *);
	void		*path_step_arg;

	/* the current file */
	struct ckpt_archive_file {	/* the archive it is in, if any */
		const struct ckpt_format *format;
		struct ckpt_file file;
		struct ckpt_input *in;
		struct ckpt_buffer names;	/* of its members */
		struct ckpt_member *member;	/* by their paths */
		size_t	 n, room;
		struct ckpt_file_list files;	/* checkpoints among them */
		char	*path;		/* "a.tar:b.pt": of the file in it */
		bool	 found;		/* a checkpoint in it */
	}		 archive;
	struct ckpt_buffer expected;	/* tensor, NUL, shard, NUL; from an
					 * index */
	struct ckpt_name_map shard_of;	/* tensors of the index */
	bool		 copied;	/* in is a temporary copy */
	bool		 skipped;	/* a file that is no checkpoint */
	struct ckpt_input *in;		/* NULL between two files */
	const struct ckpt_format *format;	/* NULL: native */
	struct ckpt_file file;		/* of a foreign format */
	bool		 started;	/* its checkpoint was announced */
	struct ckpt_records *native;

	/* the current checkpoint */
	uint64_t	 step;
	uint64_t	 entered;	/* checkpoints so far, with this one */
	bool		 counted;	/* no step was found */
	bool		 inside;	/* error messages name the step */
	bool		 chosen;	/* by want_step */
	bool		 open;		/* ckpt_next_tensor returns its tensors */
	struct ckpt_key_list meta;
	bool		 expands;	/* ties are returned as tensors */
	struct ckpt_buffer unescaped;	/* what ckpt_key returned */
	struct ckpt_buffer full_name;	/* ckpt_reader_full_name, too */
	struct ckpt_name_map seen;	/* names of its tensors */
	struct ckpt_left_out left_out;
	struct ckpt_name_map swapped;	/* those stored with inputs first */
	bool		 links_parsed;	/* swapped is known */

	/* the tensor last returned */
	char		 name[CKPT_NAME + 1];
	struct ckpt_tensor stored;	/* as it is stored, not by a tie */
	const char	*given;		/* the first name it was returned by */
	struct ckpt_tie	*tie;		/* its next name */
	bool		 loaded;
	struct ckpt_buffer data;

	size_t		 noted;		/* bytes of files.notes returned */
	uint64_t	 consumed;	/* bytes of files that are finished */
	uint64_t	 total;		/* bytes of all files, 0 if not known */
	uint64_t	 unknown;	/* skippable frames of unknown kind */
	enum ckpt_kind	 why;
	char		 error[1400];
};

/* links.c: do the links of this checkpoint say that the tensor of this name is
 * stored with its inputs first? 1, 0, or -1 if out of memory. */
int	ckpt_reader_is_swapped(struct ckpt_rd *, const char *name);

/* What comes next in a file; READ_NOTHING at its end. */
enum { READ_NOTHING, READ_BEGIN, READ_TENSOR, READ_END };

/* record_reader.c: as the functions of struct ckpt_format, but next also
 * returns where checkpoints begin and end. */
struct ckpt_records	*ckpt_records_open(struct ckpt_rd *);
int	ckpt_records_next(struct ckpt_rd *, struct ckpt_tensor *);
int	ckpt_records_load(struct ckpt_rd *, struct ckpt_tensor *);
void	ckpt_records_close(struct ckpt_rd *);
uint64_t	ckpt_records_unknown_frames(const struct ckpt_rd *);

/* For ckpt_copy: can the tensor just returned be copied without decoding, into
 * a stream that is compressed (wrapped) or not; its header; the next piece of
 * its body, whose size is returned, 0 at the end, -1. */
bool	ckpt_records_copyable(const struct ckpt_rd *, bool wrapped);
const struct ckpt_header	*ckpt_records_header(const struct ckpt_rd *);
ptrdiff_t	ckpt_records_body(struct ckpt_rd *, const unsigned char **);

/* reader.c: a checkpoint begins. Returns READ_BEGIN. */
int	ckpt_reader_enter(struct ckpt_rd *, uint64_t step);

/* reader.c: check the name of a tensor and keep a copy for t. 0 or -1. */
int	ckpt_reader_keep_name(struct ckpt_rd *, struct ckpt_tensor *t,
	    const char *name);

/* tie.c: whether the selection has this name; the first name of the tensor just
 * read that it has, false if it has none; the next one, if ties are expanded. */
bool	ckpt_reader_wants(const struct ckpt_rd *, const char *name);
bool	ckpt_reader_first_name(struct ckpt_rd *, struct ckpt_tensor *t);
bool	ckpt_reader_next_name(struct ckpt_rd *, struct ckpt_tensor *t);

/* tie.c: is this a further name of a tensor of the checkpoint? */
bool	ckpt_reader_has_tie(const struct ckpt_rd *, const char *name);

/* tie.c: that first name of the tensor stored as target, or NULL. */
const char	*ckpt_reader_given_name(const struct ckpt_rd *,
		    const char *target);

/* metadata.c: add a key (0, or -1 if out of memory); whether there is one;
 * remove all. */
int	ckpt_key_list_add(struct ckpt_key_list *, const char *name,
	    const char *value);
bool	ckpt_key_list_has(const struct ckpt_key_list *, const char *name);
void	ckpt_key_list_clear(struct ckpt_key_list *);

/* metadata_record.c: add the keys of the record "meta" whose header was read,
 * and enter the checkpoint. READ_BEGIN or -1. */
int	ckpt_metadata_read(struct ckpt_rd *);

/*
 * left_out.c: forget what was left out; add the key "left_out" (0 or -1), if
 * anything was; the same from the value of that key, -1 if it is not valid; end
 * the checkpoint, which is an error if nothing else was in it.
 */
void	ckpt_left_out_clear(struct ckpt_left_out *);
int	ckpt_left_out_put(struct ckpt_rd *);
int	ckpt_left_out_parse(struct ckpt_rd *, const char *value);
int	ckpt_left_out_end(struct ckpt_rd *);

/* detect_format.c: the format of the file in r->in: 1 with *format (NULL: native),
 * 0 if it is not known, -1 after ckpt_fail. */
enum { CKPT_HEAD = 4096 };		/* bytes that show a format */
int	ckpt_detect_format(struct ckpt_rd *, const struct ckpt_format **format);

/* unknown_format.c: what stands for a file that was not downloaded, and what to
 * do; or NULL. Fail with that, or that the format is not known: -1. */
const char	*ckpt_find_stand_in(struct ckpt_input *);
int		 ckpt_fail_unknown_format(struct ckpt_rd *);

/* reader_files.c: open the next file (1, 0 past the last one, -1); close it (0
 * or -1); free everything. */
int	ckpt_reader_open_file(struct ckpt_rd *);
int	ckpt_reader_close_file(struct ckpt_rd *);
void	ckpt_reader_free_files(struct ckpt_rd *);

/* reader_files.c: a name in the present file with the prefix that it gets in the
 * checkpoint. NULL if out of memory. */
const char	*ckpt_reader_full_name(const struct ckpt_rd *,
		    const char *name);

/* reader_files.c: why the index does not have this tensor in the present shard;
 * NULL: it has, or there is none. */
const char	*ckpt_reader_misplaced(const struct ckpt_rd *,
		    const char *tensor);

/*
 * reader_archive.c: the file in r->in is an archive: list its checkpoints; open a
 * member; end the archive, where its rest is checked; free it. 0 or -1.
 */
int	ckpt_reader_open_archive(struct ckpt_rd *, const struct ckpt_format *);
int	ckpt_reader_open_member(struct ckpt_rd *, const char *path);
int	ckpt_reader_end_archive(struct ckpt_rd *);
void	ckpt_reader_close_archive(struct ckpt_rd *);

/* reader_files.c: the step of the foreign file that is read: in it, in its path,
 * or counted. 0, or -1 after ckpt_fail. */
int	ckpt_reader_find_step(struct ckpt_rd *, uint64_t *step);

#endif
