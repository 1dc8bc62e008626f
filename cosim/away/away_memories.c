// The memories that a net begins with: stw_filled.sv, a branch for each by its Id (rtl/stw_ram.sv), and their files.
//
// In RAM form a file holds words, as vectors_memories writes them. In ROM form it holds codes: of what all
// words share nothing is kept, neither low bits that are 0 nor high ones that repeat the sign; of up to 16
// different words only which it is; of one word nothing.
#include "cosim/away/away_text.h"
#include "cosim/vectors/vectors.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE = 16 };

struct memory {
    const struct law_image *image;
    int layer, word; // number in the law's table
    int n, bits;     // words, and bits of one
    bool is_signed;
    int low;              // bits that are 0 in all
    int code;             // bits that are kept of a word; 0: all are the same
    int entries;          // of the table; 0: there is none
    int64_t table[TABLE]; // ascending
};

static int64_t word_of(const struct memory *m, int i)
{
    return vectors_memory_word(m->image, m->layer, m->word, i);
}

static int bits_of(int64_t x, bool is_signed)
{
    return is_signed ? fx_ubits((uint64_t)(x < 0 ? ~x : x)) + 1 : fx_ubits((uint64_t)x);
}

// Into the table, in order; false: there are too many.
static bool tabulate(struct memory *m, int64_t x)
{
    int at = 0;
    while (at < m->entries && m->table[at] < x)
        at++;
    if (at < m->entries && m->table[at] == x) return true;
    if (m->entries == TABLE) return false;
    memmove(m->table + at + 1, m->table + at, (size_t)(m->entries - at) * sizeof *m->table);
    m->table[at] = x;
    m->entries++;
    return true;
}

static void look(struct memory *m)
{
    uint64_t any = 0;
    bool few = true;
    int widest = 1;
    for (int i = 0; i < m->n; i++) {
        int64_t x = word_of(m, i);
        any |= (uint64_t)x;
        widest = bits_of(x, m->is_signed) > widest ? bits_of(x, m->is_signed) : widest;
        few = few && tabulate(m, x);
    }
    while (any && !(any >> m->low & 1))
        m->low++;
    m->code = widest - m->low;
    if (few && m->entries == 1)
        m->code = 0;
    else if (few && fx_ubits((uint64_t)m->entries - 1) < m->code)
        m->code = fx_ubits((uint64_t)m->entries - 1);
    else
        m->entries = 0;
}

static uint64_t code_of(const struct memory *m, int64_t x)
{
    int at = 0;
    if (!m->entries) return (uint64_t)x >> m->low & (uint64_t)fx_umax(m->code);
    while (m->table[at] != x)
        at++;
    return (uint64_t)at;
}

static void print_constant(FILE *f, const struct memory *m)
{
    fprintf(f,
            "    logic unused_inputs;\n"
            "    assign unused_inputs = ^{clk_i, we_i, waddr_i, wdata_i, re_i, raddr_i};\n"
            "    assign rdata_o = Width'(%d'h%" PRIx64 ");\n",
            m->bits, (uint64_t)m->table[0] & (uint64_t)fx_umax(m->bits));
}

static void print_word(FILE *f, const struct memory *m)
{
    const char *as = m->is_signed ? "$signed(rdata_q)" : "rdata_q";
    if (!m->entries) {
        fprintf(f, "    assign rdata_o = Width'(%s)", as);
        fprintf(f, m->low ? " << %d;\n" : ";\n", m->low);
        return;
    }
    fprintf(f, "    logic [%d:0] word;\n    always_comb begin\n      case (rdata_q)\n",
            m->bits - 1);
    for (int i = 0; i < m->entries; i++) {
        if (i < m->entries - 1)
            fprintf(f, "        %d'd%d", m->code, i);
        else
            fprintf(f, "        default");
        fprintf(f, ": word = %d'h%" PRIx64 ";\n", m->bits,
                (uint64_t)m->table[i] & (uint64_t)fx_umax(m->bits));
    }
    fprintf(f, "      endcase\n    end\n    assign rdata_o = Width'(word);\n");
}

