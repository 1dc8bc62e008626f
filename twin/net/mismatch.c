#include "twin/net/mismatch.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 64 }; // chips that are compared before their sums are added up, in their order

// What all threads work on: chips of a block, and what came of each.
struct work {
    const struct chip *c;
    const struct net *n;
    const struct image *nominal;
    const struct virtual_chip_stored *stored;
    uint64_t seed;
    struct mismatch *m;
    struct image_diff (*diff)[IMAGE_DIFFS]; // (BLOCK)
    int64_t clamped[BLOCK];
};

int mismatch_bin(const struct mismatch_row *r, int32_t word)
{
    int64_t width = (int64_t)r->hi - r->lo + 1;
    return (int)(((int64_t)word - r->lo) * MISMATCH_BINS / width);
}

double mismatch_relative(const struct mismatch_row *r)
{
    double variance = fmax(0, r->mean_square - r->mean * r->mean);
    return r->nominal_square > 0 ? sqrt(variance / r->nominal_square) : NAN;
}

static void count(const struct image *im, const struct mismatch_row *r, int64_t bin[MISMATCH_BINS])
{
    const struct law_image v = law_image_of(im);
    const int layer = r->largest.layer, kind = r->largest.kind;
    for (int row = 0; row < image_word_rows(&v, layer, kind); row++)
        for (int i = 0; i < v.shape.layer[layer].n_out; i++) {
            int at = mismatch_bin(r, (int32_t)law_image_word(&v, layer, kind, i, row));
#pragma omp atomic
            bin[at]++;
        }
}

// The words of chip k against the nominal one's, into place i of the block.
static void compare(struct work *w, struct image *im, uint32_t k, int i)
{
    struct virtual_chip_note note = {0};
    virtual_chip_draw(im, w->c, w->n, w->stored, w->seed, k, &note);
    image_compare(w->nominal, im, w->diff[i]);
    w->clamped[i] = note.clamped;
}

static void add(struct work *w, uint32_t k, int i)
{
    struct mismatch *m = w->m;
    m->clamped += w->clamped[i];
    for (int j = 0; j < m->n; j++) {
        const struct image_diff *d = &w->diff[i][j];
        struct mismatch_row *r = &m->row[j];
        r->words += d->words;
        m->words += d->words;
        r->differ += d->differ;
        r->mean += d->mean;
        r->mean_size += d->mean_size;
        r->mean_square += d->mean_square;
        if (d->lo < r->lo) r->lo = d->lo;
        if (d->hi > r->hi) r->hi = d->hi;
        if (!r->k || llabs((int64_t)d->largest) > llabs((int64_t)r->largest.largest)) {
            r->largest = *d;
            r->k = k;
        }
    }
}

// Each chip once for its sums, and once more, the ends being known, for its bins. 1: out of memory.
static int all_chips(struct work *w, uint32_t first, int n_chips, bool bins,
                     const struct progress *p)
{
    int no_memory = 0;
    for (int at = 0; at < n_chips && !no_memory; at += BLOCK) {
        int n = n_chips - at < BLOCK ? n_chips - at : BLOCK;
#pragma omp parallel reduction(| : no_memory)
        {
            struct image *im = virtual_chip_new(w->c, &w->n->shape);
            no_memory |= !im;
#pragma omp for schedule(dynamic)
            for (int i = 0; i < n; i++) {
                uint32_t k = first + (uint32_t)(at + i);
                if (!im) continue;
                if (!bins) {
                    compare(w, im, k, i);
                    continue;
                }
                virtual_chip_draw(im, w->c, w->n, w->stored, w->seed, k, 0);
                for (int j = 0; j < w->m->n; j++)
                    count(im, &w->m->row[j], w->m->row[j].chips);
            }
            virtual_chip_free(im);
        }
        for (int i = 0; i < n && !bins && !no_memory; i++)
            add(w, first + (uint32_t)(at + i), i);
        progress_tell(p, bins ? "chips' distributions" : "chips", at + n, n_chips);
    }
    return no_memory;
}

static void begin(struct work *w)
{
    struct mismatch *m = w->m;
    m->n = image_compare(w->nominal, w->nominal, w->diff[0]);
    for (int j = 0; j < m->n; j++) {
        struct mismatch_row *r = &m->row[j];
        const struct image_diff *d = &w->diff[0][j];
        *r = (struct mismatch_row){
            .largest = *d, .nominal_square = d->square_of_a, .lo = d->lo, .hi = d->hi};
    }
}

static void end(struct work *w, int n_chips)
{
    for (int j = 0; j < w->m->n; j++) {
        struct mismatch_row *r = &w->m->row[j];
        r->mean /= n_chips;
        r->mean_size /= n_chips;
        r->mean_square /= n_chips;
        count(w->nominal, r, r->nominal);
    }
}

int mismatch_of(struct mismatch *m, const struct chip *c, const struct net *n, uint64_t seed,
                uint32_t first, int n_chips, bool bins, const struct progress *p, struct fail *f)
{
    struct virtual_chip_stored stored = {0};
    struct work w = {.c = c, .n = n, .stored = &stored, .seed = seed, .m = m};
    struct image *nominal = 0;
    int bad = -1;
    *m = (struct mismatch){0};
    if (first < 1 || n_chips < 1 || n_chips > MISMATCH_MOST_CHIPS)
        return fail(f, "chips %u and %d more: allowed chips from 1 on, 1 to %d of them", first,
                    n_chips - 1, MISMATCH_MOST_CHIPS);
    if (virtual_chip_check(c, n, f)) return -1;
    m->row = calloc(IMAGE_DIFFS, sizeof *m->row);
    w.diff = calloc(BLOCK, sizeof *w.diff);
    nominal = virtual_chip_new(c, &n->shape);
    if (m->row && w.diff && nominal && !virtual_chip_stored_init(&stored, &n->shape)) {
        virtual_chip_store(&stored, c, n);
        virtual_chip_make(nominal, c, n, seed, 0, 0);
        w.nominal = nominal;
        begin(&w);
        if (!all_chips(&w, first, n_chips, false, p)) {
            end(&w, n_chips);
            bad = bins && all_chips(&w, first, n_chips, true, p) ? -1 : 0;
        }
    }
    if (bad) fail(f, "out of memory");
    virtual_chip_stored_fini(&stored);
    virtual_chip_free(nominal);
    free(w.diff);
    return bad;
}

void mismatch_fini(struct mismatch *m)
{
    free(m->row);
    *m = (struct mismatch){0};
}
