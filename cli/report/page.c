#include "cli/report/page.h"

#include "twin/io/labels.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// Light, dark, phone and paper. The colours by name are those of cli/report/plot.h.
static const char *const STYLE =
    ":root{color-scheme:light dark;--ink:#1d2939;--grey:#667085;--paper:#fff;--card:#f9fafb;"
    "--line:#d0d5dd;--blue:#2563a8;--red:#b42318;--green:#067647;--orange:#b54708}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e7ec;--grey:#98a2b3;"
    "--paper:#101828;--card:#182230;--line:#344054;--blue:#6cb0f5;--red:#f97066;--green:#47cd89;--"
    "orange:#fdb022}"
    "svg image{filter:brightness(1.9)}}\n"
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:66rem;margin:auto;padding:1rem}\n"
    "h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}\n"
    "h2{font-size:1.3rem;line-height:1.2;margin:2.5rem 0 .5rem;padding-top:.5rem;"
    "border-top:2px solid var(--ink)}\n"
    "h3{font-size:1.05rem;margin:1.8rem 0 .3rem}p,ul{max-width:46rem;margin:.4rem 0}\n"
    "nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0}\n"
    "a{color:var(--blue)}.soft{color:var(--grey)}\n"
    ".good{color:var(--green);font-weight:600}.bad{color:var(--red);font-weight:600}\n"
    ".alarm{border:2px solid var(--red);border-radius:.5rem;padding:.3rem .8rem;margin:.6rem 0}"
    ".alarm ul{padding-left:1.2rem}\n"
    ".answer{font-size:1.1rem;max-width:none}.verdict{border-radius:.3rem;padding:.05rem .5rem;"
    "border:1.5px solid currentColor}.open{color:var(--orange);font-weight:600}\n"
    ".first{display:grid;grid-template-columns:minmax(0,1fr) "
    "minmax(0,1.2fr);gap:1rem;align-items:start}"
    ".key{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:.2rem 0 .8rem}.key "
    "dt{color:var(--grey);"
    "font-weight:400;margin:0;font-size:.9rem}.key dd{font-size:1.5rem;line-height:1.2}"
    ".key dd.soft{font-size:.85rem}\n"
    ".facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem .8rem;margin:0;"
    "font-size:.9rem}.facts dt{font-weight:400;margin:0;color:var(--grey)}\n"
    ".left{border-left:3px solid var(--line);padding-left:.7rem;"
    "color:var(--grey)}\n"
    ".wide{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;"
    "font-variant-numeric:tabular-nums}\n"
    "caption{caption-side:top;text-align:left;color:var(--grey);font-size:.9rem;"
    "padding-bottom:.3rem}caption span{display:inline-block;max-width:calc(100vw - 2.5rem)}\n"
    "th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:right;"
    "vertical-align:baseline;white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;"
    "min-width:7rem}\nthead th{border-bottom:2px solid var(--line);color:var(--grey);"
    "white-space:normal;vertical-align:bottom;"
    "font-weight:600}\n"
    "td.unit,th.unit{text-align:left;padding-left:0;color:var(--grey)}\n"
    ".shade td:not(:first-child){text-align:center}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));"
    "gap:1rem;margin:.6rem 0;align-items:start}.tables{display:flex;flex-wrap:wrap;gap:0 2.5rem}\n"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
    "padding:.5rem;break-inside:avoid;min-width:0}\n"
    "figure svg{display:block;width:100%;height:auto;max-height:36rem}\n"
    "svg text{font-family:system-ui,sans-serif}svg image{image-rendering:pixelated}\n"
    "figcaption{font-size:.9rem;line-height:1.4;padding:.3rem .3rem 0}\n"
    "code{font:.8rem/1.35 ui-monospace,monospace;overflow-wrap:anywhere}\n"
    ".command{color:var(--grey);margin:.3rem 0 0;line-height:1.2}.command code{font-size:.68rem}\n"
    "figure .command{padding:0 .3rem}dt{font-weight:600;margin-top:.6rem}dd{margin:0}td "
    ".soft{font-size:.85em}\n"
    "@media(max-width:48rem){.first{grid-template-columns:minmax(0,1fr)}}"
    "@media(max-width:32rem){th,td{font-size:.84rem;padding:.2rem .28rem}"
    "th:first-child,td:first-child{min-width:5.5rem}}\n"
    "@media "
    "print{@page{margin:10mm}:root{font-size:9pt}body{max-width:none;font-size:8pt;line-height:1.3;"
    "padding:0}h2{margin-top:1rem}h3{margin:.7rem 0 .2rem}p{max-width:none}"
    "h2,h3,h3+p{break-after:avoid}tr,caption,.shade{break-inside:avoid}caption{break-after:avoid}"
    "caption span{display:inline}.wide{overflow:visible}nav{display:none}"
    ".first{grid-template-columns:minmax(0,1fr) "
    "minmax(0,1.2fr)}.parts,.origins{columns:2;column-gap:6mm}.origins dd{break-before:avoid}"
    "th,td{padding:.08rem "
    ".3rem;font-size:7.5pt;line-height:1.2}figure{background:none;padding:.2rem}"
    ".parts td:first-child{white-space:nowrap}.parts th,.parts td{padding:.08rem .2rem}.parts "
    "figure svg{max-height:8rem}figcaption{font-size:7.5pt;line-height:1.25}"
    ".plots{grid-template-columns:repeat(2,1fr);gap:.4rem}.command{display:none}"
    "dd.command{display:block}dl>dt,dl>dd{margin-top:.2rem}dt{break-after:avoid}}\n";

