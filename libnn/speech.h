/*
 * speech.h - utterances and their texts, from the files of speech data sets
 *
 * A data set is a folder, with those below it, or an archive. It has sounds
 * (.flac, .wav) or features (.mfc: a big-endian 32-bit count, then that many
 * floats, 13 to a frame), and texts: the lines NAME TEXT of trans.txt and
 * *.trans.txt (LibriSpeech), or the last field of NAME|...|TEXT in metadata.csv
 * (LJ Speech), which is used for names that no other file has. Folders and
 * suffix of a name are ignored. A sound DIGIT_..._... without a text says that
 * digit (FSDD).
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
 * Add the utterances at path. Settings: speech.rate (16000), the rate to which
 * sounds are resampled; speech.every (3), the number of frames averaged into
 * one; transcribe, 1 if texts may be missing. 0, or -1 after nn_fail; to be
 * freed in either case.
 */
int	nn_speech_load(struct nn *, const struct nn_conf *, const char *path,
	    struct nn_speech *);
void	nn_speech_free(struct nn_speech *);

#endif
