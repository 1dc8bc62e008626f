// A folder that a verb writes: all of it or none.
//
// It is written beside its place, under a name of its own, and renamed when it is whole. What a killed process
// left behind, the next one for the same place removes.
#ifndef CLI_COSIM_PLACE_H
#define CLI_COSIM_PLACE_H

#include <stdbool.h>

enum { PLACE_ROOM = 4096 };

struct place {
    char out[PLACE_ROOM], part[PLACE_ROOM + 32]; // the place, and where the folder is made
    bool force;
    int lock;
};

// Takes --out as it was given, and makes the folder above it. Exits with a message where something lies
// there; with --force only where it is no folder with `ours` in it (ends in NULL), the verb's own files.
void place_choose(struct place *p, const char *given, const char *const *ours, bool force);

// An empty folder p->part, locked while we live.
void place_open(struct place *p);
void place_give(struct place *p); // it is whole: it takes its place

// Removes what was begun, and exits with the message.
void place_die(struct place *p, const char *message) __attribute__((noreturn));

#endif
