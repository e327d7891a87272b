/* test_walker_prefetch.c: a walk that nobody asks for: by itself, and among other walkers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/walker_pool.h"
#include "tablewalk/registers.h"
#include "tests/support/pages.h"

static const uint64_t root = 0x700, table = 0x800, frame = 0x900;
static const tw_control control = {.satp = TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, PPN, root),
                                   .adue = true};

/* One cycle, in which a request may merge with the walk of a walker. */
static struct walker_pool_out cycle(struct walker_pool *pool, tw_in pins, bool fence,
                                    unsigned merged, const struct walk_start *start)
{
    const struct walker_pool_in in = {.control = &control, .fence_valid = fence, .pins = &pins};
    struct walker_pool_out out = {.step.check = CHECK_NONE};
    walker_pool_settle(pool, &in, &out);
    if (merged != NO_WALKER)
        walker_pool_merge(pool, merged);
    walker_pool_clock(pool, &in, &out, start);
    return out;
}

/* A walk for page `page` starts at a leaf table, while memory takes nothing. */
static void start(struct walker_pool *pool, unsigned port, unsigned page)
{
    const struct request request = {
        .body = {.va = page << 12, .op = OP_LOAD, .priv = PRIV_S, .sum = true, .mxr = true}};
    const struct walk_start walk = {.port = port, .request = &request, .table = table, .way = page};
    cycle(pool, (tw_in){.mem_req_ready = 0}, false, NO_WALKER, &walk);
}

/* Walkers 0 and so on walk for pages 0 and so on: as the letters say, p ahead of any request, d for
 * the data port. The first is on the pins. */
static struct walker_pool pool_of(const char *walks)
{
    struct walker_pool pool;
    unsigned page = 0;
    walker_pool_reset(&pool, 4);
    for (; walks[page] != '\0'; page++)
        start(&pool, walks[page] == 'p' ? NO_PORT : PORT_DATA, page);
    return pool;
}

static const tw_in ready = {.mem_req_ready = 1}, nothing = {0};

static tw_in answer_to(unsigned id, uint64_t data)
{
    return (tw_in){.mem_resp_valid = 1, .mem_resp_id = (uint8_t)id, .mem_resp_data = data};
}

/* A pool of one prefetch that waits for the memory; a request has merged with it, or not. */
static struct walker_pool waiting(bool merged)
{
    struct walker_pool pool = pool_of("p");
    cycle(&pool, ready, false, merged ? 0 : NO_WALKER, NULL);
    assert_int_equal(pool.walker[0].state, WALK_WAIT);
    return pool;
}

static tw_out pins_of(const struct walker_pool *pool)
{
    tw_out out = {0};
    walker_pool_pins(pool, &control, &out);
    return out;
}

static void assert_ended(const struct walker_pool *pool)
{
    assert_int_equal(walker_pool_all_idle(pool), true);
    assert_int_equal(walker_pool_fence_busy(pool), false);
    assert_int_equal(pins_of(pool).obs_walker_state, 0);
    assert_int_equal(pins_of(pool).mem_req_valid, 0);
}

static void assert_at_the_root(const struct walker_pool *pool)
{
    assert_int_equal(pool->walker[0].state, WALK_READ);
    assert_int_equal(pool->walker[0].level, 2);
    assert_int_equal(pool->walker[0].addr, root << 12);
    assert_int_equal(walker_pool_fence_busy(pool), false);
    assert_int_equal(walker_pool_all_idle(pool), false);
}

/* ---- what is read ---------------------------------------------------------------------------- */

