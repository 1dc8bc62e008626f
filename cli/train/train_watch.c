#include "cli/train/train_watch.h"

#include "cli/predict/undecided.h"
#include "twin/jobs/lif_job.h"

#include <math.h>
#include <stdio.h>

enum { LONG = 5 }; // epochs within 1 % of ln(labels) that are no beginning any more

static bool stands(const struct train_watch *w)
{
    return w->for_epochs >= LONG;
}

static void follow(struct train_watch *w, double guess, int epoch, double loss)
{
    double apart = fabs(loss - guess);
    if (apart > 0.01 * guess) {
        w->stands_since = w->for_epochs = 0;
        return;
    }
    if (w->for_epochs++ == 0) w->stands_since = epoch;
    // Two epochs without any output spike are no beginning either.
    if (apart < 1e-6 * guess && w->for_epochs == 2) w->for_epochs = LONG;
}

void train_watch_resume(struct train_watch *w, const struct speech *s, const cJSON *log_rows)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, log_rows)
    {
        const cJSON *epoch = cJSON_GetObjectItemCaseSensitive(row, "epoch"),
                    *loss = cJSON_GetObjectItemCaseSensitive(row, "loss");
        if (cJSON_IsNumber(epoch) && cJSON_IsNumber(loss))
            follow(w, log(s->set.labels.n), (int)epoch->valuedouble, loss->valuedouble);
    }
}

static void watch_loss(struct train_watch *w, const struct speech *s, const struct train_epoch *e)
{
    double guess = log(s->set.labels.n);
    follow(w, guess, e->epoch, e->loss);
    if (w->told_loss && !w->for_epochs) {
        cli_warn("epoch %d: the loss moves again, %.4f", e->epoch, e->loss);
        w->told_loss = false;
    }
    if (!stands(w) || w->told_loss) return;
    w->told_loss = true;
    cli_warn("epoch %d: the loss stands at ln(%d) = %.4f since epoch %d: what a guess among %d "
             "labels costs",
             e->epoch, s->set.labels.n, guess, w->stands_since, s->set.labels.n);
}

void train_watch_epoch(struct train_watch *w, const struct train *t, const struct speech *s,
                       const struct train_epoch *e)
{
    const struct undecided *u = &e->undecided;
    const struct image_shape *shape = &t->net.shape;
    for (int l = 0; l < u->n_layers; l++) {
        bool silent = u->layer[l] == u->n_chips, was = w->silent >> l & 1;
        const char *kind = l == u->n_layers - 1 ? "the output" : "a layer";
        if (silent && !was)
            cli_warn("epoch %d: %s (layer %d, %d neurons) fires in none of %d held-back clips on "
                     "any of %d chips: nothing is learned through it",
                     e->epoch, kind, l, shape->layer[l].n_out, u->n_items, u->n_chips);
        if (was && !silent) cli_warn("epoch %d: %s (layer %d) fires again", e->epoch, kind, l);
        w->silent = (w->silent & ~(1u << l)) | (uint32_t)silent << l;
    }
    watch_loss(w, s, e);
    cli_say_warnings();
}

void train_watch_end(const struct train_watch *w, cJSON *json, const struct train *t,
                     const struct chip *c, const struct speech *s, const struct train_options *o)
{
    struct fail f;
    struct train_judged judged;
    if (train_judge(&t->best, c, s, o->seed, TRAIN_FIRST_JUDGE, o->held_chips, &judged, &f))
        cli_die("%s", f.text);
    if (undecided_any(&judged.undecided)) {
        char whose[96];
        snprintf(whose, sizeof whose, "chips of the net that is kept (epoch %d)", t->best_epoch);
        struct task_words words = lif_words(&s->set);
        undecided_warn(&judged.undecided, whose, &words, -1);
    }
    if (stands(w))
        cli_warn("the loss stands at ln(%d) = %.4f since epoch %d: the net tells nothing apart",
                 s->set.labels.n, log(s->set.labels.n), w->stands_since);
    cli_say_warnings();
    undecided_json(json, &judged.undecided);
    if (stands(w))
        cJSON_AddNumberToObject(json, "loss_stands_since", w->stands_since);
    else
        cJSON_AddNullToObject(json, "loss_stands_since");
}
