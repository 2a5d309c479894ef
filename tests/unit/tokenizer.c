/*
 * tokenizer.c - pretokenization, BPE training and files against Hugging Face's
 *
 * tests/gold/tokenizer.tsv comes from tests/reference/tokenizers-reference.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "tap.h"
#include "text.h"
#include "tokenizer/bpe.h"

#define FILES "tests/files/text/"

static struct nn *net;

static struct nn_text
read_text(const char *path)
{
	struct nn_text t = { 0 }, unused = { 0 };

	if (nn_text_read(net, path, false, &t, &unused) < 0)
		printf("# %s\n", nn_error(net));
	return t;
}

/* The value of the next row of this kind; false at the end. */
static bool
next_row(FILE *f, const char *what, char value[200])
{
	char line[300];

	while (f && fgets(line, sizeof line, f)) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\n")] = 0;
		if (tab == NULL)
			continue;
		*tab = 0;
		if (strcmp(line, what) == 0) {
			snprintf(value, 200, "%s", tab + 1);
			return true;
		}
	}
	return false;
}

static FILE *
open_table(void)
{
	return fopen("tests/gold/tokenizer.tsv", "r");
}

static void
check_ids(struct nn_tokenizer *t, const struct nn_text *text, const char *what)
{
	struct nn_ids ids = { 0 };
	char value[200];
	FILE *f = open_table();
	size_t i = 0, rows = 0;

	if (t == NULL || nn_tokenizer_encode(net, t, text->bytes, text->n, &ids))
		printf("# %s\n", nn_error(net));
	for (; next_row(f, what, value); rows++)
		i += i == rows && i < ids.n && ids.id[i] == atoi(value);
	ok(rows && i == rows && ids.n == rows, "tokens, %s: %zu of %zu", what, i,
	    rows);
	if (f)
		fclose(f);
	free(ids.id);
}

/* Bytes of each token, written as the characters of byte-level BPE. */
static void
check_pieces(const struct nn_tokenizer *t)
{
	char value[200];
	FILE *f = open_table();
	size_t i = 0, n = 0;

	for (; next_row(f, "piece", value); i++) {
		uint8_t text[200];
		size_t len = 0;

		if (i >= t->n)
			continue;
		for (size_t j = 0; j < t->token[i].n; j++)
			len += u8_uctomb(text + len, nn_byte_to_char(
			    t->token[i].bytes[j]), 2);
		n += len == strlen(value) && memcmp(text, value, len) == 0;
	}
	ok(i && i == t->n && n == i, "learned: %zu of %zu tokens", n, i);
	if (f)
		fclose(f);
}

/* Decoding returns the text. */
static void
check_decoding(struct nn_tokenizer *t, const struct nn_text *text)
{
	struct nn_ids ids = { 0 };
	size_t at = 0, n;

	nn_tokenizer_encode(net, t, text->bytes, text->n, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		const unsigned char *s = nn_tokenizer_bytes(t, ids.id[i], &n);

		if (s == NULL || n > text->n - at ||
		    memcmp(s, text->bytes + at, n) != 0)
			break;
		at += n;
	}
	ok(at == text->n, "decoding returns the text");
	free(ids.id);
}

/* A word for which a quadratic algorithm takes minutes. */
static void
check_long(struct nn_tokenizer *t)
{
	enum { LONG = 1 << 20 };
	char *text = malloc(LONG);
	struct nn_ids ids = { 0 };
	size_t total = 0, n;

	memset(text, 'e', LONG);
	nn_tokenizer_encode(net, t, text, LONG, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if (nn_tokenizer_bytes(t, ids.id[i], &n))
			total += n;
	ok(total == LONG, "a word of 2^20 letters");
	free(ids.id);
	free(text);
}

static void
check_saved(struct nn_tokenizer *t, const char *what)
{
	char path[] = "/tmp/tokenizerXXXXXX";
	struct nn_tokenizer *again = NULL;
	int fd = mkstemp(path);

	if (fd >= 0 && nn_tokenizer_save(net, t, path) == 0)
		again = nn_tokenizer_load(net, path);
	ok(again && nn_tokenizer_hash(again) == nn_tokenizer_hash(t),
	    "%s: saved and loaded", what);
	nn_tokenizer_free(again);
	remove(path);
}

int
main(void)
{
	struct nn_tokenizer *own = nn_tokenizer_new(), *file;
	struct nn_text plain, odd;

	net = nn_open(0, 1);
	plain = read_text(FILES "plain.txt");
	odd = read_text(FILES "odd.txt");
	if (nn_tokenizer_train(net, own, plain.bytes, plain.n, 700) < 0)
		printf("# %s\n", nn_error(net));
	check_pieces(own);
	check_ids(own, &odd, "own");
	check_decoding(own, &odd);
	check_long(own);
	check_saved(own, "learned");
	file = nn_tokenizer_load(net, FILES "tokenizer.json");
	check_ids(file, &odd, "file");
	if (file)
		check_saved(file, "from a file");
	nn_tokenizer_free(own);
	nn_tokenizer_free(file);
	free(plain.bytes);
	free(odd.bytes);
	nn_close(net);
	return tap_done();
}
