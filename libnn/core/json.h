/* json.h - JSON files of models and tokenizers; private to libnn */
#ifndef NN_JSON_H
#define NN_JSON_H

#include <jansson.h>

#include "nn.h"

/* The root of a file, for json_decref; NULL after nn_fail. Duplicate keys are
 * an error. */
json_t	*nn_json_load(struct nn *, const char *path);

#endif
