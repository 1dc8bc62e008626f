// Configurations as JSON. Layout: docs/dynapse2-mapping.md.
#include "twin/dynapse2/dynapse_config.h"

#include "model/fx.h"
#include "twin/io/json_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const FORMAT = "dynapse2-config-1";

// --- writing: cJSON_Add... and cJSON_Create... give NULL without memory, which adds nothing -----

static cJSON *cores_json(unsigned mask)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < 32; i++)
        if (fx_bit(mask, i)) cJSON_AddItemToArray(list, cJSON_CreateNumber(i));
    return list;
}

static cJSON *destinations_json(const struct dynapse_destination *d, int n)
{
    cJSON *list = cJSON_CreateArray();
    for (int k = 0; k < n; k++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "chip", d[k].chip);
        cJSON_AddItemToObject(one, "cores", cores_json(d[k].cores));
        cJSON_AddNumberToObject(one, "tag", d[k].tag);
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

static cJSON *neuron_json(const struct dynapse_config *g, const struct dynapse_chip *c, int i)
{
    const struct dynapse_neuron *n = &g->neuron[i];
    struct dynapse_destination seen = dynapse_monitor(c, i);
    cJSON *one = cJSON_CreateObject(), *monitor = cJSON_CreateObject(), *cam = cJSON_CreateArray();
    cJSON_AddNumberToObject(one, "slot", n->slot);
    cJSON_AddItemToObject(monitor, "cores", cores_json(seen.cores));
    cJSON_AddNumberToObject(monitor, "tag", seen.tag);
    cJSON_AddItemToObject(one, "monitor", monitor);
    cJSON_AddItemToObject(one, "destinations",
                          destinations_json(n->destination, n->n_destinations));
    for (int k = 0; k < n->n_synapses; k++) {
        cJSON *s = cJSON_CreateArray();
        cJSON_AddItemToArray(s, cJSON_CreateNumber(n->synapse[k].tag));
        cJSON_AddItemToArray(s, cJSON_CreateNumber(n->synapse[k].mask));
        cJSON_AddItemToArray(s, cJSON_CreateString(n->synapse[k].inhibit ? "GABA" : "AMPA"));
        cJSON_AddItemToArray(cam, s);
    }
    cJSON_AddItemToObject(one, "synapses", cam);
    return one;
}

static cJSON *biases_json(const struct dynapse_code *code)
{
    cJSON *all = cJSON_CreateObject();
    for (int b = 0; b < DYNAPSE_BIASES; b++) {
        int pair[2] = {code[b].coarse, code[b].fine};
        cJSON_AddItemToObject(all, dynapse_bias_names[b], cJSON_CreateIntArray(pair, 2));
    }
    return all;
}

static const char *hash_text(const struct dynapse_chip *c, char text[17])
{
    snprintf(text, 17, "%016" PRIx64, dynapse_chip_hash(c));
    return text;
}

cJSON *dynapse_config_json(const struct dynapse_config *g, const struct dynapse_chip *c)
{
    cJSON *json = cJSON_CreateObject(), *cores, *inputs;
    cJSON_AddStringToObject(json, "format", FORMAT);
    char hash[17];
    cJSON_AddStringToObject(json, "chip", g->chip);
    cJSON_AddStringToObject(json, "chip_hash", hash_text(c, hash));
    cJSON_AddNumberToObject(json, "Iscale", g->Iscale);
    cJSON_AddNumberToObject(json, "dt", g->dt);
    inputs = cJSON_AddArrayToObject(json, "inputs");
    for (int i = 0; i < g->n_inputs; i++)
        cJSON_AddItemToArray(
            inputs, destinations_json(g->input[i].destination, g->input[i].n_destinations));
    cores = cJSON_AddArrayToObject(json, "cores");
    for (int k = 0; k < g->n_cores; k++) {
        cJSON *neurons = cJSON_CreateArray();
        for (int i = 0; i < g->n_neurons; i++)
            if (g->neuron[i].core == k) cJSON_AddItemToArray(neurons, neuron_json(g, c, i));
        if (!cJSON_GetArraySize(neurons)) {
            cJSON_Delete(neurons);
            continue;
        }
        cJSON *core = cJSON_CreateObject();
        cJSON_AddNumberToObject(core, "chip", k / c->limits.cores);
        cJSON_AddNumberToObject(core, "core", k % c->limits.cores);
        cJSON_AddItemToObject(core, "biases", biases_json(g->bias[k]));
        cJSON_AddItemToObject(core, "neurons", neurons);
        cJSON_AddItemToArray(cores, core);
    }
    return json;
}

int dynapse_config_save(const struct dynapse_config *g, const struct dynapse_chip *c,
                        const char *path, struct fail *f)
{
    if (dynapse_config_check(g, c, path, f)) return -1;
    cJSON *json = dynapse_config_json(g, c);
    int bad = json_write(json, path, f);
    cJSON_Delete(json);
    return bad;
}

// --- reading: `at` is the file, and where in it, for messages ----------------------------------

static int get_cores(const cJSON *object, unsigned *mask, const char *at, struct fail *f)
{
    const cJSON *core, *list = json_member(object, "cores", cJSON_Array, at, f);
    *mask = 0;
    if (!list) return -1;
    cJSON_ArrayForEach(core, list)
    {
        double i = cJSON_IsNumber(core) ? core->valuedouble : -1;
        if (!(i >= 0 && i < 31 && i == (int)i))
            return fail(f, "%s: cores, not whole numbers of 0..30", at);
        mask[0] |= (unsigned)fx_one((int)i);
    }
    return 0;
}

static int get_destinations(const cJSON *list, struct dynapse_destination **out, int *n,
                            const char *at, struct fail *f)
{
    const cJSON *one;
    if (!cJSON_IsArray(list)) return fail(f, "%s: destinations, missing or not a list", at);
    *out = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof **out);
    if (!*out) return fail(f, "%s: no memory", at);
    cJSON_ArrayForEach(one, list)
    {
        struct dynapse_destination *d = &(*out)[*n];
        if (json_integer(one, "chip", 0, 1000000, &d->chip, at, f) ||
            json_integer(one, "tag", 0, 1000000, &d->tag, at, f) ||
            get_cores(one, &d->cores, at, f))
            return -1;
        ++*n;
    }
    return 0;
}

