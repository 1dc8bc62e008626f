#include "twin/dpi/dpi_fit.h"

#include <math.h>
#include <stdlib.h>

struct weighed {
    double x, s;
};

static int by_magnitude(const void *a, const void *b)
{
    const struct weighed *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return p->s < q->s ? -1 : p->s > q->s;
}

void dpi_points_fini(struct dpi_points *p)
{
    free(p->x);
    free(p->s);
    for (int k = 0; k < 3; k++)
        free(p->sum[k]);
}

int dpi_points_init(struct dpi_points *p, const double *w, const double *importance, size_t n,
                    double *top)
{
    struct weighed *all = malloc((n + 1) * sizeof *all);
    *p = (struct dpi_points){0};
    *top = 0;
    double most = 0;
    for (size_t i = 0; all && i < n; i++) {
        double s = importance ? importance[i] : 1;
        if (w[i] == 0 || s == 0) continue;
        all[p->n++] = (struct weighed){fabs(w[i]), s};
        *top = fmax(*top, fabs(w[i]));
        most = fmax(most, s);
    }
    p->x = malloc((p->n + 1) * sizeof *p->x);
    p->s = malloc((p->n + 1) * sizeof *p->s);
    for (int k = 0; k < 3; k++)
        p->sum[k] = calloc(p->n + 1, sizeof *p->sum[k]);
    bool ok = all && p->x && p->s && p->sum[0] && p->sum[1] && p->sum[2];
    if (ok) qsort(all, p->n, sizeof *all, by_magnitude);
    for (size_t i = 0; ok && i < p->n; i++) {
        p->x[i] = all[i].x / *top;
        p->s[i] = all[i].s / most;
        double term = p->s[i];
        for (int k = 0; k < 3; k++, term *= p->x[i])
            p->sum[k][i + 1] = p->sum[k][i] + term;
    }
    free(all);
    if (!ok) dpi_points_fini(p);
    return ok ? 0 : -1;
}
