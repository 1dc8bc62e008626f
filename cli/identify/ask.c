#include "cli/identify/ask.h"

#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 24, TRIES = 48, PIECES = 48, LAWS = 400 };

static uint64_t next(uint64_t *s) // xorshift64*, Vigna 2016
{
    *s ^= *s >> 12;
    *s ^= *s << 25;
    *s ^= *s >> 27;
    return *s * UINT64_C(2685821657736338717);
}

static int64_t between(uint64_t *s, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(next(s) % (uint64_t)(hi - lo + 1));
}

struct asking {
    const struct neuron_found *n;
    const struct identified *x;
    struct law_state *state, *trial; // (n_laws)
    bool *apart, *now;               // (n_laws)
    int n_laws;
    struct candidate *law; // (n_laws)
    int32_t *lo, *hi;      // (n_x) of a source's words in the recording
};

static const struct candidate *law(const struct asking *a, int i)
{
    return &a->law[i];
}

// Runs all laws over a piece; how many more differ from the first.
static int try_piece(struct asking *a, const int32_t *x, int ticks)
{
    struct unit u = {.n = ticks, .n_x = a->n->unit.n_x, .x = x};
    int more = 0;
    struct law_state *first = calloc((size_t)ticks, sizeof *first);
    int32_t *fired = calloc((size_t)ticks, sizeof *fired);
    if (!first || !fired) cli_no_memory();
    for (int i = 0; i < a->n_laws; i++) {
        a->trial[i] = a->state[i];
        a->now[i] = a->apart[i];
        for (int t = 0; t < ticks; t++) {
            struct law_stages done = unit_step(&u, law(a, i), &a->trial[i], t, 0);
            if (i == 0) {
                first[t] = a->trial[0];
                fired[t] = done.fire;
            } else if (a->trial[i].v != first[t].v || fired[t] != done.fire)
                a->now[i] = true;
        }
        more += a->now[i] && !a->apart[i];
    }
    free(first);
    free(fired);
    return more;
}

// Words of each source from its lowest to its highest in the recording: what else it may be is not known.
static void find_range(struct asking *a)
{
    const struct unit *u = &a->n->unit;
    for (int k = 0; k < u->n_x; k++)
        a->lo[k] = a->hi[k] = u->x[k];
    for (int t = 0; t < u->n; t++)
        for (int k = 0; k < u->n_x; k++) {
            const int32_t word = u->x[(size_t)t * (size_t)u->n_x + (size_t)k];
            a->lo[k] = word < a->lo[k] ? word : a->lo[k];
            a->hi[k] = word > a->hi[k] ? word : a->hi[k];
        }
}

// A piece within the range: at its upper part, its lower, or all of it, dense or rare.
static void draw(const struct asking *a, int32_t *x, uint64_t *s)
{
    const int n_x = a->n->unit.n_x;
    const int64_t part = between(s, 0, 2), rare = between(s, 0, 2);
    for (int i = 0; i < PIECE * n_x; i++) {
        const int64_t lo = a->lo[i % n_x], hi = a->hi[i % n_x], middle = lo + (hi - lo) / 2;
        x[i] = (int32_t)between(s, part == 1 ? middle : lo, part == 2 ? middle : hi);
        if (rare == 1 && between(s, 0, 5)) x[i] = (int32_t)fx_sat(0, lo, hi);
        if (rare == 2 && between(s, 0, 1)) x[i] = (int32_t)(part == 1 ? hi : lo);
    }
}

static void write(const struct asking *a, const int32_t *x, int ticks, const char *path)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_no_memory();
    fprintf(to, "tick");
    for (int k = 0; k < a->n->unit.n_x; k++)
        fprintf(to, ",%s", a->x->r->column[a->n->source[k]].name);
    fprintf(to, "\n");
    for (int t = 0; t < ticks; t++) {
        fprintf(to, "%d", t);
        for (int k = 0; k < a->n->unit.n_x; k++)
            fprintf(to, ",%.12g",
                    ldexp(x[t * a->n->unit.n_x + k], -identify_source_frac(a->x, a->n->source[k])));
        fprintf(to, "\n");
    }
    cli_end_text(to, &text);
    cli_write_text(text, path);
    free(text);
}

void ask_write(struct asked *asked, const struct identified *x, const char *path, uint64_t seed)
{
    struct asking a = {.n = &x->neuron[0], .x = x, .n_laws = x->alike.n < LAWS ? x->alike.n : LAWS};
    const struct unit *u = &a.n->unit;
    if (x->n > 1 || a.n->view.heard || u->leak || u->gain || u->bias || !u->n_x)
        cli_die("--ask: of one neuron that hears inputs alone; here are %d neurons, %s", x->n,
                u->leak || u->gain || u->bias ? "and words that the host writes"
                                              : "and spikes that are heard");
    const size_t n = (size_t)a.n_laws, n_x = (size_t)u->n_x;
    int32_t *all = calloc(PIECE * PIECES * n_x, sizeof *all),
            *best = calloc(PIECE * n_x, sizeof *best);
    int32_t *trial = calloc(PIECE * n_x, sizeof *trial);
    a.state = calloc(n, sizeof *a.state);
    a.trial = calloc(n, sizeof *a.trial);
    a.apart = calloc(n, sizeof *a.apart);
    a.now = calloc(n, sizeof *a.now);
    a.law = malloc(n * sizeof *a.law);
    a.lo = malloc(n_x * 2 * sizeof *a.lo);
    a.hi = a.lo + n_x;
    if (!a.law || !a.lo || !all || !best || !trial || !a.state || !a.trial || !a.apart || !a.now)
        cli_no_memory();
    for (int i = 0; i < a.n_laws; i++)
        class_candidate(&x->alike, (int)((int64_t)i * x->alike.n / a.n_laws), 0, &a.law[i]);
    find_range(&a);
    for (int i = 0; i < a.n_laws; i++)
        a.state[i].v = law(&a, i)->law.has_rest ? law(&a, i)->n.rest : 0;
    *asked = (struct asked){.others = a.n_laws - 1};
    uint64_t s = seed * 2 + 1;
    for (int piece = 0; piece < PIECES && asked->apart < asked->others; piece++) {
        int most = 0;
        for (int i = 0; i < TRIES; i++) {
            draw(&a, trial, &s);
            int more = try_piece(&a, trial, PIECE);
            if (more <= most && i) continue;
            most = more;
            memcpy(best, trial, PIECE * n_x * sizeof *best);
        }
        if (!most && piece > 4) break;
        try_piece(&a, best, PIECE);
        memcpy(a.state, a.trial, n * sizeof *a.state);
        memcpy(a.apart, a.now, n * sizeof *a.apart);
        memcpy(all + (size_t)asked->ticks * n_x, best, PIECE * n_x * sizeof *all);
        asked->ticks += PIECE;
        asked->apart = 0;
        for (int i = 1; i < a.n_laws; i++)
            asked->apart += a.apart[i];
    }
    write(&a, all, asked->ticks, path);
    free(all);
    free(best);
    free(trial);
    free(a.state);
    free(a.trial);
    free(a.apart);
    free(a.now);
    free(a.law);
    free(a.lo);
}
