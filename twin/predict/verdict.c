#include "twin/predict/verdict.h"

#include <math.h>
#include <stdbool.h>

const char *const verdict_names[] = {"passes", "fails", "open"};

int verdict_limits(double own, double limit[YIELD_POINTS])
{
    int n = 0;
    for (int i = 0; i <= YIELD_STEPS; i++) {
        double step = (double)i / YIELD_STEPS;
        if (own < step && (n == 0 || own > limit[n - 1])) limit[n++] = own;
        limit[n++] = step;
    }
    return n;
}

// Numbers that are estimates have two digits, rounded up.
static double two_digits(double x)
{
    if (isinf(x)) return x;
    double unit = 1;
    while (x > 100 * unit)
        unit *= 10;
    return ceil(x / unit) * unit;
}

static bool holds(struct interval x, double target)
{
    return x.low < target && x.high >= target;
}

// Chips that would take Wilson's interval off the target, were the yield what it is.
static double chips_wanted(int pass, int n_chips, double target)
{
    enum { MOST = 1 << 30 };
    for (double n = n_chips; n < MOST; n *= 1.05) {
        int of = (int)ceil(n);
        int good = (int)floor((double)pass / n_chips * of + 0.5);
        if (!holds(statistics_wilson(good, of, 0.95), target)) return of - n_chips;
    }
    return INFINITY;
}

// The interval of `reached`, by turning the band of the curve round; it narrows as the root of the
// number of sources, and has to leave the limit outside.
static double sources_wanted(const struct verdict *v, const struct yield_point *curve, int n,
                             int n_sources)
{
    double low = 0, high = 1;
    for (int i = 0; i < n; i++)
        if (curve[i].all.low >= v->target) low = curve[i].limit;
    for (int i = n - 1; i >= 0; i--)
        if (curve[i].all.high < v->target) high = curve[i].limit;
    double half = v->reached >= v->limit ? v->reached - low : high - v->reached;
    double away = fabs(v->reached - v->limit);
    if (away == 0) return INFINITY;
    double more = n_sources * (half * half / (away * away) - 1);
    return more < 1 ? 1 : more;
}

void verdict_make(struct verdict *v, const struct yield_point *curve, int n, double limit,
                  double target, int pass, int n_chips, int n_sources)
{
    int below = -1, above = n;
    *v = (struct verdict){.limit = limit, .target = target, .yield = (double)pass / n_chips};
    for (int i = 0; i < n; i++) {
        if (curve[i].limit <= limit) below = i;
        if (curve[n - 1 - i].limit >= limit) above = n - 1 - i;
        if (curve[i].yield >= target) v->reached = curve[i].limit;
    }
    v->chips = statistics_wilson(pass, n_chips, 0.95);
    v->all.low = above < n ? curve[above].all.low : 0; // the yield only falls
    v->all.high = below >= 0 ? curve[below].all.high : 1;
    v->says = v->all.low >= target   ? VERDICT_PASSES
              : v->all.high < target ? VERDICT_FAILS
                                     : VERDICT_OPEN;
    if (v->says != VERDICT_OPEN) return;
    if (holds(v->chips, target))
        v->more_chips = two_digits(chips_wanted(pass, n_chips, target));
    else if (n_sources > 0)
        v->more_sources = two_digits(sources_wanted(v, curve, n, n_sources));
}
