/* shape.h - shapes of tensors: as text, and compared */
#ifndef CKPT_SHAPE_H
#define CKPT_SHAPE_H

#include "ckpt.h"

enum { SHAPE_TEXT = CKPT_RANK * 21 + 1 };

/* "64x3x3x3" in the buffer text, which is returned; "" for a scalar. */
const char	*ckpt_shape_text(char text[SHAPE_TEXT],
		    const struct ckpt_tensor *t);

bool		 ckpt_equal_shapes(const struct ckpt_tensor *x,
		    const struct ckpt_tensor *y);

#endif
