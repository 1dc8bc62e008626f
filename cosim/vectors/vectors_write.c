#include "cosim/vectors/vectors.h"
#include "cosim/vectors/vectors_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct vectors_shape vectors_shape_of(const struct law_image *im)
{
    const struct law_kind *kind = im->kind;
    struct vectors_shape s;
    memset(&s, 0, sizeof s);
    const struct law_range inputs = law_image_inputs(im);
    s.n_layers = im->shape.n_layers;
    s.x_bits = inputs.bits;
    s.x_signed = inputs.is_signed;
    s.n_in = im->shape.layer[0].n_in;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++) {
        const struct law_range range = x->range(im->law);
        if (!range.bits) continue;
        snprintf(s.state[s.n_states].name, VECTORS_NAME, "%s", x->name);
        s.state[s.n_states].bits = strcmp(x->name, "r") ? range.bits : 8;
        s.state[s.n_states++].is_signed = range.is_signed;
    }
    for (int l = 0; l < im->shape.n_layers; l++) {
        const int spikes = im->shape.layer[l].max_spikes;
        s.n_out[l] = im->shape.layer[l].n_out;
        s.spike_bits[l] = spikes > 1 ? fx_ubits((uint64_t)spikes) : 1;
    }
    return s;
}

// Whether the states are v, then perhaps u, then perhaps r: the letters of versions 1 and 2.
static bool plain_states(const struct vectors_shape *s)
{
    const char *letter = "vur";
    if (strcmp(s->state[0].name, "v")) return false;
    for (int i = 0; i < s->n_states; i++) {
        letter = strlen(s->state[i].name) == 1 ? strchr(letter, *s->state[i].name) : 0;
        if (!letter || s->state[i].is_signed != (*s->state[i].name != 'r')) return false;
        letter++;
    }
    return true;
}

int vectors_version_of(const struct law_image *im)
{
    const struct vectors_shape s = vectors_shape_of(im);
    bool plain = plain_states(&s) && !s.x_signed && s.x_bits <= 8;
    for (int l = 0; l < s.n_layers; l++)
        plain &= s.spike_bits[l] == 1;
    return plain ? VECTORS_VERSION : VECTORS_ANY;
}

int vectors_tick_words(const struct vectors_shape *s)
{
    return vectors_place(s, s->n_layers, 0);
}

int vectors_place(const struct vectors_shape *s, int layer, int kind)
{
    int at = 0;
    for (int l = 0; l < layer; l++)
        at += s->n_out[l] * (1 + s->n_states);
    return layer < s->n_layers ? at + kind * s->n_out[layer] : at;
}

const char *vectors_kind_name(const struct vectors_shape *s, int kind)
{
    static const char *const letters[][2] = {{"v", "V"}, {"u", "U"}, {"r", "R"}};
    if (!kind) return "Z";
    const char *name = s->state[kind - 1].name;
    for (size_t i = 0; plain_states(s) && i < sizeof letters / sizeof *letters; i++)
        if (!strcmp(letters[i][0], name)) return letters[i][1];
    return name;
}

void vectors_begin(struct vectors_writer *w, FILE *f, const struct law_image *im, int version)
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

void vectors_head_image(struct vectors_writer *w, const struct law_image *im)
{
    fprintf(w->f, "H image=%016llx\n", (unsigned long long)law_image_hash(im));
}

void vectors_head_clip(struct vectors_writer *w, const struct vectors_stimulus *clip)
{
    vectors_sent_add(&w->sent, clip);
    fprintf(w->f, "H clip=%d %d %" PRId64 " %016" PRIx64 " %016" PRIx64 "\n", clip->clip,
            clip->ticks, clip->events, clip->events_hash, clip->jitter_hash);
}

static void write_any(const struct vectors_writer *w)
{
    const struct vectors_shape *s = &w->shape;
    fprintf(w->f, "S %d %d %d %d %d", s->n_layers, s->n_states, s->x_bits, s->x_signed, s->n_in);
    for (int l = 0; l < s->n_layers; l++)
        fprintf(w->f, " %d %d", s->n_out[l], s->spike_bits[l]);
    for (int i = 0; i < s->n_states; i++)
        fprintf(w->f, " %s %d %d", s->state[i].name, s->state[i].bits, s->state[i].is_signed);
    fprintf(w->f, "\n");
}

static int bits_of(const struct vectors_shape *s, const char *name)
{
    for (int i = 0; i < s->n_states; i++)
        if (!strcmp(s->state[i].name, name)) return s->state[i].bits;
    return 0;
}

