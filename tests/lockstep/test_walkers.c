/*
 * Several walks at a time: how many, whose answers, who shares one, and fences among them. Where
 * there is one walker, the same requests take turns. The memory port: test_memory_port.c.
 */
#include "tablewalk/states.h"
#include "tests/support/every_mode.h"

static unsigned walkers(void)
{
    return tw_rtl_built()->walkers;
}

static unsigned busy_walkers(const fixture *f)
{
    unsigned busy = 0;
    for (unsigned w = 0; w < walkers(); w++)
        busy += walker_state(tw_machine_out(f->machine), w) != WALK_IDLE;
    return busy;
}

static uint64_t nth_va(const fixture *f, unsigned n)
{
    return pages_va_plus(f->pages.mode, pages_va(f->pages.mode), n);
}

static void map_pages(fixture *f, unsigned count, unsigned flags)
{
    for (unsigned n = 0; n < count; n++)
        map_nth(f, nth_va(f, n), n, flags);
}

/* ---- side by side ---- */

/* As many walks as there are walkers, each as fast as if it were alone; one more waits. */
MODE_TEST(every_walker_walks_for_a_page_of_its_own)
{
    enum { M = 30 };
    unsigned id[TW_WALKERS_MAX + 1] = {0}, levels = mode_levels(f->pages.mode);
    (void)va;
    tw_memory_set_latency(f->memory, M, M, 0);
    map_pages(f, walkers() + 1, F_PAGE);
    for (unsigned n = 0; n <= walkers(); n++)
        id[n] = fixture_ask(f, TW_DATA, load(nth_va(f, n)));
    fixture_idle(f, 2);
    assert_int_equal(busy_walkers(f), walkers());
    assert_int_equal(tw_machine_out(f->machine)->obs_data_misses, 1);
    for (unsigned n = 0; n < walkers(); n++) {
        tw_answer answer = fixture_await(f, TW_DATA, id[n]);
        expect_pa(answer, nth_pa(f, n));
        assert_int_equal(answer.latency, 2 + levels * (M + 1));
    }
    expect_pa(fixture_await(f, TW_DATA, id[walkers()]), nth_pa(f, walkers()));
    fixture_idle(f, 2);
    assert_int_equal(busy_walkers(f), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walkers() + 1);
}

/* A walk of one read overtakes one of many; the id says whose answer it is. */
TREE_TEST_IF(a_shallow_walk_overtakes_a_deep_one, has_many_walkers())
{
    enum { M = 10 };
    unsigned mode = f->pages.mode, top = mode_levels(mode) - 1;
    uint64_t super = pages_va_beside(mode, va, top);
    uint64_t size = UINT64_C(1) << level_size(mode, top);
    tw_memory_set_latency(f->memory, M, M, 0);
    map_page(f, F_PAGE);
    fixture_map(f, super, top, pages_pte(pages_frame(mode, top), F_PAGE));
    for (unsigned op = OP_FETCH; op <= OP_LOAD; op++) {
        tw_port port = port_of((tw_op)op);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        unsigned deep = fixture_ask(f, port, request_of((tw_op)op, va));
        unsigned shallow = fixture_ask(f, port, request_of((tw_op)op, super));
        tw_answer first = fixture_await(f, port, shallow);
        assert_false(f->asked[port][deep].answered);
        assert_int_equal(first.latency, 2 + M + 1);
        expect_pa(first, pages_frame(mode, top) << PAGE_SHIFT | (super & (size - 1)));
        expect_pa(fixture_await(f, port, deep), page_pa(f));
    }
}

/* A fault in one walk is no business of the others. */
MODE_TEST(a_fault_in_one_walk_leaves_the_others_alone)
{
    unsigned count = walkers() + tw_rtl_built()->misses;
    (void)va;
    tw_memory_set_latency(f->memory, 10, 10, 0);
    for (unsigned faulty = 0; faulty < count; faulty++) {
        unsigned id[FIXTURE_IDS] = {0};
        map_pages(f, count, F_PAGE);
        map_nth(f, nth_va(f, faulty), faulty, F_PAGE & ~F_V);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        for (unsigned n = 0; n < count; n++)
            id[n] = fixture_ask(f, TW_DATA, load(nth_va(f, n)));
        for (unsigned n = 0; n < count; n++)
            if (n == faulty)
                expect_fault(fixture_await(f, TW_DATA, id[n]), CAUSE_LOAD_PAGE);
            else
                expect_pa(fixture_await(f, TW_DATA, id[n]), nth_pa(f, n));
    }
}

/* ---- misses that share a walk ---- */

/* A fetch, a load and another load of each of W pages, while W walkers are busy with them: W walks.
 * Without a second level the loads cannot have what the fetch port's walk found. */
