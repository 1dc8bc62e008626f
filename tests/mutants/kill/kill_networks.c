#include "tests/mutants/kill/kill_model.h"

enum { TICKS = 16, NETS = 192, WRITES = 40, GUARD = 256 };
enum { LAYER_WORDS = 2 * 4128, LAYER_Z = 2 * 65, TRACED = 6 }; // room in a record

// Everything that a run leaves; what the oracle says has the same form.
struct record {
    uint64_t z[IMAGE_MAX_LAYERS][LAYER_Z];
    int32_t words[IMAGE_MAX_LAYERS][TRACED][LAYER_WORDS]; // c, v, u, u2, r, n
    int16_t c16[IMAGE_MAX_LAYERS][LAYER_WORDS]; // c again, of membranes of at most 16 bits
    int32_t count[ORACLE_NEURONS];
    int64_t spikes[IMAGE_MAX_LAYERS];
} __attribute__((aligned(64)));

enum { UNTOUCHED = (int32_t)0xa5a5a5a5 };
enum recording { NOTHING, ALL, ALL_BUT_N }; // the last without u2 either

static struct trace trace_into(struct record *m, const struct image *im, enum recording what)
{
    struct trace t = {.count = m->count, .spikes = what ? m->spikes : 0};
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        struct trace_layer *y = &t.layer[l];
        int n_out = l < im->n_layers ? im->layer[l].n_out : 1;
        y->stride = (n_out + 31) / 32 * 32;
        if (what == NOTHING) continue;
        int32_t(*w)[LAYER_WORDS] = m->words[l];
        *y = (struct trace_layer){.z = m->z[l],
                                  .c = w[0],
                                  .v = w[1],
                                  .u = w[2],
                                  .u2 = w[3],
                                  .r = w[4],
                                  .n = w[5],
                                  .stride = y->stride};
        if (law_bits(im->law.membrane) <= 16) y->c16 = m->c16[l];
        if (!im->law.currents) y->u = 0;
        if (im->law.currents < 2) y->u2 = 0;
        if (!im->law.refractory_ticks) y->r = 0;
        if (what == ALL_BUT_N) y->n = y->u2 = 0;
    }
    return t;
}

// A second image of the same words, for the oracle's writes.
struct twin {
    struct image im;
    char memory[1 << 21] __attribute__((aligned(64)));
};

static const struct image *copy_of(const struct image *im, size_t bytes, struct twin *to)
{
    const char *from = (const char *)im->layer[0].w;
    to->im = *im;
    memcpy(to->memory, from, bytes);
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &to->im.layer[l];
        y->w = (int16_t *)(to->memory + ((const char *)y->w - from));
        y->neuron = (struct law_neuron *)(to->memory + ((const char *)y->neuron - from));
    }
    return &to->im;
}

struct watching {
    struct oracle o;
    struct twin im;
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
        oracle_write(&w->o, &w->im.im, w->s, tick);
        oracle_tick(&w->o, &w->im.im, w->s, tick);
    }
    w->calls++;
    const struct law_state *b = &w->o.before[layer][neuron];
    const struct law_stages *e = &w->o.stages[layer][neuron];
    w->wrong += before->v != b->v || before->u != b->u || before->u2 != b->u2 ||
                before->r != b->r || stages->gather != e->gather || stages->current != e->current ||
                stages->leak != e->leak || stages->integrate != e->integrate ||
                stages->clamp != e->clamp || stages->fire != e->fire || stages->reset != e->reset ||
                stages->refract != e->refract;
}

