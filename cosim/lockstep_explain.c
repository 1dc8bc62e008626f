#include "cosim/lockstep.h"

#include <math.h>

static uint64_t in_bits(int64_t x, int bits)
{
    return (uint64_t)x & (uint64_t)fx_umax(bits < 62 ? bits : 62);
}

static void print_word(FILE *f, const char *name, int64_t x, int bits, int frac)
{
    fprintf(f, "  %-9s 0x%0*llx  %lld", name, (bits + 3) / 4, (unsigned long long)in_bits(x, bits),
            (long long)x);
    if (frac >= 0) fprintf(f, "  = %.9g", ldexp((double)x, -frac));
    fprintf(f, "\n");
}

static void print_state(FILE *f, const char *name, const struct law_state *expected,
                        const struct law_state *got)
{
    fprintf(f, "  %-9s v %d / %d   u %d / %d   r %d / %d", name, expected->v, got->v, expected->u,
            got->u, expected->r, got->r);
    if (expected->u2 || got->u2) fprintf(f, "   u2 %d / %d", expected->u2, got->u2);
    fprintf(f, "\n");
}

static void print_pair(FILE *f, const struct lockstep_pair *p)
{
    fprintf(f, "tick %d, jitter %d (model / RTL)\n", p->tick, p->jitter);
    print_state(f, "before", &p->before_expected, &p->before_got);
    for (int i = 0; i < LAW_STAGES; i++) {
        int64_t e = law_get(&lif_kind.stage[i], &p->expected),
                g = law_get(&lif_kind.stage[i], &p->got);
        fprintf(f, "  %-9s %lld / %lld%s\n", lif_kind.stage[i].name, (long long)e, (long long)g,
                e == g ? "" : "   <-- differs");
    }
    print_state(f, "after", &p->after_expected, &p->after_got);
}

static void print_events(FILE *f, const struct image *im, const struct lockstep_divergence *d)
{
    const struct image_layer *y = &im->layer[d->layer];
    fprintf(f, "events of the tick into it: %d\n", d->n_events);
    for (int i = 0; i < d->n_events && i < LOCKSTEP_EVENTS; i++) {
        const struct lockstep_event *e = &d->event[i];
        bool own = e->source >= y->n_in;
        fprintf(f, "  %s %d%s  x %d  w %d = %.9g\n", own ? "own neuron" : "source",
                own ? e->source - y->n_in : e->source, e->synapse ? ", second synapse" : "", e->x,
                e->w, ldexp(e->w, -im->law.weight.frac_bits));
    }
    if (d->n_events > LOCKSTEP_EVENTS) fprintf(f, "  and %d more\n", d->n_events - LOCKSTEP_EVENTS);
}

void lockstep_explain(FILE *f, const struct image *im, const struct lockstep_divergence *d)
{
    const struct law_neuron *p = &im->layer[d->layer].neuron[d->neuron];
    fprintf(f, "first divergence: tick %d, layer %d, neuron %d, stage %s (%s)\n", d->tick, d->layer,
            d->neuron, d->what, d->root ? "root" : "inherited");
    print_word(f, "expected", d->expected, d->bits, d->frac);
    print_word(f, "got", d->got, d->bits, d->frac);
    print_word(f, "XOR", (int64_t)(in_bits(d->expected, d->bits) ^ in_bits(d->got, d->bits)),
               d->bits, -1);
    fprintf(f, "words:");
    for (int word = WORD_LAMBDA; word < WORD_V; word++)
        if (image_word_bits(&im->law, (enum image_word)word))
            fprintf(f, " %s %lld", lif_kind.word[word].name,
                    (long long)law_get(&lif_kind.word[word], p));
    fprintf(f, "\n");
    print_events(f, im, d);
    print_pair(f, &d->at);
    for (int i = 0; i < d->n_history; i++)
        print_pair(f, &d->history[i]);
}
