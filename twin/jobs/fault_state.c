#include "twin/jobs/fault_state.h"

#include "model/fx.h"
#include "twin/io/kept.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct kept_kind kind = {
    {'S', 'T', 'W', 'F', 'A', 'U', 'L', 'T'}, "faults", "campaign"};

struct fault_state {
    struct kept kept;
    struct fault_campaign *c;
    const struct fault_campaign_job *job;
    unsigned char *record; // room for one
    bool *has;             // (blocks) when it was opened
};

struct said { // of a fault, in a record
    int32_t is, exposed, decided, lost;
};

static size_t blocks(const struct fault_campaign *c)
{
    return (c->n + FAULT_BLOCK - 1) / FAULT_BLOCK;
}

// Stimuli that a fault's bits name, -1: one that there is not.
static int named(const struct fault_state *s, const uint64_t *in)
{
    int n = 0;
    for (size_t i = 0; i < 64 * s->c->exposed_words; i++) {
        const bool is = fx_bit(in[i / 64], (int)(i % 64));
        if (is && i >= (size_t)s->job->n_stimuli) return -1;
        n += is;
    }
    return n;
}

static bool can_be(const struct fault_state *s, const struct said *x)
{
    const int n = s->job->n_stimuli;
    if (x->exposed < 0 || x->exposed > n || x->decided < 0 || x->decided > x->exposed ||
        x->lost < -x->decided || x->lost > x->decided)
        return false;
    if (x->is == FAULT_SAME) return !x->exposed;
    return x->is == (int)fault_class_of(s->job, x->exposed, x->lost);
}

static int not_ours(const struct fault_state *s, size_t i, struct fail *f)
{
    return fail(f, "%s: fault %zu: not what spiketwin faults left there", s->kept.path, i);
}

// A record's faults into the campaign, if it can have said that of them.
static int take(void *to, const unsigned char *record, off_t at, struct fail *f)
{
    struct fault_state *s = to;
    struct fault_campaign *c = s->c;
    uint64_t block;
    (void)at;
    memcpy(&block, record, sizeof block);
    if (block >= blocks(c) || s->has[block])
        return fail(f, "%s: block %" PRIu64 ": %s: not what spiketwin faults left there",
                    s->kept.path, block, block < blocks(c) ? "there twice" : "there is none");
    record += sizeof block;
    for (size_t k = 0; k < FAULT_BLOCK; k++) {
        const size_t i = block * FAULT_BLOCK + k, words = c->exposed ? c->exposed_words : 0;
        struct said x;
        if (i >= c->n) break;
        memcpy(&x, record + k * sizeof x, sizeof x);
        if (!can_be(s, &x)) return not_ours(s, i, f);
        c->result[i].is = (enum fault_class)x.is;
        c->result[i].exposed = x.exposed;
        c->result[i].decided = x.decided;
        c->result[i].lost = x.lost;
        if (!words) continue;
        uint64_t *in = c->exposed + i * words;
        memcpy(in, record + FAULT_BLOCK * sizeof x + k * words * sizeof *in, words * sizeof *in);
        if (named(s, in) != x.exposed) return not_ours(s, i, f);
    }
    s->has[block] = true;
    return 0;
}

struct fault_state *fault_state_open(const char *path, const char *identity,
                                     struct fault_campaign *c, const struct fault_campaign_job *job,
                                     struct fail *f)
{
    struct fault_state *s = calloc(1, sizeof *s);
    const size_t words = c->exposed ? c->exposed_words : 0,
                 record = sizeof(uint64_t) +
                          FAULT_BLOCK * (sizeof(struct said) + words * sizeof(uint64_t)) + KEPT_CRC;
    if (!s) {
        fail(f, "%s: out of memory", path);
        return 0;
    }
    s->c = c;
    s->job = job;
    s->kept.fd = -1;
    s->record = malloc(record);
    s->has = calloc(blocks(c), sizeof *s->has);
    if (!s->record || !s->has)
        fail(f, "%s: out of memory", path);
    else if (!kept_open(&s->kept, &kind, path, identity, record, take, s, f))
        return s;
    fault_state_close(s);
    return 0;
}

void fault_state_close(struct fault_state *s)
{
    if (!s) return;
    kept_close(&s->kept);
    free(s->record);
    free(s->has);
    free(s);
}

int64_t fault_state_torn(const struct fault_state *s)
{
    return s ? s->kept.torn : 0;
}

bool fault_state_has(const struct fault_state *s, size_t block)
{
    return s && s->has[block];
}

int fault_state_add(struct fault_state *s, size_t block, struct fail *f)
{
    if (!s) return 0;
    const struct fault_campaign *c = s->c;
    const uint64_t number = block;
    unsigned char *to = s->record;
    off_t at;
    memset(to, 0, s->kept.record);
    memcpy(to, &number, sizeof number);
    to += sizeof number;
    for (size_t k = 0; k < FAULT_BLOCK; k++) {
        const size_t i = block * FAULT_BLOCK + k, words = c->exposed ? c->exposed_words : 0;
        if (i >= c->n) break;
        const struct fault_result *r = &c->result[i];
        const struct said x = {(int32_t)r->is, r->exposed, r->decided, r->lost};
        memcpy(to + k * sizeof x, &x, sizeof x);
        if (words)
            memcpy(to + FAULT_BLOCK * sizeof x + k * words * sizeof *c->exposed,
                   c->exposed + i * words, words * sizeof *c->exposed);
    }
    return kept_add(&s->kept, s->record, 1, &at, f);
}
