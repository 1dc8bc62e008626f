// The campaign of faults against the slow one: each fault written into a chip by the list's own code, every
// stimulus run by the reference, whether the fault can show there or not.
#include "base/file.h"
#include "model/laws/reference.h"
#include "model/lif/network.h"
#include "twin/jobs/fault_tests.h"
#include "twin/net/net_draw.h"
#include "twin/net/virtual_chip.h"

#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { STIMULI = 6, TICKS = 24, MOST_IN = 6, MOST_OUT = 4 };

struct bench {
    struct chip chip;
    struct net net;
    struct image *image;
    uint8_t words[STIMULI][TICKS * MOST_IN];
    struct stimulus stimulus[STIMULI];
    int label[STIMULI];
};

static uint32_t draw(void)
{
    static uint32_t state = 11;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

// Source 0 is silent in all, and each other one in some.
static void bench_open(struct bench *b, const char *chip, const struct image_shape *s,
                       uint64_t seed)
{
    struct fail f;
    char path[512];
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, chip);
    if (chip_load(&b->chip, path, &f) || net_init(&b->net, s, &b->chip, &f) ||
        net_draw(&b->net, &b->chip, seed, &f))
        fail_msg("%s", f.text);
    b->image = virtual_chip_new(&b->chip, s);
    assert_non_null(b->image);
    virtual_chip_make(b->image, &b->chip, &b->net, 0, 0, 0);
    int n_in = s->layer[0].n_in;
    for (int i = 0; i < STIMULI; i++) {
        memset(b->words[i], 0, sizeof b->words[i]);
        for (int tick = 0; tick < TICKS; tick++)
            for (int k = 1; k < n_in; k++)
                if ((k + i) % 3 && draw() % 2)
                    b->words[i][tick * n_in + k] = (uint8_t)(draw() % 3 ? 16 : 255);
        b->stimulus[i] = (struct stimulus){.n_ticks = TICKS, .x = b->words[i]};
        b->label[i] = i % s->layer[s->n_layers - 1].n_out;
    }
}

static void bench_close(struct bench *b)
{
    virtual_chip_free(b->image);
    net_fini(&b->net);
}

// Output spikes of all ticks and the decision, by the reference.
static int slow(const struct bench *b, const struct image *im, int i, uint64_t z[TICKS])
{
    struct image_shape s = image_shape_of(im);
    int32_t count[MOST_OUT];
    struct trace t = {.count = count};
    t.layer[s.n_layers - 1].z = z;
    if (im->kind == &lif_kind) {
        struct network n;
        void *memory = aligned_alloc(64, network_size(&im->law, &s));
        network_init(&n, im, memory);
        network_run_ref(&n, &b->stimulus[i], &t);
        free(memory);
    } else {
        struct law_image view = law_image_of(im);
        struct reference r;
        void *memory = aligned_alloc(64, reference_size(&view));
        reference_init(&r, &view, memory);
        reference_run(&r, &b->stimulus[i], &t);
        free(memory);
    }
    return net_decide(&b->net, count);
}

static int run(struct fault_campaign *c, const struct bench *b, const char *state, int64_t *torn,
               struct fail *f)
{
    struct fault_campaign_job job = {b->image, &b->net, b->stimulus, b->label, STIMULI,
                                     0.3,      true,    state,       "test"};
    return fault_campaign_run(c, &job, torn, 0, f);
}

static struct fault_campaign campaign(const struct bench *b, int threads)
{
    struct fault_campaign c;
    struct fail f;
    int64_t torn;
    omp_set_num_threads(threads);
    if (run(&c, b, 0, &torn, &f)) fail_msg("%s", f.text);
    return c;
}

static void compare(const struct bench *b, const struct fault_campaign *c, int hit[FAULT_CLASSES])
{
    static uint64_t golden[STIMULI][TICKS];
    int decision[STIMULI], correct = 0;
    struct image *im = virtual_chip_new(&b->chip, &b->net.shape);
    assert_non_null(im);
    for (int i = 0; i < STIMULI; i++) {
        decision[i] = slow(b, b->image, i, golden[i]);
        correct += decision[i] == b->label[i];
    }
    assert_int_equal(c->correct, correct);
    uint64_t hash = image_hash(b->image);
    for (size_t k = 0; k < c->n; k++) {
        const struct fault_result *x = &c->result[k];
        struct fault_fixed fault = x->fault;
        struct faults one = {.fixed = &fault, .n_fixed = 1};
        uint64_t z[TICKS];
        int exposed = 0, decided = 0, right = 0;
        virtual_chip_make(im, &b->chip, &b->net, 0, 0, 0);
        faults_fix_image(&one, im);
        for (int i = 0; i < STIMULI; i++) {
            int now = slow(b, im, i, z);
            bool shows = memcmp(z, golden[i], sizeof z) != 0;
            if (shows != (c->exposed[k * c->exposed_words] >> i & 1))
                fail_msg("fault %zu, stimulus %d: exposed %d, slow: %d", k, i, !shows, shows);
            exposed += shows;
            decided += now != decision[i];
            right += now == b->label[i];
        }
        int lost = correct - right;
        enum fault_class is = image_hash(im) == hash              ? FAULT_SAME
                              : !exposed                          ? FAULT_MASKED
                              : lost > 0 && lost >= 0.3 * STIMULI ? FAULT_CRITICAL
                                                                  : FAULT_EXPOSED;
        if (x->is != is || x->exposed != exposed || x->decided != decided || x->lost != lost)
            fail_msg("fault %zu (dead %d layer %d neuron %d row %d bit %d value %d): %s %d %d %d, "
                     "slow: %s %d %d %d",
                     k, fault.dead, fault.layer, fault.neuron, fault.row, fault.bit, fault.value,
                     fault_class_names[x->is], x->exposed, x->decided, x->lost,
                     fault_class_names[is], exposed, decided, lost);
        hit[is]++;
    }
    virtual_chip_free(im);
}

