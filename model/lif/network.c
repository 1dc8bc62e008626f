#include "model/lif/network.h"

#include <string.h>

ISA_KERNEL(network_kernel, kernel_run)

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

enum { NEURON_ARRAYS = WORDS - 1 + 5 }; // all words but weights; λ_t, μ_t, μ2_t, spikes twice

static size_t late_size(int taps, int n_in)
{
    size_t row = (size_t)trace_spike_words(n_in) * sizeof(uint64_t);
    return taps > 1 ? (IMAGE_MAX_LATE + 1) * row : 0;
}

static size_t layer_size(int n_rows, int n_out)
{
    size_t n_pad = (size_t)network_padded(n_out), words = (size_t)trace_spike_words(n_out);
    return aligned((size_t)n_rows * n_pad * sizeof(int16_t)) +
           NEURON_ARRAYS * n_pad * sizeof(int32_t) + 2 * aligned(words * sizeof(uint64_t));
}

size_t network_size(const struct law *law, const struct image_shape *s)
{
    size_t bytes = 0;
    for (int l = 0; l < s->n_layers; l++) {
        int rows = (law->currents > 1 ? law->currents : 1) * image_fan_in(s, l);
        bytes += layer_size(rows, s->layer[l].n_out) +
                 aligned(late_size(s->layer[l].taps, s->layer[l].n_in));
    }
    return bytes;
}

static char *layer_layout(struct network_layer *y, int n_rows, char *at)
{
    size_t n_pad = (size_t)y->n_pad;
    y->w = (int16_t *)at;
    at += aligned((size_t)n_rows * n_pad * sizeof(int16_t));
    int32_t **others[] = {&y->lambda_t, &y->mu_t, &y->mu2_t, &y->spikes, &y->spikes_before};
    for (int i = 1; i < WORDS; i++, at += n_pad * sizeof(int32_t))
        y->word[i] = (int32_t *)at;
    for (int i = 0; i < 5; i++, at += n_pad * sizeof(int32_t))
        *others[i] = (int32_t *)at;
    y->v = y->word[WORD_V];
    y->u = y->word[WORD_U];
    y->r = y->word[WORD_R];
    size_t words = (size_t)trace_spike_words(y->n_out);
    y->z = (uint64_t *)at;
    at += aligned(words * sizeof(uint64_t));
    y->z_before = (uint64_t *)at;
    return at + aligned(words * sizeof(uint64_t));
}

static void layer_words(struct network_layer *y, const struct image_layer *from)
{
    for (int s = 0; s < from->n_rows; s++) {
        memcpy(&y->w[s * y->n_pad], &from->w[s * y->n_out], (size_t)y->n_out * sizeof(int16_t));
        memset(&y->w[s * y->n_pad + y->n_out], 0, (size_t)(y->n_pad - y->n_out) * sizeof(int16_t));
    }
    for (int n = 0; n < y->n_pad; n++) {
        static const struct law_neuron silent = {.theta = INT32_MAX};
        const struct law_neuron *p = n < y->n_out ? &from->neuron[n] : &silent;
        for (int i = 1; i < WORD_V; i++)
            y->word[i][n] = law_get(&lif_kind.word[i], p);
    }
}

// Largest |result| of a leak or decay of an |x| <= most, and whether its product leaves 32 bits.
static int64_t leak_bound(const struct law *law, enum law_leak kind, int64_t most, bool *wide)
{
    int64_t factor =
        law_leak_max(law) > -law_leak_min(law) ? law_leak_max(law) : -law_leak_min(law);
    int frac = law->leak.frac_bits;
    *wide = false;
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL: {
        // x lies in -most..most - 1; what rounds up adds less than 2^frac.
        const fx_wide exact = fx_mul(most, factor), rounded = exact + fx_one(frac);
        const fx_wide above = law->leak_signed ? rounded : rounded - factor;
        *wide = exact > (fx_wide)fx_one(31) || above > (fx_wide)fx_one(31);
        return (int64_t)fx_wide_shr_rne(rounded, frac) + 1;
    }
    case LAW_LEAK_NONE:
        return 0;
    case LAW_LEAK_TWO_SHIFTS:
        return 2 * most;
    default:
        return most; // a shift, or a constant current
    }
}

