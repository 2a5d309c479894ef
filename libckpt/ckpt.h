/*
 * ckpt.h - read and write checkpoint streams; the format is in ckpt(5)
 *
 * A handle owns all it gives out, until the next call on that handle.
 * Functions return 1 for a result, 0 for the proper end (or for done), -1 for
 * an error; then ckpt_error says what, and the handle stays failed (but a reader
 * can continue with the next file: ckpt_skip_file). Nothing prints, nothing exits.
 * Handles share nothing: each may have its own thread.
 */
#ifndef CKPT_H
#define CKPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CKPT_VERSION "0.1"

/* The element types of ckpt(5), in the order of their size. */
enum ckpt_type {
	CKPT_OTHER,		/* only to be listed, skipped and copied */
	CKPT_BOOL, CKPT_U8, CKPT_I8,
	CKPT_F8_E4M3, CKPT_F8_E5M2, CKPT_F8_E8M0,
	CKPT_F8_E4M3FNUZ, CKPT_F8_E5M2FNUZ,
	CKPT_U16, CKPT_I16, CKPT_F16, CKPT_BF16,
	CKPT_U32, CKPT_I32, CKPT_F32,
	CKPT_U64, CKPT_I64, CKPT_F64, CKPT_C64,
	CKPT_C128
};

/* Why a handle failed. The user does something else about each. */
enum ckpt_kind {
	CKPT_FINE,
	CKPT_CUT,		/* the input ends too early */
	CKPT_BAD,		/* it cannot have been written so */
	CKPT_UNSUPPORTED,	/* a newer or optional part of the format */
	CKPT_LIMIT,		/* legal, but more than allowed here */
	CKPT_IO,		/* the system reported an error */
	CKPT_MEMORY		/* out of memory */
};

enum { CKPT_RANK = 32, CKPT_NAME = 1023 };

struct ckpt_tensor {
	const char	*name;
	const char	*tie;		/* reading: the tensor of which this
					 * is a further name, or NULL */
	enum ckpt_type	 type;
	const char	*dtype;		/* its name in the file: "F32" */
	int		 rank;
	bool		 swapped;	/* stored (in, out, ...) */
	uint64_t	 dim[CKPT_RANK];
	uint64_t	 len;		/* elements: 1 for a scalar; may be 0 */
	uint64_t	 size;		/* bytes */
	uint64_t	 hash;		/* XXH64 of the bytes; 0: none */
	void		*data;		/* C order, little-endian; or NULL */
};

struct ckpt_rd;
struct ckpt_wr;
struct ckpt_format;		/* format.h: a foreign format */

/* -------------------------------------------------------------- types */

/* "F32" for CKPT_F32; "?" for CKPT_OTHER. */
const char	*ckpt_type_name(enum ckpt_type);

/* CKPT_F32 for "F32"; CKPT_OTHER for an unknown name. */
enum ckpt_type	 ckpt_type_of(const char *name);

/* The same for a name that a user typed, in any case: also those of PyTorch and
 * NumPy, "torch.float32", "float", "<f4". */
enum ckpt_type	 ckpt_find_type(const char *name);

/* Bytes per element: 4 for CKPT_F32; 0 for CKPT_OTHER. */
size_t		 ckpt_type_size(enum ckpt_type);

/* True for the real floating types, F64 down to the F8 family. */
bool		 ckpt_type_is_float(enum ckpt_type);

/*
 * n elements of any real type at src (not C64, C128, OTHER) as doubles into
 * dst, exactly. Returns 0, or -1 for a type that cannot be converted.
 */
int		 ckpt_to_double(double *dst, const void *src,
		    enum ckpt_type, size_t n);

/*
 * n doubles at src into elements of a real type, to nearest, ties to even;
 * integers and BOOL (not zero) saturate. Returns 0, or -1 as above.
 */
int		 ckpt_from_double(void *dst, const double *src,
		    enum ckpt_type, size_t n);

