#include "tests/mutants/kill/kill_model.h"
#include "tests/mutants/kill/probe.h"

#include "model/laws/law_image.h"

static int check_shapes(void)
{
    const struct image_shape good = {2,
                                     {{5, 6, IMAGE_DENSE, true}, {6, 6, IMAGE_ONE_TO_ONE, false}}};
    struct image_shape s = good;
    REQUIRE(!image_shape_check(&s));
    const int sizes[] = {0, 1, IMAGE_MAX_NEURONS, IMAGE_MAX_NEURONS + 1};
    for (int i = 0; i < 4; i++) {
        bool refused = i == 0 || i == 3;
        s = good, s.layer[0].n_in = sizes[i];
        const char *said = image_shape_check(&s);
        REQUIRE(refused ? said && strstr(said, "sources of a layer") : !said);
        s = good, s.n_layers = 1, s.layer[0].n_out = sizes[i];
        said = image_shape_check(&s);
        REQUIRE(refused ? said && strstr(said, "neurons of a layer") : !said);
    }
    for (int n = 0; n <= IMAGE_MAX_LAYERS + 1; n++) {
        struct image_shape many = {.n_layers = n};
        for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
            many.layer[l].n_in = many.layer[l].n_out = 3;
        bool refused = n < 1 || n > IMAGE_MAX_LAYERS;
        REQUIRE(refused == !!image_shape_check(&many));
    }
    s = good, s.layer[1].n_in = 5;
    REQUIRE(image_shape_check(&s) && strstr(image_shape_check(&s), "must fit"));
    s = good, s.layer[1].n_out = 5;
    REQUIRE(image_shape_check(&s) && strstr(image_shape_check(&s), "as many"));
    s = good, s.layer[1].recurrent = true;
    REQUIRE(image_shape_check(&s) && strstr(image_shape_check(&s), "not recurrent"));
    s = good, s.layer[1].delayed = true;
    REQUIRE(!image_shape_check(&s));
    s = good, s.layer[0].delayed = true;
    REQUIRE(image_shape_check(&s) && strstr(image_shape_check(&s), "delayed"));
    for (int z = -1; z <= 128; z++) {
        s = good, s.layer[1].max_spikes = z;
        bool fits = z == 0 || z == 1 || z == 3 || z == 7 || z == 15 || z == 31 || z == 63;
        const char *said = image_shape_check(&s);
        REQUIRE(fits ? !said : said && strstr(said, "max_spikes"));
    }
    s = good, s.layer[1].topology = IMAGE_DENSE, s.layer[1].n_out = 5;
    REQUIRE(!image_shape_check(&s));
    return 0;
}

// Every word at its least and most, and one beyond: the kind is named. Words that the law has not
// got may be anything.
static int check_ranges(struct random *r, struct image *im)
{
    const struct law *a = &im->law;
    struct image_layer *y = &im->layer[draw(r, 0, im->n_layers - 1)];
    struct law_neuron *n = &y->neuron[draw(r, 0, 1) ? y->n_out - 1 : draw(r, 0, y->n_out - 1)];
    for (int i = WORD_LAMBDA; i < WORD_V; i++) {
        enum image_word kind = (enum image_word)i;
        int32_t *word = oracle_word(n, 0, kind), was = *word;
        int bits = oracle_bits(a, kind);
        int64_t all = (int64_t)1 << bits, lo = oracle_signed(a, kind) ? -all / 2 : 0;
        int64_t hi = lo + all - 1;
        const int64_t tried[] = {lo, hi, lo - 1, hi + 1};
        for (int k = 0; k < 4; k++) {
            if (tried[k] < INT32_MIN || tried[k] > INT32_MAX) continue;
            *word = (int32_t)tried[k];
            const char *said = image_check(im);
            REQUIRE(k < 2 || !bits ? !said : said && !strcmp(said, lif_kind.word[kind].name));
        }
        *word = was;
    }
    int at = draw(r, 0, 1) ? y->n_rows * y->n_out - 1 : 0;
    int64_t w = fx_max(law_bits(a->weight));
    int16_t was = y->w[at];
    const int64_t tried[] = {-w - 1, w, -w - 2, w + 1};
    for (int k = 0; k < 4; k++) {
        if (tried[k] < INT16_MIN || tried[k] > INT16_MAX) continue;
        y->w[at] = (int16_t)tried[k];
        const char *said = image_check(im);
        REQUIRE(k < 2 ? !said : said && !strcmp(said, "weight"));
    }
    y->w[at] = was;
    return 0;
}

