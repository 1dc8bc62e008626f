#include "cosim/vectors_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

int vectors_bad(const struct problem *p, const char *format, ...)
{
    va_list args;
    int n = snprintf(p->message, p->size, "%s:%ld: ", p->r->name, p->r->line);
    if (n < 0 || (size_t)n >= p->size) return -1;
    va_start(args, format);
    vsnprintf(p->message + n, p->size - (size_t)n, format, args);
    va_end(args);
    return -1;
}

static int read_shape(struct vectors_reader *r, const struct problem *p)
{
    struct vectors_shape *s = &r->shape;
    if (!next_decimal(r, 1, IMAGE_MAX_LAYERS, &s->n_layers)) return vectors_bad(p, "layers: 1..8");
    if (!next_decimal(r, 4, 32, &s->v_bits)) return vectors_bad(p, "bits of v: 4..32");
    if (!next_decimal(r, 0, 32, &s->u_bits)) return vectors_bad(p, "bits of u: 0..32");
    if (!next_decimal(r, 0, 8, &s->r_bits)) return vectors_bad(p, "bits of r: 0..8");
    if (!next_decimal(r, 1, 8, &s->x_bits)) return vectors_bad(p, "bits of x: 1..8");
    if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_in)) return vectors_bad(p, "sources: 1..4096");
    for (int l = 0; l < s->n_layers; l++)
        if (!next_decimal(r, 1, IMAGE_MAX_NEURONS, &s->n_out[l]))
            return vectors_bad(p, "neurons of layer %d: 1..4096", l);
    r->order = WANT_CLIP;
    return 0;
}

static int end_of_clip(struct vectors_reader *r, const struct problem *p)
{
    if (vectors_end_of_tick(r, p)) return -1;
    if (r->order == IN_CLIP && r->ticks_read != r->clip_ticks)
        return vectors_bad(p, "%d ticks in a clip of %d", r->ticks_read, r->clip_ticks);
    return 0;
}

static int read_clip(struct vectors_reader *r, struct vectors_record *to, const struct problem *p)
{
    if (end_of_clip(r, p)) return -1;
    if (!next_decimal(r, 0, INT32_MAX, &to->clip)) return vectors_bad(p, "clip: its number");
    if (!next_decimal(r, 1, INT32_MAX, &to->ticks))
        return vectors_bad(p, "clip: its ticks, 1 or more");
    if (!blank(r) || !*r->at || strchr(r->at, ' '))
        return vectors_bad(p, "clip: its name, without blanks");
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
    if (vectors_end_of_tick(r, p)) return -1;
    if (r->ticks_read >= r->clip_ticks)
        return vectors_bad(p, "more than the clip's %d ticks", r->clip_ticks);
    if (!next_decimal(r, r->ticks_read, r->ticks_read, &to->tick))
        return vectors_bad(p, "tick %d is due", r->ticks_read);
    if (!blank(r) || !take_hex(r, 16, &jitter))
        return vectors_bad(p, "jitter: 4 hexadecimal digits");
    if (!next_decimal(r, 0, r->shape.n_in, &n_events))
        return vectors_bad(p, "events: 0..%d", r->shape.n_in);
    memset(r->x, 0, (size_t)r->shape.n_in);
    for (int i = 0; i < n_events; i++) {
        int64_t source, x;
        if (!blank(r) || !take_decimal(r, last + 1, r->shape.n_in - 1, &source))
            return vectors_bad(p, "event %d of %d: source %d..%d, ascending", i, n_events, last + 1,
                               r->shape.n_in - 1);
        if (*r->at++ != ':' || !take_hex(r, 8, &x) || x < 1 || x > fx_umax(r->shape.x_bits))
            return vectors_bad(p, "event %d of %d: x 01..%02x", i, n_events,
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

static int read_end(struct vectors_reader *r, const struct problem *p)
{
    const int64_t due[] = {r->counts.clips, r->counts.ticks, r->counts.events, r->counts.results};
    static const char *const names[] = {"clips", "ticks", "events", "results"};
    if (end_of_clip(r, p)) return -1;
    for (int i = 0; i < 4; i++) {
        int64_t x;
        if (!blank(r) || !take_decimal(r, 0, INT64_MAX, &x) || x != due[i])
            return vectors_bad(p, "end: %lld %s were read", (long long)due[i], names[i]);
    }
    if (*r->at) return vectors_bad(p, "more than was expected: \"%s\"", r->at);
    if (fgetc(r->f) != EOF) return vectors_bad(p, "text after the end record");
    return 0;
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
    return 0;
}

static int read_line(struct vectors_reader *r, const struct problem *p)
{
    ssize_t n = getline(&r->text, &r->room, r->f);
    if (n < 0) return vectors_bad(p, "the file ends without an E record");
    r->line++;
    if (strlen(r->text) != (size_t)n || r->text[n - 1] != '\n')
        return vectors_bad(p, "the line is not whole");
    r->text[n - 1] = 0;
    char *fields = realloc(r->fields, (size_t)n);
    if (!fields) return vectors_bad(p, "out of memory");
    r->fields = memcpy(fields, r->text, (size_t)n);
    return 0;
}

int vectors_next(struct vectors_reader *r, struct vectors_record *to, char *message, size_t size)
{
    struct problem p = {r, message, size};
    *to = (struct vectors_record){0};
    if (r->order == WANT_MAGIC) {
        if (read_line(r, &p)) return -1;
        if (strcmp(r->text, "spiketwin-vectors 1"))
            return vectors_bad(&p, "not a \"spiketwin-vectors 1\"");
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
        rc = vectors_bad(&p, "an H or S record is due");
    } else if (kind == 'E') {
        return read_end(r, &p);
    } else if (kind == 'C') {
        rc = read_clip(r, to, &p);
    } else if (kind == 'T' && r->order == IN_CLIP) {
        rc = read_tick(r, to, &p);
    } else if (kind && strchr("ZVUR", kind) && r->order == IN_CLIP) {
        rc = vectors_read_result(r, kind, to, &p);
    } else {
        rc = vectors_bad(&p, "unexpected record \"%.20s\"", r->text);
    }
    if (rc) return -1;
    return *r->at ? vectors_bad(&p, "more than was expected: \"%.20s\"", r->at) : 1;
}
