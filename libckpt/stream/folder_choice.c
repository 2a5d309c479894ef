/* folder_choice.c - which of the files in one folder are read */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "base/natural_order.h"
#include "folder_choice.h"
#include "reader.h"
#include "shard_name.h"

/* ----------------------------------------------------------------- files */

static int
add_name(struct folder_choice *c, const char *name, bool any)
{
	struct folder_file x = { .kind = FOLDER_INDEX };
	struct ckpt_shard_name s;
	int r = 0;

	x.base = ckpt_folder_index_base(name);
	if (x.base == NULL && !any && !ckpt_folder_is_checkpoint(name))
		return 0;
	if (x.base == NULL && ckpt_shard_name_parse(name, &s)) {
		x.kind = FOLDER_SHARD;
		x.of = s.n;
		r = asprintf(&x.base, "%.*s%s", (int)s.stem - 1, name,
		    name + s.tail);
	} else if (x.base == NULL) {
		x.kind = FOLDER_WHOLE;
		x.base = strdup(name);
	}
	x.name = strdup(name);
	if (r < 0 || x.base == NULL || x.name == NULL || ckpt_grow(&c->file,
	    c->n, &c->room, sizeof x) < 0) {
		free(r < 0 ? NULL : x.base);
		free(x.name);
		return -1;
	}
	c->file[c->n++] = x;
	return 0;
}

/* --------------------------------------------------------------- indexes */

/* The shards that an index names, each with a NUL; -1: it cannot be read, which
 * is reported when it is opened. */
static int
read_index(const struct ckpt_folder_source *source, const char *path,
    struct ckpt_buffer *shards)
{
	struct ckpt_listed_file file = { .path = (char *)path };
	struct ckpt_rd rd = { .files = { .file = &file, .n = 1 } };
	struct ckpt_input *in = source->open(source->arg, path);
	struct ckpt_file f = { .rd = &rd, .in = in, .path = "" };
	struct ckpt_buffer tensors = { 0 };
	const unsigned char *p;
	size_t n = 4096;
	int r = -1;

	if (in == NULL)
		return -1;
	if (ckpt_input_peek(in, &p, &n) == 0)
		for (size_t i = 0; source->formats && source->formats[i]; i++)
			if (source->formats[i]->files &&
			    source->formats[i]->probe(p, n)) {
				r = source->formats[i]->files(&f, shards,
				    &tensors);
				break;
			}
	if (source->close)
		source->close(in);
	free(tensors.p);
	return r;
}

/* Find what each index names: files that are there, or the first that is not. */
static int
read_indexes(struct folder_choice *c, const struct ckpt_folder_source *source,
    const char *folder, const struct ckpt_name_map *names)
{
	for (size_t i = 0; i < c->n; i++) {
		struct ckpt_buffer shards = { 0 };
		const char *shard;
		size_t next = 0;
		char *path;
		int r = 0;

		if (c->file[i].kind != FOLDER_INDEX)
			continue;
		if (asprintf(&path, "%s%s", folder, c->file[i].name) < 0)
			return -1;
		c->file[i].broken = read_index(source, path, &shards) < 0;
		if (c->file[i].broken)
			shards.n = 0;
		free(path);
		while ((shard = ckpt_buffer_string(&shards, &next)) != NULL) {
			void **at = ckpt_name_map_find(names, shard);

			if (at && *at)
				c->file[(size_t)*at - 1].indexed = true;
			else if (!at && !c->file[i].missing &&
			    !(c->file[i].missing = strdup(shard)))
				r = -1;
		}
		free(shards.p);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ sets */

static int
compare_files(const void *a, const void *b)
{
	const struct folder_file *x = a, *y = b;
	int r = ckpt_natural_order(&x->base, &y->base);

	if (r == 0)
		r = (int)x->kind - (int)y->kind;
	if (r == 0 && x->of != y->of)
		r = x->of < y->of ? -1 : 1;
	return r ? r : ckpt_natural_order(&x->name, &y->name);
}

/* Set of, the number of shards in their names, by a set of shards that is
 * complete, or by the first one; 0 if there are none. Is it complete? */
static bool
find_shards(struct folder_set *s, const struct folder_file *f)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (f[i].kind != FOLDER_SHARD)
			continue;
		n = i > 0 && f[i].of == f[i - 1].of ? n + 1 : 1;
		if (s->of == 0)
			s->of = f[i].of;
		if (n == f[i].of) {
			s->of = n;
			return true;
		}
	}
	return false;
}

