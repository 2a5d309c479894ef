/*
 * models.h - models, and the data that they are trained on
 *
 * A model is one file in model/ and one row in models.c. Its settings and their
 * defaults are in core/settings.c.
 */
#ifndef NN_MODELS_H
#define NN_MODELS_H

#include "conf.h"
#include "images.h"
#include "nn.h"

enum nn_split { NN_TRAIN, NN_VAL };

struct nn_data_source;

/* A data set. Which of its fields are used depends on the source. */
struct nn_data {
	const struct nn_data_source *source;
	int	*input, *label;
	struct nn_images images;
	void	*state;			/* the source's */
	size_t	 eval_batch;		/* examples of a batch in evaluation */
	struct nn_examples { int *id; size_t n; } split[2];
};

/*
 * A batch of n examples: images are x (n, channels, height, width), pairs of
 * numbers input (n, 2), tokens input (n, length), utterances packed sequences
 * x (rows, width). The arrays are freed by nn_run_close.
 *
 * Random numbers for a batch must be a function of index and of the places in
 * the batch in training, and of id alone in evaluation.
 */
struct nn_batch {
	size_t	 n;
	const int *id;			/* (n): which examples */
	uint64_t index;			/* 1, ... in training, else 0 */
	int	*input, *label;
	nn_real	*x;
	size_t	 length;		/* of the longest example */
	size_t	 width;			/* of a frame of speech */
	const struct nn_images *images;	/* for their sizes; NULL: no images */
};

/* A kind of data. */
struct nn_data_source {
	/* Allocate the arrays of a batch of n examples. 0, or -1: out of
	 * memory. */
	int	(*alloc)(const struct nn_data *, struct nn_batch *, size_t n);

	/* Fill them with the examples b->id[0 ... b->n - 1]. 0, or -1 after
	 * nn_fail. */
	int	(*collate)(struct nn *, const struct nn_data *,
		    struct nn_batch *b);

	/* Free d->state; NULL: it is not used. */
	void	(*free)(struct nn_data *d);
};

struct nn_lm_sizes;
struct nn_model {
	const char	*name;		/* value of the setting net.model */

	/* Read or generate the data set. 0, or -1 after nn_fail. */
	int		(*data)(struct nn *, const struct nn_conf *,
			    struct nn_data *);

	/* The mean loss of a batch; score as in nn_cross_entropy. */
	struct nn_node	*(*loss)(struct nn *, const struct nn_conf *,
			    const struct nn_batch *, struct nn_score *score);

	/* Which weight matrix feeds which, for the key net.links: lines of
	 * FROM TAB TO TAB KIND. */
	const char	*links;

	/* The same for a model with a variable number of layers; the caller
	 * frees it. NULL: out of memory. */
	char		*(*make_links)(const struct nn_conf *);

	/* A prefix that tensors may have in checkpoints of other programs;
	 * NULL: none. */
	const char	*prefix;

	/* Of a language model, whose loss is nn_lm_loss: all layers but the
	 * last, for n tokens in sequences of length. See lm.h. */
	struct nn_lm_output (*forward)(struct nn *, const struct nn_conf *,
			    const struct nn_lm_sizes *, const int *token,
			    size_t n, size_t length);
};

/* NULL for an unknown name, or NULL. */
const struct nn_model	*nn_find_model(const char *name);

/* Free all arrays. */
void	nn_data_free(struct nn_data *);

/* Both models of modular addition: the pairs (a, b) in the order a p + b,
 * shuffled with the seed, of which the first fraction is for training. Inputs
 * are a and p + b. */
int	nn_modadd_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* Labeled images: 90 % for training, split as by PyTorch's random_split with
 * seed 42. */
int	nn_images_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* A batch of images as the input of a network whose first convolution has width
 * channels. NULL after nn_fail, if the width or the size of the images does not
 * fit. */
enum { NN_IMAGE_SIDE = 32 };
struct nn_node	*nn_images_input(struct nn *, const struct nn_batch *,
		    int64_t width);

/* Utterances, as speech.h reads them. Those of val_data are for validation or,
 * without it, a tenth of data, split as images are. */
int	nn_speech_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* The outputs (rows, symbols) of each frame of a batch, before softmax, and the
 * sequences that the rows are. NULL after nn_fail. */
struct nn_node	*nn_lstm_logits(struct nn *, const struct nn_conf *,
		    const struct nn_batch *, struct nn_packed_sequence *);

/* Decode sequence i of such outputs. Returns the number of symbols, at most one
 * a frame, or -1 after nn_fail. */
int		 nn_lstm_decode(const struct nn_node *,
		    const struct nn_packed_sequence *, size_t i, int *symbol);

extern const struct nn_model nn_model_modadd_transformer, nn_model_modadd_mlp,
	nn_model_mlp, nn_model_vgg, nn_model_resnet20, nn_model_unet,
	nn_model_lstm, nn_model_lm, nn_model_gpt2, nn_model_neox;

#endif
