#include "cli/chip/info.h"

#include "cosim/vectors/golden_json.h"
#include "twin/chip/physics.h"
#include "twin/chip/power.h"
#include "twin/net/quantise.h"

#include <math.h>
#include <stdio.h>

static void add_numbers(cJSON *json, const char *name, const struct chip_list *list)
{
    if (list->n) cJSON_AddItemToObject(json, name, cJSON_CreateDoubleArray(list->x, list->n));
}

static void add_weights(cJSON *json, const struct chip *c)
{
    cJSON *weight = cJSON_AddObjectToObject(json, "weight");
    cJSON_AddNumberToObject(weight, "min", c->weight.min);
    cJSON_AddNumberToObject(weight, "max", c->weight.max);
    if (c->weight.bits) {
        double step = quantise_level(c, 1) - quantise_level(c, 0);
        cJSON_AddNumberToObject(weight, "bits", c->weight.bits);
        cJSON_AddNumberToObject(weight, "step", step);
        cJSON_AddNumberToObject(weight, "smallest", step / 2);
    }
    add_numbers(weight, "charges", &c->weight.charges);
    if (c->weight.sign_block) {
        cJSON_AddNumberToObject(weight, "sign_block", c->weight.sign_block);
        cJSON_AddStringToObject(weight, "sign_axis",
                                c->weight.sign_along_neurons ? "neurons" : "sources");
    }
}

static void add_variation(cJSON *json, const char *name, const struct chip_variation *v)
{
    cJSON *one = cJSON_AddObjectToObject(json, name);
    cJSON_AddNumberToObject(one, "local", v->local);
    cJSON_AddNumberToObject(one, "die", v->die);
}

static void add_variations(cJSON *json, const struct chip *c)
{
    cJSON *mismatch = cJSON_AddObjectToObject(json, "mismatch");
    add_variation(mismatch, "weight_gain", &c->mismatch.weight_gain);
    add_variation(mismatch, "weight_offset", &c->mismatch.weight_offset);
    if (c->kind == &lif_kind) {
        add_variation(mismatch, "threshold", &c->mismatch.threshold);
        add_variation(mismatch, "leak", &c->mismatch.leak);
        if (physics_lif.spread(c, NET_DECAY).of && c->law.currents)
            add_variation(mismatch, "decay", &c->mismatch.decay);
        if (c->law.has_gain) add_variation(mismatch, "gain", &c->mismatch.gain);
    }
    add_variation(mismatch, "input_gain", &c->mismatch.input_gain);
    const struct physics *p = physics_of(c->kind);
    for (int i = 0; i < p->n && c->kind != &lif_kind; i++)
        if (p->value[i].varies) add_variation(mismatch, p->value[i].name, &c->mismatch.value[i]);
    cJSON_AddBoolToObject(mismatch, "front_end", c->mismatch.front_end);
    cJSON *jitter = cJSON_AddObjectToObject(json, "jitter");
    cJSON_AddNumberToObject(jitter, "sigma", c->jitter.sigma);
    cJSON_AddBoolToObject(jitter, "acts_leak", c->jitter.acts_leak);
    cJSON_AddBoolToObject(jitter, "acts_edges", c->jitter.acts_edges);
    if (c->faults.stuck_bits == 0 && c->faults.dead_neurons == 0 && c->faults.bit_flips == 0)
        return;
    cJSON *faults = cJSON_AddObjectToObject(json, "faults");
    cJSON_AddNumberToObject(faults, "stuck_bits", c->faults.stuck_bits);
    cJSON_AddNumberToObject(faults, "dead_neurons", c->faults.dead_neurons);
    cJSON_AddNumberToObject(faults, "bit_flips", c->faults.bit_flips);
}

static void add_front_end(cJSON *json, const struct chip *c)
{
    struct frontend fe;
    struct fail f;
    const struct frontend_spec *s = &c->frontend;
    cJSON *front = cJSON_AddObjectToObject(json, "frontend");
    cJSON_AddNumberToObject(front, "rate_hz", s->rate_hz);
    cJSON_AddNumberToObject(front, "filters", s->n_filters);
    cJSON_AddNumberToObject(front, "f_low_hz", s->f_low_hz);
    cJSON_AddNumberToObject(front, "f_high_hz", s->f_high_hz);
    cJSON_AddNumberToObject(front, "bandwidth", s->bandwidth);
    cJSON_AddNumberToObject(front, "hop_samples", s->hop_samples);
    cJSON_AddNumberToObject(front, "floor_bits", s->floor_bits);
    cJSON_AddNumberToObject(front, "adapt_shift", s->adapt_shift);
    cJSON_AddNumberToObject(front, "gain", s->gain / 16.0);
    if (frontend_init(&fe, s, &f)) cli_die("%s", f.text);
    cJSON *centres = cJSON_AddArrayToObject(front, "centres_hz");
    for (int k = 0; k < s->n_filters; k++)
        cJSON_AddItemToArray(centres, cJSON_CreateNumber(rint(fe.centre_hz[k])));
}

// Nominal values of a neuron, of a law other than lif.
static void add_neuron(cJSON *json, const struct chip *c)
{
    const struct physics *p = physics_of(c->kind);
    if (c->kind == &lif_kind) return;
    cJSON *neuron = cJSON_AddObjectToObject(json, "neuron");
    for (int i = 0; i < p->n; i++)
        cJSON_AddNumberToObject(neuron, p->value[i].name, c->value[i]);
}

void info_add_chip(cJSON *json, const struct chip *c)
{
    cJSON *law = cJSON_AddObjectToObject(json, "law");
    if (!law || !golden_put_law(law, c->kind, c->params)) cli_die("out of memory");
    add_neuron(json, c);
    if (!chip_runs(c)) return;
    cJSON_AddNumberToObject(json, "tick_s", c->tick_s);
    if (c->kind == &lif_kind) cJSON_AddNumberToObject(json, "threshold", c->threshold);
    if (c->kind == &lif_kind) cJSON_AddNumberToObject(json, "tau_s", c->tau_s);
    if (c->front_tau_s > 0) cJSON_AddNumberToObject(json, "front_tau_s", c->front_tau_s);
    add_weights(json, c);
    if (c->cores.neurons.n) {
        cJSON *cores = cJSON_AddObjectToObject(json, "cores");
        add_numbers(cores, "neurons", &c->cores.neurons);
        cJSON_AddNumberToObject(cores, "fan_in", c->cores.fan_in);
    }
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(json, "delay"), "max", c->delay_max);
    add_variations(json, c);
    if (power_known(c)) {
        cJSON *power = cJSON_AddObjectToObject(json, "power");
        cJSON_AddNumberToObject(power, "spike_j", c->power.spike_j);
        cJSON_AddNumberToObject(power, "front_spike_j", c->power.front_spike_j);
        cJSON_AddNumberToObject(power, "front_w", c->power.front_w);
        cJSON_AddNumberToObject(power, "rest_w", c->power.static_w);
    }
    if (c->frontend.n_filters) add_front_end(json, c);
}
