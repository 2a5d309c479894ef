/*
 * nn.h - the training engine: a tape of few ops over arrays in C order
 *
 * A network owns all its nodes. There are two lifetimes: parameters live as
 * long as the network, in one flat array; everything else lives in an arena
 * that nn_reset empties after each step. An op runs when it is built. A shape
 * that does not fit leaves its text in the network and gives NULL, and an op
 * given NULL gives NULL, so that only the loss needs a check. Results do not
 * depend on the number of threads.
 *
 * Built with -DNN_REAL=double for central differences.
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

enum { NN_RANK = 4, NN_INPUTS = 6 };

struct nn;
struct nn_node;

struct nn_shape {
	int	rank;
	size_t	dim[NN_RANK];
};

#define nn_shape(...) ((struct nn_shape){ \
	sizeof (size_t[]){ __VA_ARGS__ } / sizeof(size_t), { __VA_ARGS__ } })

struct nn_op {
	const char	*name;
	/* Set y->shape from the inputs: 0, or nn_misfit. */
	int		(*shape)(struct nn_node *y);
	void		(*forward)(struct nn_node *y);
	void		(*backward)(struct nn_node *y);
	size_t		 arg;		/* bytes of what y->arg points at */
};

struct nn_node {
	struct nn	*net;
	const struct nn_op *op;		/* NULL: a parameter or an input */
	struct nn_shape	 shape;
	size_t		 len;		/* elements */
	nn_real		*x;		/* values */
	nn_real		*g;		/* gradient, once it has been asked for */
	bool		 wants;		/* a parameter is below: has a gradient */
	bool		 frozen;	/* as nn_frozen makes them */
	int		 inputs;
	struct nn_node	*in[NN_INPUTS];
	void		*arg;		/* the op's settings */
	void		*aux;		/* what forward keeps for backward */
	struct nn_node	*base;		/* x and g are a part of this one's */
	size_t		 offset;
};

/*
 * Images, (n, c, h, w), whose channels are a multiple of NN_BLOCK lie as
 * (n, c / NN_BLOCK, h, w, NN_BLOCK), as vector units like them; others, and all
 * other arrays, in C order. With h = w = 1 the two are the same.
 */
enum { NN_BLOCK = 16 };

static inline size_t
nn_image_at(size_t channels, size_t h, size_t w, size_t n, size_t c, size_t i,
    size_t j)
{
	size_t block = channels % NN_BLOCK ? 1 : NN_BLOCK;

	return (((n * channels + c) / block * h + i) * w + j) * block +
	    c % block;
}

/* ------------------------------------------------------------ networks */

/* Random numbers are keyed by seed. NULL when memory or threads are gone. */
struct nn	*nn_open(uint64_t seed, int threads);
void		 nn_close(struct nn *);
const char	*nn_error(const struct nn *);

/* Empty the arena, forget the tape, clear the parameters' gradients. */
void		 nn_reset(struct nn *);

/* The same, but gradients stay, and what comes next is added to them. */
void		 nn_reset_tape(struct nn *);

/* d loss / d everything below it; loss has one element. */
void		 nn_backward(struct nn_node *loss);

/*
 * What batch normalization does: normalize with the batch's own statistics,
 * and let running ones follow; use the running ones; or as the first, but make
 * the running ones plain means over all batches since they were reset.
 */
enum nn_mode { NN_TRAINING, NN_USE, NN_RECOMPUTE };
void		 nn_set_mode(struct nn *, enum nn_mode);
enum nn_mode	 nn_get_mode(const struct nn *);

/*
 * How products are made: in F32, convolutions by Winograd's algorithm where a
 * fixed rule of shapes finds that faster (its rounding errors are a few times
 * larger); in F32, directly; or, in convolutions and between matrices of at
 * least 32 x 32, of numbers rounded to BF16, summed in F32: -1 with nn_fail
 * where the processor has no AVX-512.
 */
enum nn_products { NN_FAST, NN_EXACT, NN_BF16 };
int		 nn_set_products(struct nn *, enum nn_products);

/* ---------------------------------------------------------- parameters */

