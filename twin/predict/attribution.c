#include "twin/predict/attribution.h"

#include "model/fx.h"

#include <stdlib.h>
#include <string.h>

int attribution_parts(uint32_t active, uint32_t part[ATTRIBUTION_PARTS])
{
    int n = 0;
    part[n++] = active;
    for (int i = 0; i < 2 * KNOBS_MOST; i++) {
        uint32_t bit = (uint32_t)fx_one(i % KNOBS_MOST),
                 mask = i < KNOBS_MOST ? bit : active & ~bit;
        bool known = !(active & bit) || mask == 0;
        for (int j = 0; j < n; j++)
            known |= part[j] == mask;
        if (!known) part[n++] = mask;
    }
    return n;
}

struct parts {
    const struct bootstrap_table *nominal;
    const uint32_t *mask;
    const struct bootstrap_table *table;
    int n;
    int replicates;
    uint64_t seed;
};

// x += times · the right clips of a part; mask 0 is the nominal chip, beside every chip.
static void add(struct bootstrap_table *x, const struct parts *p, uint32_t mask, int times)
{
    const struct bootstrap_table *of = p->nominal;
    for (int i = 0; i < p->n; i++)
        if (mask && p->mask[i] == mask) of = &p->table[i];
    size_t cells = (size_t)x->n_chips * (size_t)x->n_speakers;
    size_t turn = (size_t)of->n_chips * (size_t)of->n_speakers;
    for (size_t i = 0; i < cells; i++)
        x->x[i] += times * of->x[i % turn];
}

static int measure(struct attribution_effect *e, const struct bootstrap_table *x,
                   const struct parts *p)
{
    double *each = malloc((size_t)x->n_chips * sizeof *each);
    struct bootstrap both;
    int64_t clips = 0;
    if (!each) return -1;
    for (int s = 0; s < x->n_speakers; s++)
        clips += x->size[s];
    for (int c = 0; c < x->n_chips; c++) {
        int64_t sum = 0;
        for (int s = 0; s < x->n_speakers; s++)
            sum += x->x[(size_t)c * (size_t)x->n_speakers + (size_t)s];
        each[c] = (double)sum / (double)clips;
    }
    e->loss = statistics_mean(each, x->n_chips);
    e->chips = (struct interval){-1, 1}; // one chip says nothing of others
    if (x->n_chips > 1)
        e->chips = statistics_student(e->loss, statistics_sd(each, x->n_chips), x->n_chips, 0.95);
    bool others = x->n_chips > 1 && x->n_speakers > 1;
    int bad =
        others && bootstrap_run(x, BOOTSTRAP_BOTH, 0, p->replicates, p->seed, 0.95, &both) ? -1 : 0;
    e->both = others && !bad ? both.mean : (struct interval){-1, 1};
    free(each);
    return bad;
}

// of − less, chip by chip.
static int difference(struct attribution_effect *e, struct bootstrap_table *x,
                      const struct parts *p, uint32_t of, uint32_t less)
{
    memset(x->x, 0, (size_t)x->n_chips * (size_t)x->n_speakers * sizeof *x->x);
    add(x, p, of, 1);
    add(x, p, less, -1);
    return measure(e, x, p);
}

int attribution_make(struct attribution *a, uint32_t active, const struct bootstrap_table *nominal,
                     const uint32_t *part, const struct bootstrap_table *table, int n_parts,
                     int replicates, uint64_t seed)
{
    struct parts p = {nominal, part, table, n_parts, replicates, seed};
    struct bootstrap_table x = table[0];
    *a = (struct attribution){0};
    x.x = malloc((size_t)x.n_chips * (size_t)x.n_speakers * sizeof *x.x);
    int bad = !x.x || difference(&a->all, &x, &p, 0, active);
    for (int i = 0; !bad && i < KNOBS_MOST; i++) {
        uint32_t bit = (uint32_t)fx_one(i);
        struct attribution_row *row = &a->row[a->n_rows];
        if (!(active & bit)) continue;
        a->n_rows++;
        row->knob = i;
        bad = difference(&row->alone, &x, &p, 0, bit) ||
              difference(&row->on_top, &x, &p, active & ~bit, active);
    }
    // all − Σ alone = (nominal − all) − Σ (nominal − one)
    if (!bad) {
        memset(x.x, 0, (size_t)x.n_chips * (size_t)x.n_speakers * sizeof *x.x);
        add(&x, &p, 0, 1 - a->n_rows);
        add(&x, &p, active, -1);
        for (int i = 0; i < a->n_rows; i++)
            add(&x, &p, (uint32_t)fx_one(a->row[i].knob), 1);
        bad = measure(&a->interaction, &x, &p);
        const struct interval all = {-a->n_rows - 1, a->n_rows + 1};
        if (x.n_chips == 1) a->interaction.chips = all;
        if (x.n_chips == 1 || x.n_speakers == 1) a->interaction.both = all;
    }
    free(x.x);
    return bad ? -1 : 0;
}
