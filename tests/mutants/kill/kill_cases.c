#include "tests/mutants/kill/kill_model.h"

// Sums of Σ|w|·x at and one above what 16 bits and 2^30 hold, all of one sign, all sources active.
void case_at_a_bound(struct image *im, uint8_t *x, int ticks, int which)
{
    struct image_layer *y = &im->layer[0];
    int64_t top = fx_umax(law_bits(im->law.input)), w_max = fx_max(law_bits(im->law.weight));
    int64_t left = (32767 + which % 2) / top, sign = which / 2 % 2 ? 1 : -1;
    if (y->topology != IMAGE_DENSE) return;
    for (int s = 0; s < y->n_source; s++) {
        int64_t w = s >= y->n_in ? 0 : left > w_max ? w_max : left;
        left -= w;
        for (int n = 0; n < y->n_out; n++)
            y->w[s * y->n_out + n] = (int16_t)(sign * w);
    }
    memset(x, (int)top, (size_t)(ticks * y->n_in));
}

// One choice away from the law that the kernel has an instance for: it must not be taken for it.
static void change_one(struct law *a, int which)
{
    static const enum fx_round other[] = {FX_FLOOR, FX_TOWARD_ZERO, FX_CEILING, FX_AWAY};
    switch (which) {
    case 0:
    case 1:
        a->round_current = other[which];
        break;
    case 2:
    case 3:
        a->round_leak = other[which - 2];
        break;
    case 4:
        a->leak_kind = LAW_LEAK_LINEAR;
        break;
    case 5: // a decay, and of the very kind of the leak
        a->currents = 1, a->current = a->membrane, a->decay_kind = LAW_LEAK_EXPONENTIAL;
        break;
    case 6:
        a->wrap = true;
        break;
    case 7:
        a->floor_zero = true;
        break;
    case 8:
        a->fire_gt = true;
        break;
    case 9:
        a->reset_subtract = false;
        break;
    case 10:
        a->refractory_ticks = 1;
        break;
    case 11:
        a->leak_kind = LAW_LEAK_SHIFT;
        break;
    case 12:
        a->leak_kind = LAW_LEAK_NONE; // as the unused decay's
        break;
    default: // a decay that is not used, of the instance's leak
        a->leak_kind = LAW_LEAK_LINEAR, a->decay_kind = LAW_LEAK_EXPONENTIAL;
    }
    if (which < 4) a->round_decay = FX_NEAREST_EVEN; // which nobody uses
}

// At both sides of each limit of the kernel's domain.
static struct law at_a_limit(int which)
{
    struct law a = law_of_demo;
    switch (which) {
    case 0:
    case 1:
        a.currents = 1, a.membrane = (struct law_format){7, 8};
        a.current = (struct law_format){(int8_t)(8 + which), 8};
        break;
    case 2:
    case 3: // alignment by 30 and 31
        a.weight = (struct law_format){-14, (int8_t)(26 + which)};
        a.membrane = (struct law_format){12, 2};
        break;
    case 4:
    case 5: // by -15 and -14: 1 << 30 is one weight of 2^15
        a.input = (struct law_format){1, 0};
        a.weight = (struct law_format){16, 0};
        a.membrane = (struct law_format){1, (int8_t)(19 - which)};
        break;
    case 6:
    case 7: // of the membrane
        a.membrane = (struct law_format){(int8_t)(which + 2), 8};
        break;
    case 8:
    case 9: // of the leak's fraction
        a.leak = (struct law_format){(int8_t)(8 - which), (int8_t)(8 + which)};
        break;
    case 12: // factors with a sign, which jitter takes to either end
    case 13:
        a.leak_signed = true, a.leak = (struct law_format){1, 8};
        a.leak_kind = which == 13 ? LAW_LEAK_NONE : LAW_LEAK_EXPONENTIAL;
        a.currents = 1, a.current = a.membrane, a.decay_kind = LAW_LEAK_EXPONENTIAL;
        break;
    default: // one thing beyond the plain law, or integration first
        a.integrate_first = which == 10;
        a.has_rest = which == 11;
    }
    return a;
}

// Leak factors of 16 bits with every rounding: v·λ up to the ends of a 32-bit lane.
static struct law to_the_end_of_a_lane(int which)
{
    struct law a = law_of_demo;
    a.round_leak = a.round_decay = (enum fx_round)(which % FX_ROUNDS);
    a.leak = (struct law_format){0, 16};
    a.membrane = a.current = (struct law_format){8, 8};
    a.currents = 1;
    a.decay_kind = which / FX_ROUNDS % 2 ? LAW_LEAK_EXPONENTIAL : LAW_LEAK_SHIFT;
    if (which / FX_ROUNDS % 3 == 1) a.leak_kind = LAW_LEAK_SHIFT;
    return a;
}

struct law case_law(struct random *r, int i)
{
    struct law law = law_of_demo; // the kernel has an instance of it
    if (i % 8 == 4) return change_one(&law, i / 8 % 14), law;
    if (i % 8 == 6) return at_a_limit(i / 8 % 14);
    if (i % 8 == 2) return to_the_end_of_a_lane(i / 8);
    if (i % 8 == 0) return law;
    do
        law = i % 4 == 1 ? random_plain_law(r) : random_law(r);
    while (law_check(&law));
    if (i % 4 == 1) { // what the kernel takes
        law.integrate_first = false;
        if (law_bits(law.membrane) > 16) law.membrane.frac_bits = 8;
        law.current.frac_bits = law.membrane.frac_bits;
    }
    return law;
}

bool case_is_limit(int i)
{
    return i % 8 == 6 && (i / 8 % 14 == 4 || i / 8 % 14 == 5);
}

struct image_shape case_shape(struct random *r, const struct law *law, int i)
{
    const struct image_shape special[] = {
        {1, {{20, i % 32 ? 64 : 70, IMAGE_DENSE, true}}},
        {2, {{9, 130, IMAGE_DENSE, i % 32 == 1}, {130, 40, IMAGE_DENSE, false}}},
        {2, {{40, 40, IMAGE_ONE_TO_ONE, false}, {40, 33, IMAGE_DENSE, true}}},
        {2, {{10, 130, IMAGE_DENSE, false}, {130, 130, IMAGE_ONE_TO_ONE, false}}}};
    struct image_shape s =
        law_beyond(law) || (i % 5 == 0 && i % 8 != 4) ? random_shape(r) : random_plain_shape(r);
    if (i % 16 < 4) s = special[i % 16];
    if (i % 16 == 12) { // as many layers as there can be, each of another size
        s.n_layers = IMAGE_MAX_LAYERS;
        for (int l = 0; l < s.n_layers; l++) {
            s.layer[l].n_in = l ? s.layer[l - 1].n_out : 3;
            s.layer[l].n_out = l % 3 == 2 ? s.layer[l].n_in : 2 + 5 * l % 13;
            s.layer[l].topology = l % 3 == 2 ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
            s.layer[l].recurrent = l % 3 == 1;
            s.layer[l].delayed = l == 4 && i == 12;
            s.layer[l].max_spikes = 1;
        }
    }
    if (case_is_limit(i)) {
        s.n_layers = 1;
        s.layer[0].topology = IMAGE_DENSE;
        if (s.layer[0].n_in < 3) s.layer[0].n_in = 3;
    }
    return s;
}