static int get_synapses(const cJSON *list, struct dynapse_neuron *n, const char *at, struct fail *f)
{
    const cJSON *one;
    n->synapse = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *n->synapse);
    if (!n->synapse) return fail(f, "%s: no memory", at);
    cJSON_ArrayForEach(one, list)
    {
        const cJSON *tag = cJSON_GetArrayItem(one, 0), *mask = cJSON_GetArrayItem(one, 1);
        const cJSON *dendrite = cJSON_GetArrayItem(one, 2);
        bool three = cJSON_IsArray(one) && cJSON_GetArraySize(one) == 3 && cJSON_IsNumber(tag) &&
                     cJSON_IsNumber(mask) && cJSON_IsString(dendrite);
        if (!three || tag->valuedouble != tag->valueint || mask->valuedouble != mask->valueint ||
            mask->valueint < 0)
            return fail(f, "%s: synapse %d, not [tag, mask, \"AMPA\" or \"GABA\"]", at,
                        n->n_synapses);
        bool gaba = strcmp(dendrite->valuestring, "GABA") == 0;
        if (!gaba && strcmp(dendrite->valuestring, "AMPA"))
            return fail(f, "%s: synapse %d, dendrite %.20s, allowed AMPA, GABA", at, n->n_synapses,
                        dendrite->valuestring);
        n->synapse[n->n_synapses++] =
            (struct dynapse_synapse){tag->valueint, (unsigned)mask->valueint, gaba};
    }
    return 0;
}

static int get_biases(const cJSON *core, struct dynapse_code *code, const char *at, struct fail *f)
{
    const cJSON *one, *all = json_member(core, "biases", cJSON_Object, at, f);
    bool seen[DYNAPSE_BIASES] = {false};
    if (!all) return -1;
    cJSON_ArrayForEach(one, all)
    {
        int b = 0;
        while (b < DYNAPSE_BIASES && strcmp(dynapse_bias_names[b], one->string))
            b++;
        if (b == DYNAPSE_BIASES && strncmp(one->string, "SYAM_W", 6) == 0)
            return fail(f, "%s: %.20s, more than %d base currents, allowed SYAM_W0_P..SYAM_W%d_P",
                        at, one->string, DYNAPSE_BASE_CURRENTS, DYNAPSE_BASE_CURRENTS - 1);
        const cJSON *coarse = cJSON_GetArrayItem(one, 0), *fine = cJSON_GetArrayItem(one, 1);
        if (b == DYNAPSE_BIASES || seen[b])
            return fail(f, "%s: bias %.20s, %s", at, one->string,
                        b == DYNAPSE_BIASES ? "unknown" : "stands twice");
        if (cJSON_GetArraySize(one) != 2 || !cJSON_IsNumber(coarse) || !cJSON_IsNumber(fine) ||
            coarse->valuedouble != coarse->valueint || fine->valuedouble != fine->valueint)
            return fail(f, "%s: bias %s, not [coarse, fine]", at, one->string);
        code[b] = (struct dynapse_code){coarse->valueint, fine->valueint};
        seen[b] = true;
    }
    for (int b = 0; b < DYNAPSE_BIASES; b++)
        if (!seen[b]) return fail(f, "%s: bias %s, missing", at, dynapse_bias_names[b]);
    return 0;
}

