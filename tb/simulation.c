/* simulation.c: opening everything in the right order, and taking turns. */
#include "tb/simulation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "tablewalk/driver.h"
#include "tb/data_monitor.h"
#include "tb/os_link.h"
#include "tb/segmented.h"
#include "tb/trace.h"

enum {
    FIRST_FRAME = 0x80000 /* 2 GiB: where RISC-V machines have their memory */
};

struct simulation {
    const workload *load;
    simulation_options options;
    bool prefetch; /* is built */
    tw_memory *memory;
    tw_machine *machine;
    struct monitors *monitors;
    data_monitor *data;
    latency latency;
    landmarks landmarks;
    os *system;
    cpu *processor;
    struct stream { /* of process i + 1 */
        os_process *process;
        cpu_context context;
        trace *trace;
        const relocation *relocation; /* NULL: none */
    } stream[WORKLOAD_MAX];
    final_data final[WORKLOAD_MAX];
    uint64_t reset_cycles; /* clocks of the engine before the machine's cycle 0 */
    uint64_t cycles;       /* when the run ended */
    double seconds;
    bool complete;
    tw_status status; /* of the run */
};

static tw_status no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for a simulation");
}

static tw_status check_numbers(const simulation_options *o, tw_error *error)
{
    if (o->latency_min < 1 || o->latency_max < o->latency_min)
        return tw_fail(error, TW_USAGE, "latency %u-%u: expected two numbers from 1 up, in order",
                       (unsigned)o->latency_min, (unsigned)o->latency_max);
    if (o->outstanding < 1 || o->outstanding > CPU_OUTSTANDING_MAX)
        return tw_fail(error, TW_USAGE, "%u accesses in flight: expected 1 to %d", o->outstanding,
                       CPU_OUTSTANDING_MAX);
    if (o->slice < 1)
        return tw_fail(error, TW_USAGE, "a slice must have at least 1 reference");
    return TW_OK;
}

static bool has_tables(const simulation_options *options)
{
    return mode_levels(options->mode) > 0;
}

/* The same without page tables, if not all of the segments shall fit. */
static size_t scarce_for_segments(const workload *load)
{
    size_t least = 0, scarce = workload_pages(load) / 4;
    segmented_frames(load, &least, NULL);
    return scarce > least ? scarce : least;
}

/* If the user names no number: room for page tables, and for a quarter of the pages, so that
 * processes of any size get in each other's way; but enough for all of them to end. */
static size_t scarce_frames(const workload *load, const simulation_options *options)
{
    enum { TABLES = 8 }; /* of a typical process in Sv39 */
    if (options->frames != 0)
        return options->frames;
    if (!has_tables(options))
        return scarce_for_segments(load);
    bool compete = os_table_frames(options->mode) == 1; /* page tables with pages */
    size_t scarce = workload_pages(load) / 4 + (compete ? TABLES * load->traces : 0);
    size_t least = OS_PAGES_MIN + (compete ? workload_tables(load, options->mode) : 0);
    return scarce > least ? scarce : least;
}

static size_t row_frames(const workload *load, const simulation_options *options)
{
    return os_row_frames(options->mode, scarce_frames(load, options), load->traces);
}

static os_options system_options(const workload *load, const simulation_options *options)
{
    return (os_options){.mode = options->mode,
                        .first_frame = options->mode == MODE_HASHED ? 0 : FIRST_FRAME,
                        .frames = scarce_frames(load, options) + row_frames(load, options),
                        .swap_path = options->swap_path,
                        .swap_slots = workload_pages(load),
                        .adue = true,
                        .segmented = options->segmented};
}

