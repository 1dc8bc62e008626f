#include "cosim/vectors/vectors_reader.h"
#include "cosim/vectors/vectors_text.h"

#include <string.h>

static int kinds(const struct vectors_shape *s)
{
    return 1 + s->n_states;
}

// The stages of a layer are at their end: all there that each layer has.
static int end_of_stages(struct vectors_reader *r, const struct problem *p)
{
    if (r->result == 0 || r->result % kinds(&r->shape)) return 0;
    if (!r->stages.known) r->stages.n = r->stages.next;
    r->stages.known = true;
    if (r->stages.next < r->stages.n)
        return vectors_bad(p, "stage %s of layer %d is due: the file's first layer has it",
                           r->stages.name[r->stages.next], r->result / kinds(&r->shape) - 1);
    r->stages.next = 0;
    return 0;
}

int vectors_end_of_tick(struct vectors_reader *r, const struct problem *p)
{
    if (r->ticks_read == 0) return 0;
    if (end_of_stages(r, p)) return -1;
    int all = kinds(&r->shape) * r->shape.n_layers;
    if (r->result != 0 && r->result != all)
        return vectors_bad(p, "%d of %d result records of tick %d", r->result, all, r->here.tick);
    int has = r->result == all;
    if (r->with_results >= 0 && r->with_results != has) {
        bool first = has; // it is the very first tick that has none, and only now can that be told
        return vectors_bad(
            p, "tick %d of clip %d (line %ld) has no results, tick %d of clip %d has",
            first ? r->first.tick : r->here.tick, first ? r->first.clip : r->here.clip,
            first ? r->first.line : r->here.line, first ? r->here.tick : r->first.tick,
            first ? r->here.clip : r->first.clip);
    }
    r->with_results = has;
    r->result = 0;
    return 0;
}

static int read_spikes(struct vectors_reader *r, int n_out, const struct problem *p)
{
    if (!blank(r)) return vectors_bad(p, "spikes are missing");
    const char *start = r->at;
    for (int digit = (n_out + 3) / 4 - 1; digit >= 0; digit--) {
        int x = hex_digit(*r->at), over = 4 * digit + 4 - n_out;
        if (x < 0 || (over > 0 && (uint64_t)x >= fx_one(4 - over)))
            return vectors_bad_word(p, "spikes", start, n_out);
        for (int n = 4 * digit; n < 4 * digit + 4 && n < n_out; n++)
            r->words[n] = x / (1 << n % 4) & 1;
        r->at++;
    }
    return *r->at ? vectors_bad_word(p, "spikes", start, n_out) : 0;
}

static int read_words(struct vectors_reader *r, bool is_signed, int bits, int n_out,
                      const struct problem *p)
{
    for (int n = 0; n < n_out; n++) {
        int64_t x;
        const char *start = r->at + (*r->at == ' ');
        if (!blank(r) || !take_hex(r, bits, &x)) {
            char what[48];
            snprintf(what, sizeof what, "word %d of %d", n, n_out);
            return vectors_bad_word(p, what, start, bits);
        }
        r->words[n] = is_signed ? fx_wrap(x, bits) : x;
    }
    return 0;
}

// The name of a state in a W record: that which is due.
static int read_name(struct vectors_reader *r, const char *due, const struct problem *p)
{
    char text[VECTORS_QUOTE];
    size_t n = blank(r) ? strcspn(r->at, " ") : 0;
    if (n != strlen(due) || memcmp(r->at, due, n))
        return vectors_bad(p, "words of %s, %s is due", vectors_quote(r->at, n, text), due);
    r->at += n;
    return 0;
}