// A neuron's place is its number in the file's order of monitor addresses.
static int get_neuron(struct dynapse_config *g, const struct dynapse_chip *c, const cJSON *one,
                      int core, const char *path, struct fail *f)
{
    char at[4200];
    struct dynapse_destination seen = {.chip = -1};
    int slot;
    const cJSON *monitor = json_member(one, "monitor", cJSON_Object, path, f);
    if (!monitor || json_integer(one, "slot", 0, 1000000, &slot, path, f)) return -1;
    snprintf(at, sizeof at, "%s: core %d slot %d: monitor", path, core, slot);
    if (get_cores(monitor, &seen.cores, at, f) ||
        json_integer(monitor, "tag", 0, c->limits.tags - 1, &seen.tag, at, f))
        return -1;
    int i = seen.cores ? dynapse_monitor_address(c, seen) : -1;
    if (i < 0 || i >= g->n_neurons)
        return fail(f, "%s: neuron %d, allowed 0..%d (neurons are numbered without gaps)", at, i,
                    g->n_neurons - 1);
    struct dynapse_neuron *n = &g->neuron[i];
    if (n->synapse) return fail(f, "%s: neuron %d stands twice", at, i);
    snprintf(at, sizeof at, "%s: neuron %d", path, i);
    const cJSON *synapses = json_member(one, "synapses", cJSON_Array, at, f);
    n->core = core;
    n->slot = slot;
    if (!synapses) return -1;
    return get_synapses(synapses, n, at, f) ||
           get_destinations(cJSON_GetObjectItemCaseSensitive(one, "destinations"), &n->destination,
                            &n->n_destinations, at, f);
}

static int get_core(struct dynapse_config *g, const struct dynapse_chip *c, const cJSON *one,
                    const char *path, struct fail *f)
{
    char at[4200];
    int chip, core;
    const cJSON *neuron, *list = json_member(one, "neurons", cJSON_Array, path, f);
    if (!list || json_integer(one, "chip", 0, c->limits.chips - 1, &chip, path, f) ||
        json_integer(one, "core", 0, c->limits.cores - 1, &core, path, f))
        return -1;
    core += chip * c->limits.cores;
    snprintf(at, sizeof at, "%s: core %d", path, core);
    for (int b = 0; b < DYNAPSE_BIASES; b++)
        if (g->bias[core][b].fine) return fail(f, "%s: stands twice", at);
    if (get_biases(one, g->bias[core], at, f)) return -1;
    cJSON_ArrayForEach(neuron, list) if (get_neuron(g, c, neuron, core, path, f)) return -1;
    return 0;
}

static int get_all(struct dynapse_config *g, const struct dynapse_chip *c, const cJSON *json,
                   const char *path, struct fail *f)
{
    const cJSON *one, *format = json_member(json, "format", cJSON_String, path, f);
    const cJSON *chip = format ? json_member(json, "chip", cJSON_String, path, f) : 0;
    if (!format || !chip) return -1;
    if (strcmp(format->valuestring, FORMAT))
        return fail(f, "%s: format, %.40s, allowed %s", path, format->valuestring, FORMAT);
    if (strcmp(chip->valuestring, c->name))
        return fail(f, "%s: chip, %.40s, allowed %s here", path, chip->valuestring, c->name);
    char own[17];
    const cJSON *hash = cJSON_GetObjectItemCaseSensitive(json, "chip_hash"); // not in older files
    if (hash && (!cJSON_IsString(hash) || strcmp(hash->valuestring, hash_text(c, own)) != 0))
        return fail(f, "%s: chip_hash, %.16s, allowed %s here: of another chip file named %s", path,
                    cJSON_IsString(hash) ? hash->valuestring : "no text", hash_text(c, own),
                    c->name);
    const cJSON *inputs = json_member(json, "inputs", cJSON_Array, path, f);
    const cJSON *cores = inputs ? json_member(json, "cores", cJSON_Array, path, f) : 0;
    int n_neurons = 0;
    if (!inputs || !cores) return -1;
    cJSON_ArrayForEach(one, cores) n_neurons +=
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(one, "neurons"));
    if (n_neurons < 1) return fail(f, "%s: neurons, 0, allowed from 1", path);
    if (dynapse_config_init(g, c, cJSON_GetArraySize(inputs), n_neurons, f) ||
        json_number(json, "Iscale", 1e-15, 1, &g->Iscale, path, f) ||
        json_number(json, "dt", 1e-9, 1, &g->dt, path, f))
        return -1;
    struct dynapse_input *input = g->input;
    cJSON_ArrayForEach(one, inputs)
    {
        char at[4200];
        snprintf(at, sizeof at, "%s: input %d", path, (int)(input - g->input));
        if (get_destinations(one, &input->destination, &input->n_destinations, at, f)) return -1;
        input++;
    }
    cJSON_ArrayForEach(one, cores) if (get_core(g, c, one, path, f)) return -1;
    return dynapse_config_check(g, c, path, f);
}

int dynapse_config_load(struct dynapse_config *g, const struct dynapse_chip *c, const char *path,
                        struct fail *f)
{
    *g = (struct dynapse_config){0};
    cJSON *json = json_read(path, f);
    if (!json) return -1;
    int bad = get_all(g, c, json, path, f);
    cJSON_Delete(json);
    if (bad) dynapse_config_fini(g);
    return bad ? -1 : 0;
}
