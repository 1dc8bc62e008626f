// What sets a chip apart: as text, as JSON, as a picture.
#include "cli/report/plot.h"
#include "cli/cosim/replay.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char *name_of(const struct replay *r, int i)
{
    return r->task.item_name[i];
}

static int label_of(const struct replay *r, int i)
{
    return r->task.label[i];
}

static const char *said(const struct replay *r, int side, int i)
{
    return r->task.words.class_name[replay_said(r, side, i)];
}

// 1: only chip K is right, −1: only the nominal one, 0: neither or both.
static int won(const struct replay *r, int i)
{
    int label = label_of(r, i);
    return (replay_said(r, REPLAY_CHIP, i) == label) - (replay_said(r, REPLAY_NOMINAL, i) == label);
}

static bool spiked(const struct replay *r, int side, int layer, int tick, int n)
{
    return r->z[side][layer][tick * r->extent.n_out[layer] + n];
}

static void words_table(const struct replay *r)
{
    if (r->n_words)
        printf("words against nominal           words   differ  mean |difference|  largest\n");
    for (int i = 0; i < r->n_words; i++) {
        const struct replay_word *d = &r->word[i];
        printf("  layer %d %-18s %8d %8d  %10.2f LSB", d->layer, d->name, d->words, d->differ,
               d->mean_size);
        if (d->differ) {
            printf("     %+" PRId64 " LSB: %" PRId64 " -> %" PRId64 ", neuron %d", d->largest,
                   d->nominal, d->chip, d->neuron);
            if (d->row >= 0) printf(" row %d", d->row);
        }
        putchar('\n');
    }
    if (r->jitter_largest >= 0)
        printf("  clock of clip %-4d            largest |jitter| %.3f %% of a tick\n", r->shown,
               100 * ldexp(r->jitter_largest, -15));
}

static void clips_table(const struct replay *r, int wanted, const char *title)
{
    int n = 0;
    for (int i = 0; i < r->task.n_items; i++)
        n += won(r, i) == wanted;
    printf("%s: %d\n", title, n);
    for (int i = 0; i < r->task.n_items; i++)
        if (won(r, i) == wanted)
            printf("  clip %-4d %-32s nominal said %s, chip %" PRId64 " said %s\n", i,
                   name_of(r, i), said(r, REPLAY_NOMINAL, i), r->o->k, said(r, REPLAY_CHIP, i));
}

static void raster(const struct replay *r, int layer)
{
    for (int n = 0; n < r->extent.n_out[layer]; n++) {
        printf("  %4d ", n);
        for (int t = 0; t < r->task.n_ticks; t++)
            putchar(".nk#"[spiked(r, REPLAY_NOMINAL, layer, t, n) +
                           2 * spiked(r, REPLAY_CHIP, layer, t, n)]);
        putchar('\n');
    }
}

static void spikes_table(const struct replay *r)
{
    printf("clip %d, %s, is %s; output spikes", r->shown, name_of(r, r->shown),
           r->task.words.class_name[label_of(r, r->shown)]);
    for (int w = 0; w < r->n_heard; w++)
        printf("%s %s %d -> %d", w ? "," : "", r->task.words.class_name[w],
               r->heard[REPLAY_NOMINAL][w], r->heard[REPLAY_CHIP][w]);
    putchar('\n');
    for (int l = 0; l < r->extent.n_layers; l++) {
        int both = 0, only[REPLAY_SIDES] = {0}, first = -1;
        for (int t = 0; t < r->task.n_ticks; t++)
            for (int n = 0; n < r->extent.n_out[l]; n++) {
                bool a = spiked(r, REPLAY_NOMINAL, l, t, n), b = spiked(r, REPLAY_CHIP, l, t, n);
                both += a && b;
                only[REPLAY_NOMINAL] += a && !b;
                only[REPLAY_CHIP] += b && !a;
                if (a != b && first < 0) first = t;
            }
        printf("  layer %d spikes: both %d, only nominal %d, only chip %d", l, both,
               only[REPLAY_NOMINAL], only[REPLAY_CHIP]);
        if (first >= 0) printf("; first apart in tick %d", first);
        putchar('\n');
        if (r->o->raster) raster(r, l);
    }
}

