// The expected side of a configuration: law_step_ref itself, the very file, with the law a constant
// of the compiler. -DCONFIGURATION=NUMBER -DLANES=N.
#include "model/lif/law.c"

#include "tests/exhaust/configuration.h"
#include "tests/exhaust/expected.h"

const int expected_outputs = OUTS;

// Everything inlined: only then the law is a constant and the loop can become vector code.
__attribute__((flatten)) void expected(const int16_t a[], const int16_t b[], int64_t out[])
{
    const struct configuration *c = &configurations[CONFIGURATION];
    struct law_layer layer = layer_of(c);
    for (int k = 0; k < LANES; k++) {
        struct law_state s = c->state;
        struct law_gathered acc = {b[k], c->acc.acc2, c->acc.heard};
        *(c->over_u ? &s.u : &s.v) = a[k];
        struct law_stages t = law_step_ref(&c->law, &layer, &c->n, &s, acc, c->jitter);
        out[0 * LANES + k] = t.gather;
        out[1 * LANES + k] = t.current;
        out[2 * LANES + k] = t.leak;
        out[3 * LANES + k] = t.integrate;
        out[4 * LANES + k] = t.clamp;
        out[5 * LANES + k] = t.fire;
        out[6 * LANES + k] = t.reset;
        out[7 * LANES + k] = t.refract;
        out[OUT_U * LANES + k] = s.u;
        out[OUT_U2 * LANES + k] = s.u2;
    }
}
