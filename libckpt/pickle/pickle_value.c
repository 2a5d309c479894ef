/* pickle_value.c - the strings and numbers of a pickle */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "pickle.h"

enum { LINE_MAX_BYTES = 1024, TEXT_MAX = INT32_MAX };

int
ckpt_pickle_fail(struct ckpt_pickle *p, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return ckpt_fail(p->rd, CKPT_BAD, "%s, byte %" PRIu64 ": %s", p->what,
	    ckpt_input_tell(p->in), text);
}

/* ---------------------------------------------------------------- bytes */

int
ckpt_pickle_read_bytes(struct ckpt_pickle *p, void *to, size_t n)
{
	ptrdiff_t got = ckpt_input_read(p->in, to, n);

	if (got < 0)
		return ckpt_fail_errno(p->rd);
	return (size_t)got == n ? 0 : ckpt_fail(p->rd, CKPT_CUT,
	    "%s: cut short at byte %" PRIu64, p->what, ckpt_input_tell(p->in));
}

int
ckpt_pickle_read_number(struct ckpt_pickle *p, int n, uint64_t *x)
{
	unsigned char b[8] = { 0 };

	if (ckpt_pickle_read_bytes(p, b, n) < 0)
		return -1;
	*x = load_le64(b);
	return 0;
}

/* Read a string whose length is a number of that width, into p->text. */
static int
read_counted(struct ckpt_pickle *p, int width)
{
	uint64_t n, left = ckpt_input_size(p->in) - ckpt_input_tell(p->in);

	if (ckpt_pickle_read_number(p, width, &n) < 0)
		return -1;
	if (n > TEXT_MAX)
		return ckpt_pickle_fail(p, "a string of %" PRIu64 " bytes", n);
	if (ckpt_input_size(p->in) != UINT64_MAX && n > left)
		return ckpt_fail(p->rd, CKPT_CUT, "%s: cut short in a string "
		    "of %" PRIu64 " bytes", p->what, n);
	p->text.n = 0;
	return ckpt_gather(p->rd, p->in, &p->text, n, p->what);
}

/* Append a line to p->text, without its newline. */
static int
read_line(struct ckpt_pickle *p)
{
	unsigned char c;

	for (size_t n = 0; n < LINE_MAX_BYTES; n++) {
		if (ckpt_pickle_read_bytes(p, &c, 1) < 0)
			return -1;
		if (c == '\n')
			return 0;
		if (ckpt_buffer_add(&p->text, &c, 1) < 0)
			return ckpt_fail_memory(p->rd);
	}
	return ckpt_pickle_fail(p, "a name of more than %d bytes",
	    LINE_MAX_BYTES);
}

struct ckpt_pickle_node *
ckpt_pickle_new_int(struct ckpt_pickle *p, enum ckpt_pickle_type type,
    int64_t i)
{
	struct ckpt_pickle_node *x = ckpt_pickle_new_node(p, type);

	if (x)
		x->i = i;
	return x;
}

struct ckpt_pickle_node *
ckpt_pickle_read_long(struct ckpt_pickle *p, int width)
{
	const unsigned char *b;
	uint64_t x = 0;

	if (read_counted(p, width) < 0)
		return NULL;
	b = p->text.p;
	if (p->text.n > 8)
		return ckpt_pickle_new_text(p, PK_LONG, b, p->text.n);
	for (size_t i = 0; i < p->text.n; i++)
		x |= (uint64_t)b[i] << 8 * i;
	if (p->text.n > 0 && p->text.n < 8 && b[p->text.n - 1] & 0x80)
		x |= UINT64_MAX << 8 * p->text.n;
	return ckpt_pickle_new_int(p, PK_INT, (int64_t)x);
}

struct ckpt_pickle_node *
ckpt_pickle_read_float(struct ckpt_pickle *p)
{
	struct ckpt_pickle_node *x;
	uint64_t bits;

	if (ckpt_pickle_read_number(p, 8, &bits) < 0 ||
	    (x = ckpt_pickle_new_node(p, PK_FLOAT)) == NULL)
		return NULL;
	bits = __builtin_bswap64(bits);
	memcpy(&x->f, &bits, sizeof bits);
	return x;
}

struct ckpt_pickle_node *
ckpt_pickle_read_string(struct ckpt_pickle *p, enum ckpt_pickle_type type,
    int width)
{
	return read_counted(p, width) < 0 ? NULL :
	    ckpt_pickle_new_text(p, type, p->text.p, p->text.n);
}

/* ---------------------------------------------------------------- names */

/* The global in p->text; modules have their names of Python 3. */
static struct ckpt_pickle_node *
make_global(struct ckpt_pickle *p)
{
	static const char *const renamed[][2] = {
		{ "__builtin__.", "builtins." }, { "copy_reg.", "copyreg." }
	};
	struct ckpt_pickle_node *x;
	char *text;
	int n = -1;

	if (ckpt_buffer_add(&p->text, "", 1) < 0) {
		ckpt_fail_memory(p->rd);
		return NULL;
	}
	text = (char *)p->text.p;
	for (size_t i = 0; i < 2 && n < 0; i++) {
		size_t old = strlen(renamed[i][0]);

		if (strncmp(text, renamed[i][0], old) == 0) {
			n = asprintf(&text, "%s%s", renamed[i][1], text + old);
			if (n < 0) {
				ckpt_fail_memory(p->rd);
				return NULL;
			}
		}
	}
	x = ckpt_pickle_new_text(p, PK_GLOBAL, text, strlen(text));
	if (n >= 0)
		free(text);
	return x;
}

struct ckpt_pickle_node *
ckpt_pickle_read_global(struct ckpt_pickle *p)
{
	p->text.n = 0;
	if (read_line(p) < 0)
		return NULL;
	if (ckpt_buffer_add(&p->text, ".", 1) < 0) {
		ckpt_fail_memory(p->rd);
		return NULL;
	}
	return read_line(p) < 0 ? NULL : make_global(p);
}

struct ckpt_pickle_node *
ckpt_pickle_join_global(struct ckpt_pickle *p,
    const struct ckpt_pickle_node *module, const struct ckpt_pickle_node *name)
{
	if (name->type != PK_TEXT || module->type != PK_TEXT ||
	    name->n > LINE_MAX_BYTES || module->n > LINE_MAX_BYTES) {
		ckpt_pickle_fail(p, "STACK_GLOBAL of what are not names");
		return NULL;
	}
	p->text.n = 0;
	if (ckpt_buffer_add(&p->text, module->text, module->n) < 0 ||
	    ckpt_buffer_add(&p->text, ".", 1) < 0 ||
	    ckpt_buffer_add(&p->text, name->text, name->n) < 0) {
		ckpt_fail_memory(p->rd);
		return NULL;
	}
	return make_global(p);
}
