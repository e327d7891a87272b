/*
 * simulation.h: the whole of it: an engine with memory and all monitors, the OS on top, and one
 * process for each trace of a workload, in turns.
 */
#ifndef TB_SIMULATION_H
#define TB_SIMULATION_H

#include <stdbool.h>

#include "tablewalk/engine.h"
#include "tb/results.h"
#include "tb/timeline/timeline.h"
#include "tb/workload.h"

typedef struct simulation_options {
    unsigned mode;                     /* of the page tables: as os_options */
    bool segmented;                    /* likewise */
    uint64_t seed;                     /* of the memory's latencies and of the values stored */
    uint32_t latency_min, latency_max; /* of the memory, in cycles */
    /* For pages, and for page tables of one frame each; those of linear and of hashed mode come in
     * addition. 0: too few for all pages, by the number of pages that the workload touches. */
    size_t frames;
    const char *swap_path; /* NULL: a temporary file */
    unsigned outstanding;  /* accesses in flight: 1 to CPU_OUTSTANDING_MAX */
    uint64_t slice;        /* references between two context switches, >= 1 */
    uint64_t cycles;       /* stop after so many; UINT64_MAX: when all is done */
    timeline *timeline;    /* sees everything; NULL: none */
} simulation_options;

/* Called after every slice. */
typedef struct simulation_progress {
    void *context;
    void (*slice)(void *context, uint64_t references, uint64_t cycles);
} simulation_progress;

typedef struct simulation simulation;

/* TW_OK if simulation_open would take the options and the workload; TW_USAGE with a sentence if
 * they make no sense: also an address that the mode has not, with the trace's line, and too few
 * frames for so many processes to begin. Opens nothing. */
tw_status simulation_check(const workload *load, const simulation_options *options,
                           tw_error *error);

/* Borrows the engine, which must not have been clocked, and the workload, which must have been
 * opened for the mode. NULL with a sentence in *error as simulation_check, or if the swap file
 * cannot be made (TW_IO), or memory is out. */
simulation *simulation_open(tw_engine *engine, const tw_config *config, const workload *load,
                            const simulation_options *options, tw_error *error);
void simulation_close(simulation *s); /* NULL is allowed; engine and workload live on */

/* Runs until every process has ended or options->cycles are over. TW_OK, also if a process was
 * killed or data was wrong: the results tell; TW_MISMATCH if lockstep or a monitor stopped the
 * machine; else what went wrong: a disk that is full, a device that does not answer. */
tw_status simulation_run(simulation *s, const simulation_progress *progress, tw_error *error);

/* What happened so far. If the machine still runs, its counters are read, which takes cycles of its
 * own that are not counted. The results borrow from the simulation. */
results simulation_results(simulation *s);

/* One line a process: how it ended; and for one that was relocated, where in its trace. */
void simulation_print_processes(const simulation *s, FILE *to);

#endif
