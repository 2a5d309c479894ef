/* head_count.c - how many attention heads a checkpoint has */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "cli/cli.h"
#include "head_count.h"

/* Of the trainers here, of nanoGPT and transformers. */
static const char *const query_names[] = {
	"heads", "n_head", "n_heads", "num_heads", "num_attention_heads"
};
static const char *const key_names[] = {
	"num_key_value_heads", "n_kv_heads"
};

#define COUNT(names) (sizeof (names) / sizeof *(names))

/* Set *to by a number of this name. */
static void
set_count(struct cli_head_count *c, const char *name, int64_t value)
{
	for (size_t i = 0; i < COUNT(query_names) && value > 0; i++)
		if (strcmp(name, query_names[i]) == 0)
			c->queries = value;
	for (size_t i = 0; i < COUNT(key_names) && value > 0; i++)
		if (strcmp(name, key_names[i]) == 0)
			c->keys = value;
}

static struct cli_head_count
read_keys(const struct ckpt_rd *in)
{
	struct cli_head_count c = { 0 };
	const char *key, *value;

	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++) {
		const char *dot = strrchr(key, '.');

		if (dot)
			set_count(&c, dot + 1, strtoll(value, NULL, 10));
	}
	return c;
}

static void
read_object(struct cli_head_count *c, json_t *object)
{
	const char *name;
	json_t *x;

	json_object_foreach(object, name, x)
		if (json_is_integer(x))
			set_count(c, name, json_integer_value(x));
}

/* A file that is not there says nothing; a faulty one is reported. */
static struct cli_head_count
read_config(const char *path)
{
	struct cli_head_count c = { 0 };
	json_error_t e;
	json_t *root;
	struct stat st;
	FILE *f;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return c;
	f = fopen(path, "r");
	if (f == NULL) {
		cli_warn("%s:", path);
		return c;
	}
	root = json_loadf(f, JSON_REJECT_DUPLICATES, &e);
	if (root == NULL)
		cli_warn("%s: line %d: %s", path, e.line, e.text);
	/* models of several parts have the text's settings in an object */
	read_object(&c, json_object_get(root, "text_config"));
	read_object(&c, root);
	json_decref(root);
	fclose(f);
	return c;
}

struct cli_head_count
cli_head_count(const struct ckpt_rd *in)
{
	struct cli_head_count c = read_keys(in);
	const char *path = ckpt_path(in), *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path + 1) : 0;
	char *config;
	size_t n = folder + sizeof "config.json";

	if (c.queries || strcmp(path, "standard input") == 0)
		return c;
	config = cli_malloc(n);
	snprintf(config, n, "%.*sconfig.json", folder, path);
	c = read_config(config);
	free(config);
	return c;
}
