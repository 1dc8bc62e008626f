// Do the intervals cover what they say? Repeated experiments whose truth is known.
//
//   intervals CHIP.yaml NET DATA [CHIPS [EXPERIMENTS]]      (default 2000 chips, 1000 experiments)
//
// Predicts CHIPS virtual chips on the validation clips: they, and the speakers, are the population,
// and its yield and mean are the truth. Each experiment draws chips (and speakers) from it with
// replacement, as if it could afford no more, makes its interval, and counts whether the truth is
// in it. Prints the share of the experiments whose interval covers.
#include "twin/predict/bootstrap.h"
#include "twin/net/net.h"
#include "twin/jobs/lif_job.h"
#include "twin/task/speech/speech.h"
#include "twin/io/rng.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 7, REPLICATES = 400, FEW_CHIPS = 100 };

struct population {
    int n_chips, n_speakers;
    struct bootstrap_table table;
    double *accuracy; // (n_chips)
};

static void die(const char *text)
{
    fprintf(stderr, "intervals: %s\n", text);
    exit(2);
}

static void predict(struct population *p, const char *chip_file, const char *net_file,
                    const char *data, int n_chips)
{
    struct fail f;
    struct chip chip;
    struct net net;
    struct speech speech;
    if (chip_load(&chip, chip_file, &f) || net_load(&net, net_file, &f)) die(f.text);
    bool wanted[DATASET_SPLITS] = {[SPLIT_VALIDATION] = true};
    const struct dataset_ask ask = {.dir = data, .labels = &net.labels};
    if (speech_open(&speech, &chip, &ask, wanted, 0, &f)) die(f.text);
    int *clip = malloc((size_t)speech.corpus.set.n_clips * sizeof *clip);
    if (!clip) die("out of memory");
    int n_clips = corpus_split(&speech.corpus, SPLIT_VALIDATION, clip);
    struct lif_job lif = {.chip = &chip,
                          .net = &net,
                          .corpus = &speech.corpus,
                          .clip = clip,
                          .n_clips = n_clips,
                          .seed = SEED,
                          .first_chip = 1,
                          .n_chips = n_chips};
    struct task task;
    if (lif_task(&task, &lif, &f) || lif_task_speakers(&task, &lif, &f)) die(f.text);
    struct predict_job job = lif_predict_job(&lif, &task);
    struct predict_chip *chips = malloc((size_t)n_chips * sizeof *chips);
    uint16_t *decision = malloc((size_t)n_chips * (size_t)n_clips * sizeof *decision);
    p->accuracy = malloc((size_t)n_chips * sizeof *p->accuracy);
    if (!chips || !decision || !p->accuracy) die("out of memory");
    if (predict_run(&job, chips, decision, 0, &f)) die(f.text);
    p->n_chips = n_chips;
    p->n_speakers = task.n_sources;
    if (bootstrap_count(&p->table, &task, decision, n_chips)) die("out of memory");
    for (int i = 0; i < n_chips; i++)
        p->accuracy[i] = (double)chips[i].correct / n_clips;
    printf("population: %d chips, %d clips of %d speakers\n", n_chips, n_clips, p->n_speakers);
    free(chips);
    free(decision);
    task_fini(&task);
    free(clip);
    speech_close(&speech);
    net_fini(&net);
}

// n draws of 0..of-1, of one experiment and purpose.
static void draw(int *index, int n, int of, int experiment, int purpose)
{
    struct rng_stream s = {SEED, (uint64_t)experiment, RNG_BOOTSTRAP, (uint64_t)purpose};
    double *u = malloc((size_t)n * sizeof *u);
    if (!u) die("out of memory");
    rng_uniforms(s, u, (size_t)n);
    for (int i = 0; i < n; i++)
        index[i] = (int)(u[i] * of);
    free(u);
}

static bool covers(struct interval x, double truth)
{
    return x.low <= truth && truth <= x.high;
}

// 95 % interval of the share itself, as a person reads the table.
static void print(const char *what, long covered, long n, const char *more)
{
    struct interval of = statistics_wilson((int)covered, (int)n, 0.95);
    printf("  %-46s %6.2f %%  (%.2f..%.2f)%s\n", what, 100.0 * (double)covered / (double)n,
           100 * of.low, 100 * of.high, more);
}

static double yield_at(const struct population *p, double limit)
{
    long pass = 0;
    for (int i = 0; i < p->n_chips; i++)
        pass += p->accuracy[i] >= limit;
    return (double)pass / p->n_chips;
}

// Wilson's interval for a number of chips that was fixed before.
static void fixed(const struct population *p, double limit, int n, int experiments, int purpose)
{
    long covered = 0;
    double truth = yield_at(p, limit);
    char what[96];
    int *index = malloc((size_t)n * sizeof *index);
    if (!index) die("out of memory");
    for (int e = 0; e < experiments; e++) {
        int pass = 0;
        draw(index, n, p->n_chips, e, purpose);
        for (int i = 0; i < n; i++)
            pass += p->accuracy[index[i]] >= limit;
        covered += covers(statistics_wilson(pass, n, 0.95), truth);
    }
    snprintf(what, sizeof what, "yield %.1f %%, %d chips, %d experiments", 100 * truth, n,
             experiments);
    print(what, covered, experiments, "");
    free(index);
}

