/* Whole runs: processes of real and made-up traces on RTL and cycle model in lockstep, everything
 * checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/random.h"
#include "tb/simulation.h"

static char made_up[] = "/tmp/test_simulation-XXXXXX";

enum { PAGES = 40, REFERENCES = 4000 };

/* A made-up program: code in 8 pages, data in PAGES, sizes and offsets of every kind. */
static int write_trace(void **state)
{
    int descriptor = mkstemp(made_up);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    uint64_t random = 11;
    (void)state;
    for (unsigned i = 0; file != NULL && i < REFERENCES; i++) {
        static const char kinds[][3] = {"I ", " L", " S", " M"};
        unsigned kind = random_below(&random, 4), bytes = 1u << random_below(&random, 6);
        unsigned page = kind == 0 ? random_below(&random, 8) : 16 + random_below(&random, PAGES);
        fprintf(file, "%s %x,%u\n", kinds[kind], page << 12 | random_below(&random, 4096), bytes);
    }
    return file == NULL || fclose(file) != 0;
}

static int remove_trace(void **state)
{
    (void)state;
    return unlink(made_up);
}

/* The modes with 8-byte PTEs that the RTL was built with, at most 3. */
static unsigned modes(unsigned mode[3])
{
    unsigned count = 0;
    for (unsigned m = MODE_SV39; m <= MODE_SV57; m++)
        if (tw_rtl_built()->modes >> m & 1)
            mode[count++] = m;
    return count;
}

static simulation_options options_of(unsigned mode)
{
    return (simulation_options){.mode = mode,
                                .seed = 5,
                                .latency_min = 1,
                                .latency_max = 12,
                                .frames = 40,
                                .outstanding = 6,
                                .slice = 500,
                                .cycles = UINT64_MAX};
}

typedef struct bench {
    workload load;
    tw_engine *engine;
    simulation *simulation;
    tw_error error;
    tw_status status;
    results results;
} bench;

/* Runs two processes of the made-up trace. */
static bench run(const simulation_options *options)
{
    const char *const both[] = {made_up, made_up};
    const tw_config *config = tw_rtl_built();
    bench b = {.status = TW_OK};
    if (workload_open(&b.load, both, 2, &b.error) != TW_OK)
        fail_msg("%s", b.error.text);
    b.engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    b.simulation = simulation_open(b.engine, config, &b.load, options, &b.error);
    if (b.simulation == NULL) {
        b.status = b.error.status;
        return b;
    }
    b.status = simulation_run(b.simulation, NULL, &b.error);
    b.results = simulation_results(b.simulation);
    return b;
}

static void stop(bench *b)
{
    simulation_close(b->simulation);
    tw_engine_close(b->engine);
    workload_close(&b->load);
}

static void expect_good(const bench *b)
{
    if (b->status != TW_OK)
        fail_msg("%s", b->error.text);
    if (b->results.data_errors != 0)
        fail_msg("%s", b->results.first_data_error);
    assert_true(results_good(&b->results));
}

static void two_processes_that_do_not_fit_finish_with_their_data_right(void **state)
{
    (void)state;
    unsigned mode[3], count = modes(mode);
    for (unsigned i = 0; i < count; i++) {
        simulation_options options = options_of(mode[i]);
        bench b = run(&options);
        expect_good(&b);
        assert_true(b.results.complete);
        assert_int_equal(b.results.os.finished, 2);
        assert_int_equal(b.results.cpu.references, 2 * REFERENCES);
        assert_true(b.results.os.swap_out > 100);
        assert_true(b.results.os.swap_in > 100);
        assert_true(b.results.os.switches >= 2 * REFERENCES / 500);
        assert_true(b.results.data_checks > REFERENCES);
        assert_true(b.results.counted);
        if (tw_rtl_built()->l2_entries == 0)
            assert_int_equal(results_l2_hits(&b.results), 0);
        else if (tw_rtl_built()->data_entries < 64) /* which hold all that is mapped */
            assert_true(results_l2_hits(&b.results) > 0);
        assert_int_equal(results_walk_cache_hits(&b.results) > 0, tw_rtl_built()->walk_cache > 0);
        assert_true(results_walk_cache_hits(&b.results) <= b.results.counter.WALKS);
        assert_int_equal(b.results.counter.L2_PARITY, 0);
        assert_int_equal(b.results.prefetch, tw_rtl_built()->prefetch);
        assert_int_equal(b.results.counter.PREFETCHES > 0, tw_rtl_built()->prefetch);
        assert_true(b.results.counter.PREFETCHES <= b.results.counter.WALKS);
        assert_int_equal(b.results.os.refused, 0);
        stop(&b);
    }
}

