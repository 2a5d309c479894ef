/* subprocess.c - run a shell command on the output of another program */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "subprocess.h"

static pid_t feeder, fed;
static const char *feeder_name, *fed_name;

/* In a child: from and to become its input and output, if not negative. */
static void
exec_command(int from, int to)
{
	signal(SIGPIPE, SIG_DFL);
	if (from >= 0)
		dup2(from, STDIN_FILENO);
	if (to >= 0)
		dup2(to, STDOUT_FILENO);
}

/* From the directory of this program, or else from PATH. */
static void
run_program(char *const program[])
{
	char self[4096], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = 0;
	slash = strrchr(self, '/');
	if (slash && asprintf(&path, "%.*s/%s", (int)(slash - self), self,
	    program[0]) >= 0)
		execv(path, program);
	execvp(program[0], program);
	cli_warn("%s:", program[0]);
	_exit(127);
}

static int
exit_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			cli_die("wait:");
	return status;
}

/* The program has printed its own message. */
static void
check_feeder(void)
{
	int status = exit_status(feeder);

	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		cli_quit(1);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
		cli_die("%s: %s", feeder_name, strsignal(WTERMSIG(status)));
}

/* Wait for the first bytes: without any, the command would only add a second
 * message. */
static void
wait_child(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			cli_die("poll:");
	if (!(p.revents & POLLIN))
		check_feeder();
}

FILE *
cli_subprocess_open(char *const program[], const char *command)
{
	int stream[2], answer[2];
	FILE *f;

	if (pipe(stream) < 0 || pipe(answer) < 0)
		cli_die("pipe:");
	fflush(stdout);
	feeder_name = program[0];
	fed_name = command;
	feeder = fork();
	if (feeder == 0) {
		exec_command(-1, stream[1]);
		close(stream[0]);
		close(stream[1]);
		close(answer[0]);
		close(answer[1]);
		run_program(program);
	}
	close(stream[1]);
	if (feeder > 0)
		wait_child(stream[0]);
	fed = feeder < 0 ? -1 : fork();
	if (fed == 0) {
		exec_command(stream[0], answer[1]);
		close(stream[0]);
		close(answer[0]);
		close(answer[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		cli_warn("/bin/sh:");
		_exit(127);
	}
	if (fed < 0)
		cli_die("fork:");
	close(stream[0]);
	close(answer[1]);
	f = fdopen(answer[0], "r");
	if (f == NULL)
		cli_die("pipe:");
	return f;
}

void
cli_subprocess_close(FILE *f)
{
	int status;

	fclose(f);
	status = exit_status(fed);
	check_feeder();			/* the cause comes first */
	if (WIFSIGNALED(status))
		cli_die("%s: %s", fed_name, strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		cli_die("%s: exit status %d", fed_name, WEXITSTATUS(status));
}
