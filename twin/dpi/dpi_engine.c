#include "twin/dpi/dpi_engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct law_row {
    const char *name;
    const struct dpi_law *law;
} laws[] = {{"compat", &dpi_compat}, {"silicon", &dpi_silicon}, {"double", 0}};
enum { LAWS = sizeof laws / sizeof *laws };

bool dpi_law_of(const char *name, const struct dpi_law **law)
{
    int i = 0;
    while (i < LAWS && strcmp(laws[i].name, name) != 0)
        i++;
    if (i < LAWS) *law = laws[i].law;
    return i < LAWS;
}

const char *dpi_law_name(const struct dpi_law *law)
{
    for (int i = 0; i < LAWS; i++)
        if (laws[i].law == law) return laws[i].name;
    return laws[0].name; // one of a test's own
}

int dpi_engine_init(struct dpi_engine *e, const struct dynapse_chip *chip,
                    const struct dpi_law *law, int n_in, int n, int room, struct fail *f)
{
    size_t cells = (size_t)room * (size_t)n;
    const char *wide = law ? dpi_lanes_check(law) : 0;
    *e = (struct dpi_engine){.chip = chip, .law = law, .n_in = n_in, .n = n, .room = room};
    if (wide) return fail(f, "DPI law: %s", wide);
    if (dpi_chips_init(&e->chips, n_in, n, f)) return -1;
    e->counts = aligned_alloc(64, (size_t)(n * DPI_LANES) * sizeof *e->counts);
    if (!e->counts) goto no_memory;
    if (!law) {
        e->real_record = aligned_alloc(64, (cells + 1) * sizeof *e->real_record);
        if (!e->real_record) goto no_memory;
        if (!dpi_float_init(&e->real, n_in, n, true, f)) return 0;
        dpi_engine_fini(e);
        return -1;
    }
    struct dpi_tables *tables = malloc(sizeof *tables);
    e->memory = aligned_alloc(64, dpi_lanes_size(n_in, n, true));
    e->lanes = malloc(sizeof *e->lanes);
    e->record = aligned_alloc(64, (cells + 1) * sizeof *e->record);
    e->spikes = calloc(cells + 1, sizeof *e->spikes);
    e->count = calloc((size_t)(n * DPI_LANES), sizeof *e->count);
    if (tables && e->memory && e->lanes && e->record && e->spikes && e->count) {
        dpi_words_tables(law, tables);
        dpi_lanes_init(e->lanes, law, tables, n_in, n, true, e->memory);
        free(tables);
        return 0;
    }
    free(tables);
no_memory:
    dpi_engine_fini(e);
    return fail(f, "DPI engine of %d x %d: out of memory", n_in, n);
}

void dpi_engine_fini(struct dpi_engine *e)
{
    dpi_chips_fini(&e->chips);
    dpi_float_fini(&e->real);
    free(e->counts);
    free(e->real_record);
    free(e->record);
    free(e->spikes);
    free(e->count);
    free(e->memory);
    free(e->lanes);
    *e = (struct dpi_engine){0};
}

void dpi_engine_load(struct dpi_engine *e, int lane, const struct dpi_net *net,
                     const struct dpi_variation *v, uint64_t seed, uint32_t k,
                     struct dpi_engine_note *note)
{
    dpi_engine_draw(e, lane, net, v, seed, k);
    dpi_engine_words(e, lane, note);
}

void dpi_engine_draw(struct dpi_engine *e, int lane, const struct dpi_net *net,
                     const struct dpi_variation *v, uint64_t seed, uint32_t k)
{
    dpi_chips_draw(&e->chips, lane, net, &e->chip->nominal, v, seed, k);
    e->iscale = e->real.iscale = net->Iscale;
    e->dt = e->real.dt = net->dt;
}

// What is stuck or dead, into the image and from there into the lane.
static void fix(struct dpi_engine *e, int lane, struct dpi_image *image)
{
    const struct dpi_layer *y = &image->layer[0];
    const struct law_image view = law_image_dpi(image, 0);
    faults_fix(e->faults, &view);
    for (int i = 0; i < e->n; i++) {
        dpi_lanes_load(e->lanes, i, lane, &y->neuron[i]);
        for (int row = 0; row < e->chips.rows; row++)
            *dpi_lanes_weight(e->lanes, row, i, lane) = y->w[row * e->n + i];
    }
}

