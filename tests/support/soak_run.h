/*
 * soak_run.h: eight processes that do anything at random on one OS, with the oracle and every
 * monitor beside them. A run is a row of systems, each opened, used and closed: number i of them
 * has seed + i for all that is random, so that a failure is repeated alone.
 */
#ifndef TESTS_SUPPORT_SOAK_RUN_H
#define TESTS_SUPPORT_SOAK_RUN_H

#include "tests/support/soak_counts.h"

enum { SOAK_PROCESSES = 8, SOAK_SYSTEM_ACCESSES = 50000 };

typedef struct soak_options {
    const char *program; /* named in the command that repeats a failure */
    const char *engine;  /* rtl, model, lockstep */
    uint64_t seed;
    uint64_t accesses; /* in all; of one system SOAK_SYSTEM_ACCESSES at most */
    unsigned mode;
    FILE *calls; /* sees every call; NULL: nobody does */
} soak_options;

/* TW_OK; or the first failure, after printing to `report` seed, access number, what was expected,
 * and the command that repeats it. *counts holds what was met in any case. */
tw_status soak_run(const soak_options *options, soak_counts *counts, FILE *report, tw_error *error);

#endif
