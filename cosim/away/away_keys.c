// What a net's law and shape put into the texts of its folder.
#include "cosim/away/away_text.h"
#include "cosim/dut/dut_rtl.h"
#include "cosim/vectors/vectors.h"

#include <inttypes.h>
#include <string.h>

static int bits_for(int n)
{
    return n > 1 ? fx_ubits((uint64_t)n - 1) : 1;
}

// Ports of stw_net's commit: what leaves a neuron beside the words that the law has.
enum width { WIDE, MEMBRANE, CURRENT, COUNT, SPIKES };
static const struct {
    const char *name;
    enum width width;
} lif_port[] = {{"before_v", MEMBRANE}, {"before_u", CURRENT}, {"before_u2", CURRENT},
                {"before_r", COUNT},    {"gather", WIDE},      {"current", WIDE},
                {"leak", WIDE},         {"integrate", WIDE},   {"clamp", MEMBRANE},
                {"fire", SPIKES},       {"reset", MEMBRANE},   {"refract", COUNT},
                {"after_u", CURRENT},   {"after_u2", CURRENT}};
enum { LIF_PORTS = sizeof lif_port / sizeof *lif_port };

static int width_of(enum width w, const struct law *law)
{
    switch (w) {
    case WIDE:
        return 64;
    case MEMBRANE:
        return law_bits(law->membrane);
    case CURRENT:
        return law->currents ? law_bits(law->current) : 1;
    case COUNT:
        return 8;
    default:
        return 6;
    }
}

static void lif_commit(struct away_keys *k, const struct away *a)
{
    const struct law_kind *kind = a->image->kind;
    const struct law *law = &a->image->law;
    const struct law_word *states = law_states(kind);
    size_t n;
    FILE *f = away_key_begin(k, "DECLARE", &n);
    for (int i = 0; f && i < LIF_PORTS; i++)
        fprintf(f, "  logic [%d:0] %s;\n", width_of(lif_port[i].width, law) - 1, lif_port[i].name);
    away_key_end(k, f);
    f = away_key_begin(k, "CONNECT", &n);
    for (int i = 0; f && i < LIF_PORTS; i++)
        fprintf(f, ",%s.%s_o(%s)", i % 5 ? " " : "\n    ", lif_port[i].name, lif_port[i].name);
    away_key_end(k, f);
    f = away_key_begin(k, "UNUSED", &n);
    for (int i = 0; f && i < LIF_PORTS; i++)
        fprintf(f, ",%s%s", i % 8 ? " " : "\n                           ", lif_port[i].name);
    away_key_end(k, f);
    f = away_key_begin(k, "STATE", &n);
    const char *before = "{";
    for (int i = kind->n_words - kind->first_state - 1; f && i >= 0; i--) {
        if (!states[i].range(law).bits) continue;
        bool after = kind->left_by[i] < 0;
        fprintf(f, "%s%s%s", before, after ? "after_" : "",
                after ? states[i].name : kind->stage[(int)kind->left_by[i]].name);
        before = ", ";
    }
    if (f) fputc('}', f);
    away_key_end(k, f);
    away_key(k, "FIRE", "fire");
    away_key(k, "COUNT", "spike_valid_o ? fire : 6'd0");
}

static void packed_commit(struct away_keys *k, const struct away *a)
{
    const struct law_kind *kind = a->image->kind;
    const void *law = a->image->params;
    int stages = 0, states = 0, fire = 0;
    for (int i = 0; i < kind->n_stages; i++) {
        if (i == kind->fire) fire = stages;
        stages += kind->stage[i].range(law).bits;
    }
    for (int i = kind->first_state; i < kind->n_words; i++)
        states += kind->word[i].range(law).bits;
    away_key(k, "DECLARE",
             "  logic [%d:0] old, after;\n"
             "  logic [%d:0] stages;\n",
             states - 1, stages - 1);
    away_key(k, "CONNECT", ",\n    .before_o(old), .stages_o(stages), .after_o(after)");
    away_key(k, "UNUSED", ", old, stages, after");
    away_key(k, "STATE", "after");
    away_key(k, "FIRE", "6'(stages[%d])", fire);
    away_key(k, "COUNT", "6'(spike_valid_o)");
}

