/* models.h - what a network to be trained provides: one file, one row each */
#ifndef NN_MODELS_H
#define NN_MODELS_H

#include "conf.h"
#include "images.h"
#include "nn.h"

enum nn_split { NN_TRAIN, NN_VAL };

/* Examples, and which are for training and which for validation. What an
 * example is, its source knows. */
struct nn_data {
	const struct nn_source *source;
	int	*input, *label;
	struct nn_images images;
	void	*own;			/* the source's */
	size_t	 together;		/* so many are evaluated at once */
	struct nn_examples { int *id; size_t n; } split[2];	/* by nn_part */
};

/*
 * Some examples one after the other; for images x is (n, channels, h, w), for
 * pairs input is (n, 2). Noise must be a function of draw and of places in the
 * batch in training, of ids alone in evaluation.
 */
struct nn_batch {
	size_t	 n;
	const int *id;
	uint64_t draw;			/* 1, 2, ... in training; else 0 */
	int	*input, *label;
	nn_real	*x;
	size_t	 length;		/* of the longest example */
	size_t	 width;			/* speech: numbers of a frame */
	const struct nn_images *images;	/* their sizes; NULL: none */
};

/* A kind of data. The arrays of a batch are freed by who uses it. */
struct nn_source {
	/* Find room for n examples. 0, or -1 when memory is gone. */
	int	(*room)(const struct nn_data *, struct nn_batch *, size_t n);

	/* Put the examples of b->id[0 ... b->n - 1] there. 0, or -1 after
	 * nn_fail. */
	int	(*pick)(struct nn *, const struct nn_data *, struct nn_batch *b);

	/* Free d->own; NULL: it has none. */
	void	(*free)(struct nn_data *d);
};

struct nn_lm_sizes;
struct nn_model {
	const char	*name;		/* as net.model has it */

	/* Read or make the data. 0, or -1 after nn_fail. */
	int		(*data)(struct nn *, const struct nn_conf *,
			    struct nn_data *);

	/* The mean loss of a batch; score as in nn_cross_entropy. */
	struct nn_node	*(*loss)(struct nn *, const struct nn_conf *,
			    const struct nn_batch *, struct nn_score *score);

	/* Which matrix feeds which: lines of FROM TAB TO TAB KIND. */
	const char	*links;

	/* The same for a model whose layers the settings count; the caller's
	 * to free, NULL when memory is gone. */
	char		*(*make_links)(const struct nn_conf *);

	/* What others may have in front of all names; NULL: nothing. */
	const char	*prefix;

	/* Of a language model, whose loss is nn_lm_loss: all but its last layer,
	 * for n tokens in examples of length. See lm.h. */
	struct nn_lm_output (*forward)(struct nn *, const struct nn_conf *,
			    const struct nn_lm_sizes *, const int *token,
			    size_t n, size_t length);
};

/* NULL for an unknown name. */
const struct nn_model	*nn_find_model(const char *name);

/* Free the arrays. */
void	nn_data_free(struct nn_data *);

/* The data of both modular additions: the pairs (a, b), in the order a * p + b
 * shuffled with the seed, the first part for training. Inputs: a and p + b. */
int	nn_modadd_data(struct nn *, const struct nn_conf *, struct nn_data *);

/*
 * Labelled images: 90 % for training, as PyTorch's random_split with seed 42
 * cuts them. Settings: data (what to read), data.subset (so many for training,
 * 0: all), data.shuffled (1: labels are permuted, before the split), data.side
 * (images somewhat smaller get a black frame; 0: none does).
 */
int	nn_images_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* A batch of them, (n, channels, IMAGES_SIDE, IMAGES_SIDE), for a convolution
 * into width channels. NULL after nn_fail. */
enum { IMAGES_SIDE = 32 };
struct nn_node	*nn_images_input(struct nn *, const struct nn_batch *,
		    int64_t width);

/*
 * Utterances, as speech.h reads them: all of val_data for validation or, without
 * it, a tenth of data, cut as images are. Settings: data, val_data, data.subset
 * (so many for training, 0: all), those of speech.h. Batches are packed.
 */
int	nn_speech_data(struct nn *, const struct nn_conf *, struct nn_data *);

/* Symbols of each frame of a packed batch, before softmax; what they read in
 * utterance i of the pack: how many symbols (at most one a frame), or -1. */
struct nn_node	*nn_lstm_symbols(struct nn *, const struct nn_conf *,
		    const struct nn_batch *, struct nn_pack *);
int		 nn_lstm_decode(const struct nn_node *, const struct nn_pack *,
		    size_t i, int *symbol);

extern const struct nn_model nn_model_modadd_transformer, nn_model_modadd_mlp,
	nn_model_mlp, nn_model_vgg, nn_model_resnet20, nn_model_unet,
	nn_model_lstm, nn_model_lm, nn_model_gpt2, nn_model_neox;

#endif
