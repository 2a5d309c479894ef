/* json.c - loading JSON files, with the line of a syntax error */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "tape.h"

json_t *
nn_json_load(struct nn *net, const char *path)
{
	FILE *f = fopen(path, "r");
	json_error_t e;
	json_t *root;

	if (f == NULL) {
		nn_fail(net, "%s: %s", path, strerror(errno));
		return NULL;
	}
	root = json_loadf(f, JSON_REJECT_DUPLICATES, &e);
	if (root == NULL)
		nn_fail(net, "%s: line %d: %s", path, e.line, e.text);
	fclose(f);
	return root;
}
