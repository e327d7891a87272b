/* test_counters.c: what the counters count, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/rig.h"

static void walks_and_what_answers_without_one_are_counted(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 3);
    rig_map(&r, 0x1000, 0, pages_pte(0x300, F_V | F_RWX));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);   /* 3 reads, 1 swap: 16 cycles of walk */
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);   /* hit */
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000); /* second-level hit */
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x2000); /* 1 read below a cached pointer, fault */
    assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_WALK_CYCLES), 16 + 4);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 4);
    assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_FAULT_FETCH_PAGE), 1);
    const uint64_t cycles = rig_read(&r, REG_COUNT_CYCLES);
    assert_int_equal(rig_read(&r, REG_COUNT_CYCLES), cycles + 3);
    /* Executed in the cycle before the answer, which is the one before this. */
    assert_int_equal(cycles + 3, tw_machine_cycle(r.machine) - 2);
    rig_close(&r);
}

/* Two requests of a port: one that walks, one that hits. */
static void miss_and_hit(rig *r, tw_port port)
{
    rig_map(r, 0x1000, 0, pages_pte(0x300, F_PAGE));
    rig_translate(r, port, OP_LOAD, 0x1000);
    rig_translate(r, port, OP_LOAD, 0x1000);
}

static void each_port_counts_its_own_requests_and_hits(void **state)
{
    for (unsigned fetch = 0; fetch < 2; fetch++) {
        rig r = rig_open(state, "default", MODE_SV39, 3);
        miss_and_hit(&r, fetch ? TW_FETCH : TW_DATA);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_REQUESTS), fetch ? 2 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_HITS), fetch ? 1 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_REQUESTS), fetch ? 0 : 2);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_HITS), fetch ? 0 : 1);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_MERGES), 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_MERGES), 0);
        rig_close(&r);
    }
}

static void each_port_counts_its_own_second_level_hits(void **state)
{
    for (unsigned fetch = 0; fetch < 2; fetch++) {
        rig r = rig_open(state, "default", MODE_SV39, 3);
        miss_and_hit(&r, fetch ? TW_DATA : TW_FETCH);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_L2_HITS), 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_L2_HITS), 0);
        rig_translate(&r, fetch ? TW_FETCH : TW_DATA, OP_LOAD, 0x1000);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_L2_HITS), fetch ? 1 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_L2_HITS), fetch ? 0 : 1);
        rig_close(&r);
    }
}

static void requests_that_meet_no_ready_count_as_stalls_of_their_port(void **state)
{
    for (unsigned fetch = 0; fetch < 2; fetch++) {
        rig r = rig_open(state, "small", MODE_SV32, 20);
        for (unsigned t = 0; t < 8; t++) { /* one walks, two wait, the fourth meets no ready */
            const unsigned id = t < 3 ? t : 3;
            if (fetch)
                rig_fetch(&r, id, id << PAGE_SHIFT);
            else
                rig_data(&r, id, OP_LOAD, id << PAGE_SHIFT);
            rig_clock(&r);
        }
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_STALLS), fetch ? 5 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_REQUESTS), fetch ? 3 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_STALLS), fetch ? 0 : 5);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_REQUESTS), fetch ? 0 : 3);
        rig_close(&r);
    }
}

static void replayed_requests_that_hit_count_as_merges_of_their_port(void **state)
{
    for (unsigned fetch = 0; fetch < 2; fetch++) {
        rig r = rig_open(state, "default", MODE_SV39, 3);
        rig_map(&r, 0x1000, 0, pages_pte(0x300, F_PAGE));
        for (unsigned id = 0; id < 3; id++) {
            if (fetch)
                rig_fetch(&r, id, 0x1000);
            else
                rig_data(&r, id, OP_LOAD, 0x1000);
            rig_clock(&r);
        }
        for (unsigned t = 0; t < 20; t++)
            rig_clock(&r);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_MERGES), fetch ? 2 : 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_MERGES), fetch ? 0 : 2);
        assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 1);
        assert_int_equal(rig_read(&r, REG_COUNT_FETCH_HITS), 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_HITS), 0);
        rig_close(&r);
    }
}

static void walks_count_at_the_level_of_the_pointer_they_begin_below(void **state)
{
    static const unsigned offsets[] = {REG_COUNT_WALK_CACHE_1, REG_COUNT_WALK_CACHE_2,
                                       REG_COUNT_WALK_CACHE_3, REG_COUNT_WALK_CACHE_4};
    for (unsigned level = 0; level < 5; level++) {
        rig r = rig_open(state, "default", MODE_SV57, 1);
        const uint64_t va = pages_va(MODE_SV57);
        rig_map(&r, va, 0, pages_pte(0x300, F_PAGE));
        rig_translate(&r, TW_DATA, OP_LOAD, va); /* from the root: counts nowhere */
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(rig_read(&r, offsets[i]), 0);
        rig_translate(&r, TW_DATA, OP_LOAD, pages_va_beside(MODE_SV57, va, level));
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(rig_read(&r, offsets[i]), i == level);
        rig_close(&r);
    }
}

