// spiketwin make: a net of a shape for a chip, with values at random or from tables. No training, no
// recordings, no front end: what a core needs to be verified.
#include "cli/chip/make.h"
#include "cli/options.h"

#include "twin/net/net_corners.h"
#include "twin/net/net_draw.h"
#include "twin/net/rules.h"
#include "twin/chip/physics.h"
#include "twin/io/matrix_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *chip, *out, *labels;
    const char *weights[IMAGE_MAX_LAYERS], *neurons[IMAGE_MAX_LAYERS];
    int n_weights, n_neurons;
    bool random, corners;
    uint64_t seed;
    struct image_shape shape;
};

enum { KEY_RANDOM = 0x600, KEY_WEIGHTS, KEY_NEURONS, KEY_LABELS, KEY_CORNERS, KEY_LAYER };

void make_layer(struct image_shape *s, const char *text)
{
    int n_in, n_out, taps = 0, spacing = 0, used = 0, l = s->n_layers;
    if (l == IMAGE_MAX_LAYERS) cli_die("--layer: more than %d of them", IMAGE_MAX_LAYERS);
    bool understood = sscanf(text, "%5dx%5d%n", &n_in, &n_out, &used) == 2;
    const char *flags = text + used;
    for (; understood && *flags; flags++) {
        int more = 0;
        if (*flags == 't' && !taps && sscanf(flags, "t%3dx%3d%n", &taps, &spacing, &more) == 2)
            flags += more - 1;
        else
            understood = strchr("rdo", *flags);
    }
    if (!understood)
        cli_die("--layer %s: allowed INxOUT, with r (recurrent), d (delayed), o (one to one) or "
                "tTAPSxTICKS (taps) behind it",
                text);
    if (n_in < 1 || n_in > IMAGE_MAX_NEURONS || n_out < 1 || n_out > IMAGE_MAX_NEURONS)
        cli_die("--layer %s: allowed 1..%d inputs and neurons", text, IMAGE_MAX_NEURONS);
    if (l && s->layer[l - 1].n_out != n_in)
        cli_die("--layer %s: %d inputs, the layer before it has %d neurons", text, n_in,
                s->layer[l - 1].n_out);
    s->layer[l].n_in = n_in;
    s->layer[l].n_out = n_out;
    s->layer[l].recurrent = strchr(text + used, 'r') != 0;
    s->layer[l].delayed = strchr(text + used, 'd') != 0;
    if (strchr(text + used, 'o')) s->layer[l].topology = IMAGE_ONE_TO_ONE;
    s->layer[l].max_spikes = 1;
    s->layer[l].taps = taps;
    s->layer[l].spacing = spacing;
    s->n_layers++;
}

