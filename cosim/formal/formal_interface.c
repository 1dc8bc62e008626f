// stwf.vh: the ports of a wrapper and the law's numbers, from the tables of the law.
#include "cosim/formal/formal.h"
#include "cosim/waves/waves.h"

#include "model/law_kind.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS = 64 };

struct port {
    char name[32]; // of the wire in the checker; stwf_NAME is the port
    int bits;      // 0: this law has it not
    bool is_signed;
    bool raw;   // the checker takes the port as it is
    int format; // of waves: 'b', 's', 'u'
    int frac;
};

struct ports {
    int n;
    struct port at[PORTS];
};

static struct port *add(struct ports *p, const char *before, const char *name, int bits,
                        bool is_signed, bool raw, int format)
{
    struct port *x = &p->at[p->n++];
    *x = (struct port){"", bits, is_signed, raw, format, 0};
    snprintf(x->name, sizeof x->name, "%s%s", before, name);
    return x;
}

int formal_x_bits(const struct formal *f)
{
    return f->words ? law_bits(f->law->input) : fx_ubits((uint64_t)f->max_spikes);
}

static void add_words(struct ports *p, const struct formal *f, enum law_scope scope,
                      const char *before)
{
    for (int i = 0; i < lif_kind.n_words; i++) {
        const struct law_word *w = &lif_kind.word[i];
        if (w->scope != scope) continue;
        const struct law_range r = w->range(f->law);
        add(p, before, w->name, r.bits, r.is_signed, false, r.is_signed ? 's' : 'u')->frac = r.frac;
    }
}

static struct ports ports_of(const struct formal *f)
{
    const int weight = law_bits(f->law->weight), two = f->law->currents > 1;
    const int sum = f->law->weight.frac_bits + (f->words ? f->law->input.frac_bits : 0);
    struct ports p = {0};
    add(&p, "", "clear", 1, false, true, 'b');
    add(&p, "", "start", 1, false, true, 'b');
    add(&p, "", "done", 1, false, true, 'b');
    add(&p, "", "event_valid", f->lanes, false, true, 'b');
    add(&p, "", "event_next", f->lanes, false, true, 'b');
    add(&p, "", "event_x", f->lanes * formal_x_bits(f), false, true, 'u');
    add(&p, "", "event_w", f->lanes * weight, false, true, 's');
    add(&p, "", "event_w2", two ? f->lanes * weight : 0, false, true, 's');
    add(&p, "", "valid", 1, false, true, 'b');
    add(&p, "", "tick", 16, false, true, 'u');
    add(&p, "", "layer", 8, false, true, 'u');
    add(&p, "", "neuron", 16, false, true, 'u');
    add(&p, "", "jitter", 16, true, true, 's')->frac = 15;
    add_words(&p, f, LAW_NEURON, "");
    add_words(&p, f, LAW_STATE, "before_");
    add(&p, "", "shown", 5, false, true, 'b');
    add(&p, "", "gather", 64, true, true, 's')->frac = sum;
    add(&p, "", "gather2", two ? 64 : 0, true, true, 's')->frac = sum;
    for (int i = 1; i < 4; i++)
        add(&p, "", lif_kind.stage[i].name, 64, true, true, 's')->frac =
            lif_kind.stage[i].range(f->law).frac;
    add(&p, "", "clamp", law_bits(f->law->membrane), true, true, 's')->frac =
        f->law->membrane.frac_bits;
    add(&p, "", "fire", 6, false, true, 'u');
    add_words(&p, f, LAW_STATE, "after_");
    return p;
}

static void define(FILE *to, const char *name, const char *part, int value)
{
    fputs("`define STWF_", to);
    for (; *name; name++)
        fputc(toupper((unsigned char)*name), to);
    fprintf(to, value < 0 ? "%s (%d)\n" : "%s %d\n", part, value);
}

static void define_law(FILE *to, const struct formal *f)
{
    for (const struct field *x = law_fields; x->name; x++) {
        if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
            const struct law_format *at = (const struct law_format *)((const char *)f->law + x->at);
            const bool is = field_counts(x, f->law);
            define(to, x->name, "_BITS", is ? law_bits(*at) : 1);
            define(to, x->name, "_FRAC", is ? at->frac_bits : 0);
        } else
            define(to, x->name, "", field_get(x, f->law));
    }
}

// STWF_HAS_V, .. of the states that the law has.
static void define_states(FILE *to, const struct formal *f)
{
    char name[32];
    for (int i = lif_kind.first_state; i < lif_kind.n_words; i++) {
        if (!lif_kind.word[i].range(f->law).bits) continue;
        snprintf(name, sizeof name, "has_%s", lif_kind.word[i].name);
        define(to, name, "", 1);
    }
}