int vectors_read_result(struct vectors_reader *r, char kind, struct vectors_record *to,
                        const struct problem *p)
{
    const struct vectors_shape *s = &r->shape;
    int layer = r->result / kinds(s), tick = r->ticks_read - 1, of = r->result % kinds(s);
    char due = 'Z';
    if (!of && end_of_stages(r, p)) return -1;
    if (tick < 0) return vectors_bad(p, "result before the clip's first tick");
    if (layer >= s->n_layers)
        return vectors_bad(p, "unexpected %c record, tick %d has all its results", kind, tick);
    if (of) due = r->version < VECTORS_ANY ? *vectors_kind_name(s, of) : 'W';
    if (kind != due)
        return vectors_bad(p, "unexpected %c record, %c of layer %d is due", kind, due, layer);
    if (!next_decimal(r, tick, tick, &to->tick))
        return vectors_bad(p, "result of tick %d is due", tick);
    if (!next_decimal(r, layer, layer, &to->layer))
        return vectors_bad(p, "result of layer %d is due", layer);
    if (kind == 'W' && read_name(r, s->state[of - 1].name, p)) return -1;
    int bits = of ? s->state[of - 1].bits : s->spike_bits[layer];
    if (!of && bits == 1
            ? read_spikes(r, s->n_out[layer], p)
            : read_words(r, of && s->state[of - 1].is_signed, bits, s->n_out[layer], p))
        return -1;
    to->kind = VECTORS_RESULT;
    to->of = of;
    to->word = r->words;
    r->result++;
    r->counts.results++;
    return 0;
}

// A word of a stage: 64 bits.
static bool take_wide(struct vectors_reader *r, int64_t *to)
{
    uint64_t x = 0;
    for (int i = 0; i < 16; i++, r->at++) {
        int digit = hex_digit(*r->at);
        if (digit < 0) return false;
        x = x * 16 + (uint64_t)digit;
    }
    memcpy(to, &x, sizeof x);
    return !*r->at || *r->at == ' ';
}

// The name of a stage: any of the file's first layer, where each comes once; then those again.
static int read_stage_name(struct vectors_reader *r, const struct problem *p)
{
    char text[VECTORS_QUOTE];
    const int next = r->stages.next;
    if (r->stages.known && next == r->stages.n)
        return vectors_bad(p, "unexpected G record: layer %d has its %d stages",
                           r->result / kinds(&r->shape) - 1, next);
    if (r->stages.known) return read_name(r, r->stages.name[next], p);
    size_t n = blank(r) ? strcspn(r->at, " ") : 0;
    if (!n || n >= VECTORS_NAME || next == LAW_MAX_WORDS)
        return vectors_bad(p, "a stage's name, 1..%d characters, up to %d stages", VECTORS_NAME - 1,
                           LAW_MAX_WORDS);
    memcpy(r->stages.name[next], r->at, n);
    r->stages.name[next][n] = 0;
    for (int i = 0; i < next; i++)
        if (!strcmp(r->stages.name[i], r->stages.name[next]))
            return vectors_bad(p, "stage %s again", vectors_quote(r->at, n, text));
    r->at += n;
    return 0;
}

int vectors_read_stage(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    const int layer = r->result / kinds(&r->shape) - 1, tick = r->ticks_read - 1;
    if (tick < 0 || layer < 0 || r->result % kinds(&r->shape))
        return vectors_bad(p,
                           "unexpected G record: stages follow all other results of their layer");
    if (!next_decimal(r, tick, tick, &to->tick))
        return vectors_bad(p, "stage of tick %d is due", tick);
    if (!next_decimal(r, layer, layer, &to->layer))
        return vectors_bad(p, "stage of layer %d is due", layer);
    if (read_stage_name(r, p)) return -1;
    for (int n = 0; n < r->shape.n_out[layer]; n++) {
        const char *start = r->at + (*r->at == ' ');
        char what[48];
        snprintf(what, sizeof what, "word %d of %d", n, r->shape.n_out[layer]);
        if (!blank(r) || !take_wide(r, &r->words[n])) return vectors_bad_word(p, what, start, 64);
    }
    to->kind = VECTORS_STAGE;
    to->name = r->stages.name[r->stages.next++];
    to->word = r->words;
    r->counts.results++;
    return 0;
}