void vectors_shape(struct vectors_writer *w)
{
    const struct vectors_shape *s = &w->shape;
    const struct vectors_sent *sent = &w->sent;
    if (w->version > 1)
        fprintf(w->f, "H stimulus=%" PRId64 " %" PRId64 " %" PRId64 " %016" PRIx64 "\n",
                sent->clips, sent->ticks, sent->events, sent->hash);
    if (w->version >= VECTORS_ANY) {
        write_any(w);
        return;
    }
    fprintf(w->f, "S %d %d %d %d %d %d", s->n_layers, bits_of(s, "v"), bits_of(s, "u"),
            bits_of(s, "r"), s->x_bits, s->n_in);
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

void vectors_tick(struct vectors_writer *w, int tick, int jitter, const int32_t *x)
{
    int n_events = 0, bits = w->version < VECTORS_ANY ? 8 : w->shape.x_bits;
    for (int i = 0; i < w->shape.n_in; i++)
        n_events += x[i] != 0;
    fprintf(w->f, "T %d %04x %d", tick, (unsigned)(jitter & 0xffff), n_events);
    for (int i = 0; i < w->shape.n_in; i++)
        if (x[i])
            fprintf(w->f, " %d:%0*llx", i, (bits + 3) / 4,
                    (unsigned long long)((uint64_t)(int64_t)x[i] & (uint64_t)fx_umax(bits)));
    fprintf(w->f, "\n");
    w->counts.ticks++;
    w->counts.events += n_events;
}

// Spikes as one number, neuron 0 in its lowest bit.
static void write_spikes(const struct vectors_writer *w, const int64_t *z, int n_out)
{
    putc(' ', w->f);
    for (int digit = (n_out + 3) / 4 - 1; digit >= 0; digit--) {
        unsigned value = 0;
        for (int n = 4 * digit + 3; n >= 4 * digit; n--)
            value = 2 * value + (n < n_out && z[n]);
        fprintf(w->f, "%x", value);
    }
}

static void write_words(const struct vectors_writer *w, const int64_t *words, int n_out, int bits)
{
    for (int n = 0; n < n_out; n++)
        fprintf(w->f, " %0*llx", (bits + 3) / 4,
                (unsigned long long)((uint64_t)words[n] &
                                     (bits < 64 ? (uint64_t)fx_umax(bits) : UINT64_MAX)));
}

void vectors_layer(struct vectors_writer *w, int tick, int layer, const int64_t *words)
{
    const struct vectors_shape *s = &w->shape;
    for (int kind = 0; kind <= s->n_states; kind++) {
        const int64_t *x = words + vectors_place(s, layer, kind);
        const char *tag = kind && w->version >= VECTORS_ANY ? "W" : vectors_kind_name(s, kind);
        fprintf(w->f, "%s %d %d", tag, tick, layer);
        if (*tag == 'W') fprintf(w->f, " %s", s->state[kind - 1].name);
        if (!kind && s->spike_bits[layer] == 1)
            write_spikes(w, x, s->n_out[layer]);
        else
            write_words(w, x, s->n_out[layer],
                        kind ? s->state[kind - 1].bits : s->spike_bits[layer]);
        fprintf(w->f, "\n");
        w->counts.results++;
    }
}

int vectors_stage_words(const struct law_image *im)
{
    return law_image_neurons(im) * im->kind->n_stages;
}

int vectors_stage_place(const struct law_image *im, int layer, int stage)
{
    int first = 0;
    for (int l = 0; l < layer; l++)
        first += im->shape.layer[l].n_out;
    return first * im->kind->n_stages + stage * im->shape.layer[layer].n_out;
}

void vectors_stages(struct vectors_writer *w, const struct law_image *im, int tick, int layer,
                    const int64_t *stages)
{
    for (int i = 0; i < im->kind->n_stages; i++) {
        fprintf(w->f, "G %d %d %s", tick, layer, im->kind->stage[i].name);
        write_words(w, stages + vectors_stage_place(im, layer, i), w->shape.n_out[layer], 64);
        fprintf(w->f, "\n");
        w->counts.results++;
    }
}

void vectors_whole_clip(struct vectors_writer *w, int number, const char *name,
                        const struct stimulus *s, const struct vectors_results *results)
{
    int32_t x[IMAGE_MAX_NEURONS];
    const bool stages = results && results->stages;
    const size_t row = (size_t)vectors_tick_words(&w->shape);
    const size_t stage_row = stages ? (size_t)vectors_stage_words(results->im) : 0;
    vectors_clip(w, number, s->n_ticks, name);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        for (int i = 0; i < w->shape.n_in; i++)
            x[i] = stimulus_x(s, w->shape.n_in, tick, i);
        vectors_tick(w, tick, s->jitter ? s->jitter[tick] : 0, x);
        for (int l = 0; results && l < w->shape.n_layers; l++) {
            vectors_layer(w, tick, l, results->words + (size_t)tick * row);
            if (stages)
                vectors_stages(w, results->im, tick, l, results->stages + (size_t)tick * stage_row);
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
