#include "cli/chip/drc.h"

#include "twin/net/quantise.h"

#include <math.h>
#include <stdio.h>

// "range, sign": the rules that a value breaks.
static const char *broken_text(const struct rules_offence *o, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < RULES && used < size; i++)
        if (o->broken[i])
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     rules_names[i]);
    return text;
}

static void print_offence(const struct rules_offence *o)
{
    char rules[64], source[32] = "";
    if (o->source >= 0) snprintf(source, sizeof source, "source %d, ", o->source);
    printf("layer %d, %sneuron %d: %s %.9g, legal %.9g: %s\n", o->layer, source, o->neuron, o->what,
           o->value, o->legal, broken_text(o, rules, sizeof rules));
}

// What each rule asks for, of this chip.
static const char *rule_text(const struct chip *c, const struct rules_report *r, enum rule i,
                             char *text, size_t size)
{
    int core = c->cores.neurons.n, lo, hi;
    *text = 0;
    switch (i) {
    case RULE_RANGE:
        quantise_codes(c, &lo, &hi);
        snprintf(text, size, "weights %g..%g, codes %d..%d", c->weight.min, c->weight.max, lo, hi);
        break;
    case RULE_GRID:
        if (c->weight.bits)
            snprintf(text, size, "%.0f levels, step %.6g, no zero", ldexp(1, c->weight.bits),
                     quantise_level(c, 1) - quantise_level(c, 0));
        else
            snprintf(text, size, "no grid; --masters holds weights to their words");
        break;
    case RULE_SIGN:
        if (c->weight.sign_block)
            snprintf(text, size, "blocks of %d %s", c->weight.sign_block,
                     c->weight.sign_along_neurons ? "neurons of a source" : "sources of a neuron");
        else
            snprintf(text, size, "signs are free");
        break;
    case RULE_CODE:
        snprintf(text, size, "%s",
                 r->stored ? "stored codes are what the master weights make" : "not looked at");
        break;
    case RULE_NEURON:
        snprintf(text, size, "leak, threshold and bias fit%s",
                 c->weight.bits ? "; one threshold, no bias" : " their words");
        break;
    case RULE_CORES:
        snprintf(text, size, core ? "room for all, recurrent layers in one core" : "not known");
        break;
    case RULE_FAN_IN:
        if (core)
            snprintf(text, size, "up to %d sources a neuron", c->cores.fan_in);
        else
            snprintf(text, size, "not known");
        break;
    case RULE_DELAY:
        if (c->delay_max)
            snprintf(text, size, "taps up to %d ticks late", c->delay_max);
        else
            snprintf(text, size, "no taps");
        break;
    case RULE_FILTERS:
        snprintf(text, size, "up to %d, below %g Hz", c->frontend.n_filters,
                 c->frontend.rate_hz / 2.0);
        break;
    case RULES:
        break;
    }
    return text;
}

static void print_placement(const struct image_shape *s, const struct placement *p)
{
    for (int l = 0; p->n_cores && l < s->n_layers; l++) {
        bool any = false;
        printf("  layer %d  ", l);
        for (int k = 0; k < p->n_cores; k++)
            if (p->neurons[l][k]) {
                printf("%s%d in core %d", any ? ", " : "", p->neurons[l][k], k);
                any = true;
            }
        if (placement_in_front(s, l))
            printf("%d in the front end", s->layer[l].n_out);
        else if (!any)
            printf("not placed");
        putchar('\n');
    }
}

void drc_print(const struct chip *c, const struct net *n, const struct rules_report *r)
{
    char text[256];
    for (size_t i = 0; i < r->n_offences; i++)
        print_offence(&r->offence[i]);
    for (int i = RULE_CORES; i < RULES; i++)
        if (r->count[i]) printf("%s: %s\n", rules_names[i], r->text[i]);
    printf("%s on %s: %zu weights, %s\n", cli_shape_text(&n->shape, text, sizeof text), c->name,
           r->n_weights, r->stored ? "as stored codes" : "as real values");
    for (int i = 0; i < RULES; i++)
        printf("  %-8s %6zu broken  %s\n", rules_names[i], r->count[i],
               rule_text(c, r, (enum rule)i, text, sizeof text));
    print_placement(&n->shape, &r->placement);
    puts(rules_pass(r) ? "passes" : "breaks rules");
}