// What a run is to leave.
static void expect(const struct image *im, size_t bytes, const struct stimulus *s, struct record *m)
{
    static struct oracle o;
    static struct twin twin;
    copy_of(im, bytes, &twin);
    oracle_rest(&o, im);
    memset(m, 0, sizeof *m);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        oracle_write(&o, &twin.im, s, tick);
        oracle_tick(&o, &twin.im, s, tick);
        for (int l = 0; l < im->n_layers; l++) {
            int n_out = im->layer[l].n_out, words = (n_out + 63) / 64;
            for (int n = 0; n < n_out; n++) {
                int at = tick * ((n_out + 31) / 32 * 32) + n;
                const struct law_state *after = &o.state[l][n];
                const int32_t all[TRACED] = {
                    o.stages[l][n].clamp, after->v, after->u, after->u2, after->r, o.z[l][n]};
                for (int k = 0; k < TRACED; k++)
                    m->words[l][k][at] = all[k];
                if (o.z[l][n]) m->z[l][tick * words + n / 64] |= (uint64_t)1 << n % 64;
            }
        }
    }
    memcpy(m->count, o.count, sizeof m->count);
    memcpy(m->spikes, o.spikes, sizeof m->spikes);
}

static int same_record(const struct image *im, const struct stimulus *s, const struct record *m,
                       const struct record *e, bool with_n)
{
    const struct law *a = &im->law;
    const bool has[TRACED] = {
        true, true, a->currents > 0, a->currents > 1 && with_n, a->refractory_ticks, with_n};
    for (int l = 0; l < im->n_layers; l++) {
        int n_out = im->layer[l].n_out, stride = (n_out + 31) / 32 * 32;
        size_t z = (size_t)(s->n_ticks * ((n_out + 63) / 64)) * sizeof(uint64_t);
        REQUIRE(!memcmp(m->z[l], e->z[l], z));
        for (int k = 0; k < TRACED; k++)
            for (int t = 0; has[k] && t < s->n_ticks; t++)
                REQUIRE(!memcmp(&m->words[l][k][t * stride], &e->words[l][k][t * stride],
                                (size_t)n_out * sizeof(int32_t)));
        for (int i = 0; law_bits(a->membrane) <= 16 && i < s->n_ticks * stride; i++)
            REQUIRE(i % stride >= n_out || m->c16[l][i] == e->words[l][0][i]);
        REQUIRE(e->spikes[l] == m->spikes[l]);
    }
    size_t last = (size_t)im->layer[im->n_layers - 1].n_out;
    REQUIRE(!memcmp(e->count, m->count, last * sizeof *e->count));
    for (size_t n = last; n < ORACLE_NEURONS && n < last + 64; n++) // nothing beyond
        REQUIRE(m->count[n] == UNTOUCHED);
    for (int l = 0; l < im->n_layers; l++) {
        int words = (im->layer[l].n_out + 63) / 64;
        REQUIRE((int32_t)m->z[l][s->n_ticks * words] == UNTOUCHED);
    }
    return 0;
}

// The largest |leak| of an |x| <= most. *wide: its product leaves 32 bits.
static __int128 leak_of(const struct law *a, enum law_leak kind, __int128 most, bool *wide)
{
    const int bits = a->leak.int_bits + a->leak.frac_bits;
    __int128 factor = a->leak_signed ? (__int128)1 << (bits - 1) : ((__int128)1 << bits) - 1;
    *wide = false;
    if (kind == LAW_LEAK_NONE) return 0;
    if (kind != LAW_LEAK_EXPONENTIAL) return most;
    __int128 one = (__int128)1 << a->leak.frac_bits, product = most * factor + one;
    __int128 end = a->leak_signed ? most : most - 1; // the product's largest, all that rounds added
    *wide = most * factor > (__int128)1 << 31 || end * factor + one - 1 >= (__int128)1 << 31;
    __int128 whole = product / one, rest = product % one; // to nearest, ties to even
    return whole + (2 * rest > one || (2 * rest == one && whole % 2)) + 1;
}

