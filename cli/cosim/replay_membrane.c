// Membrane, threshold, spikes and current of chosen neurons, the nominal chip beside chip K: what --membrane adds.
#include "cli/cosim/replay.h"
#include "cli/report/plot.h"

#include "model/laws/reference.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the threshold is compared with: the stage before the spikes.
static const struct law_word *membrane_of(const struct law_kind *kind)
{
    return &kind->stage[kind->fire - 1];
}

// What flows into the membrane; NULL: the law has no such stage.
static const struct law_word *current_of(const struct law_kind *kind)
{
    static const char *const names[] = {"current", "input"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int s = 0; s < kind->n_stages; s++)
            if (!strcmp(kind->stage[s].name, names[i])) return &kind->stage[s];
    return 0;
}

// The word that is the most for a neuron that never fires again; -1: the law has none.
static int threshold_of(const struct law_kind *kind)
{
    for (int word = 0; word < kind->first_state; word++)
        if (kind->word[word].dead == LAW_MOST) return word;
    return -1;
}

void replay_membrane_parse(struct replay_options *o, const char *text)
{
    const char *at = text;
    for (;; at++) {
        char *end;
        struct replay_probe *p = &o->probe[o->n_probes];
        const long layer = strtol(at, &end, 10);
        const bool colon = end > at && *at >= '0' && *at <= '9' && *end == ':';
        at = colon ? end + 1 : at;
        const long neuron = strtol(at, &end, 10);
        if (!colon || end == at || *at < '0' || *at > '9' || (*end && *end != ',') ||
            layer >= IMAGE_MAX_LAYERS || neuron >= IMAGE_MAX_NEURONS)
            cli_die("--membrane %s: allowed LAYER:NEURON,.. such as 1:0,1:5", text);
        if (o->n_probes == REPLAY_PROBES)
            cli_die("--membrane %s: allowed 1..%d neurons", text, REPLAY_PROBES);
        *p = (struct replay_probe){(int)layer, (int)neuron};
        o->n_probes++;
        at = end;
        if (!*at) return;
    }
}

void replay_membrane_check(const struct replay *r)
{
    const struct replay_options *o = r->o;
    for (int i = 0; i < o->n_probes; i++) {
        const struct replay_probe *p = &o->probe[i];
        if (p->layer >= r->extent.n_layers)
            cli_die("--membrane: %d:%d: layer %d, allowed 0..%d", p->layer, p->neuron, p->layer,
                    r->extent.n_layers - 1);
        if (p->neuron >= r->extent.n_out[p->layer])
            cli_die("--membrane: %d:%d: neuron %d of layer %d, allowed 0..%d", p->layer, p->neuron,
                    p->neuron, p->layer, r->extent.n_out[p->layer] - 1);
    }
}

struct watched {
    struct replay *r;
    int side;
    const struct law_image *view;
};

static void watch(void *context, int tick, int layer, int neuron, const void *before,
                  const void *stages, const void *after)
{
    const struct watched *w = context;
    const struct replay_options *o = w->r->o;
    const struct law_kind *kind = w->view->kind;
    const struct law_word *current = current_of(kind);
    (void)before, (void)after;
    for (int i = 0; i < o->n_probes; i++) {
        if (o->probe[i].layer != layer || o->probe[i].neuron != neuron) continue;
        struct replay_trace *t = &w->r->trace[i];
        t->membrane[w->side][tick] = law_get(membrane_of(kind), stages);
        if (current) t->current[w->side][tick] = law_get(current, stages);
    }
}

void replay_membrane_run(struct replay *r, int side, const struct law_image *view,
                         const struct stimulus *s)
{
    const struct law_kind *kind = view->kind;
    struct watched w = {r, side, view};
    struct reference reference;
    const int threshold = threshold_of(kind);
    if (!r->o->n_probes) return;
    r->membrane_frac = membrane_of(kind)->range(view->law).frac;
    r->current_frac = current_of(kind) ? current_of(kind)->range(view->law).frac : 0;
    r->has_current = current_of(kind) != 0;
    r->has_threshold = threshold >= 0;
    for (int i = 0; i < r->o->n_probes; i++) {
        struct replay_trace *t = &r->trace[i];
        const struct replay_probe *p = &r->o->probe[i];
        replay_need(t->membrane[side] = calloc((size_t)r->task.n_ticks, sizeof *t->membrane[side]));
        replay_need(t->current[side] = calloc((size_t)r->task.n_ticks, sizeof *t->current[side]));
        if (r->has_threshold)
            t->threshold[side] = law_image_word(view, p->layer, threshold, p->neuron, 0);
    }
    void *memory = aligned_alloc(64, reference_size(view));
    replay_need(memory);
    reference_init(&reference, view, memory);
    reference_rest(&reference);
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(&reference, s, tick, watch, &w);
    free(memory);
}

void replay_membrane_free(struct replay *r)
{
    for (int i = 0; i < r->o->n_probes; i++)
        for (int side = 0; side < REPLAY_SIDES; side++) {
            free(r->trace[i].membrane[side]);
            free(r->trace[i].current[side]);
        }
}

