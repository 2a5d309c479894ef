/*
 * nn.h - neural networks: automatic differentiation, parameters, ops, layers
 *
 * An op computes its values at once and is recorded on a tape, over which
 * nn_backward goes in reverse. Arrays are in C order (images: see NN_BLOCK).
 * Results do not depend on the number of threads.
 *
 * Ownership: a network owns all its nodes. Parameters live as long as the
 * network; all other nodes, and memory of nn_alloc_ints, until nn_reset.
 *
 * Errors: the text of the first one stays in the network, for nn_error. An op
 * whose inputs do not fit returns NULL, and so does an op given NULL, so that
 * a model needs no checks and its caller makes one, on the loss.
 *
 * nn_real is float, or with -DNN_REAL=double double, for tests of gradients.
 */
#ifndef NN_H
#define NN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef NN_REAL
#define NN_REAL float
#endif
#define nn_real NN_REAL

enum { NN_RANK = 4, NN_INPUTS = 6 };	/* most dimensions; inputs of an op */

struct nn;
struct nn_node;

struct nn_shape {
	int	rank;
	size_t	dim[NN_RANK];
};

/* NN_SHAPE(2, 3) is the shape (2, 3). */
#define NN_SHAPE(...) ((struct nn_shape){ \
	sizeof (size_t[]){ __VA_ARGS__ } / sizeof(size_t), { __VA_ARGS__ } })

struct nn_op {
	const char	*name;
	/* Sets y->shape from the inputs. 0, or -1 after nn_fail_shape. */
	int		(*shape)(struct nn_node *y);
	void		(*forward)(struct nn_node *y);
	/* Adds to the inputs' gradients, given y->g. */
	void		(*backward)(struct nn_node *y);
	size_t		 arg;		/* size of what y->arg points at */
};

struct nn_node {
	struct nn	*net;
	const struct nn_op *op;		/* NULL: a parameter or an input */
	struct nn_shape	 shape;
	size_t		 len;		/* elements */
	nn_real		*x;		/* values */
	nn_real		*g;		/* gradient; NULL: none yet */
	bool		 requires_grad;	/* it depends on a trained parameter */
	bool		 frozen;	/* made by nn_frozen_param */
	int		 inputs;
	struct nn_node	*in[NN_INPUTS];
	void		*arg;		/* the op's arguments */
	void		*aux;		/* what forward saves for backward */
	struct nn_node	*base;		/* a view: x and g are in its arrays, */
	size_t		 offset;	/* from this element on; else NULL, 0 */
};

/*
 * Images (n, c, h, w) whose channels are a multiple of NN_BLOCK are stored as
 * (n, c / NN_BLOCK, h, w, NN_BLOCK), which oneDNN calls nChw16c; others, and
 * all other arrays, in C order. With h = w = 1 the two are the same.
 */
enum { NN_BLOCK = 16 };

/* The offset of element (n, c, i, j) of images. */
static inline size_t
nn_image_at(size_t channels, size_t h, size_t w, size_t n, size_t c, size_t i,
    size_t j)
{
	size_t block = channels % NN_BLOCK ? 1 : NN_BLOCK;

	return (((n * channels + c) / block * h + i) * w + j) * block +
	    c % block;
}

/* ------------------------------------------------------------ networks */

/* A network without parameters. The seed is that of their initial values.
 * NULL: out of memory, or no threads. */
struct nn	*nn_open(uint64_t seed, int threads);
void		 nn_close(struct nn *);
const char	*nn_error(const struct nn *);	/* "": none */

/* Forget the tape and free its nodes; set the parameters' gradients to 0. */
void		 nn_reset(struct nn *);

/* The same, but keep the gradients, so that the next ones are added. */
void		 nn_reset_tape(struct nn *);

/* Add the gradient of the loss, which has one element, to those of all nodes
 * that it depends on. */
void		 nn_backward(struct nn_node *loss);

/*
 * What batch normalization does. NN_MODE_TRAIN: it normalizes by the mean and
 * variance of the batch and updates the running ones. NN_MODE_EVAL: it
 * normalizes by the running ones. NN_MODE_RECOMPUTE: as in training, but the
 * running ones are averages over all batches since they were set to 0.
 */
enum nn_mode { NN_MODE_TRAIN, NN_MODE_EVAL, NN_MODE_RECOMPUTE };
void		 nn_set_mode(struct nn *, enum nn_mode);
enum nn_mode	 nn_get_mode(const struct nn *);

/*
 * How matrix products and convolutions are computed. NN_PRECISION_F32: in F32,
 * convolutions by Winograd's algorithm where a fixed rule of shapes finds it
 * faster (its rounding errors are a few times larger). NN_PRECISION_EXACT: in
 * F32, always directly. NN_PRECISION_BF16: convolutions, and products of
 * matrices of at least 32 x 32, of operands rounded to BF16, summed in F32; -1
 * after nn_fail if the processor has no AVX-512, else 0.
 */
