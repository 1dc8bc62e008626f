#include "tests/dynapsim/dynapsim.h"
#include "tests/traces/traces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dynapsim_names[DYNAPSIM_CURRENTS + 1] = {"isyn", "iahp", "imem", "vmem"};

static void *memory(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p) abort();
    return p;
}

static int number(const cJSON *x, const char *name, double *to, struct fail *f)
{
    if (!cJSON_IsNumber(x) || !isfinite(x->valuedouble))
        return fail(f, "%s: a number is due", name);
    *to = x->valuedouble;
    return 0;
}

// (n) numbers, `stride` apart.
static int numbers(const cJSON *list, const char *name, int n, double *to, int stride,
                   struct fail *f)
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return fail(f, "%s: a list of %d numbers is due", name, n);
    int i = 0;
    for (const cJSON *x = list->child; x; x = x->next, i++)
        if (number(x, name, &to[i * stride], f)) return -1;
    return 0;
}

static int matrix(const cJSON *rows, const char *name, int n_rows, int n, double *to,
                  struct fail *f)
{
    if (!cJSON_IsArray(rows) || cJSON_GetArraySize(rows) != n_rows)
        return fail(f, "%s: %d rows are due", name, n_rows);
    int i = 0;
    for (const cJSON *x = rows->child; x; x = x->next, i++)
        if (numbers(x, name, n, to + i * n, 1, f)) return -1;
    return 0;
}

static int read_parameters(struct dynapsim *d, const cJSON *json, struct fail *f)
{
    static const char *const names[DPI_CIRCUIT_VALUES] = {
        "Idc",    "If_nmda", "Igain_ahp", "Igain_mem",   "Igain_syn", "Ipulse_ahp",
        "Ipulse", "Iref",    "Ispkthr",   "Itau_ahp",    "Itau_mem",  "Itau_syn",
        "Iw_ahp", "C_ahp",   "C_syn",     "C_pulse_ahp", "C_pulse",   "C_ref",
        "C_mem",  "Io",      "kappa_n",   "kappa_p",     "Ut",        "Vth"};
    const cJSON *p = cJSON_GetObjectItemCaseSensitive(json, "parameters");
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++) // the struct is these doubles in this order
        if (numbers(cJSON_GetObjectItemCaseSensitive(p, names[i]), names[i], d->n_out,
                    (double *)d->circuit + i, DPI_CIRCUIT_VALUES, f))
            return -1;
    for (int n = 0; n < d->n_out; n++) {
        struct fail inner;
        if (dpi_circuit_check(&d->circuit[n], &inner))
            return fail(f, "neuron %d: %s", n, inner.text);
    }
    return number(cJSON_GetObjectItemCaseSensitive(p, "Iscale"), "Iscale", &d->iscale, f) ||
                   number(cJSON_GetObjectItemCaseSensitive(p, "dt"), "dt", &d->scale.dt, f)
               ? -1
               : 0;
}

static int read_start(struct dynapsim *d, const cJSON *json, struct fail *f)
{
    const cJSON *s = cJSON_GetObjectItemCaseSensitive(json, "initial_state");
    for (int i = 0; i <= DYNAPSIM_CURRENTS; i++)
        if (numbers(cJSON_GetObjectItemCaseSensitive(s, dynapsim_names[i]), dynapsim_names[i],
                    d->n_out, d->start[i], 1, f))
            return -1;
    double *spikes = memory((size_t)d->n_out, sizeof *spikes);
    int rc =
        numbers(cJSON_GetObjectItemCaseSensitive(s, "spikes"), "spikes", d->n_out, spikes, 1, f);
    for (int n = 0; n < d->n_out; n++)
        d->start_spikes[n] = (int)spikes[n];
    free(spikes);
    if (rc) return -1;
    d->scale.unit = d->circuit[0].Io; // any dark current will do to measure in
    return numbers(cJSON_GetObjectItemCaseSensitive(s, "timer_ref"), "timer_ref", d->n_out,
                   d->start_timer, 1, f);
}

void dynapsim_allocate(struct dynapsim *d)
{
    size_t n = (size_t)d->n_out, all = (size_t)d->n_ticks * n;
    d->circuit = memory(n, sizeof *d->circuit);
    d->w = memory((size_t)(d->n_in + d->n_out) * n, sizeof *d->w);
    d->x = memory((size_t)d->n_ticks * (size_t)d->n_in, sizeof *d->x);
    for (int i = 0; i <= DYNAPSIM_CURRENTS; i++) {
        d->start[i] = memory(n, sizeof(double));
        d->expected[i] = memory(all, sizeof(double));
    }
    d->start_spikes = memory(n, sizeof *d->start_spikes);
    d->start_timer = memory(n, sizeof *d->start_timer);
    d->spikes = memory(all, sizeof *d->spikes);
}

