// The nets of the reference traces of Rockpool's DynapSim.
#include "twin/dpi/dpi_net.h"

#include "twin/chip/dynapse_chip.h"
#include "twin/io/json_io.h"

static int get_row(const cJSON *list, double *to, int n)
{
    int i = 0;
    for (const cJSON *x = cJSON_IsArray(list) ? list->child : 0; x; x = x->next, i++) {
        if (i == n || !cJSON_IsNumber(x)) return -1;
        to[i] = x->valuedouble;
    }
    return i == n ? 0 : -1;
}

static int get_matrix(const cJSON *json, const char *key, double *to, int rows, int columns,
                      const char *path, struct fail *f)
{
    const cJSON *list = json_member(json, key, cJSON_Array, path, f), *row = list ? list->child : 0;
    if (!list) return -1;
    for (int i = 0; i < rows; i++, row = row->next)
        if (!row || get_row(row, to + (size_t)i * (size_t)columns, columns))
            return fail(f, "%s: %s, row %d is not %d numbers", path, key, i, columns);
    return row ? fail(f, "%s: %s, more than %d rows", path, key, rows) : 0;
}

static int get_circuits(const cJSON *parameters, struct dpi_net *n, double *column,
                        const char *path, struct fail *f)
{
    for (int k = 0; k < DPI_CIRCUIT_VALUES; k++) {
        const char *name = dpi_circuit_names[k];
        const cJSON *list = json_member(parameters, name, cJSON_Array, path, f);
        if (!list) return -1;
        if (get_row(list, column, n->n_neurons))
            return fail(f, "%s: %s is not %d numbers", path, name, n->n_neurons);
        for (int i = 0; i < n->n_neurons; i++)
            ((double *)&n->circuit[i])[k] = column[i];
    }
    return 0;
}

static int get_all(struct dpi_net *n, const cJSON *json, const char *path, struct fail *f)
{
    int n_in, n_neurons;
    const cJSON *p = json_member(json, "parameters", cJSON_Object, path, f);
    if (!p || json_integer(json, "n_inputs", 0, DPI_NET_MAX, &n_in, path, f) ||
        json_integer(json, "n_neurons", 1, DPI_NET_MAX, &n_neurons, path, f) ||
        dpi_net_init(n, n_in, n_neurons, 1, f))
        return -1;
    // w_rec is large enough to lend a row: it is read after the circuits
    return get_circuits(p, n, n->w_rec, path, f) ||
           json_number(p, "Iscale", 0, 1, &n->Iscale, path, f) ||
           json_number(p, "dt", 0, 1, &n->dt, path, f) ||
           get_matrix(json, "w_in", n->w_in, n_in, n_neurons, path, f) ||
           get_matrix(json, "w_rec", n->w_rec, n_neurons, n_neurons, path, f) ||
           dpi_net_check(n, path, f);
}

int dpi_net_load_trace(struct dpi_net *n, const char *path, struct fail *f)
{
    *n = (struct dpi_net){0};
    cJSON *json = json_read(path, f);
    if (!json) return -1;
    int bad = get_all(n, json, path, f);
    cJSON_Delete(json);
    if (bad) dpi_net_fini(n);
    return bad ? -1 : 0;
}
