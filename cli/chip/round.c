// spiketwin round: what a number is as a word of a format.
#include "cli/cli.h"
#include "cli/options.h"

#include "twin/chip/chip_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

struct options {
    struct cli_common common;
    const char *format;
    enum fx_round mode;
    bool wrap;
    const char *value[MOST];
    int n;
};

enum { KEY_MODE = 0x600, KEY_WRAP };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case KEY_MODE:
        for (int i = 0; i < FX_ROUNDS; i++)
            if (!strcmp(arg, law_round_names[i])) {
                o->mode = (enum fx_round)i;
                return 0;
            }
        cli_die("--mode: %s, allowed floor, nearest_even, toward_zero, ceiling, away_from_zero",
                arg);
    case KEY_WRAP:
        o->wrap = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!o->format) {
            o->format = arg;
            return 0;
        }
        if (o->n == MOST) cli_die("more than %d values", MOST);
        o->value[o->n++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"mode", KEY_MODE, "NAME", 0,
     "floor, nearest_even (default), toward_zero, ceiling or away_from_zero, as in chip files", 1},
    {"wrap", KEY_WRAP, 0, 0, "What does not fit wraps around (default: it is held to the ends)", 1},
    {0}};

struct rounded {
    double value, is; // as given; as the word
    int64_t word;
    bool outside; // of what the format holds
};

// x · 2^frac rounded: eight more bits, the last of which stands for all below them, say all that a mode asks.
static struct rounded round_to(struct law_format f, bool sign, double x, enum fx_round mode,
                               bool wrap)
{
    enum { GUARD = 8 };
    const double most = ldexp(1, 52);
    const int bits = law_bits(f);
    const int64_t lo = sign ? fx_min(bits) : 0, hi = sign ? fx_max(bits) : fx_umax(bits);
    double scaled = ldexp(x, f.frac_bits + GUARD), whole = floor(scaled);
    if (wrap && fabs(scaled) >= most)
        cli_die("%g, allowed with --wrap below %g in magnitude", x,
                ldexp(most, -f.frac_bits - GUARD));
    whole = fmin(fmax(whole, -most), most);
    int64_t exact = (int64_t)whole;
    if (whole < scaled && fabs(scaled) < most) exact |= 1;
    int64_t word = fx_shr(exact, GUARD, mode);
    struct rounded r = {.value = x, .outside = word < lo || word > hi};
    if (wrap)
        r.word = sign ? fx_wrap(word, bits) : word & fx_umax(bits);
    else
        r.word = fx_sat(word, lo, hi);
    r.is = ldexp((double)r.word, -f.frac_bits);
    return r;
}

static void print(const struct rounded *r, int bits)
{
    printf("%-14.12g %12.12g %10" PRId64 "  0x%0*" PRIx64 " %14.6g%s\n", r->value, r->is, r->word,
           (bits + 3) / 4, (uint64_t)r->word & (uint64_t)fx_umax(bits), r->is - r->value,
           r->outside ? "  outside" : "");
}

// As many digits as bring the double back; cJSON's own printing stops where two are nearly alike.
static void add_exactly(cJSON *to, const char *key, double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", x);
    cJSON_AddRawToObject(to, key, text);
}

static void print_json(const struct options *o, const struct rounded *r)
{
    cJSON *json = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(json, "values");
    cJSON_AddStringToObject(json, "format", o->format);
    cJSON_AddStringToObject(json, "mode", law_round_names[o->mode]);
    for (int i = 0; i < o->n; i++, r++) {
        cJSON *row = cJSON_CreateObject();
        add_exactly(row, "value", r->value);
        add_exactly(row, "is", r->is);
        cJSON_AddNumberToObject(row, "word", (double)r->word);
        add_exactly(row, "error", r->is - r->value);
        cJSON_AddBoolToObject(row, "outside", r->outside);
        cJSON_AddItemToArray(rows, row);
    }
    cli_write_json(json, "-");
    cJSON_Delete(json);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              "FORMAT VALUE...",
                              "What numbers are as words of a format: Qm.n of m + n bits with the "
                              "sign among the m, or UQm.n "
                              "without one.\v"
                              "Columns: the value, what the word stands for, the word, its bits, "
                              "the error; `outside` where the "
                              "format ends before the value. A value below zero comes after --.\n"
                              "Example: spiketwin round Q8.8 0.123456789 -- -3.14",
                              children,
                              0,
                              0};
    static struct options o = {.mode = FX_NEAREST_EVEN};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    struct law_format f;
    if (!o.format || !o.n) cli_die("a format and a value are needed, such as Q8.8 0.1");
    const bool sign = *o.format == 'Q';
    if (!chip_format_parse(o.format, &f) || law_bits(f) < sign || law_bits(f) > 32)
        cli_die("%s: allowed Qm.n or UQm.n of at most 32 bits, such as Q8.8", o.format);
    static struct rounded row[MOST];
    for (int i = 0; i < o.n; i++)
        row[i] = round_to(f, sign, cli_number("VALUE", o.value[i], -1e300, 1e300), o.mode, o.wrap);
    if (o.common.json) {
        print_json(&o, row);
        return EXIT_SAME;
    }
    printf("%-14s %12s %10s  bits %*s error\n", "value", "is", "word", 10, "");
    for (int i = 0; i < o.n; i++)
        print(&row[i], law_bits(f));
    return EXIT_SAME;
}

const struct verb verb_round = {"round", "what numbers are as words of a format", run};
