/* lm-shared.c - what language models share: sizes, loss, next token, links */
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

static int
read_size(struct nn *net, const struct nn_conf *c, const char *key,
    int64_t max, int64_t *size)
{
	*size = nn_conf_int(c, key);
	if (*size >= 1 && *size <= max)
		return 0;
	return nn_fail(net, "%s: wanted 1 to %lld, got %lld", key,
	    (long long)max, (long long)*size);
}

int
nn_lm_read_sizes(struct nn *net, const struct nn_conf *c, struct nn_lm_sizes *s)
{
	if (read_size(net, c, "lm.layers", 1000, &s->layers) < 0 ||
	    read_size(net, c, "lm.width", 1 << 16, &s->width) < 0 ||
	    read_size(net, c, "lm.heads", 1 << 10, &s->heads) < 0 ||
	    read_size(net, c, "lm.hidden", 1 << 18, &s->hidden) < 0 ||
	    read_size(net, c, "lm.context", 1 << 20, &s->context) < 0 ||
	    read_size(net, c, "lm.vocab", 1 << 24, &s->vocab) < 0)
		return -1;
	s->positions = s->context;
	if (nn_conf_get(c, "lm.positions") &&
	    read_size(net, c, "lm.positions", 1 << 20, &s->positions) < 0)
		return -1;
	if (s->width % s->heads)
		return nn_fail(net, "lm.heads: %lld does not divide the width "
		    "%lld", (long long)s->heads, (long long)s->width);
	return 0;
}

const struct nn_model *
nn_lm_find_model(const struct nn_conf *c)
{
	const struct nn_model *m = nn_find_model(nn_conf_get(c, "net.model"));

	return m && m->forward ? m : NULL;
}

/* The outputs of the model of the settings; NULL after nn_fail. */
static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const int *token, size_t n,
    size_t length)
{
	struct nn_lm_sizes s;

	if (nn_lm_read_sizes(net, c, &s) < 0)
		return (struct nn_lm_output){ 0 };
	return nn_lm_find_model(c)->forward(net, c, &s, token, n, length);
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
nn_lm_next_logits(struct nn *net, const struct nn_conf *c, const int *token,
    size_t n)
{
	struct nn_lm_output o = forward(net, c, token, n, n);
	struct nn_node *last;

	if (o.h == NULL)
		return NULL;
	last = nn_slice(o.h, n - 1, 1);
	if (o.b)
		return nn_linear(last, o.w, o.b);
	return nn_matmul(last, nn_transpose(o.w));
}

/* Print links of a block: # is its number, + that of the next. */
static void
print_links(FILE *f, const char *s, int block)
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
	int layers = nn_conf_int(c, "lm.layers");
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	fputs(l.first, f);
	for (int k = 0; k < layers; k++) {
		print_links(f, l.block, k);
		print_links(f, k + 1 < layers ? l.between : l.last, k);
	}
	return fclose(f) == 0 ? text : NULL;
}
