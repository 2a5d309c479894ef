/* subprocess.h - a command of the user's that is fed by one of our programs */
#ifndef FEED_H
#define FEED_H

#include <stdio.h>

/*
 * Run  program | command  and return what command prints, to be read to its
 * end. program, with its arguments, is found beside the one that runs, or in
 * PATH; command is the shell's. Exits for failures.
 */
FILE	*cli_subprocess_open(char *const program[], const char *command);

/* After the end: exits with a message if either failed. A program whose
 * command read enough of it has not. */
void	 cli_subprocess_close(FILE *);

#endif
