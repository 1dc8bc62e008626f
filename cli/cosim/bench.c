// spiketwin bench: a bench for a device whose ports are not ours, with three places to fill in.
#include "cli/chip/make.h"
#include "cli/cosim/gen.h"
#include "cli/cosim/place.h"
#include "cli/options.h"

#include "base/file.h"
#include "cosim/away/bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NET_BYTES = 1 << 30, PATH = 4096 };

struct options {
    struct cli_common common;
    struct option_set told;
    const char *of; // NET or CHIP
    struct image_shape shape;
    struct bench_options {
        const char *chip, *out, *name;
        bool pipe, dpi, cocotb, force;
        int k, seed, clips, ticks;
    } given;
};

#define AT(field) offsetof(struct bench_options, field)
// clang-format off
static const struct option_row rows[] = {
    OPT_FLAG(0, 1, "pipe", 0, "Vectors on stdin and stdout: Icarus Verilog, and `check`", AT(pipe)),
    OPT_FLAG(0, 1, "dpi", 0, "The golden library by DPI-C: Verilator", AT(dpi)),
    OPT_FLAG(0, 1, "cocotb", 0, "The golden library in cocotb", AT(cocotb)),
    OPT_TEXT(0, 1, "out", 'o', "DIR", "The folder (needed); it must not be there, but with --force", AT(out)),
    OPT_FLAG(0, 1, "force", 0, "Replace a folder that this verb wrote, with all that is in it", AT(force)),
    OPT_TEXT(0, 1, "name", 0, "NAME", "Of the net in the folder's texts (default: the chip's)", AT(name)),
    OPT_TEXT(0, 2, "chip", 'c', "CHIP", "Of a NET: another chip file than its own", AT(chip)),
    OPT_WHOLE(0, 2, "virtual-chip", 'k', "K", "Virtual chip (default 0, the nominal one)", AT(k), 0, INT32_MAX),
    OPT_WHOLE(0, 2, "random", 0, "SEED", "Events at random in place of those that reach the law's corners", AT(seed), 0, INT32_MAX),
    OPT_WHOLE(0, 2, "clips", 'n', "N", "With --random: items (default 8)", AT(clips), 1, 1000000),
    OPT_WHOLE(0, 2, "ticks", 0, "N", "With --random: ticks of an item (default 50)", AT(ticks), 1, 1000000)};
// clang-format on

enum { KEY_LAYER = 0x600 };

static error_t parse_layer(int key, char *arg, struct argp_state *state)
{
    if (key != KEY_LAYER) return ARGP_ERR_UNKNOWN;
    make_layer(state->input, arg);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        state->child_inputs[0] = &o->shape; // --layer
        return 0;
    case ARGP_KEY_ARG:
        if (o->of) return ARGP_ERR_UNKNOWN;
        o->of = arg;
        return 0;
    default:
        return options_parse(&o->told, key, arg);
    }
}

static bool ends_in(const char *of, const char *end)
{
    size_t n = strlen(of), m = strlen(end);
    return n >= m && !strcmp(of + n - m, end);
}

// A chip file, or what is neither a file nor named as a net's: then it is a chip's name.
static bool is_chip(const char *of)
{
    struct stat s;
    if (ends_in(of, ".yaml") || ends_in(of, ".yml")) return true;
    return stat(of, &s) != 0 && !strchr(of, '/') && !ends_in(of, ".nir") && !ends_in(of, ".h5") &&
           !ends_in(of, ".json");
}

static enum bench_way way_of(const struct bench_options *g)
{
    if (g->pipe + g->dpi + g->cocotb != 1)
        cli_die("--pipe, --dpi or --cocotb: one of them is needed");
    return g->pipe ? BENCH_PIPE : g->dpi ? BENCH_DPI : BENCH_COCOTB;
}

// A net for a chip, of a shape that shows every connection.
static void make_for_chip(const struct options *o, struct net *net, struct chip *chip)
{
    static const struct image_shape small = {
        2, {{8, 8, IMAGE_DENSE, true, false, 1}, {8, 2, IMAGE_DENSE, false, false, 1}}};
    const struct image_shape *shape = o->shape.n_layers ? &o->shape : &small;
    const char *wrong = image_shape_check(shape);
    if (wrong) cli_die("--layer: %s", wrong);
    cli_load_chip(chip, o->of);
    make_net(net, chip, shape);
    make_random(net, chip, (uint64_t)(o->given.seed < 0 ? 1 : o->given.seed), true);
    cli_require_words(chip, net, o->of);
}

static void copy_file(const char *from, const char *to)
{
    struct fail f;
    size_t n;
    char *bytes = file_read(from, NET_BYTES, &n, &f);
    if (!bytes || file_write(to, bytes, n, &f)) cli_die("%s", f.text);
    free(bytes);
}

static void open_net(struct loaded *l, struct loaded_options *of, struct cli_common *common)
{
    loaded_open(l, of, common, false);
    loaded_require_words(l);
}

static char *vectors_of(struct loaded *l, const struct bench_options *g)
{
    char *text = 0;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    if (!to) cli_no_memory();
    if (g->seed < 0)
        gen_corners(to, l, 1);
    else
        gen_random(
            to, l,
            &(struct gen_random){.seed = (uint64_t)g->seed, .clips = g->clips, .ticks = g->ticks});
    cli_end_text(to, &text);
    return text;
}