// The fraction bits of a word that the law has, from the comments of model/lif/law.h.
static int oracle_frac(const struct law *a, enum image_word word)
{
    bool decay =
        word == WORD_MU || word == WORD_MU_SLOPE || word == WORD_MU2 || word == WORD_MU2_SLOPE;
    enum law_leak kind = decay ? a->decay_kind : a->leak_kind;
    switch (word) {
    case WORD_WEIGHT:
        return a->weight.frac_bits;
    case WORD_GAIN:
        return a->gain.frac_bits;
    case WORD_R:
        return 0;
    case WORD_LAMBDA:
    case WORD_LAMBDA_SLOPE:
    case WORD_MU:
    case WORD_MU_SLOPE:
    case WORD_MU2:
    case WORD_MU2_SLOPE:
        return kind == LAW_LEAK_EXPONENTIAL ? a->leak.frac_bits
               : kind == LAW_LEAK_LINEAR    ? a->membrane.frac_bits
                                            : 0;
    default: // a current has the membrane's
        return a->membrane.frac_bits;
    }
}

// Stages: wide ones have 64 bits.
static int check_stages(const struct law *a)
{
    const int bits[LAW_STAGES] = {64, 64, 64, 64, law_bits(a->membrane), 6, law_bits(a->membrane),
                                  8};
    for (int i = 0; i < LAW_STAGES; i++) {
        struct law_range s = lif_kind.stage[i].range(a);
        bool count = i == 5 || i == 7;
        REQUIRE(s.bits == bits[i] && s.is_signed == !count);
        REQUIRE(s.frac == (count ? 0 : i ? a->membrane.frac_bits : a->weight.frac_bits));
        REQUIRE(s.lo == (count ? 0 : INT64_MIN >> (64 - bits[i])));
        REQUIRE(s.hi == (count ? (1 << bits[i]) - 1 : INT64_MAX >> (64 - bits[i])));
    }
    return 0;
}

// A word of each size by its table, and nothing beside it.
static int check_access(void)
{
    const size_t sizes[] = {2, 4, 8};
    for (int i = 0; i < 3; i++) {
        struct law_word x = {.at = 8, .size = sizes[i]};
        for (int64_t value = -2; value < 3; value++) {
            unsigned char memory[24];
            memset(memory, 0x5a, sizeof memory);
            probe_mutated.law_set(&x, memory, value);
            for (size_t k = 0; k < sizeof memory; k++) // little end first, and nothing beside it
                REQUIRE(memory[k] == (k >= 8 && k < 8 + x.size
                                          ? (unsigned char)((uint64_t)value >> 8 * (k - 8))
                                          : 0x5a));
            REQUIRE(probe_mutated.law_get(&x, memory) == value);
        }
    }
    REQUIRE(law_kind_of("lif") == &lif_kind && law_kind_of("dpi") == &dpi_kind &&
            !law_kind_of("x"));
    REQUIRE(probe_mutated.law_states(&lif_kind) == &lif_kind.word[WORD_V]);
    int32_t array[5];
    const struct trace_layer t = {
        .v = array, .u = array + 1, .u2 = array + 2, .r = array + 3, .n = array + 4};
    REQUIRE(probe_mutated.trace_state(&t, "v") == t.v && probe_mutated.trace_state(&t, "u") == t.u);
    REQUIRE(probe_mutated.trace_state(&t, "u2") == t.u2);
    REQUIRE(probe_mutated.trace_state(&t, "r") == t.r && !probe_mutated.trace_state(&t, "n"));
    return 0;
}

// Words by their kind: bits, sign, ends, fraction, and where they lie in struct law_neuron.
static int check_kinds(struct random *r)
{
    int where = check_access();
    if (where) return where;
    for (int i = 0; i < 1500; i++) {
        struct law a = random_law(r);
        struct law_neuron n;
        for (int k = WORD_LAMBDA; k < WORD_V; k++)
            *oracle_word(&n, 0, (enum image_word)k) = 100 * k + i;
        if ((where = check_stages(&a))) return where;
        for (int k = 0; k < WORDS; k++) {
            enum image_word word = (enum image_word)k;
            int bits = oracle_bits(&a, word);
            bool is_signed = bits && oracle_signed(&a, word);
            REQUIRE(image_word_min(&a, word) == (is_signed ? -(INT64_C(1) << (bits - 1)) : 0));
            REQUIRE(image_word_max(&a, word) == (INT64_C(1) << (bits - is_signed)) - 1);
            REQUIRE(!bits || lif_kind.word[word].range(&a).frac == oracle_frac(&a, word));
            REQUIRE(image_word_bits(&a, word) == oracle_bits(&a, word));
            if (oracle_bits(&a, word))
                REQUIRE(image_word_signed(&a, word) == oracle_signed(&a, word));
            if (k > 0 && k < WORD_V) REQUIRE(law_get(&lif_kind.word[word], &n) == 100 * k + i);
        }
    }
    return 0;
}

