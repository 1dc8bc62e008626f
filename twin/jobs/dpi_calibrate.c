#include "twin/jobs/dpi_calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The biases that are moved; each sets the value of a circuit that has its number.
static const enum dynapse_bias moved[] = {DYNAPSE_SOIF_LEAK_N, DYNAPSE_DEAM_EGAIN_P,
                                          DYNAPSE_SOIF_GAIN_N};
enum { MOVED = sizeof moved / sizeof *moved, ROUNDS = 2 };

static int cores_of(const struct predict_job *job, const struct trim_options *o)
{
    const struct dpi_job *dpi = job->inputs;
    return (dpi->net->n_neurons + o->per_core - 1) / o->per_core;
}

static double nominal_of(const struct predict_job *job, int neuron, int value)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_varied *v = job->chip;
    const struct dpi_circuit *c = dpi->net->circuit ? &dpi->net->circuit[neuron] : &v->chip.nominal;
    return ((const double *)c)[value];
}

static struct dynapse_code code_of(const struct dynapse_chip *c, int32_t code)
{
    return (struct dynapse_code){code / c->bias.fine_codes, code % c->bias.fine_codes};
}

// What a code makes of a core's current: a factor.
static double factor_of(const struct predict_job *job, int first, enum dynapse_bias bias,
                        int32_t code)
{
    const struct dynapse_chip *c = &((const struct dpi_varied *)job->chip)->chip;
    if (code == DPI_LEFT) return 1;
    return dynapse_current(c, bias, code_of(c, code)) / nominal_of(job, first, (int)bias);
}

// A lane's circuits: those of `drawn` ((n) of this lane, DPI_LANES apart) with the codes of a chip.
static void apply(const struct predict_job *job, const struct trim_options *o, const int32_t *code,
                  const struct dpi_circuit *drawn, struct dpi_engine *e, int lane)
{
    for (int i = 0; i < e->n; i++) {
        int core = i / o->per_core;
        struct dpi_circuit c = drawn[i * DPI_LANES];
        for (int a = 0; a < MOVED; a++)
            ((double *)&c)[moved[a]] *=
                factor_of(job, core * o->per_core, moved[a], code[core * MOVED + a]);
        e->chips.circuit[i * DPI_LANES + lane] = c;
    }
}

void dpi_calibrate_apply(const struct predict_job *job, uint32_t k, struct dpi_engine *e, int lane)
{
    size_t n = (size_t)(cores_of(job, job->trim) * MOVED);
    apply(job, job->trim, job->code + (size_t)(k - job->first_chip) * n, e->chips.circuit + lane, e,
          lane);
}

// The codes of a bias that lie within reach, currents ascending, DPI_LEFT in the middle.
struct ladder {
    int32_t *code; // (n)
    int n, middle;
};

struct rung {
    int32_t code;
    double ampere;
};

static int by_current(const void *a, const void *b)
{
    double x = ((const struct rung *)a)->ampere, y = ((const struct rung *)b)->ampere;
    return (x > y) - (x < y);
}

static int ladder_init(struct ladder *l, const struct dynapse_chip *c, enum dynapse_bias bias,
                       double nominal, double range)
{
    int fine = c->bias.fine_codes, n = 0;
    struct rung *all = malloc((size_t)(DYNAPSE_COARSE * fine + 1) * sizeof *all);
    l->code = malloc((size_t)(DYNAPSE_COARSE * fine + 1) * sizeof *l->code);
    if (!all || !l->code) {
        free(all);
        return -1;
    }
    all[n++] = (struct rung){DPI_LEFT, nominal};
    for (int32_t code = 0; code < DYNAPSE_COARSE * fine; code++) {
        struct dynapse_code at = code_of(c, code);
        double x = dynapse_current(c, bias, at);
        bool within = x > 0 && x >= nominal * (1 - range) && x <= nominal * (1 + range);
        if (within && x != nominal && dynapse_code_usable(at)) all[n++] = (struct rung){code, x};
    }
    qsort(all, (size_t)n, sizeof *all, by_current);
    l->n = n;
    for (int i = 0; i < n; i++) {
        l->code[i] = all[i].code;
        if (all[i].code == DPI_LEFT) l->middle = i;
    }
    free(all);
    return 0;
}

struct shared { // of all threads, read only once it is filled
    const struct predict_job *job;
    const struct trim_options *o;
    int cores, codes;         // of a chip
    struct ladder *ladder;    // (codes)
    struct dpi_events *shown; // (showings)
    float *target;            // (showings, n) the nominal chip's spikes
};

struct bench { // of one thread
    struct dpi_engine engine;
    struct dpi_circuit *drawn; // (n, DPI_LANES)
    int *at, *kept;            // (DPI_LANES, codes) places on the ladders: tried, and the best
    double *away, *best;       // (DPI_LANES, cores) how far counts are from the target with them
    int32_t *code;             // (codes)
};

static void bench_fini(struct bench *b)
{
    dpi_engine_fini(&b->engine);
    free(b->drawn);
    free(b->at);
    free(b->kept);
    free(b->away);
    free(b->best);
    free(b->code);
}

