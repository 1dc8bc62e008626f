// dut_config.h: what cosim/dut/dut.cpp has to know of the law that the RTL beside it is elaborated for, from
// the law's row. Constants, and the words of the commit port as X(type, place, what tells it, bits, sign).
#include "cosim/dut/dut.h"
#include "cosim/dut/dut_rtl.h"

#include "model/fields.h"

#include <string.h>

// The parameters as bytes: only what counts, so that equal laws are equal text.
static void print_law(FILE *f, const struct law_kind *k, const void *law)
{
    unsigned char bytes[256] = {0};
    for (const struct field *x = k->parameter; x->name; x++) {
        struct law_format format;
        if (!field_counts(x, law)) continue;
        if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
            memcpy(&format, (const char *)law + x->at, sizeof format);
            memcpy(bytes + x->at, &format, sizeof format);
        } else
            field_set(x, bytes, field_get(x, law));
    }
    fprintf(f, "alignas(8) static const unsigned char DUT_LAW[] = {");
    for (size_t i = 0; i < k->law; i++)
        fprintf(f, "%s%d", i ? ", " : "", bytes[i]);
    fprintf(f, "};\n");
}

// A word of the commit: its type and place, what tells it, its bits and sign. What the law has not got
// stays 0.
static void print_word(FILE *f, size_t at, const struct law_word *x, const void *law,
                       const char *when, const char *port)
{
    struct law_range range = x->range(law);
    if (range.bits)
        fprintf(f, " X(int%zu_t, %zu, t.%s%s_o, %d, %d)", 8 * x->size, at + x->at, when, port,
                range.bits, range.is_signed);
}

// The same of words that are packed in one port.
static void print_packed(FILE *f, size_t at, const struct law_word *x, int n, const void *law,
                         const char *port)
{
    for (int i = 0, place = 0; i < n; i++) {
        struct law_range range = x[i].range(law);
        if (range.bits)
            fprintf(f, " X(int%zu_t, %zu, packed(t.%s_o, %d, %d), %d, %d)", 8 * x[i].size,
                    at + x[i].at, port, place, range.bits, range.bits, range.is_signed);
        place += range.bits;
    }
}

static void print_commit(FILE *f, const struct law_kind *k, const void *law, bool before)
{
    const struct law_word *states = law_states(k);
    int n_states = k->n_words - k->first_state;
    for (int i = 0; i < n_states && before; i++)
        print_word(f, dut_before(), &states[i], law, "before_", states[i].name);
    for (int i = 0; i < k->n_stages; i++)
        print_word(f, dut_stages(k), &k->stage[i], law, "", k->stage[i].name);
    for (int i = 0; i < n_states; i++)
        print_word(f, dut_after(k), &states[i], law, k->left_by[i] < 0 ? "after_" : "",
                   k->left_by[i] < 0 ? states[i].name : k->stage[(int)k->left_by[i]].name);
}

static void print_packed_commit(FILE *f, const struct law_kind *k, const void *law)
{
    int n_states = k->n_words - k->first_state;
    print_packed(f, dut_before(), law_states(k), n_states, law, "before");
    print_packed(f, dut_stages(k), k->stage, k->n_stages, law, "stages");
    print_packed(f, dut_after(k), law_states(k), n_states, law, "after");
}

void dut_print_config(FILE *f, const struct law_kind *kind, const void *law,
                      const struct image_shape *s, bool waves)
{
    const struct dut_rtl *rtl = dut_rtl_of(kind);
    const struct law *lif = kind == &lif_kind ? law : 0;
    struct law_format input = {8, 0};
    if (rtl->is_net) memcpy(&input, law, sizeof input);
    fprintf(f, "#define DUT_WAVES %d\n#define DUT_KIND \"%s\"\n", waves, kind->name);
    // What the top's ports have besides: layers and jitter, the state before, rest of its own.
    fprintf(f, "#define DUT_IS_NET %d\n#define DUT_HAS_TWIN %d\n", rtl->is_net, rtl->twin != 0);
    fprintf(f, "#define DUT_SYNAPSES %d\n", kind->synapses ? kind->synapses(law) : 1);
    fprintf(f, "#define DUT_INPUT_BITS %d\n#define DUT_INPUT_SIGNED %d\n", law_bits(input),
            lif && lif->input_signed);
    fprintf(f, "enum { DUT_COMMIT = %zu };\n", dut_commit_size(kind));
    print_law(f, kind, law);
    fprintf(f, "static const struct image_shape DUT_SHAPE = {%d, {", s->n_layers);
    for (int l = 0; l < s->n_layers; l++)
        fprintf(f, "{%d, %d, (image_topology)%d, %d, %d, %d, %d, %d}, ", s->layer[l].n_in,
                s->layer[l].n_out, (int)s->layer[l].topology, s->layer[l].recurrent,
                s->layer[l].delayed, s->layer[l].max_spikes ? s->layer[l].max_spikes : 1,
                s->layer[l].taps, s->layer[l].spacing);
    fprintf(f, "}};\nstatic const int DUT_FAN_IN[] = {"); // and cycles that stw_taps.sv may take
    for (int l = 0; l < s->n_layers; l++)
        fprintf(f, "%d, ", image_fan_in(s, l));
    fprintf(f, "}, DUT_WALK[] = {");
    for (int l = 0; l < s->n_layers; l++)
        fprintf(f, "%d, ", image_heard(s, l) + image_late(s, l));
    fprintf(f, "};\n#define DUT_COMMIT_WORDS(X)");
    if (rtl->packed)
        print_packed_commit(f, kind, law);
    else
        print_commit(f, kind, law, rtl->is_net);
    fprintf(f, "\n");
}
