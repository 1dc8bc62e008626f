#include "cosim/vectors/vectors.h"
#include "cosim/vectors/vectors_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

// Bits of a state word, 0: the law has no such word.
static int state_bits(const struct image *im, const char *name)
{
    const struct law_kind *kind = im->kind;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (!strcmp(x->name, name)) return x->range(im->params).bits;
    return 0;
}

struct vectors_shape vectors_shape_of(const struct image *im)
{
    struct vectors_shape s = {.n_layers = im->n_layers,
                              .v_bits = state_bits(im, "v"),
                              .u_bits = state_bits(im, "u"),
                              .r_bits = state_bits(im, "r") ? 8 : 0,
                              .x_bits = law_bits(im->law.input),
                              .n_in = im->layer[0].n_in};
    for (int l = 0; l < im->n_layers; l++)
        s.n_out[l] = im->layer[l].n_out;
    return s;
}

const char *vectors_cannot(const struct image *im)
{
    const struct law_kind *kind = im->kind;
    if (kind == &lif_kind && im->law.currents > 1) return "two synaptic currents";
    if (kind == &lif_kind && im->law.input_signed) return "signed input words";
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (x->range(im->params).bits && (strlen(x->name) > 1 || !strchr("vur", *x->name)))
            return "a state word other than v, u and r";
    for (int l = 0; l < im->n_layers; l++)
        if (im->layer[l].max_spikes > 1) return "several spikes of a neuron in a tick";
    return 0;
}

void vectors_begin(struct vectors_writer *w, FILE *f, const struct image *im, int version)
{
    *w = (struct vectors_writer){.f = f, .version = version, .shape = vectors_shape_of(im)};
    vectors_sent_begin(&w->sent);
    fprintf(f, "spiketwin-vectors %d\n", version);
}

void vectors_head(struct vectors_writer *w, const char *key, const char *value)
{
    fprintf(w->f, "H %s=", key);
    if (w->version == 1)
        fputs(value, w->f);
    else
        vectors_put_text(w->f, value, true);
    putc('\n', w->f);
}

void vectors_head_image(struct vectors_writer *w, const struct image *im)
{
    fprintf(w->f, "H image=%016llx\n", (unsigned long long)image_hash(im));
}

void vectors_head_clip(struct vectors_writer *w, const struct vectors_stimulus *clip)
{
    vectors_sent_add(&w->sent, clip);
    fprintf(w->f, "H clip=%d %d %" PRId64 " %016" PRIx64 " %016" PRIx64 "\n", clip->clip,
            clip->ticks, clip->events, clip->events_hash, clip->jitter_hash);
}

void vectors_shape(struct vectors_writer *w)
{
    const struct vectors_shape *s = &w->shape;
    const struct vectors_sent *sent = &w->sent;
    if (w->version > 1)
        fprintf(w->f, "H stimulus=%" PRId64 " %" PRId64 " %" PRId64 " %016" PRIx64 "\n",
                sent->clips, sent->ticks, sent->events, sent->hash);
    fprintf(w->f, "S %d %d %d %d %d %d", s->n_layers, s->v_bits, s->u_bits, s->r_bits, s->x_bits,
            s->n_in);
    for (int l = 0; l < s->n_layers; l++)
        fprintf(w->f, " %d", s->n_out[l]);
    fprintf(w->f, "\n");
}

void vectors_clip(struct vectors_writer *w, int number, int ticks, const char *name)
{
    fprintf(w->f, "C %d %d ", number, ticks);
    if (w->version == 1)
        fputs(name, w->f);
    else
        vectors_put_text(w->f, name, false);
    putc('\n', w->f);
    w->counts.clips++;
}

void vectors_tick(struct vectors_writer *w, int tick, int jitter, const uint8_t *x)
{
    int n_events = 0;
    for (int i = 0; i < w->shape.n_in; i++)
        n_events += x[i] != 0;
    fprintf(w->f, "T %d %04x %d", tick, (unsigned)(jitter & 0xffff), n_events);
    for (int i = 0; i < w->shape.n_in; i++)
        if (x[i]) fprintf(w->f, " %d:%02x", i, x[i]);
    fprintf(w->f, "\n");
    w->counts.ticks++;
    w->counts.events += n_events;
}

static void write_words(struct vectors_writer *w, char kind, int tick, int layer,
                        const int32_t *words, int bits)
{
    fprintf(w->f, "%c %d %d", kind, tick, layer);
    for (int n = 0; n < w->shape.n_out[layer]; n++)
        fprintf(w->f, " %0*llx", (bits + 3) / 4,
                (unsigned long long)((uint64_t)words[n] & (uint64_t)fx_umax(bits)));
    fprintf(w->f, "\n");
    w->counts.results++;
}

void vectors_layer(struct vectors_writer *w, int tick, int layer, const uint64_t *z,
                   const int32_t *v, const int32_t *u, const int32_t *r)
{
    fprintf(w->f, "Z %d %d ", tick, layer);
    for (int digit = (w->shape.n_out[layer] + 3) / 4 - 1; digit >= 0; digit--) {
        int n = 4 * digit; // a digit is four neurons, and never in two words
        unsigned value =
            (unsigned)(fx_bit(z[n / 64], n % 64) | fx_bit(z[n / 64], n % 64 + 1) << 1 |
                       fx_bit(z[n / 64], n % 64 + 2) << 2 | fx_bit(z[n / 64], n % 64 + 3) << 3);
        fprintf(w->f, "%x", value);
    }
    fprintf(w->f, "\n");
    w->counts.results++;
    write_words(w, 'V', tick, layer, v, w->shape.v_bits);
    if (w->shape.u_bits) write_words(w, 'U', tick, layer, u, w->shape.u_bits);
    if (w->shape.r_bits) write_words(w, 'R', tick, layer, r, w->shape.r_bits);
}

void vectors_whole_clip(struct vectors_writer *w, int number, const char *name,
                        const struct stimulus *s, const struct trace *t)
{
    vectors_clip(w, number, s->n_ticks, name);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        vectors_tick(w, tick, s->jitter ? s->jitter[tick] : 0,
                     s->x + (size_t)tick * (size_t)w->shape.n_in);
        for (int l = 0; t && l < w->shape.n_layers; l++) {
            const struct trace_layer *y = &t->layer[l];
            size_t at = (size_t)tick * (size_t)y->stride;
            vectors_layer(w, tick, l, y->z + tick * trace_spike_words(w->shape.n_out[l]), y->v + at,
                          y->u ? y->u + at : 0, y->r ? y->r + at : 0);
        }
    }
}

int vectors_end(struct vectors_writer *w, char *message, size_t size)
{
    fprintf(w->f, "E %lld %lld %lld %lld\n", (long long)w->counts.clips, (long long)w->counts.ticks,
            (long long)w->counts.events, (long long)w->counts.results);
    if (fflush(w->f) || ferror(w->f)) {
        snprintf(message, size, "vectors could not be written: %s", strerror(errno));
        return -1;
    }
    return 0;
}
