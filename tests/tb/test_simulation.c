/* Whole runs: processes of real and made-up traces on RTL and cycle model in lockstep, everything
 * checked. */
#include <string.h>

#include "tb/random.h"
#include "tests/support/simulation_bench.h"

enum { PAGES = 40, REFERENCES = 4000, MODES_MAX = 6 };

static const uint64_t DATA = UINT64_C(0x1ffe000000); /* beyond 32 bits */

/* A made-up program: code in 8 pages, data in PAGES far away. */
static uint64_t place(uint64_t *random, unsigned kind, unsigned i)
{
    uint64_t page = random_below(random, kind == 0 ? 8 : PAGES);
    (void)i;
    return (kind == 0 ? 0 : DATA) + (page << 12 | random_below(random, 4096));
}

static int write_trace(void **state)
{
    (void)state;
    return simulation_bench_trace(11, REFERENCES, place);
}

/* The modes with page tables that the RTL was built with; there is one at least. */
static unsigned modes(unsigned mode[MODES_MAX])
{
    static const unsigned all[MODES_MAX] = {MODE_SV32, MODE_SV39,   MODE_SV48,
                                            MODE_SV57, MODE_LINEAR, MODE_HASHED};
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
    return simulation_bench_options(mode, 40, 500);
}

/* What must have come out of a run; `first` of those that are compared. */
typedef void expectation(const simulation_bench *b, unsigned mode, bool first);

/* Runs the options in every mode. */
static void in_every_mode(simulation_options options, expectation *expect)
{
    unsigned mode[MODES_MAX], count = modes(mode);
    for (unsigned i = 0; i < count; i++) {
        options.mode = mode[i];
        simulation_bench b;
        simulation_bench_run(&b, &options);
        simulation_bench_expect_good(&b);
        expect(&b, mode[i], i == 0);
        simulation_bench_close(&b);
    }
}

/* What of the MMU must have been of use, and what not. */
static void expect_counters(const results *r, unsigned mode)
{
    const tw_config *built = tw_rtl_built();
    assert_true(r->counted);
    if (built->l2_entries == 0)
        assert_int_equal(results_l2_hits(r), 0);
    else if (built->data_entries < 64) /* which hold all that is mapped */
        assert_true(results_l2_hits(r) > 0);
    bool deep = mode_levels(mode) > 1;
    assert_int_equal(results_walk_cache_hits(r) > 0, built->walk_cache > 0 && deep);
    assert_true(results_walk_cache_hits(r) <= r->counter.WALKS);
    assert_int_equal(r->counter.L2_PARITY, 0);
    assert_int_equal(r->prefetch, built->prefetch);
    assert_int_equal(r->counter.PREFETCHES > 0, built->prefetch && deep);
    assert_true(r->counter.PREFETCHES <= r->counter.WALKS);
    assert_int_equal(r->hashed, mode == MODE_HASHED);
    assert_int_equal(r->counter.PROBES > 0, r->hashed);
    assert_int_equal(r->counter.CHAIN_1 > 0, r->hashed);
    assert_int_equal(r->counter.CHAIN_2 > 0, r->hashed);
    assert_true(r->counter.PROBES < r->counter.READS); /* anchors are read too */
}

static void expect_swapping(const simulation_bench *b, unsigned mode, bool first)
{
    const results *r = &b->results;
    assert_true(r->complete);
    assert_int_equal(r->os.finished, 2);
    assert_int_equal(r->cpu.references, 2 * REFERENCES);
    assert_true(r->os.swap_out > 100);
    assert_true(r->os.swap_in > 100);
    assert_true(r->os.switches >= 2 * REFERENCES / 500);
    assert_true(r->data_checks > REFERENCES);
    assert_int_equal(r->os.refused, 0);
    expect_counters(r, mode);
    simulation_bench_expect_same_data(b, first, tw_mode_name(mode));
}

static void two_processes_that_do_not_fit_finish_with_the_same_data_in_every_mode(void **state)
{
    (void)state;
    in_every_mode(options_of(MODE_BARE), expect_swapping);
}

