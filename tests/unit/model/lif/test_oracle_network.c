// Whole networks against the oracle's: network_run_ref, and network_run on every instruction set,
// tick by tick, every stage, state word, spike and count.
#include "tests/oracle/oracle_net.h"
#include "tests/rtl/rtl_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { NETS = 1200, TICKS = ORACLE_TICKS, STRIDE = ORACLE_WIDTH };

enum event {
    KERNEL_RAN,
    REFERENCE_RAN,
    NARROW,
    WIDE,
    ONE_TO_ONE,
    RECURRENT,
    DELAYED,
    TAPS,
    TAPS_OWN,
    TAPS_DELAYED,
    TAPS_HEARD,
    TAPS_BY_KERNEL,
    TWO_SYNAPSES,
    SEVERAL_HEARD,
    SIGNED_INPUT,
    WITHOUT_JITTER,
    HELD_THEN_MOVED,
    FLIPPED,
    KERNEL_WRITTEN,
    OUTPUT_SPIKED,
    WRITTEN, // and the WORDS that follow: each kind of word
    EVENTS = WRITTEN + WORDS
};
static const char *const event_names[WRITTEN] = {"kernel ran",
                                                 "reference ran",
                                                 "narrow",
                                                 "wide",
                                                 "one to one",
                                                 "recurrent",
                                                 "delayed",
                                                 "taps",
                                                 "taps of a recurrent layer",
                                                 "taps of a delayed layer",
                                                 "the last tap heard a spike",
                                                 "taps by the kernel",
                                                 "two synapses",
                                                 "several spikes heard by the next layer",
                                                 "signed input",
                                                 "no jitter given",
                                                 "saturate_each held, then moved back",
                                                 "bits flipped",
                                                 "kernel ran with writes",
                                                 "output spiked"};

enum record_word { WORD_OF_C, WORD_OF_V, WORD_OF_U, WORD_OF_R, WORD_OF_U2, WORD_OF_N, RECORDED };
static const char *const record_names[RECORDED] = {"c", "v", "u", "r", "u2", "n"};

struct record {
    uint64_t z[ORACLE_LAYERS][TICKS * 2];
    int32_t word[ORACLE_LAYERS][RECORDED][TICKS * STRIDE];
    int32_t count[STRIDE];
    int64_t spikes[ORACLE_LAYERS];
};

struct tally {
    int64_t words, differ;
};

static struct trace trace_into(struct record *m, const struct law *a, bool with_n)
{
    struct trace t = {.count = m->count, .spikes = m->spikes};
    memset(m, 0x5a, sizeof *m);
    for (int l = 0; l < ORACLE_LAYERS; l++)
        t.layer[l] = (struct trace_layer){.z = m->z[l],
                                          .c = m->word[l][WORD_OF_C],
                                          .v = m->word[l][WORD_OF_V],
                                          .u = a->currents > 0 ? m->word[l][WORD_OF_U] : NULL,
                                          .r = a->refractory_ticks ? m->word[l][WORD_OF_R] : NULL,
                                          .u2 = a->currents > 1 ? m->word[l][WORD_OF_U2] : NULL,
                                          .n = with_n ? m->word[l][WORD_OF_N] : NULL,
                                          .stride = STRIDE};
    return t;
}

static void expect(struct tally *t, int64_t got, int64_t expected, const char *what, int net,
                   int tick, int l, int n)
{
    t->words++;
    if (got == expected || t->differ++) return;
    printf("first difference: net %d tick %d layer %d neuron %d %s: %lld, oracle %lld\n", net, tick,
           l, n, what, (long long)got, (long long)expected);
}

static void compare(struct tally *t, int net, const struct oracle_net *o, const struct trace *got)
{
    for (int l = 0; l < o->n_layers; l++) {
        const struct trace_layer *g = &got->layer[l];
        const int32_t *recorded[RECORDED] = {g->c, g->v, g->u, g->r, g->u2, g->n};
        for (int tick = 0; tick < TICKS; tick++)
            for (int n = 0; n < o->layer[l].n_out; n++) {
                const struct oracle_step *s = &o->step[tick][l][n];
                int32_t expected[RECORDED] = {s->s.clamp, s->next.v,  s->next.u,
                                              s->next.r,  s->next.u2, s->s.fire};
                for (int i = 0; i < RECORDED; i++)
                    if (recorded[i])
                        expect(t, recorded[i][tick * STRIDE + n], expected[i], record_names[i], net,
                               tick, l, n);
                oracle_int bit;
                int words = (o->layer[l].n_out + 63) / 64;
                oracle_euclid(
                    oracle_euclid(g->z[tick * words + n / 64], oracle_power(n % 64), &bit), 2,
                    &bit);
                expect(t, (int64_t)bit, s->s.fire > 0, "z", net, tick, l, n);
            }
        expect(t, got->spikes[l], o->layer_spikes[l], "spikes of the layer", net, TICKS, l, 0);
    }
    for (int n = 0; n < o->layer[o->n_layers - 1].n_out; n++)
        expect(t, got->count[n], o->count[n], "count", net, TICKS, o->n_layers - 1, n);
}

