#include "cosim/vectors/vectors_reader.h"
#include "cosim/vectors/vectors_text.h"

#include <stdlib.h>
#include <string.h>

struct vectors_reader *vectors_open(FILE *f, const char *name)
{
    struct vectors_reader *r = calloc(1, sizeof *r);
    if (!r) return 0;
    r->f = f;
    r->name = name;
    r->with_results = -1;
    r->text = malloc(VECTORS_LINE + 1);
    r->fields = malloc(VECTORS_LINE + 1);
    if (r->text && r->fields) return r;
    vectors_close(r);
    return 0;
}

void vectors_close(struct vectors_reader *r)
{
    if (!r) return;
    free(r->text);
    free(r->fields);
    free(r->sent);
    free(r);
}

const struct vectors_shape *vectors_reader_shape(const struct vectors_reader *r)
{
    return &r->shape;
}

const struct vectors_counts *vectors_reader_counts(const struct vectors_reader *r)
{
    return &r->counts;
}

long vectors_line(const struct vectors_reader *r)
{
    return r->line;
}

int vectors_version(const struct vectors_reader *r)
{
    return r->version;
}

bool vectors_marked(const struct vectors_reader *r)
{
    return r->marked;
}

bool vectors_without_results(const struct vectors_reader *r)
{
    return r->with_results == 0;
}

int vectors_clips_sent(const struct vectors_reader *r, const struct vectors_stimulus **clip)
{
    *clip = r->sent;
    return r->n_sent;
}

static void add_state(struct vectors_shape *s, const char *name, int bits, int is_signed)
{
    if (!bits) return;
    snprintf(s->state[s->n_states].name, VECTORS_NAME, "%s", name);
    s->state[s->n_states].bits = bits;
    s->state[s->n_states++].is_signed = is_signed;
}

// What versions 1 and 2 say between the layers' number and their sizes: v, perhaps u and r.
static int read_plain(struct vectors_reader *r, const struct problem *p)
{
    struct vectors_shape *s = &r->shape;
    int v, u, ticks;
    if (!next_decimal(r, 4, 32, &v)) return vectors_bad(p, "bits of v: 4..32");
    if (!next_decimal(r, 0, 32, &u)) return vectors_bad(p, "bits of u: 0..32");
    if (!next_decimal(r, 0, 8, &ticks)) return vectors_bad(p, "bits of r: 0..8");
    if (!next_decimal(r, 1, 8, &s->x_bits)) return vectors_bad(p, "bits of x: 1..8");
    if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_in)) return vectors_bad(p, "sources: 1..4096");
    add_state(s, "v", v, true);
    add_state(s, "u", u, true);
    add_state(s, "r", ticks, false);
    return 0;
}

// The states of version 3: NAME BITS SIGNED of each.
static int read_states(struct vectors_reader *r, int n, const struct problem *p)
{
    for (int i = 0; i < n; i++) {
        char name[VECTORS_NAME];
        int bits, is_signed;
        size_t size = blank(r) ? strcspn(r->at, " ") : 0;
        if (!size || size >= VECTORS_NAME)
            return vectors_bad(p, "state %d of %d: its name, 1..%d characters", i, n,
                               VECTORS_NAME - 1);
        memcpy(name, r->at, size);
        name[size] = 0;
        r->at += size;
        if (!next_decimal(r, 1, 63, &bits)) return vectors_bad(p, "bits of %s: 1..63", name);
        if (!next_decimal(r, 0, 1, &is_signed)) return vectors_bad(p, "sign of %s: 0..1", name);
        add_state(&r->shape, name, bits, is_signed);
    }
    return 0;
}

static int read_shape(struct vectors_reader *r, const struct problem *p)
{
    struct vectors_shape *s = &r->shape;
    const bool any = r->version >= VECTORS_ANY;
    int n_states = 0;
    if (!next_decimal(r, 1, IMAGE_MAX_LAYERS, &s->n_layers)) return vectors_bad(p, "layers: 1..8");
    if (!any && read_plain(r, p)) return -1;
    if (any) {
        if (!next_decimal(r, 1, VECTORS_STATES, &n_states))
            return vectors_bad(p, "states: 1..%d", VECTORS_STATES);
        if (!next_decimal(r, 1, 32, &s->x_bits)) return vectors_bad(p, "bits of x: 1..32");
        if (!next_decimal(r, 0, 1, &s->x_signed)) return vectors_bad(p, "sign of x: 0..1");
        if (s->x_bits > 31 && !s->x_signed)
            return vectors_bad(p, "bits of x: 1..31 without a sign");
        if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_in))
            return vectors_bad(p, "sources: 1..4096");
    }
    for (int l = 0; l < s->n_layers; l++) {
        s->spike_bits[l] = 1;
        if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_out[l]))
            return vectors_bad(p, "neurons of layer %d: 1..4096", l);
        if (any && !next_decimal(r, 1, 6, &s->spike_bits[l]))
            return vectors_bad(p, "bits of the spikes of layer %d: 1..6", l);
    }
    if (any && read_states(r, n_states, p)) return -1;
    r->order = WANT_CLIP;
    return vectors_sent_at_shape(r, p);
}

