#include "twin/identify/pairs.h"

#include <stdlib.h>
#include <string.h>

int pairs_init(struct pairs *p, int n, int n_x, bool leaks)
{
    const size_t m = (size_t)n + 1;
    p->memory = calloc(m * ((size_t)n_x + 4), sizeof(int64_t));
    if (!p->memory) return -1;
    p->n_x = n_x;
    p->y = p->memory;
    p->next = p->y + m;
    p->known = p->next + m;
    p->leak = leaks ? p->known + m : 0;
    p->x = p->known + 2 * m;
    return 0;
}

void pairs_fini(struct pairs *p)
{
    free(p->memory);
    p->memory = 0;
}

static void move(struct pairs *p, int to, int from)
{
    const size_t n_x = (size_t)p->n_x;
    p->y[to] = p->y[from];
    p->next[to] = p->next[from];
    p->known[to] = p->known[from];
    if (p->leak) p->leak[to] = p->leak[from];
    memmove(p->x + (size_t)to * n_x, p->x + (size_t)from * n_x, n_x * sizeof *p->x);
}

static uint64_t mix(uint64_t h, int64_t word) // FNV-1a by words
{
    h = (h ^ (uint64_t)word) * UINT64_C(1099511628211);
    return h ^ h / 0x20000000;
}

static uint64_t hash(const struct pairs *p, int i)
{
    const int64_t *x = p->x + (size_t)i * (size_t)p->n_x;
    uint64_t h = mix(mix(mix(UINT64_C(14695981039346656037), p->y[i]), p->next[i]), p->known[i]);
    if (p->leak) h = mix(h, p->leak[i]);
    for (int k = 0; k < p->n_x; k++)
        h = mix(h, x[k]);
    return h;
}

static bool same(const struct pairs *p, int a, int b)
{
    const size_t n_x = (size_t)p->n_x;
    return p->y[a] == p->y[b] && p->next[a] == p->next[b] && p->known[a] == p->known[b] &&
           (!p->leak || p->leak[a] == p->leak[b]) &&
           !memcmp(p->x + (size_t)a * n_x, p->x + (size_t)b * n_x, n_x * sizeof *p->x);
}

int pairs_distinct(struct pairs *p)
{
    size_t room = 16;
    while (room < (size_t)p->n * 2)
        room *= 2;
    int *seen = calloc(room, sizeof *seen); // 1 + the pair there
    int n = 0;
    if (!seen) return -1;
    for (int i = 0; i < p->n; i++) {
        size_t at = (size_t)hash(p, i) & (room - 1);
        while (seen[at] && !same(p, seen[at] - 1, i))
            at = (at + 1) & (room - 1);
        if (seen[at]) continue;
        if (n != i) move(p, n, i);
        seen[at] = ++n;
    }
    p->n = n;
    free(seen);
    return 0;
}

bool pairs_drop_ends(struct pairs *p)
{
    enum { SEVERAL = 3, ENOUGH = 24 };
    int n = 0, at_lo = 0, at_hi = 0;
    if (!p->n) return false;
    int64_t lo = p->next[0], hi = lo;
    for (int i = 0; i < p->n; i++) {
        lo = p->next[i] < lo ? p->next[i] : lo;
        hi = p->next[i] > hi ? p->next[i] : hi;
    }
    for (int i = 0; i < p->n; i++) {
        at_lo += p->next[i] == lo;
        at_hi += p->next[i] == hi;
    }
    const bool low = at_lo >= SEVERAL, high = at_hi >= SEVERAL;
    if (!low && !high) return false;
    if (p->n - (low ? at_lo : 0) - (high ? at_hi : 0) < ENOUGH + p->n_x) return false;
    for (int i = 0; i < p->n; i++) {
        if ((low && p->next[i] == lo) || (high && p->next[i] == hi)) continue;
        if (n != i) move(p, n, i);
        n++;
    }
    p->n = n;
    return true;
}

void pairs_thin(struct pairs *p, int most)
{
    const int n = p->n;
    if (n <= most) return;
    for (int i = 0; i < most; i++)
        move(p, i, (int)((int64_t)i * n / most));
    p->n = most;
}
