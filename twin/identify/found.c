#include "twin/identify/found.h"

#include "model/fields.h"
#include "model/lif/law_fields.h"
#include "twin/chip/chip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct law *found_law(const struct identified *x, int i)
{
    return &x->alike.law[i];
}

const struct member *found_member(const struct identified *x, int neuron)
{
    return &x->neuron[neuron].laws.m[x->alike.words[neuron].seed];
}

const char *found_value(const struct field *x, int value, char text[16])
{
    if (x->names) return x->names[value];
    snprintf(text, 16, "%d", value);
    return text;
}

const char *found_untouched(const struct field *f)
{
    return !strcmp(f->name, "round_current")
               ? "the weights found are whole words: nothing was rounded"
               : "no spike is in the recording";
}

int found_values(const struct identified *x, const struct field *field, char *text, size_t size)
{
    bool has[256] = {false};
    int n = 0;
    size_t used = 0;
    *text = 0;
    for (int i = 0; i < x->alike.n; i++)
        if (class_chooses(&x->alike, field, found_law(x, i)))
            has[field_get(field, found_law(x, i))] = true;
    for (int v = 0; v < 256; v++) {
        char one[16], last[16];
        int to = v;
        if (!has[v]) continue;
        while (field->kind == FIELD_BYTE && to < 255 && has[to + 1])
            to++;
        n += to - v + 1;
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", *text ? ", " : "",
                                     found_value(field, v, one), to > v ? ".." : "",
                                     to > v ? found_value(field, to, last) : "");
        v = to;
    }
    return n;
}

int found_bits(const struct identified *x, bool current)
{
    const struct law_format of = current ? found_law(x, 0)->current : found_law(x, 0)->membrane;
    int bits = law_bits(of), most = 0;
    if (bits < 32) return bits;
    for (int i = 0; i < x->n; i++) {
        const struct law *own = &found_member(x, i)->c.law;
        bits = law_bits(current ? own->current : own->membrane);
        most = bits > most ? bits : most;
    }
    return most;
}

void found_rows(const struct identified *x, char *text, size_t size)
{
    const struct view *v = &x->neuron[0].view;
    static const char *const shown[] = {
        "", "; the row of a spike shows the membrane before its reset",
        "; the row of a spike shows a constant in place of the membrane"};
    snprintf(text, size, "%s%s%s%s%s",
             v->lag ? "an input acts in the row after its own" : "a row shows what its input did",
             v->lead ? "; spikes are shown a row early" : "", shown[v->shown],
             v->from_row ? "; the first row is the state that a run begins with" : "",
             v->heard ? "; neurons hear recorded spikes" : "");
}

double found_weight(const struct identified *x, const struct neuron_found *n,
                    const struct candidate *c, int synapse, int source)
{
    const int frac = n->source_is_spikes[source] ? 0 : identify_source_frac(x, n->source[source]);
    return ldexp(c->w[synapse][source], frac - c->layer.align - n->frac);
}

static void neuron_json(const struct identified *x, int neuron, cJSON *to)
{
    const struct neuron_found *n = &x->neuron[neuron];
    const struct member *m = found_member(x, neuron);
    struct candidate c;
    class_candidate(&x->alike, 0, neuron, &c);
    const bool fires = class_fires(&x->alike, neuron);
    cJSON_AddStringToObject(to, "neuron", n->key);
    cJSON_AddNumberToObject(to, "fraction_bits", n->frac);
    cJSON_AddNumberToObject(to, "leak", c.n.lambda);
    cJSON_AddNumberToObject(to, "leak_fraction_bits", c.law.leak.frac_bits);
    cJSON_AddBoolToObject(to, "fires", fires);
    cJSON_AddNumberToObject(to, "threshold", c.n.theta);
    cJSON_AddNumberToObject(to, "threshold_least", (double)m->theta.lo);
    cJSON_AddNumberToObject(to, "threshold_most", (double)m->theta.hi);
    cJSON_AddNumberToObject(to, "bias", c.n.bias);
    cJSON_AddNumberToObject(to, "rest", c.n.rest);
    if (fires && !c.law.reset_subtract)
        cJSON_AddNumberToObject(to, "reset", c.n.reset);
    else
        cJSON_AddNullToObject(to, "reset");
    cJSON_AddNumberToObject(to, "membrane_bits_least", (double)m->bits.lo);
    cJSON_AddNumberToObject(to, "membrane_bits_most", (double)m->bits.hi);
    for (int s = 0; s < (c.law.currents > 1 ? 2 : 1); s++) {
        cJSON *weights = cJSON_AddObjectToObject(to, s ? "weights2" : "weights");
        for (int k = 0; k < n->unit.n_x; k++) {
            const char *name = x->r->column[n->source[k]].name;
            if (m->told[k])
                cJSON_AddNumberToObject(weights, name, found_weight(x, n, &c, s, k));
            else
                cJSON_AddNullToObject(weights, name);
        }
    }
}

