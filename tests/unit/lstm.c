/*
 * lstm.c - what is heard, CTC, letters, and the speech model, against
 * PyTorch's values
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

/* ------------------------------------------------------------- letters */

static void
letters(void)
{
	int symbol[100], b[100], work[100];
	char said[101];
	int n = nn_ctc_encode(symbol, " It\xe2\x80\x99s -- caf\xc3\xa9, 7 o'clock. ");

	nn_ctc_text(said, symbol, n);
	ok(strcmp(said, "IT'S CAF? ? O'CLOCK") == 0, "spelt: %s", said);
	ok(nn_ctc_encode(symbol, " -- ") == 0, "nothing");
	n = nn_ctc_encode(symbol, "KITTEN");
	ok(nn_edit_distance(symbol, n, b, nn_ctc_encode(b, "SITTING"), work) == 3,
	    "kitten, sitting: 3 edits");
	ok(nn_edit_distance(symbol, 0, b, 7, work) == 7 &&
	    nn_edit_distance(b, 7, symbol, 0, work) == 7, "from and to nothing");
	n = nn_ctc_encode(symbol, "THE CAT SAT");
	n = nn_ctc_words(symbol, symbol, n);
	ok(n == 3 && nn_edit_distance(symbol, n, b, nn_ctc_words(b, b,
	    nn_ctc_encode(b, "THE CATS SAT")), work) == 1, "one word of three");
}

/* ------------------------------------------------------------- hearing */

/* One array of the table, by name. */
static void
compare_array(const char *model, const char *what, const char *name,
    const nn_real *x, size_t n, double near)
{
	struct reference ref = { table, model, NULL, near };
	FILE *f = fopen(table, "r");
	char row[LINE];
	double want[2], d = INFINITY;

	while (f && next(f, &ref, what, row, want))
		if (strcmp(row, name) == 0)
			d = distance(x, n, want);
	if (f)
		fclose(f);
	ok(d < near, "%s: %s %s: %.2g", model, what, name, d);
}

static void
hearing(int rate)
{
	static float sound[5003];
	static nn_real x[ROOM * NN_FILTERS];
	struct nn_mel *ear = nn_mel_open(rate);
	size_t samples = sizeof sound / sizeof *sound, n;
	char name[20];

	for (size_t i = 0; i < samples; i++)
		sound[i] = 0.5 * sin(2 * M_PI * (300 + i / 2.0) * i / 16000) +
		    0.1 * scatter(i, 7);
	n = nn_mel_frames(ear, samples);
	nn_mel_spectrogram(ear, sound, samples, x);
	snprintf(name, sizeof name, "%d", rate);
	compare_array("mel", "heard", name, x, n * NN_FILTERS, 1e-6);
	nn_normalize_columns(x, n, NN_FILTERS);
	compare_array("mel", "standard", name, x, n * NN_FILTERS, 1e-5);
	n = nn_mean_rows(x, n, NN_FILTERS, 3);
	compare_array("mel", "means", name, x, n * NN_FILTERS, 1e-5);
	ok(nn_mel_frames(ear, rate / 80) == 0, "too short to be reflected");
	nn_mel_close(ear);
}

/* ----------------------------------------------------------------- CTC */

/* All texts, or one of them. */
struct said { int label[200], labels[UTTERANCES], length[UTTERANCES]; };

static void
say(struct said *s, size_t from, size_t n)
{
	int *label = s->label;

	for (size_t i = 0; i < n; i++) {
		s->length[i] = frames[from + i];
		s->labels[i] = nn_ctc_encode(label, text[from + i]);
		label += s->labels[i];
	}
}

/* Utterance i has numbers of its own in each frame. */
static void
number(nn_real *x, const struct nn_packed_sequence *p, size_t width, size_t from, int by,
    double scale)
{
	for (size_t i = 0; i < p->n; i++)
		for (int t = 0; t < p->length[i]; t++)
			for (size_t j = 0; j < width; j++)
				x[(p->first[t] + i) * width + j] = scale *
				    scatter(j, by * (from + i) + t);
}

static void
ctc_each(void)
{
	struct nn *net = nn_open(0, 2);
	struct reference ref = { table, "ctc", NULL, 1e-6 };
	FILE *f = fopen(table, "r");
	char name[LINE];
	double want[2], worst = 0;
	int rows = 0;

	for (size_t i = 0; f && i < UTTERANCES; i++) {
		struct said s;
		struct nn_packed_sequence p;
		struct nn_node *x, *y;

		nn_reset(net);
		say(&s, i, 1);
		nn_pack_sequences(net, &p, s.length, 1);
		x = nn_input(net, NN_SHAPE(p.rows, NN_SYMBOLS), NULL);
		number(x->x, &p, NN_SYMBOLS, i, 100, 3);
		y = nn_ctc_loss(x, &p, s.label, s.labels);
		rows += next(f, &ref, "each", name, want);
		want[0] /= s.labels[0] ? s.labels[0] : 1;
		worst = fmax(worst, fabs(y->x[0] - want[0]) /
		    fmax(want[0], 1e-3));
	}
	if (f)
		fclose(f);
	ok(rows == UTTERANCES && worst < 1e-6, "ctc: %d texts alone, error "
	    "%.2g", rows, worst);
	nn_close(net);
}

