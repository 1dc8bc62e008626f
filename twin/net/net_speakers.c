// Whom a net was trained on.
#include "twin/net/net.h"

#include "twin/io/speakers.h"

int net_add_speakers(struct net *n, const uint64_t *speaker, int n_speakers, struct fail *f)
{
    return speakers_add(&n->speaker, &n->n_speakers, speaker, n_speakers, f);
}

bool net_knows_speaker(const struct net *n, uint64_t speaker)
{
    return speakers_have(n->speaker, n->n_speakers, speaker);
}
