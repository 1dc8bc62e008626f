// Of the report: one limit and one wanted yield for all its nets, and what each of them says to those.
#include "cli/predict/verdict_text.h"
#include "cli/report/report.h"

#include <math.h>
#include <stdlib.h>

static struct interval pair(const cJSON *point, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(point, name);
    return (struct interval){x->child->valuedouble, x->child->next->valuedouble};
}

// The curve of a prediction; returns how many points, 0: there is none.
static int read_curve(const cJSON *net, struct yield_point curve[YIELD_POINTS])
{
    const cJSON *point;
    int n = 0;
    cJSON_ArrayForEach(point, cJSON_GetObjectItemCaseSensitive(net, "yield_curve"))
    {
        bool sources = cJSON_GetObjectItemCaseSensitive(point, "chips_and_speakers");
        curve[n++] =
            (struct yield_point){.limit = report_number(point, "limit"),
                                 .yield = report_number(point, "yield"),
                                 .chips = pair(point, "chips"),
                                 .all = pair(point, sources ? "chips_and_speakers" : "chips")};
    }
    return n;
}

static void add_verdict(cJSON *net, double limit, double target)
{
    static struct yield_point curve[YIELD_POINTS];
    struct verdict v;
    const cJSON *chip;
    struct page at = {.json = net};
    int n = read_curve(net, curve), pass = 0, chips = 0;
    cJSON_DeleteItemFromObjectCaseSensitive(net, "verdict");
    if (n == 0) return;
    cJSON_ArrayForEach(chip, cJSON_GetObjectItemCaseSensitive(net, "chips"))
    {
        if (report_number(chip, "k") == 0) continue;
        pass += report_number(chip, "accuracy") >= limit;
        chips++;
    }
    verdict_make(&v, curve, n, limit, target, pass, chips,
                 page_find(&at, "/speakers") ? (int)page_value(&at, "/speakers") : 0);
    verdict_json(net, &v);
}

// {value, target, share, of}: share of the nominal chip's accuracy of that net; neither, if a limit
// was given.
void report_add_verdicts(cJSON *json, const char *given, double target)
{
    const cJSON *nets = cJSON_GetObjectItemCaseSensitive(json, "nets");
    cJSON *net, *one = cJSON_AddObjectToObject(json, "limit");
    struct page first = {.json = nets->child};
    const struct merit *m = page_merit(&first);
    const double limit = given
                             ? merit_share(m, cli_number("--limit", given, fmin(m->worst, m->best),
                                                         fmax(m->worst, m->best)))
                             : page_value(&first, "/yield/limit");
    if (target < 0 && page_find(&first, "/yield/target"))
        target = page_value(&first, "/yield/target");
    if (target < 0) target = VERDICT_TARGET;
    cJSON_AddNumberToObject(one, "value", limit);
    cJSON_AddNumberToObject(one, "target", target);
    if (!given && page_find(&first, "/yield/limit_share")) {
        cJSON_AddNumberToObject(one, "share", page_value(&first, "/yield/limit_share"));
        cJSON_AddStringToObject(one, "of", nets->child->string);
    }
    cJSON_ArrayForEach(net, nets) add_verdict(net, limit, target);
}
