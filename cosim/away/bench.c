#include "cosim/away/bench.h"

#include "base/file.h"
#include "cosim/away/away_text.h"
#include "cosim/vectors/vectors.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 1 << 20, NAME = 32, FORMAT = 24 };

// The texts, where each goes, and which ways need it.
enum { PIPE = 1 << BENCH_PIPE, DPI = 1 << BENCH_DPI, COCOTB = 1 << BENCH_COCOTB };
static const struct {
    unsigned ways;
    const char *text, *to;
} texts[] = {{PIPE | DPI, "cosim/away/bench/words.svh", "words.svh"},
             {PIPE | DPI, "cosim/away/bench/wrapper.svh", "wrapper.svh"},
             {PIPE | DPI, "cosim/away/bench/bench.svh", "bench.svh"},
             {PIPE | DPI | COCOTB, "cosim/away/bench/bench.sh", "bench.sh"},
             {PIPE, "cosim/away/bench/tb_pipe.sv", "tb_pipe.sv"},
             {PIPE, "cosim/away/bench/run_pipe", "run"},
             {DPI, "cosim/away/bench/tb_dpi.sv", "tb_dpi.sv"},
             {DPI, "cosim/away/bench/run_dpi", "run"},
             {DPI, "examples/dpi/stw_golden_pkg.sv", "stw_golden_pkg.sv"},
             {COCOTB, "cosim/away/bench/words_py", "words.py"},
             {COCOTB, "cosim/away/bench/wrapper_py", "wrapper.py"},
             {COCOTB, "cosim/away/bench/test_bench.py", "test_bench.py"},
             {COCOTB, "cosim/away/bench/runner.py", "runner.py"},
             {COCOTB, "cosim/away/bench/run_cocotb", "run"},
             {COCOTB, "examples/cocotb/stw_golden.py", "stw_golden.py"},
             {PIPE | DPI | COCOTB, "cosim/away/bench/bench.gtkw", "bench.gtkw"},
             {PIPE | DPI | COCOTB, "cosim/away/bench/bench.sucl", "bench.sucl"},
             {PIPE | DPI | COCOTB, "cosim/away/bench/Makefile", "Makefile"},
             {PIPE | DPI | COCOTB, "cosim/away/bench/README.md", "README.md"}};
enum { TEXTS = sizeof texts / sizeof *texts };

// "Q8.8", "UQ0.16"; of what has no fraction and no sign "8 bits".
static const char *format_of(const struct law_range *range, char text[FORMAT])
{
    if (!range->is_signed && !range->frac)
        snprintf(text, FORMAT, "%d bits", range->bits);
    else
        snprintf(text, FORMAT, "%sQ%d.%d", range->is_signed ? "" : "U", range->bits - range->frac,
                 range->frac);
    return text;
}

