// How long work tells that it is alive: a callback, so that twin/ prints nothing; and how it is
// told to stop.
#ifndef TWIN_IO_PROGRESS_H
#define TWIN_IO_PROGRESS_H

#include <stdbool.h>

struct progress {
    // done of total units of `what`; called from one thread at a time. May be NULL.
    void (*tell)(void *context, const char *what, long done, long total);
    void *context;
    // Whether the work is to end with a failure where it is, asked as often; may be NULL: never.
    bool (*stop)(void *context);
};

static inline void progress_tell(const struct progress *p, const char *what, long done, long total)
{
    if (p && p->tell) p->tell(p->context, what, done, total);
}

static inline bool progress_stopped(const struct progress *p)
{
    return p && p->stop && p->stop(p->context);
}

#endif
