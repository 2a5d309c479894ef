/* torch_metadata.c - numbers and strings of a PyTorch checkpoint, as keys */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "torch.h"

/* A limit of memory: few bytes of a pickle can repeat a long text. */
enum { BYTES = 64 << 20 };

struct keys {
	struct ckpt_file *f;
	struct torch_reader *torch;
	size_t		 bytes;
	size_t		 over;		/* that did not fit */
	struct ckpt_buffer name, text;
};

static int
append_string(struct ckpt_buffer *b, const char *s)
{
	return ckpt_buffer_add(b, s, strlen(s));
}

/* Append a string; inside a list it is quoted as in JSON. */
static int
append_text(struct ckpt_buffer *b, const struct ckpt_pickle_node *x,
    bool quoted)
{
	if (!quoted)
		return ckpt_buffer_add(b, x->text, x->n);
	if (append_string(b, "\"") < 0)
		return -1;
	for (size_t i = 0; i < x->n; i++) {
		char s[8] = { x->text[i] };

		if (x->text[i] == '"' || x->text[i] == '\\')
			snprintf(s, sizeof s, "\\%c", x->text[i]);
		else if ((unsigned char)x->text[i] < ' ')
			snprintf(s, sizeof s, "\\u%04x", x->text[i]);
		if (append_string(b, s) < 0)
			return -1;
	}
	return append_string(b, "\"");
}

static int
append_scalar(struct ckpt_buffer *b, const struct ckpt_pickle_node *x,
    bool quoted)
{
	char s[40];

	if (x->type == PK_TEXT)
		return append_text(b, x, quoted);
	if (x->type == PK_FLOAT)
		ckpt_shortest_double(s, x->f, 15);
	else if (x->type == PK_BOOL)
		snprintf(s, sizeof s, "%s", x->i ? "true" : "false");
	else
		snprintf(s, sizeof s, "%" PRId64, x->i);
	return append_string(b, s);
}

static int
append_list(struct ckpt_buffer *b, const struct ckpt_pickle_node *x)
{
	int r = append_string(b, "[");

	for (size_t i = 0; i < x->n && r == 0 && b->n <= BYTES; i++)
		r = (i > 0 && append_string(b, ",") < 0) ||
		    append_scalar(b, x->item[i], true) < 0 ? -1 : 0;
	return r < 0 ? -1 : append_string(b, "]");
}

static int
add_key(struct keys *k, const char *name)
{
	const char *text;

	k->name.n = 0;
	if (ckpt_buffer_add(&k->text, "", 1) < 0 ||
	    append_string(&k->name, "torch.") < 0 ||
	    ckpt_buffer_add(&k->name, name, strlen(name) + 1) < 0)
		return ckpt_fail_memory(k->f->rd);
	text = (char *)k->text.p;
	/* strings of Python 2 may be in any encoding */
	if (k->bytes + k->text.n > BYTES ||
	    strlen(text) + 1 < k->text.n ||
	    !ckpt_is_utf8(text, k->text.n - 1)) {
		k->over++;
		return 0;
	}
	k->bytes += k->text.n;
	return ckpt_meta(k->f, (char *)k->name.p, text);
}

static int
add_leaf(struct torch_walk *w, const char *name, struct ckpt_pickle_node *x)
{
	struct keys *k = w->arg;
	struct ckpt_pickle_node number = { .type = PK_FLOAT };
	int r;

	if (ckpt_torch_is_numpy_scalar(x)) {
		if (ckpt_torch_numpy_value(k->torch, x, &number.f) < 0)
			return 0;
		x = &number;
	}
	if (ckpt_torch_is_tensor(x))
		return 0;
	if (k->bytes >= BYTES || (x->type == PK_TEXT && x->n > BYTES)) {
		k->over++;
		return 0;
	}
	k->text.n = 0;
	r = ckpt_torch_is_scalar(x) ? append_scalar(&k->text, x, false) :
	    append_list(&k->text, x);
	return r < 0 ? ckpt_fail_memory(k->f->rd) : add_key(k, name);
}

/* Add "3 values" to the text of a list, unless there are none. */
static int
append_count(struct ckpt_buffer *b, size_t n, const char *singular,
    const char *plural)
{
	char text[80];

	if (n == 0)
		return 0;
	snprintf(text, sizeof text, "%s%zu %s", b->n > 0 ? ", " : "", n,
	    n == 1 ? singular : plural);
	return append_string(b, text);
}

/* Add a key that lists the excluded entries, and how many values are not
 * keys. */
static int
add_left_out(struct keys *k, const struct torch_walk *w)
{
	k->text.n = 0;
	if (ckpt_buffer_add(&k->text, w->excluded->p, w->excluded->n) < 0 ||
	    append_count(&k->text, w->more, "other entry",
	    "other entries") < 0 || append_count(&k->text, w->hidden,
	    "buffer that is not persistent",
	    "buffers that are not persistent") < 0 ||
	    append_count(&k->text, k->over, "value", "values") < 0)
		return ckpt_fail_memory(k->f->rd);
	k->bytes = 0;			/* this key always fits */
	return k->text.n > 0 ? add_key(k, "left_out") : 0;
}

int
ckpt_torch_read_metadata(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root,
    bool (*is_excluded)(const struct ckpt_pickle_node *,
    const struct ckpt_pickle_node *, bool))
{
	struct keys k = { .f = f, .torch = t };
	struct ckpt_buffer excluded = { 0 };
	struct torch_walk w = { .torch = t, .is_excluded = is_excluded,
	    .leaf = add_leaf, .arg = &k, .excluded = &excluded,
	    .buffers = is_excluded == NULL };
	int r = ckpt_torch_walk_leaves(&w, root);

	if (r == 0)
		r = add_left_out(&k, &w);
	free(excluded.p);
	free(k.name.p);
	free(k.text.p);
	return r;
}
