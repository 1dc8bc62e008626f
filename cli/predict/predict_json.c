// A prediction for machines: everything that a report can draw.
#include "cli/predict/decisions.h"
#include "cli/chip/power.h"
#include "cli/predict/predict.h"
#include "cli/predict/verdict_text.h"
#include "cli/predict/undecided.h"
#include "cosim/vectors/golden_json.h"

#include <math.h>
#include <stdio.h>

static void add_interval(cJSON *to, const char *name, struct interval x)
{
    cJSON *pair = cJSON_AddArrayToObject(to, name);
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(x.low));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(x.high));
}

static void add_rates(cJSON *to, const struct predict_result *r, const struct predict_chip *chips,
                      int n)
{
    const struct predict_extent *e = &r->extent;
    cJSON *list = cJSON_AddArrayToObject(to, "spike_rate");
    for (int l = 0; l < e->n_layers; l++) {
        double spikes = 0;
        for (int i = 0; i < n; i++)
            spikes += (double)chips[i].spikes[l];
        cJSON_AddItemToArray(list, cJSON_CreateNumber(spikes / ((double)n * r->task.n_items *
                                                                r->task.n_ticks * e->n_out[l])));
    }
}

// Energy of a clip, the mean over the chips.
static void add_power(cJSON *json, const struct predict_result *r)
{
    struct power_use use;
    if (predict_power(r, &use)) power_add_json(json, &use);
}

// Share of the clips of each word (row) that were taken for each (column).
static void add_confusion(cJSON *to, const struct predict_result *r, const uint16_t *decision,
                          int n)
{
    int words = r->task.n_classes;
    if (task_graded(&r->task)) return; // outputs say numbers, not one of them
    cJSON *rows = cJSON_AddArrayToObject(to, "confusion");
    for (int w = 0; w < words; w++) {
        cJSON *row = cJSON_CreateArray();
        for (int said = 0; said < words; said++) {
            long of = 0, times = 0;
            for (int c = 0; c < n; c++)
                for (int i = 0; i < r->task.n_items; i++) {
                    if (r->task.label[i] != w) continue;
                    of++;
                    times += decision_class(
                                 decision[(size_t)c * (size_t)r->task.n_items + (size_t)i]) == said;
                }
            cJSON_AddItemToArray(row, cJSON_CreateNumber(of ? (double)times / (double)of : 0));
        }
        cJSON_AddItemToArray(rows, row);
    }
}

static void add_clips(cJSON *json, const struct predict_result *r)
{
    cJSON *list = cJSON_AddArrayToObject(json, "clip_list");
    for (int i = 0; i < r->task.n_items; i++) {
        cJSON *one = cJSON_CreateObject();
        const struct task *t = &r->task;
        const double full = merit_full(t->merit);
        int64_t right = 0;
        for (int c = 0; c < r->n; c++)
            right += decision_points(t, i, r->decision[(size_t)c * (size_t)t->n_items + (size_t)i]);
        cJSON_AddStringToObject(one, "clip", r->task.item_name[i]);
        if (r->task.words.sources) cJSON_AddNumberToObject(one, "speaker", r->task.source[i]);
        const int nominal = decision_points(t, i, r->nominal_decision[i]);
        if (task_graded(t))
            cJSON_AddNumberToObject(one, "nominal_share", nominal / full);
        else
            cJSON_AddBoolToObject(one, "nominal_right", nominal);
        cJSON_AddNumberToObject(one, task_graded(t) ? "chips_share" : "chips_right",
                                (double)right / (full * r->n));
        cJSON_AddItemToArray(list, one);
    }
}

static void add_chip(cJSON *list, const struct predict_result *r, const struct predict_chip *chip)
{
    cJSON *one = cJSON_CreateObject();
    char hash[32];
    cJSON_AddNumberToObject(one, "k", chip->k);
    cJSON_AddNumberToObject(one, "accuracy", (double)chip->correct / task_points(&r->task));
    cJSON_AddNumberToObject(one, "silent", chip->silent);
    cJSON_AddNumberToObject(one, "tied", chip->tied);
    cJSON_AddNumberToObject(one, "clamped", (double)chip->clamped);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)chip->hash);
    cJSON_AddStringToObject(one, "hash", hash);
    cJSON_AddItemToArray(list, one);
}

