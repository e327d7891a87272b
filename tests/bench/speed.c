/*
 * speed.c: simulated cycles a second. The pins of one run of random traffic are recorded first and
 * then driven into each engine, so that nothing but the engine is timed, and the monitors where
 * they watch. The engines take turns, so that what else the machine does meets all of them.
 */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <time.h>

#include "tb/monitors.h"
#include "tb/traffic.h"

enum { CYCLES = 200000, REQUESTS = 80000, REPEATS = 5 };

typedef struct recording {
    tw_in *in;
    size_t cycles;
    tw_memory *memory; /* as the run left it: monitors look into it */
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

/* Records a run of the model. */
static tw_status record_pins(recording *r, tw_error *error)
{
    r->in = calloc(CYCLES, sizeof *r->in);
    r->memory =
        tw_memory_open(&(tw_memory_options){.seed = 1, .latency_min = 2, .latency_max = 10});
    tw_engine *engine = tw_model_open(tw_rtl_built());
    tw_machine *machine = r->in && r->memory ? tw_machine_open(engine, r->memory) : NULL;
    struct traffic *traffic = machine ? traffic_open(machine, tw_rtl_built(), 1) : NULL;
    tw_status status = traffic != NULL ? TW_OK : tw_fail(error, TW_NO_MEMORY, "out of memory");
    if (status == TW_OK)
        status = tw_machine_watch(machine, (tw_watcher){r, record}, error);
    if (status == TW_OK)
        status = traffic_run(traffic, REQUESTS, error);
    traffic_close(traffic);
    tw_machine_close(machine);
    tw_engine_close(engine);
    return status;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Drives the recording into the engine after a reset, and shows every cycle to the watcher, if it
 * has a function. */
static tw_status drive(tw_engine *engine, tw_watcher watcher, const recording *r, tw_error *error)
{
    tw_in reset = {0};
    tw_out out;
    tw_status status = TW_OK;
    tw_clock(engine, &reset);
    tw_clock(engine, &reset);
    for (size_t i = 0; status == TW_OK && i < r->cycles; i++) {
        tw_outputs(engine, &out);
        if (watcher.cycle != NULL)
            status = watcher.cycle(watcher.context, i, &out, &r->in[i], error);
        tw_clock(engine, &r->in[i]);
    }
    if (status == TW_OK && tw_lockstep_divergence(engine) != NULL)
        status = tw_fail(error, TW_MISMATCH, "RTL and model differ");
    return status;
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

enum { RTL, MODEL, LOCKSTEP, ENGINES };

static const struct {
    const char *name, *title;
    tw_engine *(*open)(void);
    bool watched; /* by all monitors */
} ENGINE[ENGINES] = {[RTL] = {"rtl", "rtl", open_rtl, false},
                     [MODEL] = {"model", "model", open_model, false},
                     [LOCKSTEP] = {"lockstep", "lockstep, all monitors", open_lockstep, true}};

/* One turn of an engine: *rate is its cycles a second if that is more than before. */
static tw_status take_turn(unsigned e, const recording *r, double *rate, tw_error *error)
{
    tw_engine *engine = ENGINE[e].open();
    struct monitors *monitors = monitors_open(tw_rtl_built(), r->memory);
    tw_status status = TW_NO_MEMORY;
    if (engine == NULL || monitors == NULL) {
        tw_fail(error, status, "out of memory");
    } else {
        tw_watcher watcher = ENGINE[e].watched ? monitors_watcher(monitors) : (tw_watcher){0};
        double begin = seconds();
        status = drive(engine, watcher, r, error);
        double now = (double)r->cycles / (seconds() - begin);
        *rate = now > *rate ? now : *rate;
    }
    monitors_close(monitors);
    tw_engine_close(engine);
    return status;
}

static void print_ratio(const char *what, double ratio, double wanted, FILE *to)
{
    fprintf(to, "  %-28s%12.2f   >= %g %s\n", what, ratio, wanted,
            ratio >= wanted ? "met" : "missed");
}

static void print(const double *rate, size_t cycles, FILE *to, FILE *csv)
{
    fprintf(csv, "config,engine,cycles_per_second\n");
    fprintf(to,
            "\nCycles a second, best of %d, on the pins of %zu cycles of random traffic; "
            "configuration %s\n",
            REPEATS, cycles, tw_rtl_built()->name);
    for (unsigned e = 0; e < ENGINES; e++) {
        fprintf(to, "  %-28s%12.0f\n", ENGINE[e].title, rate[e]);
        fprintf(csv, "%s,%s,%.0f\n", tw_rtl_built()->name, ENGINE[e].name, rate[e]);
    }
    print_ratio("lockstep to rtl", rate[LOCKSTEP] / rate[RTL], 0.5, to);
    print_ratio("model to rtl", rate[MODEL] / rate[RTL], 10, to);
}

int bench_speed(FILE *to, FILE *csv)
{
    recording r = {0};
    double rate[ENGINES] = {0};
    tw_error error = {0};
    tw_status status = record_pins(&r, &error);
    for (unsigned n = 0; n < REPEATS; n++)
        for (unsigned e = 0; status == TW_OK && e < ENGINES; e++)
            status = take_turn(e, &r, &rate[e], &error);
    if (status == TW_OK)
        print(rate, r.cycles, to, csv);
    else
        fprintf(stderr, "bench: %s\n", error.text);
    free(r.in);
    tw_memory_close(r.memory);
    return status != TW_OK;
}