static void every_busy_walker_counts_its_cycles(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 9);
    rig_fetch(&r, 1, 0);
    rig_data(&r, 2, OP_LOAD, UINT64_C(1) << 30);
    for (unsigned t = 0; t < 30; t++)
        rig_clock(&r);
    assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_WALK_CYCLES), 2 * 10); /* one read each, then a fault */
    rig_close(&r);
}

static void each_restarted_walker_counts_and_a_fence_once(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 9);
    rig_fetch(&r, 1, 0);
    rig_data(&r, 2, OP_LOAD, UINT64_C(1) << 30);
    for (unsigned t = 0; t < 4; t++)
        rig_clock(&r);
    rig_write(&r, REG_FENCE, 0);
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_FENCES), 1);
    rig_close(&r);
}

static void lookup_that_meets_wrong_parity_counts_once(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_map(&r, 0x1000, 0, pages_pte(0x300, F_PAGE));
    rig_write(&r, REG_L2_INJECT, TW_PUT(L2_INJECT, ARMED, 1));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
    assert_int_equal(rig_read(&r, REG_COUNT_L2_PARITY), 0);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    assert_int_equal(rig_read(&r, REG_COUNT_L2_PARITY), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_DATA_L2_HITS), 0);
    rig_close(&r);
}

static void prefetches_count_as_walks_too_and_begin_below_level_1(void **state)
{
    rig r = rig_open(state, "prefetch", MODE_SV39, 3);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, PREFETCH, 1));
    for (uint64_t va = 0; va < 0x8000; va += 0x1000)
        rig_map(&r, va, 0, pages_pte(0x300, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x6000); /* from the root: the table was not known */
    assert_int_equal(rig_read(&r, REG_COUNT_PREFETCHES), 0);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000); /* and 0x2000 is fetched ahead */
    assert_int_equal(rig_read(&r, REG_COUNT_PREFETCHES), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 3);
    assert_int_equal(rig_read(&r, REG_COUNT_WALK_CACHE_1), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 3 + 2);
    assert_int_equal(rig_read(&r, REG_COUNT_WALK_CYCLES), 12 + 2 * 4);
    assert_int_equal(rig_read(&r, REG_COUNT_DATA_REQUESTS), 2);
    rig_close(&r);
}

/* Of every cause, one answer. */
static void answers_count_by_their_cause(void **state)
{
    static const struct {
        tw_op op;
        unsigned page, access;
    } counters[] = {{OP_FETCH, REG_COUNT_FAULT_FETCH_PAGE, REG_COUNT_FAULT_FETCH_ACCESS},
                    {OP_LOAD, REG_COUNT_FAULT_LOAD_PAGE, REG_COUNT_FAULT_LOAD_ACCESS},
                    {OP_STORE, REG_COUNT_FAULT_STORE_PAGE, REG_COUNT_FAULT_STORE_ACCESS}};
    for (unsigned i = 0; i < 3; i++) {
        rig r = rig_open(state, "default", MODE_SV39, 1);
        const uint64_t pte_addr = rig_map(&r, 0x40000000, 2, 0);
        assert_int_equal(tw_memory_add_bus_error(r.memory, pte_addr, pte_addr + 7), TW_OK);
        rig_translate(&r, TW_DATA, counters[i].op, 0x1000);
        rig_translate(&r, TW_DATA, counters[i].op, 0x2000);
        rig_translate(&r, TW_DATA, counters[i].op, 0x40000000);
        for (unsigned j = 0; j < 3; j++) {
            assert_int_equal(rig_read(&r, counters[j].page), j == i ? 2 : 0);
            assert_int_equal(rig_read(&r, counters[j].access), j == i ? 1 : 0);
        }
        rig_close(&r);
    }
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(walks_and_what_answers_without_one_are_counted, model),
        RIG_TEST(each_port_counts_its_own_requests_and_hits, model),
        RIG_TEST(each_port_counts_its_own_second_level_hits, model),
        RIG_TEST(requests_that_meet_no_ready_count_as_stalls_of_their_port, model),
        RIG_TEST(replayed_requests_that_hit_count_as_merges_of_their_port, model),
        RIG_TEST(walks_count_at_the_level_of_the_pointer_they_begin_below, model),
        RIG_TEST(every_busy_walker_counts_its_cycles, model),
        RIG_TEST(each_restarted_walker_counts_and_a_fence_once, model),
        RIG_TEST(lookup_that_meets_wrong_parity_counts_once, model),
        RIG_TEST(prefetches_count_as_walks_too_and_begin_below_level_1, model),
        RIG_TEST(answers_count_by_their_cause, model),
    };
    return cmocka_run_group_tests_name("model_cycle_counters", tests, NULL, NULL);
}
