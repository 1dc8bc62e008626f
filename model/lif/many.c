#include "model/lif/many.h"

#include "base/arena.h"

#include <string.h>

ISA_KERNEL(many_build_kernel, many_build)
ISA_KERNEL(many_run_kernel, many_run)

static int rounded_up(int n, int step)
{
    return (n + step - 1) / step * step;
}

// How a layer is cut into slices.
static void slice(struct many_layer *y)
{
    bool packed = y->one_to_one || (y->n_out <= 16 && !y->recurrent);
    y->units_tap = rounded_up(y->n_in, MANY_UNIT) / MANY_UNIT;
    y->units_in = y->taps * y->units_tap;
    y->lanes = y->recurrent && y->n_out > MANY_LANES ? 2 * MANY_LANES : MANY_LANES;
    y->neurons = y->lanes;
    if (packed) y->neurons = y->one_to_one || y->n_out > 8 ? 16 : y->n_out > 4 ? 8 : 4;
    y->n_slices = rounded_up(y->n_out, y->neurons) / y->neurons;
    y->units_out = rounded_up(y->n_slices * y->neurons, MANY_UNIT) / MANY_UNIT;
}

// Words of the table of a slice: of 4 sources 16 sums, or, of several clips' neurons, 256 of 8.
static size_t table_words(const struct many_layer *y)
{
    if (y->one_to_one) return 0;
    if (y->neurons < y->lanes) return (size_t)y->units_in * 2 * 256 * (size_t)y->neurons;
    int units = y->units_in + (y->recurrent ? y->lanes / MANY_UNIT : 0);
    return (size_t)units * 4 * 16 * (size_t)y->lanes;
}

static bool shape_fits(const struct image_shape *s)
{
    for (int l = 0; l < s->n_layers; l++) {
        if (s->layer[l].n_in > MANY_NEURONS || s->layer[l].n_out > MANY_NEURONS) return false;
        if (s->layer[l].recurrent && s->layer[l].n_out > MANY_OWN) return false;
        if (s->layer[l].delayed || s->layer[l].max_spikes > 1) return false;
        if (s->layer[l].taps > 1 &&
            s->layer[l].taps * rounded_up(s->layer[l].n_in, MANY_UNIT) > MANY_HEARD)
            return false;
    }
    return true;
}

// Lays out everything but the fallback's own memory, which follows.
static void layout(struct many *m, struct arena *a)
{
    size_t rows = MANY_CLIPS * MANY_TICKS;
    for (int l = 0; l < m->n_layers; l++) {
        struct many_layer *y = &m->layer[l];
        size_t words = (size_t)(y->n_slices * y->lanes) * sizeof(int16_t);
        y->w = arena_alloc(a, (size_t)y->n_slices * 16 * sizeof(int16_t));
        y->table = arena_alloc(a, (size_t)y->n_slices * table_words(y) * sizeof(int16_t));
        y->lambda = arena_alloc(a, words);
        y->slope = arena_alloc(a, words);
        y->theta = arena_alloc(a, words);
        y->bias = arena_alloc(a, words);
        y->v = arena_alloc(a, MANY_CLIPS * words);
        y->z = arena_alloc(a, rows * (size_t)y->units_out * sizeof(uint16_t));
        if (y->taps == 1) continue;
        y->x = arena_alloc(a, rows * (size_t)y->units_in * sizeof(uint16_t));
        y->late = arena_alloc(a, many_late_words(y) * sizeof(uint16_t));
    }
    m->x = arena_alloc(a, rows * (size_t)m->layer[0].units_in * sizeof(uint16_t));
    m->input = arena_alloc(a, MANY_TICKS * MANY_LANES * sizeof(int16_t));
    m->jitter = arena_alloc(a, MANY_TICKS * MANY_LANES * sizeof(int16_t));
    m->fired = arena_alloc(a, MANY_TICKS * sizeof(uint64_t));
}

static void set_shape(struct many *m, const struct image_shape *s)
{
    m->n_layers = s->n_layers;
    for (int l = 0; l < s->n_layers; l++) {
        struct many_layer *y = &m->layer[l];
        *y = (struct many_layer){.n_in = s->layer[l].n_in,
                                 .n_out = s->layer[l].n_out,
                                 .taps = s->layer[l].taps > 1 ? s->layer[l].taps : 1,
                                 .spacing = s->layer[l].spacing,
                                 .one_to_one = s->layer[l].topology == IMAGE_ONE_TO_ONE,
                                 .recurrent = s->layer[l].recurrent};
        slice(y);
    }
}

size_t many_size(const struct law *law, const struct image_shape *s)
{
    struct many m;
    struct arena a = {0};
    if (shape_fits(s)) {
        set_shape(&m, s);
        layout(&m, &a);
    }
    return a.used + network_size(law, s) + layers_size(s);
}

// What the 16-bit lanes can do of a law. λ has to be a fraction of 2^16, a linear leak a word.
static bool law_fits(const struct law *law)
{
    if (law_beyond(law) || law->integrate_first || law->currents || law->refractory_ticks)
        return false;
    if (law_bits(law->membrane) > 16) return false;
    if (law->leak_kind != LAW_LEAK_EXPONENTIAL) return true;
    return law->leak.frac_bits <= 16 && law->leak.int_bits <= 0;
}

// λ and δ of a neuron as the lanes hold them.
static int32_t lane_lambda(const struct many *m, const struct law_neuron *p)
{
    if (m->law.leak_kind == LAW_LEAK_SHIFT) // v / 2^16 rounds as v / 2^n does for any n > 16
        return (int32_t)fx_one(p->lambda > 15 ? 0 : 16 - p->lambda);
    return (int32_t)fx_shl(p->lambda, m->leak_shift);
}