// sources: whether there are others of what the items are drawn from.
static void add_effect(cJSON *to, const char *name, const struct attribution_effect *e,
                       bool sources)
{
    cJSON *one = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(one, "loss", e->loss);
    add_interval(one, "chips", e->chips);
    if (sources) add_interval(one, "chips_and_speakers", e->both);
}

static void add_attribution(cJSON *json, const struct predict_result *r)
{
    const struct attribution *a = &r->attribution;
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    cJSON *of = cJSON_AddObjectToObject(json, "attribution");
    cJSON *rows = cJSON_AddArrayToObject(of, "knobs");
    if (!r->ideal_lacks) cJSON_AddNumberToObject(of, "quantisation", r->ideal - r->quantised);
    for (int i = 0; i < a->n_rows; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "knob", knobs->knob[a->row[i].knob].name);
        cJSON_AddNumberToObject(row, "size", knob_size(knobs, r->job.chip, a->row[i].knob));
        cJSON_AddStringToObject(row, "unit", knobs->knob[a->row[i].knob].unit);
        add_effect(row, "alone", &a->row[i].alone, r->task.words.sources);
        add_effect(row, "on_top", &a->row[i].on_top, r->task.words.sources);
        cJSON_AddItemToArray(rows, row);
    }
    add_effect(of, "all", &a->all, r->task.words.sources);
    add_effect(of, "interaction", &a->interaction, r->task.words.sources);
}

static void add_sweep(cJSON *list, const struct knob *knob, const struct predict_sweep *s,
                      double target)
{
    cJSON *one = cJSON_CreateObject(), *points;
    cJSON_AddStringToObject(one, "knob", knob->name);
    cJSON_AddStringToObject(one, "unit", knob->unit);
    cJSON_AddNumberToObject(one, "target_yield", target);
    cJSON_AddBoolToObject(one, "falls", s->crossing.falls);
    cJSON_AddNumberToObject(one, "at", s->crossing.at);
    cJSON_AddNumberToObject(one, "above_up_to", s->crossing.low);
    cJSON_AddNumberToObject(one, "below_from", s->crossing.high);
    points = cJSON_AddArrayToObject(one, "points");
    for (int i = 0; i < s->n; i++) {
        const struct sweep_point *p = &s->point[i];
        cJSON *point = cJSON_CreateObject();
        cJSON_AddNumberToObject(point, "size", p->size);
        cJSON_AddNumberToObject(point, "mean", p->mean);
        cJSON_AddNumberToObject(point, "yield", (double)p->pass / p->n);
        add_interval(point, "interval", statistics_wilson(p->pass, p->n, 0.95));
        cJSON_AddNumberToObject(point, "silent", s->silent[i]);
        cJSON_AddNumberToObject(point, "tied", s->tied[i]);
        cJSON_AddItemToArray(points, point);
    }
    cJSON_AddItemToArray(list, one);
}

static void add_intervals(cJSON *json, const struct predict_result *r)
{
    cJSON *of = cJSON_AddObjectToObject(json, "intervals"), *mean, *yield;
    cJSON_AddNumberToObject(of, "level", 0.95);
    cJSON_AddNumberToObject(of, "replicates", r->o->replicates);
    mean = cJSON_AddObjectToObject(of, "mean");
    add_interval(mean, "chips", r->summary.mean_interval);
    if (r->task.words.sources) add_interval(mean, "speakers", r->speakers.mean);
    if (r->task.words.sources) add_interval(mean, "chips_and_speakers", r->both.mean);
    yield = cJSON_AddObjectToObject(of, "yield");
    add_interval(yield, "chips", r->summary.yield_interval);
    if (r->task.words.sources) add_interval(yield, "speakers", r->speakers.yield);
    if (r->task.words.sources) add_interval(yield, "chips_and_speakers", r->both.yield);
    add_interval(of, "p5", r->summary.p5_interval);
    if (r->o->width == 0) return;
    cJSON *s = cJSON_AddObjectToObject(json, "sequential");
    cJSON_AddNumberToObject(s, "width", r->o->width);
    cJSON_AddNumberToObject(s, "chips", r->n);
    cJSON_AddBoolToObject(s, "reached", r->reached);
    add_interval(s, "yield", r->stopped);
}

