/*
 * A lookup of the second level whose set is written in the cycle in which it is read. The cycle in
 * which a walk fills is the one before its answer is on the pins.
 */
#include "tests/support/every_mode.h"

enum { MARGIN = 4 }; /* cycles that are swept beyond the end of a walk */

typedef struct meeting {
    tw_op walks, comes;
    unsigned m, delay;
} meeting;

static unsigned longest_delay(const fixture *f, unsigned m)
{
    return cold_reads(f, 0) * (m + 1) + MARGIN;
}

/* The walk for `walked`, and after `delay` cycles the request for `wanted`, which is answered with
 * `pa`. True if the request is taken in the cycle in which the walk fills. */
static bool meet(fixture *f, const meeting *e, uint64_t walked, uint64_t wanted, uint64_t pa,
                 tw_answer *answer)
{
    unsigned first = fixture_ask(f, port_of(e->walks), request_of(e->walks, walked));
    fixture_idle(f, e->delay);
    unsigned second = fixture_ask(f, port_of(e->comes), request_of(e->comes, wanted));
    fixture_settle(f);
    const asked *walk = &f->asked[port_of(e->walks)][first];
    const asked *come = &f->asked[port_of(e->comes)][second];
    *answer = come->answer;
    assert_int_equal(walk->answer.fault, CAUSE_NONE);
    expect_pa(*answer, pa);
    return come->taken_at + 1 == walk->taken_at + walk->answer.latency;
}

static void expect(const fixture *f, const meeting *e, const char *what, uint64_t got,
                   uint64_t want)
{
    if (got != want)
        fail_msg("expected %llu %s, got %llu (%s, M = %u, delay %u, op %d after op %d)",
                 (unsigned long long)want, what, (unsigned long long)got,
                 tw_mode_name(f->pages.mode), e->m, e->delay, (int)e->comes, (int)e->walks);
}

/* In every cycle of the walk and after it; without a second level it may walk again. The page has
 * another frame each time, so that a word of the last time would be a wrong answer. */
static void ask_again(fixture *f, meeting *e, uint64_t va)
{
    unsigned met = 0;
    tw_answer answer;
    tw_memory_set_latency(f->memory, e->m, e->m, 0);
    for (e->delay = 0; e->delay <= longest_delay(f, e->m); e->delay++) {
        map_nth(f, va, e->delay, F_PAGE);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        bool fills = meet(f, e, va, va, nth_pa(f, e->delay), &answer);
        met += fills;
        if (!has_l2())
            continue;
        expect(f, e, "walks", fixture_read(f, REG_COUNT_WALKS) - walks, 1);
        if (fills)
            expect(f, e, "cycles", answer.latency, 2);
    }
    expect(f, e, "requests in the cycle of the fill", met, 1);
}

MODE_TEST(a_miss_in_the_cycle_in_which_its_page_fills_is_answered_by_that_walk)
{
    for (unsigned m = 1; m <= 4; m++)
        for (tw_op walks = OP_FETCH; walks <= OP_LOAD; walks++)
            for (tw_op comes = OP_FETCH; comes <= OP_LOAD; comes++)
                ask_again(f, &(meeting){.walks = walks, .comes = comes, .m = m}, va);
}

/* The set is full when the walk fills it and replaces page 1, the oldest. The request is for one of
 * the pages that were there. */
static bool ask_beside(fixture *f, meeting *e, uint64_t va, unsigned n)
{
    tw_answer answer;
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    for (unsigned held = 1; held <= tw_rtl_built()->l2_ways; held++)
        fixture_translate(f, request_of(e->walks, same_set(f, va, held)));
    uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
    bool fills = meet(f, e, va, same_set(f, va, n), nth_pa(f, n), &answer);
    walks = fixture_read(f, REG_COUNT_WALKS) - walks;
    if (n > 1)
        expect(f, e, "cycles", answer.latency, 2);
    if (n > 1 || fills)
        expect(f, e, "walks", walks, n > 1 ? 1 : 2);
    return fills;
}