// Accumulators are narrow exactly where the sums prove it; the kernel runs exactly in its domain.
static int check_choice(const struct network *net, const struct image *im)
{
    const struct law *a = &im->law;
    const __int128 most = 1 << 30, v = (__int128)1 << (law_bits(a->membrane) - 1);
    const __int128 u = a->currents ? (__int128)1 << (law_bits(a->current) - 1) : 0;
    bool wide_leak = false, wide_gain = false, wide_decay = false;
    __int128 decay = a->currents ? leak_of(a, a->decay_kind, u, &wide_decay) : 0;
    bool fast = a->leak.int_bits + a->leak.frac_bits <= 30 && v <= most / 2 && u <= most / 2;
    for (int l = 0; l < im->n_layers; l++) {
        int64_t bound = oracle_bound(im, l);
        int align = oracle_align(a, l ? 0 : a->input.frac_bits);
        REQUIRE(net->layer[l].narrow == (bound <= 32767) && net->layer[l].align == align);
        __int128 sum = bound + (a->saturate_each ? u : 0);
        fast = fast && sum < most && align >= -15 && align <= 62;
        if (!fast) break;
        if (a->has_gain) {
            sum *= (__int128)1 << (a->gain.int_bits + a->gain.frac_bits - 1);
            bool wider = sum >= most || align > 30;
            fast = fast && sum < (__int128)1 << 61 && !(wider && align < 0);
            wide_gain |= wider;
        } else {
            fast = fast && align <= 30;
        }
        for (int i = align; i < 0; i++)
            sum *= 2;
        __int128 i = align < 0 ? sum : sum / ((__int128)1 << align) + 1, in;
        fast = fast && i < most && u + decay + i < most;
        in = v + (a->currents ? a->currents * u : i);
        __int128 leaking = v + (a->has_rest ? v : 0) + (a->integrate_first ? in : 0);
        bool wide;
        __int128 leak = leak_of(a, a->leak_kind, leaking, &wide);
        wide_leak |= wide;
        fast = fast && leaking < most && v + leak + in < most;
        fast = fast && v * (1 + im->layer[l].max_spikes) < most;
    }
    REQUIRE(net->fast == fast && net->isa == ISA_GENERIC && net->n_layers == im->n_layers);
    REQUIRE(!fast || (net->wide.leak == wide_leak && net->wide.gain == wide_gain &&
                      net->wide.decay == wide_decay));
    return 0;
}

// The reference watched, the reference, and what network_run chooses: each with writes, without a
// record, and again without writes; all from rest, whatever was before.
static int check_runs(struct network *net, const struct image *im, size_t bytes,
                      const struct stimulus *s, const struct stimulus *plain, int first_path)
{
    static struct record m, written, unwritten;
    static struct watching w;
    expect(im, bytes, s, &written);
    expect(im, bytes, plain, &unwritten);
    for (int path = first_path; path < (first_path ? 3 : 4); path++) {
        int where = 0;
        for (int turn = 0; turn < 3 && !where; turn++) {
            enum recording what = turn == 1 ? NOTHING : path == 2 ? ALL_BUT_N : ALL;
            const struct stimulus *now = turn == 2 ? plain : s;
            struct trace t = trace_into(&m, im, what);
            memset(m.count, 0xa5, sizeof m.count);
            memset(m.spikes, 0xa5, sizeof m.spikes);
            memset(m.z, 0xa5, sizeof m.z);
            if (path == 0) {
                copy_of(im, bytes, &w.im);
                oracle_rest(&w.o, im);
                w.s = now, w.calls = w.wrong = w.tick = 0;
                network_run_watched(net, now, &t, watch, &w);
                REQUIRE(!w.wrong && w.calls == now->n_ticks * image_neurons(im));
            } else if (path == 1) {
                network_run_ref(net, now, &t);
            } else {
                network_run(net, now, &t);
            }
            if (turn != 1)
                where = same_record(im, now, &m, turn == 2 ? &unwritten : &written, path != 2);
        }
        if (where) return where;
    }
    return 0;
}

static char im_memory[1 << 21] __attribute__((aligned(64)));
static char memory[GUARD + (1 << 22)] __attribute__((aligned(64)));

static bool untouched(const char *at)
{
    for (int i = 0; i < GUARD; i++)
        if (at[i] != (char)0xa5) return false;
    return true;
}

