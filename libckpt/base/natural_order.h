/* natural_order.h - the order of names in which numbers count as numbers */
#ifndef CKPT_NATURAL_ORDER_H
#define CKPT_NATURAL_ORDER_H

/* For qsort of strings: "fc2" before "fc10". Less than 0, 0 only for equal
 * strings, or greater than 0. */
int	ckpt_natural_order(const void *a, const void *b);

#endif