MODE_TEST(misses_of_both_ports_to_one_page_share_a_walk)
{
    enum { M = 60 };
    unsigned fetches[TW_WALKERS_MAX] = {0}, loads[2 * TW_WALKERS_MAX] = {0};
    (void)va;
    tw_memory_set_latency(f->memory, M, M, 0);
    map_pages(f, walkers(), F_PAGE);
    for (unsigned n = 0; n < walkers(); n++)
        fetches[n] = fixture_ask(f, TW_FETCH, fetch(nth_va(f, n)));
    for (unsigned n = 0; n < 2 * walkers(); n++)
        loads[n] = fixture_ask(f, TW_DATA, load(nth_va(f, n / 2)));
    fixture_idle(f, 2);
    assert_int_equal(busy_walkers(f), walkers());
    for (unsigned n = 0; n < walkers(); n++)
        expect_pa(fixture_await(f, TW_FETCH, fetches[n]), nth_pa(f, n));
    for (unsigned n = 0; n < 2 * walkers(); n++)
        expect_pa(fixture_await(f, TW_DATA, loads[n]), nth_pa(f, n / 2));
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walkers() * (has_l2() ? 1 : 2));
}

/* Who waits for one walk is not woken by another's end, nor lost: the merged one's walk is the
 * longer or the shorter of the two. */
TREE_TEST_IF(a_merged_miss_waits_for_its_own_walk, has_many_walkers())
{
    unsigned mode = f->pages.mode, levels = mode_levels(mode);
    uint64_t super = pages_va_beside(mode, va, levels - 1);
    uint64_t size = UINT64_C(1) << level_size(mode, levels - 1);
    uint64_t pa = pages_frame(mode, levels - 1) << PAGE_SHIFT | (super & (size - 1));
    map_page(f, F_PAGE);
    fixture_map(f, super, levels - 1, pages_pte(pages_frame(mode, levels - 1), F_PAGE));
    for (unsigned merged = 0; merged < 2; merged++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        unsigned deep = fixture_ask(f, TW_DATA, load(va));
        unsigned shallow = fixture_ask(f, TW_DATA, load(super));
        unsigned again = fixture_ask(f, TW_DATA, load(merged ? super : va));
        expect_pa(fixture_await(f, TW_DATA, again), merged ? pa : page_pa(f));
        expect_pa(fixture_await(f, TW_DATA, shallow), pa);
        expect_pa(fixture_await(f, TW_DATA, deep), page_pa(f));
        assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walks + 2);
        assert_int_equal(fixture_read(f, REG_COUNT_DATA_MERGES), merged + 1);
    }
}

/* ---- hits and turns ---- */

/* Hits on both ports in every cycle while every walker is busy. */
MODE_TEST(hits_go_on_under_as_many_misses_as_there_are_walkers)
{
    enum { M = 60 };
    unsigned last[2] = {0, 0};
    map_pages(f, walkers() + 1, F_PAGE);
    fixture_translate(f, fetch(va));
    fixture_translate(f, load(va));
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 1; n <= walkers(); n++)
        fixture_ask(f, n % 2 ? TW_FETCH : TW_DATA,
                    request_of(n % 2 ? OP_FETCH : OP_LOAD, nth_va(f, n)));
    fixture_idle(f, 2);
    for (unsigned n = 0; n < M / 2; n++) {
        unsigned id[2] = {fixture_offer(f, TW_FETCH, fetch(va)),
                          fixture_offer(f, TW_DATA, load(va))};
        fixture_clock(f);
        assert_int_equal(busy_walkers(f), walkers());
        for (unsigned port = 0; port < 2; port++) {
            assert_true(f->asked[port][id[port]].taken_at + 1 == fixture_cycle(f));
            if (n > 0) {
                assert_true(f->asked[port][last[port]].answered);
                assert_int_equal(f->asked[port][last[port]].answer.latency, 1);
            }
            last[port] = id[port];
        }
    }
    fixture_settle(f);
}

/* Every walker is busy and one request waits; a new one of the same port comes in any cycle, also
 * in that in which a walker becomes idle. */
MODE_TEST(a_new_miss_does_not_overtake_one_that_waits)
{
    enum { M = 3 };
    unsigned count = walkers() + 2, cycles = 2 * mode_levels(f->pages.mode) * (M + 1);
    uint64_t waits = 0, comes = 0;
    (void)va;
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned delay = 0; delay < cycles; delay++) {
        map_pages(f, count, F_PAGE);
        waits = pages_pte_at(&f->pages, f->root, nth_va(f, count - 2), 0);
        comes = pages_pte_at(&f->pages, f->root, nth_va(f, count - 1), 0);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        for (unsigned n = 0; n < count - 1; n++)
            fixture_ask(f, TW_DATA, load(nth_va(f, n)));
        fixture_forget(f);
        fixture_idle(f, delay);
        fixture_ask(f, TW_DATA, load(nth_va(f, count - 1)));
        fixture_settle(f);
        bool walked = false;
        for (unsigned n = 0; n < f->accesses; n++) {
            walked |= f->access[n].address == waits;
            if (f->access[n].address == comes)
                assert_true(walked);
        }
    }
}

