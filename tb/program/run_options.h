/* run_options.h: the options of `tablewalk run`. */
#ifndef TB_PROGRAM_RUN_OPTIONS_H
#define TB_PROGRAM_RUN_OPTIONS_H

#include <stdio.h>

#include "tb/program/options.h"
#include "tb/simulation.h"

enum { RUN_FRAMES_MAX = 1 << 20 }; /* 4 GiB */

typedef struct run_options {
    engine_kind engine;
    const tw_config *config;
    simulation_options simulation;
    const char *trace[WORKLOAD_MAX];
    size_t traces;
    const char *wave; /* NULL: none */
    uint64_t wave_from, wave_to;
    const char *json;     /* NULL: none */
    const char *timeline; /* NULL: none */
} run_options;

/* What counts where nothing else is said; without traces, which run_options_default_traces adds if
 * there are none. */
run_options run_options_defaults(void);
void run_options_default_traces(run_options *options);

/* The value of --trace, once for each process; and of --latency. For an option's `take`. */
tw_status run_options_take_trace(void *options, const char *path, tw_error *error);
tw_status run_options_take_latency(void *simulation_options, const char *text, tw_error *error);

/* Fills *options with the defaults and what the arguments say. As options_take, also if the options
 * do not go together. */
int run_options_parse(int argc, char **argv, run_options *options);

/* Prints the command that repeats this run, with a waveform of the cycles [from, to). */
void run_options_print(const char *program, const run_options *options, const char *wave,
                       uint64_t from, uint64_t to, FILE *out);

#endif
