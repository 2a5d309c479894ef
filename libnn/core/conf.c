/* conf.c - settings of a run: dotted keys and values */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

static struct nn_pair *
find(const struct nn_conf *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->pair[i].key, key) == 0)
			return &c->pair[i];
	return NULL;
}

int
nn_conf_set(struct nn_conf *c, const char *key, const char *fmt, ...)
{
	struct nn_pair *p = find(c, key);
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
nn_conf_str(const struct nn_conf *c, const char *key, const char *or)
{
	const struct nn_pair *p = find(c, key);

	return p ? p->value : or;
}

int64_t
nn_conf_int(const struct nn_conf *c, const char *key, int64_t or)
{
	const char *s = nn_conf_str(c, key, "");
	char *end;
	long long v = strtoll(s, &end, 10);

	return *s && *end == '\0' ? v : or;
}

double
nn_conf_num(const struct nn_conf *c, const char *key, double or)
{
	const char *s = nn_conf_str(c, key, "");
	char *end;
	double v = strtod(s, &end);

	return *s && *end == '\0' ? v : or;
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
