/* liar.c: see liar.h. */
#include "tests/support/liar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/engine_impl.h"

enum { REQUESTS = 60000 };

struct liar {
    tw_engine base;
    tw_engine *model;
    struct lie lie;
};

static void liar_outputs(const tw_engine *engine, tw_out *out)
{
    const struct liar *liar = (const struct liar *)engine;
    tw_outputs(liar->model, out);
    if (liar->lie.out != NULL)
        liar->lie.out(out);
}

static void liar_clock(tw_engine *engine, const tw_in *in)
{
    struct liar *liar = (struct liar *)engine;
    tw_in told = *in;
    if (liar->lie.in != NULL)
        liar->lie.in(&told);
    tw_clock(liar->model, &told);
}

static void liar_close(tw_engine *engine)
{
    struct liar *liar = (struct liar *)engine;
    tw_engine_close(liar->model);
    free(liar);
}

static const struct engine_ops liar_ops = {
    .outputs = liar_outputs, .clock = liar_clock, .close = liar_close};

tw_engine *liar_open(const tw_config *config, struct lie lie)
{
    struct liar *liar = calloc(1, sizeof *liar);
    if (liar == NULL)
        return NULL;
    liar->base.ops = &liar_ops;
    liar->lie = lie;
    liar->model = tw_model_open(config);
    if (liar->model == NULL) {
        free(liar);
        return NULL;
    }
    return &liar->base;
}

tw_status liar_run(const char *name, unsigned mode, struct lie lie, struct monitor_counts *counts,
                   tw_error *error)
{
    const tw_config *config = tw_config_named(name);
    const tw_memory_options options = {.seed = LIAR_SEED, .latency_min = 1, .latency_max = 1};
    tw_memory *memory = tw_memory_open(&options);
    tw_engine *engine = liar_open(config, lie);
    tw_machine *machine = tw_machine_open(engine, memory);
    struct monitors *monitors = monitors_open(config, memory);
    struct traffic *traffic = traffic_open(machine, config, LIAR_SEED);
    traffic_prefer(traffic, mode);
    tw_status status = tw_machine_watch(machine, monitors_watcher(monitors), error);
    if (status == TW_OK)
        status = traffic_run(traffic, REQUESTS, error);
    *counts = monitors_counts(monitors);
    traffic_close(traffic);
    monitors_close(monitors);
    tw_machine_close(machine);
    tw_engine_close(engine);
    tw_memory_close(memory);
    return status;
}

void liar_expect_found(unsigned mode, const struct known_lie *lies, size_t count,
                       void (*begin)(void))
{
    for (size_t i = 0; i < count; i++) {
        struct monitor_counts counts;
        tw_error error = {0};
        if (begin != NULL)
            begin();
        tw_status status = liar_run("default", mode, lies[i].lie, &counts, &error);
        print_message("%s: %s\n", lies[i].name, error.text);
        if (status != TW_MISMATCH || strstr(error.text, lies[i].complaint) == NULL)
            fail_msg("%s: expected a complaint with '%s', got status %d '%s' (seed %d)",
                     lies[i].name, lies[i].complaint, (int)status, error.text, LIAR_SEED);
    }
}
