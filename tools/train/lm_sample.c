/* lm_sample.c - sample text from a language model */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/cli.h"
#include "lm.h"
#include "lm_sample.h"
#include "rng.h"

static void
print_token(const struct nn_tokenizer *t, int id)
{
	size_t n = 0;
	const unsigned char *bytes = nn_tokenizer_bytes(t, id, &n);

	if (bytes)
		fwrite(bytes, 1, n, stdout);
}

/* Sample a token from softmax(x / temperature) by u, uniform on [0, 1). Logits
 * without a token are left out. */
static int
sample_token(const struct nn_tokenizer *t, const nn_real *x, size_t n,
    double temperature, double u)
{
	double top = -INFINITY, sum = 0;
	size_t unused;
	int best = 0;

	for (size_t i = 0; i < n; i++)
		if (nn_tokenizer_bytes(t, i, &unused) && x[i] > top) {
			top = x[i];
			best = i;
		}
	if (temperature <= 0)
		return best;
	for (int pass = 0; pass < 2; pass++) {	/* the sum, then the token */
		double target = u * sum;

		sum = 0;
		for (size_t i = 0; i < n; i++) {
			if (!nn_tokenizer_bytes(t, i, &unused))
				continue;
			sum += exp((x[i] - top) / temperature);
			if (pass && sum > target)
				return i;
		}
	}
	return best;
}

static void
check_prompt(const struct nn_ids *ids, int64_t vocab)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->id[i] >= vocab)
			cli_die("prompt: token %d is outside the vocabulary of "
			    "%lld", ids->id[i], (long long)vocab);
}

void
cli_lm_sample(struct nn_run *r, int64_t n, const char *prompt,
    double temperature, uint64_t seed)
{
	struct nn_tokenizer *t = nn_lm_tokenizer(r->net, r->conf);
	struct nn_ids ids = { 0 };
	struct nn_lm_sizes s;

	if (t == NULL || nn_lm_read_sizes(r->net, r->conf, &s) < 0 ||
	    nn_tokenizer_encode(r->net, t, prompt, strlen(prompt), &ids) < 0)
		cli_die("%s", nn_error(r->net));
	check_prompt(&ids, s.vocab);
	fputs(prompt, stdout);
	for (int64_t i = 0; i < n; i++) {
		size_t context = s.context;
		size_t seen = ids.n < context ? ids.n : context;
		struct nn_node *y;

		nn_reset(r->net);
		y = nn_lm_next_logits(r->net, r->conf, ids.id + ids.n - seen,
		    seen);
		if (y == NULL)
			cli_die("%s", nn_error(r->net));
		if (ckpt_grow(&ids.id, ids.n, &ids.room, sizeof *ids.id) < 0)
			cli_die("out of memory");
		ids.id[ids.n++] = sample_token(t, y->x, y->len, temperature,
		    nn_random(seed, NN_FOR_NOISE, 0, i) * 0x1p-32);
		print_token(t, ids.id[ids.n - 1]);
		if (fflush(stdout) != 0)
			cli_die("standard output:");
	}
	putchar('\n');
	free(ids.id);
	nn_tokenizer_free(t);
}
