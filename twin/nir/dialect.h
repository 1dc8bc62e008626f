// What frameworks mean by the NIR that they write, where it is not what NIR's equations say, and in which
// order their neurons go about a tick: a row each. Sources: docs/nir.md.
#ifndef TWIN_NIR_DIALECT_H
#define TWIN_NIR_DIALECT_H

#include "twin/net/real.h"

struct nir_dialect {
    const char *name;
    // Of the file:
    bool exact;    // a leak takes 1 − e^(−dt/τ), not dt/τ
    bool unit_lif; // of a LIF and CubaLIF r brings the whole of the input in one tick: λ·r is 1
    bool unit_if;  // of an IF: dt·r is 1
    bool unit_syn; // of a synaptic current w_in does: μ·w_in is 1
    bool
        late_decay; // of a synaptic current, which decays before it is heard: what it brings is 1 − μ
    // Of their simulation, for those who compare:
    struct real_order order;
};
extern const struct nir_dialect
    nir_dialects[]; // ends in a row without a name; the first is NIR's equations

const struct nir_dialect *nir_dialect_of(const char *name); // NULL: there is none

// "nir, norse, ..", for messages.
const char *nir_dialect_names(char *text, size_t size);

#endif