// Sums that need exactly as many bits as the model has, and one more. One weight of one neuron.
static int check_sums(void)
{
    static char memory[4096] __attribute__((aligned(64)));
    const struct law good = {.input = {32, 0},
                             .input_signed = true,
                             .weight = {16, 0},
                             .membrane = {16, 0},
                             .leak = {1, 8},
                             .gain = {16, 0}};
    // weight, gain bits, weight's fraction bits (to the left), leak bits if the two are multiplied
    const struct {
        int w, gain, left, leak;
        bool fits, apart; // apart: the leak comes first
        enum fx_round round;
    } cases[] = {{-32768, 0, 0, 0, true},
                 {-32768, 16, 0, 0, true},
                 {16384, 16, 0, 0, true},
                 {-32768, 15, 0, 0, true},
                 {-32768, 17, 0, 0, false},
                 {16384, 17, 0, 0, true},
                 {16384, 18, 0, 0, false},
                 {-32768, 0, 15, 0, true},
                 {-32768, 0, 14, 0, true},
                 {-32768, 2, 15, 0, false},
                 {-32768, 2, 14, 0, true},
                 {0, 0, 0, 30, true},
                 {-32768, 0, 0, 13, true},
                 {-32768, 0, 0, 14, false},
                 {16384, 0, 0, 14, true},
                 {16384, 0, 0, 15, false},
                 {4, 0, 0, 26, true},
                 {4, 0, 0, 27, false},
                 {-32768, 0, 0, 16, true, true},
                 {-32768, 17, 0, 0, true, false, FX_FLOOR},
                 {-32768, 17, 0, 0, true, false, FX_CEILING},
                 {-32768, 18, 0, 0, false, false, FX_FLOOR},
                 {-32768, 2, 15, 0, false, false, FX_FLOOR}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct law a = good;
        struct image im;
        struct image_shape shape = {1, {{1, 1, IMAGE_DENSE, false}}};
        a.has_gain = cases[i].gain > 0;
        a.round_current = i < 19 ? FX_NEAREST_EVEN : cases[i].round;
        if (a.has_gain) a.gain.int_bits = (int8_t)cases[i].gain;
        a.weight = (struct law_format){(int8_t)(16 + cases[i].left), (int8_t)-cases[i].left};
        if (cases[i].leak) {
            a.integrate_first = !cases[i].apart, a.leak_kind = LAW_LEAK_EXPONENTIAL,
            a.leak_signed = true;
            a.leak = (struct law_format){(int8_t)(cases[i].leak - 4), 4};
        }
        memset(memory, 0, sizeof memory);
        image_init(&im, &a, &shape, memory);
        im.layer[0].w[0] = (int16_t)cases[i].w;
        const char *said = image_check(&im);
        REQUIRE(cases[i].fits ? !said : said && !strcmp(said, "weights: their sum"));
    }
    return 0;
}