void dpi_engine_words(struct dpi_engine *e, int lane, struct dpi_engine_note *note)
{
    const struct dpi_scale scale = {e->chip->nominal.Io, e->dt};
    struct dpi_clamped own = {0}, *clamped = note ? &note->clamped : &own;
    struct dpi_layer *image = note ? &note->image->layer[0] : 0;
    for (int i = 0; i < e->n; i++) {
        const struct dpi_circuit *c = &e->chips.circuit[i * DPI_LANES + lane];
        if (!e->law) {
            dpi_float_circuit(&e->real, i, lane, c);
            continue;
        }
        struct dpi_neuron words;
        double charge = dpi_words_charge(c) * e->iscale;
        dpi_words_neuron(e->law, &scale, c, &words, clamped);
        dpi_lanes_load(e->lanes, i, lane, &words);
        if (image) image->neuron[i] = words;
        for (int row = 0; row < e->chips.rows; row++) {
            double iw = e->chips.w[(row * e->n + i) * DPI_LANES + lane];
            int32_t w = dpi_words_weight(e->law, &scale, charge, iw, clamped);
            *dpi_lanes_weight(e->lanes, row, i, lane) = w;
            if (image) image->w[row * e->n + i] = w;
        }
    }
    if (image && e->faults) fix(e, lane, note->image);
    for (int row = 0; !e->law && row < e->chips.rows; row++)
        for (int i = 0; i < e->n; i++)
            *dpi_float_weight(&e->real, row, i, lane) =
                e->chips.w[(row * e->n + i) * DPI_LANES + lane];
}

// The flips from number `from` on that come before tick `to`; returns the next. To mend: those of weights.
static int flip(struct dpi_engine *e, int from, int to, bool mend)
{
    const struct faults *a = e->faults;
    for (; from < a->n_flips && a->flip[from].tick < to; from++) {
        const struct stimulus_write *x = &a->flip[from];
        if (!mend || x->word == DPI_WEIGHT)
            dpi_lanes_flip(e->lanes, x->neuron, x->word, x->row, x->value);
    }
    return from;
}

// From flip to flip.
static void run_lanes(struct dpi_engine *e, const struct dpi_events *events, bool record)
{
    const struct faults *a = e->faults;
    int next = 0;
    for (int at = 0, end; at < events->n_ticks; at = end) {
        if (a) next = flip(e, next, at + 1, false);
        end = a && next < a->n_flips && a->flip[next].tick < events->n_ticks ? a->flip[next].tick
                                                                             : events->n_ticks;
        const struct dpi_events part = {end - at, events->start + at, events->event};
        dpi_lanes_run(e->lanes, &(struct dpi_lanes_run){
                                    .n_ticks = part.n_ticks,
                                    .events = &part,
                                    .spikes = record ? e->spikes + (size_t)at * (size_t)e->n : 0,
                                    .record = record && !a ? e->record : 0,
                                    .count = e->count});
    }
    if (a) flip(e, 0, events->n_ticks, true);
}

void dpi_engine_run(struct dpi_engine *e, const struct dpi_events *events, bool record)
{
    if (!e->law) {
        dpi_float_start(&e->real, e->chip->nominal.Io);
        dpi_float_run(&e->real, events, 0, record ? e->real_record : 0, e->counts);
        return;
    }
    memset(e->count, 0, (size_t)(e->n * DPI_LANES) * sizeof *e->count);
    dpi_lanes_rest(e->lanes);
    run_lanes(e, events, record);
    for (int i = 0; i < e->n * DPI_LANES; i++)
        e->counts[i] = (float)e->count[i];
}

struct dpi_backward_seen dpi_engine_seen(const struct dpi_engine *e,
                                         const struct dpi_events *events)
{
    return (struct dpi_backward_seen){
        .events = events, .real = e->real_record, .record = e->record, .spikes = e->spikes};
}
