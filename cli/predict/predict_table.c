// A prediction for people.
#include "cli/chip/power.h"
#include "cli/predict/predict.h"
#include "cli/predict/verdict_text.h"

#include <stdio.h>
#include <stdlib.h>

// sources: whether there are others of what the items are drawn from.
static void effect(const char *name, double size, const struct attribution_effect *alone,
                   const struct attribution_effect *on_top, bool sources)
{
    char text[32] = "";
    if (size > 0) snprintf(text, sizeof text, "%.4g", size);
    printf("  %-20s %-8s %6.2f (%6.2f..%6.2f", name, text, 100 * alone->loss,
           100 * alone->chips.low, 100 * alone->chips.high);
    if (sources) printf(" | %6.2f..%6.2f", 100 * alone->both.low, 100 * alone->both.high);
    putchar(')');
    if (on_top)
        printf("  %6.2f (%6.2f..%6.2f)", 100 * on_top->loss, 100 * on_top->chips.low,
               100 * on_top->chips.high);
    putchar('\n');
}

static void attribution(const struct predict_result *r)
{
    const struct attribution *a = &r->attribution;
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    bool sources = r->task.words.sources;
    printf("what costs accuracy, points (95 %%: chips%s)\n"
           "  %-20s %-8s %-*s  on top of all others\n",
           sources ? " | chips and speakers" : "", "", "size", sources ? 37 : 23, "alone");
    for (int i = 0; i < a->n_rows; i++)
        effect(knobs->knob[a->row[i].knob].name, knob_size(knobs, r->job.chip, a->row[i].knob),
               &a->row[i].alone, &a->row[i].on_top, sources);
    effect("all together", 0, &a->all, 0, sources);
    effect("all less sum of alone", 0, &a->interaction, 0, sources);
}

static void sweep(const struct predict_result *r, const struct predict_sweep *s)
{
    const struct sweep_crossing *c = &s->crossing;
    const struct knob *knob = &r->job.by->knobs(r->job.chip)->knob[s->knob];
    printf("%s, %s; all else as in the chip file\n", knob->name, knob->unit);
    for (int i = 0; i < s->n; i++) {
        const struct sweep_point *p = &s->point[i];
        struct interval y = statistics_wilson(p->pass, p->n, 0.95);
        printf("  %-10.5g mean %6.2f %%  yield %5.1f %% (%.1f..%.1f)", p->size, 100 * p->mean,
               100.0 * p->pass / p->n, 100 * y.low, 100 * y.high);
        if (s->silent[i] + s->tied[i] >= UNDECIDED_SHARE)
            printf("  undecided %.1f %%", 100 * (s->silent[i] + s->tied[i]));
        putchar('\n');
    }
    if (!c->falls)
        printf("  yield stays at %.1f %% or more up to %.5g", 100 * r->o->target, c->at);
    else
        printf("  yield falls below %.1f %% at %.5g", 100 * r->o->target, c->at);
    if (c->low >= 0) printf("; surely above up to %.5g", c->low);
    if (c->high >= 0) printf("; surely below from %.5g", c->high);
    putchar('\n');
}

static void other_people(const struct predict_result *r)
{
    printf("  these chips, other people  %6.2f..%.2f   %.1f..%.1f\n", 100 * r->speakers.mean.low,
           100 * r->speakers.mean.high, 100 * r->speakers.yield.low, 100 * r->speakers.yield.high);
    printf("  other chips and people     %6.2f..%.2f   %.1f..%.1f\n", 100 * r->both.mean.low,
           100 * r->both.mean.high, 100 * r->both.yield.low, 100 * r->both.yield.high);
}

static void print_verdict(const struct predict_result *r)
{
    char text[VERDICT_TEXT], share[64] = "";
    if (r->o->limit < 0)
        snprintf(share, sizeof share, ", %.4g %% of the nominal chip's accuracy",
                 100 * r->o->relative);
    printf("  %s\n", verdict_text(&r->verdict, r->n, share, r->task.words.sources, text));
}

void predict_table(const struct predict_result *r)
{
    const struct predict_options *o = r->o;
    const struct summary *y = &r->summary;
    if (o->list) {
        printf("chip %-6u %6.2f %%  %016llx\n", r->nominal.k,
               100.0 * r->nominal.correct / r->task.n_items, (unsigned long long)r->nominal.hash);
        for (int i = 0; i < r->n; i++)
            printf("chip %-6u %6.2f %%  %016llx\n", r->chips[i].k,
                   100.0 * r->chips[i].correct / r->task.n_items,
                   (unsigned long long)r->chips[i].hash);
    }
    printf("%s\n", r->title);
    print_verdict(r);
    if (r->ideal_lacks)
        printf("  nominal (real arithmetic)  left out: it has not %s\n", r->ideal_lacks);
    else
        printf("  nominal (real arithmetic)  %6.2f %%\n", 100 * r->ideal);
    printf("  quantised (chip 0)         %6.2f %%\n", 100 * r->quantised);
    if (r->faulty)
        printf("  the same with %4d faults   %6.2f %%\n", r->n_faults,
               100.0 * r->nominal.correct / r->task.n_items);
    printf("  %5d virtual chips        %6.2f %%  sd %.2f  5th percentile %.2f (%.2f..%.2f)  worst "
           "%.2f (chip %u)\n",
           y->n, 100 * y->mean, 100 * y->sd, 100 * y->p5, 100 * y->p5_interval.low,
           100 * y->p5_interval.high, 100 * y->worst, y->worst_chip);
    printf("  yield at %.2f %%           %6.1f %%", 100 * r->limit, 100 * y->yield);
    if (r->undecided.never_pass)
        printf("  of which %.1f points never decide", 100.0 * r->undecided.never_pass / y->n);
    printf("\n  undecided: no output spike %6.2f %%, a tie %.2f %% of the chips' decisions; of the "
           "nominal chip's %.2f %%, %.2f %%\n",
           100 * r->undecided.silent, 100 * r->undecided.tied, 100 * r->nominal_undecided.silent,
           100 * r->nominal_undecided.tied);
    if (r->impossible)
        printf("  %d of the chips cannot exist: nothing that they say counts\n", r->impossible);
    printf("95 %% intervals, %%            mean accuracy   yield\n");
    printf("  other chips, these clips   %6.2f..%.2f   %.1f..%.1f\n", 100 * y->mean_interval.low,
           100 * y->mean_interval.high, 100 * y->yield_interval.low, 100 * y->yield_interval.high);
    if (r->task.words.sources) other_people(r);
    struct power_use use;
    if (predict_power(r, &use)) power_print(&use);
    if (o->width > 0)
        printf("%s %d chips: yield %.1f..%.1f %%, width %.4f (wanted %.4f; found at a look "
               "every 64 chips)\n",
               r->reached ? "stopped at" : "not narrow enough after all", r->n,
               100 * r->stopped.low, 100 * r->stopped.high, r->stopped.high - r->stopped.low,
               o->width);
    if (o->attribution) attribution(r);
    for (int i = 0; i < o->n_sweeps; i++)
        sweep(r, &r->sweep[i]);
}