static int end_of_clip(struct vectors_reader *r, const struct problem *p)
{
    if (vectors_end_of_tick(r, p)) return -1;
    if (r->order != IN_CLIP) return 0;
    if (r->ticks_read != r->clip_ticks)
        return vectors_bad(p, "%d ticks in a clip of %d: tick %d of clip %d is missing",
                           r->ticks_read, r->clip_ticks, r->ticks_read, r->clip);
    return vectors_sent_after_clip(r, p);
}

static int read_clip(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    if (end_of_clip(r, p)) return -1;
    if (!next_decimal(r, 0, INT32_MAX, &to->clip)) return vectors_bad(p, "clip: its number");
    if (!next_decimal(r, 1, INT32_MAX, &to->ticks))
        return vectors_bad(p, "clip: its ticks, 1 or more");
    if (!blank(r) || !*r->at || strchr(r->at, ' '))
        return vectors_bad(p, "clip: its name, without blanks (%%20 for one)");
    to->kind = VECTORS_CLIP;
    to->name = r->at;
    char *name = r->fields + (r->at - r->fields);
    r->at += strlen(r->at);
    if (r->version > 1 && !vectors_take_text(name))
        return vectors_bad(p, "clip: its name: %% stands before two hexadecimal digits, not 00");
    r->clip = to->clip;
    r->clip_ticks = to->ticks;
    r->ticks_read = 0;
    r->order = IN_CLIP;
    if (vectors_sent_at_clip(r, p)) return -1;
    r->counts.clips++;
    return 0;
}

// The field at r->at in quotes, for a message.
static const char *field(const struct vectors_reader *r, char text[VECTORS_QUOTE])
{
    return vectors_quote(r->at, strcspn(r->at, " "), text);
}

static int read_event(struct vectors_reader *r, int i, int n_events, int *last,
                      const struct problem *p)
{
    int64_t source, x;
    char what[64], text[VECTORS_QUOTE];
    if (!blank(r)) return vectors_bad(p, "event %d of %d is missing", i, n_events);
    const char *start = r->at;
    if (!take_decimal(r, *last + 1, r->shape.n_in - 1, &source) || *r->at != ':') {
        r->at = start;
        return vectors_bad(p, "event %d of %d: %s, due is source:word, source %d..%d, ascending", i,
                           n_events, field(r, text), *last + 1, r->shape.n_in - 1);
    }
    start = ++r->at;
    snprintf(what, sizeof what, "event %d of %d, its word", i, n_events);
    int bits = r->version < VECTORS_ANY ? 8 : r->shape.x_bits;
    if (!take_hex(r, bits, &x)) return vectors_bad_word(p, what, start, bits);
    if (x < 1 || x > fx_umax(r->shape.x_bits))
        return vectors_bad(p, "%s: %02x, allowed 01..%02x", what, (unsigned)x,
                           (unsigned)fx_umax(r->shape.x_bits));
    r->x[source] = (int32_t)(r->shape.x_signed ? fx_wrap(x, bits) : x);
    *last = (int)source;
    return 0;
}

static int read_tick(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    int n_events, last = -1;
    int64_t jitter;
    if (vectors_end_of_tick(r, p)) return -1;
    if (r->ticks_read >= r->clip_ticks)
        return vectors_bad(p, "more than the clip's %d ticks", r->clip_ticks);
    if (!next_decimal(r, r->ticks_read, r->ticks_read, &to->tick))
        return vectors_bad(p, "tick %d is due", r->ticks_read);
    if (!blank(r)) return vectors_bad(p, "jitter is missing");
    const char *start = r->at;
    if (!take_hex(r, 16, &jitter)) return vectors_bad_word(p, "jitter", start, 16);
    if (!next_decimal(r, 0, r->shape.n_in, &n_events))
        return vectors_bad(p, "events: their number, 0..%d", r->shape.n_in);
    memset(r->x, 0, (size_t)r->shape.n_in * sizeof *r->x);
    for (int i = 0; i < n_events; i++)
        if (read_event(r, i, n_events, &last, p)) return -1;
    to->kind = VECTORS_TICK;
    to->jitter = (int)fx_wrap(jitter, 16);
    to->x = r->x;
    r->here.clip = r->clip;
    r->here.tick = to->tick;
    r->here.line = r->line;
    if (r->counts.ticks == 0) r->first = r->here;
    if (r->version > 1) vectors_stimulus_tick(&r->came, to->jitter, r->x, r->shape.n_in);
    r->ticks_read++;
    r->counts.ticks++;
    r->counts.events += n_events;
    return 0;
}

