/* layer_lstm.c - a layer of a long short-term memory, named as PyTorch does */
#include <math.h>

#include "core/tape.h"
#include "layer.h"

enum { GATES = 4 };

struct nn_node *
nn_lstm(struct nn_node *x, const struct nn_pack *pack, size_t hidden,
    int directions, int k, const char *fmt, ...)
{
	struct nn_init init = { .bound = 1 / sqrt((double)hidden) };
	size_t gates = GATES * hidden;
	struct nn_node *z[2], *w[2], *b[2];
	char name[LAYER_NAME];

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	for (int d = 0; d < directions; d++) {
		const char *way = d ? "_reverse" : "";
		struct nn_node *in = nn_param(x->net, nn_shape(gates,
		    nn_cols_of(x)), init, "%s.weight_ih_l%d%s", name, k, way);

		w[d] = nn_param(x->net, nn_shape(gates, hidden), init,
		    "%s.weight_hh_l%d%s", name, k, way);
		z[d] = nn_affine(x, in, nn_param(x->net, nn_shape(gates), init,
		    "%s.bias_ih_l%d%s", name, k, way));
		b[d] = nn_param(x->net, nn_shape(gates), init,
		    "%s.bias_hh_l%d%s", name, k, way);
	}
	return nn_lstm_scan(z, w, b, directions, pack);
}
