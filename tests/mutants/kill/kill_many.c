// The kernel of many clips against the reference, on nets that it has to take, and on ones that it
// has to leave. Inputs lie right before memory that may not be read.
#include "model/lif/many.h"
#include "tests/mutants/kill/kill_model.h"

#include <sys/mman.h>

enum { CLIPS = 19, TICKS = 150, WIDEST = 192, NETS = 160, GUARD = 256 };

struct record {
    uint64_t z[IMAGE_MAX_LAYERS][(TICKS + 1) * 3];
    int16_t c16[IMAGE_MAX_LAYERS][TICKS * WIDEST + 64];
    int32_t count[WIDEST];
    int64_t spikes[IMAGE_MAX_LAYERS + 1];
};

// Laws that 16-bit lanes run, each choice often. A first dense layer takes inputs of one bit.
static struct law law_of(struct random *r, bool graded, bool one_to_one)
{
    struct law a = {.input = {1, 0},
                    .weight = {6, (int8_t)(draw(r, 0, 1) ? 8 : draw(r, 5, 10))},
                    .membrane = {(int8_t)draw(r, 6, 8), 8},
                    .leak = {0, (int8_t)(draw(r, 0, 1) ? 16 : draw(r, 9, 15))},
                    .round_current = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
                    .round_leak = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
                    .leak_kind = (enum law_leak)draw(r, 0, LAW_LEAK_LINEAR),
                    .wrap = draw(r, 0, 2) == 0,
                    .fire_gt = draw(r, 0, 1),
                    .reset_subtract = draw(r, 0, 1)};
    a.floor_zero = !a.wrap && draw(r, 0, 1);
    if (one_to_one && a.weight.frac_bits < 8) a.weight.frac_bits = 8;
    if (graded) a.input = (struct law_format){4, (int8_t)draw(r, 0, 4)};
    return a;
}

// Layers of every way to lie in lanes.
static struct image_shape shape_of(struct random *r, bool graded)
{
    static const int sizes[] = {2, 4, 5, 8, 9, 16, 17, 33, 64, 65, 80, 128, 130};
    struct image_shape s = {.n_layers = (int)draw(r, 1, draw(r, 0, 9) ? 3 : IMAGE_MAX_LAYERS)};
    int n_in = (int)draw(r, 2, draw(r, 0, 2) ? 20 : 70);
    for (int l = 0; l < s.n_layers; l++) {
        bool one = l == 0 ? graded : draw(r, 0, 4) == 0;
        int n_out = one ? n_in : sizes[draw(r, 0, 12)];
        s.layer[l].n_in = n_in;
        s.layer[l].n_out = n_out;
        s.layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s.layer[l].recurrent = !one && n_out <= 128 && draw(r, 0, 1);
        n_in = n_out;
    }
    return s;
}

// Words whose sums 16 bits hold, of either sign; or, in a layer `beyond`, do not.
static void words_of(struct random *r, struct image *im, int beyond)
{
    const struct law *a = &im->law;
    int64_t v_max = fx_max(law_bits(a->membrane)), w_max = fx_max(law_bits(a->weight));
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        int align = oracle_align(a, l ? 0 : a->input.frac_bits), rows = y->n_rows;
        int64_t top = 24000 / (l ? 1 : fx_umax(law_bits(a->input)));
        for (int i = align; i < 0; i++)
            top /= 2;
        top = top / rows < w_max ? top / rows : w_max;
        for (int i = 0; i < rows * y->n_out; i++)
            y->w[i] = (int16_t)draw(r, -top / 2, top);
        for (int s = 0; l == beyond && s < rows; s++)
            y->w[s * y->n_out + y->n_out - 1] = (int16_t)w_max;
        for (int n = 0; n < y->n_out; n++) {
            struct law_neuron *p = &y->neuron[n];
            int64_t leak = fx_umax(law_bits(a->leak)) / 2;
            if (a->leak_kind == LAW_LEAK_LINEAR && leak > 400) leak = 400;
            p->theta = (int32_t)draw(r, draw(r, 0, 9) ? 1 : -v_max / 8, v_max / 8);
            p->bias = (int32_t)(draw(r, 0, 2) ? 0 : draw(r, -v_max / 64, v_max / 64));
            p->lambda =
                (int32_t)(a->leak_kind == LAW_LEAK_SHIFT ? draw(r, 1, 18) : draw(r, 0, leak));
            p->lambda_slope = (int32_t)draw(r, 0, p->lambda < 32767 ? p->lambda : 32767);
        }
    }
}

