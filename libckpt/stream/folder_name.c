/* folder_name.c - what the name of a file in a folder says */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder_choice.h"

static bool
has_suffix(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcasecmp(name + n - k, end) == 0;
}

static bool
has_prefix(const char *name, const char *start)
{
	return strncmp(name, start, strlen(start)) == 0;
}

bool
ckpt_folder_is_checkpoint(const char *name)
{
	static const char *const suffix[] = { ".safetensors", ".ckpt", ".pt",
		".pth", ".bin", ".npz", ".npy", ".gguf", ".h5", ".hdf5",
		".keras", ".onnx", ".pt2", ".pkl", ".tar" };

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
		if (has_suffix(name, suffix[i]))
			return true;
	return strcmp(name, ".metadata") == 0;
}

bool
ckpt_folder_promises(const char *name)
{
	return ckpt_folder_is_checkpoint(name) && !has_suffix(name, ".bin") &&
	    !has_suffix(name, ".pkl") && !has_suffix(name, ".tar") &&
	    !has_suffix(name, ".npy");
}

/* Files of the Trainer of transformers, of accelerate and of DeepSpeed. */
bool
ckpt_folder_is_ignored(const char *name)
{
	static const char *const whole[] = { "training_args.bin",
		"optimizer.pt", "optimizer.bin", "scheduler.pt",
		"scheduler.bin", "scaler.pt", "sampler.bin",
		"dl_state_dict.bin" };
	static const char *const first[] = { "rng_state", "random_states_",
		"optimizer_", "scheduler_", "sampler_", "dl_state_dict_" };

	if (*name == '.')
		return strcmp(name, ".metadata") != 0;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (strcmp(name, whole[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (has_prefix(name, first[i]))
			return true;
	return has_suffix(name, "_optim_states.pt");
}

/* The name of the model of an index, or NULL: "model.fp16.safetensors" for
 * "model.safetensors.index.fp16.json". */
char *
ckpt_folder_index_base(const char *name)
{
	static const char keras[] = ".weights.json", json[] = ".json";
	const char *mark = strstr(name, ".index."), *dot;
	size_t n = strlen(name) - (sizeof json - 1);
	char *base = NULL;
	int r;

	if (!has_suffix(name, json))
		return NULL;
	if (has_suffix(name, keras))
		r = asprintf(&base, "%.*s.h5", (int)n, name);
	else if (mark == NULL)
		return NULL;
	else if (strcmp(mark, ".index.json") == 0)
		r = asprintf(&base, "%.*s", (int)(mark - name), name);
	else {
		const char *variant = mark + strlen(".index.");

		dot = memrchr(name, '.', mark - name);
		dot = dot ? dot : mark;
		r = asprintf(&base, "%.*s.%.*s%.*s", (int)(dot - name), name,
		    (int)(name + n - variant), variant, (int)(mark - dot),
		    dot);
	}
	return r < 0 ? NULL : base;
}
