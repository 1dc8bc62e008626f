// The programs that build a DUT, started without a shell: argument vectors, an environment of our
// own, a folder to run in.
//
// A tool sees PATH, HOME and LD_LIBRARY_PATH of ours, LC_ALL=C, and its own folder as TMPDIR:
// nothing else can change what it makes.
#ifndef COSIM_DUT_DUT_TOOLS_H
#define COSIM_DUT_DUT_TOOLS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TOOL_LOG "build.log"

// While signals are held, one that would end us ends the tool first, and us at tools_release: what
// was begun can be removed.
struct tools_held {
    sigset_t mask;
    struct sigaction child;
};
void tools_hold(struct tools_held *h);
void tools_release(const struct tools_held *h);
bool tools_ending(void); // one was held

// Runs argv in `folder`, its output appended to folder/TOOL_LOG. 0, or -1 with a message: the tool,
// how it ended and the first error of its output, in one line. Signals are to be held.
int tools_run(const char *const argv[], const char *folder, char *message, size_t size);

// What argv prints on standard output, at most n - 1 bytes. 0, or -1 with a message.
int tools_ask(const char *const argv[], char *text, size_t n, char *message, size_t size);

#endif
