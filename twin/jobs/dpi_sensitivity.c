#include "twin/jobs/dpi_sensitivity.h"

#include "twin/dpi/dpi_engine.h"

#include <stdlib.h>

// Of a neuron's values those two.
enum { THRESHOLD = SENSITIVITY_VALUE, LEAK, KINDS };

struct move { // one run of a probe
    int probe, run;
};

struct nominal {
    int32_t *margin; // (n_items)
    bool *right;     // (n_items)
};

static int aim_all(struct sensitivity *s, const struct predict_job *job)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_varied *v = job->chip;
    const struct dpi_net *net = dpi->net;
    int n = net->n_neurons, rows = net->n_in + n;
    double *sigma = s->sigma[0];
    sigma[SENSITIVITY_WEIGHT] = s->gain_sigma = v->mismatch * v->chip.cv.weight;
    sigma[THRESHOLD] = v->mismatch * v->chip.cv.circuit.Ispkthr;
    sigma[LEAK] = v->mismatch * v->chip.cv.circuit.Itau_mem;
    sensitivity_name(s);
    s->name[THRESHOLD] = "threshold"; // Ispkthr
    s->name[LEAK] = "leak";           // Itau_mem
    s->shape = (struct image_shape){
        .n_layers = 1,
        .layer = {{.n_in = net->n_in, .n_out = n, .topology = IMAGE_DENSE, .recurrent = true}}};
    s->probe = malloc((2 * (size_t)rows + 3) * (size_t)n * sizeof *s->probe);
    if (!s->probe) return -1;
    for (int kind = 0; kind < KINDS; kind++) {
        bool always = kind == SENSITIVITY_CUT || kind == SENSITIVITY_DEAD;
        if (!always && sigma[kind] == 0) continue;
        bool weight = kind == SENSITIVITY_WEIGHT || kind == SENSITIVITY_CUT;
        for (int row = 0; row < (weight ? rows : 1); row++)
            for (int i = 0; i < n; i++)
                s->probe[s->n++] = (struct sensitivity_probe){
                    .kind = kind, .neuron = i, .row = row, .n_runs = always ? 1 : 2};
    }
    return 0;
}

// The nominal chip into a lane, with what a run of a probe moves.
static void load(struct dpi_engine *e, const struct predict_job *job, int lane,
                 const struct sensitivity_probe *x, int run, const double *sigma)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_variation none = {.limit = 0};
    dpi_engine_draw(e, lane, dpi->net, &none, job->seed, 0);
    if (x) {
        double off = 1 + (run ? -1 : 1) * sigma[x->kind];
        struct dpi_circuit *c = &e->chips.circuit[x->neuron * DPI_LANES + lane];
        double *w = &e->chips.w[(x->row * e->n + x->neuron) * DPI_LANES + lane];
        if (x->kind == SENSITIVITY_WEIGHT) *w *= off;
        if (x->kind == SENSITIVITY_CUT) *w = 0;
        if (x->kind == THRESHOLD) c->Ispkthr *= off;
        if (x->kind == LEAK) c->Itau_mem *= off;
    }
    dpi_engine_words(e, lane, 0);
    if (x && x->kind == SENSITIVITY_DEAD)
        e->lanes->neuron[x->neuron].theta[lane] = (int32_t)dpi_word_max(dpi->law, DPI_THETA);
}

static int32_t margin_of(const struct dpi_task *t, int class, const float *counts, int n)
{
    int32_t other = 0; // of no other neuron: no spikes
    for (int i = 0; i < dpi_task_heard(t, n); i++)
        if (i != class && counts[i * DPI_LANES] > (float)other)
            other = (int32_t)counts[i * DPI_LANES];
    return (class == DPI_NOISE ? t->reject : (int32_t)counts[class * DPI_LANES]) - other;
}

// Shows all items to what is loaded; margin and right: (n_items, DPI_LANES).
static int show(struct dpi_engine *e, const struct predict_job *job, int32_t *margin, bool *right,
                struct fail *f)
{
    static const uint32_t k[DPI_LANES] = {0};
    const struct dpi_job *dpi = job->inputs;
    for (int item = 0; item < job->task->n_items; item++) {
        struct dpi_events room = {0};
        int shown = item / dpi->draws, class = dpi_task_class(dpi->task, shown);
        const struct dpi_events *events =
            dpi_task_events(dpi->task, shown, job->seed, k, item % dpi->draws, &room, f);
        if (!events) return -1;
        dpi_engine_run(e, events, false);
        dpi_events_free(&room);
        for (int l = 0; l < DPI_LANES; l++) {
            margin[item * DPI_LANES + l] = margin_of(dpi->task, class, e->counts + l, e->n);
            right[item * DPI_LANES + l] =
                dpi_task_right(dpi->task, class, e->counts + l, e->n, DPI_LANES);
        }
    }
    return 0;
}

