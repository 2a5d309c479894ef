/*
 * lstm.c - alphabet, mel features, CTC and the speech model, against reference
 * values of PyTorch
 *
 * tests/gold/lstm.tsv comes from tests/reference/torch-lstm.py.
 */
#include <stdlib.h>

#include "core/tape.h"
#include "ctc_alphabet.h"
#include "data/mel.h"
#include "models.h"
#include "reference.h"

enum { WIDTH = 7, UTTERANCES = 11, LONGEST = 19, STEPS = 5, ROOM = 4000 };

static const char *const table = "tests/gold/lstm.tsv";
static const int frames[UTTERANCES] = { 19, 19, 17, 16, 12, 11, 11, 9, 5, 3,
	2 };
static const char *const text[UTTERANCES] = { "SEVEN", "A'B C", "",
	"HELLO ALL", "ZZ", "FOUR ONE", "O", "TWO", "AB", "EE", "NO WAY" };

/* ------------------------------------------------------------ alphabet */

static void
test_alphabet(void)
{
	int symbol[100], b[100], work[100];
	char decoded[101];
	int n = nn_ctc_encode(symbol, " It\xe2\x80\x99s -- caf\xc3\xa9, 7 o'clock. ");

	nn_ctc_text(decoded, symbol, n);
	ok(strcmp(decoded, "IT'S CAF? ? O'CLOCK") == 0,
	    "encoded and decoded: %s", decoded);
	ok(nn_ctc_encode(symbol, " -- ") == 0, "no letters");
	n = nn_ctc_encode(symbol, "KITTEN");
	ok(nn_edit_distance(symbol, n, b, nn_ctc_encode(b, "SITTING"), work) == 3,
	    "edit distance of kitten and sitting: 3");
	ok(nn_edit_distance(symbol, 0, b, 7, work) == 7 &&
	    nn_edit_distance(b, 7, symbol, 0, work) == 7,
	    "edit distance to an empty text");
	n = nn_ctc_encode(symbol, "THE CAT SAT");
	n = nn_ctc_words(symbol, symbol, n);
	ok(n == 3 && nn_edit_distance(symbol, n, b, nn_ctc_words(b, b,
	    nn_ctc_encode(b, "THE CATS SAT")), work) == 1,
	    "edit distance of words");
}

/* -------------------------------------------------------- mel features */

/* Compare with one array of the table. */
static void
compare_array(const char *model, const char *what, const char *name,
    const nn_real *x, size_t n, double near)
{
	struct reference ref = { table, model, NULL, near };
	FILE *f = fopen(table, "r");
	char row[LINE];
	double want[2], d = INFINITY;

	while (f && next_row(f, &ref, what, row, want))
		if (strcmp(row, name) == 0)
			d = sum_error(x, n, want);
	if (f)
		fclose(f);
	ok(d < near, "%s: %s %s: %.2g", model, what, name, d);
}

static void
test_mel(int rate)
{
	static float sound[5003];
	static nn_real x[ROOM * NN_FILTERS];
	struct nn_mel *mel = nn_mel_open(rate);
	size_t samples = sizeof sound / sizeof *sound, n;
	char name[20];

	for (size_t i = 0; i < samples; i++)
		sound[i] = 0.5 * sin(2 * M_PI * (300 + i / 2.0) * i / 16000) +
		    0.1 * scatter(i, 7);
	n = nn_mel_frames(mel, samples);
	nn_mel_spectrogram(mel, sound, samples, x);
	snprintf(name, sizeof name, "%d", rate);
	compare_array("mel", "features", name, x, n * NN_FILTERS, 1e-6);
	nn_normalize_columns(x, n, NN_FILTERS);
	compare_array("mel", "standard", name, x, n * NN_FILTERS, 1e-5);
	n = nn_mean_rows(x, n, NN_FILTERS, 3);
	compare_array("mel", "means", name, x, n * NN_FILTERS, 1e-5);
	ok(nn_mel_frames(mel, rate / 80) == 0,
	    "too short for reflection padding");
	nn_mel_close(mel);
}

/* ----------------------------------------------------------------- CTC */

/* Labels of some utterances. */
struct texts { int label[200], labels[UTTERANCES], length[UTTERANCES]; };

