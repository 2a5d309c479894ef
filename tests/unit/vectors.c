/* vectors.c - the library on every file of tests/files/v1 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>

#include "drain.h"
#include "tap.h"

#define DIR "tests/files/v1/"

struct row {
	char	*file, *verify, *ls, *tensors, *hash, *whole, *error;
};

static enum ckpt_kind
kind_of(const char *file)
{
	static const char *const prefix[] = { "good-", "cut-", "bad-",
	    "unsupported-", "limit-" };

	for (int i = 0; i < 5; i++)
		if (strncmp(file, prefix[i], strlen(prefix[i])) == 0)
			return (enum ckpt_kind)i;
	return CKPT_IO;
}

static bool
matches(const char *pattern, const char *text)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found && strchr(text, '\n') == NULL;
}

/* The error in how the file was read, or NULL. */
static const char *
find_error(const struct row *w, const struct drained *d, bool loaded)
{
	static char text[1600];
	enum ckpt_kind kind = kind_of(w->file);
	char hash[17];

	/* headers alone may be valid, or fail differently */
	if (!loaded && (atoi(w->ls) == 0) == (d->why == CKPT_FINE))
		kind = d->why;
	snprintf(text, sizeof text, "kind %d, expected %d: %s", d->why, kind,
	    d->error);
	if (d->why != kind)
		return text;
	if (kind != CKPT_FINE)
		return !loaded || matches(w->error, d->error) ? NULL : text;
	if (atoi(w->verify) != 0)
		return NULL;
	snprintf(hash, sizeof hash, "%016" PRIx64, d->all);
	snprintf(text, sizeof text, "%zu tensors, hash %s", d->n, hash);
	if (d->n != strtoul(w->tensors, NULL, 10) ||
	    (loaded && strcmp(hash, w->hash) != 0))
		return text;
	return NULL;
}

struct copy {
	int	from, to;
};

static void *
copy_to_pipe(void *arg)
{
	struct copy *f = arg;
	char part[4096];
	ssize_t n;

	while ((n = read(f->from, part, sizeof part)) > 0)
		if (write(f->to, part, n) != n)
			break;		/* the reader has closed */
	close(f->to);
	return NULL;
}

static struct drained
drain_pipe(int fd, int threads, bool load)
{
	struct copy f = { .from = fd };
	struct drained d;
	pthread_t thread;
	int ends[2];

	if (lseek(fd, 0, SEEK_SET) != 0 || pipe(ends) < 0)
		abort();
	f.to = ends[1];
	if (pthread_create(&thread, NULL, copy_to_pipe, &f) != 0)
		abort();
	d = drain(ends[0], NULL, threads, load, 0);
	close(ends[0]);
	pthread_join(thread, NULL);
	return d;
}

static void
test_row(const struct row *w)
{
	char path[256];
	const char *wrong = NULL, *how = NULL;
	struct drained first = { 0 };
	int fd;

	snprintf(path, sizeof path, DIR "%s", w->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; fd >= 0 && i < 8 && !wrong; i++) {
		static const char *const ways[] = { "file, 1 thread",
		    "file, 2 threads", "pipe, 1 thread", "pipe, 2 threads",
		    "headers of a file", "headers of a file, 2 threads",
		    "headers of a pipe", "headers of a pipe, 2 threads" };
		bool load = i < 4;
		int threads = 1 + i % 2;
		struct drained d = i & 2 ? drain_pipe(fd, threads, load) :
		    drain(fd, NULL, threads, load, 0);

		how = ways[i];
		wrong = find_error(w, &d, load);
		if (!wrong && i > 0 && d.why == CKPT_FINE &&
		    first.why == CKPT_FINE && d.n > 0 &&
		    memcmp(d.head, first.head, d.n * sizeof *d.head) != 0)
			wrong = "headers differ from those read first";
		if (i == 0)
			first = d;
		else
			drained_free(&d);
	}
	drained_free(&first);
	if (fd < 0)
		wrong = how = strerror(errno);
	else
		close(fd);
	if (!ok(!wrong, "%s", w->file))
		printf("# %s: %s\n", how, wrong);
}

int
main(void)
{
	FILE *f = fopen(DIR "manifest.tsv", "r");
	char *line = NULL;
	size_t room = 0;

	signal(SIGPIPE, SIG_IGN);
	if (f == NULL) {
		printf("Bail out! %smanifest.tsv: %s\n", DIR, strerror(errno));
		return 1;
	}
	while (getline(&line, &room, f) > 0) {
		struct row w;
		char **field = &w.file, *rest = line;

		line[strcspn(line, "\n")] = 0;
		for (int i = 0; i < 7; i++)
			field[i] = strsep(&rest, "\t");
		if (strcmp(w.file, "file") != 0)
			test_row(&w);
	}
	free(line);
	fclose(f);
	return tap_done();
}