void replay_table(const struct replay *r)
{
    printf("%s, chip %" PRId64 " of seed %" PRIu64 ": %016" PRIx64 "\n", r->chip_name, r->o->k,
           r->o->common.seed, r->side[REPLAY_CHIP].hash);
    printf("  %d of %d %s right (%.2f %%), nominal chip %d (%.2f %%); %" PRId64 " words clamped\n",
           r->side[REPLAY_CHIP].correct, r->task.n_items, r->task.words.items,
           100.0 * r->side[REPLAY_CHIP].correct / r->task.n_items, r->side[REPLAY_NOMINAL].correct,
           100.0 * r->side[REPLAY_NOMINAL].correct / r->task.n_items, r->side[REPLAY_CHIP].clamped);
    for (int side = 0; side < REPLAY_SIDES; side++)
        printf("  undecided by %s: no output spike %.2f %%, a tie %.2f %% of the %s\n",
               side == REPLAY_CHIP ? "this chip" : "nominal chip", 100 * r->undecided[side].silent,
               100 * r->undecided[side].tied, r->task.words.items);
    words_table(r);
    clips_table(r, -1, "clips lost against nominal");
    clips_table(r, 1, "clips won");
    spikes_table(r);
    if (!r->cosim) return;
    const struct lockstep_result *l = &r->cosim->result->lockstep;
    printf("RTL with the words of chip %" PRId64 ", clip %d: %" PRId64 " words, %" PRId64
           " differ; the RTL's own decision is %s\n",
           r->o->k, r->shown, l->words, cosim_differ(l),
           r->cosim->result->decisions_differ ? "another" : "the same");
}

static cJSON *words_json(const struct replay *r)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < r->n_words; i++) {
        const struct replay_word *d = &r->word[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "layer", d->layer);
        cJSON_AddStringToObject(one, "kind", d->name);
        cJSON_AddNumberToObject(one, "words", d->words);
        cJSON_AddNumberToObject(one, "differ", d->differ);
        cJSON_AddNumberToObject(one, "mean_size_lsb", d->mean_size);
        cJSON_AddNumberToObject(one, "largest_lsb", (double)d->largest);
        cJSON_AddNumberToObject(one, "neuron", d->neuron);
        cJSON_AddNumberToObject(one, "row", d->row < 0 ? 0 : d->row);
        cJSON_AddNumberToObject(one, "nominal", (double)d->nominal);
        cJSON_AddNumberToObject(one, "chip", (double)d->chip);
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

static cJSON *clips_json(const struct replay *r, int wanted)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < r->task.n_items; i++) {
        if (won(r, i) != wanted) continue;
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "index", i);
        cJSON_AddStringToObject(one, "clip", name_of(r, i));
        cJSON_AddStringToObject(one, "word", r->task.words.class_name[label_of(r, i)]);
        cJSON_AddStringToObject(one, "nominal", said(r, REPLAY_NOMINAL, i));
        cJSON_AddStringToObject(one, "chip", said(r, REPLAY_CHIP, i));
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

// Of each layer the spikes as [tick, neuron], several of a tick one behind the other.
static cJSON *spikes_json(const struct replay *r, int side)
{
    cJSON *layers = cJSON_CreateArray();
    for (int l = 0; l < r->extent.n_layers; l++) {
        cJSON *list = cJSON_CreateArray();
        for (int t = 0; t < r->task.n_ticks; t++)
            for (int n = 0; n < r->extent.n_out[l]; n++)
                for (int i = 0; i < r->z[side][l][t * r->extent.n_out[l] + n]; i++)
                    cJSON_AddItemToArray(list, cJSON_CreateIntArray((int[]){t, n}, 2));
        cJSON_AddItemToArray(layers, list);
    }
    return layers;
}

// Output spikes of each label, of a label with several neurons those of all.
static void add_heard(cJSON *to, const struct replay *r)
{
    static const char *const name[REPLAY_SIDES] = {"nominal_spikes", "chip_spikes"};
    for (int side = 0; side < REPLAY_SIDES; side++)
        cJSON_AddItemToObject(to, name[side], cJSON_CreateIntArray(r->heard[side], r->n_heard));
}

