// Speed under other people's laws, beside the plain law's in the same run: the bench's net and data
// (bench/bench.h) behind a front-end layer, the chips of chips/, one thread's CPU time. Counted: forward, output
// spikes alone, as prediction does; recorded: forward, what the way back of that law reads; trained: that, and
// the way back by the law's own options. One JSON object a line; times_plain: clips/s over those of
// chips/fpga-q8.8.yaml.
#include "bench/bench.h"
#include "model/lif/many.h"
#include "twin/lif/backward.h"
#include "twin/net/virtual_chip.h"
#include "twin/train/train.h"

#include <string.h>

enum { CLIPS = 64, LAYERS = 3, SIDE = 16 }; // side by side, as in training
enum way { COUNTED, RECORDED, TRAINED, WAYS };
static const char *const way_names[WAYS] = {"counted", "recorded", "trained"};

struct recorded { // of a clip: c, v, u, r
    int32_t words[LAYERS][4][TICKS * HIDDEN] __attribute__((aligned(64)));
    uint64_t z[LAYERS][TICKS];
};

static const char *const chips[] = {"fpga-q8.8", "xylo-v1", "xylo-v2", "loihi", "sc-neurocore"};
enum { CHIPS = sizeof chips / sizeof *chips };

struct bench {
    struct chip chip;
    struct image_shape shape;
    struct net net;
    struct image *image;
    struct many many;
    void *memory;
    uint8_t *x;
    int16_t *jitter;
    struct stimulus s[CLIPS];
    struct trace counted[CLIPS], recorded[CLIPS];
    struct recorded *room; // (SIDE)
    struct backward backward;
    struct backward_options options;
    int32_t count[CLIPS][CLASSES];
    int64_t spikes[CLIPS][IMAGE_MAX_LAYERS];
};

static void die(const char *why)
{
    fprintf(stderr, "bench/laws: %s\n", why);
    exit(2);
}

static void bench_init(struct bench *b, const char *name, bool recurrent)
{
    struct fail f;
    char path[256];
    memset(b, 0, sizeof *b);
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, name);
    if (chip_load(&b->chip, path, &f)) die(f.text);
    const struct law *law = &b->chip.law;
    struct image_shape behind = bench_shape(recurrent);
    b->shape = (struct image_shape){LAYERS, {{INPUTS, INPUTS, IMAGE_ONE_TO_ONE, false}}};
    memcpy(b->shape.layer + 1, behind.layer, 2 * sizeof *behind.layer);
    if (net_init(&b->net, &b->shape, &b->chip, &f)) die(f.text);
    b->x = malloc(CLIPS * TICKS * INPUTS);
    b->jitter = malloc(CLIPS * TICKS * sizeof *b->jitter);
    b->image = virtual_chip_new(&b->chip, &b->shape);
    b->memory = aligned_alloc(64, many_size(law, &b->shape));
    b->room = aligned_alloc(64, SIDE * sizeof *b->room);
    if (!b->x || !b->jitter || !b->image || !b->memory || !b->room) die("out of memory");
    struct net filled = b->net; // without the front end
    filled.shape = behind;
    memcpy(filled.layer, b->net.layer + 1, 2 * sizeof *filled.layer);
    bench_fill(&filled, b->x, CLIPS * TICKS * INPUTS); // in units of a threshold of 8
    for (int l = 1; l < LAYERS; l++)
        for (int i = 0; i < b->net.layer[l].n_source * b->net.layer[l].n_out; i++)
            b->net.layer[l].w[i] *= (float)(b->chip.threshold / 8);
    // An event is the largest word, and enough for a spike.
    double most = fmin(255, (double)image_input_max(b->image, 0));
    double real = ldexp(most, -law->input.frac_bits);
    for (int i = 0; i < INPUTS; i++)
        b->net.layer[0].w[i] = (float)fmin(1.1 * b->chip.threshold / real, b->chip.weight.max);
    for (int i = 0; i < CLIPS * TICKS * INPUTS; i++)
        b->x[i] = (uint8_t)(b->x[i] * most);
    virtual_chip_make(b->image, &b->chip, &b->net, 1, 1, 0);
    many_init(&b->many, b->image, b->memory);
    struct train_options suited;
    train_defaults(&suited);
    train_suit(&suited, &b->chip);
    b->options = (struct backward_options){.slope = (float)suited.surrogate,
                                           .reset_grad = (float)suited.reset_grad};
    if (backward_init(&b->backward, &b->shape, TICKS, &f)) die(f.text);
    backward_load(&b->backward, b->image, &b->options);
    bool moves = b->chip.jitter.sigma > 0 && b->chip.jitter.acts_leak;
    for (int i = 0; i < CLIPS; i++) {
        virtual_chip_jitter(&b->chip, 1, 1, (uint64_t)i, b->jitter + i * TICKS, TICKS);
        b->s[i] = (struct stimulus){.n_ticks = TICKS,
                                    .x = b->x + i * TICKS * INPUTS,
                                    .jitter = moves ? b->jitter + i * TICKS : 0};
        b->counted[i] = (struct trace){.count = b->count[i], .spikes = b->spikes[i]};
        b->recorded[i] = b->counted[i];
        for (int l = 0; l < LAYERS; l++) {
            struct trace_layer *t = &b->recorded[i].layer[l];
            struct recorded *room = &b->room[i % SIDE];
            t->stride = network_padded(b->shape.layer[l].n_out);
            t->z = room->z[l];
            if (law_bits(law->membrane) <= 16)
                t->c16 = (int16_t *)room->words[l][0];
            else
                t->c = room->words[l][0];
            if (!law_beyond(law) && !law->currents && !law->refractory_ticks) continue;
            t->v = room->words[l][1];
            t->u = law->currents ? room->words[l][2] : 0;
            t->r = law->refractory_ticks ? room->words[l][3] : 0;
        }
    }
}

