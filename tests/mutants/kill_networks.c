#include "tests/mutants/kill_model.h"

enum { TICKS = 16, STRIDE = 160, NETS = 208 };

struct record {
    uint64_t z[IMAGE_MAX_LAYERS][TICKS * 3];
    int32_t words[IMAGE_MAX_LAYERS][4][TICKS * STRIDE];
    int32_t count[STRIDE];
    int64_t spikes[IMAGE_MAX_LAYERS];
} __attribute__((aligned(64)));

static struct trace trace_into(struct record *m, const struct law *a, bool all)
{
    struct trace t = {.count = m->count, .spikes = all ? m->spikes : 0};
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        t.layer[l] = (struct trace_layer){.z = all ? m->z[l] : 0,
                                          .c = all ? m->words[l][0] : 0,
                                          .v = all ? m->words[l][1] : 0,
                                          .u = all && a->has_current ? m->words[l][2] : 0,
                                          .r = all && a->refractory_ticks ? m->words[l][3] : 0,
                                          .stride = STRIDE};
    return t;
}

struct watching {
    struct oracle o;
    const struct image *im;
    const struct stimulus *s;
    int calls, wrong, tick;
};

// Called neuron by neuron, layer by layer: the oracle takes its tick with the first of them.
static void watch(void *context, int tick, int layer, int neuron, const struct law_state *before,
                  const struct law_stages *stages)
{
    struct watching *w = context;
    if (layer == 0 && neuron == 0) {
        w->wrong += tick != w->tick++;
        oracle_tick(&w->o, w->im, w->s->x + tick * w->im->layer[0].n_in,
                    w->s->jitter ? w->s->jitter[tick] : 0);
    }
    w->calls++;
    const struct law_state *b = &w->o.before[layer][neuron];
    const struct law_stages *e = &w->o.stages[layer][neuron];
    w->wrong += before->v != b->v || before->u != b->u || before->r != b->r ||
                stages->gather != e->gather || stages->current != e->current ||
                stages->leak != e->leak || stages->integrate != e->integrate ||
                stages->refract != e->refract;
}

static int same_as_oracle(const struct image *im, const struct stimulus *s, const struct record *m)
{
    static struct oracle o;
    memset(&o, 0, sizeof o);
    const struct law *a = &im->law;
    for (int t = 0; t < s->n_ticks; t++) {
        oracle_tick(&o, im, s->x + t * im->layer[0].n_in, s->jitter ? s->jitter[t] : 0);
        for (int l = 0; l < im->n_layers; l++)
            for (int n = 0; n < im->layer[l].n_out; n++) {
                int words = (im->layer[l].n_out + 63) / 64, at = t * STRIDE + n;
                bool z = m->z[l][t * words + n / 64] / ((uint64_t)1 << n % 64) % 2;
                REQUIRE(z == o.z[l][n] && m->words[l][0][at] == o.stages[l][n].clamp);
                REQUIRE(m->words[l][1][at] == o.state[l][n].v);
                REQUIRE(!a->has_current || m->words[l][2][at] == o.state[l][n].u);
                REQUIRE(!a->refractory_ticks || m->words[l][3][at] == o.state[l][n].r);
            }
    }
    const struct image_layer *last = &im->layer[im->n_layers - 1];
    REQUIRE(!memcmp(o.count, m->count, (size_t)last->n_out * sizeof *o.count));
    for (int l = 0; l < im->n_layers; l++)
        REQUIRE(o.spikes[l] == m->spikes[l]);
    return 0;
}

// Accumulators are narrow exactly where the sums prove it; the kernel runs exactly in its domain.
static int check_choice(const struct network *net, const struct image *im)
{
    const struct law *a = &im->law;
    bool fast = law_bits(a->membrane) <= 16 && !a->integrate_first &&
                !(a->has_current && law_bits(a->current) > 16);
    for (int l = 0; l < im->n_layers; l++) {
        int64_t bound = oracle_bound(im, l);
        int align = a->weight.frac_bits + (l ? 0 : a->input.frac_bits) - a->membrane.frac_bits;
        REQUIRE(net->layer[l].narrow == (bound <= 32767) && net->layer[l].align == align);
        for (int i = align; i < 0; i++)
            bound *= 2;
        fast = fast && align >= -15 && align <= 30 && bound < (1 << 30);
    }
    REQUIRE(net->fast == fast && net->isa == NETWORK_GENERIC && net->n_layers == im->n_layers);
    return 0;
}

