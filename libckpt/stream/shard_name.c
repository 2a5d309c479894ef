/* shard_name.c - names of shards: "model-00002-of-00003.safetensors" */
#include <stdio.h>
#include <string.h>

#include "ckpt.h"
#include "shard_name.h"

bool
ckpt_shard_name_parse(const char *path, struct ckpt_shard_name *s)
{
	const char *slash = strrchr(path, '/');
	const char *dash = strstr(slash ? slash : path, "-of-"), *p = dash;
	int used = 0;

	if (dash == NULL)
		return false;
	while (p > path && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (p == path || p == dash || p[-1] != '-' || dash - p > 9 ||
	    sscanf(p, "%9zu-of-%9zu%n", &s->i, &s->n, &used) != 2)
		return false;
	s->stem = p - path;
	s->tail = p - path + used;
	return s->i <= s->n && s->n > 0;
}

bool
ckpt_are_shards(const char *a, const char *b)
{
	struct ckpt_shard_name x, y;

	return ckpt_shard_name_parse(a, &x) && ckpt_shard_name_parse(b, &y) &&
	    x.n == y.n && x.stem == y.stem && memcmp(a, b, x.stem) == 0 &&
	    strcmp(a + x.tail, b + y.tail) == 0;
}

char *
ckpt_shard_name_missing(const char *const paths[], size_t n)
{
	struct ckpt_shard_name s;
	size_t want = 1, of;
	char *missing;
	int digits;

	if (!ckpt_shard_name_parse(paths[0], &s) || n >= s.n)
		return NULL;
	of = strspn(paths[0] + s.stem, "0123456789");
	digits = (int)of;
	if (s.i == 0)
		want = 0;
	for (size_t i = 0; i < n; i++, want++)
		if (ckpt_shard_name_parse(paths[i], &s) && s.i != want)
			break;
	if (asprintf(&missing, "%.*s%0*zu%s", (int)s.stem, paths[0], digits,
	    want, paths[0] + s.stem + of) < 0)
		return NULL;
	return missing;
}