/* Choose the form of a set: as in transformers one file, then shards. */
static void
choose_form(struct folder_choice *c, struct folder_set *s)
{
	const struct folder_file *f = c->file + s->at;
	bool shards = find_shards(s, f), own = true;

	s->base = f->base;
	s->kind = f->kind;
	s->complete = f->kind == FOLDER_WHOLE || (f->kind == FOLDER_INDEX &&
	    f->missing == NULL);
	if (shards && !s->complete)
		s->kind = FOLDER_SHARD;
	s->complete |= shards;
	/* a file that an index of another set names is not a model */
	for (size_t i = 0; i < s->n; i++)
		if (f[i].kind == FOLDER_INDEX) {
			own = true;
			break;
		} else if (f[i].kind == s->kind && f[i].indexed) {
			own = false;
		}
	s->chosen = own;
	s->optional = s->kind == FOLDER_WHOLE;
}

static int
make_sets(struct folder_choice *c)
{
	for (size_t at = 0; at < c->n; ) {
		struct folder_set s = { .at = at };

		while (at < c->n && strcmp(c->file[at].base,
		    c->file[s.at].base) == 0)
			at++;
		s.n = at - s.at;
		choose_form(c, &s);
		if (ckpt_grow(&c->set, c->sets, &c->set_room, sizeof s) < 0)
			return -1;
		c->set[c->sets++] = s;
	}
	return 0;
}

/* The model among other files, if it has one of the names that libraries give
 * it; then the other files are not read. */
static void
find_known(struct folder_choice *c)
{
	static const char *const names[] = {
		"adapter_model.safetensors", "adapter_model.bin",
		"model.safetensors", "pytorch_model.bin",
		"diffusion_pytorch_model.safetensors",
		"diffusion_pytorch_model.bin", ".metadata", "model.ckpt",
		"model.pt"
	};

	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		for (size_t i = 0; i < c->sets && !c->known; i++)
			if (c->set[i].chosen && c->set[i].complete &&
			    strcmp(c->set[i].base, names[k]) == 0) {
				c->known = &c->set[i];
				c->known->optional = false;
			}
}

/* Parts of every tensor, by the rules of a program that is not known. */
static void
find_parallel(struct folder_choice *c)
{
	size_t parts = 0, states = 0;

	for (size_t i = 0; i < c->n; i++) {
		const char *name = c->file[i].name;

		parts += fnmatch("consolidated.[0-9]*.pth", name, 0) == 0;
		states += fnmatch("*_model_states.pt", name, 0) == 0;
	}
	if (parts > 1)
		c->fault = "consolidated.00.pth, .01.pth and so on have parts "
		    "of each tensor, split for several GPUs: convert them "
		    "with the script of their model, or give one of them";
	else if (states > 1)
		c->fault = "*_model_states.pt have parts of the tensors, split "
		    "for several GPUs: join them with DeepSpeed's "
		    "zero_to_fp32.py, or give one of them";
}

bool
ckpt_folder_has(const struct folder_set *s, const struct folder_file *f)
{
	return f->kind == s->kind && (f->kind != FOLDER_SHARD ||
	    f->of == s->of);
}

