#include "cli/identify/told.h"

#include "cli/cli.h"
#include "model/fields.h"
#include "model/lif/law_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct law *law_at(const struct identified *x, int i)
{
    return &x->class.law[i];
}

// The member of a neuron that the first law of the class is made of.
static const struct member *member(const struct identified *x, int neuron)
{
    return &x->neuron[neuron].laws.m[x->class.words[neuron].seed];
}

// A choice of the law in plain words.
static const struct {
    const char *field, *question;
} questions[] = {
    {"round_leak", "how the leak's product is rounded"},
    {"round_current", "how the weighted input is rounded"},
    {"round_decay", "how the current's decay is rounded"},
    {"leak_kind", "what leaks from the membrane"},
    {"decay_kind", "what leaks from the current"},
    {"decay_order", "whether the current decays before its input or after"},
    {"saturation", "whether a current saturates after each source or at the end"},
    {"saturate_sum", "whether what the membrane moves by saturates before it is added"},
    {"clamp", "what the membrane does at the ends of its word"},
    {"floor", "whether the membrane may be below 0"},
    {"fire", "whether it fires at the threshold or above it"},
    {"reset", "whether a spike resets the membrane or takes the threshold away"},
    {"rest", "whether the membrane rests, or is reset, elsewhere than at 0"},
    {"order", "whether the leak acts before the input or after"},
    {"refractory", "what the membrane does while refractory"},
    {"refractory_ticks", "how many ticks a neuron is refractory"},
};

static const char *value_text(const struct field *x, int value, char text[16])
{
    if (x->names) return x->names[value];
    snprintf(text, 16, "%d", value);
    return text;
}

// Why a choice is open whatever the laws are.
static const char *untouched(const struct field *f)
{
    return !strcmp(f->name, "round_current")
               ? "the weights found are whole words: nothing was rounded"
               : "no spike is in the recording";
}

// The values of a choice over all laws, "a, b", runs of numbers as "3..7"; how many.
static int values(const struct identified *x, const struct field *field, char *text, size_t size)
{
    bool has[256] = {false};
    int n = 0;
    size_t used = 0;
    *text = 0;
    for (int i = 0; i < x->class.n; i++)
        if (class_chooses(&x->class, field, law_at(x, i)))
            has[field_get(field, law_at(x, i))] = true;
    for (int v = 0; v < 256; v++) {
        char one[16], last[16];
        int to = v;
        if (!has[v]) continue;
        while (field->kind == FIELD_BYTE && to < 255 && has[to + 1])
            to++;
        n += to - v + 1;
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", *text ? ", " : "",
                                     value_text(field, v, one), to > v ? ".." : "",
                                     to > v ? value_text(field, to, last) : "");
        v = to;
    }
    return n;
}

static const char *question(const struct field *x)
{
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].field, x->name)) return questions[i].question;
    return x->name;
}

// Bits of the membrane, or of the current: those of the law where a clamp acts, else the usual width that holds the
// words of all neurons.
static int width(const struct identified *x, bool current)
{
    const struct law_format of = current ? law_at(x, 0)->current : law_at(x, 0)->membrane;
    int bits = law_bits(of), most = 0;
    if (bits < 32) return bits;
    for (int i = 0; i < x->n; i++) {
        const struct law *own = &member(x, i)->c.law;
        bits = law_bits(current ? own->current : own->membrane);
        most = bits > most ? bits : most;
    }
    return most;
}

// How the rows were read, where not as they stand.
static void rows_text(const struct identified *x, char *text, size_t size)
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

static double real(const struct neuron_found *n, int64_t word)
{
    return ldexp((double)word, -n->frac);
}

static double weight(const struct identified *x, const struct neuron_found *n,
                     const struct candidate *c, int synapse, int source)
{
    const int frac = n->source_is_spikes[source] ? 0 : identify_source_frac(x, n->source[source]);
    return ldexp(c->w[synapse][source], frac - c->layer.align - n->frac);
}