/* How a new parameter starts: uniform on [-bound, bound], or normal with that
 * deviation, plus value. */
struct nn_init {
	double	bound, deviation;
	double	value;
	const char *as;		/* drawn as the one of that name; NULL: its own */
};

/*
 * The parameter of that name; made and initialized when it is new, which is
 * allowed until nn_seal. NULL if its shape is another.
 */
struct nn_node	*nn_param(struct nn *, struct nn_shape, struct nn_init,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for what training changes by other means than gradients: it starts
 * as value, is stored with the parameters, and wants no gradient. */
struct nn_node	*nn_buffer(struct nn *, struct nn_shape, double value,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for what never changes, but is part of the network. */
struct nn_node	*nn_frozen(struct nn *, struct nn_shape, struct nn_init,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Move the parameters to their flat array. After it none can be added. 0, -1 */
int		 nn_seal(struct nn *);

/* The i-th parameter or buffer (that wants nothing) in order of making, or
 * NULL; its name. */
struct nn_node	*nn_param_at(const struct nn *, size_t i);
const char	*nn_param_name(const struct nn *, size_t i);
struct nn_node	*nn_find(const struct nn *, const char *name);

/* All parameters as one array (gaps between them stay 0), after nn_seal. */
nn_real		*nn_weights(const struct nn *, size_t *len);
nn_real		*nn_gradients(const struct nn *);

/* --------------------------------------------------------------- inputs */

/* A constant: x is the caller's and must stay as long as the tape; NULL: room
 * is found, for the caller to fill. */
struct nn_node	*nn_input(struct nn *, struct nn_shape, nn_real *x);

/* Room for n numbers until nn_reset, say for rows; NULL if memory is gone. */
int		*nn_ints(struct nn *, size_t n);

/* ------------------------------------------------------------------ ops */

/* x (n, k), w (m, k), c (m) or (n, m): x w' + c, shape (n, m) */
struct nn_node	*nn_affine(struct nn_node *x, struct nn_node *w,
		    struct nn_node *c);

/* The same, with w stored as (k, m) if across; then max(0, it) if relu. */
struct nn_node	*nn_affine_in(struct nn_node *x, struct nn_node *w,
		    struct nn_node *c, bool across, bool relu);

/* h (n, m) + that, without relu */
struct nn_node	*nn_affine_onto(struct nn_node *h, struct nn_node *x,
		    struct nn_node *w, struct nn_node *c, bool across);

/* a (n, k), b (k, m): a b, shape (n, m) */
struct nn_node	*nn_matmul(struct nn_node *a, struct nn_node *b);

/* a (n, ...), b the same or one row of it: a + b */
struct nn_node	*nn_add(struct nn_node *a, struct nn_node *b);

/* a times a number */
struct nn_node	*nn_scale(struct nn_node *a, double by);

/* x (n, ic, h, w), w (oc, ic, k, k), b (oc): (n, oc, h', w'), where
 * h' = (h + 2 pad - k) / stride + 1; oc a multiple of NN_BLOCK */
struct nn_node	*nn_conv(struct nn_node *x, struct nn_node *w,
		    struct nn_node *b, size_t stride, size_t pad);
struct nn_node	*nn_conv_plain(struct nn_node *x, struct nn_node *w,
		    size_t stride, size_t pad);		/* without b */

/* x (n, ic, h, w), w (ic, oc, k, k): (n, oc, h', w'), the transpose of a
 * convolution without padding, where h' = (h - 1) stride + k + extra; ic a
 * multiple of NN_BLOCK, extra less than stride */
struct nn_node	*nn_conv_transpose(struct nn_node *x, struct nn_node *w, size_t stride,
		    size_t extra);

/* x (n, c, h, w), v (c) or (n, c): v is added to every pixel */
struct nn_node	*nn_channel_bias(struct nn_node *x, struct nn_node *v);

/* Statistics that run along, of each channel (c); batches: how many (1). */
struct nn_norm {
	bool	 relu;			/* max(0, it) at the end */
	nn_real	*mean, *var, *batches;
};

/* x (n, c, h, w) with mean 0 and variance 1 (eps 1e-5) of each channel, times
 * gain (c), plus offset (c); nn_set_mode says whose mean and variance. */
struct nn_node	*nn_batch_norm(struct nn_node *x, struct nn_node *gain,
		    struct nn_node *offset, const struct nn_norm *);

struct nn_groups {
	size_t	 groups;		/* of neighboring channels */
	bool	 swish;			/* it / (1 + e^-it) at the end */
};

/* x (n, c, h, w) + add (n, c), which may be NULL; then mean 0 and variance 1
 * (eps 1e-5) of each group in each image, times gain (c), plus offset (c). */
struct nn_node	*nn_group_norm(struct nn_node *x, struct nn_node *add,
		    struct nn_node *gain, struct nn_node *offset,
		    const struct nn_groups *);

/* x (n, c, h, w): the largest, or the mean, of squares of side * side pixels */
struct nn_node	*nn_max_pool(struct nn_node *x, size_t side);
struct nn_node	*nn_mean_pool(struct nn_node *x, size_t side);

/* a (n, ...): (n, all the rest); a view. Images must be of 1 * 1 pixels. */
struct nn_node	*nn_flatten(struct nn_node *a);

/* max(0, a) */
struct nn_node	*nn_relu(struct nn_node *a);

/* a / (1 + e^-a) */
struct nn_node	*nn_silu(struct nn_node *a);

/* a (n, m): shape (m, n) */
struct nn_node	*nn_transpose(struct nn_node *a);

/* Part of a (n, m) or (n): its rows from, from + 1, ..., n of them; a view. */
struct nn_node	*nn_slice(struct nn_node *a, size_t from, size_t n);

/* w (tokens, m): the sum of rows id[i*k], ..., id[i*k + k-1]; (n, m) */
struct nn_node	*nn_embedding_sum(struct nn_node *w, const int *id, size_t n, int k);

/* Frequencies f (m), times t (n): sin(2 pi t f), then the cosines; (n, 2m) */
struct nn_node	*nn_fourier_features(struct nn_node *f, const int *t, size_t n);

/*
 * Rows of w (tokens, m) for n tokens, times scale, plus those of at
 * (positions, m), which begin anew after each length of them; (n, m)
 */
struct nn_node	*nn_embedding(struct nn_node *w, const int *id, size_t n,
		    double scale, struct nn_node *at, size_t length);
struct nn_node	*nn_embedding_alone(struct nn_node *w, const int *id, size_t n);

/* Rows of x (n, m) with mean 0 and variance 1 (eps 1e-5), times gain (m),
 * plus offset (m). */
struct nn_node	*nn_layer_norm(struct nn_node *x, struct nn_node *gain,
		    struct nn_node *offset);

/* x times the normal distribution function at x, or nearly so, by tanh */
struct nn_node	*nn_gelu(struct nn_node *x, bool tanh);

/*
 * Causal attention inside examples of so many rows. qkv (n, 3 d): q, k and v,
 * each cut into heads, or by_head: q, k, v of the first head, and so on. The
 * scores are q . k / sqrt(d / heads); result (n, d)
 */
struct nn_node	*nn_attention(struct nn_node *qkv, size_t length, int heads,
		    bool by_head);

/* Such qkv, by head, with the first so many columns of each q and k turned by
 * the position of its row, as GPT-NeoX does. */
struct nn_node	*nn_rotary(struct nn_node *qkv, size_t length, int heads,
		    size_t turned, double base);

/* q (1, d), k (n, d), cut into heads: q . k / sqrt(d / heads); (n, heads) */
struct nn_node	*nn_head_scores(struct nn_node *q, struct nn_node *k, int heads);

/* v (n, d), w (m, d), both cut into heads: v_h w_h'; (n, heads * m) */
struct nn_node	*nn_head_matmul(struct nn_node *v, struct nn_node *w, int heads);

/*
 * Attention of n examples over rows of a common table: over k of its own each
 * (row: (n, k)) and the last one. s (rows, heads) are the scores. The weights
 * are softmaxes; that of the last row is left out: (n, heads * k)
 */
struct nn_node	*nn_table_attention(struct nn_node *s, const int *row, size_t n, int k);

/*
 * What these weights w pick from t (rows, heads * m): c + the sum over heads
 * and rows of w * t[row, head], with the last row's weight; then max(0, it)
 * if relu. c: (m) or (1, m); result (n, m)
 */
struct nn_node	*nn_table_mix(struct nn_node *w, struct nn_node *t,
		    struct nn_node *c, const int *row, int k, bool relu);

/*
 * Sequences of unequal length in one array, without padding, the longest first:
 * step 0 of all, then step 1 of all that have one, and so on.
 */
struct nn_pack {
	size_t		 n, steps, rows;
	const int	*length;	/* (n): steps of each, from 1, falling */
	const size_t	*first;		/* (steps + 1): row of sequence 0 */
};

/* The lengths must stay as long as the tape. 0, or -1 after nn_fail. */
int		 nn_pack_sequences(struct nn *, struct nn_pack *, const int *length,
		    size_t n);

/*
 * What an LSTM makes of z[d] (rows, 4h), the products of its input with the
 * gates i, f, g, o, in one or two directions d, the second from the end of each
 * sequence: (rows, directions * h). w[d] (4h, h) and b[d] (4h) go with the
 * state of the step before. z becomes the gates: nobody else may use it.
 */
struct nn_node	*nn_lstm_scan(struct nn_node *const z[],
		    struct nn_node *const w[], struct nn_node *const b[],
		    int directions, const struct nn_pack *);

/* What was answered wrongly, of how much: error is their ratio. */
struct nn_score { size_t wrong, of; };

/* Mean cross entropy of y (n, classes) with label (n); score, if not NULL,
 * gets n and the rows whose largest entry is elsewhere. Shape (1). */
struct nn_node	*nn_cross_entropy(struct nn_node *y, const int *label,
		    struct nn_score *score);

/* That of h w' + b with label, for h (n, k), w (classes, k), b (classes) or
 * NULL, which never has all of it at once. */
struct nn_node	*nn_linear_cross_entropy(struct nn_node *h, struct nn_node *w,
		    struct nn_node *b, const int *label, struct nn_score *);

/* Mean of (y - onehot(label))^2 over all entries; else as above. */
struct nn_node	*nn_mse_labels(struct nn_node *y, const int *label,
		    struct nn_score *score);

/* Mean of (y - to)^2 over all entries; to lies as y. Shape (1). */
struct nn_node	*nn_mse(struct nn_node *y, const nn_real *to);

/*
 * Mean over sequences of -log p(labels) / how many they are, p being that of
 * CTC with x (rows, symbols) before softmax, symbol 0 the blank. label: theirs
 * in the order of the pack, labels: (n), how many each has. A sequence that is
 * too short for its labels counts as 0 and has no gradient. Shape (1).
 */
struct nn_node	*nn_ctc(struct nn_node *x, const struct nn_pack *,
		    const int *label, const int *labels);

/* --------------------------------------------------------------- layers */

/* Parameters NAME.weight and NAME.bias as PyTorch makes and names them. */
struct nn_node	*nn_linear(struct nn_node *x, size_t out, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
struct nn_node	*nn_layernorm(struct nn_node *x, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* padded by k / 2: with stride 1 and odd k the size stays */
struct nn_node	*nn_conv2d(struct nn_node *x, size_t out, size_t k,
		    size_t stride, bool bias, const char *fmt, ...)
		    __attribute__((format(printf, 6, 7)));
/* with NAME.running_mean, .running_var, .num_batches_tracked */
struct nn_node	*nn_batchnorm(struct nn_node *x, bool relu, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

/* The k-th layer of an LSTM, in one or two directions: NAME.weight_ih_lK,
 * weight_hh_lK, bias_ih_lK, bias_hh_lK, and the same with _reverse. */
struct nn_node	*nn_lstm(struct nn_node *x, const struct nn_pack *,
		    size_t hidden, int directions, int k, const char *fmt, ...)
		    __attribute__((format(printf, 6, 7)));

#endif