static struct trace trace_into(struct record *m, const struct image *im, int what)
{
    struct trace t = {.count = m->count, .spikes = what & 1 ? m->spikes : 0};
    for (int l = 0; l < im->n_layers; l++)
        t.layer[l] = (struct trace_layer){.z = what & 2 ? m->z[l] : 0,
                                          .c16 = what & 4 ? m->c16[l] : 0,
                                          .stride = (im->layer[l].n_out + 31) / 32 * 32};
    return t;
}

// Bytes that end where reading is forbidden, in one of two areas.
static void *fenced(int which, size_t bytes)
{
    static char *area[2];
    const size_t size = 1 << 20, page = 4096;
    if (!area[which]) {
        char *at = mmap(0, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED || mprotect(at + size, page, PROT_NONE)) abort();
        area[which] = at;
    }
    return area[which] + size - bytes;
}

static int same(const struct image *im, int ticks, int what, const struct record *e,
                const struct record *m)
{
    for (int l = 0; l < im->n_layers; l++) {
        int n_out = im->layer[l].n_out, words = (n_out + 63) / 64, stride = (n_out + 31) / 32 * 32;
        REQUIRE(!(what & 1) || e->spikes[l] == m->spikes[l]);
        REQUIRE(!(what & 2) || !memcmp(e->z[l], m->z[l], (size_t)(ticks * words) * 8));
        REQUIRE(m->z[l][ticks * words] == UINT64_C(0xa5a5a5a5a5a5a5a5));
        for (int t = 0; what & 4 && t < ticks; t++)
            REQUIRE(!memcmp(&e->c16[l][t * stride], &m->c16[l][t * stride], (size_t)n_out * 2));
        REQUIRE(m->c16[l][ticks * stride] == (int16_t)0xa5a5);
    }
    REQUIRE(m->spikes[im->n_layers] == (int64_t)UINT64_C(0xa5a5a5a5a5a5a5a5));
    int last = im->layer[im->n_layers - 1].n_out;
    REQUIRE(!memcmp(e->count, m->count, (size_t)last * sizeof *e->count));
    REQUIRE(m->count[last] == (int32_t)0xa5a5a5a5);
    return 0;
}

