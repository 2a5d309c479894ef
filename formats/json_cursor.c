/* json_cursor.c - read a JSON object member by member */
#include <string.h>

#include "json_cursor.h"

static int
fail_at(struct json_cursor *w, const char *what)
{
	return ckpt_fail(w->rd, CKPT_BAD, "header: %s at byte %zu", what,
	    w->at);
}

int
ckpt_json_peek(struct json_cursor *w)
{
	while (w->at < w->n && memchr(" \t\r\n", w->text[w->at], 4))
		w->at++;
	return w->at < w->n ? (unsigned char)w->text[w->at] : 0;
}

json_t *
ckpt_json_read_value(struct json_cursor *w, size_t n)
{
	size_t left = w->n - w->at;
	json_error_t e;
	json_t *v;
	char *quote;

	v = json_loadb(w->text + w->at, left < n ? left : n,
	    JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES,
	    &e);
	if (v) {
		w->at += e.position;
		return v;
	}
	quote = strstr(e.text, " near ");	/* quotes the input */
	if (quote)
		*quote = 0;
	w->at += e.position > 0 ? e.position : 0;
	fail_at(w, e.text);
	return NULL;
}

/* The name of a member, up to its value. */
static json_t *
read_name(struct json_cursor *w)
{
	json_t *name;

	if (ckpt_json_peek(w) != '"') {
		fail_at(w, "wanted a name in quotes");
		return NULL;
	}
	name = ckpt_json_read_value(w, SIZE_MAX);
	if (name && ckpt_json_peek(w) != ':') {
		fail_at(w, "wanted ':'");
		json_decref(name);
		return NULL;
	}
	w->at++;
	return name;
}

int
ckpt_json_next_member(struct json_cursor *w, char *mark, json_t **name)
{
	bool first = *mark == '{';
	int c = ckpt_json_peek(w);

	if (first && c != '{')
		return fail_at(w, "wanted '{'");
	if (!first && c != ',' && c != '}')
		return fail_at(w, "wanted ',' or '}'");
	w->at++;
	if (c == '}' || (first && ckpt_json_peek(w) == '}')) {
		w->at += first;
		return 0;
	}
	*mark = ',';
	*name = read_name(w);
	return *name ? 1 : -1;
}

int
ckpt_json_check_end(struct json_cursor *w)
{
	size_t end = w->at;

	if (ckpt_json_peek(w) != 0)
		return fail_at(w, "wanted the end");
	/* some writers pad with NUL */
	return w->at == w->n ? 0 : ckpt_fail(w->rd, CKPT_BAD, "header: NUL "
	    "bytes after byte %zu, wanted spaces as padding", end);
}