// Sums of Σ|w|·x at and one above what 16 bits and 2^30 hold, all of one sign, all sources active.
static void at_a_bound(struct random *r, struct image *im, uint8_t *x)
{
    struct image_layer *y = &im->layer[0];
    int64_t top = fx_umax(law_bits(im->law.input)), w_max = fx_max(law_bits(im->law.weight));
    int64_t left = (32767 + draw(r, 0, 1)) / top, sign = draw(r, 0, 1) ? 1 : -1;
    if (y->topology != IMAGE_DENSE) return;
    for (int s = 0; s < y->n_source; s++) {
        int64_t w = s >= y->n_in ? 0 : left > w_max ? w_max : left;
        left -= w;
        for (int n = 0; n < y->n_out; n++)
            y->w[s * y->n_out + n] = (int16_t)(sign * w);
    }
    memset(x, (int)top, (size_t)(TICKS * y->n_in));
}

// One choice away from the law that the kernel has an instance for: it must not be taken for it.
static void change_one(struct law *a, int which)
{
    static const enum fx_round other[] = {FX_FLOOR, FX_TOWARD_ZERO};
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
        a->has_current = true, a->current = a->membrane, a->decay_kind = LAW_LEAK_EXPONENTIAL;
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
    default:
        a->leak_kind = LAW_LEAK_NONE; // as the unused decay's
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
        a.has_current = true, a.membrane = (struct law_format){7, 8};
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
    default: // and of the membrane
        a.membrane = (struct law_format){(int8_t)(which + 2), 8};
    }
    return a;
}

static struct law draw_law(struct random *r, int i)
{
    if (i % 8 == 4) {
        struct law law = law_of_demo;
        return change_one(&law, i / 8 % 13), law;
    }
    if (i % 8 == 6) return at_a_limit(i / 8 % 8);
    struct law law =
        i % 4 ? random_law(r) : law_of_demo; // the kernel has an instance of the demo's
    if (i % 4 == 1) {                        // what the kernel takes
        law.integrate_first = false;
        if (law_bits(law.membrane) > 16) law.membrane.frac_bits = 8;
        law.current.frac_bits = law.membrane.frac_bits;
    }
    return law;
}

static int check_network(struct random *r, int i)
{
    static char im_memory[1 << 20] __attribute__((aligned(64))),
        memory[1 << 20] __attribute__((aligned(64)));
    static struct record m;
    static struct network net;
    static struct watching w;
    struct image im;
    uint8_t x[TICKS * 64];
    int16_t jitter[TICKS];
    struct law law = draw_law(r, i);
    struct image_shape shape = random_shape(r);
    if (i % 16 == 0) shape = (struct image_shape){1, {{20, 70, IMAGE_DENSE, true}}};
    if (i % 16 == 1)
        shape = (struct image_shape){
            2, {{9, 130, IMAGE_DENSE, i % 32 == 1}, {130, 40, IMAGE_DENSE, false}}};
    if (i % 16 == 2)
        shape = (struct image_shape){
            2, {{40, 40, IMAGE_ONE_TO_ONE, false}, {40, 33, IMAGE_DENSE, true}}};
    if (i % 16 == 3)
        shape = (struct image_shape){
            2, {{10, 130, IMAGE_DENSE, false}, {130, 130, IMAGE_ONE_TO_ONE, false}}};
    bool limit = i % 8 == 6 && (i / 8 % 8 == 4 || i / 8 % 8 == 5);
    if (limit) shape.layer[0].topology = IMAGE_DENSE;
    memset(im_memory, 0, sizeof im_memory);
    image_init(&im, &law, &shape, im_memory);
    random_words(r, &im);
    random_stimulus(r, &im, TICKS, x, jitter);
    if (limit || i % 3 == 0) at_a_bound(r, &im, x);
    size_t size = network_size(&shape);
    REQUIRE(size % 64 == 0 && size + 64 <= sizeof memory);
    memset(memory, 0xa5, size + 64); // not zeroed by anybody
    memset(&net, 0xa5, sizeof net);
    network_init(&net, &im, memory);
    int where = check_choice(&net, &im);
    struct stimulus s = {TICKS, x, i % 5 ? jitter : 0};
    for (int path = 0; path < 3 && !where; path++) {
        struct trace t = trace_into(&m, &law, true), none = trace_into(&m, &law, false);
        memset(&m, 0, sizeof m);
        if (path == 0) {
            memset(&w, 0, sizeof w);
            w.im = &im, w.s = &s;
            network_run_watched(&net, &s, &t, watch, &w);
            REQUIRE(!w.wrong && w.calls == TICKS * image_neurons(&im));
        } else if (path == 1) {
            network_run_ref(&net, &s, &t); // counts of a run begin at 0
            network_run_ref(&net, &s, &none);
            network_run_ref(&net, &s, &t);
        } else {
            network_run(&net, &s, &t);
            network_run(&net, &s, &none);
            network_run(&net, &s, &t);
        }
        where = same_as_oracle(&im, &s, &m);
    }
    for (size_t k = 0; k < 64; k++)
        REQUIRE(memory[size + k] == (char)0xa5);
    return where;
}

