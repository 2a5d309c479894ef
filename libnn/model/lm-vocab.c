/* lm-vocab.c - the tokenizer of a language model: from settings, to settings */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "lm.h"

enum { KEY_MERGES = 4000 };	/* merges of a key: a line is at most 64 KiB */

static struct nn_tokenizer *
load_tokenizer(struct nn *net, const struct nn_conf *c, const char *path)
{
	struct nn_tokenizer *t = nn_tokenizer_load(net, path);
	const char *want = nn_conf_get(c, "lm.tokenizer");
	char hash[17];

	if (t == NULL || want == NULL)
		return t;
	snprintf(hash, sizeof hash, "%016" PRIx64, nn_tokenizer_hash(t));
	if (strcmp(hash, want) == 0)
		return t;
	nn_fail(net, "%s: not the tokenizer of this run: its hash is %s, "
	    "not %s", path, hash, want);
	nn_tokenizer_free(t);
	return NULL;
}

/* s: pairs of tokens, as "0 1,256 2" */
static int
add_merges(struct nn *net, struct nn_tokenizer *t, const char *s)
{
	while (*s) {
		char *end;
		size_t size = nn_tokenizer_size(t);
		unsigned long left = strtoul(s, &end, 10), right;

		right = strtoul(end, &end, 10);
		if (left >= size || right >= size || (*end && *end != ','))
			return nn_fail(net, "lm.merges: wanted pairs of "
			    "tokens, got \"%.20s\"", s);
		if (nn_tokenizer_add_merge(t, left, right) < 0)
			return nn_fail(net, "out of memory");
		s = end + (*end == ',');
	}
	return 0;
}

struct nn_tokenizer *
nn_lm_tokenizer(struct nn *net, const struct nn_conf *c)
{
	const char *path = nn_conf_get(c, "tokenizer"), *merges;
	struct nn_tokenizer *t;
	char key[32];
	int r = 0;

	if (path)
		return load_tokenizer(net, c, path);
	if (nn_conf_get(c, "lm.tokenizer")) {
		nn_fail(net, "this run has a tokenizer from a file: "
		    "--tokenizer");
		return NULL;
	}
	t = nn_tokenizer_new();
	if (t == NULL)
		nn_fail(net, "out of memory");
	for (int i = 0; t && r == 0; i++) {
		snprintf(key, sizeof key, "lm.merges.%d", i);
		merges = nn_conf_get(c, key);
		if (merges == NULL)
			break;
		r = add_merges(net, t, merges);
	}
	if (r == 0)
		return t;
	nn_tokenizer_free(t);
	return NULL;
}

int
nn_lm_set_merges(struct nn_conf *c, const struct nn_tokenizer *t)
{
	int left, right, r = 0;

	for (size_t i = 0; r == 0 &&
	    nn_tokenizer_get_merge(t, i, &left, &right); i += KEY_MERGES) {
		char key[32], *value;
		size_t n;
		FILE *f = open_memstream(&value, &n);

		if (f == NULL)
			return -1;
		for (size_t j = i; j < i + KEY_MERGES &&
		    nn_tokenizer_get_merge(t, j, &left, &right); j++)
			fprintf(f, "%s%d %d", j > i ? "," : "", left, right);
		if (fclose(f) != 0)
			return -1;
		snprintf(key, sizeof key, "lm.merges.%zu", i / KEY_MERGES);
		r = nn_conf_set(c, key, "%s", value);
		free(value);
	}
	return r;
}