static int criticals;     // of all nets
static int less_than_all; // nets of which not every stimulus is needed

// Tests by trying every set of stimuli: those chosen expose all, and no set smaller than `least` does.
static void tests_suffice(const struct fault_campaign *c)
{
    struct fault_tests t;
    struct fail f;
    if (fault_tests_choose(&t, c, STIMULI, &f)) fail_msg("%s", f.text);
    unsigned chosen = 0;
    int fewest = STIMULI;
    size_t exposes = 0;
    for (int i = 0; i < t.n; i++) {
        chosen |= 1u << t.test[i].stimulus;
        exposes += t.test[i].exposes;
    }
    for (unsigned set = 0; set < 1u << STIMULI; set++) {
        bool all = true;
        for (size_t k = 0; k < c->n; k++)
            all = all && (!c->exposed[k] || c->exposed[k] & set);
        if (set == chosen) assert_true(all);
        if (all && __builtin_popcount(set) < fewest) fewest = __builtin_popcount(set);
    }
    assert_true(t.least <= fewest && fewest <= t.n && t.n <= STIMULI);
    assert_int_equal(exposes, t.exposed);
    assert_int_equal(t.exposed + t.same + t.masked, c->n);
    less_than_all += t.n < STIMULI;
    fault_tests_free(&t);
}

// Words of a dense net, its weights' bits and its neurons.
static size_t all_faults(const struct bench *b)
{
    size_t n = 0;
    for (int l = 0; l < b->net.shape.n_layers; l++) {
        size_t rows = (size_t)image_fan_in(&b->net.shape, l);
        size_t n_out = (size_t)b->net.shape.layer[l].n_out;
        n += n_out + rows * n_out * 2 * (size_t)law_bits(b->chip.law.weight);
    }
    return n;
}

static void all_equal(const char *chip, const struct image_shape *s)
{
    int hit[FAULT_CLASSES] = {0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        static struct bench b;
        bench_open(&b, chip, s, seed);
        struct fault_campaign one = campaign(&b, 1), three = campaign(&b, 3);
        assert_int_equal(one.n, all_faults(&b));
        assert_int_equal(one.n, three.n);
        assert_memory_equal(one.result, three.result, one.n * sizeof *one.result);
        assert_memory_equal(one.exposed, three.exposed, one.n * sizeof *one.exposed);
        compare(&b, &one, hit);
        tests_suffice(&one);
        fault_campaign_free(&one);
        fault_campaign_free(&three);
        bench_close(&b);
    }
    printf("%s: %d same, %d masked, %d exposed, %d critical\n", chip, hit[0], hit[1], hit[2],
           hit[3]);
    criticals += hit[FAULT_CRITICAL];
    for (int k = 0; k < FAULT_CRITICAL; k++)
        if (!hit[k]) fail_msg("%s: no fault is %s", chip, fault_class_names[k]);
}

static void plain(void **state)
{
    (void)state;
    all_equal("fpga-q8.8", &(struct image_shape){.n_layers = 3,
                                                 .layer = {{4, 4, IMAGE_ONE_TO_ONE, false},
                                                           {4, 5, IMAGE_DENSE, false},
                                                           {5, 2, IMAGE_DENSE, false}}});
}

static void recurrent(void **state)
{
    (void)state;
    all_equal("fpga-q8.8",
              &(struct image_shape){
                  .n_layers = 2, .layer = {{4, 6, IMAGE_DENSE, true}, {6, 3, IMAGE_DENSE, true}}});
}

static void tapped(void **state)
{
    (void)state;
    struct image_shape s = {.n_layers = 3,
                            .layer = {{4, 4, IMAGE_DENSE, false},
                                      {4, 5, IMAGE_DENSE, true},
                                      {5, 2, IMAGE_DENSE, false}}};
    s.layer[1].taps = 3;
    s.layer[1].spacing = 2;
    s.layer[2].taps = 2;
    s.layer[2].spacing = 1;
    s.layer[2].delayed = true;
    assert_null(image_shape_check(&s));
    all_equal("fpga-q8.8", &s);
}

static void izhikevich(void **state)
{
    (void)state;
    all_equal("izhikevich",
              &(struct image_shape){
                  .n_layers = 2, .layer = {{4, 4, IMAGE_DENSE, true}, {4, 2, IMAGE_DENSE, false}}});
}

