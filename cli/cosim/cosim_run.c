#include "cli/cosim/cosim_run.h"

#include "base/text.h"
#include "base/file.h"
#include "cosim/dut/dut_build.h"
#include "cosim/dut/dut_save.h"
#include "model/laws/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffers { // of one thread
    struct dut_handle dut;
    struct image *image;
    const struct engine *engine;
    void *memory; // of the engine
    uint8_t *words;
    int16_t *jitter;
    int32_t *count;
    struct stimulus_write *write;
};

static int buffers_init(void *room, const struct cosim_job *j, char *message, size_t size)
{
    struct buffers *b = room;
    const struct image_shape *s = &j->net->shape;
    b->image = virtual_chip_new(j->chip, s);
    b->engine = recorder_of(j->chip->kind);
    b->memory = b->image ? aligned_alloc(64, b->engine->size(b->image)) : 0;
    b->words = malloc((size_t)j->corpus->n_ticks * (size_t)s->layer[0].n_in);
    b->jitter = malloc((size_t)j->corpus->n_ticks * sizeof *b->jitter);
    b->count = malloc((size_t)s->layer[s->n_layers - 1].n_out * sizeof *b->count);
    int writes = faults_room(j->faults, j->chip, s, j->corpus->n_ticks);
    b->write = malloc(((size_t)writes + 1) * sizeof *b->write);
    if (!b->image || !b->memory || !b->words || !b->jitter || !b->count || !b->write) {
        snprintf(message, size, "out of memory");
        return -1;
    }
    return dut_open(&b->dut, j->library, message, size);
}

static void buffers_fini(void *room)
{
    struct buffers *b = room;
    dut_close(&b->dut);
    virtual_chip_free(b->image);
    free(b->memory);
    free(b->words);
    free(b->jitter);
    free(b->count);
    free(b->write);
}

static struct stimulus stimulus_of(struct buffers *b, const struct cosim_job *j, uint32_t k,
                                   int clip)
{
    uint64_t seed = j->o->common.seed;
    struct stimulus s = corpus_stimulus(j->corpus, j->chip, seed, k, clip, 0, b->words, b->jitter);
    faults_flip(j->faults, j->chip, b->image, seed, k, j->corpus->set.clip[clip].id, &s, b->write);
    return s;
}

// All clips on one chip, up to its first divergence.
static int run_chip(void *room, const struct cosim_job *j, struct cosim_result *r, char *message,
                    size_t size)
{
    struct buffers *b = room;
    int status = 0;
    struct lockstep_options how = {.stages = j->o->stages};
    virtual_chip_make(b->image, j->chip, j->net, j->o->common.seed, r->k, 0);
    faults_fix_image(j->faults, b->image);
    b->engine->init(b->memory, b->image);
    const struct law_image view = law_image_of(b->image);
    struct lockstep *k = lockstep_new(&b->dut, &view, j->corpus->n_ticks, message, size);
    struct reached reached = {0};
    if (!k) return -1;
    if (j->o->reached && !reached_init(&reached, &view)) {
        snprintf(message, size, "out of memory");
        status = -1;
    }
    for (int i = 0; status == 0 && i < j->n_clips; i++) {
        struct stimulus s = stimulus_of(b, j, r->k, j->clip[i]);
        int label = j->corpus->set.clip[j->clip[i]].label;
        struct trace t = {.count = b->count};
        status = lockstep_run(k, &s, &how, &r->lockstep, message, size);
        if (status < 0) break;
        if (status > 0) r->divergent_clip = i;
        if (i < j->o->reached) corners_run(&reached.corners, &reached.reference, &s);
        // What the twin alone says, as spiketwin predict does, and what the RTL's own spikes say.
        b->engine->run(b->memory, 1, &s, &t);
        if (j->corpus->targets) { // all that outputs say are their spikes
            const size_t n_out = (size_t)j->net->shape.layer[j->net->shape.n_layers - 1].n_out;
            r->decisions_differ +=
                memcmp(b->count, lockstep_dut_count(k), n_out * sizeof *b->count) != 0;
            r->clips++;
            continue;
        }
        int twin = net_decide(j->net, b->count);
        int rtl = net_decide(j->net, lockstep_dut_count(k));
        if (r->said) r->said[i] = (uint16_t)rtl;
        r->twin_correct += twin == label;
        r->rtl_correct += rtl == label;
        r->decisions_differ += twin != rtl;
        r->clips++;
    }
    if (status >= 0 && j->o->reached && !reached_add(j->reached, &reached)) {
        snprintf(message, size, "out of memory");
        status = -1;
    }
    reached_fini(&reached);
    lockstep_free(k);
    return status < 0 ? -1 : 0;
}

void cosim_each(const struct cosim_job *j, const struct cosim_worker *w, struct progress *p)
{
    char failed[1024] = "";
    long done = 0;
#pragma omp parallel
    {
        char message[1024] = "out of memory";
        void *room = calloc(1, w->size);
        int bad = room ? w->init(room, j, message, sizeof message) : -1;
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < j->o->n_chips; i++) {
            if (!bad) bad = w->run(room, j, &j->result[i], message, sizeof message);
#pragma omp critical(cosim)
            {
                if (bad && !failed[0]) snprintf(failed, sizeof failed, "%s", message);
                progress_tell(p, "chips in lockstep", ++done, j->o->n_chips);
            }
        }
        if (room) w->fini(room);
        free(room);
    }
    if (failed[0]) cli_die("%s", failed);
}

