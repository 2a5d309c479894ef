/* lm.h - what language models share: their sizes, text, and last layer */
#ifndef NN_LM_H
#define NN_LM_H

#include "models.h"
#include "tokenizer.h"

struct nn_lm_sizes {
	int64_t	layers, width, heads, hidden, vocab;
	int64_t	context;		/* tokens of an example */
	int64_t	positions;		/* rows of a table of them */
};

/* From the settings lm.layers and so on. 0, or -1 after nn_fail. */
int	nn_lm_read_sizes(struct nn *, const struct nn_conf *, struct nn_lm_sizes *);

/* The last stream (n, width), and what makes outputs of it: w (vocab, width),
 * b (vocab) or NULL. */
struct nn_lm_output { struct nn_node *h, *w, *b; };

/* The language model that net.model names, lm without that key; NULL: none. */
const struct nn_model	*nn_lm_model(const struct nn_conf *);

/* Its loss, as struct nn_model has it; and its outputs after n tokens, (1,
 * vocab). */
struct nn_node	*nn_lm_loss(struct nn *, const struct nn_conf *,
		    const struct nn_batch *, struct nn_score *);
struct nn_node	*nn_lm_next(struct nn *, const struct nn_conf *,
		    const int *token, size_t n);

/* Links of the first block, of each, from each to the next, and of the last:
 * # stands for the block's number, + for the next one's. The text is the
 * caller's to free; NULL when memory is gone. */
struct nn_lm_links { const char *first, *each, *between, *last; };
char	*nn_lm_make_links(const struct nn_conf *, struct nn_lm_links);

/*
 * Texts in pieces of context + 1 tokens. Settings: data and val (what to read),
 * data.group (so many lines are joined and cut, 0: all text), data.clean (1: as
 * nn_text_clean), data.subset (train on so many pieces, 0: all), and those of
 * nn_lm_tokenizer. Without validation texts, the last tenth of the pieces
 * validates.
 */
int	nn_lm_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* The texts of these settings; the caller's to free. 0, or -1 after nn_fail. */
struct nn_text;
int	nn_lm_texts(struct nn *, const struct nn_conf *, struct nn_text *training,
	    struct nn_text *validation);

/*
 * The tokenizer of the settings: that at tokenizer (a path), whose hash must be
 * lm.tokenizer if that is set; else the bytes with the merges of lm.merges.0,
 * lm.merges.1, ...: pairs of tokens. NULL after nn_fail.
 */
struct nn_tokenizer	*nn_lm_tokenizer(struct nn *, const struct nn_conf *);

/* Set net.model and lm.* to those of a config.json, or a folder with one, of
 * GPT-2 or GPT-NeoX. 0, or -1 after nn_fail. */
int	nn_lm_config(struct nn *, const char *path, struct nn_conf *);

/* Set lm.merges.* to these merges. 0, or -1 when memory is gone. */
int	nn_lm_set_merges(struct nn_conf *, const struct nn_tokenizer *);

#endif