static void add(struct sensitivity_probe *x, const struct nominal *was, int n_items, int lane,
                const int32_t *margin, const bool *right)
{
    for (int i = 0; i < n_items; i++) {
        int32_t lost = was->margin[i] - margin[i * DPI_LANES + lane];
        bool is = right[i * DPI_LANES + lane];
        x->lost += lost;
        x->moved += abs(lost);
        x->won += is && !was->right[i];
        x->wrong += was->right[i] && !is;
    }
}

static int run_nominal(struct dpi_engine *e, struct sensitivity *s, const struct predict_job *job,
                       struct nominal *was, int32_t *margin, bool *right, struct fail *f)
{
    for (int l = 0; l < DPI_LANES; l++)
        load(e, job, l, 0, 0, 0);
    if (show(e, job, margin, right, f)) return -1;
    for (int i = 0; i < job->task->n_items; i++) {
        was->margin[i] = margin[i * DPI_LANES];
        was->right[i] = right[i * DPI_LANES];
        s->correct += was->right[i];
        s->margin += was->margin[i];
    }
    return 0;
}

static int run_moves(struct dpi_engine *e, struct sensitivity *s, const struct predict_job *job,
                     const struct nominal *was, const struct move *move, int n, int32_t *margin,
                     bool *right, struct fail *f)
{
    for (int l = 0; l < DPI_LANES; l++)
        load(e, job, l, l < n ? &s->probe[move[l].probe] : 0, l < n ? move[l].run : 0, s->sigma[0]);
    if (show(e, job, margin, right, f)) return -1;
#pragma omp critical(sensitivity)
    for (int l = 0; l < n; l++)
        add(&s->probe[move[l].probe], was, job->task->n_items, l, margin, right);
    return 0;
}

int dpi_sensitivity_run(struct sensitivity *s, const struct predict_job *job,
                        const struct progress *p, struct fail *f)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_varied *v = job->chip;
    size_t items = (size_t)job->task->n_items;
    long done = 0;
    *s = (struct sensitivity){0};
    if (!dpi->law) return fail(f, "words are of integers, law double has none");
    struct nominal was = {malloc(items * sizeof *was.margin), malloc(items * sizeof *was.right)};
    int bad = !was.margin || !was.right || aim_all(s, job) ? -1 : 0, n = 0;
    struct move *move = bad ? 0 : malloc(2 * (size_t)s->n * sizeof *move);
    for (int i = 0; move && i < s->n; i++)
        for (int run = 0; run < s->probe[i].n_runs; run++)
            move[n++] = (struct move){i, run};
    if (bad || !move) bad = fail(f, "sensitivity: out of memory");
    int groups = (n + DPI_LANES - 1) / DPI_LANES;
    bool first = true; // the nominal chip, before all others
#pragma omp parallel if (!bad)
    {
        struct fail why = {""};
        struct dpi_engine e = {0};
        int32_t *margin = malloc(items * DPI_LANES * sizeof *margin);
        bool *right = malloc(items * DPI_LANES * sizeof *right);
        int stop = bad;
        if (!stop && (!margin || !right)) stop = fail(&why, "sensitivity: out of memory");
        if (!stop)
            stop = dpi_engine_init(&e, &v->chip, dpi->law, dpi->net->n_in, dpi->net->n_neurons, 0,
                                   &why);
#pragma omp critical(sensitivity)
        if (!stop && first) {
            first = false;
            stop = run_nominal(&e, s, job, &was, margin, right, &why);
        }
#pragma omp barrier
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < groups; g++) {
            int at = g * DPI_LANES, each = n - at < DPI_LANES ? n - at : DPI_LANES;
            if (!stop) stop = run_moves(&e, s, job, &was, move + at, each, margin, right, &why);
#pragma omp critical(sensitivity)
            progress_tell(p, "groups of 16 runs", ++done, groups);
        }
#pragma omp critical(sensitivity)
        if (stop && !bad) {
            *f = why;
            bad = -1;
        }
        dpi_engine_fini(&e);
        free(margin);
        free(right);
    }
    free(was.margin);
    free(was.right);
    free(move);
    if (bad) sensitivity_free(s);
    return bad;
}
