/*
 * speed.c: simulated cycles a second. The pins of one run of random traffic are recorded first and
 * then driven into each engine, so that nothing but the engine is timed.
 */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <time.h>

#include "tb/traffic.h"

enum { CYCLES = 200000, REQUESTS = 40000, REPEATS = 5 };

typedef struct recording {
    tw_in *in;
    size_t cycles;
} recording;

static tw_status record(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                        tw_error *error)
{
    (void)cycle, (void)out, (void)error;
    recording *r = context;
    if (r->cycles < CYCLES)
        r->in[r->cycles++] = *in;
    return TW_OK;
}

/* Records a run of the model. False after a message. */
static bool record_pins(recording *r)
{
    tw_error error = {TW_NO_MEMORY, "out of memory"};
    tw_engine *engine = tw_model_open(tw_rtl_built());
    tw_memory *memory =
        tw_memory_open(&(tw_memory_options){.seed = 1, .latency_min = 2, .latency_max = 10});
    tw_machine *machine = engine && memory ? tw_machine_open(engine, memory) : NULL;
    struct traffic *traffic = machine ? traffic_open(machine, tw_rtl_built(), 1) : NULL;
    tw_status status = TW_NO_MEMORY;
    if (traffic != NULL)
        status = tw_machine_watch(machine, (tw_watcher){r, record}, &error);
    if (status == TW_OK)
        status = traffic_run(traffic, REQUESTS, &error);
    traffic_close(traffic);
    tw_machine_close(machine);
    tw_memory_close(memory);
    tw_engine_close(engine);
    if (status != TW_OK)
        fprintf(stderr, "bench: %s\n", error.text);
    return status == TW_OK;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Drives the recording into the engine, after a reset, and closes it: seconds. */
static double drive(tw_engine *engine, const recording *r)
{
    tw_in reset = {0};
    tw_out out;
    tw_clock(engine, &reset);
    tw_clock(engine, &reset);
    double begin = seconds();
    for (size_t i = 0; i < r->cycles; i++) {
        tw_outputs(engine, &out);
        tw_clock(engine, &r->in[i]);
    }
    double end = seconds();
    tw_engine_close(engine);
    return end - begin;
}

static tw_engine *open_rtl(void)
{
    return tw_rtl_open(tw_rtl_built());
}

static tw_engine *open_model(void)
{
    return tw_model_open(tw_rtl_built());
}

static tw_engine *open_lockstep(void)
{
    return tw_lockstep_open(open_rtl(), open_model());
}

int bench_speed(FILE *to, FILE *csv)
{
    static const struct {
        const char *name;
        tw_engine *(*open)(void);
    } engines[] = {{"rtl", open_rtl}, {"model", open_model}, {"lockstep", open_lockstep}};
    recording r = {.in = calloc(CYCLES, sizeof *r.in)};
    if (r.in == NULL || !record_pins(&r)) {
        free(r.in);
        return 1;
    }
    fprintf(csv, "config,engine,cycles_per_second\n");
    fprintf(to, "\nCycles a second, best of %d, on the pins of %zu cycles of random traffic\n",
            REPEATS, r.cycles);
    for (unsigned e = 0; e < sizeof engines / sizeof *engines; e++) {
        double best = 0;
        for (unsigned n = 0; n < REPEATS; n++) {
            double rate = (double)r.cycles / drive(engines[e].open(), &r);
            best = rate > best ? rate : best;
        }
        fprintf(to, "  %-28s%12.0f\n", engines[e].name, best);
        fprintf(csv, "%s,%s,%.0f\n", tw_rtl_built()->name, engines[e].name, best);
    }
    free(r.in);
    return 0;
}
