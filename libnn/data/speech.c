/* speech.c - load utterances: sounds or features, and their texts */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "base/buffer.h"
#include "base/endian.h"
#include "core/tape.h"
#include "ctc_alphabet.h"
#include "dataset_files.h"
#include "mel.h"
#include "speech.h"
#include "transcripts.h"

enum {
	FILE_BYTES = 1 << 28,		/* of a sound or a list of texts */
	FILES = 256, BYTES = 1 << 26,	/* read before they are decoded */
	CEPSTRA = 13,			/* of a frame in .mfc */
	DEPTH = 8			/* of folders */
};

/* A file that was read, and the utterance in it. */
struct pending {
	char		*name;
	unsigned char	*file;
	size_t		 len;
	struct nn_utterance u;
	size_t		 width;
	char		 error[NN_AUDIO_ERROR];
};

struct loading {
	struct nn	*net;
	const struct nn_conf *conf;
	struct nn_speech *to;
	size_t		 first, room;	/* of to: the first utterance added */
	struct nn_mel	*mel;
	int		 rate, every;
	struct nn_transcripts texts;
	struct pending	 pending[FILES];
	int		 n;
	size_t		 bytes;		/* of the pending files */
	const char	*path;
};

/* ------------------------------------------------------------ features */

static int
compute_features(const struct loading *l, struct pending *p)
{
	size_t samples;
	float *sound = nn_audio_decode(p->file, p->len, l->rate, &samples,
	    p->error);
	int r;

	if (sound == NULL)
		return -1;
	p->width = NN_FILTERS;
	p->u.frames = nn_mel_frames(l->mel, samples);
	p->u.x = malloc((p->u.frames + 1) * p->width * sizeof *p->u.x);
	r = p->u.x ? nn_mel_spectrogram(l->mel, sound, samples, p->u.x) : -1;
	free(sound);
	if (r < 0)
		snprintf(p->error, sizeof p->error, "out of memory");
	else if (p->u.frames == 0)
		snprintf(p->error, sizeof p->error, "%zu samples: too few",
		    samples);
	return *p->error ? -1 : 0;
}

/* The features of an .mfc file. */
static int
read_features(struct pending *p)
{
	size_t n = p->len >= 4 ? load_be32(p->file) : 0;

	p->width = CEPSTRA;
	p->u.frames = n / CEPSTRA;
	if (n == 0 || n % CEPSTRA || p->len - 4 != 4 * n) {
		snprintf(p->error, sizeof p->error, "%zu numbers in %zu bytes, "
		    "wanted %d for a frame", n, p->len, CEPSTRA);
		return -1;
	}
	p->u.x = malloc(n * sizeof *p->u.x);
	if (p->u.x == NULL)
		snprintf(p->error, sizeof p->error, "out of memory");
	for (size_t i = 0; p->u.x && i < n; i++) {
		uint32_t bits = load_be32(p->file + 4 + 4 * i);
		float x;

		memcpy(&x, &bits, sizeof x);
		p->u.x[i] = x;
		if (!isfinite(x))
			snprintf(p->error, sizeof p->error,
			    "number %zu is not finite", i);
	}
	return *p->error ? -1 : 0;
}

/* Normalized, averaged features of pending file i. */
static void
process_file(void *arg, int i)
{
	struct loading *l = arg;
	struct pending *p = &l->pending[i];
	size_t n = strlen(p->name);
	bool mfc = n > 4 && strcmp(p->name + n - 4, ".mfc") == 0;
	nn_real *x;

	if ((mfc ? read_features(p) : compute_features(l, p)) < 0)
		return;
	nn_normalize_columns(p->u.x, p->u.frames, p->width);
	p->u.frames = nn_mean_rows(p->u.x, p->u.frames, p->width, l->every);
	if (p->u.frames == 0) {
		snprintf(p->error, sizeof p->error, "shorter than a frame");
		return;
	}
	x = realloc(p->u.x, p->u.frames * p->width * sizeof *x);
	if (x)
		p->u.x = x;
}

/* --------------------------------------------------------------- files */

static int
add_utterance(struct loading *l, struct pending *p)
{
	struct nn_speech *s = l->to;

	if (*p->error)
		return nn_fail(l->net, "%s: %s: %s", l->path, p->name,
		    p->error);
	if (s->n && s->width != p->width)
		return nn_fail(l->net, "%s: %s: %zu numbers in a frame, others "
		    "have %zu", l->path, p->name, p->width, s->width);
	if (ckpt_grow(&s->u, s->n, &l->room, sizeof *s->u) < 0)
		return nn_fail(l->net, "out of memory");
	nn_transcripts_strip(p->name);
	p->u.name = p->name;
	p->name = NULL;
	s->width = p->width;
	s->u[s->n++] = p->u;
	p->u = (struct nn_utterance){ 0 };
	return 0;
}

static int
process_files(struct loading *l)
{
	int r = 0;

	nn_team_do(nn_team_of(l->net), l->n, process_file, l);
	for (int i = 0; i < l->n; i++) {
		struct pending *p = &l->pending[i];

		if (r == 0)
			r = add_utterance(l, p);
		free(p->name);
		free(p->file);
		free(p->u.x);
	}
	l->n = 0;
	l->bytes = 0;
	if (l->conf->progress)
		l->conf->progress(l->to->n, 0, "utterance", l->path);
	return r;
}

static int
read_texts(struct loading *l, struct nn_dataset_file *f, int rank)
{
	size_t n;
	char *text = (char *)nn_dataset_read(f, FILE_BYTES, &n);
	int r;

	if (text == NULL)
		return -1;
	r = nn_transcripts_add(&l->texts, text, rank);
	free(text);
	return r < 0 ? nn_fail(l->net, "out of memory") : 0;
}

