#include "cli/predict/undecided.h"

#include <stdio.h>
#include <string.h>

enum { NAMED = 4 }; // labels in a warning

void undecided_of(struct undecided *u, const struct predict_job *job,
                  const struct predict_chip *chips, const uint16_t *decision, int n_chips,
                  double limit)
{
    if (undecided_count(u, job, chips, decision, n_chips, limit)) cli_die("out of memory");
}

static bool often(const struct undecided *u)
{
    return u->silent + u->tied >= UNDECIDED_SHARE;
}

static int first_silent(const struct undecided *u) // layer before the outputs; -1: none
{
    for (int l = 0; l < u->n_layers - 1; l++)
        if (u->layer[l]) return l;
    return -1;
}

bool undecided_any(const struct undecided *u)
{
    return u->never || u->partly || often(u) || first_silent(u) >= 0;
}

// "the nominal chip" or "3 of 100 virtual chips".
static const char *who(const struct undecided *u, int n, const char *whose, char text[96])
{
    bool one = u->n_chips == 1 && strcmp(whose, "virtual chips") == 0;
    if (u->n_chips == 1)
        snprintf(text, 96, "%s", one ? "the virtual chip" : whose);
    else
        snprintf(text, 96, "%d of %d %s", n, u->n_chips, whose);
    return text;
}

void undecided_warn(const struct undecided *u, const char *whose, const struct task_words *words,
                    double limit)
{
    char text[96];
    for (int l = 0; l < u->n_layers - 1; l++)
        if (u->layer[l])
            cli_warn("%s: layer %d (%d neurons) fires in none of %d %s",
                     who(u, u->layer[l], whose, text), l, u->n_out[l], u->n_items, words->items);
    if (u->never && u->graded)
        cli_warn("%s never say%s anything: no output fires in any of %d %s",
                 who(u, u->never, whose, text), u->n_chips == 1 ? "s" : "", u->n_items,
                 words->items);
    if (u->never && !u->graded) {
        char pass[96] = "";
        if (limit >= 0 && u->never_pass)
            snprintf(pass, sizeof pass, "; %s%.0d pass%s the limit of %.2f %% all the same",
                     u->n_chips == 1 ? "it" : "", u->n_chips == 1 ? 0 : u->never_pass,
                     u->n_chips == 1 ? "es" : "", 100 * limit);
        cli_warn("%s never decide%s: no output fires in any of %d %s, so that each is taken for "
                 "\"%s\"%s",
                 who(u, u->never, whose, text), u->n_chips == 1 ? "s" : "", u->n_items,
                 words->items, words->class_name[words->silent_class], pass);
    }
    if (u->partly) {
        char list[512] = "";
        int named = 0, unsaid = 0;
        for (int k = 0; k < u->n_classes; k++) {
            if (!u->unsaid[k]) continue;
            unsaid++;
            size_t used = strlen(list);
            if (named == NAMED || used + strlen(words->class_name[k]) + 8 > sizeof list) continue;
            snprintf(list + used, sizeof list - used, "%s\"%s\"", named ? ", " : "",
                     words->class_name[k]);
            named++;
        }
        cli_warn("%s never say%s a label that %s heard: %s%s", who(u, u->partly, whose, text),
                 u->n_chips == 1 ? "s" : "", u->n_chips == 1 ? "it" : "they", list,
                 unsaid > named ? ", .." : "");
    }
    if (often(u) && u->never < u->n_chips && u->graded)
        cli_warn("%s: no output fires in %.1f %% of the %s", whose, 100 * u->silent, words->items);
    else if (often(u) && u->never < u->n_chips)
        cli_warn("%s: %.1f %% of the decisions are none: no output fires in %.1f %%, two labels as "
                 "often in %.1f %%; %s",
                 whose, 100 * (u->silent + u->tied), 100 * u->silent, 100 * u->tied,
                 words->undecided);
    cli_say_warnings();
}

static void add_counts(cJSON *to, const char *name, const int *count, int n)
{
    cJSON_AddItemToObject(to, name, cJSON_CreateIntArray(count, n));
}

void undecided_json(cJSON *to, const struct undecided *u)
{
    cJSON *json = cJSON_AddObjectToObject(to, "undecided");
    cJSON_AddNumberToObject(json, "silent", u->silent);
    cJSON_AddNumberToObject(json, "tied", u->tied);
    cJSON_AddNumberToObject(json, "chips_never", u->never);
    cJSON_AddNumberToObject(json, "chips_never_that_pass", u->never_pass);
    cJSON_AddNumberToObject(json, "chips_partly", u->partly);
    add_counts(json, "layers_never", u->layer, u->n_layers);
    add_counts(json, "labels_never", u->unsaid, u->n_classes);
}
