/* models.c - the table of models */
#include <stdlib.h>
#include <string.h>

#include "models.h"

static const struct nn_model *const models[] = {
	&nn_model_modadd_transformer,
	&nn_model_modadd_mlp,
	&nn_model_mlp,
	&nn_model_vgg,
	&nn_model_resnet20,
	&nn_model_unet,
#ifndef NN_NO_SPEECH
	&nn_model_lstm,
#endif
	&nn_model_lm,
	&nn_model_gpt2,
	&nn_model_neox,
};

const struct nn_model *
nn_find_model(const char *name)
{
	for (size_t i = 0; name && i < sizeof models / sizeof *models; i++)
		if (strcmp(models[i]->name, name) == 0)
			return models[i];
	return NULL;
}

void
nn_data_free(struct nn_data *d)
{
	if (d->source && d->source->free)
		d->source->free(d);
	free(d->input);
	free(d->label);
	nn_images_free(&d->images);
	free(d->split[NN_TRAIN].id);
	free(d->split[NN_VAL].id);
	*d = (struct nn_data){ 0 };
}