// Whether the 32-bit lanes of model/lif/law_lanes.h hold every sum that this law and these words can
// make: all within ±2^30.
static bool fits_kernel(const struct image *im, struct network_wide *wide)
{
    const struct law *law = &im->law;
    const int64_t most = fx_one(30), v = fx_one(law_bits(law->membrane) - 1);
    const int64_t u = law->currents ? fx_one(law_bits(law->current) - 1) : 0;
    *wide = (struct network_wide){0};
    if (law_bits(law->leak) > 30 || v > most / 2 || u > most / 2) return false; // λ and its jitter
    const int64_t decay = law->currents ? leak_bound(law, law->decay_kind, u, &wide->decay) : 0;
    for (int l = 0; l < im->n_layers; l++) {
        int align = law_align(law, im->layer[l].input_frac);
        int64_t gathered = image_gather_bound(im, l) + (law->saturate_each ? u : 0);
        if (gathered >= most || align < -15 || align > 62) return false;
        if (law->has_gain) {
            fx_wide product = fx_mul(gathered, fx_one(law_bits(law->gain) - 1));
            bool wider = product >= (fx_wide)most || align > 30;
            if (product >= (fx_wide)fx_one(61) || (wider && align < 0)) return false;
            wide->gain = wide->gain || wider;
            gathered = (int64_t)product;
        } else if (align > 30) {
            return false;
        }
        int64_t i = align < 0 ? fx_shl(gathered, -align) : fx_shr_floor(gathered, align) + 1;
        if (i >= most || u + decay + i >= most) return false;
        int64_t input = (law->currents ? law->currents * u : i) + v;
        int64_t leaking = v + (law->has_rest ? v : 0) + (law->integrate_first ? input : 0);
        if (leaking >= most) return false;
        bool wide_leak;
        int64_t leak = leak_bound(law, law->leak_kind, leaking, &wide_leak);
        if (v + leak + input >= most) return false;
        wide->leak = wide->leak || wide_leak;
        const int lifts = im->layer[l].max_spikes + (law->fire_before ? 2 : 0);
        if (v * (1 + lifts) >= most) return false; // θ below 0 lifts
    }
    return true;
}

void network_init(struct network *net, const struct image *im, void *memory)
{
    char *at = memory;
    net->law = im->law;
    net->image = im;
    net->n_layers = im->n_layers;
    net->written = false;
    net->fast = fits_kernel(im, &net->wide);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *from = &im->layer[l];
        struct network_layer *y = &net->layer[l];
        y->n_in = from->n_in;
        y->n_out = from->n_out;
        y->n_pad = network_padded(from->n_out);
        y->topology = from->topology;
        y->recurrent = from->recurrent;
        y->delayed = from->delayed;
        y->max_spikes = from->max_spikes;
        y->taps = from->taps;
        y->spacing = from->spacing;
        y->n_heard = from->n_heard;
        y->n_source = from->n_source;
        y->align = law_align(&im->law, from->input_frac);
        y->narrow = image_gather_bound(im, l) <= fx_max(16);
        at = layer_layout(y, from->n_rows, at);
        y->late = y->taps > 1 ? (uint64_t *)at : 0;
        at += aligned(late_size(y->taps, y->n_in));
        layer_words(y, from);
    }
    net->isa = isa_best();
}

bool network_use_isa(struct network *net, enum isa isa)
{
    bool have = isa_has(isa);
    if (have) net->isa = isa;
    return have;
}

