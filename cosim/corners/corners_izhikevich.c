// Izhikevich's neuron: its products and what it holds to a format. Nothing is proven of a quadratic
// membrane: what is not reached is not known.
#include "cosim/corners/corners_law.h"
#include "model/izhikevich/izhikevich.h"

enum { CURRENT, SQUARE, LINEAR, STEP, FOLLOW, RECOVER };
enum { MEMBRANE, RECOVERY, ADAPT };
enum { UPWARDS, DOWNWARDS, MINUS_1, FROM_TOP };

static void put(struct corners_tick *t, int slot, int64_t value, int shift)
{
    t->rounding[slot].value = value;
    t->rounding[slot].shift = shift > 0 ? shift : 0;
}

static void hold(struct corners_tick *t, int slot, int64_t value, int bits)
{
    t->clamp[slot].value = value;
    t->clamp[slot].lo = fx_min(bits);
    t->clamp[slot].hi = fx_max(bits);
}

static void see(const struct law_tick *in, const void *of_before, const void *of_stages,
                const void *of_after, struct corners_tick *t)
{
    const struct izhikevich_law *law = in->law;
    const struct izhikevich_neuron *n = in->neuron;
    const struct izhikevich_state *before = of_before, *after = of_after;
    const struct izhikevich_stages *s = of_stages;
    int factor = law->factor.frac_bits, bits = law_bits(law->membrane);
    int64_t slope = s->square + s->linear + n->bias + s->current - before->u;
    int64_t follow = (int64_t)n->b * before->v;
    int64_t towards = fx_shr(follow, factor, law->round) - before->u;
    int64_t step = n->a * towards;
    put(t, CURRENT, s->gather, law->weight.frac_bits + in->input_frac - law->membrane.frac_bits);
    put(t, SQUARE, (int64_t)before->v * before->v * n->k, law->membrane.frac_bits + factor);
    put(t, LINEAR, (int64_t)before->v * n->p, factor);
    put(t, STEP, slope, law->halvings);
    put(t, FOLLOW, follow, factor);
    put(t, RECOVER, step, factor + law->halvings);
    hold(t, MEMBRANE, s->integrate, bits);
    hold(t, RECOVERY, before->u + fx_shr(step, factor + law->halvings, law->round), bits);
    if (s->fire) hold(t, ADAPT, (int64_t)s->recover + n->d, bits);
    t->compare[0].asked = true;
    t->compare[0].difference = (int64_t)s->clamp - n->peak;
    t->flag[UPWARDS] = before->v < 0 && after->v >= 0;
    t->flag[DOWNWARDS] = before->v >= 0 && after->v < 0;
    t->flag[MINUS_1] = after->v == -1;
    t->flag[FROM_TOP] = s->fire && s->clamp == fx_max(bits);
}

static void bounds(const struct law_image *im, int layer, int neuron,
                   const struct corners_interval sum[2], struct corners_bounds *b)
{
    const struct izhikevich_law *law = im->law;
    const struct izhikevich_neuron *n =
        (const struct izhikevich_neuron *)im->layer[layer].neuron + neuron;
    const struct corners_interval any = {INT64_MIN, INT64_MAX}, square = {0, INT64_MAX};
    const struct corners_interval all = {fx_min(law_bits(law->membrane)),
                                         fx_max(law_bits(law->membrane))};
    const int factor = law->factor.frac_bits, k = n->k;
    const int shift[] = {law->weight.frac_bits + im->layer[layer].input_frac -
                             law->membrane.frac_bits,
                         law->membrane.frac_bits + factor,
                         factor,
                         law->halvings,
                         factor,
                         factor + law->halvings};
    const int64_t word[] = {1, 1, n->p, 1, n->b, n->a};
    for (int i = CURRENT; i <= RECOVER; i++) {
        b->rounding[i].value = i == CURRENT            ? sum[0]
                               : i == SQUARE && k >= 0 ? square
                               : i == LINEAR || i == FOLLOW
                                   ? all
                                   : (struct corners_interval){-fx_umax(40), fx_umax(40)};
        b->rounding[i].factor = (struct corners_interval){word[i], word[i]};
        b->rounding[i].shift = shift[i] > 0 ? shift[i] : 0;
    }
    b->rounding[SQUARE].value.hi = fx_umax(60);
    for (int i = MEMBRANE; i <= ADAPT; i++) {
        b->clamp[i] = any;
        b->ends[i] = all;
    }
    b->state[0] = b->state[1] = all;
    b->compare[0] = any;
    for (int i = UPWARDS; i <= FROM_TOP; i++)
        b->flag[i] = true;
}

static enum fx_round rounds(const void *of, int slot)
{
    (void)slot;
    return ((const struct izhikevich_law *)of)->round;
}

static bool chosen(int slot)
{
    (void)slot; // one choice for all of them
    return false;
}

static bool nudges(const struct law_image *im, int slot)
{
    const struct izhikevich_law *law = im->law;
    int align = law->weight.frac_bits + im->layer[0].input_frac - law->membrane.frac_bits;
    return slot == CURRENT ? align > 0 : slot == SQUARE || slot == LINEAR;
}

static bool nudge(int slot, int64_t value, int64_t delta, const struct law_tick *in,
                  const void *before, void *of_neuron, int64_t *sum)
{
    const struct izhikevich_law *law = in->law;
    struct izhikevich_neuron *n = of_neuron;
    (void)before;
    if (slot == CURRENT) {
        int align = law->weight.frac_bits + in->input_frac - law->membrane.frac_bits;
        *sum += fx_shl(fx_shr(value, align, law->round) + delta, align) - value;
        return true;
    }
    return (slot == SQUARE || slot == LINEAR) &&
           corners_push(&n->bias, delta); // it stands in the same sum
}

const struct corners_law corners_izhikevich = {
    .kind = &izhikevich_kind,
    .rounding = {"current", "square", "linear", "integrate", "recover, what it follows", "recover"},
    .clamp = {"membrane", "recovery", "recovery after a spike"},
    .compare = {"fire"},
    .flag = {[UPWARDS] = "v: from below 0 upwards",
             [DOWNWARDS] = "v: from 0 or above to below 0",
             [MINUS_1] = "v: -1",
             [FROM_TOP] = "fire: from the upper end of the membrane"},
    .tick = see,
    .bounds = bounds,
    .way = rounds,
    .chosen = chosen,
    .nudges = nudges,
    .nudge = nudge};
