/* lm-shared.c - what language models share: sizes, loss, the next token */
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

static int
one_of(struct nn *net, const struct nn_conf *c, const char *key, int64_t or,
    int64_t most, int64_t *to)
{
	*to = nn_conf_int(c, key, or);
	if (*to >= 1 && *to <= most)
		return 0;
	return nn_fail(net, "%s: wanted 1 to %lld, got %lld", key,
	    (long long)most, (long long)*to);
}

int
nn_lm_read_sizes(struct nn *net, const struct nn_conf *c, struct nn_lm_sizes *s)
{
	if (one_of(net, c, "lm.layers", 12, 1000, &s->layers) < 0 ||
	    one_of(net, c, "lm.width", 768, 1 << 16, &s->width) < 0 ||
	    one_of(net, c, "lm.heads", 12, 1 << 10, &s->heads) < 0 ||
	    one_of(net, c, "lm.hidden", 768, 1 << 18, &s->hidden) < 0 ||
	    one_of(net, c, "lm.context", 2048, 1 << 20, &s->context) < 0 ||
	    one_of(net, c, "lm.vocab", 50277, 1 << 24, &s->vocab) < 0)
		return -1;
	if (one_of(net, c, "lm.positions", s->context, 1 << 20,
	    &s->positions) < 0)
		return -1;
	if (s->width % s->heads)
		return nn_fail(net, "lm.heads: %lld does not divide the width "
		    "%lld", (long long)s->heads, (long long)s->width);
	return 0;
}

const struct nn_model *
nn_lm_model(const struct nn_conf *c)
{
	const struct nn_model *m = nn_find_model(nn_conf_str(c, "net.model", "lm"));

	return m && m->forward ? m : NULL;
}

/* Without outputs after nn_fail. */
static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const int *token, size_t n,
    size_t length)
{
	struct nn_lm_sizes s;

	if (nn_lm_read_sizes(net, c, &s) < 0)
		return (struct nn_lm_output){ 0 };
	return nn_lm_model(c)->forward(net, c, &s, token, n, length);
}

struct nn_node *
nn_lm_loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *b,
    struct nn_score *score)
{
	struct nn_lm_output o = forward(net, c, b->input, b->n * b->length,
	    b->length);

	return nn_linear_cross_entropy(o.h, o.w, o.b, b->label, score);
}

struct nn_node *
nn_lm_next(struct nn *net, const struct nn_conf *c, const int *token, size_t n)
{
	struct nn_lm_output o = forward(net, c, token, n, n);
	struct nn_node *last;

	if (o.h == NULL)
		return NULL;
	last = nn_slice(o.h, n - 1, 1);
	if (o.b)
		return nn_affine(last, o.w, o.b);
	return nn_matmul(last, nn_transpose(o.w));
}

static void
fill(FILE *f, const char *s, int block)
{
	for (; *s; s++)
		if (*s == '#' || *s == '+')
			fprintf(f, "%d", block + (*s == '+'));
		else
			putc(*s, f);
}

char *
nn_lm_make_links(const struct nn_conf *c, struct nn_lm_links l)
{
	int layers = nn_conf_int(c, "lm.layers", 12);
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	fputs(l.first, f);
	for (int k = 0; k < layers; k++) {
		fill(f, l.each, k);
		fill(f, k + 1 < layers ? l.between : l.last, k);
	}
	return fclose(f) == 0 ? text : NULL;
}
