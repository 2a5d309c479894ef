/* writer.h - a writer's state, shared by the files that are named below */
#ifndef CKPT_WRITER_H
#define CKPT_WRITER_H

#include "base/atomic_file.h"
#include "reader.h"
#include "zstd_writer.h"

/* A tensor of the previous checkpoint, to store the difference to. */
struct ckpt_previous {
	struct ckpt_tensor t;		/* without its name and data */
	unsigned char	 data[];
};

struct ckpt_wr {
	char		*path;		/* of the present file */
	char		*pattern;	/* that all are named after, or NULL */
	struct ckpt_name_map paths;	/* that were made from it */
	bool		 in_place;	/* no temporary files */
	int		 fd;
	struct ckpt_atomic_file file;	/* if path is to be replaced */
	char		*program, *version, *command;
	int		 level, threads, delta;
	const struct ckpt_format *format;	/* NULL: native */
	struct ckpt_out	 out;		/* of a foreign format */
	struct ckpt_zstd_writer	*pack;
	const char	*(*rename)(const char *name, void *);	/* for ties */
	void		*rename_arg;

	/* the current checkpoint */
	bool		 inside;	/* ckpt_begin was called */
	bool		 begun;		/* its begin record was written */
	uint64_t	 step;
	struct ckpt_buffer meta;	/* lines of its header: KEY TAB VALUE */
	uint64_t	 via;		/* how many of these are via */
	struct ckpt_tie_list ties;	/* if foreign */
	struct ckpt_buffer parents;	/* uint64_t: of our own via line */
	uint64_t	 tensors;
	XXH64_state_t	 heads;		/* hash of its headers */
	struct ckpt_name_map seen;	/* names of its tensors */

	uint64_t	 steps;		/* checkpoints that are complete */
	struct ckpt_buffer head;	/* the header being written */
	struct ckpt_name_map kept, before;	/* struct ckpt_previous */
	bool		 failed;
	char		 error[1400];
};

/* writer.c: write the begin record; no key can be set after it. 0 or -1. */
int	ckpt_writer_put_begin(struct ckpt_wr *);

/* writer_foreign.c: the same for a file of a foreign format. 0 or -1. */
int	ckpt_writer_begin_foreign(struct ckpt_wr *);

/* metadata_record.c: distribute lines of metadata between a header and the
 * body of a record "meta"; write that record. 0 or -1. */
int	ckpt_metadata_split(const struct ckpt_buffer *meta,
	    struct ckpt_buffer *head, struct ckpt_buffer *body);
int	ckpt_metadata_write(struct ckpt_wr *, const struct ckpt_buffer *body);

/* writer_file.c: open the file w->path, or that of a step, which must be new;
 * close it and rename it, ready for the next one. 0 or -1. */
int	ckpt_writer_open_file(struct ckpt_wr *);
int	ckpt_writer_open_step(struct ckpt_wr *, uint64_t step);
int	ckpt_writer_close_file(struct ckpt_wr *);

/* writer_tensor.c: check the name of a tensor that is to be written. 0, -1. */
int	ckpt_writer_check_name(struct ckpt_wr *, const char *name);

/* writer_tie.c: add a tie, NAME TAB TARGET, or the value of a reader's key,
 * renamed, to the name by which the reader returns its tensor, unless that is
 * its own or the renaming leaves it out; write those of a tensor that was put in
 * a foreign format, whose file may be a shard without the others. 0 or -1. */
int	ckpt_writer_add_tie(struct ckpt_wr *, const char *tie);
int	ckpt_writer_copy_tie(struct ckpt_wr *, struct ckpt_rd *,
	    const char *value);
int	ckpt_writer_put_ties(struct ckpt_wr *, const struct ckpt_tensor *);

/* provenance.c: make the last via line a parent of ours; append our own line
 * to a header. 0, or -1 if out of memory. */
int	ckpt_provenance_parent(struct ckpt_wr *);
int	ckpt_provenance_add(struct ckpt_wr *, struct ckpt_buffer *head);

#endif