struct watched {
    const struct oracle_net *o;
    struct tally *t;
    int net;
};

static void watch(void *context, int tick, int l, int n, const struct law_state *before,
                  const struct law_stages *stages)
{
    struct watched *w = context;
    const struct law_stages *s = &w->o->step[tick][l][n].s;
    const struct law_state *b = &w->o->began[tick][l][n];
    for (int i = 0; i < LAW_STAGES; i++)
        expect(w->t, law_get(&lif_kind.stage[i], stages), law_get(&lif_kind.stage[i], s),
               lif_kind.stage[i].name, w->net, tick, l, n);
    expect(w->t, before->v, b->v, "v before", w->net, tick, l, n);
    expect(w->t, before->u, b->u, "u before", w->net, tick, l, n);
    expect(w->t, before->u2, b->u2, "u2 before", w->net, tick, l, n);
    expect(w->t, before->r, b->r, "r before", w->net, tick, l, n);
}

// --- wrong networks ------------------------------------------------------------------------------

typedef void fault(struct oracle_net *o, struct stimulus *s);

#define FAULT(name, statement)                                                                     \
    static void name(struct oracle_net *o, struct stimulus *s)                                     \
    {                                                                                              \
        (void)o, (void)s;                                                                          \
        statement;                                                                                 \
    }
#define LAYERS(statement)                                                                          \
    for (int l = 0; l < o->n_layers; l++) {                                                        \
        struct oracle_layer *p = &o->layer[l];                                                     \
        statement;                                                                                 \
    }
FAULT(not_delayed, LAYERS(p->delayed = false))
FAULT(all_delayed, LAYERS(p->delayed = l > 0))
FAULT(no_taps, LAYERS(if (p->taps > 1) p->spacing = ORACLE_TICKS))
FAULT(taps_early, LAYERS(p->spacing -= p->taps > 1))
FAULT(taps_late, LAYERS(p->spacing += p->taps > 1))
FAULT(one_spike, LAYERS(p->max_spikes = 1))
FAULT(backwards, o->backwards = true)
FAULT(no_jitter, s->jitter = NULL)
FAULT(no_writes, s->n_writes = 0)
FAULT(tick_short, s->n_ticks--)
FAULT(align_like_first, LAYERS(p->align = o->layer[0].align))
FAULT(from_zero, LAYERS(for (int n = 0; n < p->n_out; n++) p->neuron[n].word[WORD_V] = 0))
FAULT(not_recurrent, LAYERS(for (int i = p->one_to_one ? 1 : p->taps * p->n_in; i < p->n_source;
                                 i++) memset(p->w[i], 0, sizeof p->w[i])))
FAULT(one_synapse, LAYERS(for (int i = p->n_source; i < p->n_rows; i++)
                              memcpy(p->w[i], p->w[i - p->n_source], sizeof p->w[i])))
FAULT(late_writes, (void)0) // by the argument of oracle_net_run

static const struct {
    const char *name;
    fault *make;
} faults[] = {
    {"delayed layer hears at once", not_delayed},
    {"layer hears a tick late", all_delayed},
    {"only the first tap is heard", no_taps},
    {"taps are a tick nearer", taps_early},
    {"taps are a tick further", taps_late},
    {"spikes of a tick count once", one_spike},
    {"sources from last to first", backwards},
    {"no jitter", no_jitter},
    {"writes are lost", no_writes},
    {"last tick missing", tick_short},
    {"all layers aligned as the first", align_like_first},
    {"begins at 0, not at rest", from_zero},
    {"own spikes not heard", not_recurrent},
    {"second synapse with the first's weights", one_synapse},
    {"writes a tick late", late_writes},
};
enum { FAULTS = sizeof faults / sizeof *faults };

