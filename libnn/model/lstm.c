/*
 * lstm.c - speech recognition: bidirectional LSTM layers, a linear layer, CTC
 *
 * Graves et al. (2006, 2013), as in the paper's code, but sequences are packed
 * rather than padded: an output does not depend on the rest of its batch.
 */
#include <stdio.h>

#include "core/tape.h"
#include "ctc_alphabet.h"
#include "models.h"

enum { MAX_LAYERS = 8 };

struct nn_node *
nn_lstm_logits(struct nn *net, const struct nn_conf *c,
    const struct nn_batch *b, struct nn_packed_sequence *pack)
{
	int64_t layers = nn_conf_int(c, "lstm.layers");
	int64_t hidden = nn_conf_int(c, "lstm.hidden");
	struct nn_node *x;

	if (layers < 1 || layers > MAX_LAYERS || hidden < 1 || hidden > 8192) {
		nn_fail(net, "wanted 1 to %d layers of 1 to 8192 units, got "
		    "%lld of %lld", MAX_LAYERS, (long long)layers,
		    (long long)hidden);
		return NULL;
	}
	if (nn_pack_sequences(net, pack, b->input, b->n) < 0)
		return NULL;
	x = nn_input(net, NN_SHAPE(pack->rows, b->width), b->x);
	for (int i = 0; i < layers; i++)
		x = nn_layer_lstm(x, pack, hidden, 2, i, "model.lstm");
	return nn_layer_linear(x, NN_SYMBOLS, "model.linear");
}

int
nn_lstm_decode(const struct nn_node *x, const struct nn_packed_sequence *pack,
    size_t i, int *symbol)
{
	struct nn_arena_mark mark = nn_mark(x->net);
	size_t n = pack->length[i];
	const nn_real **frame = nn_alloc(x->net, n, sizeof *frame);
	int count = -1;

	for (size_t t = 0; frame && t < n; t++)
		frame[t] = x->x + (pack->first[t] + i) * NN_SYMBOLS;
	if (frame)
		count = nn_ctc_decode(symbol, frame, n);
	nn_release(x->net, mark);
	return count;
}

/* Edit distances and lengths, in letters or words, summed over the batch. */
static int
count_errors(const struct nn_node *x, const struct nn_packed_sequence *pack,
    const struct nn_batch *b, bool words, struct nn_score *score)
{
	const int *label = b->label, *labels = b->input + b->n;

	*score = (struct nn_score){ 0 };
	for (size_t i = 0; i < b->n; label += labels[i++]) {
		int *output = nn_alloc_ints(x->net, pack->length[i]);
		int *target = nn_alloc_ints(x->net, labels[i]);
		int *work = nn_alloc_ints(x->net, labels[i] + 1);
		int n, m = labels[i];

		if (!output || !target || !work ||
		    (n = nn_lstm_decode(x, pack, i, output)) < 0)
			return -1;
		for (int j = 0; j < m; j++)
			target[j] = label[j];
		if (words) {
			n = nn_ctc_words(output, output, n);
			m = nn_ctc_words(target, target, m);
		}
		score->wrong += nn_edit_distance(output, n, target, m, work);
		score->total += m;
	}
	return 0;
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *b,
    struct nn_score *score)
{
	struct nn_packed_sequence pack;
	struct nn_node *x = nn_lstm_logits(net, c, b, &pack);

	if (x && score && count_errors(x, &pack, b, nn_conf_int(c, "words"),
	    score) < 0)
		return NULL;
	return nn_ctc_loss(x, &pack, b->label, b->input + b->n);
}

#define W(kind) "model.lstm.weight_" kind "_l%d%s"

/* As in the paper's table: from layer to layer, for both directions, and from
 * the last layer to the linear one. */
static char *
make_links(const struct nn_conf *c)
{
	int last = nn_conf_int(c, "lstm.layers") - 1;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	for (int i = 0; i < 2 * last; i++) {
		const char *dir = i % 2 ? "_reverse" : "";
		const char *half = i % 2 ? "second" : "first";
		int k = i / 2;

		fprintf(f, W("ih") "\t" W("hh") "\tgate\n", k, dir, k, dir);
		fprintf(f, W("ih") "\t" W("ih") "\tgate %s\n", k, dir, k + 1,
		    dir, half);
		fprintf(f, W("hh") "\t" W("ih") "\tgate %s\n", k, dir, k + 1,
		    dir, half);
	}
	for (int d = 0; d < 2; d++)
		fprintf(f, W("ih") "\tmodel.linear.weight\tgate %s\n"
		    W("hh") "\tmodel.linear.weight\tgate %s\n",
		    last, d ? "_reverse" : "", d ? "second" : "first",
		    last, d ? "_reverse" : "", d ? "second" : "first");
	return fclose(f) == 0 ? text : NULL;
}

const struct nn_model nn_model_lstm = { .name = "lstm", .data = nn_speech_data,
	.loss = loss, .make_links = make_links };