static int check_network(struct random *r, const struct law *law, const struct image_shape *shape,
                         int ticks, int bound, int first_path)
{
    static struct guarded {
        struct network net;
        struct network_layer more;
    } g;
    static uint8_t x[TICKS * 4096];
    static int32_t wide[TICKS * 4096];
    struct stimulus_write writes[WRITES];
    struct image im;
    int16_t jitter[TICKS];
    size_t bytes = image_size(law, shape), size = network_size(law, shape);
    struct image_shape more = *shape; // a layer that is none needs no room
    if (more.n_layers < IMAGE_MAX_LAYERS) more.layer[more.n_layers] = more.layer[0];
    REQUIRE(image_size(law, &more) == bytes && network_size(law, &more) == size);
    REQUIRE(bytes <= sizeof im_memory && size % 64 == 0 && size + 2 * GUARD <= sizeof memory);
    memset(im_memory, 0, bytes);
    image_init(&im, law, shape, im_memory);
    random_words(r, &im);
    random_stimulus(r, &im, ticks, x, jitter);
    if (law->input_signed) random_wide(r, &im, ticks, wide);
    random_writes(r, &im, ticks, writes, WRITES);
    if (bound >= 0) case_at_a_bound(&im, x, ticks, bound);
    for (int l = 0; l < im.n_layers; l++) // words that the law has not got are not looked at
        for (int n = 0; n < im.layer[l].n_out; n++) {
            struct law_neuron *p = &im.layer[l].neuron[n];
            for (int k = WORD_LAMBDA; k < WORD_V; k++)
                if (!oracle_bits(law, (enum image_word)k))
                    *oracle_word(p, 0, (enum image_word)k) = (int32_t)draw(r, INT32_MIN, INT32_MAX);
            if (draw(r, 0, 3) == 0) p->theta = (int32_t)draw(r, -1, 2);
        }
    int weights = first_path ? 0 : bound >= 0 && bound % 2 == 0 ? 1 : (int)draw(r, 0, 2);
    if (weights == 1) { // so large that narrow sums do not hold it
        writes[0] = (struct stimulus_write){.row = im.layer[0].n_rows > 1};
        writes[0].value = (int32_t)fx_max(law_bits(law->weight));
    }
    for (int i = weights == 1; i < WRITES; i++) {
        if (weights == 2 || writes[i].word != WORD_WEIGHT) continue;
        writes[i].word = WORD_V, writes[i].flip = false, writes[i].row = 0;
        writes[i].value = (int32_t)(draw(r, 0, 1) ? fx_min(law_bits(law->membrane)) : 0);
    }
    if (draw(r, 0, 1)) writes[WRITES - 1].tick = ticks + (int)draw(r, 0, 1); // never comes
    memset(memory, 0xa5, size + 2 * GUARD); // not zeroed by anybody
    memset(&g, 0xa5, sizeof g);
    network_init(&g.net, &im, memory + GUARD);
    int where = check_choice(&g.net, &im);
    if (where) return where;
    struct network_layer *beyond = // that a loop too long finds, and runs
        im.n_layers < IMAGE_MAX_LAYERS ? &g.net.layer[im.n_layers] : &g.more;
    static uint64_t no_spikes[65];
    static int32_t scratch[4096 + 32];
    memset(no_spikes, 0, sizeof no_spikes);
    memset(scratch, 0xa5, sizeof scratch);
    *beyond = g.net.layer[im.n_layers - 1];
    beyond->n_out--, beyond->z = no_spikes, beyond->spikes_before = scratch;
    struct stimulus s = {.n_ticks = ticks,
                         .x = law->input_signed ? 0 : x,
                         .wide = law->input_signed ? wide : 0,
                         .jitter = draw(r, 0, 4) ? jitter : 0,
                         .write = writes,
                         .n_writes = weights == 1 ? 1 : WRITES};
    struct stimulus plain = s;
    plain.n_writes = 0, plain.write = 0;
    where = check_runs(&g.net, &im, bytes, &s, &plain, first_path);
    REQUIRE(untouched(memory) && untouched(memory + GUARD + size) && scratch[0] == UNTOUCHED);
    return where;
}

