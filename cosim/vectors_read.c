#include "cosim/vectors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum order { WANT_MAGIC, WANT_HEAD, WANT_CLIP, IN_CLIP };

struct vectors_reader {
    FILE *f;
    const char *name;
    char *text; // the line as it was read
    size_t room;
    char *fields; // the same, cut at its blanks
    const char *at;
    long line;
    enum order order;
    struct vectors_shape shape;
    struct vectors_counts counts;
    int clip_ticks; // of the present clip
    int ticks_read;
    int result; // next result of the tick: layer · kinds + kind; n_layers · kinds: all there
    int with_results; // -1 unknown yet, else every tick of the file has all (1) or none (0)
    uint8_t x[IMAGE_MAX_NEURONS];
    uint64_t z[IMAGE_MAX_NEURONS / 64];
    int32_t words[IMAGE_MAX_NEURONS];
};

struct vectors_reader *vectors_open(FILE *f, const char *name)
{
    struct vectors_reader *r = calloc(1, sizeof *r);
    if (!r) return 0;
    r->f = f;
    r->name = name;
    r->with_results = -1;
    return r;
}

void vectors_close(struct vectors_reader *r)
{
    if (!r) return;
    free(r->text);
    free(r->fields);
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

// A reason with the place, for the caller to return.
struct problem {
    const struct vectors_reader *r;
    char *message;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct problem *p, const char *format,
                                                     ...)
{
    va_list args;
    int n = snprintf(p->message, p->size, "%s:%ld: ", p->r->name, p->r->line);
    if (n < 0 || (size_t)n >= p->size) return -1;
    va_start(args, format);
    vsnprintf(p->message + n, p->size - (size_t)n, format, args);
    va_end(args);
    return -1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The next field: one blank, then what the functions below take. False: it is not there.
static bool blank(struct vectors_reader *r)
{
    if (*r->at != ' ') return false;
    r->at++;
    return true;
}

static bool take_decimal(struct vectors_reader *r, int64_t lo, int64_t hi, int64_t *to)
{
    int64_t x = 0;
    const char *start = r->at;
    while (*r->at >= '0' && *r->at <= '9' && r->at - start < 18)
        x = 10 * x + (*r->at++ - '0');
    *to = x;
    return r->at > start && x >= lo && x <= hi;
}

static bool next_decimal(struct vectors_reader *r, int64_t lo, int64_t hi, int *to)
{
    int64_t x;
    if (!blank(r) || !take_decimal(r, lo, hi, &x)) return false;
    *to = (int)x;
    return true;
}

// A word of `bits` in exactly its digits.
static bool take_hex(struct vectors_reader *r, int bits, int64_t *to)
{
    int64_t x = 0;
    for (int i = 0; i < (bits + 3) / 4; i++) {
        int digit = hex_digit(*r->at);
        if (digit < 0) return false;
        x = fx_shl(x, 4) + digit;
        r->at++;
    }
    *to = x;
    return x <= fx_umax(bits);
}

static int read_shape(struct vectors_reader *r, const struct problem *p)
{
    struct vectors_shape *s = &r->shape;
    if (!next_decimal(r, 1, IMAGE_MAX_LAYERS, &s->n_layers)) return bad(p, "layers: 1..8");
    if (!next_decimal(r, 4, 24, &s->v_bits)) return bad(p, "bits of v: 4..24");
    if (!next_decimal(r, 0, 24, &s->u_bits)) return bad(p, "bits of u: 0..24");
    if (!next_decimal(r, 0, 8, &s->r_bits)) return bad(p, "bits of r: 0..8");
    if (!next_decimal(r, 1, 8, &s->x_bits)) return bad(p, "bits of x: 1..8");
    if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_in)) return bad(p, "sources: 1..4096");
    for (int l = 0; l < s->n_layers; l++)
        if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_out[l]))
            return bad(p, "neurons of layer %d: 1..4096", l);
    r->order = WANT_CLIP;
    return 0;
}

static int kinds(const struct vectors_shape *s)
{
    return 2 + (s->u_bits > 0) + (s->r_bits > 0);
}

