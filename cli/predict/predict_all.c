// The runs of a prediction: chips until it is enough of them, then attribution and sweeps.
#include "cli/predict/predict.h"
#include "cli/predict/undecided.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(const void *memory)
{
    if (!memory) cli_die("out of memory");
}

void predict_parse_sweep(struct predict_sweep *s, const struct predict_job *job, const char *text)
{
    static const double times[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12};
    enum { TIMES = sizeof times / sizeof *times };
    size_t length = strcspn(text, "=");
    char names[1024] = "", part[64];
    const struct knobs *knobs = job->by->knobs(job->chip);
    *s = (struct predict_sweep){.knob = knob_find(knobs, text, length)};
    for (int i = 0; i < knobs->n; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "",
                 knobs->knob[i].name);
    if (s->knob < 0) cli_die("--sweep: %s, allowed all, or one of %s", text, names);
    const struct knob *knob = &knobs->knob[s->knob];
    double size = knob_size(knobs, job->chip, s->knob);
    if (!text[length] && size == 0)
        cli_die("--sweep: %s is 0 in the chip file: say sizes, such as %s=0,0.05,0.1", text, text);
    for (int i = 0; !text[length] && i < TIMES; i++)
        if (times[i] * size <= knob->most) s->size[s->n++] = times[i] * size;
    for (const char *at = text + length; *at;) {
        size_t n = strcspn(at + 1, ",");
        snprintf(part, sizeof part, "%.*s", (int)n, at + 1);
        if (s->n == PREDICT_POINTS)
            cli_die("--sweep: %s, allowed up to %d sizes", text, PREDICT_POINTS);
        s->size[s->n] = cli_number("--sweep", part, 0, knob->most);
        if (s->n && s->size[s->n] <= s->size[s->n - 1])
            cli_die("--sweep: %s, allowed are ascending sizes", text);
        s->n++;
        at += n + 1;
    }
}

static void run_range(struct campaign *c, const void *chip, uint32_t first, int n,
                      struct predict_chip *chips, uint16_t *decision)
{
    struct fail f;
    if (campaign_run(c, chip, first, n, chips, decision, &f)) cli_die("%s", f.text);
}

// A round more than the last look: a quarter, so that little is run that is not needed.
static int next_round(int n, int all)
{
    int more =
        n / 4 < STATISTICS_LOOK ? STATISTICS_LOOK : n / 4 / STATISTICS_LOOK * STATISTICS_LOOK;
    return n + more < all ? n + more : all;
}

// Looks after every 64 chips, in the order of k whatever was run by then, and stops at the first
// interval that is narrow enough.
static void run_chips(struct predict_result *r, struct campaign *c)
{
    const struct predict_options *o = r->o;
    int all = (int)(o->last - o->first + 1), have = 0, looked = 0, pass = 0;
    size_t items = (size_t)r->task.n_items;
    bool first_rank = c->ranks->rank == 0;
    if (first_rank) {
        r->chips = malloc((size_t)all * sizeof *r->chips);
        r->decision = malloc((size_t)all * items * sizeof *r->decision);
        need(r->chips);
        need(r->decision);
    }
    for (bool enough = false; !enough;) {
        int want = o->width > 0 ? next_round(have, all) : all;
        run_range(c, r->job.chip, (uint32_t)(o->first + have), want - have,
                  first_rank ? r->chips + have : 0,
                  first_rank ? r->decision + (size_t)have * items : 0);
        have = want;
        for (; first_rank && o->width > 0 && !r->reached && looked < have;) {
            int look = looked + STATISTICS_LOOK < all ? looked + STATISTICS_LOOK : all;
            for (; looked < look; looked++)
                pass += (double)r->chips[looked].correct / task_points(&r->task) >= r->limit;
            r->stopped = statistics_stopped(pass, looked, 0.95);
            r->reached = r->stopped.high - r->stopped.low <= o->width;
        }
        enough = r->reached || have == all;
        ranks_share(c->ranks, &enough, sizeof enough);
    }
    r->n = o->width > 0 ? looked : have;
}