// The kernel's memory: arrays apart and in the order of network.h, padding silent, no byte too
// many.
static int check_memory(const struct law *law, int n_in, int n_out, bool recurrent)
{
    static struct network net;
    enum image_topology topology = n_in == n_out ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
    struct image_shape shape = {1, {{n_in, n_out, topology, recurrent}}};
    struct image im;
    size_t size = network_size(law, &shape), bytes = image_size(law, &shape);
    REQUIRE(bytes <= sizeof im_memory && size <= sizeof memory);
    memset(im_memory, 0, bytes);
    image_init(&im, law, &shape, im_memory);
    struct random r = {34};
    random_words(&r, &im);
    memset(memory, 0xa5, size);
    network_init(&net, &im, memory);
    struct network_layer *y = &net.layer[0];
    int32_t *const others[] = {y->lambda_t, y->mu_t, y->mu2_t, y->spikes, y->spikes_before};
    REQUIRE(y->v == y->word[WORD_V] && y->u == y->word[WORD_U] && y->r == y->word[WORD_R]);
    const char *at = (const char *)(y->w + y->n_pad * im.layer[0].n_rows);
    for (int i = 1; i < WORDS + 5; i++) {
        const char *array = (const char *)(i < WORDS ? y->word[i] : others[i - WORDS]);
        REQUIRE(array >= at && array < at + 64 && (array - memory) % 64 == 0);
        at = array + (size_t)y->n_pad * sizeof(int32_t);
    }
    REQUIRE((char *)y->z >= at && (char *)y->z_before >= (char *)(y->z + (n_out + 63) / 64));
    at = (char *)(y->z_before + (n_out + 63) / 64);
    REQUIRE(at <= memory + size && at + 64 > memory + size);
    for (int s = 0; s < im.layer[0].n_rows; s++)
        for (int n = 0; n < y->n_pad; n++)
            REQUIRE(y->w[s * y->n_pad + n] == (n < n_out ? im.layer[0].w[s * n_out + n] : 0));
    return 0;
}

int check_networks(void)
{
    struct random r = {33};
    struct law two = law_of_demo;
    two.currents = 2, two.current = two.membrane;
    REQUIRE(network_decide((int32_t[]){3, 3, 1}, 3) == 0 &&
            network_decide((int32_t[]){2, 3, 3}, 3) == 1);
    REQUIRE(network_decide((int32_t[]){0, 0}, 2) == 0 &&
            network_decide((int32_t[]){1, 2, 3}, 3) == 2);
    struct network none = {.isa = ISA_GENERIC};
    REQUIRE(isa_has(ISA_GENERIC) && network_use_isa(&none, ISA_GENERIC));
    REQUIRE(!isa_has(ISA_AVX2) && !network_use_isa(&none, ISA_AVX2));
    REQUIRE(none.isa == ISA_GENERIC);
    int where = check_memory(&law_of_demo, 3, 33, true);
    if (!where) where = check_memory(&law_of_demo, 4, 600, false);
    if (!where) where = check_memory(&law_of_demo, 70, 70, false);
    if (!where) where = check_memory(&two, 4, 65, true);
    if (!where) where = check_memory(&two, 33, 33, false);
    for (int i = 0; i < NETS && !where; i++) {
        struct law law = case_law(&r, i);
        struct image_shape shape = case_shape(&r, &law, i);
        bool bound = (case_is_limit(i) || i % 3 == 0) && !law.input_signed;
        where = check_network(&r, &law, &shape, TICKS,
                              !bound             ? -1
                              : case_is_limit(i) ? i / 96
                                                 : i / 3,
                              0);
    }
    // as wide as layers get, and long rows in more than one layer
    const struct image_shape big[] = {
        {1, {{4, 512, IMAGE_DENSE, true}}},
        {2, {{4096, 4096, IMAGE_ONE_TO_ONE}, {4096, 5, IMAGE_DENSE}}},
        {3, {{5, 530, IMAGE_DENSE}, {530, 70, IMAGE_DENSE}, {70, 600, IMAGE_DENSE}}},
        {2, {{4, 4096, IMAGE_DENSE}, {4096, 4096, IMAGE_ONE_TO_ONE}}}};
    for (int i = 0; i < 4 && !where; i++)
        where = check_network(&r, &law_of_demo, &big[i], 2, -1, 2);
    return where;
}
