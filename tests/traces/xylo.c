// Xylo, v1 and v2 (chips/xylo-v1.yaml, xylo-v2.yaml): a recurrent hidden layer of up to 31 spikes a
// neuron and tick, an output layer that hears it one tick late. An alias (the spikes of neuron m
// count as neuron a's too) is folded into the weights of m, w[m] + w[a]: exact unless a sum
// saturates between the two.
#include "tests/traces/traces.h"

#include <stdio.h>
#include <string.h>

enum { HIDDEN_SPIKES = 31, INPUT_MAX = 15 };

struct reading {
    const cJSON *json; // parameters
    struct machine_trace *t;
    struct fail *f;
    int n_in, n_hidden, n_out;
};

static const cJSON *item(const cJSON *array, int i)
{
    return cJSON_GetArrayItem(array, i);
}

static const cJSON *list(const struct reading *x, const char *name, int n)
{
    const cJSON *a = cJSON_GetObjectItemCaseSensitive(x->json, name);
    if (cJSON_GetArraySize(a) == n) return a;
    fail(x->f, "%s, %d entries, %d are due", name, cJSON_GetArraySize(a), n);
    return 0;
}

// Adds w[from][to] · 2^shift, of a list of lists, to the rows of a synapse.
static int add_weights(const struct reading *x, const cJSON *w, const char *shift_name, int layer,
                       int first_row, int n_from)
{
    struct image_layer *y = &x->t->im.layer[layer];
    int32_t shift, code;
    if (json_int(x->json, shift_name, 0, 7, &shift, x->f)) return -1;
    if (cJSON_GetArraySize(w) != n_from) return fail(x->f, "weights from %d sources", n_from);
    for (int from = 0; from < n_from; from++) {
        const cJSON *row = item(w, from);
        if (cJSON_GetArraySize(row) != y->n_out) return fail(x->f, "weights to %d", y->n_out);
        for (int to = 0; to < y->n_out; to++) {
            if (json_int(item(row, to), 0, -128, 127, &code, x->f)) return -1;
            y->w[(first_row + from) * y->n_out + to] = (int16_t)fx_shl(code, shift);
        }
    }
    return 0;
}

static int read_weights(const struct reading *x)
{
    const cJSON *in = cJSON_GetObjectItemCaseSensitive(x->json, "w_in");
    const cJSON *rec = cJSON_GetObjectItemCaseSensitive(x->json, "w_rec");
    int synapses = cJSON_GetArraySize(in);
    if (synapses < 1 || synapses > 2 || cJSON_GetArraySize(rec) != synapses)
        return fail(x->f, "w_in, %d synapses, allowed 1..2, as many as in w_rec", synapses);
    for (int k = 0; k < synapses; k++) {
        int first = k * x->t->im.layer[0].n_source;
        if (add_weights(x, item(in, k), "shift_in", 0, first, x->n_in) ||
            add_weights(x, item(rec, k), "shift_rec", 0, first + x->n_in, x->n_hidden))
            return -1;
    }
    return add_weights(x, cJSON_GetObjectItemCaseSensitive(x->json, "w_out"), "shift_out", 1, 0,
                       x->n_hidden);
}

static int fold_row(const struct reading *x, struct image_layer *y, int to, const int16_t *from)
{
    for (int n = 0; n < y->n_out; n++) {
        int32_t sum = y->w[to * y->n_out + n] + from[n];
        if (sum < fx_min(16) || sum > fx_max(16)) return fail(x->f, "aliases, weight %d", sum);
        y->w[to * y->n_out + n] = (int16_t)sum;
    }
    return 0;
}

static int fold_aliases(const struct reading *x)
{
    struct machine_trace *t = x->t;
    struct image_layer *hidden = &t->im.layer[0], *out = &t->im.layer[1];
    const cJSON *all = list(x, "aliases", x->n_hidden);
    int32_t a;
    if (!all) return -1;
    for (int n = 0; n < x->n_hidden; n++) {
        int size = cJSON_GetArraySize(item(all, n));
        t->alias[n] = -1;
        if (!size) continue;
        if (size > 1) return fail(x->f, "aliases, %d of one neuron, allowed 1", size);
        if (json_int(item(item(all, n), 0), 0, 0, x->n_hidden - 1, &a, x->f)) return -1;
        if (cJSON_GetArraySize(item(all, a))) return fail(x->f, "aliases, of an alias");
        t->alias[n] = a;
        t->has_alias = true;
        for (int k = 0; k < 2; k++) {
            int first = k * hidden->n_source + x->n_in;
            if (fold_row(x, hidden, first + n, &hidden->w[(first + a) * hidden->n_out])) return -1;
        }
        if (fold_row(x, out, n, &out->w[a * out->n_out])) return -1;
    }
    return 0;
}