// Where the words lie: in order, apart, aligned, and in as many bytes as image_size said.
static int check_layout(const struct image *im, const struct image_shape *s, const char *memory)
{
    const char *at = memory;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        bool one = s->layer[l].topology == IMAGE_ONE_TO_ONE;
        int rows = one ? 1 : s->layer[l].n_in + s->layer[l].recurrent * s->layer[l].n_out;
        REQUIRE(y->n_in == s->layer[l].n_in && y->n_out == s->layer[l].n_out &&
                y->n_source == rows);
        if (im->law.currents == 2) rows *= 2;
        int most = s->layer[l].max_spikes ? s->layer[l].max_spikes : 1;
        REQUIRE(y->n_rows == rows && y->delayed == s->layer[l].delayed && y->max_spikes == most);
        struct law_layer layer = image_law_layer(im, l);
        REQUIRE(layer.max_spikes == most && layer.align == oracle_align(&im->law, y->input_frac));
        REQUIRE(y->topology == s->layer[l].topology && y->recurrent == s->layer[l].recurrent);
        REQUIRE(y->input_frac == (l ? 0 : im->law.input.frac_bits));
        const char *w = (const char *)y->w, *neuron = (const char *)y->neuron;
        REQUIRE(w >= at && w < at + 64 && (w - memory) % 64 == 0);
        at = w + 2 * rows * y->n_out;
        REQUIRE(neuron >= at && neuron < at + 64 && (neuron - memory) % 64 == 0);
        at = neuron + (int)sizeof(struct law_neuron) * y->n_out;
    }
    size_t size = image_size(&im->law, s), used = (size_t)(at - memory);
    REQUIRE(size >= used && size < used + 64 && size % 64 == 0);
    struct image_shape back = image_shape_of(im);
    REQUIRE(back.n_layers == s->n_layers);
    for (int l = 0; l < s->n_layers; l++)
        REQUIRE(back.layer[l].n_in == s->layer[l].n_in &&
                back.layer[l].n_out == s->layer[l].n_out &&
                back.layer[l].topology == s->layer[l].topology &&
                back.layer[l].recurrent == s->layer[l].recurrent &&
                back.layer[l].delayed == s->layer[l].delayed &&
                back.layer[l].max_spikes == im->layer[l].max_spikes);
    for (int l = s->n_layers; l < IMAGE_MAX_LAYERS; l++)
        REQUIRE(!back.layer[l].n_in && !back.layer[l].n_out);
    return 0;
}

// The view of an image: every word of it, where the image has it.
static int check_view(struct random *r, const struct image *im)
{
    const struct law_image v = law_image_of(im);
    int neurons = 0;
    REQUIRE(v.kind == &lif_kind && v.image == im && v.law == &im->law && !v.chip && !v.first);
    REQUIRE(v.shape.n_layers == im->n_layers && !law_image_check(&v));
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        REQUIRE(v.layer[l].n_source == y->n_source && v.layer[l].n_rows == y->n_rows);
        REQUIRE(v.layer[l].input_frac == y->input_frac && v.layer[l].w == y->w);
        REQUIRE(v.layer[l].neuron == y->neuron);
        REQUIRE(v.shape.layer[l].n_in == y->n_in && v.shape.layer[l].n_out == y->n_out);
        neurons += y->n_out;
        for (int i = 0; i < 40; i++) {
            int n = (int)draw(r, 0, y->n_out - 1), row = (int)draw(r, 0, y->n_rows - 1);
            REQUIRE(law_image_word(&v, l, WORD_WEIGHT, n, row) == y->w[row * y->n_out + n]);
            for (int k = WORD_LAMBDA; k < WORD_V; k++)
                REQUIRE(law_image_word(&v, l, k, n, 0) ==
                        *oracle_word(&y->neuron[n], 0, (enum image_word)k));
        }
    }
    struct law_image more = v;
    if (im->n_layers < IMAGE_MAX_LAYERS) { // a layer that is none is not looked at
        REQUIRE(!v.layer[im->n_layers].w && !v.layer[im->n_layers].n_rows);
        more.shape.layer[im->n_layers].n_out = 9;
    }
    REQUIRE(law_image_neurons(&more) == neurons);
    const struct law_neuron *n = &im->layer[0].neuron[0];
    struct law_state rest = {1, 2, 3, 4};
    lif_kind.rest(&im->law, n, &rest);
    REQUIRE(rest.v == (im->law.has_rest ? n->rest : 0) && !rest.u && !rest.u2 && !rest.r);
    return 0;
}

// A row that says nothing of synapses and sums: one weight a source, and formats alone are checked.
static int check_bare_row(void)
{
    static char memory[1 << 12] __attribute__((aligned(64)));
    struct law_kind bare = lif_kind;
    bare.synapses = 0, bare.fits = 0;
    struct law law = law_of_demo;
    law.currents = 2, law.current = law.membrane; // two synapses, if it were asked
    const struct image_shape shape = {1, {{5, 3, IMAGE_DENSE, true, false, 1}}};
    struct image im;
    memset(memory, 0, sizeof memory);
    REQUIRE(image_bytes(&bare, &law, &shape) < image_bytes(&lif_kind, &law, &shape));
    image_lay_out(&im, &bare, &law, &shape, memory);
    REQUIRE(im.layer[0].n_source == 8 && im.layer[0].n_rows == 8 && !image_check(&im));
    return 0;
}

