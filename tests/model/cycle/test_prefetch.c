/* test_prefetch.c: pages that are fetched ahead, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300;

static uint64_t map_page(rig *r, uint64_t va, unsigned flags)
{
    return rig_map(r, va, 0, pages_pte(frame + (va >> PAGE_SHIFT), flags));
}

static uint64_t pa_of(uint64_t va)
{
    return (frame << PAGE_SHIFT) + va;
}

static void pass(rig *r, unsigned cycles)
{
    for (unsigned t = 0; t < cycles; t++)
        rig_clock(r);
}

static const uint64_t enabled = TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, 1);

/* Fetches ahead, and knows the table of the pages below 2 MiB (Sv39), of which 0x100000 is kept. */
static rig open_ahead(void **state, const char *config, uint32_t latency)
{
    rig r = rig_open(state, config, MODE_SV39, latency);
    rig_write(&r, REG_CONTROL, enabled);
    map_page(&r, 0x100000, F_PAGE);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x100000);
    return r;
}

/* As open_ahead; a fetch of page 0x1000 is a second-level hit and makes 0x2000 wanted. */
static rig open_beside(void **state, uint32_t latency)
{
    rig r = rig_open(state, "prefetch", MODE_SV39, latency);
    map_page(&r, 0x1000, F_PAGE);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    rig_write(&r, REG_CONTROL, enabled);
    return r;
}

static uint64_t prefetches(rig *r)
{
    return rig_read(r, REG_COUNT_PREFETCHES);
}

/* ---- when ------------------------------------------------------------------------------------ */

static void next_request_merges_as_in_the_diagram(void **state)
{
    static const unsigned first[15] = {[2] = WALK_READ,
                                       [3] = WALK_WAIT,
                                       [4] = WALK_WAIT,
                                       [5] = WALK_WAIT,
                                       [6] = WALK_WAIT,
                                       [13] = WALK_PREFETCH | WALK_READ,
                                       [14] = WALK_PREFETCH | WALK_WAIT};
    static const unsigned second[15] = {[4] = WALK_PREFETCH | WALK_READ,
                                        [5] = WALK_PREFETCH | WALK_WAIT,
                                        [6] = WALK_PREFETCH | WALK_WAIT,
                                        [7] = WALK_PREFETCH | WALK_WAIT,
                                        [8] = WALK_PREFETCH | WALK_WAIT};
    rig r = open_ahead(state, "prefetch", 4);
    for (uint64_t va = 0x1000; va <= 0x3000; va += 0x1000)
        map_page(&r, va, F_PAGE);
    for (unsigned t = 0; t < 15; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t == 0)
            rig_data(&r, 1, OP_LOAD, 0x1328);
        if (t == 7) /* the answer for P is on the pins */
            rig_data(&r, 2, OP_LOAD, 0x2328);
        /* P + 1 is in the stage in t+8 and t+10; what is fetched ahead is not shown there. */
        const bool staged = t == 1 || t == 8 || t == 10;
        assert_int_equal(out->obs_stage, staged ? 1 | TW_DATA << 1 : 0);
        assert_int_equal(out->obs_walker_state, first[t] | second[t] << 4);
        assert_int_equal(out->mem_req_valid, t == 2 || t == 4 || t == 13); /* P + 2 in t+13 */
        if (t == 7)
            rig_expect_data(&r, 1, pa_of(0x1328));
        else if (t == 11)
            rig_expect_data(&r, 2, pa_of(0x2328));
        else
            rig_expect_no_data(&r);
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_DATA_L2_HITS), 1);
    assert_int_equal(prefetches(&r), 2);
    rig_close(&r);
}

static void later_request_is_a_second_level_hit_of_either_port(void **state)
{
    for (tw_port port = TW_FETCH; port <= TW_DATA; port++) {
        rig r = open_ahead(state, "prefetch", 3);
        for (uint64_t va = 0x1000; va <= 0x9000; va += 0x1000)
            map_page(&r, va, F_PAGE);
        assert_int_equal(rig_translate(&r, port, OP_LOAD, 0x1000).latency, 2 + 4);
        for (uint64_t va = 0x2000; va <= 0x8000; va += 0x1000) {
            pass(&r, 10);
            const tw_answer answer = rig_translate(&r, va % 3 ? port : !port, OP_LOAD, va);
            assert_int_equal(answer.latency, 2);
            assert_int_equal(answer.pa, pa_of(va));
        }
        pass(&r, 10);
        assert_int_equal(prefetches(&r), 8);
        rig_close(&r);
    }
}