void drc_print_fix(const struct drc_fix *y)
{
    if (!y->passes) {
        printf("fix: other weights do not help; %s was not written\n", y->path);
        return;
    }
    const struct drc_cost *k = &y->cost;
    if (k->n_chips)
        printf("fix: %.2f %% -> %.2f %% on %d clips, mean of %d virtual chips: %+.2f points "
               "(standard error %.2f)\n",
               100 * k->before, 100 * k->after, k->n_clips, k->n_chips,
               100 * (k->after - k->before), 100 * k->sd / sqrt(k->n_chips));
    printf("fix: passes, written to %s\n", y->path);
}

static void add_placement(cJSON *json, const struct image_shape *s, const struct placement *p)
{
    cJSON *layers = cJSON_AddArrayToObject(json, "placement");
    for (int l = 0; p->n_cores && l < s->n_layers; l++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "layer", l);
        cJSON_AddBoolToObject(one, "front_end", placement_in_front(s, l));
        cJSON *cores = cJSON_AddArrayToObject(one, "cores");
        for (int k = 0; k < p->n_cores; k++) {
            if (!p->neurons[l][k]) continue;
            cJSON *core = cJSON_CreateObject();
            cJSON_AddNumberToObject(core, "core", k);
            cJSON_AddNumberToObject(core, "neurons", p->neurons[l][k]);
            cJSON_AddItemToArray(cores, core);
        }
        cJSON_AddItemToArray(layers, one);
    }
}

void drc_add_json(cJSON *json, const struct chip *c, const struct net *n,
                  const struct rules_report *r)
{
    char text[256];
    cJSON_AddStringToObject(json, "chip", c->name);
    cJSON_AddStringToObject(json, "shape", cli_shape_text(&n->shape, text, sizeof text));
    cJSON_AddStringToObject(json, "checked", r->stored ? "codes" : "real values");
    cJSON_AddNumberToObject(json, "weights", (double)r->n_weights);
    cJSON_AddBoolToObject(json, "passes", rules_pass(r));
    cJSON *broken = cJSON_AddObjectToObject(json, "broken");
    cJSON *messages = cJSON_AddObjectToObject(json, "messages");
    for (int i = 0; i < RULES; i++) {
        cJSON_AddNumberToObject(broken, rules_names[i], (double)r->count[i]);
        if (*r->text[i]) cJSON_AddStringToObject(messages, rules_names[i], r->text[i]);
    }
    add_placement(json, &n->shape, &r->placement);
    cJSON *list = cJSON_AddArrayToObject(json, "offences");
    for (size_t k = 0; k < r->n_offences; k++) {
        const struct rules_offence *o = &r->offence[k];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "what", o->what);
        cJSON_AddNumberToObject(one, "layer", o->layer);
        if (o->source >= 0) cJSON_AddNumberToObject(one, "source", o->source);
        cJSON_AddNumberToObject(one, "neuron", o->neuron);
        cJSON_AddNumberToObject(one, "value", o->value);
        cJSON_AddNumberToObject(one, "legal", o->legal);
        cJSON *rules = cJSON_AddArrayToObject(one, "rules");
        for (int i = 0; i < RULES; i++)
            if (o->broken[i]) cJSON_AddItemToArray(rules, cJSON_CreateString(rules_names[i]));
        cJSON_AddItemToArray(list, one);
    }
}

void drc_add_fix(cJSON *json, const struct drc_fix *y)
{
    cJSON *fix = cJSON_AddObjectToObject(json, "fix");
    cJSON_AddBoolToObject(fix, "passes", y->passes);
    if (y->passes) cJSON_AddStringToObject(fix, "net", y->path);
    if (!y->cost.n_chips) return;
    cJSON_AddNumberToObject(fix, "clips", y->cost.n_clips);
    cJSON_AddNumberToObject(fix, "chips", y->cost.n_chips);
    cJSON_AddNumberToObject(fix, "before", y->cost.before);
    cJSON_AddNumberToObject(fix, "after", y->cost.after);
    cJSON_AddNumberToObject(fix, "sd_of_difference", y->cost.sd);
}