static int bench_init(struct bench *b, const struct shared *s, struct fail *f)
{
    const struct dpi_job *dpi = s->job->inputs;
    const struct dpi_varied *v = s->job->chip;
    size_t lanes = DPI_LANES, n = (size_t)dpi->net->n_neurons;
    *b = (struct bench){0};
    if (dpi_engine_init(&b->engine, &v->chip, dpi->law, dpi->net->n_in, (int)n, 0, f)) return -1;
    b->drawn = malloc(n * lanes * sizeof *b->drawn);
    b->at = malloc((size_t)s->codes * lanes * sizeof *b->at);
    b->kept = malloc((size_t)s->codes * lanes * sizeof *b->kept);
    b->away = malloc((size_t)s->cores * lanes * sizeof *b->away);
    b->best = malloc((size_t)s->cores * lanes * sizeof *b->best);
    b->code = malloc((size_t)s->codes * sizeof *b->code);
    return b->drawn && b->at && b->kept && b->away && b->best && b->code
               ? 0
               : fail(f, "calibration: out of memory");
}

// Chips first.. into the lanes, as they come.
static void take_chips(struct bench *b, const struct shared *s, uint32_t first)
{
    const struct dpi_job *dpi = s->job->inputs;
    const struct dpi_varied *v = s->job->chip;
    const struct dpi_variation variation =
        dpi_variation_of(&v->chip, v->mismatch, v->mismatch, dpi->truncate);
    for (int lane = 0; lane < DPI_LANES; lane++)
        dpi_engine_draw(&b->engine, lane, dpi->net, &variation, s->job->seed,
                        first ? first + (uint32_t)lane : 0);
    memcpy(b->drawn, b->engine.chips.circuit, (size_t)b->engine.n * DPI_LANES * sizeof *b->drawn);
}

// How far the counts of each core are from the target, with the codes that b->at says.
static void try_codes(struct bench *b, const struct shared *s, double *away)
{
    struct dpi_engine *e = &b->engine;
    for (int lane = 0; lane < DPI_LANES; lane++) {
        for (int i = 0; i < s->codes; i++)
            b->code[i] = s->ladder[i].code[b->at[lane * s->codes + i]];
        apply(s->job, s->o, b->code, b->drawn + lane, e, lane);
        dpi_engine_words(e, lane, 0);
    }
    memset(away, 0, (size_t)(DPI_LANES * s->cores) * sizeof *away);
    for (int shown = 0; shown < s->o->showings; shown++) {
        dpi_engine_run(e, &s->shown[shown], false);
        for (int i = 0; i < e->n; i++)
            for (int lane = 0; lane < DPI_LANES; lane++) {
                double off = e->counts[i * DPI_LANES + lane] - s->target[shown * e->n + i];
                away[lane * s->cores + i / s->o->per_core] += isfinite(off) ? fabs(off) : 1e9;
            }
    }
}

// One step of one bias of every core, up and then down; kept where it brings the core nearer.
static void step(struct bench *b, const struct shared *s, int a, int size)
{
    for (int sign = 1; sign >= -1; sign -= 2) {
        memcpy(b->at, b->kept, (size_t)(DPI_LANES * s->codes) * sizeof *b->at);
        for (int i = a; i < DPI_LANES * s->codes; i += MOVED) {
            int to = b->at[i] + sign * size, top = s->ladder[i % s->codes].n - 1;
            b->at[i] = to < 0 ? 0 : to > top ? top : to;
        }
        try_codes(b, s, b->away);
        for (int core = 0; core < DPI_LANES * s->cores; core++) { // of all lanes
            if (b->away[core] >= b->best[core]) continue;
            b->best[core] = b->away[core];
            b->kept[core * MOVED + a] = b->at[core * MOVED + a];
        }
    }
}

static double sum_of(const double *away, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += away[i];
    return sum;
}

// Chips first.. of the job, sixteen of them: codes of the n first to `code`.
static void tune_group(struct bench *b, const struct shared *s, uint32_t first, int n,
                       int32_t *code)
{
    double began[DPI_LANES];
    take_chips(b, s, first);
    for (int i = 0; i < DPI_LANES * s->codes; i++)
        b->at[i] = b->kept[i] = s->ladder[i % s->codes].middle;
    try_codes(b, s, b->best);
    for (int lane = 0; lane < DPI_LANES; lane++)
        began[lane] = sum_of(b->best + lane * s->cores, s->cores);
    for (int round = 0; round < ROUNDS; round++)
        for (int a = 0; a < MOVED; a++)
            for (int size = s->ladder[a].n / 4; size > 0; size /= 2)
                step(b, s, a, size);
    // Cores hear each other: what is nearer for each need not be for all.
    memcpy(b->at, b->kept, (size_t)(DPI_LANES * s->codes) * sizeof *b->at);
    try_codes(b, s, b->away);
    for (int lane = 0; lane < n; lane++) {
        bool nearer = sum_of(b->away + lane * s->cores, s->cores) < began[lane];
        for (int i = 0; i < s->codes; i++)
            code[lane * s->codes + i] =
                nearer ? s->ladder[i].code[b->kept[lane * s->codes + i]] : DPI_LEFT;
    }
}