static void count(struct bootstrap_table *t, const struct predict_result *r,
                  const uint16_t *decision, int n)
{
    if (bootstrap_count(t, &r->task, decision, n)) cli_die("out of memory");
}

// Yield over the limit, what it is for others, and what that says at the limit that is asked for.
static void bootstrap_all(struct predict_result *r)
{
    struct bootstrap_table t;
    double limit[YIELD_POINTS];
    struct interval chips[YIELD_POINTS], both[YIELD_POINTS];
    const bool sources = r->task.words.sources;
    int own = 0;
    count(&t, r, r->decision, r->n);
    r->n_curve = verdict_limits(r->limit, limit);
    for (int i = 0; i < r->n_curve; i++) {
        int pass = 0;
        for (int c = 0; c < r->n; c++)
            pass += (double)r->chips[c].correct / task_points(&r->task) >= limit[i];
        chips[i] = statistics_wilson(pass, r->n, 0.95);
        r->curve[i] = (struct yield_point){.limit = limit[i], .yield = (double)pass / r->n};
        if (limit[i] == r->limit) own = i;
    }
    if (bootstrap_others(&t, limit, r->n_curve, own, r->o->replicates, r->o->common.seed, chips,
                         &r->speakers, &r->both.mean, both))
        cli_die("out of memory");
    for (int i = 0; i < r->n_curve; i++) {
        r->curve[i].chips = chips[i];
        r->curve[i].all = sources ? both[i] : chips[i];
    }
    r->both.yield = both[own];
    verdict_make(&r->verdict, r->curve, r->n_curve, r->limit, r->o->target, r->summary.pass, r->n,
                 sources ? r->task.n_sources : 0);
    bootstrap_free(&t);
}

static void *chip_like(const struct predict_result *r)
{
    void *chip = malloc(r->job.by->knobs(r->job.chip)->chip_size);
    need(chip);
    return chip;
}

static void attribute(struct predict_result *r, struct campaign *c)
{
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    uint32_t active = knobs_active(knobs, r->job.chip), part[ATTRIBUTION_PARTS];
    struct bootstrap_table table[ATTRIBUTION_PARTS], nominal;
    int n = r->n, n_parts = attribution_parts(active, part);
    bool first_rank = c->ranks->rank == 0;
    void *chip = chip_like(r);
    ranks_share(c->ranks, &n, sizeof n);
    struct predict_chip *chips = malloc((size_t)n * sizeof *chips);
    uint16_t *decision = malloc((size_t)n * (size_t)r->task.n_items * sizeof *decision);
    need(chips);
    need(decision);
    for (int i = 0; i < n_parts; i++) {
        bool known = part[i] == active; // all of them: run already
        knobs_only(knobs, chip, r->job.chip, part[i]);
        if (!known) run_range(c, chip, (uint32_t)r->o->first, n, chips, decision);
        if (first_rank) count(&table[i], r, known ? r->decision : decision, n);
    }
    if (first_rank) {
        count(&nominal, r, r->nominal_decision, 1);
        if (attribution_make(&r->attribution, active, &nominal, part, table, n_parts,
                             r->o->replicates, r->o->common.seed))
            cli_die("out of memory");
        bootstrap_free(&nominal);
        for (int i = 0; i < n_parts; i++)
            bootstrap_free(&table[i]);
    }
    free(chip);
    free(chips);
    free(decision);
}

