#include "cli/train/train_watch.h"

#include "cli/predict/undecided.h"

#include <math.h>
#include <stdio.h>

enum { LONG = 5 }; // rows within 1 % of a guess that are no beginning any more

static bool stands(const struct train_watch *w)
{
    return w->for_rows >= LONG;
}

static void follow(struct train_watch *w, int at, double loss)
{
    double apart = fabs(loss - w->guess);
    if (apart > 0.01 * w->guess) {
        w->stands_since = w->for_rows = 0;
        return;
    }
    if (w->for_rows++ == 0) w->stands_since = at;
    // Two rows without any output spike are no beginning either.
    if (apart < 1e-6 * w->guess && w->for_rows == 2) w->for_rows = LONG;
}

void train_watch_resume(struct train_watch *w, const cJSON *log_rows)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, log_rows)
    {
        const cJSON *at = cJSON_GetObjectItemCaseSensitive(row, w->unit),
                    *loss = cJSON_GetObjectItemCaseSensitive(row, "loss");
        if (cJSON_IsNumber(at) && cJSON_IsNumber(loss))
            follow(w, (int)at->valuedouble, loss->valuedouble);
    }
}

static void watch_loss(struct train_watch *w, int at, double loss)
{
    follow(w, at, loss);
    if (w->told_loss && !w->for_rows) {
        cli_warn("%s %d: the loss moves again, %.4f", w->unit, at, loss);
        w->told_loss = false;
    }
    if (!stands(w) || w->told_loss) return;
    w->told_loss = true;
    cli_warn("%s %d: the loss stands at %s%.4f since %s %d: what %s costs", w->unit, at,
             w->stands_at, w->guess, w->unit, w->stands_since, w->costs);
}

void train_watch_row(struct train_watch *w, int at, double loss, const struct undecided *u)
{
    for (int l = 0; l < u->n_layers; l++) {
        bool silent = u->layer[l] == u->n_chips, was = w->silent >> l & 1;
        const char *kind = l == u->n_layers - 1 ? "the output" : "a layer";
        if (silent && !was)
            cli_warn("%s %d: %s (layer %d, %d neurons) fires in none of %d %s on any of %d chips: "
                     "nothing is learned through it",
                     w->unit, at, kind, l, u->n_out[l], u->n_items, w->items, u->n_chips);
        if (was && !silent) cli_warn("%s %d: %s (layer %d) fires again", w->unit, at, kind, l);
        w->silent = (w->silent & ~(1u << l)) | (uint32_t)silent << l;
    }
    watch_loss(w, at, loss);
    cli_say_warnings();
}

void train_watch_end(const struct train_watch *w, cJSON *json, int kept, const struct undecided *u)
{
    if (undecided_any(u)) {
        char whose[96];
        snprintf(whose, sizeof whose, "chips of the net that is kept (%s %d)", w->unit, kept);
        undecided_warn(u, whose, &w->words, -1);
    }
    if (stands(w))
        cli_warn("the loss stands at %s%.4f since %s %d: the net tells nothing apart", w->stands_at,
                 w->guess, w->unit, w->stands_since);
    cli_say_warnings();
    undecided_json(json, u);
    if (stands(w))
        cJSON_AddNumberToObject(json, "loss_stands_since", w->stands_since);
    else
        cJSON_AddNullToObject(json, "loss_stands_since");
}
