/* png_grid.c - gray images in a grid, as one PNG file */
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "cli/cli.h"
#include "png_grid.h"

enum { GAP = 2, GRAY = 64 };

static struct ckpt_atomic_file file;	/* of -o */

static void
remove_at_exit(void)
{
	ckpt_atomic_file_free(&file);
}

static const char *
output_name(void)
{
	return cli_output() ? cli_output() : "standard output";
}

void
cli_png_open(void)
{
	if (cli_output() == NULL) {
		if (isatty(1))
			cli_usage("images are not for a terminal: use -o or "
			    "redirect");
		return;
	}
	atexit(remove_at_exit);
	if (ckpt_atomic_file_open(&file, cli_output()) < 0)
		cli_die("%s:", cli_output());
	cli_temporary(file.temporary);
}

/* The pixels of the grid, with gaps between and around the images, and its size
 * in to. */
static unsigned char *
fill_grid(const unsigned char *pixel, size_t n, size_t side, png_image *to)
{
	size_t columns = ceil(sqrt((double)n)), rows = (n + columns - 1) /
	    columns;
	unsigned char *all;

	to->width = columns * (side + GAP) + GAP;
	to->height = rows * (side + GAP) + GAP;
	all = cli_malloc((size_t)to->width * to->height);
	memset(all, GRAY, (size_t)to->width * to->height);
	for (size_t i = 0; i < n; i++)
		for (size_t y = 0; y < side; y++)
			memcpy(all + (GAP + i / columns * (side + GAP) + y) *
			    to->width + GAP + i % columns * (side + GAP),
			    pixel + (i * side + y) * side, side);
	return all;
}

void
cli_png_write(const unsigned char *pixel, size_t n, size_t side)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
		.format = PNG_FORMAT_GRAY };
	unsigned char *all = fill_grid(pixel, n, side, &image);
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	char *png = cli_malloc(size);
	int r = png_image_write_to_memory(&image, png, &size, 0, all, 0, NULL);

	free(all);
	if (r == 0)
		cli_die("%s: %s", output_name(), image.message);
	r = ckpt_write_all(cli_output() ? file.fd : 1, png, size);
	free(png);
	if (r < 0)
		cli_die("%s:", output_name());
	if (cli_output() && (close(file.fd) < 0 ||
	    ckpt_atomic_file_commit(&file) < 0))
		cli_die("%s:", output_name());
	cli_temporary(NULL);
}
