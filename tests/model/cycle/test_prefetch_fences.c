/* test_prefetch_fences.c: what fences and drains do to pages that are fetched ahead, seen from the
 * pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300, other_frame = 0x500;
static const uint64_t enabled = TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, 1);

/* A fetch of page 0x1000 will be a second-level hit, and page 0x2000 fetched ahead; the address of
 * the latter's PTE. */
static rig open_beside(void **state, uint32_t latency, uint64_t *pte_addr)
{
    rig r = rig_open(state, "prefetch", MODE_SV39, latency);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    *pte_addr = rig_map(&r, 0x2000, 0, pages_pte(frame, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    rig_write(&r, REG_CONTROL, enabled);
    return r;
}

/* Page 0x2000 is fetched ahead: in the stage in 3, READ in 4, its PTE comes in 8. Its PTE changes
 * and a fence acts in cycle `fence`. */
static void check_fence(void **state, unsigned fence)
{
    uint64_t pte_addr;
    rig r = open_beside(state, 4, &pte_addr);
    const bool starts = fence > 3, ended = fence >= 4 && fence <= 8;
    for (unsigned t = 0; t < 16; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        const unsigned walk = t == 4 ? WALK_READ : WALK_WAIT;
        if (t == 0)
            rig_fetch(&r, 1, 0x1000);
        if (t == fence - 1)
            rig_write_pins(&r, REG_FENCE, 0);
        if (t == fence)
            pages_write(&r.tables, pte_addr, pages_pte(other_frame, F_PAGE));
        assert_int_equal(out->obs_walker_state,
                         starts && t >= 4 && t <= 8 ? WALK_PREFETCH | walk : WALK_IDLE);
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_PREFETCHES), starts);
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), ended);
    const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);
    assert_int_equal(answer.pa, other_frame << PAGE_SHIFT);
    assert_int_equal(answer.latency, 2 + 3 * 5); /* everything was dropped */
    rig_close(&r);
}

static void fence_in_any_cycle_ends_what_nobody_has_asked_for(void **state)
{
    for (unsigned fence = 2; fence < 12; fence++)
        check_fence(state, fence);
}

/* The page is wanted in cycle 2, in which a miss goes first; with a fence of another address space
 * in that cycle, or without. */
static void fence_drops_what_is_wanted_even_if_it_drops_no_translation(void **state)
{
    for (unsigned fence = 0; fence < 2; fence++) {
        uint64_t pte_addr;
        rig r = open_beside(state, 4, &pte_addr);
        rig_write(&r, REG_FENCE_ASID, 2);
        for (unsigned t = 0; t < 20; t++) {
            if (t == 0)
                rig_fetch(&r, 1, 0x1000);
            if (t == 1 && fence)
                rig_write_pins(&r, REG_FENCE, TW_PUT(FENCE, BY_ASID, 1));
            if (t == 2)
                rig_data(&r, 2, OP_LOAD, UINT64_C(1) << 30);
            rig_clock(&r);
        }
        assert_int_equal(rig_read(&r, REG_COUNT_PREFETCHES), !fence);
        rig_close(&r);
    }
}

/* A data request for 0x2000 merges in cycle 6 with the walk ahead of it; the fence as above. */
static void check_fence_after_a_merge(void **state, unsigned fence)
{
    uint64_t pte_addr;
    rig r = open_beside(state, 4, &pte_addr);
    unsigned answers = 0;
    for (unsigned t = 0; t < 60; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t == 0)
            rig_fetch(&r, 1, 0x1000);
        if (t == 5)
            rig_data(&r, 2, OP_LOAD, 0x2000);
        if (t == fence - 1)
            rig_write_pins(&r, REG_FENCE, 0);
        if (t == fence)
            pages_write(&r.tables, pte_addr, pages_pte(other_frame, F_PAGE));
        if (out->data_resp_valid) {
            answers++;
            rig_expect_data(&r, 2, (t > fence ? other_frame : frame) << PAGE_SHIFT);
            /* Asked for before the answer is dropped in 8, the walk goes from the root: three
             * reads from 9, then as in the diagram. */
            if (fence >= 4 && fence <= 8)
                assert_int_equal(t, 9 + 3 * 5 + 2);
        }
        rig_clock(&r);
    }
    assert_int_equal(answers, 1);
    rig_close(&r);
}

static void fence_in_any_cycle_sends_what_somebody_has_asked_for_to_the_root(void **state)
{
    for (unsigned fence = 2; fence < 16; fence++)
        check_fence_after_a_merge(state, fence);
}

/* CONTROL is written in cycle `at`, the answer to which comes in `answered`; page 0x2000 is fetched
 * ahead, or not. */
static void check_drain(void **state, unsigned at, unsigned answered, bool starts)
{
    uint64_t pte_addr;
    rig r = open_beside(state, 6, &pte_addr);
    for (unsigned t = 0; t < 20; t++) {
        if (t == 0)
            rig_fetch(&r, 1, 0x1000);
        if (t == at)
            rig_write_pins(&r, REG_CONTROL, enabled);
        assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, t == answered);
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_PREFETCHES), starts);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x2000).latency, starts ? 2 : 2 + 7);
    rig_close(&r);
}

static void drain_drops_what_is_wanted_and_waits_for_what_is_under_way(void **state)
{
    check_drain(state, 0, 3, false); /* 0x1000 is served while it drains, in 1 */
    check_drain(state, 1, 3, false); /* 0x2000 is wanted while it drains, in 2 */
    check_drain(state, 2, 4, false); /* 0x2000 is in the stage while it drains, in 3 */
    check_drain(state, 3, 12, true); /* the start in 3 is idle again in 11 */
    check_drain(state, 8, 12, true);
    check_drain(state, 10, 12, true);
    check_drain(state, 11, 13, true);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(fence_in_any_cycle_ends_what_nobody_has_asked_for, model),
        RIG_TEST(fence_drops_what_is_wanted_even_if_it_drops_no_translation, model),
        RIG_TEST(fence_in_any_cycle_sends_what_somebody_has_asked_for_to_the_root, model),
        RIG_TEST(drain_drops_what_is_wanted_and_waits_for_what_is_under_way, model),
    };
    return cmocka_run_group_tests_name("model_cycle_prefetch_fences", tests, NULL, NULL);
}
