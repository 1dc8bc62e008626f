#include "cosim/dpi_lockstep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct run { // the model's side
    struct dpi_trace trace;
    struct dpi_state *before; // (neurons) at the start
    struct dpi_commit *commits;
    uint8_t *wrong; // (n_out) the DUT's state of the neuron was another in the tick before
};

static void run_fini(struct run *run)
{
    for (int l = 0; l < DPI_MAX_LAYERS; l++) {
        free(run->trace.layer[l].z);
        free(run->trace.layer[l].state);
        free(run->trace.layer[l].stages);
    }
    free(run->trace.count);
    free(run->before);
    free(run->commits);
    free(run->wrong);
}

static int run_init(struct run *run, const struct dpi_image *im, int layer, int n_ticks)
{
    size_t n_out = (size_t)im->layer[layer].n_out, all = (size_t)n_ticks * n_out + 1;
    *run = (struct run){0};
    bool ok = true;
    struct dpi_trace_layer *t = &run->trace.layer[layer];
    ok &= (t->state = calloc(all, sizeof *t->state)) != 0;
    ok &= (t->stages = calloc(all, sizeof *t->stages)) != 0;
    if (layer) {
        size_t fed = (size_t)n_ticks * (size_t)im->layer[layer - 1].n_out + 1;
        ok &= (run->trace.layer[layer - 1].z = calloc(fed, 1)) != 0;
    }
    ok &= (run->trace.count =
               calloc((size_t)im->layer[im->n_layers - 1].n_out, sizeof *run->trace.count)) != 0;
    ok &= (run->before = calloc((size_t)dpi_image_neurons(im), sizeof *run->before)) != 0;
    ok &= (run->commits = calloc(n_out, sizeof *run->commits)) != 0;
    ok &= (run->wrong = calloc(n_out, 1)) != 0;
    if (!ok) run_fini(run);
    return ok ? 0 : -1;
}

// Compares one word; keeps the first that differs.
static bool same(struct dpi_lockstep_result *r, const struct dpi_divergence *at, const char *what,
                 int64_t expected, int64_t got)
{
    if (expected == got) return true;
    if (r->words_differ + r->stages_differ == 0) {
        r->first = *at;
        r->first.what = what;
        r->first.expected = expected;
        r->first.got = got;
    }
    return false;
}

static void compare(const struct dpi_image *im, const struct run *run, int layer, int tick,
                    int neuron, struct dpi_lockstep_result *r)
{
    static const char *const after[DPI_STATE_WORDS] = {"isyn after", "gaba after", "iahp after",
                                                       "imem after", "vmem after", "timer after",
                                                       "z after"};
    const struct dpi_commit *c = &run->commits[neuron];
    size_t at = (size_t)tick * (size_t)im->layer[layer].n_out + (size_t)neuron;
    const struct dpi_trace_layer *t = &run->trace.layer[layer];
    struct dpi_divergence d = {.tick = tick,
                               .neuron = neuron,
                               .root = !run->wrong[neuron],
                               .model = t->stages[at],
                               .dut = c->stages};
    if (tick) d.spikes_before = t->state[at - (size_t)im->layer[layer].n_out].z;
    bool differs = false;
    r->fired += t->stages[at].fire;
    for (int i = 0; i < DPI_STAGES; i++) {
        bool equal = same(r, &d, dpi_kind.stage[i].name, law_get(&dpi_kind.stage[i], &d.model),
                          law_get(&dpi_kind.stage[i], &d.dut));
        r->stages++;
        r->stages_differ += !equal;
    }
    for (int i = 0; i < DPI_STATE_WORDS; i++) {
        if (DPI_ISYN + i == DPI_GABA && !im->law.gaba) continue;
        bool equal = same(r, &d, after[i], law_get(&law_states(&dpi_kind)[i], &t->state[at]),
                          law_get(&law_states(&dpi_kind)[i], &c->after));
        r->words++;
        r->words_differ += !equal;
        differs |= !equal;
    }
    run->wrong[neuron] = differs;
}

int dpi_lockstep_run(struct dpi_dut_handle *h, const struct dpi_image *im, int layer,
                     const struct dpi_stimulus *s, const struct dpi_state *start,
                     struct dpi_state *dut_after, struct dpi_lockstep_result *r, char *message,
                     size_t size)
{
    const struct dpi_layer *y = &im->layer[layer];
    struct run run;
    if (run_init(&run, im, layer, s->n_ticks)) {
        snprintf(message, size, "lockstep: out of memory");
        return -1;
    }
    if (start)
        memcpy(run.before, start, (size_t)dpi_image_neurons(im) * sizeof *start);
    else
        dpi_image_rest(im, run.before);
    const struct dpi_state *own = run.before;
    for (int l = 0; l < layer; l++)
        own += im->layer[l].n_out;
    dpi_dut_start(h, own);
    dpi_run(im, s, run.before, &run.trace);
    const uint8_t *x = layer ? run.trace.layer[layer - 1].z : s->x;
    int rc = 0;
    int64_t differed = r->words_differ + r->stages_differ;
    for (int t = 0; t < s->n_ticks && rc == 0; t++) {
        int64_t cycles =
            h->ops->tick(h->dut, x + (size_t)t * (size_t)y->n_in, run.commits, message, size);
        if (cycles < 0) rc = -1;
        for (int n = 0; n < y->n_out && rc == 0; n++) {
            if (run.commits[n].neuron != n) {
                snprintf(message, size, "DUT: tick %d, commit %d is of neuron %d", t, n,
                         run.commits[n].neuron);
                rc = -1;
                break;
            }
            compare(im, &run, layer, t, n, r);
            if (dut_after)
                dut_after[(size_t)t * (size_t)y->n_out + (size_t)n] = run.commits[n].after;
        }
        r->cycles += cycles;
        r->ticks++;
    }
    run_fini(&run);
    return rc ? rc : r->words_differ + r->stages_differ > differed;
}

void dpi_lockstep_explain(FILE *f, const struct dpi_law *law, const struct dpi_divergence *d)
{
    fprintf(f,
            "first divergence: tick %d, neuron %d, %s: model %" PRId64 " (0x%" PRIx64
            "), RTL %" PRId64 " (0x%" PRIx64 "), XOR 0x%" PRIx64 ", %s\n",
            d->tick, d->neuron, d->what, d->expected, (uint64_t)d->expected, d->got,
            (uint64_t)d->got, (uint64_t)(d->expected ^ d->got),
            d->root ? "root" : "inherited from the tick before");
    fprintf(f, "  currents in LSB of Io / 2^%d; spikes of the tick before: %d\n",
            law->current.frac_bits, d->spikes_before);
    for (int i = 0; i < DPI_STAGES; i++)
        fprintf(f, "  %-10s model %16" PRId64 "  RTL %16" PRId64 "%s\n", dpi_kind.stage[i].name,
                law_get(&dpi_kind.stage[i], &d->model), law_get(&dpi_kind.stage[i], &d->dut),
                law_get(&dpi_kind.stage[i], &d->model) == law_get(&dpi_kind.stage[i], &d->dut)
                    ? ""
                    : "  <-");
}