static cJSON *words(const int64_t *x, int n)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber((double)x[i]));
    return list;
}

cJSON *replay_membrane_json(const struct replay *r)
{
    static const char *const side_name[REPLAY_SIDES] = {"nominal", "chip"};
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < r->o->n_probes; i++) {
        const struct replay_trace *t = &r->trace[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "layer", r->o->probe[i].layer);
        cJSON_AddNumberToObject(one, "neuron", r->o->probe[i].neuron);
        cJSON_AddNumberToObject(one, "membrane_frac", r->membrane_frac);
        if (r->has_current) cJSON_AddNumberToObject(one, "current_frac", r->current_frac);
        for (int side = 0; side < REPLAY_SIDES; side++) {
            cJSON *of = cJSON_AddObjectToObject(one, side_name[side]);
            if (r->has_threshold)
                cJSON_AddNumberToObject(of, "threshold", (double)t->threshold[side]);
            cJSON_AddItemToObject(of, "membrane", words(t->membrane[side], r->task.n_ticks));
            if (r->has_current)
                cJSON_AddItemToObject(of, "current", words(t->current[side], r->task.n_ticks));
        }
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

// Of each tick: membrane, current and spikes of both sides.
static void put_data(FILE *to, const struct replay *r, int i)
{
    const struct replay_trace *t = &r->trace[i];
    const struct replay_probe *p = &r->o->probe[i];
    fprintf(to, "$neuron%d << EOD\n", i);
    for (int tick = 0; tick < r->task.n_ticks; tick++) {
        fprintf(to, "%d", tick);
        for (int side = 0; side < REPLAY_SIDES; side++)
            fprintf(to, " %.10g %.10g %d",
                    ldexp((double)t->membrane[side][tick], -r->membrane_frac),
                    ldexp((double)t->current[side][tick], -r->current_frac),
                    r->z[side][p->layer][tick * r->extent.n_out[p->layer] + p->neuron]);
        fprintf(to, "\n");
    }
    fprintf(to, "EOD\n");
}

static const char *const colour[REPLAY_SIDES] = {PLOT_BLUE, PLOT_RED};

static void plot_membrane(FILE *to, const struct replay *r, int i)
{
    const struct replay_probe *p = &r->o->probe[i];
    static const char *const who[REPLAY_SIDES] = {"nominal chip", "this chip"};
    fprintf(to, "set title 'layer %d, neuron %d%s' textcolor rgb '%s' offset 0,-0.8\n", p->layer,
            p->neuron, i ? "" : " (dots: spikes, dashed: threshold)", PLOT_INK);
    fprintf(to, "set ylabel 'membrane'\nset format x ''\nset xlabel ''\nset key %s\nplot",
            i ? "off" : "outside top right horizontal");
    for (int side = 0; side < REPLAY_SIDES; side++) {
        const int at = 2 + 3 * side;
        const double threshold = ldexp((double)r->trace[i].threshold[side], -r->membrane_frac);
        fprintf(to,
                "%s $neuron%d using 1:%d with lines lw 1.2 lc rgb '%s' title '%s'"
                ", '' using 1:($%d > 0 ? $%d : NaN) with points pt 7 ps 0.45 lc rgb '%s' "
                "notitle",
                side ? "," : "", i, at, colour[side], who[side], at + 2, at, colour[side]);
        if (r->has_threshold)
            fprintf(to, ", %.10g with lines dt 2 lw 1 lc rgb '%s' notitle", threshold,
                    colour[side]);
    }
    fprintf(to, "\n");
}

static void plot_current(FILE *to, const struct replay *r, int i)
{
    fprintf(to, "unset title\nset key off\nset ylabel 'current'\nset format x '%%g'\n%s\nplot",
            i + 1 < r->o->n_probes ? "set xlabel ''" : "set xlabel 'tick'");
    for (int side = 0; side < REPLAY_SIDES; side++)
        fprintf(to, "%s $neuron%d using 1:%d with steps lw 1 lc rgb '%s' notitle", side ? "," : "",
                i, 3 + 3 * side, colour[side]);
    fprintf(to, "\n");
}

char *replay_membrane_svg(const struct replay *r)
{
    enum { WIDTH = 760, PANEL = 320, MARGIN = 60 };
    const int n = r->o->n_probes, rows = n * (r->has_current ? 2 : 1);
    struct plot p = plot_begin("tick", "membrane", n * PANEL + MARGIN);
    fprintf(p.script,
            "set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,12'\n"
            "set xrange [0:%d]\nset lmargin 10\nset rmargin 3\nset tmargin 2\nset bmargin 1.5\n",
            WIDTH, n * PANEL + MARGIN, r->task.n_ticks);
    for (int i = 0; i < n; i++)
        put_data(p.script, r, i);
    fprintf(p.script, "set multiplot layout %d,1 margins char 10,3,3,4 spacing char 0,3.2\n", rows);
    for (int i = 0; i < n; i++) {
        plot_membrane(p.script, r, i);
        if (r->has_current) plot_current(p.script, r, i);
    }
    fprintf(p.script, "unset multiplot\n");
    return plot_end(&p);
}
