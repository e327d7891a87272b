/* test_prefetcher.c: which page is wanted, rule by rule, and what becomes of it in the stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/prefetcher.h"
#include "model/cycle/walk_dispatch.h"
#include "tests/support/pages.h"

static struct prefetcher fresh(void)
{
    struct prefetcher prefetcher;
    prefetcher_reset(&prefetcher);
    return prefetcher;
}

/* A request for `va` of a known table leaves the stage. */
static struct prefetcher_in served(unsigned mode, uint64_t va)
{
    return (struct prefetcher_in){
        .mode = mode, .enable = true, .served = true, .served_va = va, .table_known = true};
}

static struct prefetcher after(struct prefetcher prefetcher, struct prefetcher_in in)
{
    prefetcher_clock(&prefetcher, &in);
    return prefetcher;
}

static struct prefetcher wanting(uint64_t va)
{
    return after(fresh(), served(MODE_SV39, va - 0x1000));
}

static void assert_wants(struct prefetcher prefetcher, uint64_t va)
{
    assert_int_equal(prefetcher_valid(&prefetcher, true, false), true);
    assert_int_equal(prefetcher_valid(&prefetcher, false, false), false); /* no walker is idle */
    assert_int_equal(prefetcher_valid(&prefetcher, true, true), false);   /* a fence, or a drain */
    assert_int_equal(prefetcher_va(&prefetcher), va);
}

static void assert_wants_nothing(struct prefetcher prefetcher)
{
    assert_int_equal(prefetcher_valid(&prefetcher, true, false), false);
}

/* ---- the prefetcher -------------------------------------------------------------------------- */

static void page_behind_a_served_one_is_wanted(void **state)
{
    (void)state;
    assert_wants_nothing(fresh());
    assert_wants(after(fresh(), served(MODE_SV39, 0x1328)), 0x2000);
    assert_wants(after(fresh(), served(MODE_SV57, UINT64_C(0xff12345678912fff))),
                 UINT64_C(0xff12345678913000));
    assert_wants(after(wanting(0x2000), served(MODE_SV39, 0x7000)), 0x8000); /* the last counts */
}

static void nothing_is_wanted_unless_it_is_enabled_and_a_page_of_a_known_table_served(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 3; missing++) {
        struct prefetcher_in in = served(MODE_SV39, 0x1000);
        in.enable = missing != 0;
        in.served = missing != 1;
        in.table_known = missing != 2;
        assert_wants_nothing(after(fresh(), in));
        assert_wants(after(wanting(0x9000), in), 0x9000);
    }
}

static void page_behind_the_last_of_its_table_is_not_wanted(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    for (unsigned i = 0; i < 4; i++) {
        const uint64_t pages = modes[i] == MODE_SV32 ? 1024 : 512;
        for (uint64_t page = 0; page < 3 * pages; page++) {
            const struct prefetcher now = after(fresh(), served(modes[i], page << PAGE_SHIFT));
            assert_int_equal(prefetcher_valid(&now, true, false), page % pages != pages - 1);
        }
    }
    assert_wants_nothing(after(fresh(), served(MODE_SV39, UINT64_MAX)));
    assert_wants(after(wanting(0x9000), served(MODE_SV39, 0x1ff000)), 0x9000);
}

static void what_is_granted_is_wanted_no_longer_but_another_page_may_be(void **state)
{
    (void)state;
    assert_wants_nothing(after(wanting(0x2000), (struct prefetcher_in){.grant = true}));
    assert_wants(after(wanting(0x2000), (struct prefetcher_in){.grant = false}), 0x2000);
    struct prefetcher_in both = served(MODE_SV39, 0x7000);
    both.grant = true;
    assert_wants(after(wanting(0x2000), both), 0x8000);
}

static void fence_or_drain_drops_what_is_wanted_and_what_would_be(void **state)
{
    (void)state;
    struct prefetcher_in both = served(MODE_SV39, 0x7000);
    both.drop = true;
    assert_wants_nothing(after(wanting(0x2000), (struct prefetcher_in){.drop = true}));
    assert_wants_nothing(after(wanting(0x2000), both));
    assert_wants_nothing(after(fresh(), both));
}

/* ---- the stage ------------------------------------------------------------------------------- */

static struct walk_dispatch staged(void)
{
    struct walk_dispatch dispatch;
    walk_dispatch_reset(&dispatch);
    walk_dispatch_clock(&dispatch, false, NO_PORT, NULL);
    walk_dispatch_take_prefetch(&dispatch, 0x2000);
    return dispatch;
}

