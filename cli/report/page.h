// A page: self-contained HTML of which every number has its place in one JSON object.
//
// Numbers are written as <data value="0.9325" title="/nets/a/yield/value">93.25</data>: what the
// JSON says, where it says it (a JSON pointer, RFC 6901), and how it reads. Nothing is fetched and
// nothing runs: no script, no image file, no font.
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include "cli/cli.h"
#include "twin/task/merit.h"

#include <stdio.h>

struct page {
    char *text;
    size_t size;
    FILE *f;
    char base[3072];   // JSON pointer of `json`
    const cJSON *json; // what pointers below are relative to
    int part;          // its number, for links to its commands
};

void page_begin(struct page *p, const cJSON *json, const char *title);
char *page_end(struct page *p); // the whole page, malloc'd

// What pointers are relative to from here on: a part of the whole, and where in it that is.
void page_enter(struct page *p, const cJSON *json, const char *base, int part);

void page_html(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Text as HTML, in an element or in an attribute: what means something there is escaped, what is
// not UTF-8, or no letter, is U+FFFD.
void page_text(struct page *p, const char *text);

// The JSON at a pointer, or NULL, also for null; a number there, or cli_die.
const cJSON *page_find(const struct page *p, const char *pointer);
double page_value(const struct page *p, const char *pointer);
const char *page_string(const struct page *p, const char *pointer); // "" where there is none

// The members of a list in the order of a number of theirs, such as "/on_top/loss": the largest first, or the
// smallest; equals as they stand. malloc'd.
enum page_first { PAGE_LARGEST_FIRST, PAGE_SMALLEST_FIRST };
int *page_order(const struct page *p, const char *list, const char *number, enum page_first first);

// scale · number, with thousands set apart. The pointer is a printf format.
void page_number(struct page *p, double scale, int decimals, const char *pointer, ...)
    __attribute__((format(printf, 4, 5)));

// The figure of merit that shares of the points stand for here: that of /figure, else accuracy. And a share at a pointer
// as that figure, with its unit; a number that is times `merit_scale` of it.
const struct merit *page_merit(const struct page *p);
double page_merit_shown(const struct page *p, double share);
void page_share(struct page *p, const char *pointer);

// Between begin and end comes the caption. svg is freed. `label` is for those who do not see it;
// the figure is made by the command that `maker` of /provenance tells.
void page_figure_begin(struct page *p, char *svg, const char *label);
void page_figure_end(struct page *p, const char *maker);

// The command of a part of the run: a link to where it stands, and that place.
void page_command(struct page *p, const char *maker);
void page_command_here(struct page *p, const char *maker);

// gnuplot's SVG as a part of the page: its colours become the page's, light and dark.
void page_svg(struct page *p, const char *svg, const char *label);

#endif