static void enough_frames_mean_one_fault_a_page_and_no_swapping(void **state)
{
    (void)state;
    unsigned mode[3], count = modes(mode);
    for (unsigned i = 0; i < count; i++) {
        simulation_options options = options_of(mode[i]);
        options.frames = 200;
        bench b = run(&options);
        expect_good(&b);
        assert_int_equal(b.results.os.zero_fills, b.results.pages);
        assert_int_equal(b.results.cpu.traps, b.results.pages);
        assert_int_equal(b.results.os.swap_out, 0);
        stop(&b);
    }
}

static void the_same_seed_gives_the_same_run_and_another_does_not(void **state)
{
    (void)state;
    unsigned mode[3];
    if (modes(mode) == 0)
        return;
    simulation_options options = options_of(mode[0]);
    uint64_t cycles[3];
    for (unsigned i = 0; i < 3; i++) {
        options.seed = i < 2 ? 5 : 6;
        bench b = run(&options);
        expect_good(&b);
        cycles[i] = b.results.cycles;
        stop(&b);
    }
    assert_int_equal(cycles[0], cycles[1]);
    assert_int_not_equal(cycles[0], cycles[2]);
}

static void a_run_stops_at_its_cycle_and_is_not_complete(void **state)
{
    (void)state;
    unsigned mode[3];
    if (modes(mode) == 0)
        return;
    simulation_options options = options_of(mode[0]);
    options.cycles = 5000;
    bench b = run(&options);
    expect_good(&b);
    assert_false(b.results.complete);
    assert_in_range(b.results.cycles, 5000, 5000 + 100); /* a trap is not cut in two */
    stop(&b);
}

static void a_full_disk_under_the_swap_file_ends_the_run(void **state)
{
    (void)state;
    unsigned mode[3];
    if (modes(mode) == 0)
        return;
    simulation_options options = options_of(mode[0]);
    options.swap_path = "/dev/full";
    bench b = run(&options);
    assert_int_equal(b.status, TW_IO);
    assert_non_null(strstr(b.error.text, "/dev/full"));
    assert_non_null(strstr(b.error.text, "No space left on device"));
    stop(&b);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        simulation_options options = options_of(MODE_SV39);
        if (i == 0)
            options.mode = MODE_SV32;
        if (i == 1)
            options.outstanding = 17;
        if (i == 2)
            options.latency_min = 0;
        if (i == 3)
            options.slice = 0;
        if (i == 4)
            options.frames = 3;
        bench b = run(&options);
        assert_null(b.simulation);
        assert_int_equal(b.error.status, TW_USAGE);
        stop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest runs[] = {
        cmocka_unit_test(two_processes_that_do_not_fit_finish_with_their_data_right),
        cmocka_unit_test(enough_frames_mean_one_fault_a_page_and_no_swapping),
        cmocka_unit_test(the_same_seed_gives_the_same_run_and_another_does_not),
        cmocka_unit_test(a_run_stops_at_its_cycle_and_is_not_complete),
        cmocka_unit_test(a_full_disk_under_the_swap_file_ends_the_run),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(runs, write_trace, remove_trace);
}
