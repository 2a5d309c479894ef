/* tokenizer_save.c - write a tokenizer as Hugging Face's tokenizer.json */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "bpe.h"
#include "core/tape.h"

/* The characters that stand for the bytes of a token, to be freed. */
static char *
encode_token(const struct token *p)
{
	uint8_t *s = malloc(2 * p->n + 1);
	size_t n = 0;

	for (size_t i = 0; s && i < p->n; i++)
		n += u8_uctomb(s + n, nn_byte_to_char(p->bytes[i]), 2);
	if (s)
		s[n] = 0;
	return (char *)s;
}

static bool
is_added(const struct nn_tokenizer *t, size_t id)
{
	for (size_t i = 0; i < t->adds; i++)
		if (t->added[i].id == (int)id)
			return true;
	return false;
}

static json_t *
make_vocab(const struct nn_tokenizer *t)
{
	json_t *o = json_object();
	int bad = 0;

	for (size_t i = 0; o && i < t->n; i++) {
		char *s = t->token[i].bytes && !is_added(t, i) ?
		    encode_token(&t->token[i]) : NULL;

		if (s)
			bad |= json_object_set_new(o, s, json_integer(i));
		free(s);
	}
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
make_merges(const struct nn_tokenizer *t)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < t->merges; i++) {
		char *a = encode_token(&t->token[t->merge[i].left]);
		char *b = encode_token(&t->token[t->merge[i].right]);

		if (a && b)
			json_array_append_new(list,
			    json_sprintf("%s %s", a, b));
		free(a);
		free(b);
	}
	return list;
}

static json_t *
make_added_tokens(const struct nn_tokenizer *t)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < t->adds; i++)
		json_array_append_new(list, json_pack(
		    "{s:i, s:s, s:b, s:b, s:b, s:b, s:b}",
		    "id", t->added[i].id, "content", t->added[i].text,
		    "single_word", 0, "lstrip", 0, "rstrip", 0,
		    "normalized", t->added[i].normalized, "special", 0));
	return list;
}

int
nn_tokenizer_save(struct nn *net, const struct nn_tokenizer *t,
    const char *path)
{
	json_t *root = json_pack("{s:s, s:n, s:n, s:o, s:o, "
	    "s:{s:s, s:b, s:b, s:b}, s:n, s:{s:s, s:b, s:b, s:b}, "
	    "s:{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:o, s:o}}",
	    "version", "1.0", "truncation", "padding",
	    "added_tokens", make_added_tokens(t),
	    "normalizer", t->nfc ? json_pack("{s:s}", "type", "NFC") :
	    json_null(),
	    "pre_tokenizer", "type", "ByteLevel", "add_prefix_space",
	    t->prefix_space, "trim_offsets", 1, "use_regex", 1,
	    "post_processor",
	    "decoder", "type", "ByteLevel", "add_prefix_space", 1,
	    "trim_offsets", 1, "use_regex", 1,
	    "model", "type", "BPE", "dropout", "unk_token",
	    "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 0,
	    "byte_fallback", 0, "vocab", make_vocab(t),
	    "merges", make_merges(t));
	int r;

	if (root == NULL)
		return nn_fail(net, "%s: out of memory", path);
	errno = 0;
	r = json_dump_file(root, path, JSON_INDENT(1));
	json_decref(root);
	return r == 0 ? 0 : nn_fail(net, "%s: %s", path, strerror(errno));
}
