/*
 * lstm.c - speech to letters: layers of LSTM in both directions, then CTC
 *
 * Graves et al. (2006, 2013), as the paper's code has it; but each utterance
 * ends where it ends: what it becomes does not depend on others in its batch.
 */
#include <stdio.h>

#include "core/tape.h"
#include "ctc_alphabet.h"
#include "models.h"

enum { LAYERS = 8 };

struct nn_node *
nn_lstm_symbols(struct nn *net, const struct nn_conf *c, const struct nn_batch *b,
    struct nn_pack *pack)
{
	int64_t layers = nn_conf_int(c, "lstm.layers", 4);
	int64_t hidden = nn_conf_int(c, "lstm.hidden", 256);
	struct nn_node *x;

	if (layers < 1 || layers > LAYERS || hidden < 1 || hidden > 8192) {
		nn_fail(net, "wanted 1 to %d layers of 1 to 8192 units, got "
		    "%lld of %lld", LAYERS, (long long)layers,
		    (long long)hidden);
		return NULL;
	}
	if (nn_pack_sequences(net, pack, b->input, b->n) < 0)
		return NULL;
	x = nn_input(net, nn_shape(pack->rows, b->width), b->x);
	for (int i = 0; i < layers; i++)
		x = nn_lstm(x, pack, hidden, 2, i, "model.lstm");
	return nn_linear(x, NN_SYMBOLS, "model.linear");
}

int
nn_lstm_decode(const struct nn_node *x, const struct nn_pack *pack, size_t i,
    int *symbol)
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

/* Edits and length, of letters or of words, added up over the batch. */
static int
count_errors(const struct nn_node *x, const struct nn_pack *pack,
    const struct nn_batch *b, bool words, struct nn_score *score)
{
	const int *label = b->label, *labels = b->input + b->n;

	*score = (struct nn_score){ 0 };
	for (size_t i = 0; i < b->n; label += labels[i++]) {
		int *got = nn_ints(x->net, pack->length[i]);
		int *want = nn_ints(x->net, labels[i]);
		int *work = nn_ints(x->net, labels[i] + 1);
		int n, m = labels[i];

		if (!got || !want || !work ||
		    (n = nn_lstm_decode(x, pack, i, got)) < 0)
			return -1;
		for (int j = 0; j < m; j++)
			want[j] = label[j];
		if (words) {
			n = nn_ctc_words(got, got, n);
			m = nn_ctc_words(want, want, m);
		}
		score->wrong += nn_edit_distance(got, n, want, m, work);
		score->of += m;
	}
	return 0;
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *b,
    struct nn_score *score)
{
	struct nn_pack pack;
	struct nn_node *x = nn_lstm_symbols(net, c, b, &pack);

	if (x && score && count_errors(x, &pack, b, nn_conf_int(c, "words", 0),
	    score) < 0)
		return NULL;
	return nn_ctc(x, &pack, b->label, b->input + b->n);
}

#define W(kind) "model.lstm.weight_" kind "_l%d%s"

/* As the paper's table has them: for every layer and direction what feeds what;
 * the last layer, the linear one. */
static char *
links(const struct nn_conf *c)
{
	int last = nn_conf_int(c, "lstm.layers", 4) - 1;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	for (int i = 0; i < 2 * last; i++) {
		const char *way = i % 2 ? "_reverse" : "";
		const char *half = i % 2 ? "second" : "first";
		int k = i / 2;

		fprintf(f, W("ih") "\t" W("hh") "\tgate\n", k, way, k, way);
		fprintf(f, W("ih") "\t" W("ih") "\tgate %s\n", k, way, k + 1,
		    way, half);
		fprintf(f, W("hh") "\t" W("ih") "\tgate %s\n", k, way, k + 1,
		    way, half);
	}
	for (int d = 0; d < 2; d++)
		fprintf(f, W("ih") "\tmodel.linear.weight\tgate %s\n"
		    W("hh") "\tmodel.linear.weight\tgate %s\n",
		    last, d ? "_reverse" : "", d ? "second" : "first",
		    last, d ? "_reverse" : "", d ? "second" : "first");
	return fclose(f) == 0 ? text : NULL;
}

const struct nn_model nn_model_lstm = { .name = "lstm", .data = nn_speech_data,
	.loss = loss, .make_links = links };
