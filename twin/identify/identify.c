#include "twin/identify/identify.h"

#include "twin/identify/current.h"
#include "twin/identify/rows.h"

#include <stdlib.h>
#include <string.h>

// --- a neuron in one view ----------------------------------------------------------------------------

static int find_membranes(struct neuron_found *n, const struct candidate *base)
{
    const int gap = unit_gap(&n->unit);
    int quiet[4] = {gap == n->unit.n ? 0 : gap - 1, (gap - 1) / 2, 1, 0}, tried[4], n_tried = 0;
    for (int i = 0; i < 4 && !n->laws.n; i++) {
        bool done = quiet[i] < 0 || (i == 1 && gap == n->unit.n) || quiet[i] > 255;
        for (int k = 0; k < n_tried; k++)
            done |= tried[k] == quiet[i];
        if (done || (n->unit.r && n_tried)) continue;
        tried[n_tried++] = quiet[i];
        if (membrane_find(&n->unit, base, quiet[i], &n->laws, &n->nearest)) return -1;
    }
    return 0;
}

// Membranes behind each current that explains the recorded one, until one does.
static int find_in_view(struct identified *x, struct neuron_found *n)
{
    static const struct candidate none = {.law = {.input = {32, 0},
                                                  .input_signed = true,
                                                  .weight = {16, 0},
                                                  .membrane = {32, 0},
                                                  .leak = {1, 0}},
                                          .layer = {0, 1}};
    if (rows_build(x, n)) return -1;
    n->laws.n = 0;
    n->nearest.wrong = -1;
    n->by_current = false;
    if (!n->unit.u[0]) return find_membranes(n, &none);
    struct members currents = {0};
    int rc = current_find(&n->unit, &currents, &n->nearest);
    n->by_current = !currents.n;
    if (currents.n) n->nearest.wrong = -1;
    for (int i = 0; rc == 0 && i < currents.n && !n->laws.n; i++) {
        const struct member *of = &currents.m[i];
        rc = find_membranes(n, &of->c);
        for (int k = 0; k < n->laws.n; k++) {
            struct member *m = &n->laws.m[k];
            m->current_bits = of->current_bits;
            m->decay_lo = of->decay_lo;
            m->decay_hi = of->decay_hi;
            memcpy(m->told, of->told, sizeof m->told);
        }
    }
    members_fini(&currents);
    return rc;
}

// --- views -------------------------------------------------------------------------------------------

static bool shows_one_word(const struct unit *u)
{
    bool any = false;
    int64_t word = 0;
    for (int t = 0; u->z && t < u->n; t++) {
        if (!u->z[t]) continue;
        if (any && u->v[t] != word) return false;
        word = u->v[t];
        any = true;
    }
    return any;
}

struct best {
    struct view view;
    struct nearest nearest; // wrong -1: there is none
    bool by_current;
};

static void remember(struct best *best, const struct neuron_found *n)
{
    const int wrong = n->nearest.wrong;
    if (wrong < 0) return;
    if (best->nearest.wrong >= 0 && best->by_current < n->by_current) return;
    if (best->nearest.wrong >= 0 && best->by_current == n->by_current &&
        wrong >= best->nearest.wrong)
        return;
    *best = (struct best){n->view, n->nearest, n->by_current};
}

// The rows as in the best view, and what is nearest there.
static int recall(struct identified *x, struct neuron_found *n, const struct best *best)
{
    if (best->nearest.wrong < 0) return 0;
    n->view = best->view;
    n->nearest = best->nearest;
    n->by_current = best->by_current;
    return rows_build(x, n);
}

// One view, and the same with its first rows taken as given where only those are wrong.
static int try_view(struct identified *x, struct neuron_found *n, struct view view,
                    struct best *best)
{
    for (int from_row = 0; from_row < 2; from_row++) {
        view.from_row = from_row;
        n->view = view;
        if (find_in_view(x, n)) return -1;
        if (n->laws.n) return 0;
        remember(best, n);
        if (n->nearest.wrong < 0 || n->nearest.wrong > x->r->n_runs + x->r->n_rows / 20) return 0;
    }
    return 0;
}

static int64_t largest_input(const struct identified *x)
{
    int64_t most = 0;
    for (int i = 0; i < x->r->n_columns; i++)
        for (int t = 0; x->r->column[i].role == RECORDING_INPUT && t < x->r->n_rows; t++)
            most = x->r->column[i].word[t] > most ? x->r->column[i].word[t] : most;
    return most;
}

struct ranked {
    struct view view;
    double promise; // share of pairs on a line
    int order;
};

enum { VIEWS = 3 * 3 * 9 };

static int by_promise(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    if (p->promise != q->promise) return p->promise < q->promise ? 1 : -1;
    return p->order - q->order;
}

