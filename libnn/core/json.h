/* json.h - JSON files that settings and tokens are read from; in libnn only */
#ifndef NN_JSON_H
#define NN_JSON_H

#include <jansson.h>

#include "nn.h"

/* What a file holds, for json_decref; NULL after nn_fail. No key may come
 * twice. */
json_t	*nn_json_load(struct nn *, const char *path);

#endif
