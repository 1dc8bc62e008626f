// Sound files of any rate and channel count to 16-bit mono of one rate and length.
//
// Reading is libsndfile's, resampling libsamplerate's; what is ours is that a damaged file, or one
// of which nothing shows that it is whole, is an error that says so and never a shorter clip.
#ifndef TWIN_TASK_SPEECH_AUDIO_H
#define TWIN_TASK_SPEECH_AUDIO_H

#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    AUDIO_MIN_HZ = 1000, // of files and of rate_hz
    AUDIO_MAX_HZ = 768000,
    AUDIO_MAX_CHANNELS = 64,
    AUDIO_MAX_PEAK = 8 // of files of floats, whose full scale is 1: what is louder has another
};

// What became of a file on its way to samples.
struct audio_heard {
    double ms;       // the whole file
    int64_t clipped; // samples over full scale: those of the file, and those heard as resampled
    bool silent;     // all that is heard is 0
    bool resampled;
    bool mixed; // several channels averaged
};

// The libraries that decode and resample, by their versions.
enum { AUDIO_LIBRARIES = 256 };
void audio_libraries(char text[AUDIO_LIBRARIES]);

// Fills samples (n_samples, Q1.15) with the start of the file at rate_hz: channels averaged,
// resampled only if the rates differ, rounded to nearest even, saturated; after the file's end
// zeros. The whole file is read and checked, also what lies behind n_samples. heard may be NULL.
int audio_load(const char *path, int rate_hz, int n_samples, int16_t *samples,
               struct audio_heard *heard, struct fail *f);

#endif