static int read_json(struct dynapsim *d, const cJSON *json, struct fail *f)
{
    int32_t n_in, n_out, ticks;
    if (json_int(json, "n_inputs", 1, DPI_MAX_NEURONS, &n_in, f) ||
        json_int(json, "n_neurons", 1, DPI_MAX_NEURONS, &n_out, f) ||
        json_int(json, "ticks", 1, 10000000, &ticks, f))
        return -1;
    d->n_in = n_in;
    d->n_out = n_out;
    d->n_ticks = ticks;
    const cJSON *w_rec = cJSON_GetObjectItemCaseSensitive(json, "w_rec");
    d->recurrent = cJSON_IsArray(w_rec);
    dynapsim_allocate(d);
    if (read_parameters(d, json, f) || read_start(d, json, f)) return -1;
    if (matrix(cJSON_GetObjectItemCaseSensitive(json, "w_in"), "w_in", n_in, n_out, d->w, f))
        return -1;
    return d->recurrent ? matrix(w_rec, "w_rec", n_out, n_out, d->w + n_in * n_out, f) : 0;
}

static int read_events(struct dynapsim *d, const char *path, struct fail *f)
{
    struct csv c;
    int rc = csv_read_any(&c, path, f);
    if (rc == 0 && c.n_columns != 3) rc = fail(f, "%s: tick, channel, count are due", path);
    for (int i = 0; rc == 0 && i < c.n_rows; i++) {
        const double *row = &c.value[i * 3];
        if (!c.whole || row[0] < 0 || row[0] >= d->n_ticks || row[1] < 0 || row[1] >= d->n_in) {
            rc = fail(f, "%s: row %d: tick %g, channel %g, allowed 0..%d, 0..%d", path, i + 1,
                      row[0], row[1], d->n_ticks - 1, d->n_in - 1);
            break;
        }
        uint8_t *x = &d->x[(int)row[0] * d->n_in + (int)row[1]];
        if (row[2] < 0 || *x + row[2] > UINT8_MAX)
            rc = fail(f, "%s: row %d: count %g, allowed 0..255", path, i + 1, row[2]);
        else
            *x = (uint8_t)(*x + row[2]);
    }
    csv_free(&c);
    return rc;
}

static int read_trace(struct dynapsim *d, const char *path, struct fail *f)
{
    struct csv c;
    int rc = csv_read(&c, path, f);
    if (rc == 0 && c.n_rows != d->n_ticks)
        rc = fail(f, "%s: %d ticks, %d are due", path, c.n_rows, d->n_ticks);
    for (int n = 0; rc == 0 && n < d->n_out; n++) {
        for (int i = 0; rc == 0 && i <= DYNAPSIM_CURRENTS + 1; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s_%d",
                     i <= DYNAPSIM_CURRENTS ? dynapsim_names[i] : "spikes", n);
            int column = csv_column(&c, name);
            if (column < 0) rc = fail(f, "%s: no column %s", path, name);
            for (int t = 0; rc == 0 && t < d->n_ticks; t++) {
                double value = c.value[t * c.n_columns + column];
                int at = t * d->n_out + n;
                if (i <= DYNAPSIM_CURRENTS)
                    d->expected[i][at] = value;
                else
                    d->spikes[at] = (int)value;
            }
        }
    }
    csv_free(&c);
    return rc;
}

int dynapsim_read(struct dynapsim *d, const char *dir, const char *name, struct fail *f)
{
    char path[TRACE_PATH];
    *d = (struct dynapsim){0};
    snprintf(path, sizeof path, "%s/%s.json", dir, name);
    cJSON *json = json_read(path, f);
    if (!json) return -1;
    struct fail inner;
    int rc = read_json(d, json, &inner);
    if (rc) rc = fail(f, "%s: %s", path, inner.text);
    cJSON_Delete(json);
    snprintf(path, sizeof path, "%s/%s.events.csv", dir, name);
    if (rc == 0) rc = read_events(d, path, f);
    snprintf(path, sizeof path, "%s/%s.csv", dir, name);
    if (rc == 0) rc = read_trace(d, path, f);
    return rc;
}

void dynapsim_free(struct dynapsim *d)
{
    for (int i = 0; i <= DYNAPSIM_CURRENTS; i++) {
        free(d->start[i]);
        free(d->expected[i]);
    }
    free(d->circuit);
    free(d->w);
    free(d->x);
    free(d->start_spikes);
    free(d->start_timer);
    free(d->spikes);
    *d = (struct dynapsim){0};
}
