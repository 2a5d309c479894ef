/* number.h - numbers as text */
#ifndef CKPT_NUMBER_H
#define CKPT_NUMBER_H

/* x with the fewest of 15 to 17 significant digits that read back as x. */
void	ckpt_shortest_double(char s[32], double x);

#endif
