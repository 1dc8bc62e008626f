// A stream of vectors that is not waited for for ever: a device that hangs in a pipe ends the verb with one line.
#ifndef CLI_COSIM_PATIENT_H
#define CLI_COSIM_PATIENT_H

#include <stdio.h>

// What `in` gives, in a stream of its own, which closes `in`. Exits with a message where nothing comes for so many
// seconds: what it is called, and the last clip and tick that came. 0 seconds: `in` itself.
FILE *patient_open(FILE *in, const char *name, int seconds);

#endif
