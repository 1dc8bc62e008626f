// What the bits of a prediction depend on, as text.
#include "twin/jobs/lif_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

void lif_identity(const struct predict_job *job, const char *version, char *text, size_t size)
{
    const struct lif_job *lif = job->inputs;
    const struct corpus *s = lif->corpus;
    const struct image_shape *shape = &lif->net->shape;
    uLong labels = 0, net = 0;
    uint32_t sound = 0;
    for (int l = 0; l < shape->n_layers; l++) {
        int layer[] = {shape->layer[l].n_in,     shape->layer[l].n_out,
                       shape->layer[l].topology, shape->layer[l].recurrent,
                       shape->layer[l].delayed,  shape->layer[l].max_spikes};
        int taps[] = {shape->layer[l].taps, shape->layer[l].spacing};
        net = crc32(net, (const unsigned char *)layer, sizeof layer);
        if (taps[0] > 1) net = crc32(net, (const unsigned char *)taps, sizeof taps);
    }
    net = crc32_z(net, (const unsigned char *)lif->net->values,
                  lif->net->n_values * sizeof *lif->net->values);
    for (int i = 0; i < lif->n_clips; i++) {
        const struct dataset_clip *c = &s->set.clip[lif->clip[i]];
        int32_t label = c->label;
        sound = corpus_crc(s, sound, lif->clip[i]);
        labels = crc32(labels, (const unsigned char *)&c->id, sizeof c->id);
        labels = crc32(labels, (const unsigned char *)&label, sizeof label);
    }
    snprintf(text, size,
             "version=%s net=%08lx data=%016" PRIx64 " clips=%d labels=%08lx sound=%08" PRIx32
             " seed=%" PRIu64 " faults=%08" PRIx32,
             version, net, dataset_hash(&s->set), lif->n_clips, labels, sound, job->seed,
             faults_crc(lif->faults));
}
