/* lm.h - what language models share: sizes, text, tokenizer, output layer */
#ifndef NN_LM_H
#define NN_LM_H

#include "models.h"
#include "tokenizer.h"

struct nn_lm_sizes {
	int64_t	layers, width, heads, hidden, vocab;
	int64_t	context;		/* tokens of an example */
	int64_t	positions;		/* rows of a position embedding */
};

/* From the settings lm.layers and so on. 0, or -1 after nn_fail. */
int	nn_lm_read_sizes(struct nn *, const struct nn_conf *,
	    struct nn_lm_sizes *);

/* The last hidden states h (n, width), and the output layer: w (vocab, width),
 * b (vocab) or NULL. */
struct nn_lm_output { struct nn_node *h, *w, *b; };

/* The language model of the setting net.model; NULL: it is another model. */
const struct nn_model	*nn_lm_find_model(const struct nn_conf *);

/* The loss of a language model, as in struct nn_model. */
struct nn_node	*nn_lm_loss(struct nn *, const struct nn_conf *,
		    const struct nn_batch *, struct nn_score *);

/* The logits (1, vocab) of the token after these n. NULL after nn_fail. */
struct nn_node	*nn_lm_next_logits(struct nn *, const struct nn_conf *,
		    const int *token, size_t n);

/* Links of the first block, of each block, from each to the next, and of the
 * last; # stands for the number of the block, + for that of the next. The
 * caller frees the text; NULL: out of memory. */
struct nn_lm_links { const char *first, *block, *between, *last; };
char	*nn_lm_make_links(const struct nn_conf *, struct nn_lm_links);

/* The data set of a language model: texts as sequences of lm.context + 1
 * tokens. Without validation text, the last tenth of the sequences is for
 * validation. */
int	nn_lm_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* The training and validation text of the settings data and val; the caller
 * frees their bytes. 0, or -1 after nn_fail. */
struct nn_text;
int	nn_lm_read_texts(struct nn *, const struct nn_conf *,
	    struct nn_text *training, struct nn_text *validation);

/*
 * The tokenizer of the settings: that of the file tokenizer, whose hash must be
 * lm.tokenizer if that is set; else bytes with the merges (pairs of tokens) of
 * lm.merges.0, lm.merges.1, ... NULL after nn_fail.
 */
struct nn_tokenizer	*nn_lm_tokenizer(struct nn *, const struct nn_conf *);

/* Set lm.merges.* to the merges of a tokenizer. 0, or -1: out of memory. */
int	nn_lm_set_merges(struct nn_conf *, const struct nn_tokenizer *);

/* Set net.model and lm.* to those of a config.json, or of a folder with one, of
 * GPT-2 or GPT-NeoX. 0, or -1 after nn_fail. */
int	nn_lm_read_config(struct nn *, const char *path, struct nn_conf *);

#endif