static void sweep(struct predict_result *r, struct campaign *c, struct predict_sweep *s)
{
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    int n = r->n;
    struct summary y;
    void *chip = chip_like(r);
    ranks_share(c->ranks, &n, sizeof n);
    struct predict_chip *chips = malloc((size_t)n * sizeof *chips);
    uint16_t *decision = malloc((size_t)n * (size_t)r->task.n_items * sizeof *decision);
    need(chips);
    need(decision);
    for (int i = 0; i < s->n; i++) {
        bool known = s->size[i] == knob_size(knobs, r->job.chip, s->knob);
        knob_set(knobs, chip, r->job.chip, s->knob, s->size[i]);
        if (!known) run_range(c, chip, (uint32_t)r->o->first, n, chips, decision);
        if (c->ranks->rank) continue;
        if (summary_make(&y, known ? r->chips : chips, n, task_points(&r->task), r->limit))
            cli_die("out of memory");
        s->point[i] = (struct sweep_point){s->size[i], y.pass, n, y.mean};
        int64_t silent = 0, tied = 0;
        for (int j = 0; j < n; j++) {
            silent += (known ? r->chips : chips)[j].silent;
            tied += (known ? r->chips : chips)[j].tied;
        }
        s->silent[i] = (double)silent / ((double)n * r->task.n_items);
        s->tied[i] = (double)tied / ((double)n * r->task.n_items);
    }
    if (c->ranks->rank == 0) s->crossing = sweep_cross(s->point, s->n, r->o->target);
    free(chip);
    free(chips);
    free(decision);
}

static void count_impossible(struct predict_result *r)
{
    size_t items = (size_t)r->task.n_items;
    for (int c = 0; c < r->n; c++) {
        bool is = false;
        for (size_t i = 0; i < items && !task_graded(&r->task); i++)
            is |= decision_class(r->decision[(size_t)c * items + i]) ==
                  r->task.words.impossible_class;
        r->impossible += is;
    }
}

void predict_all(struct predict_result *r, struct campaign *c)
{
    const struct predict_options *o = r->o;
    struct predict_job sound = r->sound;
    struct predict_chip chip0;
    struct fail f;
    r->nominal_decision = malloc((size_t)r->task.n_items * sizeof *r->nominal_decision);
    need(r->nominal_decision);
    run_range(c, r->job.chip, 0, 1, &r->nominal, r->nominal_decision);
    if (c->ranks->rank == 0) {
        chip0 = r->nominal;
        sound.first_chip = 0;
        sound.n_chips = 1;
        if (r->faulty && predict_run(&sound, &chip0, 0, 0, &f)) cli_die("%s", f.text);
        r->quantised = (double)chip0.correct / task_points(&r->task);
        r->ideal_lacks = sound.by->ideal_lacks(&sound);
        if (!r->ideal_lacks && sound.by->ideal(&sound, &r->ideal, &f)) cli_die("%s", f.text);
        if (sound.by->neurobench && sound.by->neurobench(&sound, &r->neurobench, &f))
            cli_die("%s", f.text);
        r->limit = o->limited ? merit_share(r->task.merit, o->limit)
                              : merit_part(r->task.merit, r->quantised, o->relative);
    }
    run_chips(r, c);
    if (c->ranks->rank == 0) {
        if (summary_make(&r->summary, r->chips, r->n, task_points(&r->task), r->limit))
            cli_die("out of memory");
        undecided_of(&r->undecided, &c->job, r->chips, r->decision, r->n, r->limit);
        undecided_of(&r->nominal_undecided, &c->job, &r->nominal, r->nominal_decision, 1, r->limit);
        count_impossible(r);
        bootstrap_all(r);
    }
    if (o->attribution) attribute(r, c);
    for (int i = 0; i < o->n_sweeps; i++)
        sweep(r, c, &r->sweep[i]);
    r->run = c->run;
    r->found = c->found;
    r->ranks = c->ranks->n;
}

bool predict_power(const struct predict_result *r, struct power_use *use)
{
    int64_t spikes[IMAGE_MAX_LAYERS] = {0};
    for (int i = 0; i < r->n; i++)
        for (int l = 0; l < r->extent.n_layers; l++)
            spikes[l] += r->chips[i].spikes[l];
    return r->job.by->power(&r->job, spikes, (int64_t)r->n * r->task.n_items, use);
}
