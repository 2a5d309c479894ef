/*
 * tokenizer_load.c - read a tokenizer from Hugging Face's tokenizer.json, or
 * from GPT-2's vocab.json and merges.txt
 *
 * A setting that is not supported is an error that names it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistr.h>

#include "bpe.h"
#include "core/json.h"
#include "core/tape.h"

enum { TOKENS = 1 << 24, TOKEN_BYTES = 1 << 10 };	/* at most */

struct loading {
	struct nn	*net;
	const char	*path;
	struct nn_tokenizer *t;
};

static int
fail_load(const struct loading *l, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return nn_fail(l->net, "%s: %s", l->path, text);
}

static int
fail_memory(const struct loading *l)
{
	return fail_load(l, "out of memory");
}

/* -------------------------------------------------------------- tokens */

/* The bytes that the characters of a token stand for. Their number, or -1. */
static ptrdiff_t
decode_token(const struct loading *l, const char *s,
    unsigned char to[TOKEN_BYTES])
{
	size_t n = strlen(s), len = 0;
	ucs4_t c;

	for (size_t i = 0; i < n; ) {
		int byte;

		i += u8_mbtouc(&c, (const uint8_t *)s + i, n - i);
		byte = nn_char_to_byte(c);
		if (byte < 0)
			return fail_load(l, "token \"%.40s\" has a character "
			    "that stands for no byte", s);
		if (len == TOKEN_BYTES)
			return fail_load(l, "token \"%.40s...\" is too long",
			    s);
		to[len++] = byte;
	}
	return len;
}

static int
add_token(const struct loading *l, const char *s, const json_t *value)
{
	struct nn_tokenizer *t = l->t;
	json_int_t id = json_integer_value(value);
	unsigned char bytes[TOKEN_BYTES];
	ptrdiff_t n = decode_token(l, s, bytes);

	if (n < 0)
		return -1;
	if (!json_is_integer(value) || id < 0 || id >= TOKENS)
		return fail_load(l, "token \"%.40s\": wanted an id below %d",
		    s, TOKENS);
	if ((size_t)id < t->n && t->token[id].bytes)
		return fail_load(l, "token \"%.40s\" has the id of another", s);
	return nn_tokenizer_add_token(t, bytes, n, id) < 0 ? fail_memory(l) : 0;
}

static int
add_vocab(const struct loading *l, json_t *vocab)
{
	const char *s;
	json_t *id;

	if (!json_is_object(vocab))
		return fail_load(l, "no \"vocab\"");
	json_object_foreach(vocab, s, id)
		if (add_token(l, s, id) < 0)
			return -1;
	for (int byte = 0; byte < BYTES; byte++) {
		unsigned char one = byte;

		l->t->byte[byte] = nn_tokenizer_find_token(l->t, &one, 1);
		if (l->t->byte[byte] < 0)
			return fail_load(l, "no token for byte 0x%02x", byte);
	}
	return 0;
}

static int
add_merge(const struct loading *l, const char *left, const char *right)
{
	unsigned char bytes[2 * TOKEN_BYTES];
	ptrdiff_t a = decode_token(l, left, bytes), b;
	int one, two;

	if (a < 0 || (b = decode_token(l, right, bytes + a)) < 0)
		return -1;
	one = nn_tokenizer_find_token(l->t, bytes, a);
	two = nn_tokenizer_find_token(l->t, bytes + a, b);
	if (one < 0 || two < 0 ||
	    nn_tokenizer_find_token(l->t, bytes, a + b) < 0)
		return fail_load(l, "merge \"%.40s %.40s\": wanted tokens",
		    left, right);
	return nn_tokenizer_add_merge(l->t, one, two) < 0 ? fail_memory(l) : 0;
}

/* A merge written "left right". */
static int
parse_merge(const struct loading *l, const char *s)
{
	const char *blank = strchr(s, ' ');
	char left[2 * TOKEN_BYTES];

	if (blank == NULL || blank - s >= (ptrdiff_t)sizeof left)
		return fail_load(l, "merge \"%.40s\": wanted two tokens", s);
	memcpy(left, s, blank - s);
	left[blank - s] = 0;
	return add_merge(l, left, blank + 1);
}