static void define_shape(FILE *to, const struct formal *f)
{
    const int align = law_align(f->law, f->words ? f->law->input.frac_bits : 0);
    define(to, "version", "", FORMAL_VERSION);
    define(to, "align", "", align);
    define(to, "shift", "", abs(align));
    define(to, "x_bits", "", formal_x_bits(f));
    define(to, "x_signed", "", f->words && f->law->input_signed);
    define(to, "max_spikes", "", f->max_spikes);
    define(to, "lanes", "", f->lanes);
    define(to, "neurons", "", f->neurons);
    define(to, "cycles", "", f->cycles);
    define(to, "free", "", FORMAL_FREE);
    define(to, "fixed", "", FORMAL_FIXED);
}

static const char *sign(const struct port *x)
{
    return x->is_signed ? " signed" : "";
}

static void print_ports(FILE *to, const struct ports *p)
{
    fputs("\n// The wrapper: module stwf_wrapper (`STWF_PORTS);\n"
          "`define STWF_PORTS \\\n"
          "    input wire clock, input wire reset, input wire [`STWF_FREE-1:0] stwf_free, \\\n"
          "    input wire [`STWF_FIXED-1:0] stwf_fixed, input wire [15:0] stwf_watch",
          to);
    for (int i = 0; i < p->n; i++)
        if (p->at[i].bits)
            fprintf(to, ", \\\n    output wire%s [%d:0] stwf_%s", sign(&p->at[i]),
                    p->at[i].bits - 1, p->at[i].name);
    fputs("\n\n`define STWF_WIRES \\\n", to);
    for (int i = 0; i < p->n; i++) {
        const struct port *x = &p->at[i];
        if (x->bits)
            fprintf(to, "    wire%s [%d:0] stwf_%s; \\\n", sign(x), x->bits - 1, x->name);
        else if (x->raw)
            fprintf(to, "    wire signed [63:0] stwf_%s = 64'sd0; \\\n", x->name);
        if (x->raw) continue;
        if (!x->bits)
            fprintf(to, "    wire signed [1:0] %s = 2'sd0; \\\n", x->name);
        else if (x->is_signed)
            fprintf(to, "    wire signed [%d:0] %s = stwf_%s; \\\n", x->bits - 1, x->name, x->name);
        else
            fprintf(to, "    wire signed [%d:0] %s = {1'b0, stwf_%s}; \\\n", x->bits, x->name,
                    x->name);
    }
    fputs("\n`define STWF_CONNECT", to);
    for (int i = 0; i < p->n; i++)
        if (p->at[i].bits)
            fprintf(to, " \\\n    , .stwf_%s(stwf_%s)", p->at[i].name, p->at[i].name);
    fputs("\n\n", to);
}

char *formal_interface(const struct formal *f)
{
    char *text = 0;
    size_t n;
    const struct ports p = ports_of(f);
    FILE *to = open_memstream(&text, &n);
    if (!to) return 0;
    fputs("// The law's numbers and the ports of a wrapper, written by `spiketwin formal`.\n"
          "`ifndef STWF_VH\n`define STWF_VH\n",
          to);
    define_law(to, f);
    define_shape(to, f);
    define_states(to, f);
    print_ports(to, &p);
    fputs("`endif\n", to);
    bool bad = ferror(to);
    if (!(fclose(to) || bad)) return text;
    free(text);
    return 0;
}

static const char *group_of(const char *name, bool *stages)
{
    static const char *const of[][2] = {{"clear", "tick"},          {"start", "tick"},
                                        {"done", "tick"},           {"event", "events"},
                                        {"valid", "layer, neuron"}, {"tick", "layer, neuron"},
                                        {"layer", "layer, neuron"}, {"neuron", "layer, neuron"},
                                        {"before", "words before"}, {"after", "words after"}};
    if (!strcmp(name, "shown")) *stages = true;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (!strncmp(name, of[i][0], strlen(of[i][0]))) return of[i][1];
    return *stages ? "stages" : "words";
}

int formal_waves(const struct formal *f, const char *path, struct fail *fail_)
{
    const struct ports p = ports_of(f);
    struct waves_signal x[PORTS + 3] = {{"check", "clock", 0, 0, WAVES_BITS},
                                        {"check", "resetting", 0, 0, WAVES_BITS},
                                        {"check", "broken", 0, 0, WAVES_BITS}};
    bool stages = false;
    int n = 3;
    for (int i = 0; i < p.n; i++) {
        const struct port *port = &p.at[i];
        const char *group = group_of(port->name, &stages);
        if (!port->bits) continue;
        const int bits = port->bits > 1 ? port->bits : 0; // Icarus calls a vector of 1 bit a scalar
        x[n] = (struct waves_signal){group, "", bits, port->frac,
                                     port->format == 'b'   ? WAVES_BITS
                                     : port->format == 's' ? WAVES_SIGNED
                                                           : WAVES_UNSIGNED};
        snprintf(x[n++].name, WAVES_NAME, "stwf_%s", port->name);
    }
    return waves_write(path, "testbench.UUT", x, n, fail_);
}
