/* known_links.c - tables of links of known networks, expanded to names */
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name_map.h"
#include "cli/cli.h"
#include "links.h"
#include "spec.h"

/* The tensors of a checkpoint, and the prefix that % stands for. */
struct net {
	const struct ckpt_tensor *t;
	size_t		 n;
	struct ckpt_name_map	 names;
	char		*prefix;
};

/* A line of a table, split at its tabs. */
struct row { char *field[3]; };

struct table { struct row *row; size_t n; };

/* ---------------------------------------------------------- templates */

static bool
ends_with(const char *s, const char *end, size_t *before)
{
	size_t a = strlen(s), b = strlen(end);

	*before = a - b;
	return a >= b && strcmp(s + a - b, end) == 0;
}

/* A template with # and $ replaced by i, #+1 by i + 1, % by the prefix. */
static char *
fill_template(const struct net *net, const char *p, size_t i)
{
	char *name = NULL;
	size_t len;
	FILE *f = open_memstream(&name, &len);

	if (f == NULL)
		cli_die("out of memory");
	for (; *p; p++) {
		if (*p == '%')
			fputs(net->prefix ? net->prefix : "", f);
		else if (*p == '#' && strncmp(p, "#+1", 3) == 0)
			fprintf(f, "%zu", i + 1), p += 2;
		else if (*p == '#' || *p == '$')
			fprintf(f, "%zu", i);
		else
			putc(*p, f);
	}
	if (fclose(f) != 0)
		cli_die("out of memory");
	return name;
}

/* The tensor that a template names, or NULL. A template that begins with * is
 * the first tensor whose name ends so. */
static const struct ckpt_tensor *
find_tensor(const struct net *net, const char *p, size_t i)
{
	char *name = fill_template(net, p, i);
	const struct ckpt_tensor *found = NULL;
	void **at = NULL;
	size_t before;

	if (*name != '*')
		at = ckpt_name_map_find(&net->names, name);
	else
		for (size_t k = 0; k < net->n && !found; k++)
			if (ends_with(net->t[k].name, name + 1, &before))
				found = &net->t[k];
	if (at)
		found = *at;
	free(name);
	return found;
}

/* $ is the largest number for which there is such a tensor. */
static const struct ckpt_tensor *
find_last_layer(const struct net *net, const char *p)
{
	const struct ckpt_tensor *found = NULL;

	for (size_t i = net->n + 1; i-- > 0 && found == NULL;)
		found = find_tensor(net, p, i);
	return found;
}

/* ------------------------------------------------------------- tables */

static bool
is(const struct row *r, const char *word)
{
	return strcmp(r->field[0], word) == 0;
}

/* The dimensions that letters stand for in a "when"; 0: not yet known. */
struct letters { uint64_t value[26]; };

/* Does a dimension fit "3n", "n", "7" or "*", up to the comma? */
static bool
fits_dimension(uint64_t dim, const char *p, struct letters *l)
{
	char *end;
	uint64_t times = strtoull(p, &end, 10), *value;

	if (*p == '*')
		return true;
	if (*end < 'a' || *end > 'z')
		return dim == times;
	times = end == p ? 1 : times;
	value = &l->value[*end - 'a'];
	if (*value == 0 && times > 0 && dim % times == 0)
		*value = dim / times;
	return dim == times * *value;
}

/* Does t have the shape of "%name [3n,n]"? Any, if none is stated. */
static bool
fits_stated_shape(const struct ckpt_tensor *t, const char *shape,
    struct letters *l)
{
	const char *p = shape;

	for (int i = 0; p && i < t->rank; i++) {
		if (!fits_dimension(t->dim[i], p + 1, l))
			return false;
		p = strpbrk(p + 1, ",]");
		if (p == NULL || (*p == ']') != (i == t->rank - 1))
			return false;
	}
	return true;
}

/* Cut the shape off a name: "[3n,n]", or NULL. */
static const char *
split_shape(char *field)
{
	char *space = field ? strchr(field, ' ') : NULL;

	if (space == NULL)
		return NULL;
	*space = 0;
	return space + 1;
}

/* Are all tensors of "when" there, in their shapes? The first sets the
 * prefix. */
static bool
applies_to(struct net *net, const struct row *when)
{
	const char *shape = split_shape(when->field[1]);
	const char *second = split_shape(when->field[2]);
	size_t before;

	if (strcmp(when->field[1], "*") == 0)
		return true;
	for (size_t i = 0; i < net->n; i++) {
		const char *p = when->field[1] + (when->field[1][0] == '%');
		const struct ckpt_tensor *t = &net->t[i];
		struct letters l = { { 0 } };

		if (!ends_with(t->name, p, &before) ||
		    !fits_stated_shape(t, shape, &l))
			continue;
		free(net->prefix);
		net->prefix = strndup(t->name, before);
		if (net->prefix == NULL)
			cli_die("out of memory");
		if (when->field[2] == NULL)
			return true;
		t = find_tensor(net, when->field[2], 0);
		if (t && fits_stated_shape(t, second, &l))
			return true;
	}
	return false;
}

