// Recordings cut in windows: a long one becomes several clips of one label, speaker and side.
//
// A window is named FILE#0, FILE#1, .. A last one that is at least half there is padded with zeros, a
// shorter end is not heard, and counted. What is no longer than a window is a clip as it is.
#ifndef TWIN_TASK_SPEECH_WINDOWS_H
#define TWIN_TASK_SPEECH_WINDOWS_H

#include "twin/task/dataset.h"

struct windows {
    int rate_hz;
    double *ms; // (n_clips) of recordings; 0: of a split that is not wanted
    double longest_ms, tails_ms;
    int longest; // clip
    int n_cut, n_tails;
};

// Reads every wanted recording for its length.
int windows_measure(struct windows *w, const struct dataset *d, const bool *wanted, struct fail *f);

// Puts the windows in place of the recordings that were measured.
int windows_cut(struct windows *w, struct dataset *d, int clip_ms, struct fail *f);
void windows_fini(struct windows *w);

// (n + 1) first clips of each of n recordings, in order, and n_clips; n, or -1: out of memory.
int windows_files(const struct dataset *d, int **first);

char *windows_file(const struct dataset_clip *c); // that the clip lies in; malloc'd, or NULL

#endif
