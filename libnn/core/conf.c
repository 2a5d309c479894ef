/* conf.c - the settings of a run: keys and values */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

static struct nn_pair *
find_pair(const struct nn_conf *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->pair[i].key, key) == 0)
			return &c->pair[i];
	return NULL;
}

int
nn_conf_set(struct nn_conf *c, const char *key, const char *fmt, ...)
{
	struct nn_pair *p = find_pair(c, key);
	char *value;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (r < 0)
		return -1;
	if (p == NULL) {
		p = realloc(c->pair, (c->n + 1) * sizeof *p);
		if (p == NULL) {
			free(value);
			return -1;
		}
		c->pair = p;
		p += c->n;
		p->value = NULL;
		p->key = strdup(key);
		if (p->key == NULL) {
			free(value);
			return -1;
		}
		c->n++;
	}
	free(p->value);
	p->value = value;
	return 0;
}

const char *
nn_conf_get(const struct nn_conf *c, const char *key)
{
	const struct nn_pair *p = find_pair(c, key);

	return p ? p->value : NULL;
}

const char *
nn_conf_str(const struct nn_conf *c, const char *key)
{
	const char *value = nn_conf_get(c, key);

	if (value == NULL)
		value = nn_conf_default(c, key);
	assert(value);
	return value;
}

int64_t
nn_conf_int(const struct nn_conf *c, const char *key)
{
	const char *s = nn_conf_str(c, key);
	char *end;
	long long v = strtoll(s, &end, 10);

	if (*s == '\0' || *end)
		v = strtoll(nn_conf_default(c, key), NULL, 10);
	return v;
}

double
nn_conf_num(const struct nn_conf *c, const char *key)
{
	const char *s = nn_conf_str(c, key);
	char *end;
	double v = strtod(s, &end);

	if (*s == '\0' || *end)
		v = strtod(nn_conf_default(c, key), NULL);
	return v;
}

void
nn_conf_free(struct nn_conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->pair[i].key);
		free(c->pair[i].value);
	}
	free(c->pair);
	*c = (struct nn_conf){ 0 };
}
