// Of the report: which wrong devices the vectors would let through.
#include "cli/report/report.h"

#include <stdlib.h>
#include <string.h>

// A table of devices, the least found first; `name` is the member that names a row.
static void found_table(struct page *p, const char *list, const char *name, const char *caption)
{
    int n = cJSON_GetArraySize(page_find(p, list));
    if (!n) return;
    int *order = page_order(p, list, "/found_share", PAGE_SMALLEST_FIRST);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>%s, the least found first</span></caption>"
              "<thead><tr><th></th><th>wrong devices</th><th>found</th><th>share</th></tr></thead>"
              "<tbody>\n",
              caption);
    for (int i = 0; i < n; i++) {
        char at[64], every[64];
        snprintf(at, sizeof at, "%s/%d/%s", list, order[i], name);
        snprintf(every, sizeof every, "%s/%d/one_word_of", list, order[i]);
        page_html(p, "<tr><td>");
        page_text(p, page_string(p, at));
        if (page_find(p, every) && page_value(p, every) > 1) {
            page_html(p, " <span class=\"soft\">one word of ");
            page_number(p, 1, 0, "%s", every);
            page_html(p, "</span>");
        }
        page_html(p, "</td><td>");
        page_number(p, 1, 0, "%s/%d/devices", list, order[i]);
        page_html(p, "</td><td>");
        page_number(p, 1, 0, "%s/%d/found", list, order[i]);
        page_html(p, "</td><td>");
        page_number(p, 100, 1, "%s/%d/found_share", list, order[i]);
        page_html(p, " %%</td></tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    free(order);
}

enum { NAMED = 8 };

static void those_that_pass(struct page *p)
{
    const cJSON *one;
    int n = 0;
    if (!cJSON_GetArraySize(page_find(p, "/adequacy/pass"))) return;
    page_html(p, "<p>Pass: ");
    cJSON_ArrayForEach(one, page_find(p, "/adequacy/pass"))
    {
        if (n == NAMED) break;
        page_html(p, "%s<code>", n++ ? ", " : "");
        page_text(p, one->valuestring);
        page_html(p, "</code>");
    }
    page_html(p, "%s</p>\n", one ? ", and others: all are in <code>report.json</code>." : ".");
}

void report_adequacy(struct page *p)
{
    page_html(p, "<h3>Which wrong devices the vectors let through</h3>\n");
    if (report_left_out(p, "adequacy")) return;
    page_html(p, "<p><span class=\"%s\">", page_value(p, "/adequacy/passes") > 0 ? "open" : "good");
    page_number(p, 1, 0, "/adequacy/passes");
    page_html(p, " of ");
    page_number(p, 1, 0, "/adequacy/devices");
    page_html(p, " wrong devices pass</span>, ");
    page_number(p, 100, 1, "/adequacy/found_share");
    page_html(p, " %% are found; of ");
    page_number(p, 1, 0, "/adequacy/single_bits");
    page_html(p, " single stuck bits ");
    page_number(p, 100, 2, "/adequacy/single_bits_found_share");
    page_html(p, " %%. Each ran beside the golden model of chip ");
    page_number(p, 1, 0, "/adequacy/virtual_chip");
    page_html(p, " on the vectors <code>");
    page_text(p, page_string(p, "/adequacy/vectors"));
    page_html(p, "</code>, ");
    page_number(p, 1, 0, "/adequacy/ticks");
    page_html(p, " ticks, up to the first word that differs.</p>\n<div class=\"tables\">\n");
    found_table(p, "/adequacy/groups", "name", "Kinds of wrong devices");
    found_table(p, "/adequacy/bits", "word", "Words with one bit stuck");
    page_html(p, "</div>\n");
    those_that_pass(p);
    page_command(p, "adequacy");
}
