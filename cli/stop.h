// The end by SIGINT, SIGTERM or SIGHUP: one line that says what is kept and how to go on, temporary
// files and children gone, and then the signal itself, so that the exit status is 128 + its number.
// SIGPIPE ends in the same way without a line. A second signal kills at once.
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>

void stop_open(void);

// What the line says behind "stopped by SIGINT"; before the first call: "no result".
void stop_says(const char *format, ...) __attribute__((format(printf, 1, 2)));

void stop_silent(void);  // says nothing: another process of the same run does
void stop_lingers(void); // stays a moment after the line: mpirun forgets what the dead said last

bool stop_is_under_way(void);

#endif