/*
 * Fill len and size of t from type, rank and dim. Returns 0, or -1 when the
 * product of the non-zero dimensions exceeds what ckpt(5) allows (2^62 bytes).
 */
int		 ckpt_measure(struct ckpt_tensor *t);

/* ------------------------------------------------------------ reading */

/*
 * A program that changes a stream:
 *
 *	while (ckpt_next_checkpoint(r) == 1) {
 *		ckpt_begin_from(w, r);
 *		while (ckpt_next_tensor(r, &t) == 1)
 *			if (ckpt_load(r, &t) < 0 || change(&t) < 0 ||
 *			    ckpt_put(w, &t) < 0)
 *				...
 *	}
 */

/*
 * Open the files of a NULL-terminated list as one stream, in that order. "-"
 * is standard input, and so is an empty list. Files are recognized by
 * content: native, or one of formats (NULL-terminated; NULL for native only).
 * Returns NULL only when out of memory; all other failures come from the
 * first ckpt_next_checkpoint.
 */
struct ckpt_rd	*ckpt_open(char *const paths[],
		    const struct ckpt_format *const formats[]);

/* Before the first ckpt_next_checkpoint: choose tensors, and checkpoints; what
 * is not wanted is neither decoded nor returned. nth counts the checkpoints
 * from 0, whether chosen or not. */
void	ckpt_select_tensors(struct ckpt_rd *,
	    bool (*want)(const char *name, void *), void *);
void	ckpt_select_steps(struct ckpt_rd *,
	    bool (*want)(uint64_t step, uint64_t nth, void *), void *);

/*
 * Ties, further names of a tensor: the selection of tensors applies to all of
 * its names. It is returned once, by the first one that is selected. If on,
 * until this is called again, the other ones follow, with the same data, as
 * tensors of their own, which ckpt_begin_from then does not declare as ties.
 */
void	ckpt_expand_ties(struct ckpt_rd *, bool on);

/* Before the first ckpt_next_checkpoint: threads that decode (default 1). */
void	ckpt_set_threads(struct ckpt_rd *, int n);

/* Largest tensor to load, in bytes; the default is half the memory. */
void	ckpt_set_limit(struct ckpt_rd *, uint64_t bytes);

/* Before the first ckpt_next_checkpoint: by finds the steps of foreign files in
 * their paths, instead of what is in the files and of ckpt_path_steps. A file is
 * refused where it returns false. */
void	ckpt_set_path_steps(struct ckpt_rd *,
	    bool (*by)(const char *path, uint64_t *step, void *), void *);

/* Before the first ckpt_next_checkpoint: read also what foreign formats keep
 * for training only, as the state of optimizers, under its full name. */
void	ckpt_set_all(struct ckpt_rd *);

/*
 * Advance to the next checkpoint, skipping what is left of the present one. Its
 * step and keys are then known, and stay so until the next call; it may have no
 * tensors. Returns 1, 0 at the proper end of the last file, -1.
 */
int	ckpt_next_checkpoint(struct ckpt_rd *);

/* Between two checkpoints: whether ckpt_next_checkpoint can begin to read at
 * once. Otherwise it waits for a pipe, maybe for long: time to flush output. */
bool	ckpt_is_ready(const struct ckpt_rd *);

/*
 * The header of the next tensor of this checkpoint; what was not loaded is
 * skipped. Returns 1, 0 at the end of the checkpoint, -1.
 */
int	ckpt_next_tensor(struct ckpt_rd *, struct ckpt_tensor *);

/* The bytes of the tensor just returned, checked against its hash, at t->data,
 * which stays valid until the next call of ckpt_next_tensor or
 * ckpt_next_checkpoint. Returns 0 or -1. */
int	ckpt_load(struct ckpt_rd *, struct ckpt_tensor *t);

