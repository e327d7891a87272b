/* test_walker_pool.c: which walker starts, whose answer comes back, and what the others do. */
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

static struct walker_pool pool_of(unsigned walkers)
{
    struct walker_pool pool;
    walker_pool_reset(&pool, walkers);
    return pool;
}

/* What one cycle did. */
struct seen {
    struct walker_pool_out out;
    bool read, swap, retry; /* `event_*` */
    unsigned busy, restart;
};

/* One cycle. */
static struct seen cycle(struct walker_pool *pool, tw_in pins, bool fence,
                         const struct walk_start *start)
{
    const struct walker_pool_in in = {.control = &control, .fence_valid = fence, .pins = &pins};
    struct seen seen = {.busy = pool->busy, .restart = fence ? walker_pool_restarts(pool) : 0};
    walker_pool_settle(pool, &in, &seen.out);
    seen.read = seen.out.events & EVENT_READ;
    seen.swap = seen.out.events & EVENT_SWAP;
    seen.retry = seen.out.events & EVENT_RETRY;
    walker_pool_clock(pool, &in, &seen.out, start);
    return seen;
}

/* The page that walk `number` is for: each its own. */
static uint64_t va_of(unsigned number)
{
    return (uint64_t)number << 12 | 0x328;
}

/* A walk starts at a leaf table, while memory takes nothing. */
static void start(struct walker_pool *pool, unsigned number, unsigned port)
{
    const struct request request = {.id = number,
                                    .body = {.va = va_of(number), .op = OP_LOAD, .priv = PRIV_S}};
    const struct walk_start walk = {
        .port = port, .request = &request, .table = table, .way = number};
    cycle(pool, (tw_in){.mem_req_ready = 0}, false, &walk);
}

/* As many walks as walkers, walk w in walker w; those of odd number are the data port's. */
static struct walker_pool busy_pool(unsigned walkers)
{
    struct walker_pool pool = pool_of(walkers);
    for (unsigned w = 0; w < walkers; w++)
        start(&pool, w, w % 2);
    return pool;
}

/* Memory takes every request. */
static struct walker_pool waiting_pool(unsigned walkers)
{
    struct walker_pool pool = busy_pool(walkers);
    for (unsigned w = 0; w < walkers; w++)
        cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    return pool;
}

static tw_in answer_to(unsigned id, uint64_t data)
{
    return (tw_in){.mem_resp_valid = 1, .mem_resp_id = (uint8_t)id, .mem_resp_data = data};
}

static const uint64_t leaf = 0xc3; /* V, R, A, D */

static tw_out pins_of(const struct walker_pool *pool)
{
    tw_out out = {0};
    walker_pool_pins(pool, &control, &out);
    return out;
}

/* ---- start ----------------------------------------------------------------------------------- */

static void walk_goes_to_the_idle_walker_of_the_lowest_number(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        struct walker_pool pool = pool_of(walkers);
        assert_int_equal(walker_pool_all_idle(&pool), true);
        for (unsigned w = 0; w < walkers; w++) {
            assert_int_equal(walker_pool_idle(&pool), true);
            start(&pool, w, PORT_FETCH);
            assert_int_equal(pool.walker[w].state, WALK_READ);
            assert_int_equal(pool.walker[w].request.id, w);
            assert_int_equal(pool.walker[w].way, w);
            assert_int_equal(walker_pool_all_idle(&pool), false);
        }
        assert_int_equal(walker_pool_idle(&pool), false);
    }
    struct walker_pool pool = waiting_pool(4);
    cycle(&pool, answer_to(2, leaf), false, NULL);
    cycle(&pool, answer_to(1, leaf), false, NULL);
    start(&pool, 9, PORT_DATA);
    assert_int_equal(pool.walker[1].request.id, 9);
    assert_int_equal(pool.walker[2].state, WALK_IDLE);
    assert_int_equal(walker_pool_idle(&pool), true);
}

