// dut_config.h: what cosim/dut/dut.cpp has to know of the law that the RTL beside it is elaborated for, from
// the law's row. Constants, and the words of the commit port as X(type, place, port, bits, sign).
#include "cosim/dut/dut.h"
#include "cosim/dut/dut_build.h"

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

// A word of the commit: its type and place, its port, bits and sign. What the law has not got stays 0.
static void print_word(FILE *f, size_t at, const struct law_word *x, const void *law,
                       const char *when, const char *port)
{
    struct law_range range = x->range(law);
    if (range.bits)
        fprintf(f, " X(int%zu_t, %zu, %s%s_o, %d, %d)", 8 * x->size, at + x->at, when, port,
                range.bits, range.is_signed);
}

static void print_commit(FILE *f, const struct law_kind *k, const void *law, bool before)
{
    const struct law_word *states = law_states(k);
    int n_states = k->n_words - k->first_state;
    fprintf(f, "#define DUT_COMMIT_WORDS(X)");
    for (int i = 0; i < n_states && before; i++)
        print_word(f, dut_before(), &states[i], law, "before_", states[i].name);
    for (int i = 0; i < k->n_stages; i++)
        print_word(f, dut_stages(k), &k->stage[i], law, "", k->stage[i].name);
    for (int i = 0; i < n_states; i++)
        print_word(f, dut_after(k), &states[i], law, k->left_by[i] < 0 ? "after_" : "",
                   k->left_by[i] < 0 ? states[i].name : k->stage[(int)k->left_by[i]].name);
    fprintf(f, "\n");
}

void dut_print_config(FILE *f, const struct law_kind *kind, const void *law,
                      const struct image_shape *s, bool waves)
{
    bool lif = kind == &lif_kind;
    const struct law *a = lif ? law : 0;
    fprintf(f, "#define DUT_WAVES %d\n#define DUT_KIND \"%s\"\n", waves, kind->name);
    // What the top's ports have besides: layers and jitter, the state before, rest of its own.
    fprintf(f, "#define DUT_IS_NET %d\n", lif);
    fprintf(f, "#define DUT_SYNAPSES %d\n", a && a->currents > 1 ? 2 : 1);
    fprintf(f, "#define DUT_INPUT_BITS %d\n#define DUT_INPUT_SIGNED %d\n",
            a ? law_bits(a->input) : 8, a && a->input_signed);
    fprintf(f, "enum { DUT_COMMIT = %zu };\n", dut_commit_size(kind));
    print_law(f, kind, law);
    fprintf(f, "static const struct image_shape DUT_SHAPE = {%d, {", s->n_layers);
    for (int l = 0; l < s->n_layers; l++)
        fprintf(f, "{%d, %d, (image_topology)%d, %d, %d, %d}, ", s->layer[l].n_in,
                s->layer[l].n_out, (int)s->layer[l].topology, s->layer[l].recurrent,
                s->layer[l].delayed, s->layer[l].max_spikes ? s->layer[l].max_spikes : 1);
    fprintf(f, "}};\n");
    print_commit(f, kind, law, lif);
}
