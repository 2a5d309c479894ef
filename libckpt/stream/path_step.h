/*
 * path_step.h - training steps in file names: step1000, checkpoint-500, ...
 */
#ifndef CKPT_PATH_H
#define CKPT_PATH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The step that a path tells, as people write them. In this order:
 *   a number after "step", "iter", "iteration", "checkpoint" or "ckpt", in
 *     the file name, else in the nearest folder that has one; in one name the
 *     earlier of these words wins, then the later place;
 *   a file name that is a number: "00200.pt";
 *   a number after "epoch", looked for as the words above.
 * Case does not matter, one of "-_=." may stand before the number, no letter
 * may touch either end. False if there is none below 2^63.
 */
bool	ckpt_path_step(const char *path, uint64_t *step);

/*
 * Sort a NULL-terminated list by ckpt_path_step, equal steps as they stand,
 * if every path has one and is a regular file that is not a ckpt/1 stream
 * (those know their steps). Otherwise the list stays as it is.
 */
void	ckpt_order(char **paths);

#endif
