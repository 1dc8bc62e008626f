#include "twin/task/patterns/dpi_ears.h"

#include <stdio.h>

void dpi_hears_events(struct chip *ears, const char *chip, double dt)
{
    *ears = (struct chip){.kind = &lif_kind, .tick_s = dt, .law = {.input = {8, 0}}};
    snprintf(ears->name, sizeof ears->name, "%s", chip);
}

int dpi_hears_sound(struct chip *ears, const char *chip, const char *text, const char *name,
                    struct fail *f)
{
    if (chip_load_text(ears, text, name, f)) return -1;
    if (!ears->frontend.n_filters)
        return fail(f, "%s: a chip without a front end: it hears no sound", name);
    snprintf(ears->name, sizeof ears->name, "%s", chip);
    return 0;
}

struct dpi_encoder dpi_encodes(const struct chip *ears, double rate)
{
    const struct frontend_spec *front = &ears->frontend;
    return (struct dpi_encoder){front->bin_ms, (int)fx_umax(front->frac_bits) + 1, rate};
}

struct net dpi_knows(const struct dpi_net *net, const struct labels *labels)
{
    return (struct net){.shape = {1, {{.n_in = net->n_in, .n_out = net->n_neurons}}},
                        .labels = *labels,
                        .clip_ms = net->clip_ms,
                        .speaker = net->speaker,
                        .n_speakers = net->n_speakers};
}
