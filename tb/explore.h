/*
 * explore.h: many drives of the cycle model, each of its own configuration, on all cores. Engines
 * share no state, so what comes out does not depend on how many threads there are.
 */
#ifndef TB_EXPLORE_H
#define TB_EXPLORE_H

#include <stdio.h>

#include "tb/drive.h"
#include "tb/sweep.h"

/* One trace at one point. */
typedef struct explore_job {
    const char *trace;      /* its name, for reports; not owned */
    const drive_list *list; /* not owned; any number of jobs may play the same */
    sweep_point point;
    drive_result result; /* filled by explore_run */
} explore_job;

/* Plays all jobs, `threads` (from 1) at a time; the caller's thread is one of them. The first
 * failure in the order of the jobs, as drive_run, or TW_NO_MEMORY. */
tw_status explore_run(explore_job *jobs, size_t count, unsigned threads, tw_error *error);

/* A table for people, a line a point; the columns to the left are what is swept. `jobs` are the
 * points of the sweep in order, for one trace. */
void explore_print(const sweep *swept, const explore_job *jobs, FILE *to);

/* Every number of every job, as CSV with a line of names. */
void explore_csv(const explore_job *jobs, size_t count, FILE *to);

#endif
