#include "cosim/dut/dut.h"
#include "cosim/dut/dut_build.h"
#include "tests/traces/traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run { // what a side did
    struct words layer[TRACE_LAYERS];
    void *memory;
};

static int run_init(struct run *r, const struct machine_trace *t)
{
    size_t each[TRACE_LAYERS] = {0}, all = 0;
    for (int l = 0; l < t->im.n_layers; l++) {
        each[l] = (size_t)t->s.n_ticks * (size_t)network_padded(t->im.layer[l].n_out);
        all += 5 * each[l];
    }
    int32_t *at = r->memory = aligned_alloc(64, all * sizeof *at);
    if (!at) return -1;
    memset(at, 0, all * sizeof *at);
    for (int l = 0; l < t->im.n_layers; at += 5 * each[l], l++)
        r->layer[l] =
            (struct words){at, at + each[l], at + 2 * each[l], at + 3 * each[l], at + 4 * each[l]};
    return 0;
}

// Compares one word; the first that differs is told.
static bool same(struct trace_result *r, int tick, int layer, int neuron, const char *word,
                 int32_t expected, int32_t got)
{
    r->words++;
    if (expected == got) return true;
    if (r->first < 0 || (r->first == tick && !*r->what))
        snprintf(r->what, sizeof r->what,
                 "tick %d, layer %d, neuron %d, %s: %d in the file, %d here", tick, layer, neuron,
                 word, expected, got);
    return false;
}

static int32_t shown_spikes(const struct machine_trace *t, int layer, const int32_t *n, int neuron)
{
    int32_t spikes = n[neuron];
    for (int m = 0; layer == 0 && t->has_alias && m < t->im.layer[0].n_out; m++)
        if (t->alias[m] == neuron) spikes += n[m];
    return spikes;
}

static void compare(const struct machine_trace *t, const struct run *run, struct trace_result *r)
{
    *r = (struct trace_result){.ticks = t->s.n_ticks, .first = -1};
    for (int tick = 0; tick < t->s.n_ticks; tick++) {
        bool equal = true, known = false;
        for (int l = 0; l < t->im.n_layers; l++) {
            int n_out = t->im.layer[l].n_out, stride = network_padded(n_out);
            const struct words *e = &t->expected[l], *g = &run->layer[l];
            for (int n = 0; n < n_out; n++) {
                int at = tick * n_out + n, here = tick * stride + n;
                bool other = t->shown_at_spike && g->n[here];
                known |= other;
                equal &= same(r, tick, l, n, "v", e->v[at], other ? t->shown_at_spike : g->v[here]);
                if (e->u) equal &= same(r, tick, l, n, "u", e->u[at], g->u[here]);
                if (e->u2) equal &= same(r, tick, l, n, "u2", e->u2[at], g->u2[here]);
                if (e->r) equal &= same(r, tick, l, n, "r", e->r[at], g->r[here]);
                if (e->n)
                    equal &= same(r, tick, l, n, "spikes", e->n[at],
                                  shown_spikes(t, l, g->n + tick * stride, n));
            }
        }
        if (!equal && r->first < 0) r->first = tick;
        r->equal += equal && !known;
        r->known += equal && known;
    }
}

int trace_run_model(const struct machine_trace *t, struct trace_result *r, struct fail *f)
{
    struct image_shape shape = image_shape_of(&t->im);
    const char *wrong = image_check(&t->im);
    if (wrong) return fail(f, "%s is out of its format", wrong);
    struct run run;
    void *memory = aligned_alloc(64, network_size(&t->im.law, &shape));
    int32_t *count = calloc((size_t)shape.layer[shape.n_layers - 1].n_out, sizeof *count);
    if (run_init(&run, t) || !memory || !count) return fail(f, "out of memory");
    struct trace into = {.count = count};
    for (int l = 0; l < t->im.n_layers; l++) {
        const struct words *w = &run.layer[l];
        into.layer[l] = (struct trace_layer){.v = w->v,
                                             .u = w->u,
                                             .u2 = w->u2,
                                             .r = w->r,
                                             .n = w->n,
                                             .stride = network_padded(t->im.layer[l].n_out)};
    }
    struct network net;
    network_init(&net, &t->im, memory);
    network_run(&net, &t->s, &into);
    compare(t, &run, r);
    free(run.memory);
    free(memory);
    free(count);
    return 0;
}

// One tick of the DUT: the stimulus' writes, then the events.
static int step(struct dut_handle *h, const struct law_image *im, const struct machine_trace *t,
                int tick, int *next, struct lif_commit *commits, char *message, size_t size)
{
    for (; *next < t->s.n_writes && t->s.write[*next].tick == tick; ++*next) {
        const struct stimulus_write *w = &t->s.write[*next];
        if (dut_write(h, im, w->layer, (int)w->word, w->neuron, w->row, w->value, message, size))
            return -1;
    }
    return h->ops->tick(h->dut, &t->s, tick, commits, message, size) < 0 ? -1 : 0;
}

int trace_run_rtl(const struct machine_trace *t, const char *root, const char *build,
                  struct trace_result *r, struct fail *f)
{
    struct image_shape shape = image_shape_of(&t->im);
    struct dut_build_options o = {root, build, false};
    struct dut_handle h;
    char library[DUT_PATH], message[1024] = "";
    struct run run;
    if (dut_build(&lif_kind, &t->im.law, &shape, &o, library, message, sizeof message) ||
        dut_open(&h, library, message, sizeof message))
        return fail(f, "%s", message);
    const struct law_image im = law_image_of(&t->im);
    struct lif_commit *commits = calloc((size_t)image_neurons(&t->im), sizeof *commits);
    int rc = run_init(&run, t) || !commits || dut_load(&h, &im, message, sizeof message) ? -1 : 0;
    for (int tick = 0, next = 0; rc == 0 && tick < t->s.n_ticks; tick++) {
        rc = step(&h, &im, t, tick, &next, commits, message, sizeof message);
        for (int i = 0; i < image_neurons(&t->im); i++) {
            const struct lif_commit *c = &commits[i];
            const struct words *w = &run.layer[c->at.layer];
            int at = tick * network_padded(t->im.layer[c->at.layer].n_out) + c->at.neuron;
            w->v[at] = c->after.v;
            w->u[at] = c->after.u;
            w->u2[at] = c->after.u2;
            w->r[at] = c->after.r;
            w->n[at] = c->stages.fire;
        }
    }
    if (rc == 0) compare(t, &run, r);
    free(run.memory);
    free(commits);
    dut_close(&h);
    return rc ? fail(f, "RTL: %s", message) : 0;
}