cJSON *found_json(const struct identified *x, const char *file)
{
    cJSON *json = cJSON_CreateObject();
    char text[512];
    cJSON_AddStringToObject(json, "file", file);
    cJSON_AddNumberToObject(json, "ticks", x->r->n_rows);
    cJSON_AddNumberToObject(json, "neurons", x->n);
    cJSON_AddBoolToObject(json, "explained", x->explained);
    cJSON_AddNumberToObject(json, "laws", x->alike.n);
    cJSON_AddBoolToObject(json, "more_laws", x->alike.full);
    cJSON_AddBoolToObject(json, "cut_by_time", x->deadline.passed);
    if (!x->explained) return json;
    found_rows(x, text, sizeof text);
    cJSON_AddStringToObject(json, "rows", text);
    cJSON *law = cJSON_AddObjectToObject(json, "law"),
          *open = cJSON_AddObjectToObject(json, "open");
    for (const struct field *f = law_fields; f->name; f++) {
        char one[16];
        int n = found_values(x, f, text, sizeof text);
        if (n == 1)
            cJSON_AddStringToObject(law, f->name,
                                    found_value(f, field_get(f, found_law(x, 0)), one));
        if (n > 1) cJSON_AddStringToObject(open, f->name, text);
        if (class_untouched(&x->alike, f)) cJSON_AddStringToObject(open, f->name, "any");
    }
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < x->n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(words, one);
        neuron_json(x, i, one);
    }
    return json;
}

// --- the chip file

static int bits_for(int64_t lo, int64_t hi, bool sign)
{
    int bits = 1 + sign;
    while (bits < 32 && (sign ? lo < fx_min(bits) || hi > fx_max(bits) : hi > fx_umax(bits)))
        bits++;
    return bits;
}

static struct law_format format(int bits, int frac, bool sign)
{
    bits = bits > frac + sign ? bits : frac + sign;
    return (struct law_format){(int8_t)(bits - frac), (int8_t)frac};
}

// Formats that hold the words of all neurons.
static void set_formats(const struct identified *x, struct law *law)
{
    int align = 0, weight_bits = 2, input_frac = 0;
    struct candidate own;
    int64_t lo = 0, hi = 1, gain_lo = 0, gain_hi = 1;
    struct law_format leak = law->leak;
    for (int i = 0; i < x->n; i++) {
        const struct neuron_found *n = &x->neuron[i];
        const struct candidate *c = &own;
        class_candidate(&x->alike, 0, i, &own);
        for (int k = 0; k < n->unit.n_x; k++)
            if (!n->source_is_spikes[k] && identify_source_frac(x, n->source[k]) > input_frac)
                input_frac = identify_source_frac(x, n->source[k]);
        align = c->layer.align > align ? c->layer.align : align;
        law->has_rest |= c->law.has_rest;
        law->leak_signed |= c->law.leak_signed;
        if (c->law.leak.frac_bits > leak.frac_bits) leak.frac_bits = c->law.leak.frac_bits;
        if (c->law.leak.int_bits > leak.int_bits) leak.int_bits = c->law.leak.int_bits;
        for (int t = 0; t < n->unit.n; t++) {
            for (int k = 0; k < n->unit.n_x; k++) {
                const int64_t word = n->unit.x[(size_t)t * (size_t)n->unit.n_x + (size_t)k];
                if (n->source_is_spikes[k]) continue;
                lo = word < lo ? word : lo;
                hi = word > hi ? word : hi;
            }
            if (!n->unit.gain) continue;
            gain_lo = n->unit.gain[t] < gain_lo ? n->unit.gain[t] : gain_lo;
            gain_hi = n->unit.gain[t] > gain_hi ? n->unit.gain[t] : gain_hi;
        }
    }
    for (int i = 0; i < x->n; i++) {
        const struct candidate *c = &own;
        class_candidate(&x->alike, 0, i, &own);
        int bits = law_bits(c->law.weight) + align - c->layer.align;
        weight_bits = bits > weight_bits ? bits : weight_bits;
    }
    law->leak = leak;
    const int frac = x->neuron[0].frac, total = align + frac;
    input_frac = input_frac < total ? input_frac : total;
    const int rest = total - input_frac;
    law->input_signed = lo < 0 || hi > 255;
    law->input = format(bits_for(lo, hi, law->input_signed), input_frac, law->input_signed);
    law->weight = format(weight_bits, law->has_gain ? 0 : rest, true);
    if (law->has_gain) law->gain = format(bits_for(gain_lo, gain_hi, true), rest, true);
    law->membrane = format(found_bits(x, false), frac, true);
    if (law->currents) law->current = format(found_bits(x, true), frac, true);
}

