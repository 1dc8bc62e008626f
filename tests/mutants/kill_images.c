#include "tests/mutants/kill_model.h"

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
    s = good, s.layer[1].topology = IMAGE_DENSE, s.layer[1].n_out = 5;
    REQUIRE(!image_shape_check(&s));
    return 0;
}

// Every word at its least and most, and one beyond: the kind is named.
static int check_ranges(struct random *r, struct image *im)
{
    const struct law *a = &im->law;
    int64_t w = fx_max(law_bits(a->weight)), v = fx_max(law_bits(a->membrane));
    int64_t top = fx_umax(law_bits(a->leak));
    int64_t leak = a->leak_kind == LAW_LEAK_SHIFT ? 31 : top;
    int64_t decay = a->decay_kind == LAW_LEAK_SHIFT ? 31 : top;
    struct image_layer *y = &im->layer[draw(r, 0, im->n_layers - 1)];
    struct law_neuron *n = &y->neuron[draw(r, 0, 1) ? y->n_out - 1 : draw(r, 0, y->n_out - 1)];
    struct {
        int32_t *word;
        int64_t lo, hi;
        const char *name;
    } words[] = {{&n->lambda, 0, leak, "leak"},       {&n->lambda_slope, 0, 65535, "leak slope"},
                 {&n->mu, 0, decay, "decay"},         {&n->mu_slope, 0, 65535, "decay slope"},
                 {&n->theta, -v - 1, v, "threshold"}, {&n->bias, -v - 1, v, "bias"}};
    for (int i = 0; i < 6; i++) {
        int32_t was = *words[i].word;
        const int64_t tried[] = {words[i].lo, words[i].hi, words[i].lo - 1, words[i].hi + 1};
        for (int k = 0; k < 4; k++) {
            *words[i].word = (int32_t)tried[k];
            const char *said = image_check(im);
            REQUIRE(k < 2 ? !said : said && !strcmp(said, words[i].name));
        }
        *words[i].word = was;
    }
    int at = draw(r, 0, 1) ? y->n_source * y->n_out - 1 : 0;
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
        REQUIRE(y->topology == s->layer[l].topology && y->recurrent == s->layer[l].recurrent);
        REQUIRE(y->input_frac == (l ? 0 : im->law.input.frac_bits));
        const char *w = (const char *)y->w, *neuron = (const char *)y->neuron;
        REQUIRE(w >= at && w < at + 64 && (w - memory) % 64 == 0);
        at = w + 2 * rows * y->n_out;
        REQUIRE(neuron >= at && neuron < at + 64 && (neuron - memory) % 64 == 0);
        at = neuron + (int)sizeof(struct law_neuron) * y->n_out;
    }
    size_t size = image_size(s), used = (size_t)(at - memory);
    REQUIRE(size >= used && size < used + 64 && size % 64 == 0);
    struct image_shape back = image_shape_of(im);
    REQUIRE(back.n_layers == s->n_layers);
    for (int l = 0; l < s->n_layers; l++)
        REQUIRE(back.layer[l].n_in == s->layer[l].n_in &&
                back.layer[l].n_out == s->layer[l].n_out &&
                back.layer[l].topology == s->layer[l].topology &&
                back.layer[l].recurrent == s->layer[l].recurrent);
    return 0;
}

static int check_image(struct random *r)
{
    struct law law = random_law(r);
    struct image_shape shape = random_shape(r);
    static char memory[1 << 20] __attribute__((aligned(64)));
    struct image im;
    int neurons = 0, where;
    REQUIRE(image_size(&shape) <= sizeof memory);
    memset(memory, 0, sizeof memory);
    image_init(&im, &law, &shape, memory);
    if ((where = check_layout(&im, &shape, memory))) return where;
    random_words(r, &im);
    REQUIRE(!memcmp(&im.law, &law, sizeof law) && !image_check(&im));
    REQUIRE(image_hash(&im) == oracle_hash(&im));
    for (int l = 0; l < im.n_layers; l++) {
        REQUIRE(image_gather_bound(&im, l) == oracle_bound(&im, l));
        neurons += im.layer[l].n_out;
    }
    REQUIRE(image_neurons(&im) == neurons);
    REQUIRE(image_state_words(&law) == 1 + law.has_current + (law.refractory_ticks != 0));
    if ((where = check_ranges(r, &im))) return where;
    memset(im.layer[0].w, 0, (size_t)(im.layer[0].n_source * im.layer[0].n_out) * sizeof(int16_t));
    REQUIRE(image_gather_bound(&im, 0) == 0);
    return 0;
}

int check_images(void)
{
    struct random r = {32};
    int where = check_shapes();
    for (int i = 0; i < 60 && !where; i++)
        where = check_image(&r);
    return where;
}
