/* train-lm - train a Transformer on text, evaluate it, sample from it */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lm.h"
#include "text.h"
#include "train/lm_sample.h"
#include "train/trainer.h"

static const char *data, *val, *arch = "paper", *config, *tokenizer, *save_to,
	*prompt = "\n";
static int64_t layers = TRAIN_DEFAULT, width = TRAIN_DEFAULT,
	heads = TRAIN_DEFAULT, hidden = TRAIN_DEFAULT, context = TRAIN_DEFAULT,
	vocab = TRAIN_DEFAULT, group = TRAIN_DEFAULT, subset, sample;
static double temperature = 1;
static bool clean;

static const struct cli_opt opts[] = {
	{ 'd', "data", OPT_STR, "path", &data,
	    "text: file, folder or archive; -: standard input", true },
	{ 0, "val", OPT_STR, "path", &val,
	    "text to validate on; else a tenth of the sequences", true },
	{ 0, "clean", OPT_FLAG, NULL, &clean,
	    "keep letters, digits, white space; to lower case", false },
	{ 0, "group", OPT_COUNT, "n", &group,
	    "join n lines, cut into sequences; 0: all lines", false },
	{ 0, "subset", OPT_COUNT, "n", &subset,
	    "train on n sequences only", false },
	{ 0, "vocab", OPT_SIZE, "n", &vocab,
	    "size of the BPE vocabulary to learn; 256: bytes", false },
	{ 0, "tokenizer", OPT_STR, "path", &tokenizer,
	    "tokenizer.json, or a folder with GPT-2's two files", true },
	{ 0, "tokenizer-out", OPT_STR, "file", &save_to,
	    "write a tokenizer.json", true },
	{ 0, "arch", OPT_STR, "name", &arch, "paper, gpt2 or gpt-neox", false },
	{ 0, "config", OPT_STR, "path", &config,
	    "sizes from the config.json of a public model", false },
	{ 0, "layers", OPT_SIZE, "n", &layers, "Transformer blocks", false },
	{ 0, "width", OPT_SIZE, "n", &width,
	    "of the residual stream", false },
	{ 0, "heads", OPT_SIZE, "n", &heads, "attention heads", false },
	{ 0, "hidden", OPT_SIZE, "n", &hidden,
	    "hidden units of the MLP of each block", false },
	{ 0, "context", OPT_SIZE, "n", &context,
	    "context length, in tokens", false },
	{ 0, "sample", OPT_COUNT, "n", &sample,
	    "generate n tokens with the last checkpoint", false },
	{ 0, "prompt", OPT_STR, "text", &prompt,
	    "text that they continue", false },
	{ 0, "temperature", OPT_AMOUNT, "t", &temperature,
	    "of the softmax when sampling; 0: the likeliest", false },
	TRAIN_SCHEDULE,
	TRAIN_OPTS,
	{ 0 }
};

/* Text is read twice, to learn a vocabulary and to encode: standard input is
 * copied to a temporary file. */
static const char *
spool_stdin(void)
{
	static char path[40];
	FILE *f = tmpfile();
	char buf[1 << 14];
	ssize_t n;

	if (f == NULL)
		cli_die("temporary file:");
	while ((n = read(0, buf, sizeof buf)) > 0)
		if (fwrite(buf, 1, n, f) != (size_t)n)
			cli_die("temporary file:");
	if (n < 0)
		cli_die("standard input:");
	if (fflush(f) != 0)
		cli_die("temporary file:");
	snprintf(path, sizeof path, "/dev/fd/%d", fileno(f));
	return path;
}

/* A network without parameters, for functions that report errors in one. */
static struct nn *
open_empty(void)
{
	struct nn *net = nn_open(0, 1);

	return net ? net : (cli_die("out of memory"), NULL);
}

/* ----------------------------------------------------------------- settings */

/* The model of --arch. */
static const char *
find_model(void)
{
	static const struct { const char *arch, *model; } known[] = {
		{ "paper", "lm" }, { "gpt2", "gpt2" },
		{ "gpt-neox", "gpt-neox" }, { "pythia", "gpt-neox" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].arch, arch) == 0)
			return known[i].model;
	cli_usage("--arch wants paper, gpt2, gpt-neox or pythia, not \"%s\"",
	    arch);
}

static void
set_sizes(struct nn_conf *c)
{
	const char *model = find_model();

	if (config) {
		struct nn *net = open_empty();

		if (nn_lm_read_config(net, config, c) < 0)
			cli_die("%s", nn_error(net));
		nn_close(net);
	} else {
		cli_train_set(c, "net.model", "%s", model);
	}
	cli_train_set_int(c, "lm.layers", layers);
	cli_train_set_int(c, "lm.width", width);
	cli_train_set_int(c, "lm.heads", heads);
	cli_train_set_int(c, "lm.hidden", hidden);
	cli_train_set_int(c, "lm.context", context);
	if (vocab != TRAIN_DEFAULT)	/* else it comes from the tokenizer */
		cli_train_set_int(c, "lm.vocab", vocab);
}

