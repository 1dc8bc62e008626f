#include "cli/info.h"

#include "twin/chip/power.h"
#include "twin/chip/quantise.h"

#include <math.h>
#include <stdio.h>

static const char *format_text(struct law_format f, const char *q, char *text)
{
    snprintf(text, 16, "%s%d.%d", q, f.int_bits, f.frac_bits);
    return text;
}

static void add_law(cJSON *json, const struct law *a)
{
    char text[16];
    cJSON *law = cJSON_AddObjectToObject(json, "law");
    cJSON_AddStringToObject(law, "input",
                            format_text(a->input, a->input_signed ? "Q" : "UQ", text));
    cJSON_AddStringToObject(law, "weight", format_text(a->weight, "Q", text));
    cJSON_AddStringToObject(law, "membrane", format_text(a->membrane, "Q", text));
    if (a->currents) {
        cJSON_AddNumberToObject(law, "currents", a->currents);
        cJSON_AddStringToObject(law, "decay_order", a->decay_last ? "gather_first" : "decay_first");
        cJSON_AddStringToObject(law, "saturation",
                                a->saturate_each ? "after_each_source" : "of_the_sum");
        cJSON_AddStringToObject(law, "current", format_text(a->current, "Q", text));
        cJSON_AddStringToObject(law, "decay_kind", law_leak_names[a->decay_kind]);
        cJSON_AddStringToObject(law, "round_decay", law_round_names[a->round_decay]);
    }
    cJSON_AddStringToObject(law, "leak", format_text(a->leak, a->leak_signed ? "Q" : "UQ", text));
    cJSON_AddStringToObject(law, "leak_kind", law_leak_names[a->leak_kind]);
    cJSON_AddStringToObject(law, "round_current", law_round_names[a->round_current]);
    cJSON_AddStringToObject(law, "round_leak", law_round_names[a->round_leak]);
    cJSON_AddStringToObject(law, "clamp", a->wrap ? "wrap" : "saturate");
    cJSON_AddStringToObject(law, "floor", a->floor_zero ? "zero" : "none");
    cJSON_AddStringToObject(law, "fire", a->fire_gt ? "gt" : "ge");
    cJSON_AddStringToObject(law, "reset", a->reset_subtract ? "subtract" : "zero");
    cJSON_AddStringToObject(law, "order", a->integrate_first ? "integrate_first" : "leak_first");
    cJSON_AddNumberToObject(law, "refractory_ticks", a->refractory_ticks);
    if (a->refractory_hold) cJSON_AddStringToObject(law, "refractory", "holds");
    if (a->has_rest) cJSON_AddStringToObject(law, "rest", "words");
    if (a->has_gain) cJSON_AddStringToObject(law, "gain", format_text(a->gain, "Q", text));
}

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
    add_variation(mismatch, "threshold", &c->mismatch.threshold);
    add_variation(mismatch, "leak", &c->mismatch.leak);
    add_variation(mismatch, "input_gain", &c->mismatch.input_gain);
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

void info_add_chip(cJSON *json, const struct chip *c)
{
    add_law(json, &c->law);
    if (!c->frontend.n_filters) return;
    cJSON_AddNumberToObject(json, "tick_s", c->tick_s);
    cJSON_AddNumberToObject(json, "threshold", c->threshold);
    cJSON_AddNumberToObject(json, "tau_s", c->tau_s);
    if (c->front_tau_s > 0) cJSON_AddNumberToObject(json, "front_tau_s", c->front_tau_s);
    add_weights(json, c);
    if (c->cores.neurons.n) {
        cJSON *cores = cJSON_AddObjectToObject(json, "cores");
        add_numbers(cores, "neurons", &c->cores.neurons);
        cJSON_AddNumberToObject(cores, "fan_in", c->cores.fan_in);
    }
    add_variations(json, c);
    if (power_known(c)) {
        cJSON *power = cJSON_AddObjectToObject(json, "power");
        cJSON_AddNumberToObject(power, "spike_j", c->power.spike_j);
        cJSON_AddNumberToObject(power, "front_spike_j", c->power.front_spike_j);
        cJSON_AddNumberToObject(power, "front_w", c->power.front_w);
        cJSON_AddNumberToObject(power, "rest_w", c->power.static_w);
    }
    add_front_end(json, c);
}