/* Page 0x2000 is wanted in cycle 2; then other pages miss, of which no pointer is known. */
static void check_misses_first(void **state, unsigned misses)
{
    rig r = open_beside(state, 4);
    map_page(&r, 0x2000, F_PAGE);
    for (unsigned t = 0; t < 7; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t == 0)
            rig_fetch(&r, 1, 0x1000);
        if (t == 2)
            rig_data(&r, 2, OP_LOAD, UINT64_C(1) << 30);
        if (t == 3 && misses == 2)
            rig_fetch(&r, 3, UINT64_C(2) << 30);
        if (t == 3)
            assert_int_equal(out->obs_stage, 1 | TW_DATA << 1);
        if (t == 4)
            assert_int_equal(out->obs_stage, misses == 2 ? 1 : 0);
        if (t == 5) /* the second miss takes the last walker, and the page is forgotten */
            assert_int_equal(out->obs_walker_state,
                             WALK_WAIT | (misses == 2 ? 0 : WALK_PREFETCH) << 4 | WALK_READ << 4);
        rig_clock(&r);
    }
    pass(&r, 20);
    assert_int_equal(prefetches(&r), misses == 1);
    rig_close(&r);
}

static void misses_go_before_what_is_fetched_ahead(void **state)
{
    check_misses_first(state, 1);
    check_misses_first(state, 2);
}

static void page_is_wanted_until_a_walker_is_idle(void **state)
{
    rig r = open_beside(state, 4);
    map_page(&r, 0x2000, F_PAGE);
    for (unsigned t = 0; t < 30; t++) { /* nothing is mapped there: walks in 2 to 6 and 3 to 7 */
        if (t < 2)
            rig_data(&r, t, OP_LOAD, (uint64_t)(t + 1) << 30);
        if (t == 3)
            rig_fetch(&r, 1, 0x1000);
        const bool ahead = (tw_machine_out(r.machine)->obs_walker_state & WALK_PREFETCH) != 0;
        assert_int_equal(ahead, t >= 9 && t <= 13); /* in the stage in 8 */
        rig_clock(&r);
    }
    rig_close(&r);
}

/* Memory takes nothing until cycle 8, when a walk of a port has come to want it too. */
static void memory_takes_what_is_fetched_ahead_last_unless_it_was_on_the_pins_first(void **state)
{
    for (unsigned first = 0; first < 2; first++) {
        rig r = open_beside(state, 2);
        const uint64_t pte_addr = map_page(&r, 0x2000, F_PAGE);
        for (unsigned t = 0; t < 10; t++) { /* walks are in READ from 4 and 5 on */
            const tw_out *out = tw_machine_out(r.machine);
            if (t == 0)
                rig_fetch(&r, 1, 0x1000);
            if (t == (first ? 3 : 2))
                rig_data(&r, 2, OP_LOAD, UINT64_C(1) << 30);
            if (t < 8)
                tw_machine_in(r.machine)->mem_req_ready = 0;
            if (t >= 4)
                assert_int_equal(out->mem_req_addr == pte_addr, first ? t < 9 : t == 9);
            rig_clock(&r);
        }
        rig_close(&r);
    }
}

/* ---- when not -------------------------------------------------------------------------------- */

static void nothing_is_fetched_ahead_until_software_enables_it_where_it_is_built(void **state)
{
    static const char *const names[] = {"default", "prefetch"};
    for (unsigned i = 0; i < 2; i++) {
        rig r = open_ahead(state, names[i], 2);
        if (i == 1) /* built, but disabled */
            rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
        for (uint64_t va = 0x1000; va < 0x5000; va += 0x1000) {
            map_page(&r, va, F_PAGE);
            assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).latency, 2 + 3);
            assert_int_equal(rig_translate(&r, TW_FETCH, OP_FETCH, va).latency, 2);
            pass(&r, 10);
        }
        assert_int_equal(prefetches(&r), 0);
        rig_close(&r);
    }
}

static void page_is_not_fetched_ahead_if_its_table_is_not_known_or_is_another(void **state)
{
    rig r = rig_open(state, "prefetch", MODE_SV39, 2);
    rig_write(&r, REG_CONTROL, enabled);
    map_page(&r, 0x1000, F_PAGE);
    map_page(&r, 0x1ff000, F_PAGE);
    map_page(&r, 0x200000, F_PAGE);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000); /* from the root */
    pass(&r, 20);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x200000); /* from a pointer, but not the last */
    pass(&r, 20);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1ff000); /* the last of its table */
    pass(&r, 20);
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1ff000); /* by the second level too */
    pass(&r, 20);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000); /* known to the port: not asked for */
    pass(&r, 20);
    assert_int_equal(prefetches(&r), 0);
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
    pass(&r, 20);
    assert_int_equal(prefetches(&r), 1);
    rig_close(&r);
}

/* While misses keep both walkers busy, their pointers replace the one to the table of 0x2000. */
static void page_whose_table_is_forgotten_while_it_is_wanted_is_not_fetched_ahead(void **state)
{
    rig r = open_beside(state, 4);
    static const unsigned misses[] = {1, 2, 3, 4, 5, 22, 23}; /* in these cycles */
    for (unsigned t = 0, i = 0; t < 100; t++) {
        if (t == 0)
            rig_fetch(&r, 1, 0x1000);
        if (i < 7 && t == misses[i]) {
            map_page(&r, (uint64_t)++i << 30, F_PAGE);
            rig_data(&r, i, OP_LOAD, (uint64_t)i << 30);
            assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
        }
        rig_clock(&r);
    }
    /* When the last of them has begun there is an idle walker, but what for? */
    assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 1 + 7);
    assert_int_equal(prefetches(&r), 0);
    map_page(&r, 0x2000, F_PAGE);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x2000).latency, 2 + 3 * 5);
    rig_close(&r);
}