/*
 * After ckpt_next_tensor has returned 0: a line about what the checkpoint has
 * that holds numbers and was not returned, "a.h5: step 0: 3 tensors left out,
 * first: x (opaque data set)", until the next call of ckpt_next_checkpoint; NULL
 * if nothing was left out. A checkpoint of nothing else is an error.
 */
const char	*ckpt_left_out(const struct ckpt_rd *);

/* The next line about files that are not read, since others in their folder or
 * archive are, "m: model.safetensors is read, not pytorch_model.bin"; NULL if
 * there is none for now. It lasts until the next call of ckpt_next_checkpoint. */
const char	*ckpt_notice(struct ckpt_rd *);

/* Of the present checkpoint: its step, and how many came before it. */
uint64_t	 ckpt_step(const struct ckpt_rd *);
uint64_t	 ckpt_nth(const struct ckpt_rd *);

/* Whether neither the file nor its path has this step: it is then how many
 * checkpoints came before. */
bool		 ckpt_step_is_counted(const struct ckpt_rd *);

/* The unescaped value of a dotted key of that checkpoint, or NULL. */
const char	*ckpt_key(const struct ckpt_rd *, const char *key);

/* Its i-th key, as written (escaped, so always printable); false past the
 * last. The keys "via" and "tie" may come several times. */
bool		 ckpt_keys(const struct ckpt_rd *, size_t i,
		    const char **key, const char **value);

const char	*ckpt_path(const struct ckpt_rd *);	/* the file now read */
const char	*ckpt_format_name(const struct ckpt_rd *); /* "ckpt", ... */

/* Bytes of input consumed, and their total (0 if not known): for progress. */
uint64_t	 ckpt_tell(const struct ckpt_rd *);
uint64_t	 ckpt_total(const struct ckpt_rd *);

/* Skippable zstd frames of unknown kind that were passed over so far. */
uint64_t	 ckpt_unknown_frames(const struct ckpt_rd *);

/* Give up the present file, with its shards or its archive, and the error if
 * there was one: ckpt_next_checkpoint continues with the next file. */
void		 ckpt_skip_file(struct ckpt_rd *);

/* "path: step 100: w: wanted 24 bytes, got 7"; "" if nothing failed. */
const char	*ckpt_error(const struct ckpt_rd *);
enum ckpt_kind	 ckpt_why(const struct ckpt_rd *);
void		 ckpt_close(struct ckpt_rd *);

/*
 * The training step in a path, as people write it. In this order:
 *   a number after "step", "iter", "it", "iteration", "checkpoint" or "ckpt",
 *     in the file name, or else in the nearest directory that has one; of
 *     several in one name the earlier of these words counts, then the later
 *     place;
 *   a file name that is a number: "00200.pt";
 *   a number after "epoch" or "ep", searched for like the words above;
 *   a number with leading zeros at the end of the file name: "model_000100.pt".
 * Case is ignored; one of "-_=." may stand before the number; no letter may be
 * next to it. False if there is none below 2^63.
 */
bool	ckpt_path_step(const char *path, uint64_t *step);

/*
 * The steps of the n paths of a series, into step: by ckpt_path_step, if all
 * have one. Where these repeat and no word for steps says so, or where there are
 * none, the number counts that is another one in each, of names that are the
 * same but for numbers; the last one if there are several. False if there is
 * none.
 */
bool	ckpt_path_steps(char *const paths[], size_t n, uint64_t step[]);

/*
 * Sort a NULL-terminated list by ckpt_path_steps, or by the steps that by finds
 * (false: it has none) if that is not NULL, equal steps in their present order,
 * if every path has a step and is a regular file that is not a ckpt/1 stream
 * (those have steps of their own). Otherwise the list is unchanged.
 */
void	ckpt_sort_paths(char **paths,
	    bool (*by)(const char *path, uint64_t *step, void *), void *);

/* Do names of files say that a and b are shards of one checkpoint,
 * "m-00001-of-00002.safetensors"? */