static void walk_starts_beside_an_answer_in_a_walker_that_was_idle(void **state)
{
    (void)state;
    struct walker_pool pool = waiting_pool(2);
    const struct request request = {.id = 9, .body = {.va = 0x9000}};
    const struct walk_start walk = {.request = &request, .table = table};
    cycle(&pool, answer_to(1, leaf), false, NULL);
    cycle(&pool, answer_to(0, leaf), false, &walk);
    assert_int_equal(pool.walker[0].state, WALK_IDLE); /* it finishes, and is idle from now on */
    assert_int_equal(pool.walker[1].request.id, 9);
    assert_int_equal(pool.walker[1].state, WALK_READ);
}

/* ---- page ------------------------------------------------------------------------------------ */

static void page_is_busy_while_a_walker_walks_for_it(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(4);
    for (unsigned w = 0; w < 4; w++) {
        assert_int_equal(walker_pool_page(&pool, va_of(w)), w);
        assert_int_equal(walker_pool_page(&pool, va_of(w) | 0xfff), w);
        assert_int_equal(walker_pool_page(&pool, va_of(w) | UINT64_C(1) << 63), NO_WALKER);
    }
    assert_int_equal(walker_pool_page(&pool, va_of(4)), NO_WALKER);
    for (unsigned w = 0; w < 4; w++)
        cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    cycle(&pool, answer_to(2, leaf), false, NULL);
    assert_int_equal(walker_pool_page(&pool, va_of(2)), NO_WALKER);
    assert_int_equal(walker_pool_page(&pool, va_of(3)), 3);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void answer_goes_to_the_walker_whose_number_it_bears_in_any_order(void **state)
{
    (void)state;
    static const unsigned order[] = {2, 0, 3, 1};
    struct walker_pool pool = waiting_pool(4);
    for (unsigned i = 0; i < 4; i++) {
        const unsigned w = order[i];
        const struct seen seen = cycle(&pool, answer_to(w, leaf | frame << PTE_PPN), false, NULL);
        assert_int_equal(seen.out.answered, w);
        assert_int_equal(seen.out.port, w % 2);
        assert_int_equal(seen.out.way, w);
        assert_non_null(seen.out.done);
        assert_int_equal(seen.out.finished.check, CHECK_NONE);
        assert_int_equal(seen.out.finished.pte, leaf | frame << PTE_PPN);
        assert_int_equal(seen.out.finished.pte_addr, (table << 12) + 8 * w);
        assert_null(seen.out.pointer);
        assert_int_equal(pool.walker[w].state, WALK_IDLE);
    }
    assert_int_equal(walker_pool_all_idle(&pool), true);
}

static void answer_that_no_walker_waits_for_is_nobodys(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(2); /* nothing is taken yet */
    for (unsigned id = 0; id < 8; id++) {
        const struct seen seen = cycle(&pool, answer_to(id, leaf), false, NULL);
        assert_int_equal(seen.out.answered, NO_WALKER);
        assert_int_equal(seen.out.port, NO_PORT);
        assert_null(seen.out.done);
    }
    cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    assert_int_equal(pool.walker[0].state, WALK_WAIT);
    for (unsigned id = 1; id < 8; id++)
        assert_int_equal(cycle(&pool, answer_to(id, leaf), false, NULL).out.answered, NO_WALKER);
    tw_in invalid = answer_to(0, leaf);
    invalid.mem_resp_valid = 0;
    assert_int_equal(cycle(&pool, invalid, false, NULL).out.answered, NO_WALKER);
    assert_int_equal(pool.walker[0].state, WALK_WAIT);
    assert_int_equal(pool.walker[1].state, WALK_READ);
}

static void walk_that_goes_down_tells_the_pointer_and_does_not_finish(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of(2);
    const struct request request = {.body = {.va = 0x40201000, .op = OP_LOAD, .priv = PRIV_S}};
    const struct walk_start walk = {.request = &request, .level = 2, .table = root};
    cycle(&pool, (tw_in){.mem_req_ready = 0}, false, &walk);
    cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    const struct seen seen = cycle(&pool, answer_to(0, pages_pte(table, F_V)), false, NULL);
    assert_null(seen.out.done);
    assert_non_null(seen.out.pointer);
    assert_int_equal(seen.out.deeper.va, 0x40201000);
    assert_int_equal(seen.out.deeper.level, 2);
    assert_int_equal(seen.out.deeper.table, table);
    assert_int_equal(pins_of(&pool).mem_req_addr, (table << 12) + 8);
    /* A pointer that is dropped by a fence is not told. */
    cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    assert_null(cycle(&pool, answer_to(0, pages_pte(table, F_V)), true, NULL).out.pointer);
}

/* ---- pins ------------------------------------------------------------------------------------ */

static void selected_walkers_request_is_on_the_pins_with_its_number(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(4);
    for (unsigned w = 0; w < 4; w++) {
        for (unsigned wait = 0; wait < 2; wait++) { /* it stays until it is taken */
            const tw_out out = pins_of(&pool);
            assert_int_equal(out.mem_req_valid, 1);
            assert_int_equal(out.mem_req_id, w);
            assert_int_equal(out.mem_req_addr, (table << 12) + 8 * w);
            assert_int_equal(out.mem_req_size, 1);
            cycle(&pool, (tw_in){.mem_req_ready = wait != 0}, false, NULL);
        }
    }
    const tw_out out = pins_of(&pool);
    const unsigned any = out.mem_req_valid | out.mem_req_id | out.mem_req_op | out.mem_req_size;
    assert_int_equal(any, 0);
    assert_int_equal(out.mem_req_addr | out.mem_req_expected | out.mem_req_desired, 0);
}

static void observation_shows_each_walker_in_its_bits_and_no_level_while_idle(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of(4);
    const struct request request = {.body = {.va = 0x1000, .op = OP_LOAD, .priv = PRIV_S}};
    for (unsigned level = 0; level < 3; level++) {
        const struct walk_start walk = {.request = &request, .level = level, .table = table};
        cycle(&pool, (tw_in){.mem_req_ready = 0}, false, &walk);
    }
    assert_int_equal(pins_of(&pool).obs_walker_state, 0x0111);
    assert_int_equal(pins_of(&pool).obs_walker_level, 2 << 6 | 1 << 3);
    for (unsigned w = 0; w < 3; w++)
        cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    assert_int_equal(pins_of(&pool).obs_walker_state, 0x0222);
    cycle(&pool, answer_to(1, 0), false, NULL); /* not valid: a fault, and idle */
    assert_int_equal(pins_of(&pool).obs_walker_state, 0x0202);
    assert_int_equal(pins_of(&pool).obs_walker_level, 2 << 6);
}

/* ---- fence ----------------------------------------------------------------------------------- */

static void fence_reaches_every_walker_as_its_state_demands(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(4);
    for (unsigned w = 0; w < 2; w++) /* 0 and 1 wait, 2 is on the pins, 3 is not */
        cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    assert_int_equal(walker_pool_fence_busy(&pool), false);
    const struct seen seen = cycle(&pool, answer_to(1, leaf), true, NULL);
    assert_int_equal(seen.restart, 4);
    assert_null(seen.out.done);
    static const unsigned states[] = {WALK_WAIT, WALK_READ, WALK_READ, WALK_READ};
    static const bool restart[] = {true, false, true, false};
    for (unsigned w = 0; w < 4; w++) {
        assert_int_equal(pool.walker[w].state, states[w]);
        assert_int_equal(pool.walker[w].restart, restart[w]);
        assert_int_equal(pool.walker[w].level, w % 2 ? 2 : 0);
    }
    assert_int_equal(walker_pool_fence_busy(&pool), true);
    assert_int_equal(pins_of(&pool).mem_req_id, 2); /* what is on the pins stays */
    /* Those on their way back already are not counted again. */
    assert_int_equal(cycle(&pool, (tw_in){.mem_req_ready = 1}, true, NULL).restart, 2);
    assert_int_equal(pool.walker[2].state, WALK_WAIT);
    assert_int_equal(pool.walker[2].restart, true);
    cycle(&pool, answer_to(0, leaf), false, NULL);
    assert_int_equal(walker_pool_fence_busy(&pool), true); /* walker 2 */
    cycle(&pool, answer_to(2, leaf), false, NULL);
    assert_int_equal(walker_pool_fence_busy(&pool), false);
}

static void fence_in_the_cycle_in_which_a_request_is_taken_drops_its_answer(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(1);
    cycle(&pool, (tw_in){.mem_req_ready = 1}, true, NULL);
    assert_int_equal(pool.walker[0].state, WALK_WAIT);
    assert_int_equal(walker_pool_fence_busy(&pool), true);
    assert_null(cycle(&pool, answer_to(0, leaf), false, NULL).out.done);
    assert_int_equal(pool.walker[0].state, WALK_READ);
    assert_int_equal(pool.walker[0].level, 2);
    assert_int_equal(walker_pool_fence_busy(&pool), false);
}

static void fence_leaves_idle_walkers_idle(void **state)
{
    (void)state;
    struct walker_pool pool = pool_of(2);
    assert_int_equal(cycle(&pool, (tw_in){.mem_req_ready = 1}, true, NULL).restart, 0);
    assert_int_equal(walker_pool_all_idle(&pool), true);
    assert_int_equal(walker_pool_fence_busy(&pool), false);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void events_count_what_the_walkers_do(void **state)
{
    (void)state;
    struct walker_pool pool = busy_pool(3);
    struct seen seen = cycle(&pool, (tw_in){.mem_req_ready = 0}, false, NULL);
    assert_int_equal(seen.busy, 3);
    assert_int_equal(seen.read, false);
    seen = cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    assert_int_equal(seen.read, true);
    cycle(&pool, answer_to(0, leaf & ~(uint64_t)F_A), false, NULL); /* A is to be set */
    assert_int_equal(pool.walker[0].state, WALK_SWAP);
    for (unsigned w = 1; w < 3; w++)
        cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    seen = cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL); /* the swap is no read */
    assert_int_equal(seen.read, false);
    assert_int_equal(pool.walker[0].state, WALK_SWAP_WAIT);
    seen = cycle(&pool, answer_to(1, leaf), false, NULL); /* nor is a read a compare */
    assert_int_equal(seen.swap, false);
    assert_int_equal(seen.retry, false);
    assert_int_equal(cycle(&pool, (tw_in){.rst_n = 1}, false, NULL).busy, 2);
}

/* Outcome of a swap, with a fence that drops the answer or without. */
static struct seen swap_answered(bool swapped, bool error, bool fence)
{
    struct walker_pool pool = waiting_pool(1);
    cycle(&pool, answer_to(0, leaf & ~(uint64_t)F_A), false, NULL);
    cycle(&pool, (tw_in){.mem_req_ready = 1}, false, NULL);
    tw_in pins = answer_to(0, 0);
    pins.mem_resp_swapped = swapped;
    pins.mem_resp_error = error;
    return cycle(&pool, pins, fence, NULL);
}

static void swaps_and_retries_count_also_when_a_fence_drops_the_answer(void **state)
{
    (void)state;
    for (unsigned fence = 0; fence < 2; fence++) {
        assert_int_equal(swap_answered(true, false, fence).swap, true);
        assert_int_equal(swap_answered(true, false, fence).retry, false);
        assert_int_equal(swap_answered(false, false, fence).swap, false);
        assert_int_equal(swap_answered(false, false, fence).retry, true);
        assert_int_equal(swap_answered(true, true, fence).swap, false);
        assert_int_equal(swap_answered(false, true, fence).retry, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_goes_to_the_idle_walker_of_the_lowest_number),
        cmocka_unit_test(walk_starts_beside_an_answer_in_a_walker_that_was_idle),
        cmocka_unit_test(page_is_busy_while_a_walker_walks_for_it),
        cmocka_unit_test(answer_goes_to_the_walker_whose_number_it_bears_in_any_order),
        cmocka_unit_test(answer_that_no_walker_waits_for_is_nobodys),
        cmocka_unit_test(walk_that_goes_down_tells_the_pointer_and_does_not_finish),
        cmocka_unit_test(selected_walkers_request_is_on_the_pins_with_its_number),
        cmocka_unit_test(observation_shows_each_walker_in_its_bits_and_no_level_while_idle),
        cmocka_unit_test(fence_reaches_every_walker_as_its_state_demands),
        cmocka_unit_test(fence_in_the_cycle_in_which_a_request_is_taken_drops_its_answer),
        cmocka_unit_test(fence_leaves_idle_walkers_idle),
        cmocka_unit_test(events_count_what_the_walkers_do),
        cmocka_unit_test(swaps_and_retries_count_also_when_a_fence_drops_the_answer),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_pool", tests, NULL, NULL);
}
