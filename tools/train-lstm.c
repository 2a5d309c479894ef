/* train-lstm - train a network of LSTM layers to write down speech */
#include <stdlib.h>

#include "ctc_alphabet.h"
#include "speech.h"
#include "train/trainer.h"

static const char *data, *val_data;
static int64_t subset, layers = 4, hidden = 256, rate = 16000, every = 3;
static bool words, transcribe;

static const struct cli_opt opts[] = {
	{ 'd', "data", OPT_STR, "path", &data,
	    "sounds and texts: folder or archive", true },
	{ 0, "val-data", OPT_STR, "path", &val_data,
	    "others, to validate on; else a tenth of them", true },
	{ 0, "subset", OPT_INT, "n", &subset,
	    "train on n utterances only", false },
	{ 0, "layers", OPT_INT, "n", &layers, "layers (4)", false },
	{ 0, "hidden", OPT_INT, "n", &hidden,
	    "units of each direction (256)", false },
	{ 0, "rate", OPT_INT, "hertz", &rate,
	    "samples a second that are heard (16000)", false },
	{ 0, "every", OPT_INT, "n", &every,
	    "frames of 10 ms that become one (3)", false },
	{ 0, "words", OPT_FLAG, NULL, &words,
	    "errors are counted in words, not letters", true },
	{ 0, "transcribe", OPT_FLAG, NULL, &transcribe,
	    "print what the last checkpoint in file hears", true },
	TRAIN_SCHEDULE,
	TRAIN_OPTS,
	{ 0 }
};

static void
settings(struct nn_conf *c)
{
	if (data == NULL)
		cli_usage("--data wants speech: a folder or archive of sounds "
		    "(.flac, .wav) and their texts, as LibriSpeech "
		    "(openslr.org/12)");
	if (subset < 0)
		cli_usage("--subset is not negative");
	set(c, "net.model", "lstm");
	set(c, "data", "%s", data);
	if (val_data)
		set(c, "val_data", "%s", val_data);
	set(c, "data.subset", "%lld", (long long)subset);
	set(c, "lstm.layers", "%lld", (long long)layers);
	set(c, "lstm.hidden", "%lld", (long long)hidden);
	set(c, "speech.rate", "%lld", (long long)rate);
	set(c, "speech.every", "%lld", (long long)every);
	set(c, "words", "%d", words);
	set(c, "transcribe", "%d", transcribe);
}

/* What each utterance of a batch says, by its place in the batch. */
static void
hear(struct nn_run *r, const struct nn_conf *conf, char *said[])
{
	struct nn_batch *b = &r->now;
	struct nn_pack pack;
	struct nn_node *x;

	nn_reset(r->net);
	nn_set_mode(r->net, NN_USE);
	if (r->data.source->pick(r->net, &r->data, b) < 0 ||
	    (x = nn_lstm_symbols(r->net, conf, b, &pack)) == NULL)
		cli_die("%s", nn_error(r->net));
	for (size_t i = 0; i < b->n; i++) {
		int *symbol = cli_malloc(pack.length[i] * sizeof *symbol);
		int n = nn_lstm_decode(x, &pack, i, symbol);
		char *text = cli_malloc(n + 2);

		if (n < 0)
			cli_die("%s", nn_error(r->net));
		nn_ctc_text(text, symbol, n);
		said[b->input[2 * b->n + i]] = text;
		free(symbol);
	}
}

static bool
write_down(char *paths[], struct nn_conf *conf)
{
	const struct nn_speech *s;
	struct cli_table *table;
	struct nn_run r;
	char **said;
	int *id;

	if (!transcribe)
		return false;
	cli_train_last(&r, conf, paths);
	s = r.data.own;
	said = cli_malloc((s->n + 1) * sizeof *said);
	id = cli_malloc((s->n + 1) * sizeof *id);
	table = cli_table_open("name text", NULL);
	for (size_t from = 0; from < s->n; from += r.now.n) {
		size_t left = s->n - from;

		r.now.n = left < r.data.together ? left : r.data.together;
		r.now.id = id + from;
		for (size_t i = from; i < from + r.now.n; i++)
			id[i] = i;
		hear(&r, conf, said + from);
		for (size_t i = from; i < from + r.now.n; i++) {
			cli_table_str(table, s->u[i].name);
			cli_table_str(table, said[i]);
			free(said[i]);
		}
		cli_table_flush(table);
		cli_progress(from + r.now.n, s->n, "utterance", NULL);
	}
	cli_progress_end();
	cli_table_close(table);
	free(said);
	free(id);
	nn_run_close(&r);
	return true;
}

int
main(int argc, char *argv[])
{
	static const struct trainer trainer = {
		.cli = { "[file ...]", "train an LSTM to write down speech",
		    opts, CLI_OUT },
		.settings = settings,
		.instead = write_down,
		.steps = -1, .epochs = 50,
	};

	cli_train = (struct cli_train_options){ .lr = 3e-4, .decay = 0.1, .batch = 32,
	    .beta1 = 0.9, .beta2 = 0.999, .schedule = "cosine-epochs",
	    .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
