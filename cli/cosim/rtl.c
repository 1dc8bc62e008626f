// spiketwin rtl: a folder with a net's RTL, its words, benches, vectors and scripts, that stands alone.
#include "cli/cli.h"
#include "cli/cosim/gen.h"
#include "cli/cosim/loaded.h"
#include "cli/cosim/place.h"
#include "cli/options.h"

#include "cosim/away/away.h"

#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    struct option_set told;
    const char *net;
    struct rtl_options {
        const char *chip, *out, *name, *source;
        bool rom, staged, force;
        int k, clips, ticks, seed;
    } given;
};

#define AT(field) offsetof(struct rtl_options, field)
// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(0, 1, "out", 'o', "DIR", "The folder (needed); it must not be there, but with --force", AT(out)),
    OPT_FLAG(0, 1, "force", 0, "Replace a folder that this verb wrote, with all that is in it", AT(force)),
    OPT_FLAG(0, 1, "rom", 0, "Words as constants of as few bits as tell them apart, in place of memories that can be written", AT(rom)),
    OPT_FLAG(0, 1, "staged", 0, "Registers between the stages of a neuron: twice the clock and more, for 10 cycles or more of each neuron (docs/rtl.md)", AT(staged)),
    OPT_TEXT(0, 1, "name", 0, "NAME", "Name of the core (default: net)", AT(name)),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own", AT(chip)),
    OPT_WHOLE(0, 1, "virtual-chip", 'k', "K", "Virtual chip (default 0, the nominal one)", AT(k), 0, INT32_MAX),
    OPT_TEXT(0, 1, "source", 0, "DIR", "Tree whose rtl/ is taken (default: the one spiketwin was built from)", AT(source)),
    OPT_WHOLE(0, 2, "random", 0, "SEED", "Of the bench's events (default 1)", AT(seed), 0, INT32_MAX),
    OPT_WHOLE(0, 2, "clips", 'n', "N", "Items of the bench (default 8)", AT(clips), 1, 1000000),
    OPT_WHOLE(0, 2, "ticks", 0, "N", "Ticks of an item (default 50)", AT(ticks), 1, 1000000)};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = cli_net(arg);
        return 0;
    default:
        return options_parse(&o->told, key, arg);
    }
}

static char *vectors_of(struct loaded *l, const struct options *o)
{
    const struct gen_random g = {
        .seed = (uint64_t)o->given.seed, .clips = o->given.clips, .ticks = o->given.ticks};
    char *text = 0;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    if (!to) cli_no_memory();
    gen_random(to, l, &g);
    cli_end_text(to, &text);
    return text;
}

static void check_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t n = strlen(name);
    if (n < 1 || n > 64 || !strchr(letters, *name) ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != n)
        cli_die("--name %s: allowed 1..64 letters, digits, - and _, a letter first", name);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    struct options o = {.common = {.seed = 1}};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "Writes a folder that stands alone: the net in SystemVerilog with its parameters and "
        "words, plain ports "
        "and AXI4-Stream, benches that check themselves, vectors, lists for simulators and "
        "FuseSoC, scripts for "
        "an iCE40 UP5K.\v"
        "The folder's README tells the rest; docs/rtl.md has block diagram, latency and sizes.\n"
        "Example: spiketwin rtl run/net.nir --rom --out core && make -C core sim",
        children,
        0,
        0};
    static const char *const ours[] = {"rtl/stw_filled.sv", "bench/vectors.vec", "files.f", 0};
    struct place place;
    struct loaded l;
    struct fail f;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    o.given = (struct rtl_options){.name = "net", .clips = 8, .ticks = 50, .seed = 1};
    options_take(&o.told, 0, "", &o.given);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (!o.given.out) cli_die("--out is needed: the folder");
    check_name(o.given.name);
    if (cli_is_dpi_net(o.net))
        cli_die("%s: a DYNAP-SE2 net: %s", o.net, away_check(&dpi_kind, 0, 0, false));
    struct loaded_options of = {.net = o.net, .chip = o.given.chip, .k = (uint32_t)o.given.k};
    loaded_open(&l, &of, &o.common, false);
    loaded_require_words(&l);
    const char *what = away_check(l.chip.kind, l.chip.params, &l.net.shape, o.given.staged);
    if (what) cli_die("%s: no RTL of it: %s", o.net, what);
    place_choose(&place, o.given.out, ours, o.given.force);
    of.net = o.given.name; // where the net lies is no part of the folder
    char *vectors = vectors_of(&l, &o);
    const struct away a = {.root = o.given.source ? o.given.source : cli_home(),
                           .name = o.given.name,
                           .image = l.image,
                           .shape = &l.net.shape,
                           .staged = o.given.staged,
                           .rom = o.given.rom,
                           .vectors = vectors};
    place_open(&place);
    if (away_write(&a, place.part, &f)) place_die(&place, f.text);
    place_give(&place);
    free(vectors);
    loaded_close(&l);
    return EXIT_SAME;
}

const struct verb verb_rtl = {"rtl", "a net's RTL to take away: sources, words, benches, scripts",
                              run};