// A tick is whole: all results there, or none in the whole file.
static int end_of_tick(struct vectors_reader *r, const struct problem *p)
{
    if (r->ticks_read == 0) return 0;
    int all = kinds(&r->shape) * r->shape.n_layers;
    if (r->result != 0 && r->result != all)
        return bad(p, "%d of %d result records of tick %d", r->result, all, r->ticks_read - 1);
    int has = r->result == all;
    if (r->with_results >= 0 && r->with_results != has)
        return bad(p, "tick %d has %s results, other ticks have", r->ticks_read - 1,
                   has ? "its" : "no");
    r->with_results = has;
    r->result = 0;
    return 0;
}

static int end_of_clip(struct vectors_reader *r, const struct problem *p)
{
    if (end_of_tick(r, p)) return -1;
    if (r->order == IN_CLIP && r->ticks_read != r->clip_ticks)
        return bad(p, "%d ticks in a clip of %d", r->ticks_read, r->clip_ticks);
    return 0;
}

static int read_clip(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    if (end_of_clip(r, p)) return -1;
    if (!next_decimal(r, 0, INT32_MAX, &to->clip)) return bad(p, "clip: its number");
    if (!next_decimal(r, 1, INT32_MAX, &to->ticks)) return bad(p, "clip: its ticks, 1 or more");
    if (!blank(r) || !*r->at || strchr(r->at, ' ')) return bad(p, "clip: its name, without blanks");
    to->kind = VECTORS_CLIP;
    to->name = r->at;
    r->at += strlen(r->at);
    r->clip_ticks = to->ticks;
    r->ticks_read = 0;
    r->order = IN_CLIP;
    r->counts.clips++;
    return 0;
}

static int read_tick(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    int n_events, last = -1;
    int64_t jitter;
    if (end_of_tick(r, p)) return -1;
    if (r->ticks_read >= r->clip_ticks)
        return bad(p, "more than the clip's %d ticks", r->clip_ticks);
    if (!next_decimal(r, r->ticks_read, r->ticks_read, &to->tick))
        return bad(p, "tick %d is due", r->ticks_read);
    if (!blank(r) || !take_hex(r, 16, &jitter)) return bad(p, "jitter: 4 hexadecimal digits");
    if (!next_decimal(r, 0, r->shape.n_in, &n_events))
        return bad(p, "events: 0..%d", r->shape.n_in);
    memset(r->x, 0, (size_t)r->shape.n_in);
    for (int i = 0; i < n_events; i++) {
        int64_t source, x;
        if (!blank(r) || !take_decimal(r, last + 1, r->shape.n_in - 1, &source))
            return bad(p, "event %d of %d: source %d..%d, ascending", i, n_events, last + 1,
                       r->shape.n_in - 1);
        if (*r->at++ != ':' || !take_hex(r, 8, &x) || x < 1 || x > fx_umax(r->shape.x_bits))
            return bad(p, "event %d of %d: x 01..%02x", i, n_events,
                       (unsigned)fx_umax(r->shape.x_bits));
        r->x[source] = (uint8_t)x;
        last = (int)source;
    }
    to->kind = VECTORS_TICK;
    to->jitter = (int)fx_wrap(jitter, 16);
    to->x = r->x;
    r->ticks_read++;
    r->counts.ticks++;
    r->counts.events += n_events;
    return 0;
}

static int read_spikes(struct vectors_reader *r, int n_out, const struct problem *p)
{
    if (!blank(r)) return bad(p, "spikes are missing");
    memset(r->z, 0, sizeof r->z);
    for (int digit = (n_out + 3) / 4 - 1; digit >= 0; digit--) {
        int x = hex_digit(*r->at), over = 4 * digit + 4 - n_out;
        if (x < 0 || (over > 0 && (uint64_t)x >= fx_one(4 - over)))
            return bad(p, "spikes: %d hexadecimal digits for %d neurons", (n_out + 3) / 4, n_out);
        r->z[digit / 16] |= (uint64_t)fx_shl(x, 4 * (digit % 16));
        r->at++;
    }
    return 0;
}

