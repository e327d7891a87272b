/* report.h: the results of a run for people. */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include <stdio.h>

#include "tb/results.h"

/* What was asked for, to be named in a report. */
typedef struct report_setup {
    const char *engine, *config, *mode;
    uint64_t seed;
    uint32_t latency_min, latency_max;
} report_setup;

/* About 40 lines. `colour`: with escape sequences of a terminal. */
void report_print(const report_setup *setup, const results *r, bool colour, FILE *to);

#endif