tw_status simulation_check(const workload *load, const simulation_options *options, tw_error *error)
{
    tw_status status = check_numbers(options, error);
    os_options system = system_options(load, options);
    if (status == TW_OK)
        status = os_check(&system, load->traces, error);
    if (status == TW_OK)
        status = workload_check(load, options->mode, error);
    return status != TW_OK || !options->segmented
               ? status
               : segmented_check(load, has_tables(options) ? SIZE_MAX : system.frames, error);
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status open_machine(simulation *s, tw_engine *engine, const tw_config *config,
                              tw_error *error)
{
    tw_memory_options memory = {.seed = s->options.seed,
                                .latency_min = s->options.latency_min,
                                .latency_max = s->options.latency_max};
    s->memory = tw_memory_open(&memory);
    if (s->memory == NULL)
        return no_memory(error);
    s->machine = tw_machine_open(engine, s->memory);
    s->monitors = monitors_open(config, s->memory);
    if (s->machine == NULL || s->monitors == NULL)
        return no_memory(error);
    s->reset_cycles = tw_cycles(engine);
    s->landmarks = landmarks_none();
    s->data = data_monitor_open(s->machine, s->options.seed);
    if (s->data == NULL)
        return no_memory(error);
    tw_status status = tw_machine_watch(s->machine, monitors_watcher(s->monitors), error);
    if (status == TW_OK)
        status = tw_machine_watch(s->machine, latency_watcher(&s->latency), error);
    if (status == TW_OK)
        status = tw_machine_watch(s->machine, landmarks_watcher(&s->landmarks), error);
    if (status == TW_OK && s->options.timeline != NULL)
        status = timeline_watch(s->options.timeline, s->machine, engine, error);
    return status;
}

/* The disk takes no time here, so that nobody waits for it. */
static tw_status trap(void *context, unsigned cause, uint64_t va, cpu_outcome *outcome,
                      tw_error *error)
{
    os_verdict verdict = OS_VERDICT_DEAD;
    tw_status status = os_fault(context, cause, va, &verdict, error);
    *outcome = verdict == OS_VERDICT_RESUME ? CPU_TRAP_RESUME : CPU_TRAP_DEAD;
    return status;
}

static tw_status open_system(simulation *s, tw_error *error)
{
    os_options options = system_options(s->load, &s->options);
    os_port port = os_link(s->machine);
    if (s->options.timeline != NULL) {
        port.event = timeline_event;
        port.event_context = s->options.timeline;
    }
    s->system = os_open(&port, &options, error);
    if (s->system == NULL)
        return error->status;
    s->processor = cpu_open(s->machine, data_monitor_path(s->data), (cpu_trap){s->system, trap},
                            s->options.outstanding);
    if (s->processor == NULL)
        return no_memory(error);
    cpu_segments segments = segmented_access(s->system);
    if (options.segmented)
        cpu_use_segments(s->processor, &segments);
    return TW_OK;
}

static tw_status open_processes(simulation *s, tw_error *error)
{
    for (size_t i = 0; i < s->load->traces; i++) {
        struct stream *stream = &s->stream[i];
        tw_status status = os_spawn(s->system, &stream->process, error);
        if (status == TW_OK)
            status = footprint_load(s->load->footprint[i], os_records_of(s->system),
                                    stream->process, error);
        if (status != TW_OK)
            return status;
        stream->context.space = stream->process->pid;
        stream->relocation = s->load->relocation[i];
        stream->trace = trace_open(s->load->path[i], error);
        if (stream->trace == NULL)
            return error->status;
    }
    return TW_OK;
}

simulation *simulation_open(tw_engine *engine, const tw_config *config, const workload *load,
                            const simulation_options *options, tw_error *error)
{
    if (simulation_check(load, options, error) != TW_OK)
        return NULL;
    simulation *s = calloc(1, sizeof *s);
    if (s == NULL) {
        no_memory(error);
        return NULL;
    }
    s->load = load;
    s->options = *options;
    s->prefetch = config->prefetch != 0;
    s->options.frames = scarce_frames(load, options);
    if (open_machine(s, engine, config, error) == TW_OK && open_system(s, error) == TW_OK &&
        open_processes(s, error) == TW_OK)
        return s;
    simulation_close(s);
    return NULL;
}

void simulation_close(simulation *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < WORKLOAD_MAX; i++)
        trace_close(s->stream[i].trace);
    cpu_close(s->processor);
    os_close(s->system);
    data_monitor_close(s->data);
    monitors_close(s->monitors);
    tw_machine_close(s->machine);
    tw_memory_close(s->memory);
    free(s);
}

/* ---- running --------------------------------------------------------------------------------- */

static tw_status next_reference(void *context, reference *r, bool *more, tw_error *error)
{
    const struct stream *s = context;
    tw_status status = trace_next(s->trace, r, more, error);
    if (status == TW_OK && *more && s->relocation != NULL)
        r->va = relocation_to(s->relocation, r->va);
    return status;
}

