#include "twin/task/corpus.h"

#include "twin/net/virtual_chip.h"

int corpus_split(const struct corpus *c, enum dataset_split split, int *index)
{
    int n = 0;
    for (int i = 0; i < c->set.n_clips; i++)
        if (c->set.clip[i].split == split) index[n++] = i;
    return n;
}

int corpus_spread(int *index, int n, int wanted)
{
    if (wanted >= n) return n;
    for (int i = 0; i < wanted; i++)
        index[i] = index[(int64_t)i * n / wanted];
    return wanted;
}

void corpus_words(const struct corpus *c, int item, int shift, const int16_t *jitter,
                  uint8_t *words)
{
    c->kind->words(c, item, shift, jitter, words);
}

uint32_t corpus_crc(const struct corpus *c, uint32_t crc, int item)
{
    return c->kind->crc(c, crc, item);
}

struct stimulus corpus_stimulus(const struct corpus *s, const struct chip *c, uint64_t seed,
                                uint32_t k, int item, int shift, uint8_t *words, int16_t *jitter)
{
    virtual_chip_jitter(c, seed, k, s->set.clip[item].id, jitter, s->n_ticks);
    corpus_words(s, item, shift, c->jitter.acts_edges ? jitter : 0, words);
    return (struct stimulus){s->n_ticks, words, c->jitter.acts_leak ? jitter : 0};
}

void corpus_close(struct corpus *c)
{
    if (c && c->kind) c->kind->close(c);
}
