// Sound files of any kind, rate and channel count to 16-bit mono of one rate and length.
//
// Reading is libsndfile's, resampling libsamplerate's; what is ours is that a damaged file is an
// error that says so and never a shorter clip.
#ifndef TWIN_TASK_AUDIO_H
#define TWIN_TASK_AUDIO_H

#include "base/fail.h"

#include <stdint.h>

enum {
    AUDIO_MIN_HZ = 1000, // of files and of rate_hz
    AUDIO_MAX_HZ = 768000,
    AUDIO_MAX_CHANNELS = 64
};

// Fills samples (n_samples, Q1.15) with the start of the file at rate_hz: channels averaged,
// resampled only if the rates differ, rounded to nearest even, saturated; after the file's end
// zeros. The whole file is read and checked, also what lies behind n_samples.
int audio_load(const char *path, int rate_hz, int n_samples, int16_t *samples, struct fail *f);

#endif
