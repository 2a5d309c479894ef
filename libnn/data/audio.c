/* audio.c - sound files (FLAC, WAV and more) in memory to samples of one rate */
#include <inttypes.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"

enum {
	CHANNELS = 64,			/* at most */
	SLOWEST = 1000, FASTEST = 1000000,
	PIECE = 4096			/* frames read at once */
};

/* ------------------------------------------------- a file that is in memory */

struct memory { const unsigned char *p; sf_count_t len, at; };

static sf_count_t
length(void *arg)
{
	return ((struct memory *)arg)->len;
}

static sf_count_t
seek(sf_count_t to, int whence, void *arg)
{
	struct memory *m = arg;

	if (whence == SEEK_CUR)
		to += m->at;
	else if (whence == SEEK_END)
		to += m->len;
	if (to < 0 || to > m->len)
		return -1;
	return m->at = to;
}

static sf_count_t
get(void *to, sf_count_t n, void *arg)
{
	struct memory *m = arg;

	if (n > m->len - m->at)
		n = m->len - m->at;
	memcpy(to, m->p + m->at, n);
	m->at += n;
	return n;
}

static sf_count_t
tell(void *arg)
{
	return ((struct memory *)arg)->at;
}

/* ---------------------------------------------------------------- samples */

struct sound { float *x; size_t n, room; };

static int
add_sample(struct sound *s, float x)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 1 << 16;
		float *p = realloc(s->x, room * sizeof *p);

		if (p == NULL)
			return -1;
		s->x = p;
		s->room = room;
	}
	s->x[s->n++] = x;
	return 0;
}

/* All that can be decoded: memory grows with it, whatever the header says. */
static int
decode(SNDFILE *f, const SF_INFO *info, struct sound *s,
    char error[AUDIO_ERROR])
{
	static const char *const gone = "out of memory";
	float *piece = malloc(PIECE * info->channels * sizeof *piece);
	size_t most = (size_t)info->samplerate * AUDIO_LONGEST;
	sf_count_t got;

	*error = 0;
	while (piece && !*error &&
	    (got = sf_readf_float(f, piece, PIECE)) > 0)
		for (sf_count_t i = 0; i < got && !*error; i++) {
			float sum = 0;

			for (int c = 0; c < info->channels; c++)
				sum += piece[i * info->channels + c];
			if (!isfinite(sum))
				snprintf(error, AUDIO_ERROR, "sample %zu is "
				    "not a finite number", s->n);
			else if (s->n == most)
				snprintf(error, AUDIO_ERROR, "longer than %d "
				    "seconds", AUDIO_LONGEST);
			else if (add_sample(s, sum / info->channels) < 0)
				snprintf(error, AUDIO_ERROR, "%s", gone);
		}
	if (piece == NULL)
		snprintf(error, AUDIO_ERROR, "%s", gone);
	else if (!*error && sf_error(f))
		snprintf(error, AUDIO_ERROR, "after %zu of %" PRId64
		    " samples: %s", s->n, (int64_t)info->frames,
		    sf_strerror(f));
	else if (!*error && s->n < (size_t)info->frames)
		snprintf(error, AUDIO_ERROR, "wanted %" PRId64 " samples, got "
		    "%zu: cut?", (int64_t)info->frames, s->n);
	free(piece);
	return *error ? -1 : 0;
}

static int
resample(struct sound *s, int from, int to, char error[AUDIO_ERROR])
{
	double ratio = (double)to / from;
	SRC_DATA d = { .data_in = s->x, .input_frames = s->n,
		.output_frames = ceil(s->n * ratio) + 1, .src_ratio = ratio };
	int r;

	if (from == to || s->n == 0)
		return 0;
	d.data_out = malloc(d.output_frames * sizeof(float));
	if (d.data_out == NULL) {
		snprintf(error, AUDIO_ERROR, "out of memory");
		return -1;
	}
	r = src_simple(&d, SRC_SINC_MEDIUM_QUALITY, 1);
	free(s->x);
	*s = (struct sound){ .x = d.data_out, .n = d.output_frames_gen };
	if (r)
		snprintf(error, AUDIO_ERROR, "%s", src_strerror(r));
	return r ? -1 : 0;
}

/* The library reads a WAV file that was cut as one that is short. What was
 * written to a pipe has no length: 0 or all ones. */
static int
whole(const unsigned char *p, size_t n, char error[AUDIO_ERROR])
{
	uint32_t len;

	if (n < 8 || memcmp(p, "RIFF", 4) != 0)
		return 0;
	len = p[4] | p[5] << 8 | p[6] << 16 | (uint32_t)p[7] << 24;
	if (len == 0 || len == UINT32_MAX || len <= n - 8 + 1)
		return 0;
	snprintf(error, AUDIO_ERROR, "wanted %" PRIu32 " bytes, got %zu: cut?",
	    len, n - 8);
	return -1;
}

float *
nn_audio_read(const unsigned char *file, size_t len, int rate, size_t *samples,
    char error[AUDIO_ERROR])
{
	SF_VIRTUAL_IO io = { length, seek, get, NULL, tell };
	struct memory memory = { file, len, 0 };
	struct sound s = { 0 };
	SF_INFO info = { 0 };
	SNDFILE *f;
	int bad;

	if (whole(file, len, error) < 0)
		return NULL;
	f = sf_open_virtual(&io, SFM_READ, &info, &memory);
	if (f == NULL) {
		snprintf(error, AUDIO_ERROR, "%s", sf_strerror(NULL));
		return NULL;
	}
	if (info.channels < 1 || info.channels > CHANNELS ||
	    info.samplerate < SLOWEST || info.samplerate > FASTEST) {
		snprintf(error, AUDIO_ERROR, "%d channels at %d Hz",
		    info.channels, info.samplerate);
		bad = -1;
	} else {
		bad = decode(f, &info, &s, error);
	}
	sf_close(f);
	if (bad || resample(&s, info.samplerate, rate, error) < 0) {
		free(s.x);
		return NULL;
	}
	*samples = s.n;
	return s.x ? s.x : calloc(1, sizeof *s.x);
}