void page_begin(struct page *p, const cJSON *json, const char *title)
{
    *p = (struct page){.json = json};
    p->f = open_memstream(&p->text, &p->size);
    if (!p->f) cli_die("report: out of memory");
    page_html(p,
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    page_text(p, title);
    page_html(p, "</title>\n<style>\n%s</style></head>\n<body>\n", STYLE);
}

void page_enter(struct page *p, const cJSON *json, const char *base, int part)
{
    p->json = json;
    p->part = part;
    snprintf(p->base, sizeof p->base, "%s", base);
}

char *page_end(struct page *p)
{
    page_html(p, "</body></html>\n");
    cli_end_text(p->f, &p->text);
    return p->text;
}

void page_html(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(p->f, format, args);
    va_end(args);
}

void page_text(struct page *p, const char *text)
{
    for (size_t n; *text; text += n) {
        n = labels_letter(text);
        switch (*text) {
        case '<':
            fputs("&lt;", p->f);
            break;
        case '>':
            fputs("&gt;", p->f);
            break;
        case '&':
            fputs("&amp;", p->f);
            break;
        case '"':
            fputs("&quot;", p->f);
            break;
        case '\'':
            fputs("&#39;", p->f);
            break;
        default:
            page_html(p, "%.*s", n ? (int)n : 3, n ? text : "\uFFFD");
            n += n == 0;
        }
    }
}

// RFC 6901, without its escapes: the members that are looked up have neither ~ nor / in them.
const cJSON *page_find(const struct page *p, const char *pointer)
{
    const cJSON *json = p->json;
    char part[128];
    while (json && *pointer == '/') {
        size_t n = strcspn(pointer + 1, "/");
        snprintf(part, sizeof part, "%.*s", (int)n, pointer + 1);
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(part))
                                   : cJSON_GetObjectItemCaseSensitive(json, part);
        pointer += n + 1;
    }
    return cJSON_IsNull(json) ? 0 : json;
}

double page_value(const struct page *p, const char *pointer)
{
    const cJSON *x = page_find(p, pointer);
    if (!cJSON_IsNumber(x)) cli_die("%s%s is missing or not a number", p->base, pointer);
    return x->valuedouble;
}

const char *page_string(const struct page *p, const char *pointer)
{
    const cJSON *x = page_find(p, pointer);
    return cJSON_IsString(x) ? x->valuestring : "";
}

int *page_order(const struct page *p, const char *list, const char *number, enum page_first first)
{
    int n = cJSON_GetArraySize(page_find(p, list));
    int *order = malloc(((size_t)n + 1) * sizeof *order);
    double *of = malloc(((size_t)n + 1) * sizeof *of), sign = first == PAGE_LARGEST_FIRST ? 1 : -1;
    if (!order || !of) cli_no_memory();
    for (int i = 0; i < n; i++) {
        char at[256];
        int to = i;
        snprintf(at, sizeof at, "%s/%d%s", list, i, number);
        of[i] = sign * page_value(p, at);
        for (; to > 0 && of[order[to - 1]] < of[i]; to--)
            order[to] = order[to - 1];
        order[to] = i;
    }
    free(of);
    return order;
}

// The number at a pointer, read as `shown`.
static void put_number(struct page *p, const char *at, double value, double reads, int decimals)
{
    char shown[64];
    page_html(p, "<data value=\"%.17g\" title=\"", value);
    page_text(p, p->base);
    page_html(p, "%s\">", at);
    snprintf(shown, sizeof shown, "%.*f", decimals, reads);
    if (strspn(shown, "-0.") == strlen(shown) && *shown == '-') memmove(shown, shown + 1, 63);
    const char *digit = shown;
    if (*digit == '-') page_html(p, "\u2212"), digit++; // the sign, not the hyphen
    for (size_t whole = strcspn(digit, "."); *digit; digit++) {
        fputc(*digit, p->f);
        if (whole > 0) whole--;
        if (whole > 0 && whole % 3 == 0) fputc(',', p->f);
    }
    page_html(p, "</data>");
}

void page_number(struct page *p, double scale, int decimals, const char *pointer, ...)
{
    char at[256];
    va_list args;
    va_start(args, pointer);
    vsnprintf(at, sizeof at, pointer, args);
    va_end(args);
    const double x = page_value(p, at);
    put_number(p, at, x, scale * x, decimals);
}

const struct merit *page_merit(const struct page *p)
{
    const struct merit *m = merit_find(page_string(p, "/figure/name"));
    return m ? m : &merit_accuracy;
}

double page_merit_shown(const struct page *p, double share)
{
    const struct merit *m = page_merit(p);
    return m->times * merit_value(m, share);
}

void page_share(struct page *p, const char *pointer)
{
    const double x = page_value(p, pointer);
    put_number(p, pointer, x, page_merit_shown(p, x), page_merit(p)->decimals);
    page_text(p, page_merit(p)->unit);
}

void page_command(struct page *p, const char *maker)
{
    page_html(p, "<p class=\"command\"><a href=\"#by-%d-%s\">by <code>%.*s</code></a></p>\n",
              p->part, maker, (int)strcspn(maker, "_"), maker);
}

void page_command_here(struct page *p, const char *maker)
{
    page_html(p, "<dd class=\"command\" id=\"by-%d-%s\"><code>", p->part, maker);
    char at[128];
    snprintf(at, sizeof at, "/provenance/%s/command", maker);
    page_text(p, page_find(p, at) ? page_string(p, at) : "unknown");
}

void page_figure_begin(struct page *p, char *svg, const char *label)
{
    page_html(p, "<figure>");
    page_svg(p, svg, label);
    page_html(p, "<figcaption>");
    free(svg);
}

void page_figure_end(struct page *p, const char *maker)
{
    page_html(p, "</figcaption>");
    page_command(p, maker);
    page_html(p, "</figure>\n");
}