static void leak_text(const struct neuron_found *n, const struct member *m,
                      const struct candidate *c)
{
    const struct law *law = &c->law;
    const char *open = m->c.law.leak_kind == law->leak_kind ? "" : " (as another kind)";
    if (n->unit.leak)
        printf("  leak: the column's word / 2^%d\n", law->leak.frac_bits);
    else if (law->leak_kind == LAW_LEAK_EXPONENTIAL && !*open)
        printf("  leak: %d / 2^%d, any factor from %.9g to %.9g\n", c->n.lambda,
               law->leak.frac_bits, m->leak_lo, m->leak_hi);
    else if (law->leak_kind == LAW_LEAK_EXPONENTIAL)
        printf("  leak: %d / 2^%d\n", c->n.lambda, law->leak.frac_bits);
    else if (law_leak_shifts(law->leak_kind))
        printf("  leak: shift by %d\n", c->n.lambda);
    else if (law->leak_kind == LAW_LEAK_LINEAR)
        printf("  leak: %g a tick\n", real(n, c->n.lambda));
    for (int k = 0; k < law->currents; k++) {
        const int32_t mu = k ? c->n.mu2 : c->n.mu;
        if (law->decay_kind == LAW_LEAK_EXPONENTIAL)
            printf("  decay%s: %d / 2^%d\n", k ? " 2" : "", mu, law->leak.frac_bits);
        else if (law->decay_kind != LAW_LEAK_NONE)
            printf("  decay%s: %d%s\n", k ? " 2" : "", mu,
                   law_leak_shifts(law->decay_kind) ? " bits" : "");
    }
}

// The words of a neuron under the first law; what the recording does not settle is said.
static void words_text(const struct identified *x, int neuron)
{
    const struct neuron_found *n = &x->neuron[neuron];
    const struct member *m = member(x, neuron);
    struct candidate c;
    class_candidate(&x->class, 0, neuron, &c);
    const bool fires = class_fires(&x->class, neuron);
    if (*n->key) printf("neuron %s:\n", n->key);
    leak_text(n, m, &c);
    if (fires)
        printf("  threshold: %g, anything from %g to %g\n", real(n, c.n.theta),
               real(n, m->theta.lo), real(n, m->theta.hi));
    else
        printf("  threshold: open, %g or more: it never fires\n", real(n, m->theta.lo));
    const struct bounds bias = class_bias(&x->class, neuron);
    if (!n->unit.bias && bias.lo < bias.hi)
        printf("  bias: %g; open, from %g to %g under other laws\n", real(n, c.n.bias),
               real(n, bias.lo), real(n, bias.hi));
    else if (!n->unit.bias && c.n.bias)
        printf("  bias: %g\n", real(n, c.n.bias));
    if (n->view.from_row)
        printf("  rest: %g; where a run begins is not known\n", real(n, c.n.rest));
    else if (c.n.rest)
        printf("  rest: %g\n", real(n, c.n.rest));
    if (!fires)
        printf("  reset: open, it never fires\n");
    else if (!c.law.reset_subtract && c.n.reset)
        printf("  reset: to %g\n", real(n, c.n.reset));
    for (int k = 0; k < n->unit.n_x; k++) {
        const char *name = x->r->column[n->source[k]].name;
        if (!m->told[k]) printf("  weight of %s: open, it is not heard by itself\n", name);
        for (int s = 0; s < (c.law.currents > 1 ? 2 : 1) && m->told[k]; s++)
            if (c.w[s][k] || n->unit.n_x == 1)
                printf("  weight of %s%s: %.10g\n", name, s ? " on the second synapse" : "",
                       weight(x, n, &c, s, k));
    }
    if (n->n_listed > n->unit.n_x)
        printf("  %d more columns are not heard, %d are the most\n", n->n_listed - n->unit.n_x,
               UNIT_SOURCES);
}

