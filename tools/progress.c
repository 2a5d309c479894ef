/* progress.c - how far, how fast, how long still: on a terminal only */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

static struct {
	bool		 started, shown, wanted;
	double		 start, last, first;
} state;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

void
progress(double done, double total, const char *unit, const char *what)
{
	double t = now(), rate;

	if (!state.started) {
		state.started = true;
		state.wanted = !cli_quiet() && isatty(2);
		state.start = t;
		state.first = done;	/* a resumed run starts late */
	}
	if (!state.wanted || t - state.last < 0.2)
		return;
	state.last = t;
	rate = (done - state.first) / (t - state.start + 1e-9);
	fprintf(stderr, "\r\033[K%s: %.0f", cli_program(), done);
	if (total > 0)
		fprintf(stderr, " of %.0f %s, %.0f %%", total, unit,
		    100 * done / total);
	else
		fprintf(stderr, " %s", unit);
	fprintf(stderr, ", %.3g %s/s", rate, unit);
	if (total > done && rate > 0) {
		double left = (total - done) / rate;

		fprintf(stderr, ", %d:%02d left", (int)left / 60,
		    (int)left % 60);
	}
	if (what)
		fprintf(stderr, "  %.30s", what);
	fflush(stderr);
	state.shown = true;
}

void
progress_end(void)
{
	if (state.shown)
		fputs("\r\033[K", stderr);
	state.shown = false;
}