cJSON *replay_json(const struct replay *r)
{
    cJSON *json = cJSON_CreateObject();
    char hash[32];
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&r->o->common));
    cJSON_AddStringToObject(json, "net", r->o->net);
    if (r->data) cJSON_AddStringToObject(json, "data", r->data);
    if (r->split) cJSON_AddStringToObject(json, "split", r->split);
    cJSON_AddNumberToObject(json, "chip", (double)r->o->k);
    snprintf(hash, sizeof hash, "%016" PRIx64, r->side[REPLAY_CHIP].hash);
    cJSON_AddStringToObject(json, "hash", hash);
    cJSON_AddNumberToObject(json, "clips", r->task.n_items);
    cJSON_AddNumberToObject(json, "correct", r->side[REPLAY_CHIP].correct);
    cJSON_AddNumberToObject(json, "nominal_correct", r->side[REPLAY_NOMINAL].correct);
    undecided_json(cJSON_AddObjectToObject(json, "nominal_chip"), &r->undecided[REPLAY_NOMINAL]);
    undecided_json(json, &r->undecided[REPLAY_CHIP]);
    cJSON_AddItemToObject(json, "words", words_json(r));
    cJSON_AddItemToObject(json, "lost", clips_json(r, -1));
    cJSON_AddItemToObject(json, "won", clips_json(r, 1));
    cJSON *shown = cJSON_AddObjectToObject(json, "shown");
    cJSON_AddNumberToObject(shown, "index", r->shown);
    cJSON_AddStringToObject(shown, "clip", name_of(r, r->shown));
    cJSON_AddStringToObject(shown, "word", r->task.words.class_name[label_of(r, r->shown)]);
    cJSON_AddStringToObject(shown, "nominal_said", said(r, REPLAY_NOMINAL, r->shown));
    cJSON_AddStringToObject(shown, "chip_said", said(r, REPLAY_CHIP, r->shown));
    add_heard(shown, r);
    cJSON_AddNumberToObject(shown, "ticks", r->task.n_ticks);
    cJSON *neurons = cJSON_AddArrayToObject(shown, "neurons");
    for (int l = 0; l < r->extent.n_layers; l++)
        cJSON_AddItemToArray(neurons, cJSON_CreateNumber(r->extent.n_out[l]));
    cJSON_AddItemToObject(shown, "nominal", spikes_json(r, REPLAY_NOMINAL));
    cJSON_AddItemToObject(shown, "chip", spikes_json(r, REPLAY_CHIP));
    if (r->o->n_probes) cJSON_AddItemToObject(shown, "membranes", replay_membrane_json(r));
    if (!r->cosim) return json;
    const struct lockstep_result *l = &r->cosim->result->lockstep;
    cJSON *rtl = cJSON_AddObjectToObject(json, "rtl");
    cJSON_AddNumberToObject(rtl, "words", (double)l->words);
    cJSON_AddNumberToObject(rtl, "spikes", (double)l->spikes);
    cJSON_AddNumberToObject(rtl, "differ", (double)cosim_differ(l));
    cJSON_AddNumberToObject(rtl, "decisions_differ", r->cosim->result->decisions_differ);
    return json;
}

// Ticks to the right, layers above each other: grey both, blue only nominal, red only the chip.
static char *raster_svg(const struct replay *r)
{
    static const char *const title[] = {"both", "only nominal", "only this chip"};
    static const char *const colour[] = {PLOT_GREY, PLOT_BLUE, PLOT_RED};
    int base[IMAGE_MAX_LAYERS + 1] = {0}, layers = r->extent.n_layers;
    struct plot p = plot_begin("tick", "neuron, layer above layer", 300);
    for (int l = 0; l < layers; l++) {
        base[l + 1] = base[l] + r->extent.n_out[l] + 2;
        fprintf(p.script,
                "set arrow from graph 0, first %d to graph 1, first %d nohead lc rgb '%s' "
                "lw 0.5\n",
                base[l + 1] - 1, base[l + 1] - 1, PLOT_GREY);
    }
    fprintf(p.script, "set xrange [-1:%d]\nset yrange [-1:%d]\nset key above\n", r->task.n_ticks,
            base[layers] - 1);
    for (int kind = 0; kind < 3; kind++) {
        fprintf(p.script, "$kind%d << EOD\n-9 -9\n", kind); // gnuplot refuses an empty block
        for (int l = 0; l < layers; l++)
            for (int t = 0; t < r->task.n_ticks; t++)
                for (int n = 0; n < r->extent.n_out[l]; n++) {
                    bool a = spiked(r, REPLAY_NOMINAL, l, t, n);
                    bool b = spiked(r, REPLAY_CHIP, l, t, n);
                    if (kind == 0 ? a && b : kind == 1 ? a && !b : b && !a)
                        fprintf(p.script, "%d %d\n", t, base[l] + n);
                }
        fprintf(p.script, "EOD\n");
    }
    fprintf(p.script, "plot");
    for (int kind = 0; kind < 3; kind++)
        fprintf(p.script, "%s $kind%d with points pt 7 ps 0.2 lc rgb '%s' title '%s'",
                kind ? "," : "", kind, colour[kind], title[kind]);
    fprintf(p.script, "\n");
    return plot_end(&p);
}

void replay_svg(const struct replay *r, const char *path)
{
    char *text = 0, *svg = r->o->n_probes ? replay_membrane_svg(r) : raster_svg(r);
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_die("out of memory");
    fprintf(to, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n%s", svg);
    cli_end_text(to, &text);
    cli_write_text(text, path);
    free(text);
    free(svg);
}
