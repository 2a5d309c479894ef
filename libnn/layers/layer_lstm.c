/* layer_lstm.c - a layer of an LSTM, in one or two directions */
#include <math.h>

#include "core/tape.h"
#include "layer.h"

enum { GATES = 4 };

struct nn_node *
nn_layer_lstm(struct nn_node *x, const struct nn_packed_sequence *pack,
    size_t hidden, int directions, int k, const char *fmt, ...)
{
	struct nn_init init = { .bound = 1 / sqrt((double)hidden) };
	size_t gates = GATES * hidden;
	struct nn_node *z[2], *w[2], *b[2];
	char name[LAYER_NAME];

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	for (int d = 0; d < directions; d++) {
		const char *suffix = d ? "_reverse" : "";
		struct nn_node *in = nn_param(x->net,
		    NN_SHAPE(gates, nn_cols_of(x)), init,
		    "%s.weight_ih_l%d%s", name, k, suffix);

		w[d] = nn_param(x->net, NN_SHAPE(gates, hidden), init,
		    "%s.weight_hh_l%d%s", name, k, suffix);
		z[d] = nn_linear(x, in, nn_param(x->net, NN_SHAPE(gates), init,
		    "%s.bias_ih_l%d%s", name, k, suffix));
		b[d] = nn_param(x->net, NN_SHAPE(gates), init,
		    "%s.bias_hh_l%d%s", name, k, suffix);
	}
	return nn_lstm_scan(z, w, b, directions, pack);
}
