// gnuplot's SVG as a part of a page: its colours become the page's, and what only a file of its own
// needs (namespaces, titles of parts, ids, point shapes) goes.
#include "cli/report/page.h"
#include "cli/report/plot.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *hex;  // as cli/report/plot.h has it
    const char *name; // as the style of the page has it
} palette[] = {{PLOT_BLUE, "--blue"},   {PLOT_GREY, "--grey"}, {PLOT_RED, "--red"},
               {PLOT_GREEN, "--green"}, {PLOT_INK, "--ink"},   {PLOT_LINE, "--line"}};

// What gnuplot spells `rgb( 37,  99, 168)` or `rgb(37,99,168)`; NULL: none of the palette.
static const char *colour_of(const char *svg, int *length)
{
    int r, g, b;
    unsigned wanted;
    *length = 0;
    if (sscanf(svg, "rgb( %d , %d , %d )%n", &r, &g, &b, length) != 3 || *length == 0) return 0;
    for (size_t i = 0; i < sizeof palette / sizeof *palette; i++) {
        sscanf(palette[i].hex, "#%x", &wanted);
        if (wanted == (unsigned)(r * 65536 + g * 256 + b)) return palette[i].name;
    }
    return 0;
}

// Length of what begins here and is left out, up to and with `end`; 0: it does not begin here.
static size_t cut(const char *at, const char *begin, const char *end)
{
    if (strncmp(at, begin, strlen(begin)) != 0) return 0;
    const char *stop = strstr(at + strlen(begin), end);
    return stop ? (size_t)(stop - at) + strlen(end) : 0;
}

static size_t left_out(const char *at)
{
    static const struct {
        const char *begin, *end;
    } part[] = {{"<title>", "</title>"},
                {"<desc>", "</desc>"},
                {"<defs>", "</defs>"},
                {" id=\"", "\""},
                {" font-family=\"", "\""},
                {"\n xmlns=\"", "\""},
                {"\n xmlns:xlink=\"", "\""},
                {"\n\n", ""},
                {"\n\t", ""}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        size_t n = cut(at, part[i].begin, part[i].end);
        if (n) return *at == '\n' && at[1] != ' ' ? 1 : n;
    }
    return 0;
}

void page_svg(struct page *p, const char *svg, const char *label)
{
    const char *head = "<svg", *at = svg + strlen(head);
    page_html(p, "%s role=\"img\" aria-label=\"", head);
    page_text(p, label);
    page_html(p, "\"");
    while (*at) {
        int length;
        size_t out = left_out(at);
        const char *colour = *at == 'r' ? colour_of(at, &length) : 0;
        if (out)
            at += out;
        else if (colour) {
            page_html(p, "var(%s)", colour);
            at += length;
        } else if (strncmp(at, "'black'", 7) == 0 || strncmp(at, "\"black\"", 7) == 0) {
            page_html(p, "\"currentColor\"");
            at += 7;
        } else
            fputc(*at++, p->f);
    }
}
