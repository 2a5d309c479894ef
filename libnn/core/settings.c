/*
 * settings.c - the settings of a run and their defaults
 *
 * Without default are net.model; the paths val, val_data and tokenizer;
 * lm.positions, which is then lm.context; lm.tokenizer and lm.merges.0, ...
 */
#include <string.h>

#include "conf.h"

static const struct setting { const char *key, *value; } settings[] = {
	/* data */
	{ "data", "" },			/* path */
	{ "data.subset", "0" },		/* training examples; 0: all */
	{ "data.shuffled", "0" },	/* 1: permuted labels */
	{ "data.side", "0" },		/* images are padded to it; 0: no */
	{ "data.group", "1000" },	/* lines joined, then cut; 0: all */
	{ "data.clean", "0" },		/* 1: as nn_text_clean */
	{ "speech.rate", "16000" },	/* samples per second */
	{ "speech.every", "3" },	/* frames of 10 ms that are averaged */
	{ "transcribe", "0" },		/* 1: text is not needed */
	{ "words", "0" },		/* 1: errors are of words */

	/* training */
	{ "train.seed", "0" },
	{ "train.optimiser", "adamw" },	/* or sgd */
	{ "train.batch", "0" },		/* examples of a step; 0: all */
	{ "train.micro", "0" },		/* of a micro-batch; 0: the batch */
	{ "train.clip", "0" },		/* norm of the gradients; 0: any */
	{ "train.precision", "f32" },	/* or exact, bf16: enum nn_precision */
	{ "train.weight_decay", "0" },
	{ "train.momentum", "0.9" },	/* of SGD */
	{ "train.beta1", "0.9" },	/* of AdamW */
	{ "train.beta2", "0.98" },
	{ "train.lr", "0.001" },
	{ "train.warmup", "0" },	/* steps from 0 to lr */
	{ "train.schedule", "constant" },	/* cosine, cosine-epochs */
	{ "train.horizon", "0" },	/* steps (epochs) of the cosine */
	{ "train.lr_floor", "0" },	/* where it ends, as a fraction of lr */
	{ "train.lr_drops", "" },	/* epochs from which lr is a tenth */

	/* modular addition */
	{ "modadd.p", "113" },		/* modulus */
	{ "modadd.frac", "0.3" },	/* fraction of pairs for training */
	{ "modadd.layers", "1" },
	{ "modadd.width", "128" },
	{ "modadd.heads", "4" },
	{ "modadd.hidden", "512" },
	{ "modadd.norm", "0" },		/* 1: with layer normalization */

	/* images, speech */
	{ "mlp.width", "256" },
	{ "vgg.width", "64" },
	{ "resnet.width", "16" },
	{ "unet.width", "64" },
	{ "lstm.layers", "4" },
	{ "lstm.hidden", "256" },	/* units of a direction */

	/* language models */
	{ "lm.layers", "12" },
	{ "lm.width", "768" },
	{ "lm.heads", "12" },
	{ "lm.hidden", "3072" },	/* of the MLP of a block */
	{ "lm.vocab", "4096" },		/* tokens */
	{ "lm.context", "2048" },
	{ "lm.gelu_tanh", "0" },	/* 1: GELU by tanh */
	{ "lm.rotary", "0.25" },	/* fraction of columns that rotate */
	{ "lm.rotary_base", "10000" },
	{ "lm.parallel", "1" },		/* 1: parallel residual layers */
};

/* Models with other defaults. */
static const struct {
	const char	*model;
	struct setting	 setting;
} special[] = {
	{ "modadd-mlp", { "modadd.layers", "5" } },
	{ "modadd-mlp", { "modadd.width", "100" } },
	{ "lm", { "lm.hidden", "768" } },
	{ "gpt2", { "lm.context", "1024" } },
	{ "gpt2", { "lm.gelu_tanh", "1" } },
};

const char *
nn_conf_default(const struct nn_conf *c, const char *key)
{
	const char *model = nn_conf_get(c, "net.model");

	for (size_t i = 0; model && i < sizeof special / sizeof *special; i++)
		if (strcmp(special[i].model, model) == 0 &&
		    strcmp(special[i].setting.key, key) == 0)
			return special[i].setting.value;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].key, key) == 0)
			return settings[i].value;
	return NULL;
}