static int
add_merges(const struct loading *l, const json_t *merges)
{
	const json_t *m;
	size_t i;

	if (!json_is_array(merges))
		return fail_load(l, "no \"merges\"");
	json_array_foreach(merges, i, m) {
		const char *one = json_string_value(json_array_get(m, 0));
		const char *two = json_string_value(json_array_get(m, 1));
		int r = -1;

		if (json_is_string(m))
			r = parse_merge(l, json_string_value(m));
		else if (json_array_size(m) == 2 && one && two)
			r = add_merge(l, one, two);
		else
			fail_load(l, "merge %zu: wanted two tokens", i);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* -------------------------------------------------------- added tokens */

static int
add_added_token(const struct loading *l, const json_t *a)
{
	struct nn_tokenizer *t = l->t;
	const char *s = json_string_value(json_object_get(a, "content"));
	json_int_t id = json_integer_value(json_object_get(a, "id"));
	struct added_token *more;

	if (s == NULL || *s == 0 || id < 0 || id >= TOKENS ||
	    !json_is_integer(json_object_get(a, "id")))
		return fail_load(l, "an added token without content or id");
	if (json_is_true(json_object_get(a, "lstrip")) ||
	    json_is_true(json_object_get(a, "rstrip")) ||
	    json_is_true(json_object_get(a, "single_word")))
		return fail_load(l, "added token \"%.40s\": lstrip, rstrip and "
		    "single_word are not supported", s);
	if (((size_t)id >= t->n || t->token[id].bytes == NULL) &&
	    nn_tokenizer_add_token(t, (const unsigned char *)s, strlen(s),
	    id) < 0)
		return fail_memory(l);
	more = realloc(t->added, (t->adds + 1) * sizeof *more);
	if (more == NULL)
		return fail_memory(l);
	t->added = more;
	more[t->adds] = (struct added_token){ strdup(s), strlen(s), id,
		json_is_true(json_object_get(a, "normalized")) };
	return more[t->adds++].text ? 0 : fail_memory(l);
}

/* ---------------------------------------------- normalizer and model */

static const char *
get_type(const json_t *x)
{
	const char *s = json_string_value(json_object_get(x, "type"));

	return s ? s : "no type";
}

static int
set_normalizer(const struct loading *l, const json_t *x)
{
	const json_t *part;
	size_t i;

	if (x == NULL || json_is_null(x))
		return 0;
	if (strcmp(get_type(x), "Sequence") == 0) {
		json_array_foreach(json_object_get(x, "normalizers"), i, part)
			if (strcmp(get_type(part), "NFC") != 0)
				return fail_load(l, "normalizer %.40s is not "
				    "supported", get_type(part));
		l->t->nfc = i > 0;
		return 0;
	}
	if (strcmp(get_type(x), "NFC") != 0)
		return fail_load(l, "normalizer %.40s is not supported",
		    get_type(x));
	l->t->nfc = true;
	return 0;
}

static int
set_pre_tokenizer(const struct loading *l, const json_t *x)
{
	const json_t *only = json_object_get(x, "pretokenizers");

	if (strcmp(get_type(x), "Sequence") == 0 && json_array_size(only) == 1)
		x = json_array_get(only, 0);
	if (strcmp(get_type(x), "ByteLevel") != 0 ||
	    json_is_false(json_object_get(x, "use_regex")))
		return fail_load(l, "pre_tokenizer %.40s is not supported, "
		    "only ByteLevel with its own regular expression",
		    get_type(x));
	l->t->prefix_space = json_is_true(json_object_get(x,
	    "add_prefix_space"));
	return 0;
}

static bool
is_enabled(const json_t *x)
{
	const char *s = json_string_value(x);

	return s ? *s != 0 : x && !json_is_null(x) && !json_is_false(x);
}

static int
set_model(const struct loading *l, const json_t *model)
{
	static const char *const other[] = { "dropout", "byte_fallback",
		"continuing_subword_prefix", "end_of_word_suffix",
		"ignore_merges" };
	const char *type = json_string_value(json_object_get(model, "type"));

	if (!json_is_object(model) || (type && strcmp(type, "BPE") != 0))
		return fail_load(l, "model %.40s, wanted BPE", get_type(model));
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (is_enabled(json_object_get(model, other[i])))
			return fail_load(l, "model: %s is not supported",
			    other[i]);
	if (add_vocab(l, json_object_get(model, "vocab")) < 0)
		return -1;
	return add_merges(l, json_object_get(model, "merges"));
}

static int
load_json(const struct loading *l, const json_t *root)
{
	const json_t *a;
	size_t i;

	if (set_model(l, json_object_get(root, "model")) < 0 ||
	    set_normalizer(l, json_object_get(root, "normalizer")) < 0 ||
	    set_pre_tokenizer(l, json_object_get(root, "pre_tokenizer")) < 0)
		return -1;
	json_array_foreach(json_object_get(root, "added_tokens"), i, a)
		if (add_added_token(l, a) < 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------ two files */

static int
read_merges(const struct loading *l, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &room, f)) > 0) {
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = 0;
		if (n && strncmp(line, "#version", 8) != 0)
			r = parse_merge(l, line);
	}
	free(line);
	return r;
}

static int
load_vocab_merges(const struct loading *l, json_t *vocab, const char *merges)
{
	static const char end[] = "<|endoftext|>";
	json_t *id = json_object_get(vocab, end);
	FILE *f;
	int r;

	if (add_vocab(l, vocab) < 0)
		return -1;
	f = fopen(merges, "r");
	if (f == NULL)
		return nn_fail(l->net, "%s: %s", merges, strerror(errno));
	r = read_merges(l, f);
	fclose(f);
	if (r == 0 && id) {
		json_t *a = json_pack("{s:s, s:O}", "content", end, "id", id);

		r = a ? add_added_token(l, a) : fail_memory(l);
		json_decref(a);
	}
	return r;
}

static char *
join_path(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

struct nn_tokenizer *
nn_tokenizer_load(struct nn *net, const char *path)
{
	struct loading l = { net, path, calloc(1, sizeof *l.t) };
	char *json = join_path(path, "tokenizer.json");
	char *vocab = join_path(path, "vocab.json");
	char *merges = join_path(path, "merges.txt");
	json_t *root = NULL;
	struct stat st;
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode), two;
	int r = -1;

	two = folder && json && stat(json, &st) < 0;
	if (l.t == NULL || !json || !vocab || !merges)
		fail_memory(&l);
	else
		root = nn_json_load(net, two ? vocab : folder ? json : path);
	if (root)
		r = two ? load_vocab_merges(&l, root, merges) :
		    load_json(&l, root);
	json_decref(root);
	free(json);
	free(vocab);
	free(merges);
	if (r == 0)
		return l.t;
	nn_tokenizer_free(l.t);
	return NULL;
}
