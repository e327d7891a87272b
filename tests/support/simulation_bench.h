/*
 * simulation_bench.h: whole runs of two processes of one made-up trace, on RTL and cycle model in
 * lockstep.
 *
 *     static int set_up(void **state)          { return simulation_bench_trace(11, 4000, place); }
 *     simulation_bench b;
 *     simulation_bench_run(&b, &options);
 *     simulation_bench_expect_good(&b);
 *     simulation_bench_close(&b);
 */
#ifndef TESTS_SUPPORT_SIMULATION_BENCH_H
#define TESTS_SUPPORT_SIMULATION_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/simulation.h"

typedef struct simulation_bench {
    workload load;
    tw_engine *engine;
    simulation *simulation; /* NULL if it could not be opened */
    tw_error error;
    tw_status status; /* of opening it, or of the run */
    results results;
} simulation_bench;

/* Where reference `i` goes; `kind` 0 fetches, 1 loads, 2 stores, 3 does both. Draws from
 * *random. */
typedef uint64_t simulation_bench_place(uint64_t *random, unsigned kind, unsigned i);

/* A group's set-up: writes the trace, of 1 to 32 bytes a reference. 0 if that worked. */
int simulation_bench_trace(uint64_t seed, unsigned references, simulation_bench_place *place);

/* A group's tear-down: removes it. */
int simulation_bench_remove(void **state);

/* Seed 5, memory of 1 to 12 cycles, 6 accesses in flight, to the end. */
simulation_options simulation_bench_options(unsigned mode, size_t frames, uint64_t slice);

/* Opens and runs it. Fails the test only if the trace cannot be read. *b must stay where it is till
 * simulation_bench_close. */
void simulation_bench_run(simulation_bench *b, const simulation_options *options);
void simulation_bench_close(simulation_bench *b);

/* Fails the test unless it ran without an error of any kind. */
void simulation_bench_expect_good(const simulation_bench *b);

/* Keeps the data that the first run leaves, and fails the test unless this run, `name`, leaves the
 * same, each process its own. */
void simulation_bench_expect_same_data(const simulation_bench *b, bool is_first, const char *name);

#endif
