/* subprocess.h - run a shell command on the output of another program */
#ifndef SUBPROCESS_H
#define SUBPROCESS_H

#include <stdio.h>

/*
 * Run  program | command  and return the output of command, to be read to its
 * end. program, with its arguments, is searched for in the directory of the
 * running program, then in PATH; command is for the shell. Exits for failures.
 */
FILE	*cli_subprocess_open(char *const program[], const char *command);

/* At the end: exits with a message if either failed. A program that got SIGPIPE
 * has not failed. */
void	 cli_subprocess_close(FILE *);

#endif
