// A prediction for people.
#include "cli/chip/power.h"
#include "cli/predict/predict.h"
#include "cli/predict/verdict_text.h"

#include <stdio.h>
#include <stdlib.h>

// sources: whether there are others of what the items are drawn from.
static void effect(const struct merit *m, const char *name, double size,
                   const struct attribution_effect *alone, const struct attribution_effect *on_top,
                   bool sources)
{
    char text[32] = "";
    const double by = merit_scale(m);
    const int d = m->decimals;
    if (size > 0) snprintf(text, sizeof text, "%.4g", size);
    printf("  %-20s %-8s %6.*f (%6.*f..%6.*f", name, text, d, by * alone->loss, d,
           by * alone->chips.low, d, by * alone->chips.high);
    if (sources) printf(" | %6.*f..%6.*f", d, by * alone->both.low, d, by * alone->both.high);
    putchar(')');
    if (on_top)
        printf("  %6.*f (%6.*f..%6.*f)", d, by * on_top->loss, d, by * on_top->chips.low, d,
               by * on_top->chips.high);
    putchar('\n');
}

static void attribution(const struct predict_result *r)
{
    const struct attribution *a = &r->attribution;
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    const struct merit *m = r->task.merit;
    bool sources = r->task.words.sources;
    printf("what costs %s%s (95 %%: chips%s)\n"
           "  %-20s %-8s %-*s  on top of all others\n",
           m->name, task_graded(&r->task) ? "" : ", points", sources ? " | chips and speakers" : "",
           "", "size", sources ? 37 : 23, "alone");
    for (int i = 0; i < a->n_rows; i++)
        effect(m, knobs->knob[a->row[i].knob].name, knob_size(knobs, r->job.chip, a->row[i].knob),
               &a->row[i].alone, &a->row[i].on_top, sources);
    effect(m, "all together", 0, &a->all, 0, sources);
    effect(m, "all less sum of alone", 0, &a->interaction, 0, sources);
}

static void sweep(const struct predict_result *r, const struct predict_sweep *s)
{
    const struct sweep_crossing *c = &s->crossing;
    const struct knob *knob = &r->job.by->knobs(r->job.chip)->knob[s->knob];
    printf("%s, %s; all else as in the chip file\n", knob->name, knob->unit);
    for (int i = 0; i < s->n; i++) {
        const struct sweep_point *p = &s->point[i];
        char mean[MERIT_TEXT];
        struct interval y = statistics_wilson(p->pass, p->n, 0.95);
        printf("  %-10.5g mean %8s  yield %5.1f %% (%.1f..%.1f)", p->size,
               merit_text(r->task.merit, p->mean, mean), 100.0 * p->pass / p->n, 100 * y.low,
               100 * y.high);
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
    char text[VERDICT_TEXT], share[96] = "";
    const struct merit *m = r->task.merit;
    const double relative = r->o->relative;
    if (!r->o->limited)
        snprintf(share, sizeof share, ", %.4g %% of the nominal chip's %s",
                 100 * (m->best > m->worst ? relative : 1 / relative), m->name);
    printf("  %s\n", verdict_text(&r->verdict, m, r->n, share, r->task.words.sources, text));
}

void predict_table(const struct predict_result *r)
{
    const struct predict_options *o = r->o;
    const struct summary *y = &r->summary;
    const struct merit *m = r->task.merit;
    const double points = task_points(&r->task);
    char text[5][MERIT_TEXT];
    for (int i = -1; o->list && i < r->n; i++) {
        const struct predict_chip *c = i < 0 ? &r->nominal : &r->chips[i];
        printf("chip %-6u %8s  %016llx\n", c->k, merit_text(m, c->correct / points, text[0]),
               (unsigned long long)c->hash);
    }
    printf("%s\n", r->title);
    print_verdict(r);
    if (r->ideal_lacks)
        printf("  nominal (real arithmetic)  left out: it has not %s\n", r->ideal_lacks);
    else
        printf("  nominal (real arithmetic)  %8s\n", merit_text(m, r->ideal, text[0]));
    printf("  quantised (chip 0)         %8s\n", merit_text(m, r->quantised, text[0]));
    if (r->faulty)
        printf("  the same with %4d faults   %8s\n", r->n_faults,
               merit_text(m, r->nominal.correct / points, text[0]));
    printf(
        "  %5d virtual chips        %8s  sd %.*f  5th percentile %s (%s..%s)  worst %s (chip %u)\n",
        y->n, merit_text(m, y->mean, text[0]), m->decimals, merit_scale(m) * y->sd,
        merit_bare(m, y->p5, text[1]), merit_bare(m, y->p5_interval.low, text[2]),
        merit_bare(m, y->p5_interval.high, text[3]), merit_bare(m, y->worst, text[4]),
        y->worst_chip);
    printf("  yield at %s           %6.1f %%", merit_text(m, r->limit, text[0]), 100 * y->yield);
    if (r->undecided.never_pass)
        printf("  of which %.1f points never decide", 100.0 * r->undecided.never_pass / y->n);
    if (task_graded(&r->task))
        printf("\n  no output spike in %.2f %% of the chips' items, in %.2f %% of the nominal "
               "chip's\n",
               100 * r->undecided.silent, 100 * r->nominal_undecided.silent);
    else
        printf("\n  undecided: no output spike %6.2f %%, a tie %.2f %% of the chips' decisions; of "
               "the "
               "nominal chip's %.2f %%, %.2f %%\n",
               100 * r->undecided.silent, 100 * r->undecided.tied,
               100 * r->nominal_undecided.silent, 100 * r->nominal_undecided.tied);
    if (r->impossible)
        printf("  %d of the chips cannot exist: nothing that they say counts\n", r->impossible);
    if (task_graded(&r->task))
        printf("95 %% intervals               mean %s   yield, %%\n", m->name);
    else
        printf("95 %% intervals, %%            mean accuracy   yield\n");
    printf("  other chips, these %-7s %6s..%s   %.1f..%.1f\n", r->task.words.items,
           merit_bare(m, y->mean_interval.low, text[0]),
           merit_bare(m, y->mean_interval.high, text[1]), 100 * y->yield_interval.low,
           100 * y->yield_interval.high);
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
