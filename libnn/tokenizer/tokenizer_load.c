/*
 * nn_tokenizer_load.c - tokenizers from files: Hugging Face's tokenizer.json, or
 * GPT-2's vocab.json and merges.txt
 *
 * What such a file may ask for and we do not do is refused by name.
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

enum { MOST = 1 << 24, TEXT = 1 << 10 };	/* tokens, bytes of one */

struct loading {
	struct nn	*net;
	const char	*path;
	struct nn_tokenizer *t;
};

static int
fail(const struct loading *l, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return nn_fail(l->net, "%s: %s", l->path, text);
}

static int
out_of_memory(const struct loading *l)
{
	return fail(l, "out of memory");
}

/* -------------------------------------------------------------- tokens */

/* From characters that stand for bytes to these. Their number, or -1. */
static ptrdiff_t
to_bytes(const struct loading *l, const char *s, unsigned char to[TEXT])
{
	size_t n = strlen(s), len = 0;
	ucs4_t c;

	for (size_t i = 0; i < n; ) {
		int byte;

		i += u8_mbtouc(&c, (const uint8_t *)s + i, n - i);
		byte = nn_char_to_byte(c);
		if (byte < 0)
			return fail(l, "token \"%.40s\" is not of bytes as "
			    "GPT-2 writes them", s);
		if (len == TEXT)
			return fail(l, "token \"%.40s...\" is too long", s);
		to[len++] = byte;
	}
	return len;
}

static int
add_token(const struct loading *l, const char *s, const json_t *value)
{
	struct nn_tokenizer *t = l->t;
	json_int_t id = json_integer_value(value);
	unsigned char bytes[TEXT];
	ptrdiff_t n = to_bytes(l, s, bytes);

	if (n < 0)
		return -1;
	if (!json_is_integer(value) || id < 0 || id >= MOST)
		return fail(l, "token \"%.40s\": no number below %d", s, MOST);
	if ((size_t)id < t->n && t->piece[id].bytes)
		return fail(l, "token \"%.40s\" has the number of another", s);
	return nn_tokenizer_add(t, bytes, n, id) < 0 ? out_of_memory(l) : 0;
}

static int
add_vocab(const struct loading *l, json_t *vocab)
{
	const char *s;
	json_t *id;

	if (!json_is_object(vocab))
		return fail(l, "no vocab");
	json_object_foreach(vocab, s, id)
		if (add_token(l, s, id) < 0)
			return -1;
	for (int byte = 0; byte < BYTES; byte++) {
		unsigned char one = byte;

		l->t->byte[byte] = nn_tokenizer_find(l->t, &one, 1);
		if (l->t->byte[byte] < 0)
			return fail(l, "no token for byte 0x%02x", byte);
	}
	return 0;
}

static int
add_merge(const struct loading *l, const char *left, const char *right)
{
	unsigned char bytes[2 * TEXT];
	ptrdiff_t a = to_bytes(l, left, bytes), b;
	int one, two;

	if (a < 0 || (b = to_bytes(l, right, bytes + a)) < 0)
		return -1;
	one = nn_tokenizer_find(l->t, bytes, a);
	two = nn_tokenizer_find(l->t, bytes + a, b);
	if (one < 0 || two < 0 || nn_tokenizer_find(l->t, bytes, a + b) < 0)
		return fail(l, "merge \"%.40s %.40s\": not of tokens", left,
		    right);
	return nn_tokenizer_merge(l->t, one, two) < 0 ? out_of_memory(l) : 0;
}

