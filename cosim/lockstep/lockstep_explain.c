#include "cosim/lockstep/lockstep.h"

#include <math.h>

static uint64_t in_bits(int64_t x, int bits)
{
    return (uint64_t)x & (uint64_t)fx_umax(bits < 62 ? bits : 62);
}

static void print_word(FILE *f, const char *name, int64_t x, int bits, int frac)
{
    fprintf(f, "  %-9s 0x%0*llx  %lld", name, (bits + 3) / 4, (unsigned long long)in_bits(x, bits),
            (long long)x);
    if (frac) fprintf(f, "  = %.9g", ldexp((double)x, -frac));
    fprintf(f, "\n");
}

// State words that the law has.
static void print_state(FILE *f, const struct law_image *im, const char *name,
                        const int64_t side[2][LOCKSTEP_WORDS])
{
    const struct law_word *states = law_states(im->kind);
    const char *between = " ";
    fprintf(f, "  %-9s", name);
    for (int i = 0; i < im->kind->n_words - im->kind->first_state; i++) {
        if (!states[i].range(im->law).bits) continue;
        fprintf(f, "%s%s %lld / %lld", between, states[i].name, (long long)side[LOCKSTEP_MODEL][i],
                (long long)side[LOCKSTEP_DUT][i]);
        between = "   ";
    }
    fprintf(f, "\n");
}

static void print_pair(FILE *f, const struct law_image *im, const struct lockstep_pair *p)
{
    fprintf(f, "tick %d, jitter %d (model / RTL)\n", p->tick, p->jitter);
    print_state(f, im, "before", p->before);
    for (int i = 0; i < im->kind->n_stages; i++) {
        int64_t e = p->stage[LOCKSTEP_MODEL][i], g = p->stage[LOCKSTEP_DUT][i];
        fprintf(f, "  %-9s %lld / %lld%s\n", im->kind->stage[i].name, (long long)e, (long long)g,
                e == g ? "" : "   <-- differs");
    }
    print_state(f, im, "after", p->after);
}

static void print_events(FILE *f, const struct law_image *im, const struct lockstep_divergence *d)
{
    int n_in = im->shape.layer[d->layer].n_in, frac = im->kind->word[0].range(im->law).frac;
    fprintf(f, "events of the tick into it: %d\n", d->n_events);
    for (int i = 0; i < d->n_events && i < LOCKSTEP_EVENTS; i++) {
        const struct lockstep_event *e = &d->event[i];
        bool own = e->source >= n_in;
        fprintf(f, "  %s %d%s  x %d  w %d = %.9g\n", own ? "own neuron" : "source",
                own ? e->source - n_in : e->source, e->synapse ? ", second synapse" : "", e->x,
                e->w, ldexp(e->w, -frac));
    }
    if (d->n_events > LOCKSTEP_EVENTS) fprintf(f, "  and %d more\n", d->n_events - LOCKSTEP_EVENTS);
}

void lockstep_explain(FILE *f, const struct law_image *im, const struct lockstep_divergence *d)
{
    const struct law_kind *kind = im->kind;
    fprintf(f, "first divergence: tick %d, layer %d, neuron %d, stage %s (%s)\n", d->tick,
            im->first + d->layer, d->neuron, d->what, d->root ? "root" : "inherited");
    print_word(f, "expected", d->expected, d->bits, d->frac);
    print_word(f, "got", d->got, d->bits, d->frac);
    print_word(f, "XOR", (int64_t)(in_bits(d->expected, d->bits) ^ in_bits(d->got, d->bits)),
               d->bits, 0);
    fprintf(f, "words:");
    for (int word = 0; word < kind->first_state; word++)
        if (kind->word[word].scope == LAW_NEURON && kind->word[word].range(im->law).bits)
            fprintf(f, " %s %lld", kind->word[word].name,
                    (long long)law_image_word(im, d->layer, word, d->neuron, 0));
    fprintf(f, "\n");
    print_events(f, im, d);
    print_pair(f, im, &d->at);
    for (int i = 0; i < d->n_history; i++)
        print_pair(f, im, &d->history[i]);
}
