#include "twin/task/merit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Pearson's correlation of an output with its target over ticks, the mean over outputs. An output that stands still
// says nothing of its target: 0.
static double correlation(const double *said, const double *target, int skip, int n_ticks,
                          int n_out)
{
    const double n = n_ticks - skip;
    double sum = 0;
    for (int k = 0; k < n_out; k++) {
        double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (int t = skip; t < n_ticks; t++) {
            x += said[t * n_out + k];
            y += target[t * n_out + k];
        }
        for (int t = skip; t < n_ticks; t++) {
            const double a = said[t * n_out + k] - x / n, b = target[t * n_out + k] - y / n;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
        if (xx > 0 && yy > 0) sum += xy / (sqrt(xx) * sqrt(yy));
    }
    return sum / n_out;
}

// 200 · mean of |y − target| / (|y| + |target|), as NeuroBench's; 0 where both are 0.
static double smape(const double *said, const double *target, int skip, int n_ticks, int n_out)
{
    double sum = 0;
    for (int i = skip * n_out; i < n_ticks * n_out; i++) {
        const double of = fabs(said[i]) + fabs(target[i]);
        if (of > 0) sum += fabs(said[i] - target[i]) / of;
    }
    return 200 * sum / ((double)(n_ticks - skip) * n_out);
}

const struct merit merit_accuracy = {"accuracy", 0, 1, 100, " %", 2, 0};

static const struct merit of_correlation = {"correlation", -1, 1, 1, "", 4, correlation};
static const struct merit of_smape = {"sMAPE", 200, 0, 1, "", 2, smape};

const struct merit *const merit_rows[] = {&of_correlation, &of_smape, 0};

const struct merit *merit_find(const char *name)
{
    for (int i = 0; merit_rows[i]; i++)
        if (!strcmp(merit_rows[i]->name, name)) return merit_rows[i];
    return 0;
}

int merit_full(const struct merit *m)
{
    return m->of_item ? MERIT_POINTS : 1;
}

int merit_points(const struct merit *m, double value)
{
    const double points = floor(merit_share(m, value) * merit_full(m) + 0.5);
    return points > 0 ? points < merit_full(m) ? (int)points : merit_full(m) : 0;
}

double merit_value(const struct merit *m, double share)
{
    return m->worst + share * (m->best - m->worst);
}

double merit_share(const struct merit *m, double value)
{
    return (value - m->worst) / (m->best - m->worst);
}

double merit_part(const struct merit *m, double share, double part)
{
    const double value = merit_value(m, share);
    return merit_share(m, m->best > m->worst ? value * part : value / part);
}

const char *merit_bare(const struct merit *m, double share, char text[MERIT_TEXT])
{
    snprintf(text, MERIT_TEXT, "%.*f", m->decimals, m->times * merit_value(m, share));
    return text;
}

const char *merit_text(const struct merit *m, double share, char text[MERIT_TEXT])
{
    snprintf(text, MERIT_TEXT, "%.*f%s", m->decimals, m->times * merit_value(m, share), m->unit);
    return text;
}

double merit_scale(const struct merit *m)
{
    return m->times * fabs(m->best - m->worst);
}