static bool stands(const struct field *f, const struct law *law)
{
    if (f->kind == FIELD_SIGN || (f->kind == FIELD_SWITCH && f->of)) return false;
    if (!strcmp(f->name, "gain")) return law->has_gain;
    if (!strcmp(f->name, "current") || !strncmp(f->name, "decay", 5) ||
        !strcmp(f->name, "round_decay"))
        return law->currents;
    return !f->optional || f->kind == FIELD_FORMAT || field_get(f, law) != 0;
}

char *found_chip(const struct identified *x, struct fail *f)
{
    struct candidate first;
    class_candidate(&x->alike, 0, 0, &first);
    struct law law = first.law;
    char *text;
    size_t size;
    struct chip chip;
    set_formats(x, &law);
    const char *wrong = law_check(&law);
    if (wrong) {
        fail(f, "no chip file holds this law: %s", wrong);
        return 0;
    }
    FILE *to = open_memstream(&text, &size);
    if (!to) {
        fail(f, "identify: out of memory");
        return 0;
    }
    fprintf(to,
            "# What `spiketwin identify` found in a recording. Fields: docs/chips.md.\n"
            "name: identified\ndescription: the law that explains every word of a recording of %d "
            "ticks\n\nlaw:\n",
            x->r->n_rows);
    for (const struct field *at = law_fields; at->name; at++) {
        char value[32], all[512];
        if (!stands(at, &law)) continue;
        if (at->kind == FIELD_FORMAT) {
            struct law_format form;
            memcpy(&form, (const char *)&law + at->at, sizeof form);
            const bool plain = (!strcmp(at->name, "input") && !law.input_signed) ||
                               (!strcmp(at->name, "leak") && !law.leak_signed);
            snprintf(value, sizeof value, "%sQ%d.%d", plain ? "U" : "", form.int_bits,
                     form.frac_bits);
        } else
            found_value(at, field_get(at, &law), value);
        const char *told = at->kind == FIELD_FORMAT || at->kind == FIELD_BYTE ? value : 0;
        char one[16];
        if (!told) told = found_value(at, field_get(at, &law), one);
        int n = at->kind == FIELD_FORMAT ? 0 : found_values(x, at, all, sizeof all);
        fprintf(to, "  %s: {value: %s%s%s, source: \"", at->name, told, at->unit ? ", unit: " : "",
                at->unit ? at->unit : "");
        if (at->kind == FIELD_FORMAT)
            fprintf(to, "identify: holds the words of the recording\"}\n");
        else if (class_untouched(&x->alike, at))
            fprintf(to, "identify: open, %s\"}\n", found_untouched(at));
        else if (n > 1)
            fprintf(to, "identify: open, any of %s\"}\n", all);
        else
            fprintf(to, "identify: every word of the recording\"}\n");
    }
    const bool bad = fclose(to);
    if (bad ? fail(f, "identify: out of memory") : chip_load_text(&chip, text, "identified", f)) {
        free(text);
        return 0;
    }
    return text;
}
