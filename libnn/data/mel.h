/*
 * mel.h - mel spectrograms, the features that a speech network is given
 *
 * A frame is 25 ms under a periodic Hann window, every 10 ms. The first is
 * centered at the first sample; the sound is reflected at both ends. The power
 * spectrum of a frame is multiplied with 40 triangular filters of area 1,
 * evenly spaced and half overlapping on the mel scale 2595 log10(1 + f / 700)
 * from 0 to half the sampling rate. There is no logarithm.
 *
 * Each feature is then normalized over the utterance: the mean is subtracted,
 * and the difference is divided by the standard deviation (of a sample, n - 1),
 * or by 1 if that is 0. Last, runs of a few frames are averaged; a remainder is
 * dropped.
 */
#ifndef NN_MEL_H
#define NN_MEL_H

#include "nn.h"

enum { NN_FILTERS = 40 };

struct nn_mel;

/* For sounds of rate samples a second, a multiple of 200 from 1000 to 48000.
 * NULL if out of memory. Threads may share it. */
struct nn_mel	*nn_mel_open(int rate);
void		 nn_mel_close(struct nn_mel *);

/* The number of frames before averaging; 0 if there are too few samples. */
size_t		 nn_mel_frames(const struct nn_mel *, size_t samples);

/* The spectrogram x (frames, NN_FILTERS) of a sound, not normalized. 0, or -1
 * if out of memory. */
int		 nn_mel_spectrogram(const struct nn_mel *, const float *sound,
		    size_t samples, nn_real *x);

/* Normalize each column of x (n, m) to mean 0 and standard deviation 1. */
void		 nn_normalize_columns(nn_real *x, size_t n, size_t m);

/* Average each k rows of x (n, m) into the first n / k rows. Returns n / k. */
size_t		 nn_mean_rows(nn_real *x, size_t n, size_t m, size_t k);

#endif