void network_rest(struct network *net, struct trace *t)
{
    for (int l = 0; l < net->n_layers; l++) {
        struct network_layer *y = &net->layer[l];
        size_t bytes = (size_t)y->n_pad * sizeof(int32_t);
        size_t z_bytes = (size_t)trace_spike_words(y->n_out) * sizeof(uint64_t);
        if (net->written) layer_words(y, &net->image->layer[l]);
        for (int i = WORD_V; i < WORDS; i++)
            memset(y->word[i], 0, bytes);
        if (net->law.has_rest) memcpy(y->v, y->word[WORD_REST], bytes);
        memset(y->spikes, 0, bytes);
        memset(y->z, 0, z_bytes);
        if (y->late) memset(y->late, 0, late_size(y->taps, y->n_in));
        if (t->spikes) t->spikes[l] = 0;
    }
    net->written = false;
    net->next_write = 0;
    memset(t->count, 0, (size_t)net->layer[net->n_layers - 1].n_out * sizeof *t->count);
}

// The writes of a tick; those before it are done.
static void write_words(struct network *net, const struct stimulus *s, int tick)
{
    int *next = &net->next_write;
    for (; *next < s->n_writes && s->write[*next].tick == tick; ++*next) {
        const struct stimulus_write *e = &s->write[*next];
        struct network_layer *y = &net->layer[e->layer];
        const struct law_range range = lif_kind.word[e->word].range(&net->law);
        int16_t *w = &y->w[e->row * y->n_pad + e->neuron];
        if (e->word == WORD_WEIGHT) {
            *w = (int16_t)stimulus_written(&range, e, *w);
        } else {
            int32_t *word = &y->word[e->word][e->neuron];
            *word = (int32_t)stimulus_written(&range, e, *word);
        }
        net->written = true;
    }
}

static struct law_neuron words_of(const struct network_layer *y, int n)
{
    int32_t *const *w = y->word;
    return (struct law_neuron){.lambda = w[WORD_LAMBDA][n],
                               .lambda_slope = w[WORD_LAMBDA_SLOPE][n],
                               .mu = w[WORD_MU][n],
                               .mu_slope = w[WORD_MU_SLOPE][n],
                               .theta = w[WORD_THETA][n],
                               .bias = w[WORD_BIAS][n],
                               .mu2 = w[WORD_MU2][n],
                               .mu2_slope = w[WORD_MU2_SLOPE][n],
                               .gain = w[WORD_GAIN][n],
                               .rest = w[WORD_REST][n],
                               .reset = w[WORD_RESET][n]};
}

// One neuron's tick; what it did goes into the network and the trace. x: words of its sources.
static void step_neuron(struct network *net, const struct stimulus *s, struct trace *t, int tick,
                        int l, int n, const int32_t *x, network_watch *watch, void *context)
{
    struct network_layer *y = &net->layer[l];
    const struct trace_layer *ty = &t->layer[l];
    const struct law_neuron words = words_of(y, n);
    const struct law_tick in = {.law = &net->law,
                                .neuron = &words,
                                .w = y->w + n,
                                .stride = y->n_pad,
                                .x = y->topology == IMAGE_ONE_TO_ONE ? x + n : x,
                                .n_source = y->n_source,
                                .input_frac = net->image->layer[l].input_frac,
                                .max_spikes = y->max_spikes,
                                .jitter = s->jitter ? s->jitter[tick] : 0};
    struct law_state state = {y->v[n], y->u[n], y->word[WORD_U2][n], y->r[n]}, before = state;
    struct law_stages stages;
    lif_kind.step(&in, &state, &stages);
    y->v[n] = state.v;
    y->u[n] = state.u;
    y->word[WORD_U2][n] = state.u2;
    y->r[n] = state.r;
    y->spikes[n] = stages.fire;
    if (stages.fire) y->z[n / 64] |= fx_one(n % 64);
    size_t at = (size_t)tick * (size_t)ty->stride + (size_t)n;
    if (ty->c) ty->c[at] = stages.clamp;
    if (ty->c16) ty->c16[at] = (int16_t)stages.clamp;
    if (ty->v) ty->v[at] = state.v;
    if (ty->u) ty->u[at] = state.u;
    if (ty->u2) ty->u2[at] = state.u2;
    if (ty->r) ty->r[at] = state.r;
    if (ty->n) ty->n[at] = stages.fire;
    if (t->spikes) t->spikes[l] += stages.fire;
    if (l == net->n_layers - 1) t->count[n] += stages.fire;
    if (watch) watch(context, tick, l, n, &before, &stages);
}