static void expect_frames_besides(const simulation_bench *b, unsigned mode, bool first)
{
    const results *r = &b->results;
    size_t row = mode == MODE_LINEAR ? 2048 : mode == MODE_HASHED ? 2 : 0;
    (void)first;
    assert_int_equal(r->frames, 40);
    assert_int_equal(r->row_frames, row);
    if (row != 0)
        assert_int_equal(r->os.table_frames, row);
    assert_int_equal(r->relocated, mode_narrow(mode) ? 4 : 0);
    assert_false(r->final[0].known);
}

static void programs_move_into_32_bits_and_tables_in_rows_get_frames_of_their_own(void **state)
{
    (void)state;
    simulation_options options = options_of(MODE_BARE);
    options.cycles = 1000;
    in_every_mode(options, expect_frames_besides);
}

static void expect_no_swapping(const simulation_bench *b, unsigned mode, bool first)
{
    const results *r = &b->results;
    (void)mode, (void)first;
    assert_int_equal(r->os.zero_fills, r->pages);
    assert_int_equal(r->cpu.traps, r->pages);
    assert_int_equal(r->os.swap_out, 0);
}

static void enough_frames_mean_one_fault_a_page_and_no_swapping(void **state)
{
    (void)state;
    simulation_options options = options_of(MODE_BARE);
    options.frames = 200;
    in_every_mode(options, expect_no_swapping);
}

static void the_same_seed_gives_the_same_run_and_another_does_not(void **state)
{
    (void)state;
    simulation_options options = options_of(first_mode());
    uint64_t cycles[3];
    for (unsigned i = 0; i < 3; i++) {
        options.seed = i < 2 ? 5 : 6;
        simulation_bench b;
        simulation_bench_run(&b, &options);
        simulation_bench_expect_good(&b);
        cycles[i] = b.results.cycles;
        simulation_bench_close(&b);
    }
    assert_int_equal(cycles[0], cycles[1]);
    assert_int_not_equal(cycles[0], cycles[2]);
}

static void a_run_stops_at_its_cycle_and_is_not_complete(void **state)
{
    (void)state;
    simulation_options options = options_of(first_mode());
    options.cycles = 5000;
    simulation_bench b;
    simulation_bench_run(&b, &options);
    simulation_bench_expect_good(&b);
    assert_false(b.results.complete);
    assert_in_range(b.results.cycles, 5000, 5000 + 100); /* a trap is not cut in two */
    simulation_bench_close(&b);
}

/* What cannot be written stays, and clean pages go, while there are any; then who needs a frame. */
static void a_full_disk_under_the_swap_file_is_told_and_harms_no_data(void **state)
{
    (void)state;
    simulation_options options = options_of(first_mode());
    options.swap_path = "/dev/full";
    simulation_bench b;
    simulation_bench_run(&b, &options);
    assert_int_equal(b.status, TW_OK);
    assert_true(b.results.complete);
    assert_int_equal(b.results.data_errors, 0);
    assert_true(b.results.os.writes_failed > 0);
    assert_int_equal(b.results.os.swap_out, 0);
    assert_non_null(strstr(b.results.disk_error, "/dev/full"));
    assert_non_null(strstr(b.results.disk_error, "No space left on device"));
    simulation_bench_close(&b);
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
        simulation_bench b;
        simulation_bench_run(&b, &options);
        assert_null(b.simulation);
        assert_int_equal(b.error.status, TW_USAGE);
        simulation_bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest runs[] = {
        cmocka_unit_test(two_processes_that_do_not_fit_finish_with_the_same_data_in_every_mode),
        cmocka_unit_test(programs_move_into_32_bits_and_tables_in_rows_get_frames_of_their_own),
        cmocka_unit_test(enough_frames_mean_one_fault_a_page_and_no_swapping),
        cmocka_unit_test(the_same_seed_gives_the_same_run_and_another_does_not),
        cmocka_unit_test(a_run_stops_at_its_cycle_and_is_not_complete),
        cmocka_unit_test(a_full_disk_under_the_swap_file_is_told_and_harms_no_data),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(runs, write_trace, simulation_bench_remove);
}