static void good_leaf_finishes_the_walk_and_is_no_ports_answer(void **state)
{
    (void)state;
    static const unsigned flags[] = {F_R, F_X, F_R | F_U, F_X | F_U, F_R | F_W};
    for (unsigned merged = 0; merged < 2; merged++) {
        for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
            struct walker_pool pool = waiting(merged);
            const uint64_t leaf = pages_pte(frame, F_V | F_A | flags[i]);
            const struct walker_pool_out out =
                cycle(&pool, answer_to(0, leaf), false, NO_WALKER, NULL);
            assert_int_equal(out.answered, 0);
            assert_int_equal(out.port, NO_PORT);
            assert_non_null(out.done);
            assert_int_equal(out.finished.check, CHECK_NONE);
            assert_int_equal(out.finished.pte, leaf);
            assert_ended(&pool);
        }
    }
}

static void leaf_without_a_fails_and_is_not_swapped(void **state)
{
    (void)state;
    for (unsigned merged = 0; merged < 2; merged++) {
        struct walker_pool pool = waiting(merged);
        const struct walker_pool_out out =
            cycle(&pool, answer_to(0, pages_pte(frame, F_V | F_R)), false, NO_WALKER, NULL);
        assert_non_null(out.done); /* whoever has merged wakes */
        assert_int_equal(out.finished.check, CHECK_TOUCHED);
        assert_int_equal(out.port, NO_PORT);
        assert_ended(&pool);
    }
}

static void walk_of_a_port_still_swaps(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of("d");
    cycle(&pool, ready, false, NO_WALKER, NULL);
    cycle(&pool, answer_to(0, pages_pte(frame, F_V | F_R)), false, NO_WALKER, NULL);
    assert_int_equal(pool.walker[0].state, WALK_SWAP);
}

/* ---- fences ---------------------------------------------------------------------------------- */

static void fence_ends_a_walk_that_nobody_has_asked_for(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of("dp"); /* the second is not on the pins: at once */
    assert_int_equal(walker_pool_restarts(&pool), 2);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    assert_int_equal(pool.walker[1].state, WALK_IDLE);
    assert_int_equal(pool.busy, 1);
    assert_int_equal(pool.walker[0].state, WALK_READ);
    assert_int_equal(pins_of(&pool).obs_walker_state, WALK_READ);

    pool = pool_of("p"); /* on the pins: when memory has answered */
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    assert_int_equal(walker_pool_fence_busy(&pool), true);
    assert_int_equal(pins_of(&pool).mem_req_valid, 1);
    assert_int_equal(walker_pool_restarts(&pool), 0);
    cycle(&pool, ready, false, NO_WALKER, NULL);
    assert_null(cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL).done);
    assert_ended(&pool);

    pool = waiting(false);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    assert_int_equal(pins_of(&pool).obs_walker_state, WALK_PREFETCH | WALK_WAIT);
    assert_null(cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL).done);
    assert_ended(&pool);

    pool = waiting(false); /* the answer and the fence meet */
    assert_null(cycle(&pool, answer_to(0, 0xcf), true, NO_WALKER, NULL).done);
    assert_ended(&pool);
}

static void fence_sends_a_walk_that_somebody_has_asked_for_to_the_root(void **state)
{
    (void)state;
    struct walker_pool pool = waiting(true);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    assert_null(cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL).done);
    assert_at_the_root(&pool);

    pool = waiting(true);
    assert_null(cycle(&pool, answer_to(0, 0xcf), true, NO_WALKER, NULL).done);
    assert_at_the_root(&pool);

    pool = waiting(false);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    cycle(&pool, nothing, false, 0, NULL); /* asked for after the fence */
    cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL);
    assert_at_the_root(&pool);

    pool = waiting(false);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    cycle(&pool, answer_to(0, 0xcf), false, 0, NULL); /* in the cycle of the answer */
    assert_at_the_root(&pool);
    assert_int_equal(pins_of(&pool).obs_walker_state, WALK_PREFETCH | WALK_READ);
}