enum nn_precision { NN_PRECISION_F32, NN_PRECISION_EXACT, NN_PRECISION_BF16 };
int		 nn_set_precision(struct nn *, enum nn_precision);

/* ---------------------------------------------------------- parameters */

/* Initial values of a parameter: value plus a number that is uniform on
 * [-bound, bound] or, if std is not 0, normal with that standard deviation.
 * They are a function of the network's seed and of the parameter's name. */
struct nn_init {
	double	bound, std;
	double	value;
	const char *same_as;	/* another's name, for its values; or NULL */
};

/*
 * The parameter of that name; before nn_seal it is made if it does not exist.
 * NULL after nn_fail, if it has another shape.
 */
struct nn_node	*nn_param(struct nn *, struct nn_shape, struct nn_init,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for an array that is stored with the parameters, but is changed by
 * an op rather than by an optimizer (as running statistics are). */
struct nn_node	*nn_buffer(struct nn *, struct nn_shape, double value,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for one that is stored with them and never changes. */
struct nn_node	*nn_frozen_param(struct nn *, struct nn_shape, struct nn_init,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Move all trained parameters to one array; no more can be added. 0 or -1. */
int		 nn_seal(struct nn *);

/* The i-th parameter, buffer or frozen parameter, in the order in which they
 * were made, and its name; NULL if i is too large. */
struct nn_node	*nn_param_at(const struct nn *, size_t i);
const char	*nn_param_name(const struct nn *, size_t i);
struct nn_node	*nn_find_param(const struct nn *, const char *name);

/* All trained parameters as one array, and their gradients; after nn_seal.
 * Elements between two parameters, for alignment, are 0. */
nn_real		*nn_weights(const struct nn *, size_t *len);
nn_real		*nn_gradients(const struct nn *);

/* --------------------------------------------------------------- inputs */

/* A node without gradient. x is the caller's and must stay until nn_reset;
 * NULL: memory for it is allocated, and the caller is to fill it. */
struct nn_node	*nn_input(struct nn *, struct nn_shape, nn_real *x);

/* Memory for n integers, say indices, until nn_reset; NULL: out of memory. */
int		*nn_alloc_ints(struct nn *, size_t n);

/* ------------------------------------------------------------------ ops */

/*
 * Functions of nodes, called as in torch.nn.functional where that has them.
 * Arrays of indices and labels, and the targets of a loss, are the caller's
 * and must stay until nn_reset.
 */

/* x (n, k), w (m, k), b (m) or (n, m): x w' + b, of shape (n, m) */
struct nn_node	*nn_linear(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b);

/* relu(x w' + b) */
struct nn_node	*nn_linear_relu(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b);

/* h + x w' + b, for a residual stream h (n, m) */
struct nn_node	*nn_linear_residual(struct nn_node *h, struct nn_node *x,
		    struct nn_node *w, struct nn_node *b);

/* b + x w, with w (k, m), as GPT-2 stores its weights; h + b + x w */
struct nn_node	*nn_addmm(struct nn_node *b, struct nn_node *x,
		    struct nn_node *w);
struct nn_node	*nn_addmm_residual(struct nn_node *h, struct nn_node *b,
		    struct nn_node *x, struct nn_node *w);

/* a (n, k), b (k, m): a b, of shape (n, m) */
struct nn_node	*nn_matmul(struct nn_node *a, struct nn_node *b);

/* a (n, ...), b of the same shape, or one row for all: a + b */
struct nn_node	*nn_add(struct nn_node *a, struct nn_node *b);

/* s a */
struct nn_node	*nn_scale(struct nn_node *a, double s);

/* x (n, ic, h, w), w (oc, ic, k, k), b (oc) or NULL: (n, oc, h', w') with
 * h' = (h + 2 padding - k) / stride + 1; oc a multiple of NN_BLOCK */
struct nn_node	*nn_conv2d(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b, size_t stride, size_t padding);

/* x (n, ic, h, w), w (ic, oc, k, k): (n, oc, h', w') with
 * h' = (h - 1) stride + k + output_padding; ic a multiple of NN_BLOCK,
 * output_padding less than stride; without bias */
struct nn_node	*nn_conv_transpose2d(struct nn_node *x, struct nn_node *w,
		    size_t stride, size_t output_padding);

/* x (n, c, h, w), b (c) or (n, c): x + b, the same b for all pixels */
struct nn_node	*nn_channel_bias(struct nn_node *x, struct nn_node *b);

/* Of batch normalization: running mean and variance of each channel (c), and
 * how many batches they are of (1). Arrays of buffers, which nn_batch_norm
 * updates. */
struct nn_running_stats { nn_real *mean, *var, *batches; };

/* x (n, c, h, w), w (c), b (c): (x - mean) / sqrt(var + 1e-5) w + b, with mean
 * and variance of each channel, as nn_set_mode says; if relu, max(0, it) */
struct nn_node	*nn_batch_norm(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b, const struct nn_running_stats *,
		    bool relu);

/* x (n, c, h, w), w (c), b (c), cb (n, c) or NULL: with z = x + cb,
 * (z - mean) / sqrt(var + 1e-5) w + b, mean and variance being those of each
 * group of neighboring channels in each image; if silu, SiLU of it */
struct nn_node	*nn_group_norm(struct nn_node *x, struct nn_node *cb,
		    struct nn_node *w, struct nn_node *b, size_t groups,
		    bool silu);

/* x (n, m), w (m), b (m): (x - mean) / sqrt(var + 1e-5) w + b, mean and
 * variance being those of each row */
struct nn_node	*nn_layer_norm(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b);

/* x (n, c, h, w): (n, c, h / k, w / k), the largest, or the mean, of each
 * square of k * k pixels; c a multiple of NN_BLOCK */
struct nn_node	*nn_max_pool2d(struct nn_node *x, size_t k);
struct nn_node	*nn_avg_pool2d(struct nn_node *x, size_t k);

/* a (n, ...): (n, product of the others); a view. Images must be 1 x 1. */
struct nn_node	*nn_flatten(struct nn_node *a);

/* Rows from, from + 1, ... of a (n, ...), count in all; a view */
struct nn_node	*nn_slice(struct nn_node *a, size_t from, size_t count);

/* a (n, m): a', of shape (m, n) */
struct nn_node	*nn_transpose(struct nn_node *a);

/* max(0, x) */
struct nn_node	*nn_relu(struct nn_node *x);

/* x / (1 + e^-x) */
struct nn_node	*nn_silu(struct nn_node *x);

/* x Phi(x), Phi being the standard normal distribution function; or its
 * approximation by tanh */
struct nn_node	*nn_gelu(struct nn_node *x, bool tanh);

/* w (tokens, m), id (n): rows id[0], id[1], ... of w, of shape (n, m) */
struct nn_node	*nn_embedding(struct nn_node *w, const int *id, size_t n);

/* The same for sequences of length tokens: scale w[id[i]] +
 * position[i mod length], with position (length or more, m) */
struct nn_node	*nn_embedding_with_positions(struct nn_node *w, const int *id,
		    size_t n, double scale, struct nn_node *position,
		    size_t length);

/* w (tokens, m), id (n, k): w[id[i, 0]] + ... + w[id[i, k-1]], of shape (n, m);
 * embedding_bag of PyTorch, with mode sum */
struct nn_node	*nn_embedding_sum(struct nn_node *w, const int *id, size_t n,
		    int k);

/* Frequencies f (m), times t (n): sin(2 pi t f), then cos(2 pi t f), of shape
 * (n, 2 m) */
struct nn_node	*nn_fourier_features(struct nn_node *f, const int *t, size_t n);

/*
 * Causal attention of several heads in sequences of length rows: of each head
 * softmax(q k' / sqrt(d / heads)) v. qkv (n, 3 d) has columns q, k, v, each in
 * heads; or, if by_head, q, k, v of the first head, then of the second, ...
 * Result: (n, d)
 */
struct nn_node	*nn_attention(struct nn_node *qkv, size_t length, int heads,
		    bool by_head);

/* Rotary position embedding: qkv as above, by_head, with the first dims
 * columns of each q and k rotated by their row's position in its sequence */
struct nn_node	*nn_rotary(struct nn_node *qkv, size_t length, int heads,
		    size_t dims, double base);

/* q (1, d), k (n, d), both in heads: scores q_h k_h' / sqrt(d / heads), of
 * shape (n, heads) */
struct nn_node	*nn_head_scores(struct nn_node *q, struct nn_node *k,
		    int heads);

/* v (n, d), w (m, d), both in heads: v_h w_h' for each head h, of shape
 * (n, heads * m) */
struct nn_node	*nn_head_matmul(struct nn_node *v, struct nn_node *w,
		    int heads);

/*
 * Attention weights of n examples over rows of a table that they share: each
 * attends to k rows of its own, row (n, k), and to the last row. s (rows,
 * heads) are the scores of all rows. Result (n, heads * k): softmax over the
 * k + 1 scores, without the weight of the last row, which is 1 - the others.
 */
struct nn_node	*nn_table_attention(struct nn_node *s, const int *row, size_t n,
		    int k);

/*
 * The attention output for such weights w (n, heads * k) and a table t (rows,
 * heads * m): c + the sum over heads h, and over an example's k + 1 rows r, of
 * weight[h, r] t[r, h]; if relu, max(0, it). c: (m) or (1, m); result: (n, m)
 */
struct nn_node	*nn_table_mix(struct nn_node *w, struct nn_node *t,
		    struct nn_node *c, const int *row, int k, bool relu);

/*
 * Sequences of different lengths in one array without padding, the longest
 * first, as PyTorch's PackedSequence: step 0 of all sequences, then step 1 of
 * all that have one, ...
 */
struct nn_packed_sequence {
	size_t		 n, steps, rows;
	const int	*length;	/* (n): steps of each, descending */
	const size_t	*first;		/* (steps + 1): row of sequence 0 */
};

/* The array of lengths must stay until nn_reset. 0, or -1 after nn_fail. */
int		 nn_pack_sequences(struct nn *, struct nn_packed_sequence *,
		    const int *length, size_t n);

/*
 * The recurrence of an LSTM with h units, in one or two directions d; the
 * second runs from the end of each sequence to its start.
 *   z[d] (rows, 4 h): x W_ih' + b_ih, for the gates i, f, g, o; it is
 *   overwritten by the gates, so that no other op may read it
 *   w[d] (4 h, h): W_hh    b[d] (4 h): b_hh
 * Result (rows, directions * h): the hidden states
 */
struct nn_node	*nn_lstm_scan(struct nn_node *const z[],
		    struct nn_node *const w[], struct nn_node *const b[],
		    int directions, const struct nn_packed_sequence *);

/* How many predictions are wrong, of how many: the error is their ratio. */
struct nn_score { size_t wrong, total; };

/*
 * Losses have shape (1). score, if not NULL, counts the rows whose largest
 * element is not at their label.
 */

/* y (n, classes), label (n): mean over rows of -log softmax(y)[label] */
struct nn_node	*nn_cross_entropy(struct nn_node *y, const int *label,
		    struct nn_score *score);

/* The same for y = h w' + b, with h (n, k), w (classes, k), b (classes) or
 * NULL, without ever storing all of y */
struct nn_node	*nn_linear_cross_entropy(struct nn_node *h, struct nn_node *w,
		    struct nn_node *b, const int *label, struct nn_score *);

/* y and target of the same shape and layout: mean of (y - target)^2 */
struct nn_node	*nn_mse_loss(struct nn_node *y, const nn_real *target);

/* y (n, classes), label (n): mean of (y - onehot(label))^2 */
struct nn_node	*nn_mse_loss_one_hot(struct nn_node *y, const int *label,
		    struct nn_score *score);

/*
 * x (rows, symbols), packed sequences of outputs before softmax; symbol 0 is
 * the blank. label: the labels of all sequences, one after the other; labels
 * (n): how many each has. Mean over sequences of -log p(labels) / labels; one
 * that is too short for its labels counts as 0 and has no gradient.
 */
struct nn_node	*nn_ctc_loss(struct nn_node *x,
		    const struct nn_packed_sequence *, const int *label,
		    const int *labels);

/* --------------------------------------------------------------- layers */

/*
 * Ops with parameters, which they find by name or make: NAME.weight, NAME.bias
 * and others, named, shaped and initialized as in torch.nn. NAME is printed
 * from fmt.
 */

/* x (n, k): (n, out) */
struct nn_node	*nn_layer_linear(struct nn_node *x, size_t out,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* x (n, m): the same shape */
struct nn_node	*nn_layer_layernorm(struct nn_node *x, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* x (n, c, h, w): (n, out, ...), with padding k / 2, by which the size stays
 * for odd k and stride 1 */
struct nn_node	*nn_layer_conv2d(struct nn_node *x, size_t out, size_t k,
		    size_t stride, bool bias, const char *fmt, ...)
		    __attribute__((format(printf, 6, 7)));

/* x (n, c, h, w): the same shape; also buffers NAME.running_mean,
 * NAME.running_var and NAME.num_batches_tracked */
struct nn_node	*nn_layer_batchnorm(struct nn_node *x, bool relu,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Layer k of an LSTM, in one or two directions: x (rows, m) becomes (rows,
 * directions * hidden). NAME.weight_ih_lK, weight_hh_lK, bias_ih_lK and
 * bias_hh_lK; the same with _reverse */
struct nn_node	*nn_layer_lstm(struct nn_node *x,
		    const struct nn_packed_sequence *, size_t hidden,
		    int directions, int k, const char *fmt, ...)
		    __attribute__((format(printf, 6, 7)));

#endif