// Which figure of merit the shares of the rest stand for: worst + share · (best − worst); and its own values.
static void add_figure(cJSON *json, const struct predict_result *r)
{
    const struct merit *m = r->task.merit;
    const struct summary *y = &r->summary;
    cJSON *to = cJSON_AddObjectToObject(json, "figure");
    cJSON_AddStringToObject(to, "name", m->name);
    cJSON_AddNumberToObject(to, "worst", m->worst);
    cJSON_AddNumberToObject(to, "best", m->best);
    if (!r->ideal_lacks) cJSON_AddNumberToObject(to, "nominal", merit_value(m, r->ideal));
    cJSON_AddNumberToObject(to, "quantised", merit_value(m, r->quantised));
    cJSON_AddNumberToObject(to, "mean", merit_value(m, y->mean));
    cJSON_AddNumberToObject(to, "sd", y->sd * fabs(m->best - m->worst));
    cJSON_AddNumberToObject(to, "p5", merit_value(m, y->p5));
    cJSON_AddNumberToObject(to, "worst_chip", merit_value(m, y->worst));
    cJSON_AddNumberToObject(to, "limit", merit_value(m, r->limit));
}

static void add_accuracy(cJSON *json, const struct predict_result *r)
{
    const struct summary *y = &r->summary;
    cJSON *accuracy = cJSON_AddObjectToObject(json, "accuracy"), *of_chips, *yield;
    if (r->ideal_lacks)
        cJSON_AddStringToObject(accuracy, "nominal_left_out", r->ideal_lacks);
    else
        cJSON_AddNumberToObject(accuracy, "nominal", r->ideal);
    cJSON_AddNumberToObject(accuracy, "quantised", r->quantised);
    of_chips = cJSON_AddObjectToObject(accuracy, "chips");
    cJSON_AddNumberToObject(of_chips, "n", y->n);
    cJSON_AddNumberToObject(of_chips, "mean", y->mean);
    cJSON_AddNumberToObject(of_chips, "sd", y->sd);
    cJSON_AddNumberToObject(of_chips, "p5", y->p5);
    cJSON_AddNumberToObject(of_chips, "worst", y->worst);
    cJSON_AddNumberToObject(of_chips, "worst_chip", y->worst_chip);
    yield = cJSON_AddObjectToObject(json, "yield");
    cJSON_AddNumberToObject(yield, "limit", r->limit);
    cJSON_AddNumberToObject(yield, "pass", y->pass);
    cJSON_AddNumberToObject(yield, "value", y->yield);
    cJSON_AddNumberToObject(yield, "low", y->yield_interval.low);
    cJSON_AddNumberToObject(yield, "high", y->yield_interval.high);
    cJSON_AddNumberToObject(yield, "target", r->o->target);
    if (!r->o->limited) cJSON_AddNumberToObject(yield, "limit_share", r->o->relative);
}

// The names that the package gives them.
static void add_neurobench(cJSON *json, const struct predict_result *r)
{
    const struct neurobench *x = &r->neurobench;
    if (!r->job.by->neurobench) return;
    cJSON *to = cJSON_AddObjectToObject(json, "neurobench"), *operations;
    if (!task_graded(&r->task)) cJSON_AddNumberToObject(to, "classification_accuracy", x->accuracy);
    cJSON_AddNumberToObject(to, "footprint", (double)x->footprint);
    cJSON_AddNumberToObject(to, "parameter_count", (double)x->parameters);
    cJSON_AddNumberToObject(to, "connection_sparsity", x->sparsity);
    cJSON_AddNumberToObject(to, "activation_sparsity", x->silence);
    operations = cJSON_AddObjectToObject(to, "synaptic_operations");
    cJSON_AddNumberToObject(operations, "Effective_MACs", x->macs);
    cJSON_AddNumberToObject(operations, "Effective_ACs", x->acs);
    cJSON_AddNumberToObject(operations, "Dense", x->dense);
    if (x->rate > 0) cJSON_AddNumberToObject(to, "model_execution_rate", x->rate);
}