static void add_file(const char *option, const char **files, int *n, const char *file)
{
    if (*n == IMAGE_MAX_LAYERS) cli_die("%s: more than %d of them", option, IMAGE_MAX_LAYERS);
    files[(*n)++] = file;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case KEY_LAYER:
        make_layer(&o->shape, arg);
        return 0;
    case KEY_RANDOM:
        o->random = true;
        o->seed = (uint64_t)cli_integer("--random", arg, 0, INT64_MAX);
        return 0;
    case KEY_CORNERS:
        o->corners = true;
        return 0;
    case KEY_WEIGHTS:
        add_file("--weights", o->weights, &o->n_weights, arg);
        return 0;
    case KEY_NEURONS:
        add_file("--neurons", o->neurons, &o->n_neurons, arg);
        return 0;
    case KEY_LABELS:
        o->labels = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (o->chip) return ARGP_ERR_UNKNOWN;
        o->chip = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// The matrix of a file, of this size; `what` says what its rows and columns are.
static struct matrix read_matrix(const char *file, int rows, int columns, const char *what)
{
    struct matrix m;
    struct fail f;
    if (matrix_read(&m, file, &f)) cli_die("%s", f.text);
    if (m.rows != (size_t)rows || m.columns != (size_t)columns)
        cli_die("%s: %zu x %zu, allowed %d x %d (%s)", file, m.rows, m.columns, rows, columns,
                what);
    return m;
}

// A weight beyond what the chip stores is refused; one between its words is rounded, and counted.
static void take_weights(struct net_layer *y, const struct chip *c, const char *file)
{
    struct matrix m = read_matrix(file, y->n_source, y->n_out, "sources x neurons");
    int between = 0, n = y->n_source * y->n_out;
    for (int i = 0; i < n; i++) {
        double word = ldexp(m.x[i], c->law.weight.frac_bits);
        if (!(m.x[i] >= c->weight.min && m.x[i] <= c->weight.max))
            cli_die("%s: source %d, neuron %d: weight, %g, allowed %.10g..%.10g (what %s stores)",
                    file, i / y->n_out, i % y->n_out, m.x[i], c->weight.min, c->weight.max,
                    c->name);
        between += word != rint(word);
        y->w[i] = (float)m.x[i];
    }
    if (between)
        cli_warn("%s: %d of %d weights lie between the words of %s and are rounded", file, between,
                 n, c->name);
    matrix_fini(&m);
}

// The values of a neuron that the law has, in the order of its row.
static void take_neurons(struct net_layer *y, const struct chip *c, const char *file)
{
    char what[128] = "neurons x ";
    int columns = 0;
    size_t used = strlen(what);
    const struct physics *p = physics_of(c->kind);
    for (int i = 0; i < p->n; i++)
        if (y->value[i])
            used += (size_t)snprintf(what + used, sizeof what - used, "%s%s", columns++ ? ", " : "",
                                     p->value[i].name);
    struct matrix m = read_matrix(file, y->n_out, columns, what);
    const double *x = m.x;
    for (int n = 0; n < y->n_out; n++)
        for (int i = 0; i < p->n; i++)
            if (y->value[i]) y->value[i][n] = (float)*x++;
    matrix_fini(&m);
}

static void check(const struct options *o)
{
    const char *wrong;
    if (!o->chip) cli_die("a chip is needed: a name in chips/ or a file");
    if (!o->shape.n_layers) cli_die("--layer is needed, such as --layer 32x64r --layer 64x2");
    if ((wrong = image_shape_check(&o->shape))) cli_die("--layer: %s", wrong);
    if (!o->out) cli_die("--out is needed: the net.nir that is written");
    if (!o->random && o->n_weights != o->shape.n_layers)
        cli_die("--random SEED, or --weights FILE for each of %d layers, is needed",
                o->shape.n_layers);
    if (o->n_weights && o->n_weights != o->shape.n_layers)
        cli_die("--weights: %d files, allowed one a layer, %d", o->n_weights, o->shape.n_layers);
    if (o->n_neurons && o->n_neurons != o->shape.n_layers)
        cli_die("--neurons: %d files, allowed one a layer, %d", o->n_neurons, o->shape.n_layers);
    if (o->corners && !o->random) cli_die("--corners goes with --random");
    if (!o->random && !o->n_neurons)
        cli_die("--neurons FILE for each layer, or --random, is needed");
}

void make_net(struct net *net, const struct chip *chip, const struct image_shape *shape)
{
    struct fail f;
    if (rules_check_delay(chip, shape, &f)) cli_die("--layer: %s", f.text);
    if (net_init(net, shape, chip, &f) || net_keep_chip(net, cli_chip_file(), &f))
        cli_die("%s", f.text);
}

void make_random(struct net *net, const struct chip *chip, uint64_t seed, bool corners)
{
    struct fail f;
    if (net_draw(net, chip, seed, &f)) cli_die("%s", f.text);
    if (corners && net_corners(net, chip, seed, &f)) cli_die("%s", f.text);
}

static int run(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"layer", KEY_LAYER, "INxOUT", 0,
         "A layer; r behind it: recurrent, d: hears the layer before it a tick late, o: one to "
         "one, t7x5: hears it by 7 taps, 0, 5, .. 30 ticks late. Once for each",
         1},
        {"random", KEY_RANDOM, "SEED", 0, "Values at random, but for those of files", 1},
        {"corners", KEY_CORNERS, 0, 0,
         "With --random: most neurons at corners of their words, so that stimuli reach ends, ties "
         "and "
         "thresholds (gen --corners)",
         1},
        {"weights", KEY_WEIGHTS, "FILE", 0,
         "CSV, sources (inputs, then own neurons) x neurons, membrane units. Once for each layer",
         1},
        {"neurons", KEY_NEURONS, "FILE", 0,
         "CSV, a line a neuron: threshold, leak, bias, and of decay, gain, rest and reset what the "
         "chip's law has; of another law its values in the order of the chip file's section "
         "neuron. "
         "Once for each layer",
         1},
        {"labels", KEY_LABELS, "A,B", 0,
         "What the neurons of the last layer stand for, each or so many to a label: then it runs "
         "on "
         "recordings",
         1},
        {"out", 'o', "FILE", 0, "The net (needed)", 1},
        {0}};
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "CHIP",
        "A net for a chip without any training: to verify a core. Refuses values that the chip's "
        "words do not hold.\v"
        "Example: spiketwin make fpga-q8.8 --layer 32x64r --layer 64x2 --random 1 -o net.nir\n"
        "         spiketwin gen net.nir --random 1 -n 20 | DUT | spiketwin check net.nir",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}};
    struct chip chip;
    struct net net;
    struct fail f;
    char text[256];
    cli_parse(&argp, argc, argv, &o, sizeof o);
    check(&o);
    cli_load_chip(&chip, o.chip);
    make_net(&net, &chip, &o.shape);
    if (o.random) make_random(&net, &chip, o.seed, o.corners);
    for (int l = 0; l < o.n_weights; l++)
        take_weights(&net.layer[l], &chip, o.weights[l]);
    for (int l = 0; l < o.n_neurons; l++)
        take_neurons(&net.layer[l], &chip, o.neurons[l]);
    if (o.labels && labels_parse(&net.labels, o.labels, &f)) cli_die("--labels: %s", f.text);
    int n_out = o.shape.layer[o.shape.n_layers - 1].n_out;
    if (net.labels.n && n_out % net.labels.n)
        cli_die("--labels: %d of them, allowed as many as divide the last layer's %d neurons",
                net.labels.n, n_out);
    cli_require_words(&chip, &net, o.out);
    if (net_save(&net, &chip, o.out, &f)) cli_die("%s", f.text);
    cli_say_warnings();
    if (!o.common.quiet)
        fprintf(stderr, "%s: %s for %s\n", o.out, cli_shape_text(&net.shape, text, sizeof text),
                chip.name);
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_make = {"make",
                               "a net for a chip at random or from tables, to verify a core", run};