static void page_that_the_second_level_holds_is_not_fetched_again(void **state)
{
    rig r = open_ahead(state, "prefetch", 2);
    map_page(&r, 0x1000, F_PAGE);
    map_page(&r, 0x2000, F_PAGE);
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x2000);
    pass(&r, 20);
    assert_int_equal(prefetches(&r), 1);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    pass(&r, 20);
    assert_int_equal(prefetches(&r), 1);
    rig_close(&r);
}

/* ---- what is read ---------------------------------------------------------------------------- */

static void only_a_good_leaf_with_a_set_is_kept_and_nobody_hears_of_another(void **state)
{
    static const struct {
        unsigned flags;
        bool kept;
    } leaves[] = {
        {F_PAGE, true}, {F_V | F_R | F_A, true},  {F_V | F_R, false},      {F_PAGE & ~F_A, false},
        {0, false},     {F_V | F_W | F_A, false}, {F_V | F_A | F_D, false}};
    for (unsigned i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        rig r = open_ahead(state, "prefetch", 2);
        map_page(&r, 0x1000, F_PAGE);
        const uint64_t pte_addr = map_page(&r, 0x2000, leaves[i].flags);
        const uint64_t pte = pages_read(&r.tables, pte_addr);
        rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
        pass(&r, 20);
        assert_int_equal(prefetches(&r), 1);
        assert_int_equal(pages_read(&r.tables, pte_addr), pte);
        assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 0);
        assert_int_equal(tw_machine_out(r.machine)->irq, 0);
        assert_int_equal(rig_read(&r, REG_FAULT_STATUS), 0);
        /* A request learns what the PTE says, and sets A. */
        const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);
        const bool good = (leaves[i].flags & F_V) && (leaves[i].flags & F_R);
        const bool swaps = good && !(leaves[i].flags & F_A);
        assert_int_equal(answer.fault, good ? CAUSE_NONE : CAUSE_LOAD_PAGE);
        assert_int_equal(answer.latency, leaves[i].kept ? 2 : swaps ? 2 + 2 * 3 : 2 + 3);
        rig_close(&r);
    }
}

static void bus_error_ahead_of_a_request_is_nobodys(void **state)
{
    rig r = open_ahead(state, "prefetch", 2);
    map_page(&r, 0x1000, F_PAGE);
    const uint64_t pte_addr = map_page(&r, 0x2000, F_PAGE);
    assert_int_equal(tw_memory_add_bus_error(r.memory, pte_addr, pte_addr + 7), TW_OK);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    pass(&r, 20);
    assert_int_equal(prefetches(&r), 1);
    assert_int_equal(tw_machine_out(r.machine)->irq, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x2000).fault, CAUSE_LOAD_ACCESS);
    rig_close(&r);
}

static void request_that_merges_with_a_page_that_fails_gets_a_walk_of_its_own(void **state)
{
    rig r = open_ahead(state, "prefetch", 4);
    map_page(&r, 0x1000, F_PAGE);
    map_page(&r, 0x2000, F_V | F_X); /* A is to be set */
    rig_data(&r, 1, OP_LOAD, 0x1000);
    for (unsigned t = 0; t <= 22; t++) { /* it wakes in 9; a start in 10, two accesses */
        if (t == 5)
            rig_fetch(&r, 2, 0x2000);
        assert_int_equal(tw_machine_out(r.machine)->fetch_resp_valid, t == 9 + 2 + 2 * 5);
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_FAULT_FETCH_PAGE), 0);
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(next_request_merges_as_in_the_diagram, model),
        RIG_TEST(later_request_is_a_second_level_hit_of_either_port, model),
        RIG_TEST(misses_go_before_what_is_fetched_ahead, model),
        RIG_TEST(page_is_wanted_until_a_walker_is_idle, model),
        RIG_TEST(memory_takes_what_is_fetched_ahead_last_unless_it_was_on_the_pins_first, model),
        RIG_TEST(nothing_is_fetched_ahead_until_software_enables_it_where_it_is_built, model),
        RIG_TEST(page_is_not_fetched_ahead_if_its_table_is_not_known_or_is_another, model),
        RIG_TEST(page_whose_table_is_forgotten_while_it_is_wanted_is_not_fetched_ahead, model),
        RIG_TEST(page_that_the_second_level_holds_is_not_fetched_again, model),
        RIG_TEST(only_a_good_leaf_with_a_set_is_kept_and_nobody_hears_of_another, model),
        RIG_TEST(bus_error_ahead_of_a_request_is_nobodys, model),
        RIG_TEST(request_that_merges_with_a_page_that_fails_gets_a_walk_of_its_own, model),
    };
    return cmocka_run_group_tests_name("model_cycle_prefetch", tests, NULL, NULL);
}