// What is run: the law of the chip with its formats, and the net's shape. A DYNAP-SE2 net's is its file's.
static void add_net(cJSON *json, const struct predict_result *r)
{
    char text[256];
    if (!r->lif) return;
    cJSON *law = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "chip"), "law");
    if (!law || !golden_put_law(law, r->lif_chip->kind, r->lif_chip->params))
        cli_die("out of memory");
    cJSON_AddStringToObject(json, "shape", cli_shape_text(&r->lif->shape, text, sizeof text));
}

// The curve, without the ends at which nothing changes.
static void add_curve(cJSON *json, const struct predict_result *r)
{
    cJSON *list = cJSON_AddArrayToObject(json, "yield_curve");
    int first = 0, last = r->n_curve - 1;
    while (first < last && r->curve[first + 1].all.low == r->curve[0].all.low &&
           r->curve[first + 1].limit <= r->limit)
        first++;
    while (last > first && r->curve[last - 1].all.high == r->curve[r->n_curve - 1].all.high &&
           r->curve[last - 1].limit >= r->limit)
        last--;
    for (int i = first; i <= last; i++) {
        const struct yield_point *p = &r->curve[i];
        cJSON *point = cJSON_CreateObject();
        cJSON_AddNumberToObject(point, "limit", p->limit);
        cJSON_AddNumberToObject(point, "yield", p->yield);
        add_interval(point, "chips", p->chips);
        if (r->task.words.sources) add_interval(point, "chips_and_speakers", p->all);
        cJSON_AddItemToArray(list, point);
    }
}

cJSON *predict_json(const struct predict_result *r)
{
    const struct predict_options *o = r->o;
    cJSON *json = cJSON_CreateObject(), *list = 0, *provenance = cli_provenance(&o->common);
    cJSON_AddItemToObject(json, "provenance", provenance);
    cJSON_AddNumberToObject(provenance, "ranks", r->ranks);
    cJSON_AddStringToObject(json, "net", o->net);
    if (r->data) cJSON_AddStringToObject(json, "data", r->data);
    if (o->faults) cJSON_AddStringToObject(json, "faults", o->faults);
    if (r->split) cJSON_AddStringToObject(json, "split", r->split);
    if (r->task_name) cJSON_AddStringToObject(json, "task", r->task_name);
    if (r->law) cJSON_AddStringToObject(json, "law", r->law);
    if (r->law) cJSON_AddNumberToObject(json, "mismatch", o->patterns.mismatch);
    cJSON_AddNumberToObject(json, "clips", r->task.n_items);
    if (r->task.words.sources) cJSON_AddNumberToObject(json, "speakers", r->task.n_sources);
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < r->task.n_classes; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(r->task.words.class_name[i]));
    add_net(json, r);
    if (task_graded(&r->task)) add_figure(json, r);
    add_accuracy(json, r);
    verdict_json(json, &r->verdict);
    add_intervals(json, r);
    add_curve(json, r);
    cJSON *quantised = cJSON_AddObjectToObject(json, "nominal_chip");
    add_rates(quantised, r, &r->nominal, 1);
    add_confusion(quantised, r, r->nominal_decision, 1);
    undecided_json(quantised, &r->nominal_undecided);
    cJSON *virtual = cJSON_AddObjectToObject(json, "virtual_chips");
    add_rates(virtual, r, r->chips, r->n);
    undecided_json(virtual, &r->undecided);
    if (r->task.words.impossible_class >= 0)
        cJSON_AddNumberToObject(virtual, "impossible", r->impossible);
    add_power(json, r);
    add_neurobench(json, r);
    add_confusion(virtual, r, r->decision, r->n);
    if (o->attribution) add_attribution(json, r);

    list = cJSON_AddArrayToObject(json, "sweeps");
    for (int i = 0; i < o->n_sweeps; i++)
        add_sweep(list, &r->job.by->knobs(r->job.chip)->knob[r->sweep[i].knob], &r->sweep[i],
                  o->target);
    add_clips(json, r);
    list = cJSON_AddArrayToObject(json, "chips");
    add_chip(list, r, &r->nominal);
    for (int i = 0; i < r->n; i++)
        add_chip(list, r, &r->chips[i]);
    return json;
}
