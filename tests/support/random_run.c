/* random_run.c: engine, memory, machine, monitors and traffic, put together for one run. */
#include "tests/support/random_run.h"

#include <inttypes.h>

#include "tests/support/arguments.h"

enum { WAVE_BEFORE = 300, WAVE_AFTER = 5 };

struct parts {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    struct monitors *monitors;
    struct traffic *traffic;
};

static tw_status open_parts(struct parts *p, const struct random_options *options, tw_error *error)
{
    const tw_memory_options memory = {.seed = options->seed,
                                      .latency_min = options->latency_min,
                                      .latency_max = options->latency_max,
                                      .stall_percent = options->stall_percent};
    p->memory = tw_memory_open(&memory);
    p->engine = argument_engine(options->engine);
    if (p->memory == NULL || p->engine == NULL)
        return tw_fail(
            error, TW_USAGE,
            "no memory of latency %u-%u with %u %% stalls, or no engine '%s': latencies are "
            "1 or more, stalls 0 to 90, engines rtl, model, lockstep",
            options->latency_min, options->latency_max, options->stall_percent, options->engine);
    if (options->wave != NULL) {
        tw_status status =
            tw_wave_open(p->engine, options->wave, options->wave_from, options->wave_to, error);
        if (status != TW_OK)
            return status;
    }
    p->machine = tw_machine_open(p->engine, p->memory);
    p->monitors = monitors_open(tw_rtl_built(), p->memory);
    if (p->machine != NULL)
        p->traffic = traffic_open(p->machine, tw_rtl_built(), options->seed);
    if (p->monitors == NULL || p->traffic == NULL)
        return tw_fail(error, TW_NO_MEMORY, "out of memory");
    traffic_prefer(p->traffic, options->mode);
    return tw_machine_watch(p->machine, monitors_watcher(p->monitors), error);
}

static tw_status close_parts(struct parts *p, tw_error *error)
{
    tw_status status = p->engine == NULL ? TW_OK : tw_wave_close(p->engine, error);
    traffic_close(p->traffic);
    monitors_close(p->monitors);
    tw_machine_close(p->machine);
    tw_engine_close(p->engine);
    tw_memory_close(p->memory);
    return status;
}

static void print_failure(const struct parts *p, const struct random_options *options,
                          const tw_error *error, FILE *report)
{
    uint64_t cycle = tw_cycles(p->engine), from = cycle > WAVE_BEFORE ? cycle - WAVE_BEFORE : 0;
    const char *mode = options->mode == ANY_MODE ? "any" : tw_mode_name(options->mode);
    tw_lockstep_report(p->engine, report);
    fprintf(report, "%s\n", error->text);
    fprintf(report,
            "seed %" PRIu64 ", configuration %s, cycle %" PRIu64 "; again, with a waveform:\n",
            options->seed, tw_rtl_built()->name, cycle);
    fprintf(report,
            "%s --engine %s --seed %" PRIu64 " --requests %" PRIu64
            " --mode %s --latency %u-%u --stall %u "
            "--wave %s.fst --wave-from %" PRIu64 " --wave-to %" PRIu64 "\n",
            options->program, options->engine, options->seed, options->requests, mode,
            options->latency_min, options->latency_max, options->stall_percent, options->program,
            from, cycle + WAVE_AFTER);
}

tw_status random_run(const struct random_options *options, struct random_result *result,
                     FILE *report, tw_error *error)
{
    struct parts parts = {0};
    *result = (struct random_result){0};
    tw_status status = open_parts(&parts, options, error);
    if (status == TW_OK) {
        status = traffic_run(parts.traffic, options->requests, error);
        result->traffic = traffic_counts(parts.traffic);
        result->monitors = monitors_counts(parts.monitors);
        if (status != TW_OK)
            print_failure(&parts, options, error, report);
    }
    tw_error late;
    tw_status closed = close_parts(&parts, &late);
    if (status == TW_OK && closed != TW_OK) {
        *error = late;
        status = closed;
    }
    return status;
}