static void nearest_text(const struct identified *x, const struct neuron_found *n)
{
    const struct recording *r = x->r;
    const struct law *law = &n->nearest.c.law;
    const char *of = *n->key ? n->key : r->column[n->membrane].name;
    if (n->nearest.wrong < 0) {
        printf("neuron %s: nothing to compare, %d rows are too few\n", of, r->n_rows);
        return;
    }
    if (n->by_current) {
        printf("neuron %s: nearest is a current with a decay of kind %s; %d of %d ticks differ\n",
               of, law_leak_names[law->decay_kind], n->nearest.wrong, r->n_rows);
        return;
    }
    printf("neuron %s: nearest is a leak of kind %s, rounded %s, %s; of %d ticks %d do not follow "
           "from the row before\n",
           of, law_leak_names[law->leak_kind], law_round_names[law->round_leak],
           law->integrate_first ? "after integration" : "before integration", r->n_rows,
           n->nearest.wrong);
    for (int t = 0; t < n->unit.n; t++) {
        struct law_state s = unit_rest(&n->unit, &n->nearest.c, t);
        static const int32_t never = INT32_MAX;
        if (n->unit.begins[t] && n->view.from_row) continue;
        if (!n->unit.begins[t]) s.v = (int32_t)n->unit.v[t - 1];
        if (n->unit.u[0] && !n->unit.begins[t]) s.u = (int32_t)n->unit.u[0][t - 1];
        if (n->unit.u[1] && !n->unit.begins[t]) s.u2 = (int32_t)n->unit.u[1][t - 1];
        const int64_t c = unit_step(&n->unit, &n->nearest.c, &s, t, &never).clamp;
        if ((n->unit.z && n->unit.z[t]) || c == n->unit.v[t]) continue;
        printf("  it fails first at line %d: %s is %.12g, the law makes %.12g of the row before\n",
               r->line[t], r->column[n->membrane].name, r->column[n->membrane].x[t], real(n, c));
        return;
    }
    printf("  no row without a spike fails: what a spike leaves behind, or when one comes, is of "
           "no law "
           "here\n");
}

// What was not looked at, a line each.
static void cut_text(const struct identified *x)
{
    if (x->deadline.passed && !x->explained)
        printf("cut: the search ended by --seconds; %d of %d ways to read the rows were tried\n",
               x->views_tried, x->views);
    else if (x->deadline.passed)
        printf("cut: the search ended by --seconds: there may be more laws than are told\n");
    if (x->class.full)
        printf(
            "cut: more than %d laws give every word; each open choice was tried, not all of them "
            "together\n",
            x->class.n);
}

static void none_text(const struct identified *x)
{
    const struct recording *r = x->r;
    int explained = 0, first = -1;
    if (!x->whole)
        printf(
            "no law fits: the numbers of column %s have no step of 2^-%d or more, so they are no "
            "words of a fixed-point machine\n",
            x->rough, RECORDING_FRACTION);
    else
        printf("no law fits all %d ticks\n", r->n_rows);
    for (int i = 0; i < x->n; i++) {
        explained += x->neuron[i].laws.n > 0;
        if (first < 0 && (!x->neuron[i].laws.n || !x->whole)) first = i;
    }
    if (first < 0)
        printf("each neuron follows a law, and no one law is shared by all\n");
    else {
        if (explained && x->whole)
            printf("%d of %d neurons follow a law each, these do not:\n", explained, x->n);
        for (int i = first; i < x->n; i++)
            if (i == first || (x->whole && explained && !x->neuron[i].laws.n))
                nearest_text(x, &x->neuron[i]);
    }
}

void told_text(const struct identified *x, const char *file)
{
    const struct recording *r = x->r;
    char text[512];
    printf("%s: %d ticks, %d run%s, %d neuron%s\n", file, r->n_rows, r->n_runs,
           r->n_runs == 1 ? "" : "s", x->n, x->n == 1 ? "" : "s");
    cut_text(x);
    if (!x->explained) {
        none_text(x);
        return;
    }
    const struct member *m = member(x, 0);
    rows_text(x, text, sizeof text);
    if (x->class.n == 1)
        printf("one law: every word follows\n");
    else
        printf("a class of %s%d laws, the first of which is told: every word follows\n",
               x->class.full || x->class.cut ? "more than " : "", x->class.n);
    printf("rows: %s\n", text);
    printf("words: membrane has %d fraction bits, by the smallest step of its numbers\n",
           x->neuron[0].frac);
    if (m->bits.lo == m->bits.hi)
        printf("membrane: %" PRId64 " bits, by a clamp that acts\n", m->bits.lo);
    else
        printf("membrane: %" PRId64 " bits or more, its ends are not reached; %d assumed\n",
               m->bits.lo, width(x, false));
    for (const struct field *f = law_fields; f->name; f++) {
        char one[16];
        if (values(x, f, text, sizeof text) == 1 && !class_untouched(&x->class, f))
            printf("%s: %s\n", f->name, value_text(f, field_get(f, law_at(x, 0)), one));
    }
    for (const struct field *f = law_fields; f->name; f++) {
        if (values(x, f, text, sizeof text) > 1)
            printf("open: %s: %s (%s)\n", f->name, text, question(f));
        if (class_untouched(&x->class, f))
            printf("open: %s: any (%s; %s)\n", f->name, question(f), untouched(f));
    }
    for (int i = 0; i < x->n; i++)
        words_text(x, i);
}

