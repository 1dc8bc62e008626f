// SC-NeuroCore's FixedPointLIFNeuron: one source of weight 1, gain, leak and noise written each
// tick.
#include "tests/traces/traces.h"

#include <stdio.h>
#include <string.h>

struct set {
    int32_t width, fraction, rest, reset, threshold, period;
};

// Defaults of the program itself, for a trace that params.json does not list.
static const struct set DEFAULTS = {16, 8, 0, 0, 256, 2};

static int find_set(struct set *p, const char *folder, const char *file, struct fail *f)
{
    char path[TRACE_PATH];
    snprintf(path, sizeof path, "%s/params.json", folder);
    *p = DEFAULTS;
    cJSON *json = json_read(path, f);
    if (!json) return -1;
    const cJSON *set;
    int rc = 0;
    cJSON_ArrayForEach(set, cJSON_GetObjectItem(json, "sets"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(set, "file"));
        char own[TRACE_PATH];
        snprintf(own, sizeof own, "%s.csv", cJSON_GetStringValue(cJSON_GetObjectItem(set, "name")));
        if (strcmp(name ? name : own, file)) continue;
        int64_t low = INT32_MIN, high = INT32_MAX;
        rc = json_int(set, "data_width", 4, 32, &p->width, f) ||
             json_int(set, "fraction", 0, p->width - 1, &p->fraction, f) ||
             json_int(set, "v_rest", low, high, &p->rest, f) ||
             json_int(set, "v_reset", low, high, &p->reset, f) ||
             json_int(set, "v_threshold", low, high, &p->threshold, f) ||
             json_int(set, "refractory_period", 0, 255, &p->period, f);
        cJSON_Delete(json);
        return rc ? -1 : 0;
    }
    cJSON_Delete(json);
    fprintf(stderr, "%s/%s: not in params.json; the program's own defaults are taken\n", folder,
            file);
    return 0;
}

static int fill(struct machine_trace *t, const struct csv *c, const struct set *p, struct fail *f)
{
    int64_t hi = fx_max(p->width), lo = fx_min(p->width);
    size_t bytes = (size_t)c->n_rows * sizeof(int32_t);
    int32_t *wide = trace_memory(t, bytes), *word = trace_memory(t, 3 * bytes);
    struct words *e = &t->expected[0];
    e->v = trace_memory(t, bytes);
    e->r = trace_memory(t, bytes);
    e->n = trace_memory(t, bytes);
    if (trace_column(c, "I_t", 1, 0, lo, hi, wide, f) ||
        trace_column(c, "leak_k", 3, 0, lo, hi, word, f) ||
        trace_column(c, "gain_k", 3, 1, lo, hi, word, f) ||
        trace_column(c, "noise_in", 3, 2, lo, hi, word, f) ||
        trace_column(c, "v", 1, 0, lo, hi, e->v, f) ||
        trace_column(c, "spike", 1, 0, 0, 1, e->n, f) ||
        trace_column(c, "refractory_counter", 1, 0, 0, 255, e->r, f))
        return -1;
    struct stimulus_write *write = trace_memory(t, 3 * (size_t)c->n_rows * sizeof *write);
    static const enum image_word words[3] = {WORD_LAMBDA, WORD_GAIN, WORD_BIAS};
    for (int i = 0; i < 3 * c->n_rows; i++)
        write[i] = (struct stimulus_write){.tick = i / 3, .word = words[i % 3], .value = word[i]};
    t->s = (struct stimulus){
        .n_ticks = c->n_rows, .wide = wide, .write = write, .n_writes = 3 * c->n_rows};
    return 0;
}

int scneurocore_read(struct machine_trace *t, const struct chip *chip, const char *folder,
                     const char *file, struct fail *f)
{
    char path[TRACE_PATH];
    struct csv c;
    struct set p;
    *t = (struct machine_trace){0};
    if (find_set(&p, folder, file, f)) return -1;
    struct law law = chip->law;
    struct law_format q = {(int8_t)(p.width - p.fraction), (int8_t)p.fraction};
    law.input = law.membrane = law.leak = law.gain = q;
    law.weight = (struct law_format){2, 0}; // of the one source: its input as it is
    law.refractory_ticks = (uint8_t)p.period;
    const char *wrong = law_check(&law);
    if (wrong) return fail(f, "law, %s", wrong);
    struct image_shape one = {.n_layers = 1, .layer = {{.n_in = 1, .n_out = 1}}};
    trace_image(t, &law, &one);
    t->im.layer[0].w[0] = 1;
    t->im.layer[0].neuron[0] =
        (struct law_neuron){.theta = p.threshold, .rest = p.rest, .reset = p.reset};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    int rc = csv_read(&c, path, f) || fill(t, &c, &p, f) ? -1 : 0;
    csv_free(&c);
    return rc;
}