static int read_result(struct vectors_reader *r, char kind, struct vectors_record *to,
                       const struct problem *p)
{
    const struct vectors_shape *s = &r->shape;
    const char order[5] = {'Z', 'V', s->u_bits ? 'U' : 'R', 'R', 0};
    int layer = r->result / kinds(s), tick = r->ticks_read - 1;
    char due = order[r->result % kinds(s)];
    if (tick < 0) return bad(p, "result before the clip's first tick");
    if (layer >= s->n_layers || kind != due) return bad(p, "unexpected %c record", kind);
    if (!next_decimal(r, tick, tick, &to->tick)) return bad(p, "result of tick %d is due", tick);
    if (!next_decimal(r, layer, layer, &to->layer))
        return bad(p, "result of layer %d is due", layer);
    int bits = kind == 'V' ? s->v_bits : kind == 'U' ? s->u_bits : s->r_bits;
    if (kind == 'Z' && read_spikes(r, s->n_out[layer], p)) return -1;
    for (int n = 0; kind != 'Z' && n < s->n_out[layer]; n++) {
        int64_t x;
        if (!blank(r) || !take_hex(r, bits, &x))
            return bad(p, "word %d of %d: %d hexadecimal digits of %d bits", n, s->n_out[layer],
                       (bits + 3) / 4, bits);
        r->words[n] = (int32_t)(kind == 'R' ? x : fx_wrap(x, bits));
    }
    to->kind = VECTORS_RESULT;
    to->words = kind;
    to->z = r->z;
    to->word = r->words;
    r->result++;
    r->counts.results++;
    return 0;
}

static int read_end(struct vectors_reader *r, const struct problem *p)
{
    const int64_t due[] = {r->counts.clips, r->counts.ticks, r->counts.events, r->counts.results};
    static const char *const names[] = {"clips", "ticks", "events", "results"};
    if (end_of_clip(r, p)) return -1;
    for (int i = 0; i < 4; i++) {
        int64_t x;
        if (!blank(r) || !take_decimal(r, 0, INT64_MAX, &x) || x != due[i])
            return bad(p, "end: %lld %s were read", (long long)due[i], names[i]);
    }
    if (*r->at) return bad(p, "more than was expected: \"%s\"", r->at);
    if (fgetc(r->f) != EOF) return bad(p, "text after the end record");
    return 0;
}

static int read_head(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    if (r->order != WANT_HEAD) return bad(p, "H record after the S record");
    char *equals = strchr(r->fields, '=');
    if (!blank(r) || !equals || equals == r->at) return bad(p, "head: key=value");
    *equals = 0;
    to->kind = VECTORS_HEAD;
    to->key = r->at;
    to->value = equals + 1;
    r->at = equals + 1 + strlen(equals + 1);
    return 0;
}

static int read_line(struct vectors_reader *r, const struct problem *p)
{
    ssize_t n = getline(&r->text, &r->room, r->f);
    if (n < 0) return bad(p, "the file ends without an E record");
    r->line++;
    if (strlen(r->text) != (size_t)n || r->text[n - 1] != '\n')
        return bad(p, "the line is not whole");
    r->text[n - 1] = 0;
    char *fields = realloc(r->fields, (size_t)n);
    if (!fields) return bad(p, "out of memory");
    r->fields = memcpy(fields, r->text, (size_t)n);
    return 0;
}

int vectors_next(struct vectors_reader *r, struct vectors_record *to, char *message, size_t size)
{
    struct problem p = {r, message, size};
    *to = (struct vectors_record){0};
    if (r->order == WANT_MAGIC) {
        if (read_line(r, &p)) return -1;
        if (strcmp(r->text, "spiketwin-vectors 1")) return bad(&p, "not a \"spiketwin-vectors 1\"");
        r->order = WANT_HEAD;
    }
    if (read_line(r, &p)) return -1;
    char kind = r->fields[0];
    r->at = r->fields + (kind ? 1 : 0);
    to->text = r->text;
    int rc;
    if (kind == 'H') {
        rc = read_head(r, to, &p);
    } else if (kind == 'S' && r->order == WANT_HEAD) {
        to->kind = VECTORS_SHAPE;
        rc = read_shape(r, &p);
    } else if (r->order < WANT_CLIP) {
        rc = bad(&p, "an H or S record is due");
    } else if (kind == 'E') {
        return read_end(r, &p);
    } else if (kind == 'C') {
        rc = read_clip(r, to, &p);
    } else if (kind == 'T' && r->order == IN_CLIP) {
        rc = read_tick(r, to, &p);
    } else if (kind && strchr("ZVUR", kind) && r->order == IN_CLIP) {
        rc = read_result(r, kind, to, &p);
    } else {
        rc = bad(&p, "unexpected record \"%.20s\"", r->text);
    }
    if (rc) return -1;
    return *r->at ? bad(&p, "more than was expected: \"%.20s\"", r->at) : 1;
}
