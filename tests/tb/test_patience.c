/* When processor and player give a machine up: not while a long walk goes on, but not never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/engine_impl.h"
#include "tb/data_monitor.h"
#include "tb/drive.h"
#include "tb/patience.h"
#include "tb/simulation.h"

/* Pages of one chain in a table of up to 1024 anchors, so many that to read all of it takes longer
 * than TW_PATIENCE. */
enum { STEP = 0x401000, LATENCY = DRIVE_LATENCY_MAX, PAGES = TW_PATIENCE / LATENCY + 3 };

/* ---- a long walk ----------------------------------------------------------------------------- */

static void a_run_with_a_long_chain_and_a_slow_memory_comes_to_its_end(void **state)
{
    (void)state;
    char name[] = "/tmp/test_patience-XXXXXX";
    int descriptor = mkstemp(name);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    assert_non_null(file);
    for (unsigned i = 1; i <= PAGES; i++)
        fprintf(file, " L %x,8\n", i * STEP);
    fclose(file);
    const tw_config *config = tw_config_named("default");
    const char *const path[] = {name};
    simulation_options options = {.mode = MODE_HASHED,
                                  .latency_min = LATENCY,
                                  .latency_max = LATENCY,
                                  .frames = 4 * PAGES,
                                  .outstanding = 4,
                                  .slice = 5000,
                                  .cycles = UINT64_MAX};
    workload load;
    tw_error error = {0};
    assert_int_equal(workload_open(&load, path, 1, MODE_HASHED, &error), TW_OK);
    tw_engine *engine = tw_model_open(config);
    simulation *s = simulation_open(engine, config, &load, &options, &error);
    assert_non_null(s);
    if (simulation_run(s, NULL, &error) != TW_OK)
        fail_msg("%s", error.text);
    assert_true(simulation_results(s).counter.CHAIN_MORE > 0);
    simulation_close(s);
    tw_engine_close(engine);
    workload_close(&load);
    remove(name);
}

static void a_list_of_a_long_chain_is_played_to_its_end(void **state)
{
    (void)state;
    drive_list list = {0};
    drive_result result;
    tw_error error = {0};
    drive_options options = {.latency = LATENCY, .outstanding = 1, .mode = MODE_HASHED};
    tw_engine *engine = tw_model_open(tw_config_named("default"));
    for (unsigned i = 1; i <= PAGES; i++)
        drive_list_add(&list, (uint64_t)i * STEP, OP_LOAD, NULL);
    if (drive_run(engine, &list, &options, &result, &error) != TW_OK)
        fail_msg("%s", error.text);
    assert_int_equal(result.accesses, PAGES);
    assert_true(result.cycles > TW_PATIENCE);
    tw_engine_close(engine);
    drive_list_close(&list);
}

/* ---- a machine that hangs -------------------------------------------------------------------- */

/* It takes every request and answers none; one of its kinds reads memory all the time. */
typedef struct deaf {
    tw_engine base;
    bool reads;
    uint8_t register_asked;
} deaf;

static void deaf_outputs(const tw_engine *engine, tw_out *out)
{
    const deaf *d = (const deaf *)engine;
    *out = (tw_out){.fetch_req_ready = 1,
                    .data_req_ready = 1,
                    .reg_req_ready = 1,
                    .reg_resp_valid = d->register_asked,
                    .mem_req_valid = d->reads,
                    .mem_req_size = 1};
}

static void deaf_clock(tw_engine *engine, const tw_in *in)
{
    ((deaf *)engine)->register_asked = in->reg_req_valid;
}

static void deaf_close(tw_engine *engine)
{
    (void)engine;
}

static const struct engine_ops deaf_ops = {
    .outputs = deaf_outputs, .clock = deaf_clock, .close = deaf_close};

static tw_status next_load(void *context, reference *r, bool *more, tw_error *error)
{
    (void)context;
    (void)error;
    *r = (reference){REFERENCE_LOAD, 0x1000, 8};
    *more = true;
    return TW_OK;
}

/* What the processor says of such a machine; and in which of its cycles. */
static uint64_t processor_gives_up(bool reads, tw_error *error)
{
    deaf d = {.base.ops = &deaf_ops, .reads = reads};
    tw_memory *memory = tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1});
    tw_machine *machine = tw_machine_open(&d.base, memory);
    data_monitor *monitor = data_monitor_open(machine, 1);
    cpu *processor = cpu_open(machine, data_monitor_path(monitor), (cpu_trap){0}, 4);
    cpu_context process = {.space = 1};
    const cpu_stream stream = {NULL, next_load};
    cpu_stop stop;
    assert_int_equal(cpu_run(processor, &process, &stream, 100, UINT64_MAX, &stop, error),
                     TW_TIMEOUT);
    uint64_t cycle = tw_machine_cycle(machine);
    cpu_close(processor);
    data_monitor_close(monitor);
    tw_machine_close(machine);
    tw_memory_close(memory);
    return cycle;
}

/* The same of the player. */
static void player_gives_up(bool reads, tw_error *error)
{
    deaf d = {.base.ops = &deaf_ops, .reads = reads};
    drive_list list = {0};
    drive_result result;
    drive_options options = {.latency = 1, .outstanding = 1, .mode = MODE_SV39};
    drive_list_add(&list, 0x1000, OP_LOAD, NULL);
    assert_int_equal(drive_run(&d.base, &list, &options, &result, error), TW_TIMEOUT);
    drive_list_close(&list);
}

static void a_machine_that_does_nothing_is_given_up(void **state)
{
    (void)state;
    tw_error error = {0};
    assert_in_range(processor_gives_up(false, &error), TW_PATIENCE, TW_PATIENCE + 20);
    assert_non_null(strstr(error.text, "no request taken or answered in 100000 cycles; 4 in"));
    player_gives_up(false, &error);
    assert_string_equal(error.text, "no answer in 100000 cycles, after 0 of 1");
}

static void a_machine_that_reads_for_ever_is_given_up(void **state)
{
    (void)state;
    tw_error error = {0};
    assert_in_range(processor_gives_up(true, &error), PATIENCE_ANSWERS, 4 * PATIENCE_ANSWERS);
    assert_non_null(strstr(error.text, "answered in 4194313 answers of the memory; 4 in flight"));
    player_gives_up(true, &error);
    assert_string_equal(error.text, "no answer in 4194313 answers of the memory, after 0 of 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_with_a_long_chain_and_a_slow_memory_comes_to_its_end),
        cmocka_unit_test(a_list_of_a_long_chain_is_played_to_its_end),
        cmocka_unit_test(a_machine_that_does_nothing_is_given_up),
        cmocka_unit_test(a_machine_that_reads_for_ever_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