static void prefetch_at_the_root_goes_down_as_any_walk_and_sets_no_a(void **state)
{
    (void)state;
    struct walker_pool pool = waiting(true);
    cycle(&pool, answer_to(0, 0xcf), true, NO_WALKER, NULL);
    for (unsigned level = 2; level > 0; level--) {
        cycle(&pool, ready, false, NO_WALKER, NULL);
        const struct walker_pool_out out =
            cycle(&pool, answer_to(0, pages_pte(table, F_V)), false, NO_WALKER, NULL);
        assert_non_null(out.pointer);
        assert_int_equal(out.deeper.level, level);
    }
    cycle(&pool, ready, false, NO_WALKER, NULL);
    const struct walker_pool_out out =
        cycle(&pool, answer_to(0, pages_pte(frame, F_V | F_R)), false, NO_WALKER, NULL);
    assert_int_equal(out.finished.check, CHECK_TOUCHED);
    assert_ended(&pool);
}

static void walker_forgets_that_the_walk_before_was_a_prefetch(void **state)
{
    (void)state;
    struct walker_pool pool = waiting(false);
    cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL);
    start(&pool, PORT_DATA, 0);
    assert_int_equal(pins_of(&pool).obs_walker_state, WALK_READ);
    assert_int_equal(pool.unasked, 0);
    cycle(&pool, nothing, true, NO_WALKER, NULL);
    cycle(&pool, ready, false, NO_WALKER, NULL);
    cycle(&pool, answer_to(0, 0xcf), false, NO_WALKER, NULL);
    assert_at_the_root(&pool);
}

/* ---- beside other walkers -------------------------------------------------------------------- */

static void prefetch_asks_memory_only_when_no_other_walker_does(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of("dpd");
    cycle(&pool, ready, false, NO_WALKER, NULL); /* then it would be the prefetch's turn */
    assert_int_equal(pins_of(&pool).mem_req_id, 2);
    cycle(&pool, ready, false, NO_WALKER, NULL);
    assert_int_equal(pins_of(&pool).mem_req_valid, 1);
    assert_int_equal(pins_of(&pool).mem_req_id, 1);
    cycle(&pool, nothing, false, NO_WALKER, NULL);
    start(&pool, PORT_DATA, 3);
    assert_int_equal(pins_of(&pool).mem_req_id, 1); /* what is on the pins stays */
}

static void prefetch_that_somebody_asks_for_has_its_turn_as_any_walk(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of("dpd");
    cycle(&pool, ready, false, 1, NULL);
    assert_int_equal(pins_of(&pool).mem_req_id, 1);
    assert_int_equal(pins_of(&pool).obs_walker_state,
                     WALK_WAIT | (WALK_PREFETCH | WALK_READ) << 4 | WALK_READ << 8);
}

static void merging_with_a_walk_of_a_port_changes_nothing(void **state)
{
    (void)state;
    struct walker_pool merged = pool_of("dd"), other = pool_of("dd");
    for (unsigned i = 0; i < 3; i++) {
        cycle(&merged, ready, i == 1, 1, NULL);
        cycle(&other, ready, i == 1, NO_WALKER, NULL);
        const tw_out got = pins_of(&merged), want = pins_of(&other);
        assert_true(tw_out_equal(&got, &want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_leaf_finishes_the_walk_and_is_no_ports_answer),
        cmocka_unit_test(leaf_without_a_fails_and_is_not_swapped),
        cmocka_unit_test(walk_of_a_port_still_swaps),
        cmocka_unit_test(fence_ends_a_walk_that_nobody_has_asked_for),
        cmocka_unit_test(fence_sends_a_walk_that_somebody_has_asked_for_to_the_root),
        cmocka_unit_test(prefetch_at_the_root_goes_down_as_any_walk_and_sets_no_a),
        cmocka_unit_test(walker_forgets_that_the_walk_before_was_a_prefetch),
        cmocka_unit_test(prefetch_asks_memory_only_when_no_other_walker_does),
        cmocka_unit_test(prefetch_that_somebody_asks_for_has_its_turn_as_any_walk),
        cmocka_unit_test(merging_with_a_walk_of_a_port_changes_nothing),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_prefetch", tests, NULL, NULL);
}
