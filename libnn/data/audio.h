/* audio.h - decode sound files (FLAC, WAV and more) to samples of one rate */
#ifndef NN_AUDIO_H
#define NN_AUDIO_H

#include <stddef.h>

/* Bytes of an error text; seconds of a sound, of which more are an error. */
enum { NN_AUDIO_ERROR = 160, NN_AUDIO_SECONDS = 600 };

/*
 * Decode a sound file that is in memory: the mean of its channels, resampled to
 * rate samples a second, to be freed. NULL, with a line of text in error.
 */
float	*nn_audio_decode(const unsigned char *file, size_t len, int rate,
	    size_t *samples, char error[NN_AUDIO_ERROR]);

#endif
