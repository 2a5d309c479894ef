/* png_grid.h - gray images in a grid, as one PNG file */
#ifndef PNG_GRID_H
#define PNG_GRID_H

#include <stddef.h>

/*
 * Open the output: -o's file, or standard output unless that is a terminal.
 * Then write n images of side * side bytes (0: black) to it, row by row in a
 * grid that is nearly square. Both exit with a message when they fail.
 */
void	cli_png_open(void);
void	cli_png_write(const unsigned char *pixel, size_t n, size_t side);

#endif