static void stage_takes_the_page_as_a_request_that_any_good_leaf_grants(void **state)
{
    (void)state;
    const struct walk_dispatch dispatch = staged();
    const tw_request *body = &dispatch.stage.request.body;
    assert_int_equal(dispatch.stage.valid, false); /* no port's request */
    assert_int_equal(dispatch.stage.prefetch, true);
    assert_int_equal(dispatch.stage.slot, 0);
    assert_int_equal(dispatch.stage.replay, false);
    assert_int_equal(dispatch.stage.request.id, 0);
    assert_int_equal(body->va, 0x2000);
    assert_int_equal(body->op, OP_LOAD);
    static const unsigned leaves[] = {F_R, F_X, F_R | F_W, F_R | F_U, F_X | F_U};
    for (unsigned i = 0; i < sizeof leaves / sizeof *leaves; i++)
        assert_true(leaf_grants(leaves[i], body->op, body->priv, body->sum, body->mxr));
}

static void second_level_is_asked_for_a_prefetch_unless_there_is_a_fence(void **state)
{
    (void)state;
    const struct walk_dispatch dispatch = staged();
    assert_int_equal(walk_dispatch_lookup_valid(&dispatch, false), true);
    assert_int_equal(walk_dispatch_lookup_valid(&dispatch, true), false);
}

static void prefetch_is_in_the_stage_for_one_cycle_and_moves_no_turn(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned starts = 0; starts < 2; starts++) {
            struct walk_dispatch dispatch = staged();
            dispatch.turn = dispatch.walker_turn = turn;
            walk_dispatch_clock(&dispatch, starts != 0, NO_PORT, NULL);
            assert_int_equal(dispatch.stage.prefetch, false);
            assert_int_equal(dispatch.stage.valid, false);
            assert_int_equal(dispatch.turn, turn);
            assert_int_equal(dispatch.walker_turn, turn);
            walk_dispatch_take_prefetch(&dispatch, 0x3000);
            assert_int_equal(dispatch.turn, turn);
        }
    }
}

static void miss_follows_a_prefetch_into_the_stage(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = staged();
    const struct request request = {.id = 9, .body.va = 0x5000};
    walk_dispatch_clock(&dispatch, true, PORT_DATA, &(struct miss){.request = &request, .slot = 2});
    assert_int_equal(dispatch.stage.prefetch, false);
    assert_int_equal(dispatch.stage.valid, true);
    assert_int_equal(dispatch.stage.port, PORT_DATA);
    assert_int_equal(dispatch.stage.slot, 2);
    assert_int_equal(dispatch.stage.request.id, 9);
    assert_int_equal(dispatch.stage.request.body.va, 0x5000);
}

static void prefetch_starts_unless_anything_speaks_against_it(void **state)
{
    (void)state;
    const struct walk_dispatch_in good = {
        .page_walker = NO_WALKER, .walker_idle = true, .table_known = true};
    assert_int_equal(walk_dispatch_prefetches(&good), true);
    struct walk_dispatch_in bad[] = {good, good, good, good, good, good, good, good};
    bad[0].fence_valid = true;
    bad[1].drain = true;
    bad[2].l2_match = true; /* whatever its PTE is */
    bad[3].page_walker = 0;
    bad[4].walker_idle = false;
    bad[5].table_known = false;
    bad[6].fetch_waiting = true;
    bad[7].data_waiting = true;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (walk_dispatch_prefetches(&bad[i]))
            fail_msg("expected case %u to forbid the prefetch, it starts", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_behind_a_served_one_is_wanted),
        cmocka_unit_test(nothing_is_wanted_unless_it_is_enabled_and_a_page_of_a_known_table_served),
        cmocka_unit_test(page_behind_the_last_of_its_table_is_not_wanted),
        cmocka_unit_test(what_is_granted_is_wanted_no_longer_but_another_page_may_be),
        cmocka_unit_test(fence_or_drain_drops_what_is_wanted_and_what_would_be),
        cmocka_unit_test(stage_takes_the_page_as_a_request_that_any_good_leaf_grants),
        cmocka_unit_test(second_level_is_asked_for_a_prefetch_unless_there_is_a_fence),
        cmocka_unit_test(prefetch_is_in_the_stage_for_one_cycle_and_moves_no_turn),
        cmocka_unit_test(miss_follows_a_prefetch_into_the_stage),
        cmocka_unit_test(prefetch_starts_unless_anything_speaks_against_it),
    };
    return cmocka_run_group_tests_name("model_cycle_prefetcher", tests, NULL, NULL);
}