static void
set_labels(struct texts *s, size_t from, size_t n)
{
	int *label = s->label;

	for (size_t i = 0; i < n; i++) {
		s->length[i] = frames[from + i];
		s->labels[i] = nn_ctc_encode(label, text[from + i]);
		label += s->labels[i];
	}
}

/* Pseudorandom numbers for each utterance and frame. */
static void
fill_sequence(nn_real *x, const struct nn_packed_sequence *p, size_t width,
    size_t from, int by, double scale)
{
	for (size_t i = 0; i < p->n; i++)
		for (int t = 0; t < p->length[i]; t++)
			for (size_t j = 0; j < width; j++)
				x[(p->first[t] + i) * width + j] = scale *
				    scatter(j, by * (from + i) + t);
}

static void
test_ctc_single(void)
{
	struct nn *net = nn_open(0, 2);
	struct reference ref = { table, "ctc", NULL, 1e-6 };
	FILE *f = fopen(table, "r");
	char name[LINE];
	double want[2], worst = 0;
	int rows = 0;

	for (size_t i = 0; f && i < UTTERANCES; i++) {
		struct texts s;
		struct nn_packed_sequence p;
		struct nn_node *x, *y;

		nn_reset(net);
		set_labels(&s, i, 1);
		nn_pack_sequences(net, &p, s.length, 1);
		x = nn_input(net, NN_SHAPE(p.rows, NN_SYMBOLS), NULL);
		fill_sequence(x->x, &p, NN_SYMBOLS, i, 100, 3);
		y = nn_ctc_loss(x, &p, s.label, s.labels);
		rows += next_row(f, &ref, "each", name, want);
		want[0] /= s.labels[0] ? s.labels[0] : 1;
		worst = fmax(worst, fabs(y->x[0] - want[0]) /
		    fmax(want[0], 1e-3));
	}
	if (f)
		fclose(f);
	ok(rows == UTTERANCES && worst < 1e-6, "ctc: %d single texts, error "
	    "%.2g", rows, worst);
	nn_close(net);
}

static void
test_ctc_batch(void)
{
	struct nn *net = nn_open(0, 2);
	struct texts s;
	struct nn_packed_sequence p;
	struct nn_node *x, *y;
	nn_real dx[LONGEST * NN_SYMBOLS];
	double sum = 0;
	char name[20];

	set_labels(&s, 0, UTTERANCES);
	nn_pack_sequences(net, &p, s.length, UTTERANCES);
	x = nn_param(net, NN_SHAPE(p.rows, NN_SYMBOLS), (struct nn_init){ 0 },
	    "x");
	fill_sequence(x->x, &p, NN_SYMBOLS, 0, 100, 3);
	y = nn_ctc_loss(x, &p, s.label, s.labels);
	nn_backward(y);
	for (size_t i = 0; i < UTTERANCES - 1; i++) {
		for (int t = 0; t < p.length[i]; t++)
			memcpy(dx + t * NN_SYMBOLS, x->g + (p.first[t] + i) *
			    NN_SYMBOLS, NN_SYMBOLS * sizeof *dx);
		snprintf(name, sizeof name, "%zu", i);
		compare_array("ctc", "gradient", name, dx,
		    p.length[i] * NN_SYMBOLS, 1e-5);
	}
	for (int t = 0; t < p.length[UTTERANCES - 1]; t++)
		for (int j = 0; j < NN_SYMBOLS; j++)
			sum += fabs(x->g[(p.first[t] + UTTERANCES - 1) *
			    NN_SYMBOLS + j]);
	ok(sum == 0, "ctc: too short for its text: no gradient");
	nn_close(net);
}

/* --------------------------------------------------------------- model */

struct test {
	struct nn_conf	 conf;
	struct nn	*net;
	struct texts	 texts;
	struct nn_batch	 batch;
	int		 input[2 * UTTERANCES];
	nn_real		 x[UTTERANCES * LONGEST * WIDTH];
};