// The options that name this chip to other verbs, as a shell reads them.
static char *chip_options(const struct options *o)
{
    char *text = 0;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    if (!to) cli_no_memory();
    if (o->given.k) fprintf(to, " -k %d", o->given.k);
    if (o->common.seed != 1) fprintf(to, " --seed %" PRIu64, o->common.seed);
    if (o->given.chip) fprintf(to, " -c chip.yaml");
    for (int i = 0; cli_chip_set(i) && !is_chip(o->of); i++) {
        fputs(" --set '", to);
        for (const char *c = cli_chip_set(i); *c; c++)
            fputs(*c == '\'' ? "'\\''" : (char[]){*c, 0}, to);
        putc('\'', to);
    }
    cli_end_text(to, &text);
    return text;
}

static void program_of(char path[PATH])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH - 1);
    snprintf(path + (n > 0 ? n : 0), PATH - (size_t)(n > 0 ? n : 0), "%s",
             n > 0 ? "" : "spiketwin");
    if (strpbrk(path, "\"$`\\}\n")) snprintf(path, PATH, "spiketwin"); // no shell reads it back
}

static void check_options(struct options *o)
{
    const struct bench_options *g = &o->given;
    if (!o->of) cli_die("a NET, or a CHIP for a net at random, is needed");
    if (!g->out) cli_die("--out is needed: the folder");
    if (g->seed < 0 && (options_told(&o->told, "clips") || options_told(&o->told, "ticks")))
        cli_die("--clips and --ticks go with --random");
    const bool chip = is_chip(o->of);
    if (chip && g->chip) cli_die("--chip goes with a NET");
    if (!chip && o->shape.n_layers) cli_die("--layer goes with a CHIP: %s is a net", o->of);
    if (!chip) o->of = cli_net(o->of);
    if (!chip && cli_is_dpi_net(o->of))
        cli_die("%s: a DYNAP-SE2 net: a bench is of laws whose chip file has a section law", o->of);
}

static int run(int argc, char **argv)
{
    static const struct argp_option layers[] = {{"layer", KEY_LAYER, "INxOUT", 0,
                                                 "Of a CHIP: a layer of the net that is made, as "
                                                 "`make` has it, once for each (default 8x8r "
                                                 "and 8x2)",
                                                 2},
                                                {0}};
    static const struct argp layer_argp = {layers, parse_layer, 0, 0, 0, 0, 0};
    static const struct argp_child children[] = {
        {&layer_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const char *const ours[] = {"run", "in.vec", "bench.gtkw", 0};
    struct options o = {.common = {.seed = 1}};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {
        o.told.list,
        parse,
        "NET|CHIP",
        "Writes a bench for a device whose ports are not ours: a wrapper with three places to fill "
        "in "
        "(rest, tick, words), the names and widths of all words by the chip's law, a net with its "
        "memories, a stimulus, and a script that runs and compares it.\v"
        "The folder's README tells the rest; docs/foreign.md is the page.\n"
        "Example: spiketwin bench fpga-q8.8 --layer 16x8r --pipe --out bench && make -C bench "
        "DUT=$PWD/core.v",
        children,
        0,
        0};
    struct place place;
    struct loaded l;
    struct fail f;
    struct net net;
    struct chip chip;
    char path[PLACE_ROOM + 64], program[PATH];
    cli_parse(&argp, argc, argv, &o, sizeof o);
    o.given = (struct bench_options){.seed = -1, .clips = 8, .ticks = 50};
    options_take(&o.told, 0, "", &o.given);
    check_options(&o);
    const enum bench_way way = way_of(&o.given);
    place_choose(&place, o.given.out, ours, o.given.force);
    snprintf(path, sizeof path, "%s/net.nir", place.part);
    const bool made = is_chip(o.of);
    struct loaded_options of = {
        .net = made ? path : o.of, .chip = o.given.chip, .k = (uint32_t)o.given.k};
    if (made)
        make_for_chip(&o, &net, &chip);
    else
        open_net(&l, &of, &o.common);
    place_open(&place);
    if (made) {
        if (net_save(&net, &chip, path, &f)) place_die(&place, f.text);
        net_fini(&net);
        open_net(&l, &of, &o.common);
    } else
        copy_file(o.of, path);
    if (o.given.chip) {
        snprintf(path, sizeof path, "%s/chip.yaml", place.part);
        cli_write_text(cli_chip_file(), path);
    }
    of.net = "net.nir"; // where the folder lies is no part of it
    char *vectors = vectors_of(&l, &o.given), *options = chip_options(&o);
    program_of(program);
    const struct bench b = {.way = way,
                            .root = cli_home(),
                            .name = o.given.name ? o.given.name : l.chip_name,
                            .program = program,
                            .chip = options,
                            .vectors = vectors,
                            .im = &l.view};
    if (bench_write(&b, place.part, &f)) place_die(&place, f.text);
    place_give(&place);
    free(vectors);
    free(options);
    loaded_close(&l);
    return EXIT_SAME;
}

const struct verb verb_bench = {"bench",
                                "a bench for a device of one's own, three places to fill in", run};
