#include "cli/predict/verdict_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *verdict_answer(const char *says)
{
    for (int i = VERDICT_PASSES; i <= VERDICT_OPEN; i++)
        if (strcmp(says, verdict_names[i]) == 0) return i == VERDICT_OPEN ? "cannot tell" : says;
    return "no verdict";
}

// What would close an open one; "" of any other.
static void more_of(const struct verdict *v, const char *sources, char text[VERDICT_TEXT])
{
    *text = 0;
    if (v->says != VERDICT_OPEN) return;
    if (isinf(v->more_chips) || isinf(v->more_sources))
        snprintf(text, VERDICT_TEXT, "no number of them would tell: the yield is what is wanted");
    else if (v->more_chips > 0)
        snprintf(text, VERDICT_TEXT, "about %.0f more chips would tell", v->more_chips);
    else if (v->more_sources > 0)
        snprintf(text, VERDICT_TEXT, "about %.0f more %s would tell, if they are like these",
                 v->more_sources, sources);
}

const char *verdict_text(const struct verdict *v, const struct merit *merit, int n_chips,
                         const char *share, const char *sources, char text[VERDICT_TEXT])
{
    char limit[MERIT_TEXT], more[VERDICT_TEXT], others[64] = "";
    if (sources) snprintf(others, sizeof others, ", with other %s", sources);
    more_of(v, sources, more);
    snprintf(text, VERDICT_TEXT,
             "%s: %.1f %% of %d chips reach %s%s; of other chips%s %.1f..%.1f %% do, and %.4g "
             "%% are wanted%s%s",
             verdict_answer(verdict_names[v->says]), 100 * v->yield, n_chips,
             merit_text(merit, v->limit, limit), share, others, 100 * v->all.low, 100 * v->all.high,
             100 * v->target, *more ? "; " : "", more);
    return text;
}

static void add_pair(cJSON *to, const char *name, struct interval x)
{
    const double pair[] = {x.low, x.high};
    cJSON_AddItemToObject(to, name, cJSON_CreateDoubleArray(pair, 2));
}

static void add_more(cJSON *to, const char *name, double more)
{
    if (isinf(more))
        cJSON_AddNullToObject(to, name);
    else
        cJSON_AddNumberToObject(to, name, more);
}

void verdict_json(cJSON *to, const struct verdict *v)
{
    cJSON *json = cJSON_AddObjectToObject(to, "verdict");
    cJSON_AddStringToObject(json, "says", verdict_names[v->says]);
    cJSON_AddNumberToObject(json, "limit", v->limit);
    cJSON_AddNumberToObject(json, "target", v->target);
    cJSON_AddNumberToObject(json, "yield", v->yield);
    add_pair(json, "chips", v->chips);
    add_pair(json, "all", v->all);
    cJSON_AddNumberToObject(json, "reached", v->reached);
    add_more(json, "more_chips", v->more_chips);
    add_more(json, "more_speakers", v->more_sources);
}