static void
ctc_all(void)
{
	struct nn *net = nn_open(0, 2);
	struct said s;
	struct nn_packed_sequence p;
	struct nn_node *x, *y;
	nn_real dx[LONGEST * NN_SYMBOLS];
	double sum = 0;
	char name[20];

	say(&s, 0, UTTERANCES);
	nn_pack_sequences(net, &p, s.length, UTTERANCES);
	x = nn_param(net, NN_SHAPE(p.rows, NN_SYMBOLS), (struct nn_init){ 0 },
	    "x");
	number(x->x, &p, NN_SYMBOLS, 0, 100, 3);
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
	struct said	 said;
	struct nn_batch	 batch;
	int		 input[2 * UTTERANCES];
	nn_real		 x[UTTERANCES * LONGEST * WIDTH];
};

/* A batch of some of the utterances. */
static void
take(struct test *t, size_t from, size_t n)
{
	struct nn_packed_sequence p;

	say(&t->said, from, n);
	memcpy(t->input, t->said.length, n * sizeof *t->input);
	memcpy(t->input + n, t->said.labels, n * sizeof *t->input);
	t->batch = (struct nn_batch){ .n = n, .input = t->input,
	    .label = t->said.label, .x = t->x, .width = WIDTH };
	nn_reset(t->net);
	nn_pack_sequences(t->net, &p, t->input, n);
	number(t->x, &p, WIDTH, from, 50, 2);
}

static struct test *
start(int threads)
{
	struct test *t = calloc(1, sizeof *t);

	nn_conf_set(&t->conf, "lstm.layers", "3");
	nn_conf_set(&t->conf, "lstm.hidden", "12");
	t->net = nn_open(0, threads);
	take(t, 0, UTTERANCES);
	nn_model_lstm.loss(t->net, &t->conf, &t->batch, NULL);
	nn_reset(t->net);
	nn_seal(t->net);
	fill(t->net);
	return t;
}

static void
finish(struct test *t)
{
	nn_conf_free(&t->conf);
	nn_close(t->net);
	free(t);
}

static struct nn_node *
loss(void *arg, size_t *wrong)
{
	struct test *t = arg;
	struct nn_score score;
	struct nn_node *y;

	take(t, 0, UTTERANCES);
	y = nn_model_lstm.loss(t->net, &t->conf, &t->batch, &score);
	*wrong = score.wrong;
	return y;
}

static void
training(void)
{
	struct course c = { .steps = STEPS, .loss = loss,
		.optimizer = { .rule = &nn_adamw, .lr = 0.01, .weight_decay = 0.1,
		    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 } };
	struct test *t = start(2);
	struct reference ref = { table, "lstm", t->net, 1e-5 };

	compare_course(&ref, c, t);
	finish(t);
}

/* Each utterance gives by itself what it gives among others. */
static void
alone(void)
{
	struct test *t = start(1);
	struct nn_packed_sequence p, one;
	struct nn_node *x;
	nn_real *all;
	double worst = 0;

	take(t, 0, UTTERANCES);
	x = nn_lstm_logits(t->net, &t->conf, &t->batch, &p);
	all = malloc(x->len * sizeof *all);
	memcpy(all, x->x, x->len * sizeof *all);
	for (size_t i = 0, first[LONGEST]; i < UTTERANCES; i++) {
		for (int k = 0, at = 0; k < frames[i]; k++) {
			first[k] = at;
			for (size_t j = 0; j < UTTERANCES; j++)
				at += frames[j] > k;
		}
		take(t, i, 1);
		x = nn_lstm_logits(t->net, &t->conf, &t->batch, &one);
		for (int k = 0; k < frames[i]; k++)
			for (size_t j = 0; j < NN_SYMBOLS; j++)
				worst = fmax(worst, fabs(x->x[k * NN_SYMBOLS +
				    j] - all[(first[k] + i) * NN_SYMBOLS + j]));
	}
	ok(worst < 1e-6, "alone as among others: %.2g", worst);
	free(all);
	finish(t);
}

/* All gradients, as one number. */
static double
gradients(int threads)
{
	struct test *t = start(threads);
	double sum = 0;
	nn_real *g;
	size_t n;

	take(t, 0, UTTERANCES);
	nn_backward(nn_model_lstm.loss(t->net, &t->conf, &t->batch, NULL));
	nn_weights(t->net, &n);
	g = nn_gradients(t->net);
	for (size_t i = 0; i < n; i++)
		sum += g[i] * cos(i);
	finish(t);
	return sum;
}

int
main(void)
{
	double one = gradients(1);

	letters();
	hearing(16000);
	hearing(8000);
	ctc_each();
	ctc_all();
	training();
	alone();
	ok(one != 0 && one == gradients(2) && one == gradients(5),
	    "the same with 1, 2, 5 threads");
	return tap_done();
}