// The rows of its taps from the words of the first; those are remembered.
static void hear_taps(const struct network_layer *y, int tick, int32_t *x)
{
    uint64_t *now = network_late(y, tick, 0);
    memset(now, 0, (size_t)trace_spike_words(y->n_in) * sizeof *now);
    for (int i = 0; i < y->n_in; i++)
        if (x[i]) now[i / 64] |= fx_one(i % 64);
    for (int k = 1; k < y->taps; k++) {
        const uint64_t *z = network_late(y, tick, k * y->spacing);
        for (int i = 0; i < y->n_in; i++)
            x[k * y->n_in + i] = (int32_t)fx_bit(z[i / 64], i % 64);
    }
}

// The words of a layer's sources.
static void hear(const struct network *net, const struct stimulus *s, int tick, int l, int32_t *x)
{
    const struct network_layer *y = &net->layer[l], *from = l ? y - 1 : 0;
    const int32_t *spikes = !l ? 0 : y->delayed ? from->spikes_before : from->spikes;
    for (int i = 0; i < y->n_in; i++)
        x[i] = l ? spikes[i] : stimulus_x(s, y->n_in, tick, i);
    if (y->taps > 1) hear_taps(y, tick, x);
    if (y->recurrent) memcpy(x + y->n_heard, y->spikes_before, (size_t)y->n_out * sizeof *x);
}

void network_tick_watched(struct network *net, const struct stimulus *s, struct trace *t, int tick,
                          network_watch *watch, void *context)
{
    write_words(net, s, tick);
    for (int l = 0; l < net->n_layers; l++) { // before any layer runs: a delayed one looks back
        struct network_layer *y = &net->layer[l];
        memcpy(y->spikes_before, y->spikes, (size_t)y->n_pad * sizeof *y->spikes);
    }
    for (int l = 0; l < net->n_layers; l++) {
        struct network_layer *y = &net->layer[l];
        size_t n_words = (size_t)trace_spike_words(y->n_out);
        int32_t x[2 * IMAGE_MAX_NEURONS]; // of inputs, of own spikes
        hear(net, s, tick, l, x);
        memset(y->z, 0, n_words * sizeof *y->z);
        for (int n = 0; n < y->n_out; n++)
            step_neuron(net, s, t, tick, l, n, x, watch, context);
        if (t->layer[l].z)
            memcpy(&t->layer[l].z[(size_t)tick * n_words], y->z, n_words * sizeof *y->z);
    }
}

void network_run_watched(struct network *net, const struct stimulus *s, struct trace *t,
                         network_watch *watch, void *context)
{
    network_rest(net, t);
    for (int tick = 0; tick < s->n_ticks; tick++)
        network_tick_watched(net, s, t, tick, watch, context);
}

void network_run_ref(struct network *net, const struct stimulus *s, struct trace *t)
{
    network_run_watched(net, s, t, 0, 0);
}

static bool needs_reference(const struct network *net, const struct stimulus *s)
{
    if (!net->fast) return true;
    for (int i = 0; i < s->n_writes; i++)
        if (s->write[i].word == WORD_WEIGHT) return true; // `narrow` is proven of the image's
    return false;
}

void network_run(struct network *net, const struct stimulus *s, struct trace *t)
{
    if (needs_reference(net, s)) {
        network_run_ref(net, s, t);
        return;
    }
    const int *next = &net->next_write;
    network_rest(net, t);
    for (int from = 0, to; from < s->n_ticks; from = to) {
        write_words(net, s, from);
        bool more = *next < s->n_writes && s->write[*next].tick < s->n_ticks;
        to = more ? s->write[*next].tick : s->n_ticks;
        kernel_run_isa[net->isa](net, s, t, from, to);
    }
}

int network_decide(const int32_t *count, int n_out)
{
    int best = 0;
    for (int n = 1; n < n_out; n++)
        if (count[n] > count[best]) best = n;
    return best;
}
