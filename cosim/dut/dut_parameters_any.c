// Parameters of rtl/stw_any_net.sv: of any law, by its row.
#include "cosim/dut/dut_rtl.h"

#include "model/fields.h"

#include <string.h>

enum { NUMBERS = 32 }; // of 16 bits in a vector

// The first lowest.
static void add_numbers(struct dut_parameter *list, int *n, const char *name, const int *number)
{
    char digits[4 * NUMBERS + 1] = "";
    for (int i = NUMBERS - 1; i >= 0; i--)
        snprintf(digits + strlen(digits), sizeof digits - strlen(digits), "%04x",
                 (unsigned)number[i] & 0xffff);
    dut_add_text(list, n, name, "512'h%s", digits);
}

// The law's parameters as numbers; returns how many, counted on past the room for them.
static int numbers_of(const struct law_kind *kind, const void *law, int number[NUMBERS])
{
    int n = 0;
    for (const struct field *x = kind->parameter; x->name; x++) {
        bool is_format = x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED;
        struct law_format format;
        memcpy(&format, (const char *)law + x->at, sizeof format);
        const int of_it[] = {is_format ? law_bits(format) : field_get(x, law), format.frac_bits};
        for (int i = 0; i < 1 + is_format; i++, n++)
            if (n < NUMBERS) number[n] = of_it[i];
    }
    return n;
}

// Where each word of a neuron begins, and where the last one ends.
static void places_of(const struct law_kind *kind, const void *law, int place[NUMBERS])
{
    for (int word = 0; word < kind->n_words; word++) {
        bool kept = kind->word[word].scope != LAW_SYNAPSE;
        place[word + 1] = place[word] + (kept ? kind->word[word].range(law).bits : 0);
    }
}

static int number_of(const struct law_kind *kind)
{
    int i = 0;
    while (law_kinds[i] && law_kinds[i] != kind)
        i++;
    return i;
}

static int parameters(const struct law_kind *kind, const void *law, const struct image_shape *shape,
                      struct dut_parameter *list)
{
    int number[NUMBERS] = {0}, place[NUMBERS] = {0}, n = 0, stages = 0;
    numbers_of(kind, law, number);
    places_of(kind, law, place);
    for (int i = 0; i < kind->n_stages; i++)
        stages += kind->stage[i].range(law).bits;
    dut_add_shape(list, &n, shape);
    dut_add(list, &n, "Kind", number_of(kind));
    add_numbers(list, &n, "Law", number);
    dut_add(list, &n, "NWords", kind->n_words);
    dut_add(list, &n, "FirstState", kind->first_state);
    add_numbers(list, &n, "Places", place);
    dut_add(list, &n, "StageW", stages);
    return n;
}

static const char *check(const struct law_kind *kind, const void *law,
                         const struct image_shape *shape)
{
    struct law_format format[3]; // of input words, weights and membrane, in any law
    int number[NUMBERS];
    const char *what = kind->check(law);
    if (!what) what = image_shape_check(shape);
    if (what) return what;
    memcpy(format, law, sizeof format);
    if (kind->parameter->kind != FIELD_UNSIGNED) return "input words: without sign";
    if (kind->synapses && kind->synapses(law) > 1) return "synapses of a source: 1";
    if (numbers_of(kind, law, number) > NUMBERS) return "parameters of a law: 32 numbers";
    if (kind->n_words >= NUMBERS) return "words and states of a law: 31";
    for (int word = 0; word < kind->n_words; word++)
        if (kind->word[word].scope == LAW_CHIP) return "words of a chip: none";
    for (int l = 0; l < shape->n_layers; l++) {
        int align = format[1].frac_bits + (l ? 0 : format[0].frac_bits) - format[2].frac_bits;
        if (shape->layer[l].max_spikes > 1) return "spikes of a neuron in a tick: 1";
        if (align < -15 || align > 40) return "weight, input and membrane are too far apart";
    }
    return 0;
}

const struct dut_rtl dut_rtl_any = {
    .top = "stw_any_net", .packed = true, .is_net = true, .check = check, .parameters = parameters};
