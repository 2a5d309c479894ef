/* speech.c - spoken utterances and their texts, from files as they come */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "core/tape.h"
#include "ctc_alphabet.h"
#include "dataset_files.h"
#include "mel.h"
#include "speech.h"
#include "transcripts.h"

enum {
	LARGEST = 1 << 28,		/* bytes of a sound */
	TEXTS = 1 << 28,		/* of texts */
	WAITING = 256, HEAVY = 1 << 26,	/* files, bytes before they are heard */
	CEPSTRA = 13			/* of a frame in .mfc */
};

/* A file that was read and is to be heard. */
struct waiting {
	char		*name;
	unsigned char	*file;
	size_t		 len;
	struct nn_utterance u;
	size_t		 width;
	char		 error[AUDIO_ERROR];
};

struct load {
	struct nn	*net;
	const struct nn_conf *conf;
	struct nn_speech *to;
	size_t		 first, room;	/* of to: what was there before */
	struct nn_mel	*ear;
	int		 rate, every;
	struct nn_transcripts texts;
	struct waiting	 waiting[WAITING];
	int		 n;
	size_t		 heavy;
	const char	*path;
};

/* ------------------------------------------------------------- hearing */

static int
hear_sound(const struct load *l, struct waiting *w)
{
	size_t samples;
	float *sound = nn_audio_read(w->file, w->len, l->rate, &samples, w->error);
	int r;

	if (sound == NULL)
		return -1;
	w->width = NN_FILTERS;
	w->u.frames = nn_mel_frames(l->ear, samples);
	w->u.x = malloc((w->u.frames + 1) * w->width * sizeof *w->u.x);
	r = w->u.x == NULL ? -1 : nn_mel_features(l->ear, sound, samples, w->u.x);
	free(sound);
	if (r < 0)
		snprintf(w->error, sizeof w->error, "out of memory");
	else if (w->u.frames == 0)
		snprintf(w->error, sizeof w->error, "%zu samples: too few",
		    samples);
	return *w->error ? -1 : 0;
}

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int
take_features(struct waiting *w)
{
	size_t n = w->len >= 4 ? big32(w->file) : 0;

	w->width = CEPSTRA;
	w->u.frames = n / CEPSTRA;
	if (n == 0 || n % CEPSTRA || w->len - 4 != 4 * n) {
		snprintf(w->error, sizeof w->error, "%zu numbers in %zu bytes, "
		    "wanted %d for a frame", n, w->len, CEPSTRA);
		return -1;
	}
	w->u.x = malloc(n * sizeof *w->u.x);
	if (w->u.x == NULL)
		snprintf(w->error, sizeof w->error, "out of memory");
	for (size_t i = 0; w->u.x && i < n; i++) {
		uint32_t bits = big32(w->file + 4 + 4 * i);
		float x;

		memcpy(&x, &bits, sizeof x);
		w->u.x[i] = x;
		if (!isfinite(x))
			snprintf(w->error, sizeof w->error,
			    "number %zu is not finite", i);
	}
	return *w->error ? -1 : 0;
}

static void
hear(void *arg, int i)
{
	struct load *l = arg;
	struct waiting *w = &l->waiting[i];
	size_t n = strlen(w->name);
	bool given = n > 4 && strcmp(w->name + n - 4, ".mfc") == 0;
	nn_real *x;

	if ((given ? take_features(w) : hear_sound(l, w)) < 0)
		return;
	nn_standardize(w->u.x, w->u.frames, w->width);
	w->u.frames = nn_mean_rows(w->u.x, w->u.frames, w->width, l->every);
	if (w->u.frames == 0) {
		snprintf(w->error, sizeof w->error, "shorter than a frame");
		return;
	}
	x = realloc(w->u.x, w->u.frames * w->width * sizeof *x);
	if (x)
		w->u.x = x;
}

/* ------------------------------------------------------------ collecting */

static int
keep(struct load *l, struct waiting *w)
{
	struct nn_speech *s = l->to;

	if (*w->error)
		return nn_fail(l->net, "%s: %s: %s", l->path, w->name,
		    w->error);
	if (s->n && s->width != w->width)
		return nn_fail(l->net, "%s: %s: %zu numbers in a frame, others "
		    "have %zu", l->path, w->name, w->width, s->width);
	if (s->n == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		void *p = realloc(s->u, room * sizeof *s->u);

		if (p == NULL)
			return nn_fail(l->net, "out of memory");
		s->u = p;
		l->room = room;
	}
	nn_transcripts_strip(w->name);
	w->u.name = w->name;
	w->name = NULL;
	s->width = w->width;
	s->u[s->n++] = w->u;
	w->u = (struct nn_utterance){ 0 };
	return 0;
}

static int
hear_all(struct load *l)
{
	int r = 0;

	nn_team_do(nn_team_of(l->net), l->n, hear, l);
	for (int i = 0; i < l->n; i++) {
		struct waiting *w = &l->waiting[i];

		if (r == 0)
			r = keep(l, w);
		free(w->name);
		free(w->file);
		free(w->u.x);
	}
	l->n = 0;
	l->heavy = 0;
	if (l->conf->progress)
		l->conf->progress(l->to->n, 0, "utterance", l->path);
	return r;
}

