/* plays.h: the points at which workloads are played on one configuration, each of them once, to be
 * looked up by what they are. */
#ifndef TESTS_BENCH_PLAYS_H
#define TESTS_BENCH_PLAYS_H

#include "tb/explore.h"
#include "tests/bench/workloads.h"

enum { PLAYS_MAX = 128 };

typedef struct plays {
    tw_config config; /* set by the caller, before anything is added */
    explore_job job[PLAYS_MAX];
    size_t count;
} plays;

/* Adds a play of the workload on the configuration, but with so many walkers; nothing if there is
 * one already. */
void plays_add(plays *plays, const bench_workload *workload, uint32_t latency, uint32_t outstanding,
               uint32_t walkers);

/* The play of these, or NULL. */
const explore_job *plays_find(const plays *plays, const char *workload, uint32_t latency,
                              uint32_t outstanding, uint32_t walkers);

/* Cycles per translation of a play that there is. */
double plays_cycles(const plays *plays, const char *workload, uint32_t latency,
                    uint32_t outstanding, uint32_t walkers);

#endif