void cosim_run_all(const struct cosim_job *j, struct progress *p)
{
    static const struct cosim_worker lif = {sizeof(struct buffers), buffers_init, run_chip,
                                            buffers_fini};
    cosim_each(j, &lif, p);
}

int64_t cosim_differ(const struct lockstep_result *r)
{
    return r->words_differ + r->spikes_differ + r->stages_differ;
}

static void print_given(const char *option, const char *value)
{
    char *quoted = value ? text_quoted(value) : 0;
    if (value && !quoted) cli_die("out of memory");
    if (quoted) fprintf(stderr, " %s %s", option, quoted);
    free(quoted);
}

void cosim_print_again(const struct cosim_given *given)
{
    fprintf(stderr, "replay: spiketwin cosim");
    for (int i = 0; cli_chip_set(i); i++)
        print_given("--set", cli_chip_set(i));
    for (; given->option; given++)
        print_given(given->option, given->value);
    fputc('\n', stderr);
}

// The command that shows this clip on this chip again, with waves, quoted for a shell: all that the
// run was given that bears on it.
static void print_again(const struct cosim_job *j, uint32_t k, int clip)
{
    const struct cosim_options *o = j->o;
    char seed[24], chip[16], at[16], ticks[16], clip_ms[16];
    const struct cli_common *c = &o->common;
    snprintf(ticks, sizeof ticks, "%d", c->ticks);
    snprintf(clip_ms, sizeof clip_ms, "%d", c->clip_ms);
    snprintf(seed, sizeof seed, "%" PRIu64, o->common.seed);
    snprintf(chip, sizeof chip, "%" PRIu32, k);
    snprintf(at, sizeof at, "%d", clip);
    const bool own_source = strcmp(o->source, cli_home()) != 0;
    const struct cosim_given given[] = {{"-d", o->common.data},
                                        {"-w", o->common.words},
                                        {"--speaker", o->common.speaker},
                                        {"--ticks", c->ticks ? ticks : 0},
                                        {"--time-unit", c->time ? events_time_names[c->time] : 0},
                                        {"--clip-ms", c->clip_ms == -1 ? "longest"
                                                      : c->clip_ms     ? clip_ms
                                                                       : 0},
                                        {"-S", dataset_split_names[o->common.split]},
                                        {"-s", seed},
                                        {"-c", o->chip},
                                        {"-F", o->faults},
                                        {"--source", own_source ? o->source : 0},
                                        {"--build", o->out},
                                        {"-k", chip},
                                        {"-i", at},
                                        {"-W", o->wave ? o->wave : "wave.fst"},
                                        {c->windows ? "--windows -T --" : "-T --", o->net},
                                        {0}};
    cosim_print_again(given);
}

void cosim_explain(const struct cosim_job *j, const struct cosim_result *r)
{
    char message[1024];
    struct buffers b = {0};
    const struct lockstep_divergence *d = &r->lockstep.first;
    if (buffers_init(&b, j, message, sizeof message)) cli_die("%s", message);
    virtual_chip_make(b.image, j->chip, j->net, j->o->common.seed, r->k, 0);
    faults_fix_image(j->faults, b.image);
    int clip = j->clip[r->divergent_clip];
    int at = j->o->clip >= 0 ? j->o->clip : r->divergent_clip;
    fprintf(stderr, "first divergence: chip %u, seed %" PRIu64 ", clip %d (%s)\n", r->k,
            j->o->common.seed, at, j->corpus->set.clip[clip].path);
    const struct law_image view = law_image_of(b.image);
    lockstep_explain(stderr, &view, d);
    print_again(j, r->k, at);
    if (j->o->wave) {
        struct dut_build_options where = {j->o->source, j->o->out, true};
        struct dut_handle waves;
        char library[DUT_PATH];
        struct file_new wave;
        struct fail f;
        struct stimulus s = stimulus_of(&b, j, r->k, clip);
        if (file_begin(&wave, j->o->wave, &f)) cli_die("%s", f.text);
        if (dut_build(j->chip->kind, j->chip->params, &j->net->shape, &where, library, message,
                      sizeof message) ||
            dut_open(&waves, library, message, sizeof message) ||
            lockstep_wave(&waves, &view, &s, d->tick > 3 ? d->tick - 3 : 0, d->tick + 1,
                          wave.temporary, message, sizeof message)) {
            file_drop(&wave);
            cli_die("%s", message);
        }
        dut_close(&waves); // which ends the file
        if (file_commit(&wave, j->o->wave, &f) ||
            dut_save(j->o->wave, j->chip->kind, j->chip->params, &j->net->shape, &f))
            cli_die("%s", f.text);
        fprintf(stderr, "waves: %s\n", j->o->wave);
    }
    buffers_fini(&b);
}
