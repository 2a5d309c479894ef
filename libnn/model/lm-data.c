/* lm-data.c - the data of language models: sequences of context + 1 tokens */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "core/tape.h"
#include "lm.h"
#include "text.h"

enum { EVAL_TOKENS = 4096 };	/* tokens of a batch in evaluation */

/* All tokens, and the first of each sequence. */
struct sequences {
	struct nn_ids	 tokens;
	size_t		*start, n, room;
	size_t		 context;
};

static int
alloc_batch(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	const struct sequences *p = d->state;

	b->length = p->context;
	b->input = malloc(n * p->context * sizeof *b->input);
	b->label = malloc(n * p->context * sizeof *b->label);
	return b->input && b->label ? 0 : -1;
}

static int
collate_sequences(struct nn *net, const struct nn_data *d, struct nn_batch *b)
{
	const struct sequences *p = d->state;
	size_t size = p->context * sizeof *b->input;

	(void)net;
	for (size_t i = 0; i < b->n; i++) {
		const int *sequence = p->tokens.id + p->start[b->id[i]];

		memcpy(b->input + i * p->context, sequence, size);
		memcpy(b->label + i * p->context, sequence + 1, size);
	}
	return 0;
}

static void
free_sequences(struct nn_data *d)
{
	struct sequences *p = d->state;

	if (p) {
		free(p->tokens.id);
		free(p->start);
	}
	free(p);
	d->state = NULL;
}

/* The end of the first n lines of a text. */
static const char *
skip_lines(const char *text, const char *end, size_t n)
{
	for (; n && text < end; n--) {
		const char *line = memchr(text, '\n', end - text);

		text = line ? line + 1 : end;
	}
	return text;
}

/* The tokens of a group of lines, in sequences; the remainder is dropped. */
static int
add_group(struct nn *net, struct nn_tokenizer *t, const char *text,
    const char *end, bool by_line, struct sequences *p)
{
	size_t from = p->tokens.n, len = p->context + 1;

	while (text < end) {
		const char *next = by_line ? skip_lines(text, end, 1) : end;

		if (nn_tokenizer_encode(net, t, text, next - text,
		    &p->tokens) < 0)
			return -1;
		text = next;
	}
	for (; p->tokens.n - from >= len; from += len) {
		if (ckpt_grow(&p->start, p->n, &p->room,
		    sizeof *p->start) < 0)
			return nn_fail(net, "out of memory");
		p->start[p->n++] = from;
	}
	p->tokens.n = from;
	return 0;
}

static int
add_text(struct nn *net, const struct nn_conf *c, struct nn_tokenizer *t,
    const struct nn_text *text, struct sequences *p)
{
	int64_t group = nn_conf_int(c, "data.group");
	const char *at = text->bytes, *end = text->bytes + text->n;

	while (text->n && at < end) {
		const char *next = group ? skip_lines(at, end, group) : end;

		if (add_group(net, t, at, next, group > 0, p) < 0)
			return -1;
		at = next;
	}
	return 0;
}

static int
make_split(struct nn *net, struct nn_examples *s, size_t from, size_t n)
{
	s->id = malloc((n + 1) * sizeof *s->id);
	if (s->id == NULL)
		return nn_fail(net, "out of memory");
	for (size_t i = 0; i < n; i++)
		s->id[i] = (int)(from + i);
	s->n = n;
	return 0;
}

static int
make_splits(struct nn *net, const struct nn_conf *c, struct nn_data *d,
    size_t train)
{
	const struct sequences *p = d->state;
	size_t subset = nn_conf_int(c, "data.subset"), max = train;

	if (train == p->n)
		train -= (train + 8) / 10;
	if (train == 0)
		return nn_fail(net, "%s: less than a sequence of %zu tokens "
		    "(lm.context + 1)", nn_conf_str(c, "data"), p->context + 1);
	max = subset && subset < train ? subset : train;
	if (make_split(net, &d->split[NN_TRAIN], 0, max) < 0)
		return -1;
	return make_split(net, &d->split[NN_VAL], train, p->n - train);
}

int
nn_lm_read_texts(struct nn *net, const struct nn_conf *c,
    struct nn_text *training, struct nn_text *validation)
{
	const char *val = nn_conf_get(c, "val");
	bool any_bytes = nn_conf_int(c, "lm.vocab") == 256 &&
	    !nn_conf_int(c, "data.clean");

	if (nn_text_read(net, nn_conf_str(c, "data"), any_bytes, training,
	    validation) < 0)
		return -1;
	if (val) {
		validation->n = 0;
		if (nn_text_read(net, val, any_bytes, validation,
		    validation) < 0)
			return -1;
	}
	if (nn_conf_int(c, "data.clean") && (nn_text_clean(net, training) < 0 ||
	    nn_text_clean(net, validation) < 0))
		return -1;
	return training->n ? 0 : nn_fail(net, "%s: no text to train on",
	    nn_conf_str(c, "data"));
}

static int
read_sequences(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	struct nn_text training = { 0 }, validation = { 0 };
	struct nn_tokenizer *t = nn_lm_tokenizer(net, c);
	struct sequences *p = d->state;
	size_t train = 0;
	int r = t ? nn_lm_read_texts(net, c, &training, &validation) : -1;

	if (r == 0)
		r = add_text(net, c, t, &training, p);
	train = p->n;
	if (r == 0)
		r = add_text(net, c, t, &validation, p);
	free(training.bytes);
	free(validation.bytes);
	nn_tokenizer_free(t);
	return r < 0 ? -1 : make_splits(net, c, d, train);
}

int
nn_lm_data(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	static const struct nn_data_source text = { alloc_batch,
		collate_sequences, free_sequences };
	struct nn_lm_sizes s;
	struct sequences *p;

	if (nn_lm_read_sizes(net, c, &s) < 0)
		return -1;
	d->source = &text;
	d->eval_batch = s.context < EVAL_TOKENS ? EVAL_TOKENS / s.context : 1;
	d->state = p = calloc(1, sizeof *p);
	if (p == NULL)
		return nn_fail(net, "out of memory");
	p->context = s.context;
	return read_sequences(net, c, d);
}
