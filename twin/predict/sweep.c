#include "twin/io/statistics.h"
#include "twin/predict/sweep.h"

static double yield_of(const struct sweep_point *p)
{
    return (double)p->pass / p->n;
}

struct sweep_crossing sweep_cross(const struct sweep_point *point, int n, double target)
{
    struct sweep_crossing c = {.at = point[n - 1].size, .low = -1, .high = -1};
    for (int i = 0; i < n && !c.falls; i++) {
        double y = yield_of(&point[i]);
        if (y >= target) continue;
        double before = i ? yield_of(&point[i - 1]) : y;
        c.falls = true;
        c.at = i ? point[i - 1].size +
                       (point[i].size - point[i - 1].size) * (before - target) / (before - y)
                 : point[0].size;
    }
    for (int i = 0; i < n; i++) {
        if (statistics_wilson(point[i].pass, point[i].n, 0.95).low < target) break;
        c.low = point[i].size;
    }
    for (int i = n - 1; i >= 0; i--) {
        if (statistics_wilson(point[i].pass, point[i].n, 0.95).high >= target) break;
        c.high = point[i].size;
    }
    return c;
}
