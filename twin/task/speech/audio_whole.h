// How much sound a file says that it holds, and whether all of it is there.
//
// libsndfile opens two dozen containers and shortens most of them in silence where they are cut
// off. Only those are heard whose end can be checked: WAV (RIFF, RIFX, RF64), W64, FLAC, Ogg, AIFF,
// AU, NIST SPHERE and CAF. Lengths that say "not known" (what pipes of ffmpeg, sox, arecord and
// others leave in WAV and AU) reach to the end of the file; elsewhere they are refused.
#ifndef TWIN_TASK_SPEECH_AUDIO_WHOLE_H
#define TWIN_TASK_SPEECH_AUDIO_WHOLE_H

#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

struct audio_extent {
    int64_t bytes;    // of sound, all of them there; −1: its coding has no fixed size
    int64_t frames;   // that the header promises; −1: it does not say
    int64_t patch_at; // where libsndfile has to read another length to hear all of it; 0: nowhere
    int patch_bytes;  // so many bytes
    unsigned char patch[8];
};

// format: as libsndfile's SF_INFO says it.
int audio_whole(const char *path, int format, struct audio_extent *e, struct fail *f);

bool audio_is_ogg(const char *path); // by its first bytes

#endif
