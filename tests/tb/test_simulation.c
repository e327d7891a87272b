/* Whole runs: processes of real and made-up traces on RTL and cycle model in lockstep, everything
 * checked. */
#include <inttypes.h>
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

enum { PAGES = 40, REFERENCES = 4000, MODES_MAX = 5 };

static const uint64_t DATA = UINT64_C(0x1ffe000000); /* beyond 32 bits */

/* A made-up program: code in 8 pages, data in PAGES far away, sizes and offsets of every kind. */
static int write_trace(void **state)
{
    int descriptor = mkstemp(made_up);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    uint64_t random = 11;
    (void)state;
    for (unsigned i = 0; file != NULL && i < REFERENCES; i++) {
        static const char kinds[][3] = {"I ", " L", " S", " M"};
        unsigned kind = random_below(&random, 4), bytes = 1u << random_below(&random, 6);
        uint64_t page = random_below(&random, kind == 0 ? 8 : PAGES);
        uint64_t va = (kind == 0 ? 0 : DATA) + (page << 12 | random_below(&random, 4096));
        fprintf(file, "%s %" PRIx64 ",%u\n", kinds[kind], va, bytes);
    }
    return file == NULL || fclose(file) != 0;
}

static int remove_trace(void **state)
{
    (void)state;
    return unlink(made_up);
}

/* The modes with page tables that the RTL was built with; there is one at least. */
static unsigned modes(unsigned mode[MODES_MAX])
{
    static const unsigned all[MODES_MAX] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57,
                                            MODE_LINEAR};
    unsigned count = 0;
    for (unsigned i = 0; i < MODES_MAX; i++)
        if (tw_rtl_built()->modes >> all[i] & 1)
            mode[count++] = all[i];
    assert_true(count > 0);
    return count;
}

static unsigned first_mode(void)
{
    unsigned mode[MODES_MAX];
    modes(mode);
    return mode[0];
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
    if (workload_open(&b.load, both, 2, options->mode, &b.error) != TW_OK)
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

/* Keeps the data of the first run, and fails unless that of the others is the same. */
static void expect_same_data(const bench *b, uint64_t first[2], bool is_first)
{
    for (unsigned p = 0; p < 2; p++) {
        assert_true(b->results.final[p].known);
        if (is_first)
            first[p] = b->results.final[p].checksum;
        if (b->results.final[p].checksum != first[p])
            fail_msg("process %u: expected the data %#" PRIx64
                     " as in the first mode, got %#" PRIx64,
                     p + 1, first[p], b->results.final[p].checksum);
    }
    assert_int_not_equal(first[0], first[1]); /* no store writes what another did */
}

static void two_processes_that_do_not_fit_finish_with_the_same_data_in_every_mode(void **state)
{
    (void)state;
    unsigned mode[MODES_MAX], count = modes(mode);
    uint64_t first[2];
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
        bool walk_cache = tw_rtl_built()->walk_cache > 0 && mode_levels(mode[i]) > 1;
        assert_int_equal(results_walk_cache_hits(&b.results) > 0, walk_cache);
        assert_true(results_walk_cache_hits(&b.results) <= b.results.counter.WALKS);
        assert_int_equal(b.results.counter.L2_PARITY, 0);
        assert_int_equal(b.results.prefetch, tw_rtl_built()->prefetch);
        assert_int_equal(b.results.counter.PREFETCHES > 0,
                         tw_rtl_built()->prefetch && mode_levels(mode[i]) > 1);
        assert_true(b.results.counter.PREFETCHES <= b.results.counter.WALKS);
        assert_int_equal(b.results.os.refused, 0);
        expect_same_data(&b, first, i == 0);
        stop(&b);
    }
}

static void programs_move_into_32_bits_and_linear_tables_get_frames_of_their_own(void **state)
{
    (void)state;
    unsigned mode[MODES_MAX], count = modes(mode);
    for (unsigned i = 0; i < count; i++) {
        simulation_options options = options_of(mode[i]);
        options.cycles = 1000;
        bench b = run(&options);
        expect_good(&b);
        assert_int_equal(b.results.frames, 40);
        assert_int_equal(b.results.row_frames, mode[i] == MODE_LINEAR ? 2048 : 0);
        assert_int_equal(b.results.relocated, mode_narrow(mode[i]) ? 4 : 0);
        assert_false(b.results.final[0].known);
        stop(&b);
    }
}

static void enough_frames_mean_one_fault_a_page_and_no_swapping(void **state)
{
    (void)state;
    unsigned mode[MODES_MAX], count = modes(mode);
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
    simulation_options options = options_of(first_mode());
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
    simulation_options options = options_of(first_mode());
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
    simulation_options options = options_of(first_mode());
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
            options.mode = MODE_BARE;
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
        cmocka_unit_test(two_processes_that_do_not_fit_finish_with_the_same_data_in_every_mode),
        cmocka_unit_test(programs_move_into_32_bits_and_linear_tables_get_frames_of_their_own),
        cmocka_unit_test(enough_frames_mean_one_fault_a_page_and_no_swapping),
        cmocka_unit_test(the_same_seed_gives_the_same_run_and_another_does_not),
        cmocka_unit_test(a_run_stops_at_its_cycle_and_is_not_complete),
        cmocka_unit_test(a_full_disk_under_the_swap_file_ends_the_run),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(runs, write_trace, remove_trace);
}
