/* train-lstm - train a bidirectional LSTM to transcribe speech, with CTC */
#include <stdlib.h>

#include "ctc_alphabet.h"
#include "speech.h"
#include "train/trainer.h"

static const char *data, *val_data;
static int64_t subset, layers = TRAIN_DEFAULT, hidden = TRAIN_DEFAULT,
	rate = TRAIN_DEFAULT, every = TRAIN_DEFAULT;
static bool words, transcribe;

static const struct cli_opt opts[] = {
	{ 'd', "data", OPT_STR, "path", &data,
	    "recordings and texts: folder or archive", true },
	{ 0, "val-data", OPT_STR, "path", &val_data,
	    "others, to validate on; else a tenth of these", true },
	{ 0, "subset", OPT_COUNT, "n", &subset,
	    "train on n utterances only", false },
	{ 0, "layers", OPT_SIZE, "n", &layers, "layers", false },
	{ 0, "hidden", OPT_SIZE, "n", &hidden,
	    "units of each direction", false },
	{ 0, "rate", OPT_SIZE, "hertz", &rate,
	    "sample rate", false },
	{ 0, "every", OPT_SIZE, "n", &every,
	    "frames of 10 ms averaged into one", false },
	{ 0, "words", OPT_FLAG, NULL, &words,
	    "count errors in words, not letters", true },
	{ 0, "transcribe", OPT_FLAG, NULL, &transcribe,
	    "print transcriptions by the last checkpoint", true },
	TRAIN_SCHEDULE,
	TRAIN_OPTS,
	{ 0 }
};

static void
set_options(struct nn_conf *c)
{
	if (data == NULL)
		cli_usage("--data wants speech: a folder or archive of "
		    "recordings (.flac, .wav) and their texts, as LibriSpeech "
		    "(openslr.org/12)");
	cli_train_set(c, "net.model", "lstm");
	cli_train_set(c, "data", "%s", data);
	if (val_data)
		cli_train_set(c, "val_data", "%s", val_data);
	cli_train_set(c, "data.subset", "%lld", (long long)subset);
	cli_train_set_int(c, "lstm.layers", layers);
	cli_train_set_int(c, "lstm.hidden", hidden);
	cli_train_set_int(c, "speech.rate", rate);
	cli_train_set_int(c, "speech.every", every);
	cli_train_set(c, "words", "%d", words);
	cli_train_set(c, "transcribe", "%d", transcribe);
}

/* Transcribe the utterances of a batch, in the order of their ids: the batch is
 * sorted by length. */
static void
transcribe_batch(struct nn_run *r, char *transcript[])
{
	struct nn_batch *b = &r->now;
	struct nn_packed_sequence pack;
	struct nn_node *x;

	nn_reset(r->net);
	nn_set_mode(r->net, NN_MODE_EVAL);
	if (r->data.source->collate(r->net, &r->data, b) < 0 ||
	    (x = nn_lstm_logits(r->net, r->conf, b, &pack)) == NULL)
		cli_die("%s", nn_error(r->net));
	for (size_t i = 0; i < b->n; i++) {
		int *symbol = cli_malloc(pack.length[i] * sizeof *symbol);
		int n = nn_lstm_decode(x, &pack, i, symbol);
		char *text = cli_malloc(n + 2);

		if (n < 0)
			cli_die("%s", nn_error(r->net));
		nn_ctc_text(text, symbol, n);
		transcript[b->input[2 * b->n + i]] = text;
		free(symbol);
	}
}

static void
print_transcripts(struct nn_run *r)
{
	const struct nn_speech *s = r->data.state;
	struct cli_table *table = cli_table_open("name text", NULL);
	char **transcript = cli_malloc(r->data.eval_batch * sizeof *transcript);
	int *id = cli_malloc((s->n + 1) * sizeof *id);

	for (size_t i = 0; i < s->n; i++)
		id[i] = i;
	for (size_t from = 0; from < s->n; from += r->now.n) {
		size_t left = s->n - from;

		r->now.n = left < r->data.eval_batch ? left :
		    r->data.eval_batch;
		r->now.id = id + from;
		transcribe_batch(r, transcript);
		for (size_t i = 0; i < r->now.n; i++) {
			cli_table_str(table, s->u[from + i].name);
			cli_table_str(table, transcript[i]);
			free(transcript[i]);
		}
		cli_table_flush(table);
		cli_progress(from + r->now.n, s->n, "utterance", NULL);
	}
	cli_progress_end();
	cli_table_close(table);
	free(transcript);
	free(id);
}

static bool
infer(char *paths[], struct nn_conf *options)
{
	struct cli_train_settings settings = { .options = options };
	struct nn_run r = { 0 };

	if (!transcribe)
		return false;
	cli_train_load(&r, paths, false, cli_train_reopen, &settings);
	print_transcripts(&r);
	nn_run_close(&r);
	nn_conf_free(&settings.conf);
	return true;
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]", "train an LSTM to transcribe speech",
		    opts, CLI_OUT },
		.set_options = set_options,
		.infer = infer,
		.steps = -1, .epochs = 50,
	};

	cli_train = (struct cli_train_options){ .lr = 3e-4, .decay = 0.1,
	    .batch = 32, .beta1 = 0.9, .beta2 = 0.999,
	    .schedule = "cosine-epochs", .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