/* ---- fences ---- */

typedef struct overlap {
    tw_fence_kind kind;
    unsigned apart, delay; /* cycles between the requests; from the second one to the fence */
    bool touch;
} overlap;

/* A store and a fetch walk; their leaves change and a fence comes. By address it covers the first
 * alone, whose leaf alone changes then. */
static void fence_two_walks(fixture *f, const overlap *o)
{
    unsigned flags = o->touch ? F_V | F_RWX : F_PAGE;
    bool by_va = o->kind == TW_FENCE_VA || o->kind == TW_FENCE_VA_ASID;
    tw_request request[2] = {store(nth_va(f, 0)), fetch(nth_va(f, 1))};
    unsigned id[2];
    map_pages(f, 2, flags);
    for (unsigned n = 0; n < 2; n++) {
        id[n] = fixture_ask(f, port_of(request[n].op), request[n]);
        if (n == 0)
            fixture_idle(f, o->apart);
    }
    fixture_idle(f, o->delay);
    for (unsigned n = 0; n < (by_va ? 1 : 2); n++)
        map_nth(f, nth_va(f, n), n + 8, flags);
    fixture_offer_write(f, REG_FENCE, o->kind);
    uint64_t taken = fixture_cycle(f);
    fixture_clock(f);
    for (unsigned n = 0; n < 2; n++) {
        tw_port port = port_of(request[n].op);
        tw_answer answer = fixture_await(f, port, id[n]);
        uint64_t fresh = nth_pa(f, n == 1 && by_va ? n : n + 8);
        if (f->asked[port][id[n]].taken_at + answer.latency >= taken + 3 ||
            answer.pa != nth_pa(f, n))
            expect_pa(answer, fresh);
    }
    while (fixture_cycle(f) < taken + 2)
        fixture_clock(f);
    for (unsigned n = 0; n < 2; n++)
        expect_pa(fixture_translate(f, request[n]), nth_pa(f, n == 1 && by_va ? n : n + 8));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
}

MODE_TEST(a_fence_in_any_cycle_of_two_walks_is_obeyed)
{
    enum { M = 2 };
    unsigned last = 4 + 2 * (mode_levels(f->pages.mode) + 1) * (M + 1);
    for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
        for (unsigned apart = 0; apart < 3; apart++)
            for (unsigned delay = 0; delay <= last; delay++) {
                fixture_write(f, REG_FENCE_VA, va);
                fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
                fence_two_walks(f, &(overlap){(tw_fence_kind)kind, apart, delay, delay % 2});
            }
}

MODE_TEST(a_fence_is_busy_until_the_last_old_access_is_done)
{
    enum { M = 20 };
    (void)va;
    tw_memory_set_latency(f->memory, M, M, 0);
    map_pages(f, walkers(), F_PAGE);
    for (unsigned n = 0; n < walkers(); n++)
        fixture_ask(f, TW_DATA, load(nth_va(f, n)));
    fixture_clock(f);
    uint64_t last_read = fixture_cycle(f); /* the last walker's read is on the pins */
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    while (fixture_cycle(f) + 3 < last_read + M)
        assert_int_equal(TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY), 1);
    fixture_idle(f, 4);
    assert_int_equal(TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY), 0);
    fixture_settle(f);
    assert_int_equal(fixture_read(f, REG_COUNT_RESTARTS), walkers());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_walker_walks_for_a_page_of_its_own),
        cmocka_unit_test(a_shallow_walk_overtakes_a_deep_one),
        cmocka_unit_test(a_fault_in_one_walk_leaves_the_others_alone),
        cmocka_unit_test(misses_of_both_ports_to_one_page_share_a_walk),
        cmocka_unit_test(a_merged_miss_waits_for_its_own_walk),
        cmocka_unit_test(hits_go_on_under_as_many_misses_as_there_are_walkers),
        cmocka_unit_test(a_new_miss_does_not_overtake_one_that_waits),
        cmocka_unit_test(a_fence_in_any_cycle_of_two_walks_is_obeyed),
        cmocka_unit_test(a_fence_is_busy_until_the_last_old_access_is_done),
    };
    return fixture_run("walkers", tests);
}