static int check_image(struct random *r)
{
    struct law law;
    struct image_shape shape = random_shape(r);
    do
        law = random_law(r);
    while (law_check(&law));
    if (draw(r, 0, 3) == 0) shape.layer[0].max_spikes = 0; // stands for 1
    static char memory[1 << 20] __attribute__((aligned(64)));
    struct image im;
    int neurons = 0, where;
    REQUIRE(image_size(&law, &shape) <= sizeof memory);
    memset(memory, 0, sizeof memory);
    memset(&im, 0xa5, sizeof im);
    image_init(&im, &law, &shape, memory);
    for (int l = im.n_layers; l < IMAGE_MAX_LAYERS; l++)
        for (size_t k = 0; k < sizeof im.layer[l]; k++)
            REQUIRE(((const char *)&im.layer[l])[k] == (char)0xa5);
    if ((where = check_layout(&im, &shape, memory))) return where;
    random_words(r, &im);
    REQUIRE(!memcmp(&im.law, &law, sizeof law) && !image_check(&im));
    REQUIRE(image_hash(&im) == oracle_hash(&im));
    for (int l = 0; l < im.n_layers; l++) {
        REQUIRE(image_gather_bound(&im, l) == oracle_bound(&im, l));
        neurons += im.layer[l].n_out;
    }
    REQUIRE(image_neurons(&im) == neurons);
    REQUIRE(probe_mutated.law_state_words(&lif_kind, &law) ==
            1 + law.currents + (law.refractory_ticks != 0));
    if ((where = check_view(r, &im)) || (where = check_ranges(r, &im))) return where;
    if (im.n_layers < IMAGE_MAX_LAYERS) { // a layer that is none is not looked at
        static int16_t bad[1] = {INT16_MIN};
        static struct law_neuron worse[1] = {{.theta = INT32_MAX, .bias = INT32_MIN}};
        struct image_layer *y = &im.layer[im.n_layers];
        *y = (struct image_layer){.n_in = 1, .n_out = 1, .n_source = 1, .n_rows = 1};
        y->w = bad, y->neuron = worse, y->max_spikes = 1;
        REQUIRE(!image_check(&im));
    }
    memset(im.layer[0].w, 0, (size_t)(im.layer[0].n_rows * im.layer[0].n_out) * sizeof(int16_t));
    REQUIRE(image_gather_bound(&im, 0) == 0);
    return 0;
}

// Wide layers, of one current or two, the largest sum in any of the neurons: first, last, past 64.
static int check_wide_bound(struct random *r)
{
    static char memory[1 << 20] __attribute__((aligned(64)));
    const int widths[] = {1, 63, 64, 65, 127, 128, 129, 200};
    struct law law;
    do
        law = random_law(r);
    while (law_check(&law));
    for (int i = 0; i < 8; i++) {
        struct image_shape shape = {1, {{3, widths[i], IMAGE_DENSE, true, .max_spikes = 3}}};
        struct image im;
        REQUIRE(image_size(&law, &shape) <= sizeof memory);
        memset(memory, 0, sizeof memory);
        image_init(&im, &law, &shape, memory);
        const struct image_layer *y = &im.layer[0];
        int bits = law_bits(law.weight);
        for (int k = 0; k < y->n_rows * y->n_out; k++)
            y->w[k] = (int16_t)draw(r, (int)fx_min(bits), (int)fx_max(bits));
        REQUIRE(image_gather_bound(&im, 0) == oracle_bound(&im, 0));
        for (int tried = 0; tried < 20; tried++) { // one weight alone
            memset(y->w, 0, (size_t)(y->n_rows * y->n_out) * sizeof *y->w);
            int at = draw(r, 0, y->n_rows * y->n_out - 1);
            y->w[at] = (int16_t)fx_min(bits);
            REQUIRE(image_gather_bound(&im, 0) == oracle_bound(&im, 0));
        }
    }
    return 0;
}

int check_images(void)
{
    struct random r = {32};
    int where = check_shapes();
    if (!where) where = check_kinds(&r);
    if (!where) where = check_sums();
    if (!where) where = check_bare_row();
    for (int i = 0; i < 60 && !where; i++)
        where = check_image(&r);
    for (int i = 0; i < 6 && !where; i++)
        where = check_wide_bound(&r);
    return where;
}
