// Of the report: nets that do not decide, said before any accuracy is.
#include "cli/report/report.h"

#include "twin/predict/undecided.h"

#include <string.h>

// What is wrong with a set of chips, from its counts.
struct finding {
    bool never, all, partly, often, layer;
    int silent_layer;
};

static double number(const cJSON *json, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsNumber(x) ? x->valuedouble : 0;
}

static struct finding find(const cJSON *undecided)
{
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(undecided, "layers_never");
    struct finding f = {
        .never = number(undecided, "chips_never") > 0,
        .partly = number(undecided, "chips_partly") > 0,
        .all = number(undecided, "silent") == 1,
        .often = number(undecided, "silent") + number(undecided, "tied") >= UNDECIDED_SHARE,
    };
    for (int l = 0; l < cJSON_GetArraySize(layers) - 1 && !f.layer; l++) {
        f.layer = cJSON_GetArrayItem(layers, l)->valuedouble > 0;
        f.silent_layer = l;
    }
    return f;
}

static bool any(struct finding f)
{
    return f.never || f.partly || f.often || f.layer;
}

static const cJSON *counts_of(const cJSON *net, const char *chips)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(net, chips),
                                            "undecided");
}

static double stands_since(const cJSON *net)
{
    return number(cJSON_GetObjectItemCaseSensitive(net, "training"), "loss_stands_since");
}

static void nominal(struct page *p, struct finding f)
{
    if (!any(f)) return;
    page_html(p, "<li>The nominal chip ");
    if (f.never)
        page_html(p, "never decides: no output of it fires in any %s. ", report_item(p));
    else if (f.partly)
        page_html(p, "never says one of the labels. ");
    else if (f.layer) {
        page_html(p, "has a layer that never fires, layer <code>%d</code>. ", f.silent_layer);
    } else
        page_html(p, "often does not decide. ");
    page_html(p, "Of its %ss ", report_item(p));
    page_number(p, 100, 1, "/nominal_chip/undecided/silent");
    page_html(p, " %% have no output spike, ");
    page_number(p, 100, 1, "/nominal_chip/undecided/tied");
    page_html(p, " %% a tie.</li>\n");
}

static void virtual_chips(struct page *p, struct finding f)
{
    bool patterns = page_find(p, "/task");
    if (f.never) {
        page_html(p, "<li>");
        page_number(p, 1, 0, "/virtual_chips/undecided/chips_never");
        page_html(p, " of ");
        page_number(p, 1, 0, "/accuracy/chips/n");
        page_html(p, " virtual chips never decide: no output fires in any %s. ", report_item(p));
        page_number(p, 1, 0, "/virtual_chips/undecided/chips_never_that_pass");
        page_html(p, " of them reach the limit all the same%s.</li>\n",
                  patterns ? "" : ", since the first label is right in so many clips");
    }
    if (f.partly) {
        page_html(p, "<li>");
        page_number(p, 1, 0, "/virtual_chips/undecided/chips_partly");
        page_html(p, " other virtual chips never say one of the labels.</li>\n");
    }
    if (f.layer) {
        page_html(p, "<li>On ");
        page_number(p, 1, 0, "/virtual_chips/undecided/layers_never/%d", f.silent_layer);
        page_html(p, " of them layer <code>%d</code> never fires.</li>\n", f.silent_layer);
    }
    if (f.often && !f.all) {
        page_html(p, "<li>Of the decisions of the virtual chips ");
        page_number(p, 100, 1, "/virtual_chips/undecided/silent");
        page_html(p, " %% are without an output spike, ");
        page_number(p, 100, 1, "/virtual_chips/undecided/tied");
        page_html(p, " %% a tie; these %s.</li>\n",
                  patterns ? "are right of none" : "go to the first label");
    }
}

void report_undecided(struct page *p, const char *name)
{
    struct finding of_nominal = find(counts_of(p->json, "nominal_chip"));
    struct finding of_chips = find(counts_of(p->json, "virtual_chips"));
    bool loss = stands_since(p->json) > 0;
    if (*page_string(p, "/left_out/undecided")) {
        page_html(p, "<p class=\"left\"><b>");
        page_text(p, name);
        page_html(p, "</b>: ");
        page_text(p, page_string(p, "/left_out/undecided"));
        page_html(p, "</p>\n");
    }
    if (!any(of_nominal) && !any(of_chips) && !loss) return;
    bool constant = of_nominal.never || of_chips.all || loss;
    page_html(p, "<div class=\"alarm\" role=\"alert\"><p><span class=\"bad\"><b>");
    page_text(p, name);
    page_html(p, "</b> %s</span></p>\n<ul>\n",
              constant
                  ? "does not decide. Its accuracies and its yield are those of an answer that "
                    "is always the same:"
                  : "does not always decide. Read its accuracies and its yield with this:");
    nominal(p, of_nominal);
    virtual_chips(p, of_chips);
    if (loss) {
        page_html(p, "<li>Training did not get past %s since %s ",
                  page_find(p, "/task")
                      ? "silence: its loss stands at what a net costs that never fires"
                      : "a guess: its loss stands at the logarithm of the number of labels",
                  page_find(p, "/training/steps") ? "step" : "epoch");
        page_number(p, 1, 0, "/training/loss_stands_since");
        page_html(p, ".</li>\n");
    }
    page_html(p, "</ul></div>\n");
}

void report_undecided_warn(const cJSON *net)
{
    static const char *const chips[] = {"nominal_chip", "virtual_chips"};
    for (int i = 0; i < 2; i++) {
        const cJSON *u = counts_of(net, chips[i]);
        if (!any(find(u))) continue;
        char who[64];
        if (i == 0)
            snprintf(who, sizeof who, "the nominal chip%s", find(u).never ? " never decides" : "");
        else
            snprintf(who, sizeof who, "%.0f virtual chips never decide", number(u, "chips_never"));
        cli_warn("%s: %s; of the decisions %.1f %% are without an output spike, %.1f %% a tie",
                 net->string, who, 100 * number(u, "silent"), 100 * number(u, "tied"));
    }
    if (stands_since(net) > 0)
        cli_warn("%s: training did not get past a guess: its loss stands since epoch %.0f",
                 net->string, stands_since(net));
}