/* A batch of n utterances. */
static void
set_batch(struct test *t, size_t from, size_t n)
{
	struct nn_packed_sequence p;

	set_labels(&t->texts, from, n);
	memcpy(t->input, t->texts.length, n * sizeof *t->input);
	memcpy(t->input + n, t->texts.labels, n * sizeof *t->input);
	t->batch = (struct nn_batch){ .n = n, .input = t->input,
	    .label = t->texts.label, .x = t->x, .width = WIDTH };
	nn_reset(t->net);
	nn_pack_sequences(t->net, &p, t->input, n);
	fill_sequence(t->x, &p, WIDTH, from, 50, 2);
}

static struct test *
open_test(int threads)
{
	struct test *t = calloc(1, sizeof *t);

	nn_conf_set(&t->conf, "lstm.layers", "3");
	nn_conf_set(&t->conf, "lstm.hidden", "12");
	t->net = nn_open(0, threads);
	set_batch(t, 0, UTTERANCES);
	nn_model_lstm.loss(t->net, &t->conf, &t->batch, NULL);
	nn_reset(t->net);
	nn_seal(t->net);
	fill_params(t->net);
	return t;
}

static void
close_test(struct test *t)
{
	nn_conf_free(&t->conf);
	nn_close(t->net);
	free(t);
}

static struct nn_node *
step_loss(void *arg, size_t *wrong)
{
	struct test *t = arg;
	struct nn_score score;
	struct nn_node *y;

	set_batch(t, 0, UTTERANCES);
	y = nn_model_lstm.loss(t->net, &t->conf, &t->batch, &score);
	*wrong = score.wrong;
	return y;
}

static void
test_training(void)
{
	struct course c = { .steps = STEPS, .loss = step_loss,
		.optimizer = { .rule = &nn_adamw, .lr = 0.01,
		    .weight_decay = 0.1, .beta1 = 0.9,
		    .beta2 = 0.999, .eps = 1e-8 } };
	struct test *t = open_test(2);
	struct reference ref = { table, "lstm", t->net, 1e-5 };

	compare_course(&ref, c, t);
	close_test(t);
}

/* The outputs of an utterance do not depend on the batch. */
static void
test_batching(void)
{
	struct test *t = open_test(1);
	struct nn_packed_sequence p, one;
	struct nn_node *x;
	nn_real *all;
	double worst = 0;

	set_batch(t, 0, UTTERANCES);
	x = nn_lstm_logits(t->net, &t->conf, &t->batch, &p);
	all = malloc(x->len * sizeof *all);
	memcpy(all, x->x, x->len * sizeof *all);
	for (size_t i = 0, first[LONGEST]; i < UTTERANCES; i++) {
		for (int k = 0, at = 0; k < frames[i]; k++) {
			first[k] = at;
			for (size_t j = 0; j < UTTERANCES; j++)
				at += frames[j] > k;
		}
		set_batch(t, i, 1);
		x = nn_lstm_logits(t->net, &t->conf, &t->batch, &one);
		for (int k = 0; k < frames[i]; k++)
			for (size_t j = 0; j < NN_SYMBOLS; j++)
				worst = fmax(worst, fabs(x->x[k * NN_SYMBOLS +
				    j] - all[(first[k] + i) * NN_SYMBOLS + j]));
	}
	ok(worst < 1e-6, "outputs do not depend on the batch: %.2g", worst);
	free(all);
	close_test(t);
}

/* A weighted sum of all gradients. */
static double
sum_gradients(int threads)
{
	struct test *t = open_test(threads);
	double sum = 0;
	nn_real *g;
	size_t n;

	set_batch(t, 0, UTTERANCES);
	nn_backward(nn_model_lstm.loss(t->net, &t->conf, &t->batch, NULL));
	nn_weights(t->net, &n);
	g = nn_gradients(t->net);
	for (size_t i = 0; i < n; i++)
		sum += g[i] * cos(i);
	close_test(t);
	return sum;
}

int
main(void)
{
	double one = sum_gradients(1);

	test_alphabet();
	test_mel(16000);
	test_mel(8000);
	test_ctc_single();
	test_ctc_batch();
	test_training();
	test_batching();
	ok(one != 0 && one == sum_gradients(2) && one == sum_gradients(5),
	    "gradients are equal with 1, 2 and 5 threads");
	return tap_done();
}