/* Note what is not of the form that is read, nor a shard of an index that is. */
static void
note_unread(struct folder_choice *c)
{
	for (size_t k = 0; k < c->sets; k++) {
		struct folder_set *s = &c->set[k];

		if (c->known && s != c->known)
			s->chosen = false;
		for (size_t i = s->at; i < s->at + s->n; i++) {
			const struct folder_file *f = &c->file[i];
			bool used = s->chosen && ckpt_folder_has(s, f);

			/* the shards of an index, read or wanted */
			if (f->kind != FOLDER_INDEX && (s->chosen ?
			    s->kind == FOLDER_INDEX && (f->indexed ||
			    !s->complete || c->file[s->at].broken) :
			    f->indexed && !c->known))
				used = true;
			if (!used)
				ckpt_folder_note_unused(c, f->name);
		}
	}
}

/* Only sets that are complete are read, if there are any. */
static void
drop_incomplete(struct folder_choice *c)
{
	bool complete = false;

	for (size_t i = 0; i < c->sets; i++)
		complete |= c->set[i].chosen && c->set[i].complete;
	for (size_t i = 0; complete && i < c->sets; i++)
		c->set[i].chosen &= c->set[i].complete;
}

int
ckpt_folder_choose(struct folder_choice *c,
    const struct ckpt_folder_source *source, const char *path,
    const struct ckpt_buffer *names, bool any)
{
	struct ckpt_name_map map = { 0 };
	const char *name;
	size_t at = 0;
	int r = 0;

	while (r == 0 && (name = ckpt_buffer_string(names, &at)) != NULL) {
		size_t len = strlen(name), before = c->n;

		if (len == 0 || name[len - 1] == '/')
			continue;
		if (!ckpt_folder_is_ignored(name))
			r = add_name(c, name, any);
		if (r == 0 && ckpt_name_map_add(&map, name,
		    (void *)(c->n > before ? c->n : 0)) < 0)
			r = -1;
	}
	if (r == 0)
		r = read_indexes(c, source, path, &map);
	ckpt_name_map_clear(&map, NULL);
	if (c->n > 0)
		qsort(c->file, c->n, sizeof *c->file, compare_files);
	if (r == 0)
		r = make_sets(c);
	if (r < 0)
		return -1;
	find_known(c);
	if (c->known == NULL)
		find_parallel(c);
	drop_incomplete(c);
	note_unread(c);
	return 0;
}

/* ----------------------------------------------------------------- notes */

void
ckpt_folder_note_unused(struct folder_choice *c, const char *name)
{
	if (c->unused)
		c->more++;
	else
		c->unused = strdup(name);
}

void
ckpt_folder_note_all(struct folder_choice *c)
{
	free(c->unused);
	c->unused = NULL;
	c->more = 0;
	for (size_t i = 0; i < c->n; i++)
		ckpt_folder_note_unused(c, c->file[i].name);
}

int
ckpt_folder_note(struct folder_choice *c, const char *folder,
    const char *first, struct ckpt_file_list *list)
{
	char *text, others[40] = "";
	const char *missing = NULL;
	int r;

	if (c->unused == NULL)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->file[i].name, c->unused) == 0)
			missing = c->file[i].missing;
	if (c->more > 0)
		snprintf(others, sizeof others, " and %zu other%s", c->more,
		    c->more > 1 ? "s" : "");
	r = asprintf(&text, "%s: %s is read, not %s%s%s%s%s", folder, first,
	    c->unused, missing ? ", which needs " : "", missing ? missing : "",
	    missing && *others ? "," : "", others);
	if (r < 0)
		return -1;
	r = ckpt_buffer_add(&list->notes, text, strlen(text) + 1);
	free(text);
	return r;
}

int
ckpt_folder_fail(const struct folder_choice *c, const char *folder,
    struct ckpt_file_list *list)
{
	if (ckpt_file_list_add(list, folder) < 0)
		return -1;
	list->file[list->n - 1].fault = c->fault;
	return 0;
}

void
ckpt_folder_choice_close(struct folder_choice *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->file[i].name);
		free(c->file[i].base);
		free(c->file[i].missing);
	}
	free(c->file);
	free(c->set);
	free(c->unused);
}