// The showings that are listened to.
static int make_showings(struct shared *s, struct fail *f)
{
    const struct dpi_job *dpi = s->job->inputs;
    for (int i = 0; i < s->o->showings; i++)
        if (!dpi_task_rehearsal(dpi->task, i, s->job->seed, &s->shown[i], f)) return -1;
    return 0;
}

static int make_target(struct shared *s, struct fail *f)
{
    struct bench b;
    int bad = bench_init(&b, s, f);
    if (!bad) {
        take_chips(&b, s, 0);
        for (int lane = 0; lane < DPI_LANES; lane++)
            dpi_engine_words(&b.engine, lane, 0);
    }
    for (int shown = 0; shown < s->o->showings && !bad; shown++) {
        dpi_engine_run(&b.engine, &s->shown[shown], false);
        for (int i = 0; i < b.engine.n; i++)
            s->target[shown * b.engine.n + i] = b.engine.counts[i * DPI_LANES];
    }
    bench_fini(&b);
    return bad;
}

static void shared_fini(struct shared *s)
{
    for (int i = 0; s->ladder && i < s->codes; i++)
        free(s->ladder[i].code);
    for (int i = 0; s->shown && i < s->o->showings; i++)
        dpi_events_free(&s->shown[i]);
    free(s->ladder);
    free(s->shown);
    free(s->target);
}

static int shared_init(struct shared *s, const struct predict_job *job,
                       const struct trim_options *o, struct fail *f)
{
    const struct dynapse_chip *c = &((const struct dpi_varied *)job->chip)->chip;
    const struct dpi_net *net = ((const struct dpi_job *)job->inputs)->net;
    int cores = cores_of(job, o), bad = 0;
    *s = (struct shared){.job = job, .o = o, .cores = cores, .codes = cores * MOVED};
    s->ladder = calloc((size_t)s->codes, sizeof *s->ladder);
    s->shown = calloc((size_t)o->showings, sizeof *s->shown);
    s->target = calloc((size_t)(o->showings * net->n_neurons), sizeof *s->target);
    if (!s->ladder || !s->shown || !s->target) return fail(f, "calibration: out of memory");
    for (int i = 0; i < s->codes && !bad; i++) {
        double nominal = nominal_of(job, i / MOVED * o->per_core, (int)moved[i % MOVED]);
        bad = ladder_init(&s->ladder[i], c, moved[i % MOVED], nominal, o->range);
    }
    if (bad) return fail(f, "calibration: out of memory");
    return make_showings(s, f) || make_target(s, f) ? -1 : 0;
}

static int tune(const struct predict_job *job, const struct trim_options *o, int32_t *code,
                const struct progress *p, struct fail *f)
{
    struct shared s;
    int groups = (job->n_chips + DPI_LANES - 1) / DPI_LANES, bad = shared_init(&s, job, o, f);
    long done = 0;
#pragma omp parallel if (!bad)
    {
        struct fail why = {""};
        struct bench b = {0};
        int stop = bad ? bad : bench_init(&b, &s, &why);
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < groups; g++) {
            int at = g * DPI_LANES,
                n = job->n_chips - at < DPI_LANES ? job->n_chips - at : DPI_LANES;
            if (!stop)
                tune_group(&b, &s, job->first_chip + (uint32_t)at, n,
                           code + (size_t)at * (size_t)s.codes);
#pragma omp critical(calibrate)
            progress_tell(p, "chips calibrated", done += n, job->n_chips);
        }
#pragma omp critical(calibrate)
        if (stop && !bad) {
            *f = why;
            bad = -1;
        }
        bench_fini(&b);
    }
    shared_fini(&s);
    return bad;
}

static int n_codes(const struct predict_job *job, const struct trim_options *o)
{
    return cores_of(job, o) * MOVED;
}

static void name_of(const struct predict_job *job, const struct trim_options *o, int code,
                    char *text, size_t size)
{
    (void)job, (void)o;
    snprintf(text, size, "%s of core %d", dynapse_bias_names[moved[code % MOVED]], code / MOVED);
}

static const char *check(const struct predict_job *job, const struct trim_options *o)
{
    const struct dynapse_chip *c = &((const struct dpi_varied *)job->chip)->chip;
    const struct dpi_net *net = ((const struct dpi_job *)job->inputs)->net;
    if (o->per_core > c->limits.neurons) return "a core has fewer neurons than are to share one";
    if (cores_of(job, o) > c->limits.chips * c->limits.cores)
        return "the board has fewer cores than the net needs with so few neurons on each";
    for (int i = 0; net->circuit && i < net->n_neurons; i++)
        if (memcmp(&net->circuit[i], &net->circuit[i / o->per_core * o->per_core],
                   sizeof *net->circuit))
            return "neurons that share a core have circuits of their own";
    return 0;
}

const struct predict_trims dpi_trims = {.own_bits = true,
                                        .of_cores = true,
                                        .check = check,
                                        .n = n_codes,
                                        .name = name_of,
                                        .tune = tune};
