#include "twin/identify/deadline.h"

#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct deadline deadline_in(double seconds)
{
    return (struct deadline){seconds > 0 ? now() + seconds : 0, false};
}

bool deadline_passed(struct deadline *d)
{
    if (!d->passed && d->at > 0) d->passed = now() >= d->at;
    return d->passed;
}