static bool
add_link(struct cli_links *l, const struct net *net, const struct row *r,
    size_t i)
{
	const struct ckpt_tensor *from = find_tensor(net, r->field[0], i);
	const struct ckpt_tensor *to = find_tensor(net, r->field[1], i);
	int words;

	if (strchr(r->field[0], '$'))
		from = find_last_layer(net, r->field[0]);
	if (strchr(r->field[1], '$'))
		to = find_last_layer(net, r->field[1]);
	if (r->field[2] == NULL || !ckpt_link_words(r->field[2],
	    strlen(r->field[2]),
	    &words)) {
		snprintf(l->error, sizeof l->error, "bad link: %.100s %.100s",
		    r->field[0], r->field[1]);
		return false;
	}
	if (from && to)
		cli_links_add(l, from->name, to->name, words);
	return true;
}

static bool
count_layers(const struct row *r)
{
	return strchr(r->field[0], '#') || strchr(r->field[1], '#');
}

/* Do the outputs of prev fit the inputs of next? */
static bool
fits_shapes(const struct ckpt_tensor *prev, const struct ckpt_tensor *next)
{
	uint64_t in = next->dim[1], out = prev->dim[0];

	return in == out || (next->rank == 2 && out > 1 && in % out == 0);
}

static void
chain_matrices(struct cli_links *l, const struct net *net, const char *glob)
{
	const struct ckpt_tensor *prev = NULL;

	for (size_t i = 0; i < net->n; i++) {
		const struct ckpt_tensor *t = &net->t[i];

		if (spec_count(t, SPEC_FLAT) == 0 ||
		    fnmatch(glob, t->name, 0) != 0)
			continue;
		if (prev && fits_shapes(prev, t))
			cli_links_add(l, prev->name, t->name, 0);
		prev = t;
	}
}

static bool
expand_row(struct cli_links *l, const struct net *net, const struct table *t,
    size_t at)
{
	while (at < t->n && !is(&t->row[at], "when")) {
		const struct row *r = &t->row[at];
		size_t end = at;

		if (is(r, "chain") || is(r, "head-width")) {
			if (is(r, "chain"))
				chain_matrices(l, net, r->field[1]);
			else
				l->width = strtoll(r->field[1], NULL, 10);
			at++;
			continue;
		}
		while (end < t->n && count_layers(&t->row[end]))
			end++;
		if (end == at && !add_link(l, net, r, 0))
			return false;
		for (size_t i = 0; end > at && i <= net->n; i++)
			for (size_t k = at; k < end; k++)
				if (!add_link(l, net, &t->row[k], i))
					return false;
		at = end > at ? end : at + 1;
	}
	return true;
}

static void
free_table(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->row[i].field[0]);
	free(t->row);
}

static struct table
read_table(const char *path)
{
	struct table t = { 0 };
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (f == NULL)
		cli_die("%s:", path);
	while ((n = getline(&line, &room, f)) > 0) {
		struct row r = { { NULL } };
		char *rest = line;

		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (*line == 0 || *line == '#')
			continue;
		rest = cli_strdup(line);
		for (int i = 0; i < 3 && rest; i++)
			r.field[i] = strsep(&rest, "\t");
		if (r.field[1] == NULL)
			cli_die("%s: wanted a tab: \"%s\"", path, line);
		t.row = cli_realloc(t.row, (t.n + 1) * sizeof *t.row);
		t.row[t.n++] = r;
	}
	free(line);
	fclose(f);
	return t;
}

/* Find the tables: installed, or in the source tree next to build/. */
static bool
find_directory(glob_t *g)
{
	static const char *const place[] = {
		"/../share/ckpt-tools/links", "/../libckpt/links"
	};
	char exe[PATH_MAX], path[PATH_MAX + 60];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	exe[n > 0 ? n : 0] = 0;
	*(strrchr(exe, '/') ? strrchr(exe, '/') : exe) = 0;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s%s/*.links", exe, place[i]);
		if (glob(path, 0, NULL, g) == 0)
			return true;
	}
	return false;
}

/* Try the tables of a file: those for any network, or the others. */
static bool
try_table(struct cli_links *l, struct net *net, const char *path, bool any)
{
	struct table t = read_table(path);
	bool found = false;

	for (size_t k = 0; k < t.n && !found; k++) {
		if (!is(&t.row[k], "when") ||
		    (strcmp(t.row[k].field[1], "*") == 0) != any ||
		    !applies_to(net, &t.row[k]))
			continue;
		found = true;
		if (!expand_row(l, net, &t, k + 1))
			cli_die("%s: %s", path, l->error);
	}
	free_table(&t);
	return found;
}

bool
cli_links_find(struct cli_links *l, const struct ckpt_tensor *t, size_t n)
{
	struct net net = { .t = t, .n = n };
	bool found = false;
	glob_t g;

	if (!find_directory(&g)) {
		snprintf(l->error, sizeof l->error, "no tables of links");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (ckpt_name_map_add(&net.names, t[i].name,
		    (void *)&t[i]) < 0)
			cli_die("out of memory");
	for (int any = 0; any <= 1 && !found; any++)
		for (size_t i = 0; i < g.gl_pathc && !found; i++)
			found = try_table(l, &net, g.gl_pathv[i], any);
	globfree(&g);
	ckpt_name_map_clear(&net.names, NULL);
	free(net.prefix);
	return true;
}
