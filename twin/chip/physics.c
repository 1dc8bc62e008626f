#include "twin/chip/physics.h"

#include <math.h>

const struct physics *const all_physics[] = {&physics_lif, &physics_izhikevich, 0};

const struct physics *physics_of(const struct law_kind *kind)
{
    for (const struct physics *const *p = all_physics; *p; p++)
        if ((*p)->kind == kind) return *p;
    return 0;
}

int32_t physics_round(double x, int64_t lo, int64_t hi, int64_t *clamped)
{
    double w = nearbyint(x);
    bool out = !(w >= (double)lo && w <= (double)hi);
    *clamped += out;
    return (int32_t)(out ? w < (double)lo ? lo : hi : (int64_t)w);
}

double physics_held(const struct chip *c, int value, double x)
{
    const struct physics_word w = physics_of(c->kind)->word_of(c, value);
    if (!w.bits) return x;
    if (w.whole) x = nearbyint(x);
    return fmin(fmax(x, (double)w.lo / w.unit), (double)w.hi / w.unit);
}
