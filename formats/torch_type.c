/* torch_type.c - the element types of PyTorch, by their names in a pickle */
#include <string.h>

#include "torch.h"

struct row {
	const char	*storage;	/* "Float" of torch.FloatStorage */
	const char	*dtype;		/* "float32" of torch.float32 */
	enum ckpt_type	 type;
	size_t		 size;		/* if type is CKPT_OTHER */
};

static const struct row rows[] = {
	{ "Double", "float64", CKPT_F64, 0 },
	{ "Float", "float32", CKPT_F32, 0 },
	{ "Half", "float16", CKPT_F16, 0 },
	{ "BFloat16", "bfloat16", CKPT_BF16, 0 },
	{ "Long", "int64", CKPT_I64, 0 },
	{ "Int", "int32", CKPT_I32, 0 },
	{ "Short", "int16", CKPT_I16, 0 },
	{ "Char", "int8", CKPT_I8, 0 },
	{ "Byte", "uint8", CKPT_U8, 0 },
	{ "Bool", "bool", CKPT_BOOL, 0 },
	{ "ComplexFloat", "complex64", CKPT_C64, 0 },
	{ "ComplexDouble", "complex128", CKPT_C128, 0 },
	{ "Untyped", NULL, CKPT_U8, 0 },
	{ "_Untyped", NULL, CKPT_U8, 0 },
	{ NULL, "uint16", CKPT_U16, 0 },
	{ NULL, "uint32", CKPT_U32, 0 },
	{ NULL, "uint64", CKPT_U64, 0 },
	{ NULL, "float8_e4m3fn", CKPT_F8_E4M3, 0 },
	{ NULL, "float8_e5m2", CKPT_F8_E5M2, 0 },
	{ NULL, "float8_e8m0fnu", CKPT_F8_E8M0, 0 },
	{ NULL, "float8_e4m3fnuz", CKPT_F8_E4M3FNUZ, 0 },
	{ NULL, "float8_e5m2fnuz", CKPT_F8_E5M2FNUZ, 0 },
	{ "QUInt8", "quint8", CKPT_OTHER, 1 },
	{ "QInt8", "qint8", CKPT_OTHER, 1 },
	{ "QInt32", "qint32", CKPT_OTHER, 4 },
	{ "QUInt4x2", "quint4x2", CKPT_OTHER, 1 },
	{ "QUInt2x4", "quint2x4", CKPT_OTHER, 1 },
};

/* A global without "torch." and the name of a module. */
static const char *
strip_module(const char *global)
{
	static const char *const module[] = { "cuda.", "storage." };

	if (strncmp(global, "torch.", 6) != 0)
		return "";
	global += 6;
	for (size_t i = 0; i < 2; i++)
		if (strncmp(global, module[i], strlen(module[i])) == 0)
			return global + strlen(module[i]);
	return global;
}

enum ckpt_type
ckpt_torch_storage_type(const char *global, size_t *size)
{
	const char *name = strip_module(global), *end = strstr(name, "Storage");

	*size = 0;
	if (end == NULL)		/* in the tar: classes of tensors */
		end = strstr(name, "Tensor");
	if (end == NULL || (strcmp(end, "Storage") != 0 &&
	    strcmp(end, "Tensor") != 0))
		return CKPT_OTHER;
	for (const struct row *r = rows; r < rows + sizeof rows / sizeof *rows;
	    r++)
		if (r->storage && strlen(r->storage) == (size_t)(end - name) &&
		    strncmp(r->storage, name, end - name) == 0) {
			*size = r->size ? r->size : ckpt_type_size(r->type);
			return r->type;
		}
	return CKPT_OTHER;
}

const char *
ckpt_torch_dtype_name(const char *global)
{
	const char *name = strip_module(global), *dot = strrchr(global, '.');

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = rows[i].storage ? strlen(rows[i].storage) : 0;

		if (n > 0 && strncmp(name, rows[i].storage, n) == 0 &&
		    strcmp(name + n, "Storage") == 0 && rows[i].dtype)
			return rows[i].dtype;
	}
	return dot && strncmp(global, "torch.", 6) == 0 ? dot + 1 : global;
}

enum ckpt_type
ckpt_torch_find_dtype(const char *global)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].dtype && strncmp(global, "torch.", 6) == 0 &&
		    strcmp(global + 6, rows[i].dtype) == 0)
			return rows[i].type;
	return CKPT_OTHER;
}

void
ckpt_torch_type_names(enum ckpt_type type, const char **storage,
    const char **dtype)
{
	const struct row *r = rows;

	while (r->type != type)
		r++;
	*storage = r->storage;
	*dtype = r->dtype;
}