// The kernel's memory: arrays apart and in the order of network.h, padding silent, no byte too
// many.
static int check_memory(int n_in, int n_out, bool recurrent)
{
    static char im_memory[1 << 21] __attribute__((aligned(64))),
        memory[1 << 21] __attribute__((aligned(64)));
    static struct network net;
    struct image_shape shape = {1, {{n_in, n_out, IMAGE_DENSE, recurrent}}};
    struct image im;
    REQUIRE(image_size(&shape) <= sizeof im_memory && network_size(&shape) <= sizeof memory);
    memset(im_memory, 0, sizeof im_memory);
    image_init(&im, &law_of_demo, &shape, im_memory);
    struct random r = {34};
    random_words(&r, &im);
    memset(memory, 0xa5, sizeof memory);
    network_init(&net, &im, memory);
    struct network_layer *y = &net.layer[0];
    int32_t *const arrays[] = {y->lambda, y->lambda_slope, y->mu,  y->mu_slope,
                               y->theta,  y->bias,         y->v,   y->u,
                               y->r,      y->lambda_t,     y->mu_t};
    char *at = (char *)(y->w + y->n_pad * im.layer[0].n_source);
    for (int i = 0; i < 11; i++) {
        REQUIRE((char *)arrays[i] >= at && (char *)arrays[i] < at + 64);
        at = (char *)(arrays[i] + y->n_pad);
    }
    REQUIRE((char *)y->z >= at && (char *)y->z_before >= (char *)(y->z + (n_out + 63) / 64));
    at = (char *)(y->z_before + (n_out + 63) / 64);
    REQUIRE(at <= memory + network_size(&shape) && at + 64 > memory + network_size(&shape));
    for (int s = 0; s < im.layer[0].n_source; s++)
        for (int n = 0; n < y->n_pad; n++)
            REQUIRE(y->w[s * y->n_pad + n] == (n < n_out ? im.layer[0].w[s * n_out + n] : 0));
    return 0;
}

int check_networks(void)
{
    struct random r = {33};
    REQUIRE(network_decide((int32_t[]){3, 3, 1}, 3) == 0 &&
            network_decide((int32_t[]){2, 3, 3}, 3) == 1);
    REQUIRE(network_decide((int32_t[]){0, 0}, 2) == 0 &&
            network_decide((int32_t[]){1, 2, 3}, 3) == 2);
    struct network none = {.isa = NETWORK_GENERIC};
    REQUIRE(network_has_isa(NETWORK_GENERIC) && network_use_isa(&none, NETWORK_GENERIC));
    REQUIRE(!network_has_isa(NETWORK_AVX2) && !network_use_isa(&none, NETWORK_AVX2));
    REQUIRE(none.isa == NETWORK_GENERIC);
    int where = check_memory(3, 33, true);
    if (!where) where = check_memory(4, 600, false);
    for (int i = 0; i < NETS && !where; i++)
        where = check_network(&r, i);
    return where;
}