// Ways to read the rows, those first in which most rows lie on a line.
static int rank_views(struct identified *x, struct neuron_found *n, struct ranked *to)
{
    enum { MANY = 40 }; // sources: beyond it an input that is held to a format is not thought of
    static const struct view rows[] = {{.lag = 0}, {.lag = 1}, {.lag = 1, .lead = 1}};
    const int spikes = rows_count(x->r, RECORDING_SPIKE), layers = x->n > 1 && spikes > 1;
    const int64_t most = largest_input(x);
    int views = 0;
    for (int bits = 0; bits <= 8; bits++)
        for (int heard = 0; heard <= (layers ? 2 : spikes > 0); heard++)
            for (int row = 0; row < 3; row++) {
                struct ranked *v = &to[views];
                if (bits && (!x->whole || most <= fx_umax(bits))) continue;
                if ((!spikes && row == 2) || (!x->whole && (heard || row == 2))) continue;
                if (bits && (n->unit.n_x > MANY || deadline_passed(&x->deadline))) continue;
                *v = (struct ranked){.view = rows[row], .order = views};
                v->view.heard = heard;
                v->view.input_bits = bits;
                n->view = v->view;
                if (rows_build(x, n)) return -1;
                const double share =
                    n->unit.u[0] ? current_promise(&n->unit) : membrane_promise(&n->unit);
                if (share < 0) return -1;
                v->promise = (double)(int)(share * 50) / 50; // what is little better comes later
                views++;
            }
    qsort(to, (size_t)views, sizeof *to, by_promise);
    return views;
}

static int try_views(struct identified *x, struct neuron_found *n)
{
    struct ranked view[VIEWS];
    struct best best = {.nearest = {.wrong = -1}};
    const int spikes = rows_count(x->r, RECORDING_SPIKE);
    if (rows_build(x, n)) return -1;
    x->views = rank_views(x, n, view);
    if (x->views < 0) return -1;
    for (int i = 0; i < x->views && !deadline_passed(&x->deadline); i++, x->views_tried++)
        for (int shown = 0; shown < (spikes && x->whole ? SHOWN_WAYS : 1); shown++) {
            struct view v = view[i].view;
            v.shown = (enum unit_shown)shown;
            if (shown && v.lead) continue;
            if (shown == SHOWN_OTHER && !shows_one_word(&n->unit)) continue;
            if (try_view(x, n, v, &best)) return -1;
            if (n->laws.n) return 0;
        }
    return recall(x, n, &best);
}

// Another neuron of the same recording, so that its rows are read as those of the first, but for whom it hears.
static int try_like(struct identified *x, struct neuron_found *n)
{
    struct view view = x->neuron[0].view;
    struct best best = {.nearest = {.wrong = -1}};
    const int spikes = rows_count(x->r, RECORDING_SPIKE), like = view.heard;
    for (int i = 0; i < 3; i++) {
        view.heard = (like + i) % 3;
        if (view.heard > (x->n > 1 && spikes > 1 ? 2 : spikes > 0)) continue;
        if (i && deadline_passed(&x->deadline)) break;
        n->view = view;
        if (find_in_view(x, n)) return -1;
        if (n->laws.n) return 0;
        remember(&best, n);
    }
    return recall(x, n, &best);
}

// --- all neurons -------------------------------------------------------------------------------------

static int list_neurons(struct identified *x, struct fail *f)
{
    const struct recording *r = x->r;
    x->n = rows_count(r, RECORDING_MEMBRANE);
    if (x->n > IDENTIFY_NEURONS)
        return fail(f, "%s: %d membranes, allowed %d", r->path, x->n, IDENTIFY_NEURONS);
    x->neuron = calloc((size_t)x->n, sizeof *x->neuron);
    x->of = calloc((size_t)x->n, sizeof *x->of);
    if (!x->neuron || !x->of) return fail(f, "out of memory");
    for (int i = 0, n = 0; i < r->n_columns; i++) {
        if (r->column[i].role != RECORDING_MEMBRANE) continue;
        struct neuron_found *to = &x->neuron[n++];
        memcpy(to->key, r->column[i].key, sizeof to->key);
        to->membrane = i;
    }
    for (int i = 1; i < x->n; i++) // the one that says most comes first
        if (rows_spikes(r, x->neuron[i].key) > rows_spikes(r, x->neuron[0].key)) {
            struct neuron_found first = x->neuron[0];
            x->neuron[0] = x->neuron[i];
            x->neuron[i] = first;
        }
    return 0;
}

int identify(struct identified *x, struct recording *r, double seconds, struct fail *f)
{
    *x = (struct identified){.r = r, .deadline = deadline_in(seconds)};
    if (list_neurons(x, f) || rows_settle(x, f)) return -1;
    if (rows_count(r, RECORDING_INPUT) > UNIT_SOURCES)
        return fail(f, "%s: %d inputs, allowed %d", r->path, rows_count(r, RECORDING_INPUT),
                    UNIT_SOURCES);
    x->explained = x->whole;
    for (int i = 0; i < x->n; i++) {
        struct neuron_found *n = &x->neuron[i];
        if (i && !x->neuron[0].laws.n) break;
        if (i ? try_like(x, n) : try_views(x, n)) return fail(f, "out of memory");
        x->explained &= n->laws.n > 0;
        x->of[i].unit = &n->unit;
        x->of[i].seeds = &n->laws;
    }
    if (!x->explained) return 0;
    if (class_find(&x->alike, x->of, x->n)) return fail(f, "out of memory");
    x->explained = x->alike.n > 0;
    return 0;
}

void identify_fini(struct identified *x)
{
    class_fini(&x->alike);
    for (int i = 0; i < x->n && x->neuron; i++) {
        free(x->neuron[i].memory);
        members_fini(&x->neuron[i].laws);
    }
    free(x->neuron);
    free(x->of);
    *x = (struct identified){0};
}