// Places and bits of the states in the commit port, for the bench and for who reads the top.
static void state_keys(struct away_keys *k, const struct vectors_shape *s)
{
    size_t n;
    int at = 0;
    FILE *f = away_key_begin(k, "STATE_CASES", &n);
    for (int i = 0; f && i < s->n_states; i++) {
        fprintf(f, "        \"%s\": begin\n          at = %d;\n          bits = %d;\n        end\n",
                s->state[i].name, at, s->state[i].bits);
        at += s->state[i].bits;
    }
    away_key_end(k, f);
    at = 0;
    f = away_key_begin(k, "STATES", &n);
    for (int i = 0; f && i < s->n_states; i++) {
        fprintf(f, "%s%s %d bits", i ? ", " : "", s->state[i].name, s->state[i].bits);
        at += s->state[i].bits;
    }
    away_key_end(k, f);
    away_key(k, "STATE_BITS", "%d", at);
}

static void shape_keys(struct away_keys *k, const struct away *a)
{
    const struct law_image view = law_image_of(a->image);
    const struct vectors_shape s = vectors_shape_of(&view);
    const int last = s.n_layers - 1;
    size_t n;
    int neurons = 0;
    FILE *f = away_key_begin(k, "SHAPE", &n);
    if (f) fprintf(f, "%d", s.n_in);
    for (int l = 0; f && l <= last; l++) {
        const struct image_layer *y = &a->image->layer[l];
        fprintf(f, "-%d%s%s%s", s.n_out[l], y->recurrent ? "r" : "", y->delayed ? "d" : "",
                y->topology == IMAGE_ONE_TO_ONE ? "o" : "");
        if (y->taps > 1) fprintf(f, "t%dx%d", y->taps, y->spacing);
        neurons += s.n_out[l];
    }
    away_key_end(k, f);
    f = away_key_begin(k, "N_OUT_CASES", &n);
    for (int l = 0; f && l <= last; l++)
        fprintf(f, "    n_out[%d] = %d;\n    spike_bits[%d] = %d;\n", l, s.n_out[l], l,
                s.spike_bits[l]);
    away_key_end(k, f);
    const int x_bytes = (s.x_bits + 7) / 8;
    away_key(k, "SOURCE_BITS", "%d", bits_for(s.n_in));
    away_key(k, "X_BITS", "%d", s.x_bits);
    away_key(k, "X_TOP", "%d", 15 + 8 * x_bytes);
    away_key(k, "BEAT_BITS", "%d", 32 + 8 * x_bytes);
    away_key(k, "BEAT_BYTES", "%d", 4 + x_bytes);
    away_key(k, "N_LAYERS", "%d", s.n_layers);
    away_key(k, "N_NEURONS", "%d", neurons);
    away_key(k, "N_LAST", "%d", s.n_out[last]);
    away_key(k, "LAST_BITS", "%d", bits_for(s.n_out[last]));
    away_key(k, "LAST_SPIKE_BITS", "%d", s.spike_bits[last]);
    state_keys(k, &s);
}

void away_keys_of(struct away_keys *k, const struct away *a)
{
    const struct dut_rtl *rtl = dut_rtl_of(a->image->kind);
    struct dut_parameter list[DUT_PARAMETERS];
    size_t n;
    const int n_parameters = dut_parameters(a->image->kind, a->image->params, a->shape, list);
    away_key(k, "NAME", "%s", a->name);
    away_key(k, "LAW", "%s", a->image->kind->name);
    away_key(k, "IMAGE", "%016" PRIx64, image_hash(a->image));
    away_key(k, "TOP", "%s", rtl->top);
    away_key(k, "SELECT_BITS", "%d", rtl->packed ? 5 : 4);
    away_key(k, "DATA_BITS", "%d", rtl->packed ? 64 : 32);
    away_key(k, "STAGED", "%s", a->staged ? "registers between them" : "all in one cycle");
    away_key(k, "FREQUENCY", "%d", 12);
    away_key(k, "FORM", "%s",
             a->rom ? "constants, of as few bits as tell the words apart"
                    : "`$readmemh` files, a word a line, and `chip.json`");
    FILE *f = away_key_begin(k, "PARAMETERS", &n);
    for (int i = 0; f && i < n_parameters; i++)
        fprintf(f, "    .%s(%s),\n", list[i].name, list[i].value);
    if (f && a->staged) fprintf(f, "    .Staged(1),\n");
    away_key_end(k, f);
    shape_keys(k, a);
    if (rtl->packed)
        packed_commit(k, a);
    else
        lif_commit(k, a);
}
