/*
 * mel.h - what a network hears of a sound
 *
 * A frame is 25 ms under a periodic Hann window, every 10 ms, the first around
 * the first sample: beyond both ends the sound is reflected. Its power spectrum
 * is summed under 40 triangles, evenly spaced and half overlapping on the mel
 * scale 2595 log10(1 + f / 700) from 0 to half the sampling rate, each of area
 * 1. No logarithm. Over the utterance each of these has its mean subtracted and
 * is divided by its standard deviation (of a sample, n - 1; by 1 where that is
 * 0). At last, the mean of each few frames; a remainder is dropped.
 */
#ifndef NN_MEL_H
#define NN_MEL_H

#include "nn.h"

enum { NN_FILTERS = 40 };

struct nn_mel;

/* For sounds of so many samples a second, a multiple of 200 from 1000 to
 * 48000. NULL when memory is gone. One may serve many threads. */
struct nn_mel	*nn_mel_open(int rate);
void		 nn_mel_close(struct nn_mel *);

/* The frames of so many samples, before means are made; 0: too few samples. */
size_t		 nn_mel_frames(const struct nn_mel *, size_t samples);

/* x (frames, NN_FILTERS): the sums under the triangles. 0, or -1 when memory
 * is gone. */
int		 nn_mel_features(const struct nn_mel *, const float *sound,
		    size_t samples, nn_real *x);

/* Normalize each column of x (n, m). */
void		 nn_standardize(nn_real *x, size_t n, size_t m);

/* Put the means of each k rows of x (n, m) in its first n / k rows, whose
 * number is returned. */
size_t		 nn_mean_rows(nn_real *x, size_t n, size_t m, size_t k);

#endif
