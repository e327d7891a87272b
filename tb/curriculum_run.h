/*
 * curriculum_run.h: does a row of the curriculum hold? Runs its tests and commands as a user would,
 * in the top directory of the project.
 */
#ifndef TB_CURRICULUM_RUN_H
#define TB_CURRICULUM_RUN_H

#include "tb/curriculum.h"

typedef enum curriculum_result {
    CURRICULUM_OK,
    CURRICULUM_SKIPPED, /* a test said that this host cannot show it */
    CURRICULUM_FAILED
} curriculum_result;

typedef struct curriculum_outcome {
    curriculum_result result;
    char why[400];    /* what is wrong, and what to do; "" if nothing is */
    const char *said; /* what a check that failed printed last; "" for nothing; never NULL */
    char *output;     /* owned: all that it printed, or NULL */
} curriculum_outcome;

/* "ok", "skipped", "FAILED". */
const char *curriculum_result_name(curriculum_result result);

/* Forms the command of a check as a user can paste it: `build` is the directory of the program. Cut
 * at `size`. */
void curriculum_command(const curriculum_check *check, const char *build, char *text, size_t size);

/* Runs a check, which must end by `deadline`, in seconds of CLOCK_MONOTONIC; it is ended then. Any
 * number of threads may do so at the same time. The outcome is given back by
 * curriculum_forget. */
curriculum_outcome curriculum_run(const curriculum_check *check, const char *build,
                                  double deadline);
void curriculum_forget(curriculum_outcome *outcome);

/* Seconds of CLOCK_MONOTONIC. */
double curriculum_seconds(void);

#endif
