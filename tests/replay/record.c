/*
 * record.c: records the pins of random traffic on RTL and cycle model in lockstep, for the replay.
 *
 *     record FILE CYCLES SEED
 *
 * Exit 0: at least CYCLES cycles stand in FILE; 1: a mismatch or a failed write; 2: usage.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tb/monitors.h"
#include "tb/pin_trace.h"
#include "tb/traffic.h"

enum { REQUESTS_AT_A_TIME = 100 };

struct recording {
    tw_memory *memory;
    tw_machine *machine;
    struct monitors *monitors;
    struct traffic *traffic;
    struct pin_trace *trace;
};

static tw_status run(struct recording *r, uint64_t cycles, tw_error *error)
{
    tw_status status = tw_machine_watch(r->machine, monitors_watcher(r->monitors), error);
    if (status == TW_OK)
        status = tw_machine_watch(r->machine, pin_trace_watcher(r->trace), error);
    while (status == TW_OK && tw_machine_cycle(r->machine) < cycles)
        status = traffic_run(r->traffic, REQUESTS_AT_A_TIME, error);
    return status;
}

static tw_status record(tw_engine *engine, const char *path, uint64_t cycles, uint64_t seed,
                        tw_error *error)
{
    const tw_memory_options options = {.seed = seed, .latency_min = 1, .latency_max = 1};
    struct recording r = {.memory = tw_memory_open(&options)};
    tw_status status = TW_NO_MEMORY;
    if (engine != NULL && r.memory != NULL)
        r.machine = tw_machine_open(engine, r.memory);
    if (r.machine != NULL)
        r.monitors = monitors_open(tw_rtl_built(), r.memory);
    if (r.monitors != NULL)
        r.traffic = traffic_open(r.machine, tw_rtl_built(), seed);
    if (r.traffic == NULL)
        tw_fail(error, status, "no memory for a machine");
    else
        r.trace = pin_trace_open(path, error);
    if (r.trace != NULL)
        status = run(&r, cycles, error);
    tw_status closed = pin_trace_close(r.trace, status == TW_OK ? error : NULL);
    traffic_close(r.traffic);
    monitors_close(r.monitors);
    tw_machine_close(r.machine);
    tw_memory_close(r.memory);
    return status != TW_OK ? status : closed;
}

/* A decimal number above 0; 0 for anything else. */
static uint64_t number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    return *end == '\0' && text[0] >= '0' && text[0] <= '9' ? value : 0;
}

int main(int argc, char **argv)
{
    uint64_t cycles = argc == 4 ? number(argv[2]) : 0;
    uint64_t seed = argc == 4 ? number(argv[3]) : 0;
    if (cycles == 0 || seed == 0) {
        fprintf(stderr, "usage: record FILE CYCLES SEED (both above 0)\n");
        return 2;
    }
    tw_error error = {0};
    tw_engine *engine =
        tw_lockstep_open(tw_rtl_open(tw_rtl_built()), tw_model_open(tw_rtl_built()));
    tw_status status = record(engine, argv[1], cycles, seed, &error);
    if (status != TW_OK)
        fprintf(stderr, "record: %s\n", error.text);
    else
        printf("%s: %" PRIu64 " cycles, seed %" PRIu64 "\n", argv[1], tw_cycles(engine), seed);
    tw_engine_close(engine);
    return status == TW_OK ? 0 : 1;
}
