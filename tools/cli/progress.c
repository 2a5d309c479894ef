/* progress.c - progress, rate and time left, on a terminal only */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

static struct {
	bool		 started, shown, terminal;
	double		 start, last, first;
} state;

static double
seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

void
cli_progress(double done, double total, const char *unit, const char *what)
{
	double t = seconds_now(), rate;
	char line[80];			/* a line that wraps cannot be erased */
	int n;

	if (!state.started) {
		state.started = true;
		state.terminal = isatty(2);
		state.start = state.last = t;
		state.first = done;	/* a resumed run does not start at 0 */
	}
	if (!state.terminal || cli_quiet() || t - state.last < 0.2)
		return;
	state.last = t;
	rate = (done - state.first) / (t - state.start + 1e-9);
	n = snprintf(line, sizeof line, "%s: %.0f", cli_program(), done);
	if (total > 0)
		n += snprintf(line + n, sizeof line - n, " of %.0f %s, %.0f %%",
		    total, unit, 100 * done / total);
	else
		n += snprintf(line + n, sizeof line - n, " %s", unit);
	n += snprintf(line + n, sizeof line - n, ", %.3g %s/s", rate, unit);
	if (total > done && rate > 0) {
		double left = (total - done) / rate;

		n += snprintf(line + n, sizeof line - n, ", %.0f:%02.0f left",
		    floor(left / 60), floor(fmod(left, 60)));
	}
	if (what && n < (int)sizeof line)
		snprintf(line + n, sizeof line - n, "  %s", what);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	state.shown = true;
}

void
cli_progress_end(void)
{
	if (state.shown)
		fputs("\r\033[K", stderr);
	state.shown = false;
}
