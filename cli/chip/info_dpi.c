#include "cli/chip/info_dpi.h"

#include "cosim/vectors/golden_json.h"

#include <stdio.h>

static void add_biases(cJSON *json, const struct dynapse_chip *c)
{
    cJSON *biases = cJSON_AddObjectToObject(json, "nominal_biases");
    for (int b = 0; b < DYNAPSE_BIASES; b++) {
        double error, ampere = b >= DYNAPSE_SYAM_W0_P      ? c->Iw[b - DYNAPSE_SYAM_W0_P]
                               : b == DYNAPSE_DEGA_IGAIN_P ? c->nominal.Igain_syn
                               : b == DYNAPSE_DEGA_ITAU_P  ? c->nominal.Itau_syn
                                                           : ((const double *)&c->nominal)[b];
        struct dynapse_code code = dynapse_code_of(c, (enum dynapse_bias)b, ampere, 0, &error);
        cJSON *one = cJSON_AddObjectToObject(biases, dynapse_bias_names[b]);
        cJSON_AddNumberToObject(one, "ampere", ampere);
        cJSON_AddItemToObject(one, "code",
                              cJSON_CreateIntArray((int[]){code.coarse, code.fine}, 2));
        cJSON_AddNumberToObject(one, "relative_error", error);
    }
}

static cJSON *add_chip(const struct dynapse_chip *c)
{
    cJSON *json = cJSON_CreateObject(), *at;
    cli_chip_add(json);
    cJSON_AddStringToObject(json, "family", "dpi");
    at = cJSON_AddObjectToObject(json, "limits");
    cJSON_AddNumberToObject(at, "chips", c->limits.chips);
    cJSON_AddNumberToObject(at, "cores", c->limits.cores);
    cJSON_AddNumberToObject(at, "neurons", c->limits.neurons);
    cJSON_AddNumberToObject(at, "cam_entries", c->limits.cam_entries);
    cJSON_AddNumberToObject(at, "destinations", c->limits.destinations);
    cJSON_AddNumberToObject(at, "monitor_destinations", c->limits.monitor_destinations);
    cJSON_AddNumberToObject(at, "tags", c->limits.tags);
    cJSON_AddNumberToObject(json, "dt", c->dt);
    cJSON_AddNumberToObject(json, "Iscale", c->Iscale);
    at = cJSON_AddObjectToObject(json, "nominal_circuit");
    for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
        cJSON_AddNumberToObject(at, dpi_circuit_names[k], ((const double *)&c->nominal)[k]);
    at = cJSON_AddObjectToObject(json, "mismatch_cv");
    for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
        cJSON_AddNumberToObject(at, dpi_circuit_names[k], ((const double *)&c->cv.circuit)[k]);
    cJSON_AddNumberToObject(at, "weight", c->cv.weight);
    add_biases(json, c);
    return json;
}

cJSON *info_dpi(const char *name_or_path)
{
    struct dynapse_chip c;
    cli_load_dynapse(&c, name_or_path);
    return add_chip(&c);
}

cJSON *info_dpi_net(struct loaded_options *o, struct cli_common *common)
{
    struct loaded l;
    char text[32];
    loaded_open(&l, o, common, false);
    const struct labels *labels = &l.dpi->shown.net.labels;
    cJSON *json = add_chip(&l.dpi->shown.file), *law = cJSON_AddObjectToObject(json, "law");
    if (!law || !golden_put_law(law, l.view.kind, l.view.law)) cli_die("out of memory");
    cJSON_AddStringToObject(json, "law_name", o->patterns.law);
    cJSON_AddNumberToObject(json, "tick", l.dpi->shown.net.dt);
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < labels->n; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(labels->text[i]));
    cJSON_AddNumberToObject(json, "virtual_chip", o->k);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)law_image_hash(&l.view));
    cJSON_AddStringToObject(json, "image_hash", text);
    cJSON_AddNumberToObject(json, "state_words",
                            law_image_neurons(&l.view) * law_state_words(l.view.kind, l.view.law));
    cJSON *layers = cJSON_AddArrayToObject(json, "layers"), *one = cJSON_CreateObject();
    if (!one || !golden_put_layer(one, &l.view.shape, 0)) cli_die("out of memory");
    cJSON_AddNumberToObject(one, "sources", l.view.layer[0].n_source);
    cJSON_AddItemToArray(layers, one);
    loaded_close(&l);
    return json;
}