static void print_memory(FILE *f, const struct memory *m, const char *file, bool rom)
{
    const int width = rom ? m->code : m->bits;
    if (rom && !width) {
        print_constant(f, m);
        return;
    }
    fprintf(f,
            "    logic [%d:0] mem [Depth];\n"
            "    logic [%d:0] rdata_q;\n"
            "    initial $readmemh(\"mem/%s\", mem);\n"
            "    always_ff @(posedge clk_i) begin\n",
            width - 1, width - 1, file);
    if (!rom) fprintf(f, "      if (we_i) mem[waddr_i] <= %d'(wdata_i);\n", width);
    fprintf(f, "      if (re_i) rdata_q <= mem[raddr_i];\n    end\n");
    if (!rom) {
        fprintf(f, "    assign rdata_o = Width'(rdata_q);\n");
        return;
    }
    fprintf(f, "    logic unused_write;\n"
               "    assign unused_write = ^{we_i, waddr_i, wdata_i};\n");
    print_word(f, m);
}

static int write_codes(const struct memory *m, const char *folder, const char *file, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return fail(f, "%s: out of memory", file);
    for (int i = 0; i < m->n; i++)
        fprintf(to, "%0*" PRIx64 "\n", (m->code + 3) / 4, code_of(m, word_of(m, i)));
    int bad = ferror(to);
    bad |= fclose(to) || !text;
    bad = bad ? fail(f, "%s: out of memory", file) : file_write_in(folder, file, text, n, f);
    free(text);
    return bad;
}

static const char head[] =
    "// The memories that begin with words, by the Id of stw_ram.sv: their files are in mem/.\n"
    "`default_nettype none\n"
    "\n"
    "module stw_filled #(\n"
    "  parameter int Width  = 16,\n"
    "  parameter int Depth  = 64,\n"
    "  parameter int Id     = 1,\n"
    "  localparam int AddrW = (Depth > 1) ? $clog2(Depth) : 1\n"
    ") (\n"
    "  input  logic             clk_i,\n"
    "  input  logic             we_i,\n"
    "  input  logic [AddrW-1:0] waddr_i,\n"
    "  input  logic [Width-1:0] wdata_i,\n"
    "  input  logic             re_i,\n"
    "  input  logic [AddrW-1:0] raddr_i,\n"
    "  output logic [Width-1:0] rdata_o\n"
    ");\n"
    "\n"
    "  ";

static int add_memory(FILE *text, FILE *words, const struct away *a, const char *folder,
                      struct memory *m, struct fail *f)
{
    char name[64], file[80];
    snprintf(name, sizeof name, "layer%d_%s", m->layer, m->image->kind->word[m->word].name);
    snprintf(file, sizeof file, a->rom ? "%s.codes.hex" : "%s.hex", name);
    if (a->rom) look(m);
    fprintf(text, "if (Id == %d) begin : gen_%s\n", 1 + LAW_MAX_WORDS * m->layer + m->word, name);
    print_memory(text, m, file, a->rom);
    fprintf(text, "  end else ");
    if (a->rom && !m->code) return 0;
    fprintf(words, "      - mem/%s: {copyto: mem/%s}\n", file, file);
    return a->rom ? write_codes(m, folder, file, f) : 0;
}

char *away_memories(const struct away *a, const char *folder, struct away_keys *k, struct fail *f)
{
    const struct law_kind *kind = a->image->kind;
    const struct law_image view = law_image_of(a->image);
    char *module = 0;
    size_t n, n_words;
    FILE *text = open_memstream(&module, &n), *words = away_key_begin(k, "CORE_WORDS", &n_words);
    int bad = text && words ? 0 : fail(f, "%s: out of memory", folder);
    if (!bad) fputs(head, text);
    for (int l = 0; l < a->image->n_layers; l++)
        for (int word = WORD_WEIGHT; word < kind->first_state && !bad; word++) {
            const struct law_range range = kind->word[word].range(a->image->params);
            const struct image_layer *y = &a->image->layer[l];
            const struct vectors_memory file =
                vectors_memory_of(kind, a->image->params, l, y->n_rows, y->n_out, word);
            struct memory m = {&view, l, word, file.n, range.bits, range.is_signed};
            if (range.bits) bad = add_memory(text, words, a, folder, &m, f);
        }
    if (!bad)
        fputs("begin : gen_none\n    stw_parameter_error u_no_memory_of_this_id ();\n  end\n\n"
              "endmodule\n\n`default_nettype wire\n",
              text);
    away_key_end(k, words);
    if (text && (ferror(text) | fclose(text) || !module) && !bad)
        bad = fail(f, "%s: out of memory", folder);
    if (!bad)
        bad = a->rom ? vectors_chip_json(&view, folder, f) : vectors_memories(&view, folder, f);
    if (!bad) return module;
    free(module);
    return 0;
}