bool	ckpt_are_shards(const char *a, const char *b);

/* ------------------------------------------------------------ writing */

/*
 * Create path ("-" is standard output; otherwise PATH.part, renamed by
 * ckpt_finish) in a foreign format, or natively if that is NULL. program,
 * version and command become a "via" line of every checkpoint; they should
 * name what shaped the content and nothing else (no file names, no thread
 * count), so that equal work gives equal bytes. If path has "{step}" in it, or
 * "{step:06}" for six digits, each checkpoint goes to a file of its own, whose
 * path has its step there. Returns NULL only when out of memory.
 */
struct ckpt_wr	*ckpt_create(const char *path, const struct ckpt_format *,
		    const char *program, const char *version,
		    const char *command);

/* Whether a path has such a field. */
bool		ckpt_path_is_pattern(const char *path);

/* The same, natively and into path itself: what was written stays there after
 * an error, for a run that is to be resumed. */
struct ckpt_wr	*ckpt_create_here(const char *path, const char *program,
		    const char *version, const char *command);

/*
 * Before anything is written. level: of zstd, 0 writes the plain layer,
 * unsplit (default 1). threads that encode (default 1; the bytes do not
 * depend on it). delta: store each checkpoint as the difference to the one
 * before, but store every delta-th one whole; 0: never (default).
 */
void	ckpt_set_packing(struct ckpt_wr *, int level, int threads, int delta);

/* Start a checkpoint, which ends the one before. Returns 0 or -1. */
int	ckpt_begin(struct ckpt_wr *, uint64_t step);

/* The same with step, dotted keys and ties of the one that a reader is in,
 * whose provenance becomes that of this one. 0 or -1. */
int	ckpt_begin_from(struct ckpt_wr *, struct ckpt_rd *);

/* Before its first tensor: the checkpoint that another reader is in is a
 * parent of this one too, by its provenance. 0 or -1. */
int	ckpt_add_parent(struct ckpt_wr *, struct ckpt_rd *);

/* Both names of the ties that ckpt_begin_from copies go through rename, whose
 * result must last until it is called again, or is NULL where the tie is to be
 * left out; tensors are renamed by the caller. */
void	ckpt_rename_ties(struct ckpt_wr *,
	    const char *(*rename)(const char *name, void *), void *);

/* Change the step of this checkpoint, before its first tensor. 0 or -1. */
int	ckpt_set_step(struct ckpt_wr *, uint64_t step);

/* Set a dotted key of this checkpoint, replacing one that was copied, before the
 * first tensor; "tie" takes NAME TAB TARGET and is repeatable. 0 or -1. */
int	ckpt_set(struct ckpt_wr *, const char *key, const char *value);

/* Write a tensor: name, type, rank, dim and data are used. 0 or -1. */
int	ckpt_put(struct ckpt_wr *, const struct ckpt_tensor *);

/* Write the tensor that r just returned, undecoded where possible. 0 or -1. */
int	ckpt_copy(struct ckpt_wr *, struct ckpt_rd *r, struct ckpt_tensor *);

/* End this checkpoint, if it has tensors, and give all of it to the system; then
 * ckpt_begin or ckpt_finish must come next. 0 or -1. */
int	ckpt_flush(struct ckpt_wr *);

/* End everything, flush, rename, free. -1: not all was written; the text is
 * then in err (if not NULL), at most n bytes. */
int	ckpt_finish(struct ckpt_wr *, char *err, size_t n);

/* Free without an end: readers see a cut. PATH.part is removed, unless it has a
 * whole checkpoint. */
void	ckpt_abandon(struct ckpt_wr *);

/* The file that ckpt_abandon would remove, or NULL: for signal handlers. */
const char	*ckpt_temporary(const struct ckpt_wr *);
const char	*ckpt_wr_error(const struct ckpt_wr *);

#endif