static int
take_texts(struct load *l, struct nn_dataset *u, int rank)
{
	size_t n;
	unsigned char *file = nn_dataset_read(u, TEXTS, &n);
	char *text = file ? realloc(file, n + 1) : NULL;
	int r;

	if (text == NULL) {
		free(file);
		return nn_fail(l->net, "out of memory");
	}
	text[n] = 0;
	r = nn_transcripts_add(&l->texts, text, rank);
	free(text);
	return r < 0 ? nn_fail(l->net, "out of memory") : 0;
}

static int
take(struct nn_dataset *u, const char *name, void *arg)
{
	struct load *l = arg;
	int rank = nn_transcripts_rank(name);
	const char *dot = strrchr(name, '.');
	struct waiting *w = &l->waiting[l->n];

	if (*name == '.')
		return 0;
	if (rank >= 0)
		return take_texts(l, u, rank);
	if (dot == NULL || (strcmp(dot, ".flac") != 0 &&
	    strcmp(dot, ".wav") != 0 && strcmp(dot, ".mfc") != 0))
		return 0;
	*w = (struct waiting){ .name = strdup(name) };
	w->file = nn_dataset_read(u, LARGEST, &w->len);
	if (w->name == NULL || w->file == NULL) {
		free(w->name);
		free(w->file);
		return nn_fail(l->net, "out of memory");
	}
	l->heavy += w->len;
	if (++l->n == WAITING || l->heavy > HEAVY)
		return hear_all(l);
	return 0;
}

/* ---------------------------------------------------------------- texts */

static const char *
digit(const char *name)
{
	static const char *const word[] = { "zero", "one", "two", "three",
		"four", "five", "six", "seven", "eight", "nine" };

	return isdigit((unsigned char)name[0]) && name[1] == '_' ?
	    word[name[0] - '0'] : NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct nn_utterance *)a)->name,
	    ((const struct nn_utterance *)b)->name);
}

/* Frames that CTC needs: one a symbol, and one between equal ones. */
static size_t
needed(const struct nn_utterance *u)
{
	size_t n = u->labels;

	for (int i = 1; i < u->labels; i++)
		n += u->label[i] == u->label[i - 1];
	return n;
}

static int
spell(struct load *l, struct nn_utterance *u)
{
	const char *text = nn_transcripts_find(&l->texts, u->name);

	if (text == NULL)
		text = digit(u->name);
	if (text == NULL && nn_conf_int(l->conf, "transcribe", 0))
		text = "";
	if (text == NULL)
		return nn_fail(l->net, "%s: %s: no text for this sound",
		    l->path, u->name);
	u->label = malloc((strlen(text) + 1) * sizeof *u->label);
	if (u->label == NULL)
		return nn_fail(l->net, "out of memory");
	u->labels = nn_ctc_spell(u->label, text);
	return 0;
}

/* What will not be learned, but is no failure. */
static void
warn(const struct load *l)
{
	size_t empty = 0, unknown = 0, brief = 0;

	for (size_t i = l->first; i < l->to->n; i++) {
		const struct nn_utterance *u = &l->to->u[i];
		bool odd = false;

		for (int j = 0; j < u->labels; j++)
			odd |= u->label[j] == NN_UNKNOWN;
		empty += u->labels == 0;
		unknown += odd;
		brief += u->frames < needed(u);
	}
	if (l->conf->warn == NULL || nn_conf_int(l->conf, "transcribe", 0))
		return;
	if (empty)
		l->conf->warn("%s: %zu texts are empty", l->path, empty);
	if (unknown)
		l->conf->warn("%s: %zu texts have letters other than A to Z",
		    l->path, unknown);
	if (brief)
		l->conf->warn("%s: %zu of %zu sounds are too short for their "
		    "texts, and teach nothing (see --every)", l->path, brief,
		    l->to->n - l->first);
}

static int
join(struct load *l)
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
	qsort(u, n, sizeof *u, compare);
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(u[i].name, u[i - 1].name) == 0)
			return nn_fail(l->net, "%s: %s: two sounds", l->path,
			    u[i].name);
		if (spell(l, &u[i]) < 0)
			return -1;
	}
	warn(l);
	return 0;
}

int
nn_speech_load(struct nn *net, const struct nn_conf *c, const char *path,
    struct nn_speech *s)
{
	int64_t rate = nn_conf_int(c, "speech.rate", 16000);
	int64_t every = nn_conf_int(c, "speech.every", 3);
	struct load *l;
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
	*l = (struct load){ .net = net, .conf = c, .to = s, .first = s->n,
	    .room = s->n, .rate = rate, .every = every, .path = path,
	    .ear = nn_mel_open(rate) };
	r = l->ear ? nn_dataset_each_below(net, path, take, l) :
	    nn_fail(net, "out of memory");
	if (hear_all(l) < 0 || r < 0 || join(l) < 0)
		r = -1;
	nn_mel_close(l->ear);
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