// The neurons' words in lanes; false if one does not fit.
static bool neurons_fit(struct many *m, int l)
{
    struct many_layer *y = &m->layer[l];
    const struct law_neuron *neuron = m->image->layer[l].neuron;
    int64_t top = fx_umax(law_bits(m->law.leak));
    bool linear = m->leak_kind == LAW_LEAK_LINEAR, none = m->leak_kind == LAW_LEAK_NONE;
    bool moves = m->law.leak_kind == LAW_LEAK_EXPONENTIAL || linear;
    y->jitters_within = m->leak_shift == 0;
    y->high_lambda = false;
    for (int s = 0; s < y->n_slices; s++) {
        int16_t *words[] = {y->lambda, y->slope, y->theta, y->bias};
        for (int i = 0; i < y->neurons; i++) {
            static const struct law_neuron silent = {.theta = INT16_MAX};
            int at = s * y->lanes + i, n = s * y->neurons + i;
            const struct law_neuron *p = n < y->n_out ? &neuron[n] : &silent;
            int32_t lambda = n < y->n_out ? lane_lambda(m, p) : 0;
            int32_t slope = moves ? p->lambda_slope : 0, most = lambda + slope;
            if (lambda > UINT16_MAX || slope > INT16_MAX) return false;
            if (none) lambda = 0;
            if (most > INT16_MAX || most > top || lambda < slope || 2 * slope > INT16_MAX)
                y->jitters_within = false;
            if (most > INT16_MAX || (moves && m->leak_shift)) y->high_lambda = true;
            y->lambda[at] = (int16_t)fx_wrap(lambda, 16);
            y->slope[at] = (int16_t)slope;
            y->theta[at] = (int16_t)p->theta;
            y->bias[at] = (int16_t)p->bias;
        }
        for (int k = 0; k < 4; k++) // the same neurons of the other clips
            for (int i = y->neurons; i < y->lanes; i += y->neurons)
                memcpy(words[k] + s * y->lanes + i, words[k] + s * y->lanes,
                       (size_t)y->neurons * sizeof(int16_t));
    }
    return !(linear && y->high_lambda);
}

static bool fits(struct many *m)
{
    const struct image *im = m->image;
    const struct law *law = &im->law;
    bool graded = law_bits(law->input) > 1;
    if (!law_fits(law)) return false;
    for (int l = 0; l < im->n_layers; l++) {
        struct many_layer *y = &m->layer[l];
        y->align = law_align(law, im->layer[l].input_frac);
        if (y->align > 15 || y->align < (y->one_to_one ? 0 : -15)) return false;
        if (l == 0 && graded && !y->one_to_one) return false;
        if (!neurons_fit(m, l)) return false;
    }
    return true;
}

void many_init(struct many *m, const struct image *im, void *memory)
{
    struct image_shape shape = image_shape_of(im);
    const struct law *law = &im->law;
    *m = (struct many){.image = im, .law = *law, .isa = isa_best(), .memory = memory};
    if (!shape_fits(&shape)) return;
    m->leak_kind = law->leak_kind == LAW_LEAK_SHIFT ? LAW_LEAK_EXPONENTIAL : law->leak_kind;
    m->leak_shift = law->leak_kind == LAW_LEAK_EXPONENTIAL ? 16 - law->leak.frac_bits : 0;
    set_shape(m, &shape);
    struct arena a = {memory, 0};
    layout(m, &a);
    m->memory = a.base + a.used;
    m->fast = fits(m) && many_build_isa[m->isa](m);
}

bool many_use_isa(struct many *m, enum isa isa)
{
    if (!isa_has(isa)) return false;
    m->isa = isa;
    if (m->fast) m->fast = fits(m) && many_build_isa[m->isa](m); // by its own instructions
    if (m->prepared) network_use_isa(&m->fallback, isa);
    return true;
}

// Whether the kernel has what this clip gives and wants.
static bool takes(const struct many *m, const struct stimulus *s, const struct trace *t)
{
    if (!m->fast || s->n_writes) return false;
    for (int l = 0; l < m->n_layers; l++) {
        const struct trace_layer *y = &t->layer[l];
        if (y->c || y->v || y->u || y->r || y->u2 || y->n) return false;
    }
    return true;
}

static bool alike(const struct stimulus *a, const struct stimulus *b)
{
    return a->n_ticks == b->n_ticks && !a->jitter == !b->jitter;
}

void many_run(struct many *m, int n, const struct stimulus *s, struct trace *t)
{
    for (int i = 0; i < n;) {
        int count = 0;
        while (count < MANY_CLIPS && i + count < n && alike(&s[i + count], &s[i]) &&
               takes(m, &s[i + count], &t[i + count]))
            count++;
        if (count) {
            many_run_isa[m->isa](m, count, &s[i], &t[i]);
            i += count;
            continue;
        }
        if (!m->prepared) {
            network_init(&m->fallback, m->image, m->memory);
            network_use_isa(&m->fallback, m->isa);
            struct image_shape shape = image_shape_of(m->image);
            char *tables = (char *)m->memory + network_size(&m->law, &shape);
            m->by_layers = layers_init(&m->layers, &m->fallback, tables);
            m->prepared = true;
        }
        while (m->by_layers && count < LAYERS_CLIPS && i + count < n &&
               s[i + count].n_ticks == s[i].n_ticks &&
               layers_take(&m->layers, &s[i + count], &t[i + count]))
            count++;
        if (count)
            layers_run(&m->layers, count, &s[i], &t[i]);
        else
            network_run(&m->fallback, &s[i], &t[i]);
        i += count ? count : 1;
    }
}
