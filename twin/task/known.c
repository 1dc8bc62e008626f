#include "twin/task/known.h"

int known_refuse(const struct dataset *d, const char *dir, const bool *wanted, const struct net *n,
                 struct fail *f)
{
    for (int split = 0; split < DATASET_SPLITS; split++) {
        const struct dataset_clip *known = 0;
        int n_known = 0, clips = 0;
        for (int i = 0; wanted[split] && i < d->n_clips; i++) {
            const struct dataset_clip *c = &d->clip[i];
            if ((int)c->split != split || c->alone) continue;
            clips++;
            if (!net_knows_speaker(n, c->speaker)) continue;
            n_known++;
            if (!known) known = c;
        }
        bool training = split == SPLIT_TRAIN || split == SPLIT_HELD;
        if (n_known && !(training && n_known == clips))
            return fail(f,
                        "%s: %d of %d clips of split %s are of speakers whom the net was trained "
                        "on, such as %s of %s",
                        dir, n_known, clips, dataset_split_names[split], known->who, known->path);
    }
    return 0;
}