static int read_end(struct vectors_reader *r, const struct problem *p)
{
    const int64_t due[] = {r->counts.clips, r->counts.ticks, r->counts.events, r->counts.results};
    static const char *const names[] = {"clips", "ticks", "events", "results"};
    char text[VECTORS_QUOTE];
    if (end_of_clip(r, p) || vectors_sent_at_end(r, p)) return -1;
    for (int i = 0; i < 4; i++) {
        int64_t x;
        if (!blank(r) || !take_decimal(r, 0, INT64_MAX, &x) || x != due[i])
            return vectors_bad(p, "end: %lld %s were read", (long long)due[i], names[i]);
    }
    if (*r->at)
        return vectors_bad(p, "more than was expected: %s",
                           vectors_quote(r->at, strlen(r->at), text));
    int rc = vectors_line_read(r, p);
    if (rc > 0)
        return vectors_bad(p, "text after the end record: %s" VECTORS_FILTER,
                           vectors_quote(r->text, r->length, text));
    return rc;
}

static int read_head(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    if (r->order != WANT_HEAD) return vectors_bad(p, "H record after the S record");
    char *equals = strchr(r->fields, '=');
    if (!blank(r) || !equals || equals == r->at) return vectors_bad(p, "head: key=value");
    *equals = 0;
    to->kind = VECTORS_HEAD;
    to->key = r->at;
    to->value = equals + 1;
    r->at = equals + 1 + strlen(equals + 1);
    if (r->version == 1) return 0;
    if (!strcmp(to->key, "clip")) return vectors_sent_clip(r, to->value, p);
    if (!strcmp(to->key, "stimulus")) return vectors_sent_sum(r, to->value, p);
    if (vectors_take_text(equals + 1)) return 0;
    return vectors_bad(p, "head: %s: %% stands before two hexadecimal digits, not 00", to->key);
}

static int read_magic(struct vectors_reader *r, const struct problem *p)
{
    static const char magic[] = "spiketwin-vectors ";
    char text[VECTORS_QUOTE];
    int rc = vectors_line_read(r, p);
    if (rc < 0) return -1;
    if (rc == 0) return vectors_bad(p, "the file is empty: was anything written into it?");
    if (strncmp(r->text, magic, strlen(magic)))
        return vectors_bad(p, "not a \"%s%d\": it begins with %s" VECTORS_FILTER, magic,
                           VECTORS_VERSION, vectors_quote(r->text, r->length, text));
    r->at = r->text + strlen(magic);
    int64_t version;
    if (!take_decimal(r, 1, VECTORS_ANY, &version) || *r->at)
        return vectors_bad(p, "%s, this program reads versions 1 to %d",
                           vectors_quote(r->text, r->length, text), VECTORS_ANY);
    r->version = (int)version;
    r->order = WANT_HEAD;
    return 0;
}

static int unexpected(const struct vectors_reader *r, const struct problem *p)
{
    char text[VECTORS_QUOTE];
    return vectors_bad(p, "unexpected record %s" VECTORS_FILTER,
                       vectors_quote(r->text, r->length, text));
}

// One record, 0 at the end. What was sent is the reader's own: true in *again.
static int next(struct vectors_reader *r, struct vectors_record *to, bool *again,
                const struct problem *p)
{
    int rc = vectors_line_read(r, p);
    if (rc == 0) return vectors_bad(p, "the file ends without an E record");
    if (rc < 0) return -1;
    char kind = r->fields[0], text[VECTORS_QUOTE];
    r->at = r->fields + (kind ? 1 : 0);
    to->text = r->text;
    if (kind && *r->at && *r->at != ' ') kind = 0; // a word that begins like a record
    if (kind == 'H') {
        rc = read_head(r, to, p);
        *again =
            r->version > 1 && rc == 0 && (!strcmp(to->key, "clip") || !strcmp(to->key, "stimulus"));
        return rc ? -1 : 1;
    }
    if (kind == 'S' && r->order == WANT_HEAD) {
        to->kind = VECTORS_SHAPE;
        rc = read_shape(r, p);
    } else if (r->order < WANT_CLIP) {
        return vectors_bad(p, "an H or S record is due, not %s" VECTORS_FILTER,
                           vectors_quote(r->text, r->length, text));
    } else if (kind == 'E') {
        return read_end(r, p);
    } else if (kind == 'C') {
        rc = read_clip(r, to, p);
    } else if (kind == 'T' && r->order == IN_CLIP) {
        rc = read_tick(r, to, p);
    } else if (kind && strchr(r->version < VECTORS_ANY ? "ZVUR" : "ZW", kind) &&
               r->order == IN_CLIP) {
        rc = vectors_read_result(r, kind, to, p);
    } else if (kind == 'G' && r->order == IN_CLIP) {
        rc = vectors_read_stage(r, to, p);
    } else {
        return unexpected(r, p);
    }
    if (rc) return -1;
    if (*r->at)
        return vectors_bad(p, "more than was expected: %s",
                           vectors_quote(r->at, strlen(r->at), text));
    return 1;
}

int vectors_next(struct vectors_reader *r, struct vectors_record *to, char *message, size_t size)
{
    struct problem p = {r, message, size};
    if (r->order == WANT_MAGIC && read_magic(r, &p)) return -1;
    for (bool again = true; again;) {
        again = false;
        *to = (struct vectors_record){0};
        int rc = next(r, to, &again, &p);
        if (rc <= 0) return rc;
    }
    return 1;
}
