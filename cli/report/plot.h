// Plots by gnuplot, as SVG to stand inside a page or in a file.
#ifndef CLI_REPORT_PLOT_H
#define CLI_REPORT_PLOT_H

#include <stdio.h>

#define PLOT_BLUE   "#2563a8"
#define PLOT_GREY   "#667085"
#define PLOT_RED    "#b42318"
#define PLOT_GREEN  "#067647"
#define PLOT_ORANGE "#b54708"
#define PLOT_INK    "#1d2939"
#define PLOT_LINE   "#d0d5dd"

struct plot {
    FILE *script; // gnuplot commands go here
};

enum { PLOT_WIDTH = 380 }; // about a phone's, so that letters there are not smaller than others

// A plot with these titles of its axes; dies where there is no room.
struct plot plot_begin(const char *x, const char *y, int height);

// Text as gnuplot's literal, whatever is in it.
void plot_text(const struct plot *p, const char *text);

// Runs the script and returns the SVG element without its XML head, malloc'd; dies without gnuplot.
char *plot_end(struct plot *p);

// A dashed line at x with its label above the plot, in row 0, 1, ..
void plot_mark(const struct plot *p, double x, const char *label, const char *colour, int row);

#endif
