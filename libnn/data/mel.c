/* mel.c - what a network hears of a sound: mel spectrograms */
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>

#include "mel.h"

struct nn_mel {
	int		 rate, window, hop, bins;
	float		*hann;		/* (window) */
	float		*filter;	/* (NN_FILTERS, bins) */
	int		 from[NN_FILTERS], to[NN_FILTERS];	/* not 0 there */
	fftwf_plan	 fft;
};

static double
mel_to_hertz(double mel)
{
	return 700 * (pow(10, mel / 2595) - 1);
}

/* Triangle i has its corners at points i, i + 1 and i + 2 of 42. */
static void
make_filters(struct nn_mel *e)
{
	double top = 2595 * log10(1 + e->rate / 2 / 700.0);

	for (int i = 0; i < NN_FILTERS; i++) {
		double a = mel_to_hertz(top * i / (NN_FILTERS + 1));
		double b = mel_to_hertz(top * (i + 1) / (NN_FILTERS + 1));
		double c = mel_to_hertz(top * (i + 2) / (NN_FILTERS + 1));

		e->from[i] = e->bins;
		for (int k = 0; k < e->bins; k++) {
			double f = (double)k * e->rate / e->window;
			double up = (f - a) / (b - a), down = (c - f) / (c - b);
			double y = fmax(0, fmin(up, down)) * 2 / (c - a);

			e->filter[i * e->bins + k] = y;
			if (y > 0 && k < e->from[i])
				e->from[i] = k;
			if (y > 0)
				e->to[i] = k + 1;
		}
	}
}

/* Estimated, not measured: a measured plan might be another one next time. */
static int
make_plan(struct nn_mel *e)
{
	float *in = fftwf_alloc_real(e->window);
	fftwf_complex *out = fftwf_alloc_complex(e->bins);

	if (in && out)
		e->fft = fftwf_plan_dft_r2c_1d(e->window, in, out,
		    FFTW_ESTIMATE);
	fftwf_free(in);
	fftwf_free(out);
	return e->fft ? 0 : -1;
}

struct nn_mel *
nn_mel_open(int rate)
{
	struct nn_mel *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->rate = rate;
	e->window = rate / 40;
	e->hop = rate / 100;
	e->bins = e->window / 2 + 1;
	e->hann = malloc(e->window * sizeof *e->hann);
	e->filter = malloc(NN_FILTERS * e->bins * sizeof *e->filter);
	if (!e->hann || !e->filter || make_plan(e) < 0) {
		nn_mel_close(e);
		return NULL;
	}
	for (int i = 0; i < e->window; i++)
		e->hann[i] = 0.5 - 0.5 * cos(2 * M_PI * i / e->window);
	make_filters(e);
	return e;
}

void
nn_mel_close(struct nn_mel *e)
{
	if (e == NULL)
		return;
	if (e->fft)
		fftwf_destroy_plan(e->fft);
	free(e->hann);
	free(e->filter);
	free(e);
}

size_t
nn_mel_frames(const struct nn_mel *e, size_t samples)
{
	/* less cannot be reflected */
	return samples > (size_t)e->window / 2 ? 1 + samples / e->hop : 0;
}

/* A sample, also from beyond the ends. */
static float
sample(const float *sound, ptrdiff_t n, ptrdiff_t i)
{
	if (i < 0)
		i = -i;
	if (i >= n)
		i = 2 * (n - 1) - i;
	return sound[i];
}

int
nn_mel_features(const struct nn_mel *e, const float *sound, size_t samples,
    nn_real *x)
{
	size_t frames = nn_mel_frames(e, samples);
	float *in = fftwf_alloc_real(e->window);
	fftwf_complex *out = fftwf_alloc_complex(e->bins);

	for (size_t t = 0; in && out && t < frames; t++) {
		ptrdiff_t from = (ptrdiff_t)t * e->hop - e->window / 2;

		for (int i = 0; i < e->window; i++)
			in[i] = e->hann[i] * sample(sound, samples, from + i);
		fftwf_execute_dft_r2c(e->fft, in, out);
		for (int k = 0; k < e->bins; k++)
			in[k] = out[k][0] * out[k][0] + out[k][1] * out[k][1];
		for (int i = 0; i < NN_FILTERS; i++) {
			const float *filter = e->filter + i * e->bins;
			float sum = 0;

			for (int k = e->from[i]; k < e->to[i]; k++)
				sum += filter[k] * in[k];
			*x++ = sum;
		}
	}
	fftwf_free(in);
	fftwf_free(out);
	return in && out ? 0 : -1;
}

void
nn_standardize(nn_real *x, size_t n, size_t m)
{
	for (size_t j = 0; j < m; j++) {
		double mean = 0, var = 0, sd;

		for (size_t i = 0; i < n; i++)
			mean += x[i * m + j];
		mean /= n;
		for (size_t i = 0; i < n; i++)
			var += (x[i * m + j] - mean) * (x[i * m + j] - mean);
		sd = n > 1 ? sqrt(var / (n - 1)) : 0;
		for (size_t i = 0; i < n; i++)
			x[i * m + j] = (x[i * m + j] - mean) /
			    (sd > 0 ? sd : 1);
	}
}

size_t
nn_mean_rows(nn_real *x, size_t n, size_t m, size_t k)
{
	for (size_t i = 0; i < n / k; i++)
		for (size_t j = 0; j < m; j++) {
			double sum = 0;

			for (size_t r = 0; r < k; r++)
				sum += x[(i * k + r) * m + j];
			x[i * m + j] = sum / k;
		}
	return n / k;
}