/* "left right" */
static int
split_merge(const struct loading *l, const char *s)
{
	const char *blank = strchr(s, ' ');
	char left[2 * TEXT];

	if (blank == NULL || blank - s >= (ptrdiff_t)sizeof left)
		return fail(l, "merge \"%.40s\": wanted two tokens", s);
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
		return fail(l, "no merges");
	json_array_foreach(merges, i, m) {
		const char *one = json_string_value(json_array_get(m, 0));
		const char *two = json_string_value(json_array_get(m, 1));
		int r = -1;

		if (json_is_string(m))
			r = split_merge(l, json_string_value(m));
		else if (json_array_size(m) == 2 && one && two)
			r = add_merge(l, one, two);
		else
			fail(l, "merge %zu: wanted two tokens", i);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* -------------------------------------------------------- added tokens */

static int
add_added(const struct loading *l, const json_t *a)
{
	struct nn_tokenizer *t = l->t;
	const char *s = json_string_value(json_object_get(a, "content"));
	json_int_t id = json_integer_value(json_object_get(a, "id"));
	struct added *more;

	if (s == NULL || *s == 0 || !json_is_integer(json_object_get(a, "id")) ||
	    id < 0 || id >= MOST)
		return fail(l, "an added token without text or number");
	if (json_is_true(json_object_get(a, "lstrip")) ||
	    json_is_true(json_object_get(a, "rstrip")) ||
	    json_is_true(json_object_get(a, "single_word")))
		return fail(l, "added token \"%.40s\": lstrip, rstrip and "
		    "single_word are not done here", s);
	if (((size_t)id >= t->n || t->piece[id].bytes == NULL) &&
	    nn_tokenizer_add(t, (const unsigned char *)s, strlen(s), id) < 0)
		return out_of_memory(l);
	more = realloc(t->added, (t->adds + 1) * sizeof *more);
	if (more == NULL)
		return out_of_memory(l);
	t->added = more;
	more[t->adds] = (struct added){ strdup(s), strlen(s), id,
		json_is_true(json_object_get(a, "normalized")) };
	return more[t->adds++].text ? 0 : out_of_memory(l);
}

/* ----------------------------------------------------------- the rest */

static const char *
type_of(const json_t *x)
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
	if (strcmp(type_of(x), "Sequence") == 0) {
		json_array_foreach(json_object_get(x, "normalizers"), i, part)
			if (strcmp(type_of(part), "NFC") != 0)
				return fail(l, "normalizer %.40s is not done "
				    "here", type_of(part));
		l->t->nfc = i > 0;
		return 0;
	}
	if (strcmp(type_of(x), "NFC") != 0)
		return fail(l, "normalizer %.40s is not done here", type_of(x));
	l->t->nfc = true;
	return 0;
}

static int
set_splitting(const struct loading *l, const json_t *x)
{
	const json_t *only = json_object_get(x, "pretokenizers");

	if (strcmp(type_of(x), "Sequence") == 0 && json_array_size(only) == 1)
		x = json_array_get(only, 0);
	if (strcmp(type_of(x), "ByteLevel") != 0 ||
	    json_is_false(json_object_get(x, "use_regex")))
		return fail(l, "pre_tokenizer %.40s is not done here, only "
		    "ByteLevel by its own rule", type_of(x));
	l->t->prefix_space = json_is_true(json_object_get(x,
	    "add_prefix_space"));
	return 0;
}

static bool
is_set(const json_t *x)
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
		return fail(l, "model %.40s, wanted BPE", type_of(model));
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (is_set(json_object_get(model, other[i])))
			return fail(l, "model: %s is not done here", other[i]);
	if (add_vocab(l, json_object_get(model, "vocab")) < 0)
		return -1;
	return add_merges(l, json_object_get(model, "merges"));
}

static int
from_json(const struct loading *l, const json_t *root)
{
	const json_t *a;
	size_t i;

	if (set_model(l, json_object_get(root, "model")) < 0 ||
	    set_normalizer(l, json_object_get(root, "normalizer")) < 0 ||
	    set_splitting(l, json_object_get(root, "pre_tokenizer")) < 0)
		return -1;
	json_array_foreach(json_object_get(root, "added_tokens"), i, a)
		if (add_added(l, a) < 0)
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
			r = split_merge(l, line);
	}
	free(line);
	return r;
}

static int
from_two(const struct loading *l, json_t *vocab, const char *merges)
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

		r = a ? add_added(l, a) : out_of_memory(l);
		json_decref(a);
	}
	return r;
}

static char *
inside(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

struct nn_tokenizer *
nn_tokenizer_load(struct nn *net, const char *path)
{
	struct loading l = { net, path, calloc(1, sizeof *l.t) };
	char *json = inside(path, "tokenizer.json");
	char *vocab = inside(path, "vocab.json");
	char *merges = inside(path, "merges.txt");
	json_t *root = NULL;
	struct stat st;
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode), two;
	int r = -1;

	two = folder && json && stat(json, &st) < 0;
	if (l.t == NULL || !json || !vocab || !merges)
		out_of_memory(&l);
	else
		root = nn_json_load(net, two ? vocab : folder ? json : path);
	if (root)
		r = two ? from_two(&l, root, merges) : from_json(&l, root);
	json_decref(root);
	free(json);
	free(vocab);
	free(merges);
	if (r == 0)
		return l.t;
	nn_tokenizer_free(l.t);
	return NULL;
}