static bool happened_same(const struct oracle_net *a, const struct oracle_net *b)
{
    for (int tick = 0; tick < TICKS; tick++)
        for (int l = 0; l < a->n_layers; l++)
            for (int n = 0; n < a->layer[l].n_out; n++) {
                const struct oracle_step *x = &a->step[tick][l][n], *y = &b->step[tick][l][n];
                if (!oracle_same(&x->s, &x->next, &y->s, &y->next)) return false;
            }
    return true;
}

static void try_faults(const struct image *im, const struct oracle_net *right,
                       const struct stimulus *s, struct oracle_net *wrong, int64_t *seen)
{
    for (int f = 0; f < FAULTS; f++) {
        struct stimulus q = *s;
        oracle_net_init(wrong, im);
        faults[f].make(wrong, &q);
        oracle_net_run(wrong, &q, faults[f].make == late_writes);
        seen[f] += !happened_same(right, wrong);
    }
}

// --- random networks -----------------------------------------------------------------------------

static void count_events(const struct oracle_net *o, const struct network *net,
                         const struct stimulus *s, int64_t *events)
{
    events[net->fast ? KERNEL_RAN : REFERENCE_RAN]++;
    events[KERNEL_WRITTEN] += net->fast && s->n_writes;
    events[TWO_SYNAPSES] += o->law.currents == 2;
    events[SIGNED_INPUT] += o->law.input_signed;
    events[WITHOUT_JITTER] += !s->jitter;
    events[HELD_THEN_MOVED] += o->came_back;
    events[OUTPUT_SPIKED] += o->layer_spikes[o->n_layers - 1] > 0;
    for (int l = 0; l < o->n_layers; l++) {
        const struct oracle_layer *p = &o->layer[l];
        events[net->layer[l].narrow ? NARROW : WIDE]++;
        events[ONE_TO_ONE] += p->one_to_one;
        events[RECURRENT] += p->recurrent;
        events[DELAYED] += p->delayed;
        events[TAPS] += p->taps > 1;
        events[TAPS_OWN] += p->taps > 1 && p->recurrent;
        events[TAPS_DELAYED] += p->taps > 1 && p->delayed;
        events[TAPS_BY_KERNEL] += p->taps > 1 && net->fast;
        for (int tick = 0; p->taps > 1 && tick < TICKS; tick++)
            for (int n = 0, late = (p->taps - 1) * p->spacing; n < p->n_in; n++)
                events[TAPS_HEARD] += tick >= late && o->step[tick - late][l - 1][n].s.fire;
        for (int tick = 0; l + 1 < o->n_layers && tick < TICKS; tick++)
            for (int n = 0; n < p->n_out; n++)
                events[SEVERAL_HEARD] += o->step[tick][l][n].s.fire > 1;
    }
    for (int i = 0; i < s->n_writes; i++) {
        events[FLIPPED] += s->write[i].flip;
        events[WRITTEN + s->write[i].word]++;
    }
}

static void assert_word_formats(const struct law *a)
{
    for (int w = 0; w < WORDS; w++) {
        bool is_signed;
        int bits = oracle_word_bits(a, (enum image_word)w, &is_signed);
        if (bits != image_word_bits(a, (enum image_word)w))
            fail_msg("%s has %d bits, oracle %d", lif_kind.word[w].name,
                     image_word_bits(a, (enum image_word)w), bits);
        if (bits) assert_int_equal(is_signed, image_word_signed(a, (enum image_word)w));
    }
}

struct totals {
    struct tally reference, isa[ISAS];
    int64_t hits[ORACLE_CORNER_COUNT], events[EVENTS], seen[FAULTS], tried;
};

static bool run_net(struct random *r, int index, const struct law *law, struct oracle_net *o,
                    struct oracle_net *wrong, struct record *m, struct totals *total)
{
    uint8_t x[TICKS * 20];
    int32_t wide[TICKS * 20];
    int16_t jitter[TICKS];
    struct stimulus_write write[24];
    struct image_shape shape = random_shape(r);
    struct image im;
    struct network net;
    for (int l = 0; index % 4 == 1 && l < shape.n_layers; l++) { // what the kernel takes
        shape.layer[l].max_spikes = 1;
        shape.layer[l].delayed = false;
    }
    random_taps(r, &shape);
    assert_null(image_shape_check(&shape));
    void *words = random_image(r, law, &shape, &im);
    if (image_check(&im)) { // sums beyond what the model computes in
        free(words);
        return false;
    }
    void *memory = aligned_alloc(64, network_size(law, &shape));
    network_init(&net, &im, memory);

    struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter, .write = write};
    if (law->input_signed) {
        random_wide(r, &im, TICKS, wide);
        s.wide = wide;
        s.x = NULL;
        for (int t = 0; t < TICKS; t++)
            jitter[t] = (int16_t)corner_word(r, -32768, 32767);
    } else {
        random_stimulus(r, &im, TICKS, x, jitter);
    }
    if (draw(r, 0, 3) == 0) s.jitter = NULL;
    if (index % 3 == 0) {
        s.n_writes = (int)draw(r, 1, 24);
        random_writes(r, &im, TICKS, write, s.n_writes);
        // The kernel takes all but weights.
        for (int i = 0; index % 2 && i < s.n_writes; i++)
            if (write[i].word == WORD_WEIGHT)
                write[i] = (struct stimulus_write){write[i].tick, 0, 0, 0, WORD_V, true, 1};
    }

    oracle_net_init(o, &im);
    oracle_net_run(o, &s, 0);
    // Twice, so that a write that outlives its run is seen; the last by what tells all stages.
    for (int isa = 0; isa < ISAS; isa++)
        for (int again = 0; again < 2 && network_use_isa(&net, (enum isa)isa); again++) {
            struct trace t = trace_into(m, law, false);
            network_run(&net, &s, &t);
            compare(&total->isa[isa], index, o, &t);
        }
    struct trace t = trace_into(m, law, true);
    network_run_ref(&net, &s, &t);
    compare(&total->reference, index, o, &t);
    t = trace_into(m, law, true);
    network_run_watched(&net, &s, &t, watch, &(struct watched){o, &total->reference, index});
    compare(&total->reference, index, o, &t);

    count_events(o, &net, &s, total->events);
    for (int i = 0; i < ORACLE_CORNER_COUNT; i++)
        total->hits[i] += o->hits[i];
    if (index % 4 < 2) {
        try_faults(&im, o, &s, wrong, total->seen);
        total->tried++;
    }
    free(memory);
    free(words);
    return true;
}

static void test_random_networks(void **unused)
{
    (void)unused;
    struct random r = {20260802};
    static struct totals total;
    struct oracle_net *o = malloc(sizeof *o), *wrong = malloc(sizeof *wrong);
    struct record *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
    for (int i = 0; i < NETS;) {
        struct law law = i % 2 ? random_plain_law(&r) : random_law(&r);
        if (law_check(&law)) continue;
        assert_word_formats(&law);
        i += run_net(&r, i, &law, o, wrong, m, &total);
    }
    free(m);
    free(wrong);
    free(o);

    char text[32];
    int64_t differ = total.reference.differ;
    int missed = oracle_missed("random networks", total.hits), unseen = 0;
    printf("%s oracle network: reference: %d nets, %s words, %lld differ\n",
           total.reference.differ ? "FAIL" : "PASS", NETS,
           oracle_digits(total.reference.words, text), (long long)total.reference.differ);
    for (int i = 0; i < ISAS; i++) {
        const char *name = isa_names[i];
        if (!isa_has((enum isa)i)) {
            printf("left out: kernel %s: not on this machine\n", name);
            continue;
        }
        printf("%s oracle network: %s: %d nets, %s words, %lld differ\n",
               total.isa[i].differ ? "FAIL" : "PASS", name, NETS,
               oracle_digits(total.isa[i].words, text), (long long)total.isa[i].differ);
        differ += total.isa[i].differ;
        assert_true(total.isa[i].words > 0);
    }
    for (int i = 0; i < EVENTS; i++) {
        printf("corner %s%s %lld\n", i < WRITTEN ? "" : "written ",
               i < WRITTEN ? event_names[i] : lif_kind.word[i - WRITTEN].name,
               (long long)total.events[i]);
        missed += total.events[i] == 0;
    }
    for (int f = 0; f < FAULTS; f++) {
        printf("wrong network: %s: differs in %lld of %lld\n", faults[f].name,
               (long long)total.seen[f], (long long)total.tried);
        unseen += total.seen[f] == 0;
    }
    assert_true(total.reference.words > 0 && differ == 0);
    assert_int_equal(missed, 0);
    assert_int_equal(unseen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_networks)};
    return cmocka_run_group_tests(tests, 0, 0);
}
