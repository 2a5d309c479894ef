/* audio.h - sound files (FLAC, WAV and more) in memory to samples of one rate */
#ifndef NN_AUDIO_H
#define NN_AUDIO_H

#include <stddef.h>

/* AUDIO_LONGEST: seconds that are read; more is an error. */
enum { AUDIO_ERROR = 160, AUDIO_LONGEST = 600 };

/*
 * The samples of a sound file, channels averaged, at so many a second; others
 * are resampled. The caller's to free. NULL: error has a line of text.
 */
float	*nn_audio_read(const unsigned char *file, size_t len, int rate,
	    size_t *samples, char error[AUDIO_ERROR]);

#endif