static int
read_file(struct nn_dataset_file *f, const char *name, void *arg)
{
	struct loading *l = arg;
	int rank = nn_transcripts_rank(name);
	const char *dot = strrchr(name, '.');
	struct pending *p = &l->pending[l->n];

	if (*name == '.')
		return 0;
	if (rank >= 0)
		return read_texts(l, f, rank);
	if (dot == NULL || (strcmp(dot, ".flac") != 0 &&
	    strcmp(dot, ".wav") != 0 && strcmp(dot, ".mfc") != 0))
		return 0;
	*p = (struct pending){ .name = strdup(name) };
	p->file = nn_dataset_read(f, FILE_BYTES, &p->len);
	if (p->name == NULL || p->file == NULL) {
		free(p->name);
		free(p->file);
		return nn_fail(l->net, "out of memory");
	}
	l->bytes += p->len;
	return ++l->n == FILES || l->bytes > BYTES ? process_files(l) : 0;
}

/* ---------------------------------------------------------------- texts */

/* The text of a file DIGIT_..., or NULL. */
static const char *
find_digit(const char *name)
{
	static const char *const word[] = { "zero", "one", "two", "three",
		"four", "five", "six", "seven", "eight", "nine" };

	return isdigit((unsigned char)name[0]) && name[1] == '_' ?
	    word[name[0] - '0'] : NULL;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct nn_utterance *)a)->name,
	    ((const struct nn_utterance *)b)->name);
}

/* The frames that CTC needs: one for each symbol, and a blank between equal
 * ones. */
static size_t
count_needed_frames(const struct nn_utterance *u)
{
	size_t n = u->labels;

	for (int i = 1; i < u->labels; i++)
		n += u->label[i] == u->label[i - 1];
	return n;
}

static int
set_labels(struct loading *l, struct nn_utterance *u)
{
	const char *text = nn_transcripts_find(&l->texts, u->name);

	if (text == NULL)
		text = find_digit(u->name);
	if (text == NULL && nn_conf_int(l->conf, "transcribe"))
		text = "";
	if (text == NULL)
		return nn_fail(l->net, "%s: %s: no text for this sound",
		    l->path, u->name);
	u->label = malloc((strlen(text) + 1) * sizeof *u->label);
	if (u->label == NULL)
		return nn_fail(l->net, "out of memory");
	u->labels = nn_ctc_encode(u->label, text);
	return 0;
}

/* Warn of utterances that training cannot learn from. */
static void
warn_of_texts(const struct loading *l)
{
	size_t empty = 0, unknown = 0, brief = 0;

	for (size_t i = l->first; i < l->to->n; i++) {
		const struct nn_utterance *u = &l->to->u[i];
		bool odd = false;

		for (int j = 0; j < u->labels; j++)
			odd |= u->label[j] == NN_UNKNOWN;
		empty += u->labels == 0;
		unknown += odd;
		brief += u->frames < count_needed_frames(u);
	}
	if (l->conf->warn == NULL || nn_conf_int(l->conf, "transcribe"))
		return;
	if (empty)
		l->conf->warn("%s: %zu texts are empty", l->path, empty);
	if (unknown)
		l->conf->warn("%s: %zu texts have letters other than A to Z",
		    l->path, unknown);
	if (brief)
		l->conf->warn("%s: %zu of %zu sounds are too short for their "
		    "texts and are not learned (see --every)", l->path, brief,
		    l->to->n - l->first);
}

/* Sort the utterances by name and give each its text. */
static int
add_texts(struct loading *l)
{
	struct nn_utterance *u = l->to->u + l->first;
	size_t n = l->to->n - l->first;
	const char *twice = nn_transcripts_sort(&l->texts);

	if (twice)
		return nn_fail(l->net, "%s: %s: two different texts", l->path,
		    twice);
	if (n == 0)
		return nn_fail(l->net, "%s: no sounds (.flac, .wav) and no "
		    "features (.mfc)", l->path);
	qsort(u, n, sizeof *u, compare_names);
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(u[i].name, u[i - 1].name) == 0)
			return nn_fail(l->net, "%s: %s: two sounds of this "
			    "name", l->path, u[i].name);
		if (set_labels(l, &u[i]) < 0)
			return -1;
	}
	warn_of_texts(l);
	return 0;
}

int
nn_speech_load(struct nn *net, const struct nn_conf *c, const char *path,
    struct nn_speech *s)
{
	int64_t rate = nn_conf_int(c, "speech.rate");
	int64_t every = nn_conf_int(c, "speech.every");
	struct loading *l;
	int r;

	if (rate < 1000 || rate > 48000 || rate % 200)
		return nn_fail(net, "rate: wanted a multiple of 200 from 1000 "
		    "to 48000, got %lld", (long long)rate);
	if (every < 1 || every > 100)
		return nn_fail(net, "every: wanted 1 to 100, got %lld",
		    (long long)every);
	l = calloc(1, sizeof *l);
	if (l == NULL)
		return nn_fail(net, "out of memory");
	*l = (struct loading){ .net = net, .conf = c, .to = s, .first = s->n,
	    .room = s->n, .rate = rate, .every = every, .path = path,
	    .mel = nn_mel_open(rate) };
	r = l->mel ? nn_dataset_visit_files(net, path, DEPTH, read_file, l) :
	    nn_fail(net, "out of memory");
	if (process_files(l) < 0 || r < 0 || add_texts(l) < 0)
		r = -1;
	nn_mel_close(l->mel);
	nn_transcripts_free(&l->texts);
	free(l);
	return r;
}

void
nn_speech_free(struct nn_speech *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->u[i].name);
		free(s->u[i].x);
		free(s->u[i].label);
	}
	free(s->u);
	*s = (struct nn_speech){ 0 };
}
