#include "twin/predict/campaign.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LEAST = 16, MOST = 256, EACH = 8 }; // chips of a piece; pieces wanted for each rank

struct piece {
    int first, n; // chips from the range's first on
};

struct range {
    struct campaign *c;
    uint64_t part;
    struct predict_job job;
    uint32_t first;
    int n;
    uint8_t *done; // (n)
    struct piece *piece;
    int n_pieces;
    struct predict_chip *chips;
    uint16_t *decision;
    long told, total;
};

static void tell(void *context, const char *what, long done, long total)
{
    const struct range *r = context;
    (void)total;
    progress_tell(r->c->progress, what, r->told + done, r->total);
}

// What the state file has; the same list of what it has not on every rank.
static int look_up(struct range *r, struct fail *f)
{
    struct campaign *c = r->c;
    int missing = 0, each;
    for (int i = 0; c->ranks->rank == 0 && i < r->n; i++) {
        int got = predict_state_find(c->state, r->part, r->first + (uint32_t)i, &r->chips[i],
                                     r->decision + (size_t)i * (size_t)c->job.task->n_items, f);
        if (got < 0) return -1;
        r->done[i] = (uint8_t)got;
    }
    ranks_share(c->ranks, r->done, (size_t)r->n);
    for (int i = 0; i < r->n; i++)
        missing += !r->done[i];
    c->found += r->n - missing;
    r->total = missing;
    each = missing / (EACH * c->ranks->n);
    each = each < LEAST ? LEAST : each > MOST ? MOST : each;
    for (int i = 0; i < r->n;) {
        int end = i;
        while (end < r->n && !r->done[end] && end - i < each)
            end++;
        if (end > i) r->piece[r->n_pieces++] = (struct piece){i, end - i};
        i = end + (end == i);
    }
    return 0;
}

static int keep(struct range *r, const struct piece *p, struct fail *f)
{
    r->c->run += p->n;
    r->told += p->n;
    return predict_state_add(r->c->state, r->part, r->chips + p->first,
                             r->decision + (size_t)p->first * (size_t)r->c->job.task->n_items, p->n,
                             f);
}

// A piece of another rank: its chips, then its decisions, then a crc of both: a rank that dies
// while it sends leaves a message that is not what it was.
static int take(struct range *r, bool wait, bool *came, struct fail *f)
{
    int tag = 0;
    size_t size = 0, of_items = (size_t)r->c->job.task->n_items * sizeof *r->decision;
    unsigned char *bytes = ranks_take(r->c->ranks, wait, &tag, &size);
    *came = bytes;
    if (!bytes) return wait ? fail(f, "prediction: out of memory for a rank's message") : 0;
    const struct piece *p = &r->piece[tag];
    size_t of_chips = (size_t)p->n * sizeof *r->chips;
    uint32_t crc;
    memcpy(&crc, bytes + size - sizeof crc, sizeof crc);
    if (size != of_chips + (size_t)p->n * of_items + sizeof crc ||
        crc != crc32_z(0, bytes, size - sizeof crc)) {
        free(bytes);
        return fail(f, "a rank's chips did not arrive whole: the rank died");
    }
    memcpy(r->chips + p->first, bytes, of_chips);
    memcpy(r->decision + (size_t)p->first * (size_t)r->c->job.task->n_items, bytes + of_chips,
           (size_t)p->n * of_items);
    free(bytes);
    progress_tell(r->c->progress, "chips", r->told + p->n, r->total);
    return keep(r, p, f);
}

static int run_here(struct range *r, int piece, struct fail *f)
{
    const struct piece *p = &r->piece[piece];
    struct predict_job job = r->job;
    struct progress told = {tell, r};
    job.first_chip = r->first + (uint32_t)p->first;
    job.n_chips = p->n;
    if (r->c->ranks->rank == 0) {
        uint16_t *decision = r->decision + (size_t)p->first * (size_t)job.task->n_items;
        if (predict_run(&job, r->chips + p->first, decision, &told, f)) return -1;
        return keep(r, p, f);
    }
    size_t of_chips = (size_t)p->n * sizeof *r->chips;
    size_t size = of_chips + (size_t)p->n * (size_t)job.task->n_items * sizeof *r->decision;
    uint32_t crc;
    unsigned char *bytes = malloc(size + sizeof crc);
    if (!bytes) return fail(f, "prediction: out of memory for a message");
    if (predict_run(&job, (struct predict_chip *)bytes, (uint16_t *)(bytes + of_chips), 0, f)) {
        free(bytes);
        return -1;
    }
    crc = (uint32_t)crc32_z(0, bytes, size);
    memcpy(bytes + size, &crc, sizeof crc);
    return ranks_post(r->c->ranks, piece, bytes, size + sizeof crc)
               ? fail(f, "prediction: out of memory for a message")
               : 0;
}

static int run_pieces(struct range *r, struct fail *f)
{
    const struct ranks *ranks = r->c->ranks;
    int theirs = 0;
    bool came;
    for (int i = 0; i < r->n_pieces; i++) {
        if (i % ranks->n != ranks->rank) {
            theirs++;
            continue;
        }
        if (run_here(r, i, f)) return -1;
        for (came = true; ranks->rank == 0 && came;) {
            if (take(r, false, &came, f)) return -1;
            theirs -= came;
        }
    }
    for (; ranks->rank == 0 && theirs > 0; theirs--)
        if (take(r, true, &came, f)) return -1;
    ranks_settle(r->c->ranks);
    return predict_state_sync(r->c->state, f);
}

int campaign_run(struct campaign *c, const void *chip, uint32_t first, int n,
                 struct predict_chip *chips, uint16_t *decision, struct fail *f)
{
    struct range r = {.c = c,
                      .part = c->job.by->chip_hash(chip),
                      .job = c->job,
                      .first = first,
                      .n = n,
                      .done = calloc((size_t)n + 1, 1),
                      .piece = malloc(((size_t)n + 1) * sizeof *r.piece),
                      .chips = chips,
                      .decision = decision};
    r.job.chip = chip;
    int bad = !r.done || !r.piece ? fail(f, "prediction: out of memory for %d chips", n) : 0;
    if (!bad) bad = look_up(&r, f) || run_pieces(&r, f) ? -1 : 0;
    free(r.done);
    free(r.piece);
    return bad;
}
