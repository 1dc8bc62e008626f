// The runs of a prediction: chips until it is enough of them, then attribution and sweeps.
#include "cli/predict.h"
#include "cli/undecided.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(const void *memory)
{
    if (!memory) cli_die("out of memory");
}

void predict_parse_sweep(struct predict_sweep *s, const struct chip *c, const char *text)
{
    static const double times[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12};
    enum { TIMES = sizeof times / sizeof *times };
    size_t length = strcspn(text, "=");
    char names[512] = "", part[64];
    *s = (struct predict_sweep){.knob = knob_find(text, length)};
    for (int i = 0; i < KNOBS; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "",
                 knobs[i].name);
    if (s->knob < 0) cli_die("--sweep: %s, allowed all, or one of %s", text, names);
    const struct knob *knob = &knobs[s->knob];
    double size = knob_size(c, s->knob);
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

static void run_range(struct campaign *c, const struct chip *chip, uint32_t first, int n,
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
    size_t clips = (size_t)r->n_clips;
    bool first_rank = c->ranks->rank == 0;
    if (first_rank) {
        r->chips = malloc((size_t)all * sizeof *r->chips);
        r->decision = malloc((size_t)all * clips * sizeof *r->decision);
        need(r->chips);
        need(r->decision);
    }
    for (bool enough = false; !enough;) {
        int want = o->width > 0 ? next_round(have, all) : all;
        run_range(c, r->chip, (uint32_t)(o->first + have), want - have,
                  first_rank ? r->chips + have : 0,
                  first_rank ? r->decision + (size_t)have * clips : 0);
        have = want;
        for (; first_rank && o->width > 0 && !r->reached && looked < have;) {
            int look = looked + STATISTICS_LOOK < all ? looked + STATISTICS_LOOK : all;
            for (; looked < look; looked++)
                pass += (double)r->chips[looked].correct / r->n_clips >= r->limit;
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
    if (bootstrap_count(t, decision, n, r->label, r->speaker, r->n_clips, r->n_speakers))
        cli_die("out of memory");
}

static struct interval hull(struct interval a, struct interval b)
{
    return (struct interval){fmin(a.low, b.low), fmax(a.high, b.high)};
}

static void bootstrap_all(struct predict_result *r)
{
    struct bootstrap_table t;
    uint64_t seed = r->o->common.seed;
    count(&t, r, r->decision, r->n);
    if (bootstrap_run(&t, BOOTSTRAP_SPEAKERS, r->limit, r->o->replicates, seed, 0.95,
                      &r->speakers) ||
        bootstrap_run(&t, BOOTSTRAP_BOTH, r->limit, r->o->replicates, seed, 0.95, &r->both))
        cli_die("out of memory");
    // Where all chips agree a bootstrap knows of no others; Wilson's interval does.
    r->both.yield = hull(r->both.yield, r->summary.yield_interval);
    bootstrap_free(&t);
}

static void attribute(struct predict_result *r, struct campaign *c)
{
    uint32_t active = knobs_active(r->chip), part[ATTRIBUTION_PARTS];
    struct bootstrap_table table[ATTRIBUTION_PARTS], nominal;
    int n = r->n, n_parts = attribution_parts(active, part);
    bool first_rank = c->ranks->rank == 0;
    struct chip chip;
    ranks_share(c->ranks, &n, sizeof n);
    struct predict_chip *chips = malloc((size_t)n * sizeof *chips);
    uint16_t *decision = malloc((size_t)n * (size_t)r->n_clips * sizeof *decision);
    need(chips);
    need(decision);
    for (int i = 0; i < n_parts; i++) {
        bool known = part[i] == active; // all of them: run already
        knobs_only(&chip, r->chip, part[i]);
        if (!known) run_range(c, &chip, (uint32_t)r->o->first, n, chips, decision);
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
    free(chips);
    free(decision);
}

static void sweep(struct predict_result *r, struct campaign *c, struct predict_sweep *s)
{
    int n = r->n;
    struct summary y;
    struct chip chip;
    ranks_share(c->ranks, &n, sizeof n);
    struct predict_chip *chips = malloc((size_t)n * sizeof *chips);
    uint16_t *decision = malloc((size_t)n * (size_t)r->n_clips * sizeof *decision);
    need(chips);
    need(decision);
    for (int i = 0; i < s->n; i++) {
        bool known = s->size[i] == knob_size(r->chip, s->knob);
        knob_set(&chip, r->chip, s->knob, s->size[i]);
        if (!known) run_range(c, &chip, (uint32_t)r->o->first, n, chips, decision);
        if (c->ranks->rank) continue;
        if (summary_make(&y, known ? r->chips : chips, n, r->n_clips, r->limit))
            cli_die("out of memory");
        s->point[i] = (struct sweep_point){s->size[i], y.pass, n, y.mean};
        int64_t silent = 0, tied = 0;
        for (int j = 0; j < n; j++) {
            silent += (known ? r->chips : chips)[j].silent;
            tied += (known ? r->chips : chips)[j].tied;
        }
        s->silent[i] = (double)silent / ((double)n * r->n_clips);
        s->tied[i] = (double)tied / ((double)n * r->n_clips);
    }
    if (c->ranks->rank == 0) s->crossing = sweep_cross(s->point, s->n, r->o->target);
    free(chips);
    free(decision);
}

void predict_all(struct predict_result *r, struct campaign *c)
{
    const struct predict_options *o = r->o;
    struct predict_job sound = c->job;
    struct predict_chip chip0;
    struct fail f;
    r->nominal_decision = malloc((size_t)r->n_clips * sizeof *r->nominal_decision);
    need(r->nominal_decision);
    run_range(c, r->chip, 0, 1, &r->nominal, r->nominal_decision);
    if (c->ranks->rank == 0) {
        chip0 = r->nominal;
        sound.chip = r->chip;
        sound.faults = 0;
        sound.n_chips = 1;
        if (c->job.faults && predict_run(&sound, &chip0, 0, 0, &f)) cli_die("%s", f.text);
        r->quantised = (double)chip0.correct / r->n_clips;
        if (predict_ideal(r->chip, r->net, r->speech, r->clip, r->n_clips, &r->ideal, &f))
            cli_die("%s", f.text);
        r->limit = o->limit >= 0 ? o->limit : o->relative * r->quantised;
    }
    run_chips(r, c);
    if (c->ranks->rank == 0) {
        if (summary_make(&r->summary, r->chips, r->n, r->n_clips, r->limit))
            cli_die("out of memory");
        undecided_of(&r->undecided, &c->job, r->chips, r->decision, r->n, r->limit);
        undecided_of(&r->nominal_undecided, &c->job, &r->nominal, r->nominal_decision, 1, r->limit);
        bootstrap_all(r);
    }
    if (o->attribution) attribute(r, c);
    for (int i = 0; i < o->n_sweeps; i++)
        sweep(r, c, &r->sweep[i]);
    r->run = c->run;
    r->found = c->found;
    r->ranks = c->ranks->n;
}

struct power_use predict_power(const struct predict_result *r)
{
    int64_t spikes[IMAGE_MAX_LAYERS] = {0};
    for (int i = 0; i < r->n; i++)
        for (int l = 0; l < r->net->shape.n_layers; l++)
            spikes[l] += r->chips[i].spikes[l];
    return power_of(r->chip, &r->net->shape, spikes, (int64_t)r->n * r->n_clips,
                    r->speech->n_ticks * r->chip->tick_s);
}
