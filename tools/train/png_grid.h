/* png_grid.h - grey pictures in a grid, as one PNG file */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>

/*
 * Open the output, -o's file or standard output, which is no terminal; then
 * write n pictures of side * side bytes there, 0 black, row by row in a grid
 * that is nearly square. Both exit with a message when they fail.
 */
void	cli_png_open(void);
void	cli_png_write(const unsigned char *pixel, size_t n, size_t side);

#endif