/* The current process, number i, is done. */
static tw_status end_process(simulation *s, size_t i, tw_error *error)
{
    tw_status status = final_data_read(s->system, s->stream[i].process, s->load->footprint[i],
                                       &s->final[i], error);
    return status == TW_OK ? os_exit(s->system, error) : status;
}

/* One turn of one process. */
static tw_status run_slice(simulation *s, os_process *process, cpu_stop *stop, tw_error *error)
{
    size_t i = process->pid - 1;
    cpu_stream stream = {&s->stream[i], next_reference};
    tw_status status = os_switch(s->system, process, error);
    if (status == TW_OK)
        status = cpu_run(s->processor, &s->stream[i].context, &stream, s->options.slice,
                         s->options.cycles, stop, error);
    if (status == TW_OK && *stop == CPU_STREAM_OVER)
        status = end_process(s, i, error);
    return status;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

tw_status simulation_run(simulation *s, const simulation_progress *progress, tw_error *error)
{
    double start = now();
    tw_status status = TW_OK;
    cpu_stop stop = CPU_SLICE_OVER;
    os_process *process = os_next(s->system, NULL);
    while (status == TW_OK && process != NULL && stop != CPU_OUT_OF_TIME) {
        status = run_slice(s, process, &stop, error);
        if (progress != NULL)
            progress->slice(progress->context, cpu_statistics(s->processor)->references,
                            tw_machine_cycle(s->machine));
        process = os_next(s->system, process);
    }
    s->seconds = now() - start;
    s->cycles = tw_machine_cycle(s->machine);
    s->complete = status == TW_OK && process == NULL;
    s->status = status;
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

static bool read_counters(tw_machine *machine, mmu_counters *counters)
{
    tw_status status = TW_OK;
#define READ(name)       \
    if (status == TW_OK) \
        status = tw_register_read(machine, REG_COUNT_##name, &counters->name, NULL);
    RESULTS_COUNTERS(READ)
#undef READ
    return status == TW_OK;
}

static landmarks in_engine_clocks(landmarks l, uint64_t reset_cycles)
{
#define SHIFT(name, seen)         \
    if (l.name != LANDMARK_NEVER) \
        l.name += reset_cycles;
    LANDMARKS(SHIFT)
#undef SHIFT
    return l;
}

results simulation_results(simulation *s)
{
    results r = {.cycles = s->cycles,
                 .seconds = s->seconds,
                 .processes = s->load->traces,
                 .pages = workload_pages(s->load),
                 .frames = s->options.frames,
                 .row_frames = row_frames(s->load, &s->options),
                 .relocated = workload_relocated(s->load),
                 .final = s->final,
                 .references = workload_references(s->load),
                 .complete = s->complete,
                 .status = s->status,
                 .cpu = *cpu_statistics(s->processor),
                 .os = *os_statistics(s->system),
                 .disk_error = os_last_refusal(s->system),
                 .paged = has_tables(&s->options),
                 .segmented = s->options.segmented,
                 .segments = *os_segments_statistics(s->system),
                 .monitors = monitors_counts(s->monitors),
                 .data_checks = data_monitor_checks(s->data),
                 .data_errors = data_monitor_errors(s->data),
                 .first_data_error = data_monitor_first_error(s->data),
                 .first_data_cycle = data_monitor_first_cycle(s->data) + s->reset_cycles,
                 .prefetch = s->prefetch,
                 .hashed = s->options.mode == MODE_HASHED,
                 .latency = &s->latency,
                 .landmarks = in_engine_clocks(s->landmarks, s->reset_cycles)};
    r.counted = s->status == TW_OK && read_counters(s->machine, &r.counter);
    return r;
}

void simulation_print_processes(const simulation *s, FILE *to)
{
    os_print_processes(s->system, to);
    for (size_t i = 0; i < s->load->traces; i++) {
        const os_process *process = s->stream[i].process;
        if (process->state == OS_KILLED && s->stream[i].relocation != NULL)
            fprintf(to, "process %u: that is %#" PRIx64 " of its trace\n", process->pid,
                    relocation_from(s->stream[i].relocation, process->death.va));
    }
}
