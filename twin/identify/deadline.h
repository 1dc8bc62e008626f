// When a search has to end: by the clock, so that what it did not come to depends on the machine, and is told.
#ifndef TWIN_IDENTIFY_DEADLINE_H
#define TWIN_IDENTIFY_DEADLINE_H

#include <stdbool.h>

struct deadline {
    double at;   // s of the monotonic clock; 0: never
    bool passed; // a search was cut by it
};

struct deadline deadline_in(double seconds); // 0: never

// Whether it is over; so it stays.
bool deadline_passed(struct deadline *d);

#endif