// A word's name as one of Verilog's, of a layer: "u2_0".
static const char *name_in(const char *word, int layer, char text[NAME])
{
    snprintf(text, NAME, "%.20s_%d", word, layer);
    for (char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    return text;
}

// The row of a state that vectors have.
static const struct law_word *state_of(const struct law_kind *kind, const char *name)
{
    const struct law_word *x = law_states(kind);
    while (strcmp(x->name, name))
        x++;
    return x;
}

static void memory_key(struct away_keys *k, const struct bench *b)
{
    const struct law_image *im = b->im;
    const char *before = b->way == BENCH_COCOTB ? "    " : "//   ";
    size_t n;
    FILE *f = away_key_begin(k, "MEMORIES", &n);
    for (int l = 0; f && l < im->shape.n_layers; l++)
        for (int word = 0; word < im->kind->first_state; word++) {
            const struct vectors_memory m = vectors_memory_of(
                im->kind, im->law, l, im->layer[l].n_rows, im->shape.layer[l].n_out, word);
            const struct law_range range = im->kind->word[word].range(im->law);
            char format[FORMAT];
            if (m.there)
                fprintf(f, "%smem/%-24s %6d words, %s in %d bits: %s\n", before, m.name, m.n,
                        range.bits ? format_of(&range, format) : "0", m.bits,
                        im->kind->word[word].what);
        }
    away_key_end(k, f);
}

static void layer_head(FILE *f, const struct law_image *im, int l)
{
    const bool one = im->shape.layer[l].topology == IMAGE_ONE_TO_ONE;
    fprintf(f, "// layer %d: %d neurons, ", l, im->shape.layer[l].n_out);
    if (one)
        fprintf(f, "neuron n hears source n\n");
    else
        fprintf(f, "each hears %d sources%s%s\n", im->layer[l].n_source,
                im->shape.layer[l].recurrent
                    ? ", its own layer's spikes of the tick before among them"
                    : "",
                im->shape.layer[l].delayed ? "; spikes of the layer before a tick late" : "");
}

// Declarations, and the lines that are to be filled in.
static void layer_keys(struct away_keys *k, const struct law_image *im,
                       const struct vectors_shape *s)
{
    char name[NAME], format[FORMAT];
    size_t n;
    FILE *f = away_key_begin(k, "LAYERS", &n);
    for (int l = 0; f && l < s->n_layers; l++) {
        layer_head(f, im, l);
        fprintf(f, "reg [%d:0] %s [0:%d];  // spikes of the tick\n", s->spike_bits[l] - 1,
                name_in("spikes", l, name), s->n_out[l] - 1);
        for (int i = 0; i < s->n_states; i++) {
            const struct law_word *x = state_of(im->kind, s->state[i].name);
            const struct law_range range = x->range(im->law);
            fprintf(f, "reg %s[%d:0] %s [0:%d];  // %s, %s\n",
                    s->state[i].is_signed ? "signed " : "", s->state[i].bits - 1,
                    name_in(s->state[i].name, l, name), s->n_out[l] - 1, format_of(&range, format),
                    x->what);
        }
    }
    away_key_end(k, f);
}

static void fill_in_verilog(struct away_keys *k, const struct vectors_shape *s)
{
    char name[NAME];
    size_t n;
    FILE *f = away_key_begin(k, "WORDS", &n);
    for (int l = 0; f && l < s->n_layers; l++) {
        fprintf(f, "    // for (n = 0; n < %d; n = n + 1) begin\n", s->n_out[l]);
        fprintf(f, "    //   %s[n] = u_dut.;\n", name_in("spikes", l, name));
        for (int i = 0; i < s->n_states; i++)
            fprintf(f, "    //   %s[n] = u_dut.;\n", name_in(s->state[i].name, l, name));
        fprintf(f, "    // end\n");
    }
    away_key_end(k, f);
}

// Records of a tick on stdout.
static void put_records(struct away_keys *k, const struct vectors_shape *s, int version)
{
    char name[NAME];
    size_t n;
    FILE *f = away_key_begin(k, "Z_DECLARE", &n);
    for (int l = 0; f && l < s->n_layers; l++)
        if (s->spike_bits[l] == 1)
            fprintf(f, "  reg [%d:0] fired_%d;\n", (s->n_out[l] + 3) / 4 * 4 - 1, l);
    away_key_end(k, f);
    f = away_key_begin(k, "PUT", &n);
    for (int l = 0; f && l < s->n_layers; l++) {
        name_in("spikes", l, name);
        if (s->spike_bits[l] == 1)
            fprintf(f,
                    "        fired_%d = 0;\n"
                    "        for (i = 0; i < %d; i = i + 1) fired_%d[i] = %s[i];\n"
                    "        $write(\"Z %%0d %d %%h\\n\", tick_number, fired_%d);\n",
                    l, s->n_out[l], l, name, l, l);
        for (int of = s->spike_bits[l] == 1; of <= s->n_states; of++) {
            const char *tag = of && version >= VECTORS_ANY ? "W" : vectors_kind_name(s, of);
            if (of) name_in(s->state[of - 1].name, l, name);
            fprintf(f,
                    "        $write(\"%s %%0d %d%s%s\", tick_number);\n"
                    "        for (i = 0; i < %d; i = i + 1) $write(\" %%h\", %s[i]);\n"
                    "        $write(\"\\n\");\n",
                    tag, l, *tag == 'W' ? " " : "", *tag == 'W' ? s->state[of - 1].name : "",
                    s->n_out[l], name);
        }
        fprintf(f, "        results = results + %d;\n", 1 + s->n_states);
    }
    away_key_end(k, f);
}

static void put_checks(struct away_keys *k, const struct vectors_shape *s)
{
    char name[NAME];
    size_t n;
    FILE *f = away_key_begin(k, "PUT", &n);
    for (int l = 0; f && l < s->n_layers; l++) {
        fprintf(f, "          for (i = 0; i < %d; i = i + 1) begin\n", s->n_out[l]);
        fprintf(f, "            check(%d, i, \"fire\", longint'(%s[i]));\n", l,
                name_in("spikes", l, name));
        for (int i = 0; i < s->n_states; i++)
            fprintf(f, "            check(%d, i, \"%s\", longint'(%s[i]));\n", l, s->state[i].name,
                    name_in(s->state[i].name, l, name));
        fprintf(f, "          end\n");
    }
    away_key_end(k, f);
}

static void put_python(struct away_keys *k, const struct law_image *im,
                       const struct vectors_shape *s)
{
    char format[FORMAT];
    size_t n;
    int spike_bits = 1;
    for (int l = 0; l < s->n_layers; l++)
        if (s->spike_bits[l] > spike_bits) spike_bits = s->spike_bits[l];
    FILE *f = away_key_begin(k, "PUT", &n);
    if (f) fprintf(f, "    \"fire\": (%d, False),  # spikes of the tick\n", spike_bits);
    for (int i = 0; f && i < s->n_states; i++) {
        const struct law_word *x = state_of(im->kind, s->state[i].name);
        const struct law_range range = x->range(im->law);
        fprintf(f, "    \"%s\": (%d, %s),  # %s, %s\n", s->state[i].name, s->state[i].bits,
                s->state[i].is_signed ? "True" : "False", format_of(&range, format), x->what);
    }
    away_key_end(k, f);
    f = away_key_begin(k, "WORDS", &n);
    if (f) fputs("\"fire\": ", f);
    for (int i = 0; f && i < s->n_states; i++)
        fprintf(f, ", \"%s\": ", s->state[i].name);
    away_key_end(k, f);
    f = away_key_begin(k, "N_OUT", &n);
    for (int l = 0; f && l < s->n_layers; l++)
        fprintf(f, "%s%d", l ? ", " : "", s->n_out[l]);
    away_key_end(k, f);
}

// The S record of the vectors, behind its letter.
static void shape_line_key(struct away_keys *k, const char *vectors)
{
    const char *at = strstr(vectors, "\nS ");
    int n = at ? (int)strcspn(at + 2, "\n") : 0;
    away_key(k, "S_LINE", "%.*s", n, at ? at + 2 : "");
    away_key(k, "S_BYTES", "%d", n + 8);
}

static void all_keys(struct away_keys *k, const struct bench *b)
{
    static const char *const ways[] = {"vectors, your device in Icarus Verilog, `check`",
                                       "the golden library by DPI-C, in Verilator", "cocotb"},
                             *const tools[] = {"bash, Icarus Verilog", "bash, Verilator 5",
                                               "bash, cocotb 2, Icarus Verilog"};
    const struct vectors_shape s = vectors_shape_of(b->im);
    const struct law_range input = law_image_inputs(b->im);
    const bool verilog = b->way != BENCH_COCOTB;
    char format[FORMAT];
    size_t n;
    away_key(k, "NAME", "%s", b->name);
    away_key(k, "LAW", "%s", b->im->kind->name);
    away_key(k, "IMAGE", "%016" PRIx64, law_image_hash(b->im));
    away_key(k, "WAY", "%s", ways[b->way]);
    away_key(k, "TOOLS", "%s", tools[b->way]);
    away_key(k, "WRAPPER", "%s", verilog ? "wrapper.svh" : "wrapper.py");
    away_key(k, "WORDS_FILE", "%s", verilog ? "words.svh" : "words.py");
    away_key(k, "PROGRAM", "%s", b->program);
    away_key(k, "CHIP", "%s", b->chip);
    away_key(k, "N_IN", "%d", s.n_in);
    away_key(k, "X_BITS", "%d", s.x_bits);
    away_key(k, "X_SENT", "%d", vectors_version_of(b->im) < VECTORS_ANY ? 7 : s.x_bits - 1);
    away_key(k, "X_TOP", "%d", s.x_bits - 1);
    away_key(k, "X_SIGN", "%s", s.x_signed ? "signed " : "");
    away_key(k, "X_FORMAT", "%s", format_of(&input, format));
    FILE *f = away_key_begin(k, "SHAPE", &n);
    if (f) fprintf(f, "%d", s.n_in);
    for (int l = 0; f && l < s.n_layers; l++)
        fprintf(f, "-%d", s.n_out[l]);
    away_key_end(k, f);
    memory_key(k, b);
    shape_line_key(k, b->vectors);
    away_key(k, "SIGNALS", "%s",
             verilog ? "@800200\n-tick\n@28\ntb.busy\n@420\ntb.clip[31:0]\ntb.tick_number[31:0]\n"
                       "[fpshift_count] 15\n@40000420\ntb.jitter[15:0]\n@1000200\n-tick\n"
                     : "");
    away_key(k, "ADDED", "%s",
             verilog ? "divider_add tick\nvariable_add tb.busy\nvariable_add tb.clip\n"
                       "variable_add tb.tick_number\nvariable_add tb.jitter\n"
                     : "");
    if (verilog) {
        layer_keys(k, b->im, &s);
        fill_in_verilog(k, &s);
    }
    if (b->way == BENCH_PIPE) put_records(k, &s, vectors_version_of(b->im));
    if (b->way == BENCH_DPI) put_checks(k, &s);
    if (b->way == BENCH_COCOTB) put_python(k, b->im, &s);
}

static int write_text(const struct bench *b, const struct away_keys *k, int i, const char *folder,
                      struct fail *f)
{
    char path[FILE_PATH];
    size_t n;
    if (snprintf(path, sizeof path, "%s/%s", b->root, texts[i].text) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", b->root, sizeof path);
    char *text = file_read(path, MOST, &n, f);
    char *filled = text ? away_fill(text, k, texts[i].text, f) : 0;
    int bad = filled ? file_write_in(folder, texts[i].to, filled, strlen(filled), f) : -1;
    free(filled);
    free(text);
    if (bad || strcmp(texts[i].to, "run")) return bad;
    snprintf(path, sizeof path, "%.*s/run", (int)sizeof path - 8, folder);
    return chmod(path, 0755) ? fail(f, "%s: %s", path, strerror(errno)) : 0;
}

int bench_write(const struct bench *b, const char *folder, struct fail *f)
{
    struct away_keys k = {0};
    char path[FILE_PATH];
    all_keys(&k, b);
    int bad = k.short_of_memory ? fail(f, "%s: out of memory", folder) : 0;
    for (int i = 0; !bad && i < TEXTS; i++)
        if (texts[i].ways & 1U << b->way) bad = write_text(b, &k, i, folder, f);
    away_keys_fini(&k);
    if (bad) return -1;
    if (snprintf(path, sizeof path, "%s/mem", folder) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", folder, sizeof path);
    if (mkdir(path, 0777)) return fail(f, "%s: %s", path, strerror(errno));
    if (vectors_memories(b->im, path, f)) return -1;
    return file_write_in(folder, "in.vec", b->vectors, strlen(b->vectors), f);
}