static void neuron_json(const struct identified *x, int neuron, cJSON *to)
{
    const struct neuron_found *n = &x->neuron[neuron];
    const struct member *m = member(x, neuron);
    struct candidate c;
    class_candidate(&x->class, 0, neuron, &c);
    const bool fires = class_fires(&x->class, neuron);
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
                cJSON_AddNumberToObject(weights, name, weight(x, n, &c, s, k));
            else
                cJSON_AddNullToObject(weights, name);
        }
    }
}

cJSON *told_json(const struct identified *x, const char *file)
{
    cJSON *json = cJSON_CreateObject();
    char text[512];
    cJSON_AddStringToObject(json, "file", file);
    cJSON_AddNumberToObject(json, "ticks", x->r->n_rows);
    cJSON_AddNumberToObject(json, "neurons", x->n);
    cJSON_AddBoolToObject(json, "explained", x->explained);
    cJSON_AddNumberToObject(json, "laws", x->class.n);
    cJSON_AddBoolToObject(json, "more_laws", x->class.full);
    cJSON_AddBoolToObject(json, "cut_by_time", x->deadline.passed);
    if (!x->explained) return json;
    rows_text(x, text, sizeof text);
    cJSON_AddStringToObject(json, "rows", text);
    cJSON *law = cJSON_AddObjectToObject(json, "law"),
          *open = cJSON_AddObjectToObject(json, "open");
    for (const struct field *f = law_fields; f->name; f++) {
        char one[16];
        int n = values(x, f, text, sizeof text);
        if (n == 1)
            cJSON_AddStringToObject(law, f->name, value_text(f, field_get(f, law_at(x, 0)), one));
        if (n > 1) cJSON_AddStringToObject(open, f->name, text);
        if (class_untouched(&x->class, f)) cJSON_AddStringToObject(open, f->name, "any");
    }
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < x->n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(words, one);
        neuron_json(x, i, one);
    }
    return json;
}

// --- the chip file -----------------------------------------------------------------------------------

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
        class_candidate(&x->class, 0, i, &own);
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
        class_candidate(&x->class, 0, i, &own);
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
    law->membrane = format(width(x, false), frac, true);
    if (law->currents) law->current = format(width(x, true), frac, true);
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

void told_chip(const struct identified *x, const char *file, const char *path)
{
    struct candidate first;
    class_candidate(&x->class, 0, 0, &first);
    struct law law = first.law;
    char *text;
    size_t size;
    struct fail f;
    struct chip chip;
    set_formats(x, &law);
    const char *wrong = law_check(&law);
    if (wrong) cli_die("--out: no chip file holds this law: %s", wrong);
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_no_memory();
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
            value_text(at, field_get(at, &law), value);
        const char *told = at->kind == FIELD_FORMAT || at->kind == FIELD_BYTE ? value : 0;
        char one[16];
        if (!told) told = value_text(at, field_get(at, &law), one);
        int n = at->kind == FIELD_FORMAT ? 0 : values(x, at, all, sizeof all);
        fprintf(to, "  %s: {value: %s%s%s, source: \"", at->name, told, at->unit ? ", unit: " : "",
                at->unit ? at->unit : "");
        if (at->kind == FIELD_FORMAT)
            fprintf(to, "identify: holds the words of the recording\"}\n");
        else if (class_untouched(&x->class, at))
            fprintf(to, "identify: open, %s\"}\n", untouched(at));
        else if (n > 1)
            fprintf(to, "identify: open, any of %s\"}\n", all);
        else
            fprintf(to, "identify: every word of the recording\"}\n");
    }
    cli_end_text(to, &text);
    (void)file;
    if (chip_load_text(&chip, text, path, &f)) cli_die("--out: %s", f.text);
    cli_write_text(text, path);
    free(text);
}