MODE_TEST_IF(a_fill_moves_nothing_else_in_the_set_that_is_read, has_l2())
{
    enum { M = 1 };
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 0; n <= tw_rtl_built()->l2_ways; n++)
        map_nth(f, same_set(f, va, n), n, F_PAGE);
    for (tw_op walks = OP_FETCH; walks <= OP_LOAD; walks++)
        for (unsigned n = 1; n <= tw_rtl_built()->l2_ways; n++) {
            meeting e = {.walks = walks, .comes = walks == OP_FETCH ? OP_LOAD : OP_FETCH, .m = M};
            unsigned met = 0;
            for (e.delay = 0; e.delay <= longest_delay(f, M); e.delay++)
                met += ask_beside(f, &e, va, n);
            expect(f, &e, "requests in the cycle of the fill", met, 1);
        }
}

/* The other port's request finds the wrong word whenever it comes, and walks itself. */
MODE_TEST_IF(a_fill_that_is_spoilt_is_a_miss_in_its_own_cycle_too, has_l2())
{
    enum { M = 2 };
    unsigned met = 0;
    tw_answer answer;
    meeting e = {.walks = OP_FETCH, .comes = OP_LOAD, .m = M};
    map_page(f, F_PAGE);
    for (e.delay = 0; e.delay <= longest_delay(f, M); e.delay++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_write(f, REG_L2_INJECT,
                      TW_PUT(L2_INJECT, ARMED, 1) | TW_PUT(L2_INJECT, BIT, e.delay));
        uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        met += meet(f, &e, va, va, page_pa(f), &answer);
        expect(f, &e, "walks", fixture_read(f, REG_COUNT_WALKS) - walks, 2);
        expect(f, &e, "parity errors", fixture_read(f, REG_COUNT_L2_PARITY), e.delay + 1);
    }
    expect(f, &e, "requests in the cycle of the fill", met, 1);
}

/* Memory answers its port in both cycles in which the request is found, so it walks, and fills the
 * way where its page stands: the others of the set, which is full, stay. It takes a walk of more
 * reads than one. */
TREE_TEST_IF(a_page_that_is_found_and_walked_for_stays_in_its_way, has_l2() && has_many_walkers())
{
    unsigned ways = tw_rtl_built()->l2_ways, walked = 0;
    uint64_t far = pages_va_beside(f->pages.mode, pages_va_plus(f->pages.mode, va, 1),
                                   mode_levels(f->pages.mode) - 1);
    tw_answer answer;
    meeting e = {.walks = OP_LOAD, .comes = OP_LOAD, .m = 1};
    tw_memory_set_latency(f->memory, e.m, e.m, 0);
    map_nth(f, far, ways, F_PAGE);
    for (unsigned n = 0; n < ways; n++)
        map_nth(f, same_set(f, va, n), n, F_PAGE);
    for (; e.delay <= longest_delay(f, e.m); e.delay++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        for (unsigned n = 0; n < ways; n++)
            fixture_translate(f, fetch(same_set(f, va, n)));
        uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        meet(f, &e, far, va, page_pa(f), &answer);
        walked += fixture_read(f, REG_COUNT_WALKS) == walks + 2;
        for (unsigned n = 1; n < ways; n++)
            expect_l2_hit(f, load(same_set(f, va, n)), nth_pa(f, n));
    }
    assert_true(walked > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_miss_in_the_cycle_in_which_its_page_fills_is_answered_by_that_walk),
        cmocka_unit_test(a_fill_moves_nothing_else_in_the_set_that_is_read),
        cmocka_unit_test(a_fill_that_is_spoilt_is_a_miss_in_its_own_cycle_too),
        cmocka_unit_test(a_page_that_is_found_and_walked_for_stays_in_its_way),
    };
    return fixture_run("second_level_bypass", tests);
}