static void bench_fini(struct bench *b)
{
    virtual_chip_free(b->image);
    net_fini(&b->net);
    backward_fini(&b->backward);
    free(b->room);
    free(b->memory);
    free(b->jitter);
    free(b->x);
}

// One round over all clips, clips/s of this thread.
static double round_of(struct bench *b, enum way way)
{
    static const float gcount[CLASSES] = {0.1f, -0.1f};
    struct trace *t = way == COUNTED ? b->counted : b->recorded;
    int rounds = 0;
    double start = cpu_s(), took;
    do {
        for (int i = 0; i < CLIPS; i += SIDE) {
            many_run(&b->many, SIDE, b->s + i, t + i);
            for (int j = i; way == TRAINED && j < i + SIDE; j += BACKWARD_GROUP) {
                struct backward_clip clips[BACKWARD_GROUP];
                for (int k = 0; k < BACKWARD_GROUP; k++)
                    clips[k] = (struct backward_clip){b->s[j + k], &t[j + k], gcount};
                backward_run(&b->backward, clips, BACKWARD_GROUP);
            }
        }
        rounds++;
        took = cpu_s() - start;
    } while (took < 0.02);
    return rounds * CLIPS / took;
}

// The laws take turns, so that what else the machine does slows all of them.
static void compare(bool recurrent, enum way way)
{
    static struct bench b[CHIPS];
    double rate[CHIPS][REPEATS];
    for (int i = 0; i < CHIPS; i++)
        bench_init(&b[i], chips[i], recurrent);
    for (int r = -1; r < REPEATS; r++)
        for (int i = 0; i < CHIPS; i++) {
            double now = round_of(&b[i], way);
            if (r >= 0) rate[i][r] = now;
        }
    double plain = 0;
    for (int i = 0; i < CHIPS; i++) {
        double each = median(rate[i], REPEATS), spikes = 0;
        if (i == 0) plain = each;
        for (int k = 0; k < CLIPS; k++)
            spikes += (double)b[i].spikes[k][1] / (CLIPS * TICKS * HIDDEN);
        printf("{\"bench\":\"laws\",\"net\":\"%s\",\"way\":\"%s\",\"chip\":\"%s\",\"jitter\":%s,"
               "\"rate\":%.3f,\"per_s_med\":%.0f,\"times_plain\":%.3f}\n",
               recurrent ? "rec" : "ff", way_names[way], chips[i],
               b[i].s[0].jitter ? "true" : "false", spikes, each, each / plain);
        bench_fini(&b[i]);
    }
    fflush(stdout);
}

int main(void)
{
    for (int way = 0; way < WAYS; way++)
        for (int recurrent = 0; recurrent < 2; recurrent++)
            compare(recurrent, (enum way)way);
    return 0;
}
