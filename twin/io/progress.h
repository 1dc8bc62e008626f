// How long work tells that it is alive: a callback, so that twin/ prints nothing.
#ifndef TWIN_IO_PROGRESS_H
#define TWIN_IO_PROGRESS_H

struct progress {
    // done of total units of `what`; called from one thread at a time. May be NULL.
    void (*tell)(void *context, const char *what, long done, long total);
    void *context;
};

static inline void progress_tell(const struct progress *p, const char *what, long done, long total)
{
    if (p && p->tell) p->tell(p->context, what, done, total);
}

#endif
