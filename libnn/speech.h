/*
 * speech.h - spoken utterances and their texts, from files as they come
 *
 * A folder, with those below it, or an archive of sounds (.flac, .wav) or of
 * features (.mfc: a big-endian 32-bit count, then that many floats, 13 to a
 * frame), and of texts: the lines NAME TEXT of trans.txt and *.trans.txt
 * (LibriSpeech), or the last field of NAME|...|TEXT in metadata.csv (LJ
 * Speech), which are used for what no other file names. A name may have a
 * folder and a suffix, which do not count. A sound without a text whose name is
 * DIGIT_..._... says that digit (FSDD).
 */
#ifndef NN_SPEECH_H
#define NN_SPEECH_H

#include "conf.h"
#include "nn.h"

struct nn_utterance {
	char	*name;
	nn_real	*x;			/* (frames, width) */
	size_t	 frames;
	int	*label;			/* symbols of ctc_alphabet.h */
	int	 labels;
};

struct nn_speech {
	struct nn_utterance *u;		/* in the order of their names */
	size_t	 n, width;
};

/*
 * Add what is at path. Settings: speech.rate (16000: sounds are resampled to
 * it), speech.every (3: a frame is the mean of so many); transcribe (1: texts
 * are not needed). 0, or -1 after nn_fail. Free in any case.
 */
int	nn_speech_load(struct nn *, const struct nn_conf *, const char *path,
	    struct nn_speech *);
void	nn_speech_free(struct nn_speech *);

#endif
