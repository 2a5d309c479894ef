/*
 * record_reader.h - the state of a ckpt/1 file that is being read, shared by
 * record_reader.c (records) and record_body.c (the bodies of tensors)
 */
#ifndef CKPT_RECORD_READER_H
#define CKPT_RECORD_READER_H

#include "encoding.h"
#include "reader.h"

/* Fuzzers cannot guess hashes; a build with CKPT_NO_HASH accepts any. */
#ifdef CKPT_NO_HASH
enum { HASHES = 0 };
#else
enum { HASHES = 1 };
#endif

/* A tensor that the next checkpoint may store a difference to. */
struct ckpt_base_tensor {
	struct ckpt_tensor t;		/* without its name */
	int		 depth;		/* differences it was decoded from */
	struct ckpt_buffer data;
};

struct ckpt_records {
	struct ckpt_zstd_reader	*src;
	struct ckpt_header head;
	struct ckpt_header_fault fault;
	uint64_t	 records;	/* so far, in the file */
	bool		 inside;	/* between begin and end */
	bool		 meta;		/* a record "meta" must come */
	bool		 ended;		/* the last record was eof */
	uint64_t	 steps;		/* checkpoints since the last eof */
	uint64_t	 tensors;	/* in this checkpoint */
	XXH64_state_t	 heads;		/* hash of its headers */

	/* the tensor last returned */
	struct ckpt_tensor t;
	char		 dtype[32];
	bool		 pending;	/* its body was not read yet */
	uint64_t	 left, padding;
	int		 enc;
	char		 odd_enc[64];	/* an unknown encoding, or "" */
	uint64_t	 chunk, base_hash;

	/* differences: struct ckpt_base_tensor by name */
	bool		 keep;		/* this checkpoint may be a base */
	struct ckpt_name_map kept, before;
	struct ckpt_buffer joined;	/* a chunk before it is xored */
};

/* Skip the body of the tensor last returned, or decode it if the next
 * checkpoint may need it. 0 or -1. */
int	ckpt_records_skip_body(struct ckpt_rd *);

/* Free a struct ckpt_base_tensor. */
void	ckpt_records_drop_base(void *);

#endif