// Looks after every 64 chips and stops at the wanted width, or at the last chip.
static void sequential(const struct population *p, double limit, double width, int most,
                       int experiments, int purpose)
{
    long covered = 0, naive = 0, used = 0;
    double truth = yield_at(p, limit);
    char what[96], more[96];
    int *index = malloc((size_t)most * sizeof *index);
    if (!index) die("out of memory");
    for (int e = 0; e < experiments; e++) {
        struct interval x = {0, 1}, y = {0, 1};
        int n = 0, pass = 0, n_naive = 0;
        draw(index, most, p->n_chips, e, purpose);
        while (n < most && x.high - x.low > width) {
            for (int end = n + STATISTICS_LOOK < most ? n + STATISTICS_LOOK : most; n < end; n++)
                pass += p->accuracy[index[n]] >= limit;
            x = statistics_stopped(pass, n, 0.95);
            if (y.high - y.low > width) { // what a naive rule would have said, where it stopped
                y = statistics_wilson(pass, n, 0.95);
                n_naive = n;
            }
        }
        covered += covers(x, truth);
        naive += covers(y, truth) && n_naive;
        used += n;
    }
    snprintf(what, sizeof what, "yield %.1f %%, width %.3g", 100 * truth, width);
    snprintf(more, sizeof more, "  %.0f chips; Wilson's, looked at as often: %.2f %%",
             (double)used / experiments, 100.0 * (double)naive / experiments);
    print(what, covered, experiments, more);
    free(index);
}

// The smallest coverage over p of stopping at a width: every run there is, by its probability.
static double exact_coverage(double width, int most, double p, double *chips)
{
    double step[STATISTICS_LOOK + 1], covered = 0;
    double *chance = calloc((size_t)most + 1, sizeof *chance);
    if (!chance) die("out of memory");
    int low = 0, high = 0; // passes that still have a chance
    chance[0] = 1;
    *chips = 0;
    for (int n = 0, more; n < most && low <= high; n += more) {
        more = n + STATISTICS_LOOK < most ? STATISTICS_LOOK : most - n;
        for (int i = 0; i <= more; i++)
            step[i] = gsl_ran_binomial_pdf((unsigned)i, p, (unsigned)more);
        for (int k = high + more; k >= low; k--) { // in place, from the top
            double sum = 0;
            for (int i = 0; i <= more && i <= k - low; i++)
                sum += k - i <= high ? chance[k - i] * step[i] : 0;
            chance[k] = sum;
        }
        high += more;
        for (int k = low; k <= high; k++) {
            if (chance[k] < 1e-15) continue;
            struct interval x = statistics_stopped(k, n + more, 0.95);
            if (x.high - x.low > width && n + more < most) continue;
            covered += covers(x, p) ? chance[k] : 0;
            *chips += chance[k] * (n + more);
            chance[k] = 0;
        }
        while (low <= high && chance[low] < 1e-15)
            low++;
        while (low <= high && chance[high] < 1e-15)
            high--;
    }
    free(chance);
    return covered;
}

static void exact(double width, int most, int steps)
{
    double least = 1, at = 0, middle = 0, good = 0;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < steps; i++) {
        double p = 0.5 + 0.4995 * i / (steps - 1), chips; // below 0.5 it is the mirror image
        double covered = exact_coverage(width, most, p, &chips);
#pragma omp critical(least)
        {
            if (covered < least) {
                least = covered;
                at = p;
            }
            if (i == 0) middle = chips;
            if (i == steps * 8 / 10) good = chips;
        }
    }
    printf("  width %-5.3g  at most %5d: never below %.2f %% (at yield %.2f %%); %.0f chips at "
           "yield 50 %%, %.0f at 90 %%\n",
           width, most, 100 * least, 100 * at, middle, good);
}

// The truth of a choice of chips on all speakers.
static struct bootstrap truth_of(const struct population *p, const int *chip, int n, double limit)
{
    double mean = 0, pass = 0;
    for (int i = 0; i < n; i++) {
        int c = chip ? chip[i] : i;
        mean += p->accuracy[c];
        pass += p->accuracy[c] >= limit;
    }
    return (struct bootstrap){{mean / n, 0}, {pass / n, 0}};
}

