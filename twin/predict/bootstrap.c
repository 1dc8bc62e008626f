#include "twin/predict/bootstrap.h"

#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int bootstrap_speakers(const struct dataset *d, const int *clip, int n_clips, int *speaker)
{
    uint64_t *seen = malloc(((size_t)n_clips + 1) * sizeof *seen);
    int n = 0;
    if (!seen) return -1;
    for (int i = 0; i < n_clips; i++) {
        uint64_t who = d->clip[clip[i]].speaker;
        int at = 0;
        while (at < n && seen[at] != who)
            at++;
        if (at == n) seen[n++] = who;
        speaker[i] = at;
    }
    free(seen);
    return n;
}

int bootstrap_count(struct bootstrap_table *t, const struct task *task, const uint16_t *decision,
                    int n_chips)
{
    const int n_items = task->n_items, n_sources = task->n_sources;
    size_t cells = (size_t)n_chips * (size_t)n_sources;
    *t = (struct bootstrap_table){n_chips, n_sources, calloc(cells, sizeof *t->x),
                                  calloc((size_t)n_sources, sizeof *t->size)};
    if (!t->x || !t->size) {
        bootstrap_free(t);
        return -1;
    }
    for (int i = 0; i < n_items; i++)
        t->size[task->source[i]] += merit_full(task->merit);
    for (int c = 0; c < n_chips; c++) {
        int32_t *row = t->x + (size_t)c * (size_t)n_sources;
        for (int i = 0; i < n_items; i++)
            row[task->source[i]] +=
                decision_points(task, i, decision[(size_t)c * (size_t)n_items + (size_t)i]);
    }
    return 0;
}

void bootstrap_free(struct bootstrap_table *t)
{
    free(t->x);
    free(t->size);
    *t = (struct bootstrap_table){0};
}

// How often each of n was drawn in n draws, or once each if they are not drawn.
static void draw(int32_t *times, double *uniform, int n, bool drawn, struct rng_stream s)
{
    memset(times, 0, (size_t)n * sizeof *times);
    if (drawn) rng_uniforms(s, uniform, (size_t)n);
    for (int i = 0; i < n; i++)
        times[drawn ? (int)(uniform[i] * n) : i]++;
}

// yield (n): of the replicate, at each limit.
static void replicate(const struct bootstrap_table *t, const int32_t *chip, const int32_t *speaker,
                      const double *limit, int n, double *mean, double *yield)
{
    int64_t size = 0, sum = 0, pass = 0;
    memset(yield, 0, (size_t)n * sizeof *yield);
    for (int s = 0; s < t->n_speakers; s++)
        size += (int64_t)speaker[s] * t->size[s];
    for (int c = 0; c < t->n_chips; c++) {
        const int32_t *row = t->x + (size_t)c * (size_t)t->n_speakers;
        int64_t x = 0;
        int reached = 0, end = n; // limits that the chip reaches: by halving
        if (!chip[c]) continue;
        for (int s = 0; s < t->n_speakers; s++)
            x += (int64_t)row[s] * speaker[s];
        sum += x * chip[c];
        while (reached < end) {
            int middle = (reached + end) / 2;
            if ((double)x / (double)size >= limit[middle])
                reached = middle + 1;
            else
                end = middle;
        }
        if (reached > 0) yield[reached - 1] += chip[c];
    }
    for (int i = n - 1; i >= 0; i--) {
        pass += (int64_t)yield[i];
        yield[i] = (double)pass / t->n_chips;
    }
    *mean = (double)sum / ((double)size * t->n_chips);
}

static struct interval percentiles(double *x, int n, double level)
{
    double tail = (1 - level) / 2;
    statistics_sort(x, n);
    return (struct interval){statistics_quantile(x, n, tail), statistics_quantile(x, n, 1 - tail)};
}

int bootstrap_yields(const struct bootstrap_table *t, enum bootstrap_over over, const double *limit,
                     int n, int replicates, uint64_t seed, double level, struct interval *mean_of,
                     struct interval *yield_of)
{
    double *mean = malloc((size_t)replicates * sizeof *mean);
    double *yield = malloc((size_t)replicates * (size_t)n * sizeof *yield); // (replicates, n)
    double *column = malloc((size_t)replicates * sizeof *column);
    int bad = !mean || !yield || !column;
    size_t most = (size_t)(t->n_chips > t->n_speakers ? t->n_chips : t->n_speakers);
#pragma omp parallel reduction(| : bad)
    {
        int32_t *chip = malloc((size_t)t->n_chips * sizeof *chip);
        int32_t *speaker = malloc((size_t)t->n_speakers * sizeof *speaker);
        double *uniform = malloc(most * sizeof *uniform);
        bad |= !chip || !speaker || !uniform;
#pragma omp for schedule(static)
        for (int i = 0; i < replicates; i++) {
            struct rng_stream s = {seed, (uint64_t)i, RNG_BOOTSTRAP, 0};
            if (bad) continue;
            draw(chip, uniform, t->n_chips, over & BOOTSTRAP_CHIPS, s);
            s.index = 1;
            draw(speaker, uniform, t->n_speakers, over & BOOTSTRAP_SPEAKERS, s);
            replicate(t, chip, speaker, limit, n, &mean[i], yield + (size_t)i * (size_t)n);
        }
        free(chip);
        free(speaker);
        free(uniform);
    }
    if (!bad) *mean_of = percentiles(mean, replicates, level);
    for (int i = 0; i < n && !bad; i++) {
        for (int b = 0; b < replicates; b++)
            column[b] = yield[(size_t)b * (size_t)n + (size_t)i];
        yield_of[i] = percentiles(column, replicates, level);
    }
    free(mean);
    free(yield);
    free(column);
    return bad ? -1 : 0;
}

int bootstrap_run(const struct bootstrap_table *t, enum bootstrap_over over, double limit,
                  int replicates, uint64_t seed, double level, struct bootstrap *b)
{
    return bootstrap_yields(t, over, &limit, 1, replicates, seed, level, &b->mean, &b->yield);
}

static struct interval hull(struct interval a, struct interval b)
{
    return (struct interval){fmin(a.low, b.low), fmax(a.high, b.high)};
}

int bootstrap_others(const struct bootstrap_table *t, const double *limit, int n, int own,
                     int replicates, uint64_t seed, const struct interval *chips,
                     struct bootstrap *speakers, struct interval *both_mean,
                     struct interval *both_yield)
{
    const bool others = t->n_speakers > 1 && t->n_chips > 1;
    int bad = 0;
    *speakers = (struct bootstrap){{0, 1}, {0, 1}};
    *both_mean = (struct interval){0, 1};
    if (t->n_speakers > 1)
        bad = bootstrap_run(t, BOOTSTRAP_SPEAKERS, limit[own], replicates, seed, 0.95, speakers);
    if (others)
        bad |= bootstrap_yields(t, BOOTSTRAP_BOTH, limit, n, replicates, seed, 0.95, both_mean,
                                both_yield);
    for (int i = 0; i < n; i++)
        both_yield[i] = others ? hull(both_yield[i], chips[i]) : (struct interval){0, 1};
    return bad;
}