enum { BLOCK = 64, RECORD = 8 + BLOCK * (16 + 8) + 4 }; // of twin/jobs/fault_state.h

static void put(const char *path, const char *bytes, size_t n)
{
    struct fail f;
    if (file_write(path, bytes, n, &f)) fail_msg("%s", f.text);
}

// A field of a record is another one, and the crc fits: refused, not believed.
static void refuses_record(const struct bench *b, const char *path, const char *good, size_t n,
                           size_t at, int32_t value, const char *told)
{
    char *bytes = malloc(n);
    struct fault_campaign c;
    struct fail f = {""};
    int64_t torn;
    assert_non_null(bytes);
    memcpy(bytes, good, n);
    memcpy(bytes + n - RECORD + at, &value, sizeof value);
    uint32_t crc = (uint32_t)crc32(0, (unsigned char *)bytes + n - RECORD, RECORD - 4);
    memcpy(bytes + n - 4, &crc, sizeof crc);
    put(path, bytes, n);
    assert_int_equal(run(&c, b, path, &torn, &f), -1);
    if (!strstr(f.text, told)) fail_msg("wanted: %s, got: %s", told, f.text);
    assert_null(c.result);
    free(bytes);
}

static void equal(const struct fault_campaign *a, const struct fault_campaign *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->correct, b->correct);
    assert_memory_equal(a->result, b->result, a->n * sizeof *a->result);
    assert_memory_equal(a->exposed, b->exposed, a->n * sizeof *a->exposed);
}

// Stopped anywhere, it goes on to the same result; what cannot be is refused.
static void goes_on(void **state)
{
    static struct bench b;
    char path[64] = "/tmp/stw_fault_state_XXXXXX";
    struct fault_campaign c;
    struct fail f = {""};
    int64_t torn;
    size_t size;
    (void)state;
    bench_open(&b, "fpga-q8.8",
               &(struct image_shape){
                   .n_layers = 2, .layer = {{4, 6, IMAGE_DENSE, true}, {6, 3, IMAGE_DENSE, true}}},
               1);
    struct fault_campaign want = campaign(&b, 1);
    close(mkstemp(path));
    unlink(path);
    if (run(&c, &b, path, &torn, &f)) fail_msg("%s", f.text);
    equal(&want, &c);
    assert_int_equal(c.found, 0);
    fault_campaign_free(&c);
    char *whole = file_read(path, 1 << 20, &size, &f);
    assert_non_null(whole);
    const size_t blocks = (want.n + BLOCK - 1) / BLOCK, head = size - blocks * RECORD;
    assert_true(head > 16 && head < 512);
    for (size_t kept = 0; kept <= blocks; kept++) {
        const size_t more =
            kept < blocks ? 100 * kept % RECORD : 0; // of the record that was being written
        put(path, whole, head + kept * RECORD + more);
        omp_set_num_threads(1 + (int)kept % 3);
        if (run(&c, &b, path, &torn, &f)) fail_msg("%s", f.text);
        equal(&want, &c);
        assert_int_equal(torn, more);
        assert_true(c.found >= kept * BLOCK - (BLOCK - want.n % BLOCK) % BLOCK * (kept > 0) &&
                    c.found <= kept * BLOCK);
        fault_campaign_free(&c);
    }
    const char left[] = "not what spiketwin faults left there";
    refuses_record(&b, path, whole, size, 0, 99999, "block 99999: there is none: not what");
    refuses_record(&b, path, whole, size, 0, 0, "block 0: there twice: not what");
    refuses_record(&b, path, whole, size, 8, 7, left);                 // class
    refuses_record(&b, path, whole, size, 8 + 4, STIMULI + 1, left);   // exposed
    refuses_record(&b, path, whole, size, 8 + 8, STIMULI, left);       // decided
    refuses_record(&b, path, whole, size, 8 + 12, -STIMULI - 1, left); // lost
    refuses_record(&b, path, whole, size, 8 + BLOCK * 16, 1 << 20,
                   left); // a stimulus that is not there
    put(path, whole, size);
    b.words[1][5] ^= 1;
    assert_int_equal(run(&c, &b, path, &torn, &f), -1);
    if (!strstr(f.text, ": of another campaign: it has shown=")) fail_msg("%s", f.text);
    put(path, "STWCHIPS", 8);
    assert_int_equal(run(&c, &b, path, &torn, &f), -1);
    if (!strstr(f.text, ": not a state file of spiketwin faults")) fail_msg("%s", f.text);
    unlink(path);
    free(whole);
    fault_campaign_free(&want);
    bench_close(&b);
}

static void some_are_critical(void **state)
{
    (void)state;
    assert_true(criticals > 0);
    assert_true(less_than_all > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),   cmocka_unit_test(recurrent),
        cmocka_unit_test(tapped),  cmocka_unit_test(izhikevich),
        cmocka_unit_test(goes_on), cmocka_unit_test(some_are_critical)};
    return cmocka_run_group_tests(tests, 0, 0);
}