// Few chips and as many speakers as there are, both drawn anew in each experiment.
static void bootstraps(const struct population *p, double limit, int experiments)
{
    long covered[2][2] = {{0}}; // [speakers, both][mean, yield]
    struct bootstrap all = truth_of(p, 0, p->n_chips, limit);
    char what[96];
#pragma omp parallel for schedule(dynamic, 8)
    for (int e = 0; e < experiments; e++) {
        int chip[FEW_CHIPS], *speaker = malloc((size_t)p->n_speakers * sizeof *speaker);
        struct bootstrap_table t = {FEW_CHIPS, p->n_speakers,
                                    malloc((size_t)FEW_CHIPS * (size_t)p->n_speakers * 4),
                                    malloc((size_t)p->n_speakers * 4)};
        if (!speaker || !t.x || !t.size) die("out of memory");
        draw(chip, FEW_CHIPS, p->n_chips, e, 100);
        draw(speaker, p->n_speakers, p->n_speakers, e, 101);
        int64_t right = 0, of = 0;
        int pass = 0;
        for (int s = 0; s < p->n_speakers; s++)
            of += t.size[s] = p->table.size[speaker[s]];
        for (int c = 0; c < FEW_CHIPS; c++) {
            const int32_t *from = p->table.x + (size_t)chip[c] * (size_t)p->n_speakers;
            int64_t sum = 0;
            for (int s = 0; s < p->n_speakers; s++)
                sum += t.x[(size_t)c * (size_t)p->n_speakers + (size_t)s] = from[speaker[s]];
            right += sum;
            pass += (double)sum / (double)of >= limit;
        }
        struct bootstrap these = truth_of(p, chip, FEW_CHIPS, limit), speakers, both;
        uint64_t seed = SEED + 1 + (uint64_t)e;
        const struct interval wilson = statistics_wilson(pass, FEW_CHIPS, 0.95);
        if (bootstrap_others(&t, &limit, 1, 0, REPLICATES, seed, &wilson, &speakers, &both.mean,
                             &both.yield))
            die("out of memory");
#pragma omp critical(count)
        {
            covered[0][0] += covers(speakers.mean, these.mean.low);
            covered[0][1] += covers(speakers.yield, these.yield.low);
            covered[1][0] += covers(both.mean, all.mean.low);
            covered[1][1] += covers(both.yield, all.yield.low);
        }
        free(speaker);
        bootstrap_free(&t);
    }
    for (int over = 0; over < 2; over++)
        for (int of = 0; of < 2; of++) {
            snprintf(what, sizeof what, "%s, of %s%s",
                     over ? "chips and speakers" : "speakers, these chips",
                     of ? "yield" : "mean accuracy", of ? " " : "");
            if (of)
                snprintf(what + strlen(what), sizeof what - strlen(what), "%.1f %%",
                         100 * all.yield.low);
            print(what, covered[over][of], experiments, "");
        }
}

int main(int argc, char **argv)
{
    struct population p = {0};
    if (argc < 4 || argc > 6) die("CHIP.yaml NET DATA [CHIPS [EXPERIMENTS]]");
    int n_chips = argc > 4 ? atoi(argv[4]) : 2000, experiments = argc > 5 ? atoi(argv[5]) : 1000;
    if (n_chips < 100 || experiments < 10) die("at least 100 chips and 10 experiments");
    predict(&p, argv[1], argv[2], argv[3], n_chips);
    static const double wanted[] = {0.5, 0.8, 0.9, 0.97};
    enum { YIELDS = sizeof wanted / sizeof *wanted };
    double *sorted = malloc((size_t)n_chips * sizeof *sorted), limit[YIELDS];
    if (!sorted) die("out of memory");
    memcpy(sorted, p.accuracy, (size_t)n_chips * sizeof *sorted);
    statistics_sort(sorted, n_chips);
    for (int i = 0; i < YIELDS; i++)
        limit[i] = statistics_quantile(sorted, n_chips, 1 - wanted[i]);
    printf("95 %% intervals: share of the experiments whose interval covers the truth\n"
           "Wilson, number of chips fixed before\n");
    for (int i = 0; i < YIELDS; i++) {
        fixed(&p, limit[i], 200, experiments, i);
        fixed(&p, limit[i], 1000, experiments, i);
        fixed(&p, limit[i], 1000, 20 * experiments, i);
    }
    printf("stopped at a wanted width, at most %d chips (must not be below 95 %%)\n", 20000);
    for (int i = 0; i < YIELDS; i++) {
        sequential(&p, limit[i], 0.1, 20000, experiments, 10 + i);
        sequential(&p, limit[i], 0.05, 20000, experiments, 20 + i);
    }
    printf("the same by exact enumeration of all runs\n");
    exact(0.2, 20000, 400);
    exact(0.1, 20000, 400);
    exact(0.05, 20000, 200);
    exact(0.1, 300, 400); // not reached
    if (experiments >= 1000) exact(0.02, 20000, 40);
    printf("bootstrap, %d chips and %d speakers drawn, %d replicates\n", FEW_CHIPS, p.n_speakers,
           REPLICATES);
    for (int i = 0; i < YIELDS; i++)
        bootstraps(&p, limit[i], experiments);
    free(sorted);
    free(p.accuracy);
    bootstrap_free(&p.table);
    return 0;
}
