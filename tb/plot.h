/* plot.h: curves over a common axis as an SVG picture, drawn by gnuplot. */
#ifndef TB_PLOT_H
#define TB_PLOT_H

#include "tablewalk/error.h"

/* More cannot be told apart. */
enum { PLOT_CURVES_MAX = 16 };

typedef struct plot_curve {
    char name[160];
    const double *y; /* `points` of them */
} plot_curve;

typedef struct plot {
    const char *x_label, *y_label;
    const double *x; /* above 0, ascending; the ticks of the axis, which is logarithmic */
    unsigned points, curves;
    const plot_curve *curve;
} plot;

/* Draws the curves from y = 0 up. The file is there whole or not at all. TW_IO with a sentence if
 * gnuplot is not installed or fails, or the file cannot be written. */
tw_status plot_svg(const plot *plot, const char *path, tw_error *error);

#endif
