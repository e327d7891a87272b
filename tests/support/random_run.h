/*
 * random_run.h: one run of random traffic with every monitor watching: what build/random does from
 * the command line, and what the random lockstep test does many times.
 */
#ifndef TESTS_SUPPORT_RANDOM_RUN_H
#define TESTS_SUPPORT_RANDOM_RUN_H

#include <stdio.h>

#include "tablewalk/engine.h"
#include "tb/monitors.h"
#include "tb/traffic.h"

struct random_options {
    const char *program;               /* named in the command that repeats a failure */
    const char *engine;                /* rtl, model, lockstep */
    uint64_t seed;                     /* of traffic and memory */
    uint64_t requests;                 /* to be taken, both ports together */
    unsigned latency_min, latency_max; /* of the memory, cycles */
    unsigned stall_percent;            /* cycles in 100 in which the memory is not ready */
    unsigned mode;                     /* that is preferred, or ANY_MODE */
    const char *wave;                  /* FST file, or NULL */
    uint64_t wave_from, wave_to;       /* cycles, as in tw_wave_open */
};

struct random_result {
    struct traffic_counts traffic;
    struct monitor_counts monitors;
};

/* TW_OK; or why the run ended early, after printing to `report` what differs, where, and the one
 * command that repeats it with a waveform. *result holds the counts in any case. */
tw_status random_run(const struct random_options *options, struct random_result *result,
                     FILE *report, tw_error *error);

#endif