static void
set_options(struct nn_conf *c)
{
	if (vocab < 256 && vocab != TRAIN_DEFAULT)
		cli_usage("--vocab: there are 256 bytes");
	if (data == NULL && !sample)
		cli_usage("--data wants text: a file, a folder, an archive, "
		    "or -");
	set_sizes(c);
	cli_train_set(c, "data", "%s", data == NULL ? "" :
	    strcmp(data, "-") == 0 ? spool_stdin() : data);
	if (val)
		cli_train_set(c, "val", "%s", val);
	if (tokenizer)
		cli_train_set(c, "tokenizer", "%s", tokenizer);
	cli_train_set(c, "data.clean", "%d", clean);
	cli_train_set_int(c, "data.group", group);
	cli_train_set(c, "data.subset", "%lld", (long long)subset);
}

/* ------------------------------------------------------------ vocabulary */

/* Learn merges from the text, until the vocabulary has its size. */
static void
learn_merges(struct nn *net, struct nn_conf *c, struct nn_tokenizer *t)
{
	struct nn_text training = { 0 }, validation = { 0 };
	int64_t size = nn_conf_int(c, "lm.vocab");

	if (size > 256) {
		if (nn_lm_read_texts(net, c, &training, &validation) < 0 ||
		    nn_tokenizer_train(net, t, training.bytes, training.n,
		    size) < 0)
			cli_die("%s", nn_error(net));
		free(training.bytes);
		free(validation.bytes);
	}
	if (nn_lm_set_merges(c, t) < 0)
		cli_die("out of memory");
	cli_train_set(c, "lm.vocab", "%zu", nn_tokenizer_size(t));
}

/* The vocabulary: from the keys of a checkpoint, from a file, or learned, when
 * its merges become keys. */
static void
complete(struct nn_conf *c)
{
	struct nn *net = open_empty();
	struct nn_tokenizer *t = nn_lm_tokenizer(net, c);
	const char *rows = nn_conf_get(c, "lm.vocab");

	if (t == NULL)
		cli_die("%s", nn_error(net));
	if (nn_conf_get(c, "tokenizer")) {
		size_t size = nn_tokenizer_size(t);

		cli_train_set(c, "lm.tokenizer", "%016" PRIx64,
		    nn_tokenizer_hash(t));
		if (rows == NULL)
			cli_train_set(c, "lm.vocab", "%zu", size);
		else if ((size_t)nn_conf_int(c, "lm.vocab") < size)
			cli_die("%s: %zu tokens, more than the vocabulary of "
			    "%s", nn_conf_get(c, "tokenizer"), size, rows);
	} else if (nn_conf_get(c, "lm.merges.0") == NULL) {
		learn_merges(net, c, t);
	}
	if (save_to && nn_tokenizer_save(net, t, save_to) < 0)
		cli_die("%s", nn_error(net));
	nn_tokenizer_free(t);
	nn_close(net);
}

/* -------------------------------------------------------------- sampling */

static void
open_network(struct nn_run *r, struct ckpt_rd *in, void *arg)
{
	struct nn_conf *options = arg;
	static const int token[1];

	if (r->net)
		return;
	cli_train_set_keys(options, in);
	if (nn_conf_get(options, "lm.vocab") == NULL)
		cli_die("%s: no key lm.vocab in it: --vocab", ckpt_path(in));
	r->model = nn_lm_find_model(options);
	r->conf = options;
	r->net = nn_open(0, cli_threads());
	if (r->model == NULL)
		cli_die("%s: no model of text", ckpt_path(in));
	if (r->net == NULL)
		cli_die("out of memory");
	if (nn_lm_next_logits(r->net, options, token, 1) == NULL ||
	    nn_run_seal(r) < 0)
		cli_die("%s", nn_error(r->net));
}

static bool
infer(char *paths[], struct nn_conf *c)
{
	struct nn_run r = { 0 };

	if (sample == 0)
		return false;
	cli_train_load(&r, paths, false, open_network, c);
	cli_lm_sample(&r, sample, prompt, temperature, cli_train.seed);
	nn_run_close(&r);
	return true;
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]", "train a Transformer on text", opts,
		    CLI_OUT },
		.set_options = set_options,
		.complete = complete,
		.infer = infer,
		.steps = -1, .epochs = 10,
	};

	cli_train = (struct cli_train_options){ .lr = 6e-4, .decay = 0.1,
	    .beta1 = 0.9, .beta2 = 0.95, .batch = 256, .micro = 4, .clip = 1,
	    .warmup = 200, .schedule = "cosine", .floor = 0.1,
	    .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
