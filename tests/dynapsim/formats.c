// formats DIR: how far the DPI law in integers is from real numbers, against the length of its
// words.
//
//   formats DIR    DIR holds the traces NAME.json, NAME.csv, NAME.events.csv of DynapSim
//
// Two tables. The first takes all fractions down together, the second one of them alone with the
// others at their finest. Each line is all traces found: those with another spike count in any
// tick, by name; of the rest the largest error of imem relative to imem, and the bound on it that
// follows from the formats (one over 1 says nothing); then the same of isyn, relative to the
// largest that it can be in its trace.
//
// Exit codes: 0, or 2: no trace, one could not be run, or a value beyond its bound.
#include "tests/dynapsim/dynapsim.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TRACES = 256 };

struct set {
    int n;
    struct dynapsim trace[MAX_TRACES];
    struct dynapsim_ranges ranges[MAX_TRACES];
    char name[MAX_TRACES][128];
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "formats: %s: %s\n", what, why);
    exit(2);
}

static void read_all(struct set *s, const char *dir)
{
    struct dirent **found;
    struct fail f;
    int n = scandir(dir, &found, 0, alphasort);
    if (n < 0) die(dir, "cannot be read");
    for (int i = 0; i < n; i++) {
        char *name = found[i]->d_name, *end = strstr(name, ".events.csv");
        if (end && s->n < MAX_TRACES) {
            *end = 0;
            if (dynapsim_read(&s->trace[s->n], dir, name, &f)) die(name, f.text);
            dynapsim_ranges(&s->trace[s->n], &s->ranges[s->n]);
            snprintf(s->name[s->n++], sizeof s->name[0], "%.120s", name);
        }
        free(found[i]);
    }
    free(found);
    if (!s->n) die(dir, "no trace in it");
}

struct line {
    int traces, beyond;
    char differ[512];                // traces with other spikes
    double relative, relative_bound; // of imem; of the bounds those under 1
    int bounded;                     // traces with such a bound
    double isyn, isyn_bound;
    int bits; // of the widest current
};

// One trace in one format. false: it does not fit.
static bool run_one(const struct dynapsim *d, const char *name, const struct dynapsim_ranges *r,
                    const struct dynapsim_digits *digits, struct line *line)
{
    struct dpi_law law;
    struct fail f;
    if (dynapsim_law(r, digits, d->scale.unit, &law, &f)) return false;
    struct dpi_state *start = calloc((size_t)d->n_out, sizeof *start);
    struct dpi_state *after = calloc((size_t)d->n_ticks * (size_t)d->n_out, sizeof *after);
    struct dpi_image *im = dynapsim_image(d, &law, start, &f);
    struct dynapsim_result result;
    if (!im || dynapsim_run_model(d, im, start, after, &f)) die("image", f.text);
    dynapsim_compare(d, im, after, &result);
    double top = r->isyn / d->scale.unit * ldexp(1, law.current.frac_bits);
    line->traces++;
    if (result.spikes_differ) {
        size_t at = strlen(line->differ);
        snprintf(line->differ + at, sizeof line->differ - at, "%s%s", at ? ", " : "", name);
    }
    // What comes after other spikes is no error of the format.
    if (!result.spikes_differ) {
        line->beyond += result.beyond;
        line->relative = fmax(line->relative, result.relative);
        if (result.relative_bound < 1) {
            line->relative_bound = fmax(line->relative_bound, result.relative_bound);
            line->bounded++;
        }
        line->isyn = fmax(line->isyn, result.error[0] / top);
        line->isyn_bound = fmax(line->isyn_bound, result.bound[0] / top);
    }
    if (law_bits(law.current) > line->bits) line->bits = law_bits(law.current);
    dpi_image_free(im);
    free(start);
    free(after);
    return true;
}

static int print_line(const struct set *s, const char *what, const struct dynapsim_digits *digits)
{
    struct line line = {0};
    for (int i = 0; i < s->n; i++) {
        struct dynapsim_digits finest = dynapsim_finest(&s->ranges[i], s->trace[i].scale.unit);
        struct dynapsim_digits g = *digits;
        if (g.current > finest.current) g.current = finest.current;
        if (g.gain > finest.gain) g.gain = finest.gain;
        if (g.rate > finest.rate) g.rate = finest.rate;
        run_one(&s->trace[i], s->name[i], &s->ranges[i], &g, &line);
    }
    printf("| %s | %d | %s | %.1e | %.1e", what, line.bits, *line.differ ? line.differ : "none",
           line.relative, line.relative_bound);
    if (line.bounded < s->n) printf(" (%d)", line.bounded);
    printf(" | %.1e | %.1e |\n", line.isyn, line.isyn_bound);
    if (line.traces < s->n) die(what, "does not fit a trace");
    if (line.beyond)
        fprintf(stderr, "formats: %s: %d values beyond their bound\n", what, line.beyond);
    return line.beyond;
}

static void print_head(const char *first)
{
    printf("| %s | bits of a current | other spikes | imem: error | bound | isyn: error | "
           "bound |\n|---|---|---|---|---|---|---|\n",
           first);
}

int main(int argc, char **argv)
{
    static struct set s;
    if (argc != 2) {
        fprintf(stderr, "usage: formats DIR\n");
        return 2;
    }
    read_all(&s, argv[1]);
    const struct dynapsim_digits finest = {20, 31, 24, 12, 36, 30};
    const struct dynapsim_digits steps[] = {finest,
                                            {16, 28, 24, 12, 32, 26},
                                            {14, 26, 22, 10, 30, 22},
                                            {12, 24, 20, 9, 28, 20},
                                            {10, 24, 20, 8, 26, 16},
                                            {8, 20, 16, 7, 24, 16},
                                            {6, 18, 14, 6, 22, 14},
                                            {4, 16, 12, 5, 20, 12},
                                            {4, 12, 10, 4, 18, 10}};
    char what[96];
    int beyond = 0;
    print_head("fraction bits: current, factor, log, table, gain, rate");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const struct dynapsim_digits *g = &steps[i];
        snprintf(what, sizeof what, "%d, %d, %d, %d, %d, %d", g->current, g->factor, g->log,
                 g->table, g->gain, g->rate);
        beyond += print_line(&s, what, g);
    }
    printf("\n");
    print_head("one alone");
    static const char *const names[] = {"current", "factor", "log", "table", "gain", "rate"};
    static const int values[][4] = {{16, 12, 8, 4}, {24, 20, 16, 12}, {20, 18, 14, 12},
                                    {10, 8, 6, 4},  {28, 24, 20, 16}, {24, 20, 16, 12}};
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < 4; i++) {
            struct dynapsim_digits g = finest;
            int *const fields[] = {&g.current, &g.factor, &g.log, &g.table, &g.gain, &g.rate};
            *fields[k] = values[k][i];
            if (g.table >= g.log) g.table = g.log - 1;
            snprintf(what, sizeof what, "%s %d", names[k], values[k][i]);
            beyond += print_line(&s, what, &g);
        }
    return beyond ? 2 : 0;
}
