#include "twin/chip/dynapse_chip.h"

#include <math.h>
#include <string.h>

const char *const dynapse_bias_names[DYNAPSE_BIASES] = {
    "SOIF_DC_P",    "DENM_NMREV_N", "SOAD_GAIN_P", "SOIF_GAIN_N",   "DEAM_EGAIN_P",
    "SOAD_PWTAU_N", "SYPD_EXT_N",   "SOIF_REFR_N", "SOIF_SPKTHR_P", "SOAD_TAU_P",
    "SOIF_LEAK_N",  "DEAM_ETAU_P",  "SOAD_W_N",    "DEGA_IGAIN_P",  "DEGA_ITAU_P",
    "SYAM_W0_P",    "SYAM_W1_P",    "SYAM_W2_P",   "SYAM_W3_P"};

double dynapse_current(const struct dynapse_chip *c, enum dynapse_bias b, struct dynapse_code code)
{
    const char *name = dynapse_bias_names[b];
    int type = name[strlen(name) - 1] == 'P';
    return c->bias.full_scale[type][code.coarse] * code.fine / c->bias.fine_codes *
           c->bias.scale[b];
}

bool dynapse_code_usable(struct dynapse_code code)
{
    return code.coarse == 0 || code.fine == 0 || code.fine >= DYNAPSE_STRAIGHT;
}

struct dynapse_code dynapse_code_of(const struct dynapse_chip *c, enum dynapse_bias b,
                                    double ampere, double at_least, double *error)
{
    struct dynapse_code best = {0, 0};
    double best_off = INFINITY;
    bool best_meets = false;
    for (int coarse = 0; coarse < DYNAPSE_COARSE; coarse++) {
        double step = dynapse_current(c, b, (struct dynapse_code){coarse, 1});
        int near = (int)fmin(fmax(floor(ampere / step), 0), c->bias.fine_codes - 1);
        // below the straight part, the first code of it may still be the nearest
        const int fines[] = {near, near + 1, near + 2, DYNAPSE_STRAIGHT};
        for (int k = 0; k < 4; k++) {
            struct dynapse_code code = {coarse, fines[k]};
            if (code.fine >= c->bias.fine_codes || !dynapse_code_usable(code)) continue;
            double current = dynapse_current(c, b, code), off = fabs(current - ampere);
            bool meets = current >= at_least;
            if (meets > best_meets || (meets == best_meets && off < best_off))
                best = code, best_off = off, best_meets = meets;
        }
    }
    if (error) *error = ampere > 0 ? (dynapse_current(c, b, best) - ampere) / ampere : 0;
    return best;
}
