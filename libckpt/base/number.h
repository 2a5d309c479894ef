/* number.h - numbers as text */
#ifndef CKPT_NUMBER_H
#define CKPT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* x as %g prints it, with the fewest significant digits from which it is read
 * back, at least that many: with 15, 200 is "200"; with 1 it is "2e+02". */
void	ckpt_shortest_double(char s[32], double x, int digits);

/* Parse a decimal number below 2^63 without a sign or leading zeros, as ckpt/1
 * headers have them. False if s is anything else. */
bool	ckpt_parse_number(const char *s, uint64_t *);

/* The 16 lower-case hexadecimal digits of an XXH64, parsed and printed. */
bool	ckpt_parse_hash(const char *s, uint64_t *);
void	ckpt_print_hash(char s[17], uint64_t);

#endif
