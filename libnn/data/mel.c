/* mel.c - mel spectrograms, the features that a speech network is given */
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>

#include "mel.h"

struct nn_mel {
	int		 rate, window, hop, bins;
	float		*hann;		/* (window) */
	float		*filter;	/* (NN_FILTERS, bins) */
	int		 from[NN_FILTERS], to[NN_FILTERS];	/* not 0 */
	fftwf_plan	 fft;
};

static double
mel_to_hertz(double mel)
{
	return 700 * (pow(10, mel / 2595) - 1);
}

/* The corners of triangle i are points i, i + 1 and i + 2 of 42. */
static void
make_filters(struct nn_mel *m)
{
	double top = 2595 * log10(1 + m->rate / 2 / 700.0);

	for (int i = 0; i < NN_FILTERS; i++) {
		double a = mel_to_hertz(top * i / (NN_FILTERS + 1));
		double b = mel_to_hertz(top * (i + 1) / (NN_FILTERS + 1));
		double c = mel_to_hertz(top * (i + 2) / (NN_FILTERS + 1));

		m->from[i] = m->bins;
		for (int k = 0; k < m->bins; k++) {
			double f = (double)k * m->rate / m->window;
			double up = (f - a) / (b - a), down = (c - f) / (c - b);
			double y = fmax(0, fmin(up, down)) * 2 / (c - a);

			m->filter[i * m->bins + k] = y;
			if (y > 0 && k < m->from[i])
				m->from[i] = k;
			if (y > 0)
				m->to[i] = k + 1;
		}
	}
}

/* FFTW_MEASURE could give another plan, and other rounding, in the next run. */
static int
make_plan(struct nn_mel *m)
{
	float *in = fftwf_alloc_real(m->window);
	fftwf_complex *out = fftwf_alloc_complex(m->bins);

	if (in && out)
		m->fft = fftwf_plan_dft_r2c_1d(m->window, in, out,
		    FFTW_ESTIMATE);
	fftwf_free(in);
	fftwf_free(out);
	return m->fft ? 0 : -1;
}

struct nn_mel *
nn_mel_open(int rate)
{
	struct nn_mel *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->rate = rate;
	m->window = rate / 40;
	m->hop = rate / 100;
	m->bins = m->window / 2 + 1;
	m->hann = malloc(m->window * sizeof *m->hann);
	m->filter = malloc(NN_FILTERS * m->bins * sizeof *m->filter);
	if (!m->hann || !m->filter || make_plan(m) < 0) {
		nn_mel_close(m);
		return NULL;
	}
	for (int i = 0; i < m->window; i++)
		m->hann[i] = 0.5 - 0.5 * cos(2 * M_PI * i / m->window);
	make_filters(m);
	return m;
}

void
nn_mel_close(struct nn_mel *m)
{
	if (m == NULL)
		return;
	if (m->fft)
		fftwf_destroy_plan(m->fft);
	free(m->hann);
	free(m->filter);
	free(m);
}

size_t
nn_mel_frames(const struct nn_mel *m, size_t samples)
{
	/* fewer cannot be reflected */
	return samples > (size_t)m->window / 2 ? 1 + samples / m->hop : 0;
}

/* Sample i of a sound that is reflected at both ends. */
static float
get_sample(const float *sound, ptrdiff_t n, ptrdiff_t i)
{
	if (i < 0)
		i = -i;
	if (i >= n)
		i = 2 * (n - 1) - i;
	return sound[i];
}

int
nn_mel_spectrogram(const struct nn_mel *m, const float *sound, size_t samples,
    nn_real *x)
{
	size_t frames = nn_mel_frames(m, samples);
	float *in = fftwf_alloc_real(m->window);
	fftwf_complex *out = fftwf_alloc_complex(m->bins);

	for (size_t t = 0; in && out && t < frames; t++) {
		ptrdiff_t from = (ptrdiff_t)t * m->hop - m->window / 2;

		for (int i = 0; i < m->window; i++)
			in[i] = m->hann[i] *
			    get_sample(sound, samples, from + i);
		fftwf_execute_dft_r2c(m->fft, in, out);
		for (int k = 0; k < m->bins; k++)
			in[k] = out[k][0] * out[k][0] + out[k][1] * out[k][1];
		for (int i = 0; i < NN_FILTERS; i++) {
			const float *filter = m->filter + i * m->bins;
			float sum = 0;

			for (int k = m->from[i]; k < m->to[i]; k++)
				sum += filter[k] * in[k];
			*x++ = sum;
		}
	}
	fftwf_free(in);
	fftwf_free(out);
	return in && out ? 0 : -1;
}

void
nn_normalize_columns(nn_real *x, size_t n, size_t m)
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