static int read_neurons(const struct reading *x, int layer, const char *end)
{
    struct image_layer *y = &x->t->im.layer[layer];
    char name[4][32];
    const char *const stem[4] = {"threshold", "bias", "dash_mem", "dash_syn"};
    const cJSON *a[4];
    for (int i = 0; i < 4; i++) {
        snprintf(name[i], sizeof name[i], "%s%s", stem[i], end);
        if (!(a[i] = list(x, name[i], y->n_out))) return -1;
    }
    for (int n = 0; n < y->n_out; n++) {
        struct law_neuron *p = &y->neuron[n];
        const cJSON *syn = item(a[3], n);
        if (json_int(item(a[0], n), 0, fx_min(16), fx_max(16), &p->theta, x->f) ||
            json_int(item(a[1], n), 0, fx_min(16), fx_max(16), &p->bias, x->f) ||
            json_int(item(a[2], n), 0, 0, 31, &p->lambda, x->f) ||
            json_int(item(syn, 0), 0, 0, 31, &p->mu, x->f))
            return -1;
        if (cJSON_GetArraySize(syn) > 1 && json_int(item(syn, 1), 0, 0, 31, &p->mu2, x->f))
            return -1;
    }
    return 0;
}

static int read_layer(const struct reading *x, const struct csv *c, int layer, const char *end)
{
    int n_out = x->t->im.layer[layer].n_out;
    size_t words = (size_t)c->n_rows * (size_t)n_out;
    int32_t *at = trace_memory(x->t, 4 * words * sizeof *at);
    struct words *e = &x->t->expected[layer];
    *e = (struct words){.v = at, .u = at + words, .n = at + 2 * words};
    char name[48];
    snprintf(name, sizeof name, "isyn2%s_0", end);
    if (csv_column(c, name) >= 0) e->u2 = at + 3 * words;
    for (int n = 0; n < n_out; n++) {
        const struct {
            const char *stem;
            int32_t *to;
        } all[] = {{"isyn", e->u}, {"vmem", e->v}, {"spikes", e->n}, {"isyn2", e->u2}};
        for (int i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "%s%s_%d", all[i].stem, end, n);
            if (all[i].to && trace_column(c, name, n_out, n, INT32_MIN, INT32_MAX, all[i].to, x->f))
                return -1;
        }
    }
    return 0;
}

static int read_input(const struct reading *x, const struct csv *c)
{
    size_t words = (size_t)c->n_rows * (size_t)x->n_in;
    int32_t *in = trace_memory(x->t, words * sizeof *in);
    uint8_t *to = trace_memory(x->t, words);
    char name[32];
    for (int i = 0; i < x->n_in; i++) {
        snprintf(name, sizeof name, "in_%d", i);
        if (trace_column(c, name, x->n_in, i, 0, INT32_MAX, in, x->f)) return -1;
    }
    for (size_t i = 0; i < words; i++)
        to[i] = (uint8_t)(in[i] > INPUT_MAX ? INPUT_MAX : in[i]);
    x->t->s = (struct stimulus){.n_ticks = c->n_rows, .x = to};
    return 0;
}

int xylo_read(struct machine_trace *t, const struct chip *chip, const char *folder,
              const char *file, struct fail *f)
{
    char path[TRACE_PATH];
    struct csv c = {0};
    *t = (struct machine_trace){0};
    snprintf(path, sizeof path, "%s/%.*s.json", folder, (int)strlen(file) - 4, file);
    cJSON *json = json_read(path, f);
    if (!json) return -1;
    struct reading x = {cJSON_GetObjectItem(json, "parameters"), t, f, 0, 0, 0};
    x.n_in = cJSON_GetArraySize(item(cJSON_GetObjectItem(x.json, "w_in"), 0));
    x.n_hidden = cJSON_GetArraySize(cJSON_GetObjectItem(x.json, "threshold"));
    x.n_out = cJSON_GetArraySize(cJSON_GetObjectItem(x.json, "threshold_out"));
    struct image_shape shape = {
        .n_layers = 2,
        .layer = {
            {.n_in = x.n_in, .n_out = x.n_hidden, .recurrent = true, .max_spikes = HIDDEN_SPIKES},
            {.n_in = x.n_hidden, .n_out = x.n_out, .delayed = true, .max_spikes = 1}}};
    const char *wrong = image_shape_check(&shape);
    int rc = wrong || x.n_hidden > 1024 ? fail(f, "%s", wrong ? wrong : "over 1024 neurons") : 0;
    if (rc == 0) {
        trace_image(t, &chip->law, &shape);
        snprintf(path, sizeof path, "%s/%s", folder, file);
        rc = read_weights(&x) || fold_aliases(&x) || read_neurons(&x, 0, "") ||
                     read_neurons(&x, 1, "_out") || csv_read(&c, path, f) || read_input(&x, &c) ||
                     read_layer(&x, &c, 0, "") || read_layer(&x, &c, 1, "_out")
                 ? -1
                 : 0;
    }
    csv_free(&c);
    cJSON_Delete(json);
    return rc;
}
