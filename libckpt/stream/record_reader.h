/*
 * record_reader.h - a ckpt/1 file that is being read: record_reader.c has the records,
 * record_body.c the bodies of tensors
 *
 * Inside libckpt.
 */
#ifndef CKPT_RECORD_READER_H
#define CKPT_RECORD_READER_H

#include "encoding.h"
#include "reader.h"

/* Fuzzers cannot guess hashes; a build with CKPT_NO_HASH takes any. */
#ifdef CKPT_NO_HASH
enum { HASHES = 0 };
#else
enum { HASHES = 1 };
#endif

/* A tensor that the next checkpoint may be a difference to. */
struct ckpt_base_tensor {
	struct ckpt_tensor	 t;		/* without its name */
	int		 depth;		/* of the chain that it ends */
	struct ckpt_buffer	 data;
};

struct ckpt_records {
	struct ckpt_zstd_reader	*src;
	struct ckpt_header	 head;
	struct ckpt_header_fault fault;
	uint64_t	 records;	/* so far in the file */
	bool		 inside;	/* between begin and end */
	bool		 ended;		/* eof was the last record */
	uint64_t	 steps;		/* checkpoints in this segment */
	uint64_t	 tensors;	/* in this checkpoint */
	XXH64_state_t	 heads;		/* of this checkpoint */

	/* the tensor last returned */
	struct ckpt_tensor	 t;
	char		 dtype[32];
	bool		 pending;	/* its body was not consumed */
	uint64_t	 left, padding;
	int		 enc;
	char		 odd_enc[64];	/* an encoding unknown to us, or "" */
	uint64_t	 chunk, base_hash;

	/* differences */
	bool		 keep;
	struct ckpt_name_map	 kept,
	    before;	/* struct ckpt_base_tensor by name */
	struct ckpt_buffer	 joined;	/* a chunk before it is xored */
};

/* Leave the body of the tensor last returned behind; but one that the next
 * checkpoint may build on is decoded. 0 or -1. */
int	ckpt_records_skip_body(struct ckpt_rd *);

void	ckpt_records_drop_base(void *);	/* free a struct ckpt_base_tensor */

#endif