static int check_net(struct random *r, int i)
{
    static char im_memory[1 << 20] __attribute__((aligned(64)));
    static char net_memory[1 << 21] __attribute__((aligned(64)));
    static char memory[1 << 23] __attribute__((aligned(64)));
    static struct record expected, got[CLIPS];
    bool graded = i % 2;
    struct image_shape shape = shape_of(r, graded);
    bool one_to_one = false;
    for (int l = 0; l < shape.n_layers; l++)
        one_to_one |= shape.layer[l].topology == IMAGE_ONE_TO_ONE;
    struct law law = law_of(r, graded, one_to_one);
    struct image im;
    struct network net;
    struct many m;
    struct stimulus s[CLIPS];
    int16_t jitter[TICKS];
    size_t room = many_size(&law, &shape);
    REQUIRE(!law_check(&law) && network_size(&law, &shape) <= sizeof net_memory);
    REQUIRE(image_size(&law, &shape) <= sizeof im_memory && room + GUARD <= sizeof memory);
    memset(im_memory, 0, image_size(&law, &shape));
    image_init(&im, &law, &shape, im_memory);
    int beyond = i / 2 % 4 == 3 ? (int)draw(r, 0, shape.n_layers - 1) : -1;
    if (beyond >= 0 && shape.layer[beyond].topology == IMAGE_ONE_TO_ONE) beyond = -1;
    if (beyond >= 0 && im.layer[beyond].n_rows < 8) beyond = -1;
    words_of(r, &im, beyond);
    REQUIRE(!image_check(&im));
    memset(memory, 0xa5, room + GUARD);
    many_init(&m, &im, memory);
    REQUIRE(m.fast == (beyond < 0));
    network_init(&net, &im, net_memory);

    int n = (int)draw(r, 1, draw(r, 0, 2) ? 5 : CLIPS), n_in = shape.layer[0].n_in;
    int ticks = (int)(i % 4 ? draw(r, 1, 12) : draw(r, 129, TICKS));
    if (i % 4 == 0) n = n < 3 ? n : 3;
    uint8_t *x = fenced(0, (size_t)(n * ticks * n_in));
    int quiet = (int)draw(r, 0, 2);
    for (int k = 0; k < n * ticks * n_in; k++)
        x[k] = (uint8_t)(draw(r, 0, quiet) ? 0 : draw(r, 0, fx_umax(law_bits(law.input))));
    for (int k = 0; k < ticks; k++)
        jitter[k] = (int16_t)draw(r, -32768, 32767);
    bool jitters = draw(r, 0, 1), of_each = draw(r, 0, 1);
    struct trace *t = fenced(1, (size_t)n * sizeof *t);
    int what[CLIPS];
    memset(got, 0xa5, (size_t)n * sizeof *got);
    for (int k = 0; k < n; k++) {
        s[k] = (struct stimulus){.n_ticks = ticks, .x = x + k * ticks * n_in};
        if (jitters) s[k].jitter = jitter;
        what[k] = k && !of_each ? what[0] : (int)draw(r, 0, 7);
        t[k] = trace_into(&got[k], &im, what[k]);
    }
    if (m.n_layers < IMAGE_MAX_LAYERS) // what a loop too long finds, and runs
        m.layer[m.n_layers] = m.layer[m.n_layers - 1];
    many_run(&m, n, s, t);
    for (int k = 0; k < n; k++) {
        struct trace e = trace_into(&expected, &im, what[k]);
        network_run_ref(&net, &s[k], &e);
        int where = same(&im, ticks, what[k], &expected, &got[k]);
        if (where) return where;
    }
    for (int k = 0; k < GUARD; k++)
        REQUIRE(memory[room + (size_t)k] == (char)0xa5);
    return 0;
}

// Lanes that are no neurons stay silent, however long something comes in beside them.
static int check_padding(void)
{
    enum { LONG = 2400, WIDTH = 3 };
    static char im_memory[4096] __attribute__((aligned(64)));
    static char memory[1 << 20] __attribute__((aligned(64)));
    static uint8_t x[LONG * WIDTH];
    static uint64_t z[LONG];
    struct law law = law_of_demo;
    struct image_shape shape = {1, {{WIDTH, WIDTH, IMAGE_ONE_TO_ONE}}};
    struct image im;
    struct many m;
    int32_t count[WIDTH];
    int64_t spikes[1];
    struct stimulus s = {.n_ticks = LONG, .x = x};
    struct trace t = {.count = count, .spikes = spikes};
    law.input = (struct law_format){4, 0};
    REQUIRE(image_size(&law, &shape) <= sizeof im_memory);
    REQUIRE(many_size(&law, &shape) <= sizeof memory);
    image_init(&im, &law, &shape, im_memory);
    for (int n = 0; n < WIDTH; n++)
        im.layer[0].neuron[n].theta = 1;
    memset(x, 15, sizeof x);
    many_init(&m, &im, memory);
    REQUIRE(m.fast);
    t.layer[0].z = z;
    many_run(&m, 1, &s, &t);
    for (int i = 0; i < LONG; i++)
        REQUIRE(z[i] == 0);
    REQUIRE(spikes[0] == 0 && count[0] == 0);
    return 0;
}

int check_many(void)
{
    struct random r = {35};
    int where = check_padding();
    for (int i = 0; i < NETS && !where; i++)
        where = check_net(&r, i);
    return where;
}
