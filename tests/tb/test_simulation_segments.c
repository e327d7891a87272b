/* Whole runs with segments, on RTL and cycle model in lockstep, everything checked: alone, and in
 * front of Sv32. */
#include <string.h>

#include "tb/random.h"
#include "tests/support/simulation_bench.h"

enum { HEAP = 24, STACK = 8, REFERENCES = 3000, FRAMES = 40 };

static const uint64_t HEAP_AT = 0x500000, STACK_TOP = UINT64_C(0x1fff000000); /* beyond 32 bits */

/* Where one reference goes: code, which touches constants; a heap and a stack that grow as `i`
 * does. */
static uint64_t place(uint64_t *random, unsigned kind, unsigned i)
{
    unsigned grown = HEAP * (i + 1) / REFERENCES, within = random_below(random, 4096);
    if (kind == 0)
        return (uint64_t)random_below(random, 3) << 12 | within;
    if (kind == 1 && random_below(random, 4) == 0)
        return (uint64_t)(3 + random_below(random, 2)) << 12 | within;
    if (random_below(random, 2) == 0)
        return HEAP_AT + ((uint64_t)random_below(random, grown + 1) << 12) + within;
    return STACK_TOP - 64 - ((uint64_t)random_below(random, grown * STACK / HEAP + 1) << 12) -
           within % 4000;
}

static int write_trace(void **state)
{
    (void)state;
    return simulation_bench_trace(12, REFERENCES, place);
}

/* Skips the test where Sv32 or segments are not built. */
static void run(simulation_bench *b, unsigned mode, bool segmented, size_t frames)
{
    simulation_options options = simulation_bench_options(mode, frames, 400);
    if ((tw_rtl_built()->modes >> MODE_SV32 & 1) == 0 || tw_rtl_built()->segments == 0)
        skip();
    options.segmented = segmented;
    simulation_bench_run(b, &options);
}

static void expect_good(const simulation_bench *b)
{
    simulation_bench_expect_good(b);
    assert_true(b->results.complete);
    assert_int_equal(b->results.cpu.references, 2 * REFERENCES);
}

static void segments_leave_the_same_data_as_sv32_alone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned mode;
        bool segmented;
    } way[] = {{"sv32", MODE_SV32, false},
               {"sv32-segments", MODE_SV32, true},
               {"bare-segments", MODE_BARE, true}};
    for (unsigned i = 0; i < 3; i++) {
        simulation_bench b;
        run(&b, way[i].mode, way[i].segmented, FRAMES);
        expect_good(&b);
        assert_true(b.results.os.swap_out > 20);
        simulation_bench_expect_same_data(&b, i == 0, way[i].name);
        simulation_bench_close(&b);
    }
}

/* The data monitor and the monitors of the MMU have seen them too. */
static void the_counts_of_segments_agree_with_each_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        simulation_bench b;
        run(&b, i == 0 ? MODE_BARE : MODE_SV32, true, FRAMES);
        const os_segment_counts *s = &b.results.segments;
        expect_good(&b);
        assert_int_equal(s->descriptors, 2 * 4); /* code, constants, heap, stack */
        assert_int_equal(s->growths > 2 * (HEAP + STACK) / 2, 1);
        assert_in_range(s->restores, b.results.os.switches, 4 * b.results.os.switches);
        assert_int_equal(s->loads, 0); /* four registers are enough */
        assert_true(b.results.monitors.limits >= s->growths);
        assert_int_equal(b.results.monitors.rights, 0);
        assert_true(b.results.monitors.through >= b.results.data_checks);
        assert_int_equal(s->swapped_in > 0 && s->swapped_out > 0 && s->compactions > 0, i == 0);
        assert_true(s->swapped_out >= s->swapped_in);
        assert_in_range(s->blocked_hole, 0, s->blocked_free);
        assert_int_equal(b.results.counter.WALKS > 0, i == 1);
        assert_true(s->unreached > 0 && s->unreached < s->allocated);
        simulation_bench_close(&b);
    }
}

/* Which latencies know too: a request that a segment refuses never comes to a TLB. */
static void what_a_segment_refuses_is_no_tlb_miss(void **state)
{
    (void)state;
    simulation_bench b;
    run(&b, MODE_SV32, true, FRAMES);
    const results *r = &b.results;
    assert_true(r->monitors.limits > 0);
    assert_int_equal(results_misses(r), latency_misses(r->latency));
    double hits = (double)(r->counter.FETCH_HITS + r->counter.DATA_HITS);
    double all = hits + (double)latency_misses(r->latency);
    assert_true(results_hit_rate(r) > hits / all - 1e-9 && results_hit_rate(r) < hits / all + 1e-9);
    simulation_bench_close(&b);
}

static void room_for_everything_means_growth_and_no_swapping(void **state)
{
    (void)state;
    simulation_bench b;
    run(&b, MODE_BARE, true, 200);
    expect_good(&b);
    assert_int_equal(b.results.segments.swapped_out, 0);
    assert_int_equal(b.results.os.swap_out, 0);
    assert_int_equal(b.results.os.table_frames, 0);
    assert_int_equal(b.results.segments.compactions, 0);
    assert_true(b.results.segments.moves > 0);
    simulation_bench_close(&b);
}

static void nobody_says_how_many_frames_so_there_are_enough_and_too_few_for_all(void **state)
{
    (void)state;
    simulation_bench b;
    run(&b, MODE_BARE, true, 0);
    expect_good(&b);
    assert_int_equal(b.results.frames, HEAP); /* the longest segment */
    assert_true(b.results.segments.swapped_in > 0);
    simulation_bench_close(&b);
}

static void too_few_frames_for_a_segment_are_refused_with_the_number(void **state)
{
    (void)state;
    simulation_bench b;
    run(&b, MODE_BARE, true, HEAP - 1);
    assert_null(b.simulation);
    assert_int_equal(b.error.status, TW_USAGE);
    assert_non_null(strstr(b.error.text, "23 frames are too few"));
    assert_non_null(strstr(b.error.text, "segments of 24 pages at once"));
    simulation_bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest runs[] = {
        cmocka_unit_test(segments_leave_the_same_data_as_sv32_alone),
        cmocka_unit_test(the_counts_of_segments_agree_with_each_other),
        cmocka_unit_test(what_a_segment_refuses_is_no_tlb_miss),
        cmocka_unit_test(room_for_everything_means_growth_and_no_swapping),
        cmocka_unit_test(nobody_says_how_many_frames_so_there_are_enough_and_too_few_for_all),
        cmocka_unit_test(too_few_frames_for_a_segment_are_refused_with_the_number),
    };
    return cmocka_run_group_tests(runs, write_trace, simulation_bench_remove);
}
