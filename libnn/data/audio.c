/* audio.c - decode sound files (FLAC, WAV and more) to samples of one rate */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "base/buffer.h"
#include "base/endian.h"

enum {
	CHANNELS = 64,			/* at most */
	LOWEST_RATE = 1000, HIGHEST_RATE = 1000000,
	FRAMES = 4096			/* read at once */
};

/* --------------------------------------------------- a file in memory */

struct memory_file { const unsigned char *p; sf_count_t len, at; };

static sf_count_t
get_length(void *arg)
{
	return ((struct memory_file *)arg)->len;
}

static sf_count_t
seek_memory(sf_count_t to, int origin, void *arg)
{
	struct memory_file *m = arg;

	if (origin == SEEK_CUR)
		to += m->at;
	else if (origin == SEEK_END)
		to += m->len;
	if (to < 0 || to > m->len)
		return -1;
	return m->at = to;
}

static sf_count_t
read_memory(void *to, sf_count_t n, void *arg)
{
	struct memory_file *m = arg;

	if (n > m->len - m->at)
		n = m->len - m->at;
	memcpy(to, m->p + m->at, n);
	m->at += n;
	return n;
}

static sf_count_t
get_position(void *arg)
{
	return ((struct memory_file *)arg)->at;
}

/* ---------------------------------------------------------------- samples */

struct sound { float *x; size_t n, room; };

/* Append the mean of the channels of each of n frames. */
static int
add_frames(struct sound *s, const float *frame, size_t n, int channels,
    char error[NN_AUDIO_ERROR])
{
	for (size_t i = 0; i < n; i++, frame += channels) {
		float sum = 0;

		for (int c = 0; c < channels; c++)
			sum += frame[c];
		if (!isfinite(sum)) {
			snprintf(error, NN_AUDIO_ERROR, "sample %zu is not a "
			    "finite number", s->n);
			return -1;
		}
		if (ckpt_grow(&s->x, s->n, &s->room, sizeof *s->x) < 0) {
			snprintf(error, NN_AUDIO_ERROR, "out of memory");
			return -1;
		}
		s->x[s->n++] = sum / channels;
	}
	return 0;
}

/* Decode to the end, as the header may promise any number of samples. */
static int
read_samples(SNDFILE *f, const SF_INFO *info, struct sound *s,
    char error[NN_AUDIO_ERROR])
{
	float *frames = malloc(FRAMES * info->channels * sizeof *frames);
	size_t limit = (size_t)info->samplerate * NN_AUDIO_SECONDS;
	int r = ckpt_grow(&s->x, 0, &s->room, sizeof *s->x);
	sf_count_t got;

	while (frames && r == 0 && s->n <= limit &&
	    (got = sf_readf_float(f, frames, FRAMES)) > 0)
		r = add_frames(s, frames, got, info->channels, error);
	free(frames);
	if (*error)
		return -1;
	if (frames == NULL || r < 0)
		snprintf(error, NN_AUDIO_ERROR, "out of memory");
	else if (s->n > limit)
		snprintf(error, NN_AUDIO_ERROR, "longer than %d seconds",
		    NN_AUDIO_SECONDS);
	else if (sf_error(f))
		snprintf(error, NN_AUDIO_ERROR, "after %zu of %" PRId64
		    " samples: %s", s->n, (int64_t)info->frames,
		    sf_strerror(f));
	else if (s->n < (size_t)info->frames)
		snprintf(error, NN_AUDIO_ERROR, "wanted %" PRId64 " samples, "
		    "got %zu: cut?", (int64_t)info->frames, s->n);
	else
		return 0;
	return -1;
}

static int
resample_sound(struct sound *s, int from, int to, char error[NN_AUDIO_ERROR])
{
	double ratio = (double)to / from;
	SRC_DATA d = { .data_in = s->x, .input_frames = s->n,
		.output_frames = ceil(s->n * ratio) + 1, .src_ratio = ratio };
	int r;

	if (from == to || s->n == 0)
		return 0;
	d.data_out = malloc(d.output_frames * sizeof(float));
	if (d.data_out == NULL) {
		snprintf(error, NN_AUDIO_ERROR, "out of memory");
		return -1;
	}
	r = src_simple(&d, SRC_SINC_MEDIUM_QUALITY, 1);
	free(s->x);
	*s = (struct sound){ .x = d.data_out, .n = d.output_frames_gen };
	if (r)
		snprintf(error, NN_AUDIO_ERROR, "%s", src_strerror(r));
	return r ? -1 : 0;
}

/* libsndfile reads a WAV file that was cut as a shorter one. The length is 0 or
 * all ones if the file was written to a pipe. */
static int
check_riff_length(const unsigned char *p, size_t n, char error[NN_AUDIO_ERROR])
{
	uint32_t len;

	if (n < 8 || memcmp(p, "RIFF", 4) != 0)
		return 0;
	len = load_le32(p + 4);
	if (len == 0 || len == UINT32_MAX || len <= n - 8 + 1)
		return 0;
	snprintf(error, NN_AUDIO_ERROR, "wanted %" PRIu32 " bytes, got %zu: "
	    "cut?", len, n - 8);
	return -1;
}

/* Open a sound in memory; NULL with the reason, which libsndfile keeps in one
 * variable for all threads. */
static SNDFILE *
open_sound(struct memory_file *memory, SF_INFO *info, char *error)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	SF_VIRTUAL_IO io = { get_length, seek_memory, read_memory,
	    NULL, get_position };
	SNDFILE *f;

	pthread_mutex_lock(&lock);
	f = sf_open_virtual(&io, SFM_READ, info, memory);
	if (f == NULL)
		snprintf(error, NN_AUDIO_ERROR, "%s", sf_strerror(NULL));
	pthread_mutex_unlock(&lock);
	return f;
}

float *
nn_audio_decode(const unsigned char *file, size_t len, int rate,
    size_t *samples, char error[NN_AUDIO_ERROR])
{
	struct memory_file memory = { file, len, 0 };
	struct sound s = { 0 };
	SF_INFO info = { 0 };
	SNDFILE *f;
	int bad;

	*error = 0;
	if (check_riff_length(file, len, error) < 0)
		return NULL;
	f = open_sound(&memory, &info, error);
	if (f == NULL)
		return NULL;
	if (info.channels < 1 || info.channels > CHANNELS ||
	    info.samplerate < LOWEST_RATE || info.samplerate > HIGHEST_RATE) {
		snprintf(error, NN_AUDIO_ERROR, "%d channels at %d Hz",
		    info.channels, info.samplerate);
		bad = -1;
	} else {
		bad = read_samples(f, &info, &s, error);
	}
	sf_close(f);
	if (bad < 0 || resample_sound(&s, info.samplerate, rate, error) < 0) {
		free(s.x);
		return NULL;
	}
	*samples = s.n;
	return s.x;
}
