/*
 * What requests cost each other: one translation a port and cycle, hits under misses, answers that
 * meet, full queues, and turns. M is the memory's latency.
 */
#include "tb/random.h"
#include "tests/support/every_mode.h"

/* A page in tables of its own, the root alone excepted: its walk reads them all. */
static uint64_t apart(const fixture *f, uint64_t va)
{
    return pages_va_beside(f->pages.mode, va, mode_levels(f->pages.mode) - 1);
}

static bool is_ready(const fixture *f, tw_port port)
{
    const tw_out *out = tw_machine_out(f->machine);
    return port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
}

static tw_request on(tw_port port, uint64_t va)
{
    return port == TW_FETCH ? fetch(va) : load(va);
}

/* ---- one a cycle ---- */

/* 64 requests in 64 cycles hit on both ports. */
MODE_TEST(each_port_translates_once_a_cycle)
{
    enum { COUNT = 64 };
    uint64_t page = va & ~UINT64_C(0xfff), frame = pages_frame(f->pages.mode, 0);
    map_page(f, F_PAGE);
    fixture_translate(f, fetch(va));
    fixture_translate(f, load(va));
    unsigned id[2][COUNT];
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0; n < COUNT; n++) {
        uint64_t at = page + 8 * n;
        id[TW_FETCH][n] = fixture_offer(f, TW_FETCH, fetch(at));
        id[TW_DATA][n] = fixture_offer(f, TW_DATA, n % 2 ? load(at) : store(at));
        fixture_clock(f);
        for (unsigned port = 0; port < 2; port++) {
            assert_true(f->asked[port][id[port][n]].taken_at == begin + n);
            if (n == 0)
                continue;
            const asked *before = &f->asked[port][id[port][n - 1]];
            assert_true(before->answered);
            assert_int_equal(before->answer.latency, 1);
            expect_pa(before->answer, (frame << PAGE_SHIFT) + 8 * (n - 1));
        }
    }
}

enum { SECOND = 12 }; /* pages that only the second level holds */

/* Maps them, and lets a port walk for them. */
static void fill_second_level(fixture *f, tw_port port)
{
    for (unsigned n = 0; n < SECOND; n++) {
        uint64_t va = pages_va_plus(f->pages.mode, pages_va(f->pages.mode), n);
        map_nth(f, va, n, F_PAGE);
        fixture_translate(f, on(port, va));
    }
}

MODE_TEST_IF(the_second_level_is_looked_up_once_a_cycle, has_l2())
{
    unsigned id[SECOND];
    fill_second_level(f, TW_FETCH);
    fixture_forget(f);
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0; n < SECOND; n++) {
        id[n] = fixture_offer(f, TW_DATA, load(pages_va_plus(f->pages.mode, va, n)));
        fixture_clock(f);
        assert_true(f->asked[TW_DATA][id[n]].taken_at == begin + n);
    }
    fixture_settle(f);
    for (unsigned n = 0; n < SECOND; n++) {
        expect_pa(f->asked[TW_DATA][id[n]].answer, nth_pa(f, n));
        assert_int_equal(f->asked[TW_DATA][id[n]].answer.latency, 2);
    }
    assert_int_equal(f->accesses, 0);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_L2_HITS), SECOND);
}

/* Both ports want it in every cycle: 2n answers in 2n cycles and the one in which the last one's
 * lookup is judged, and neither port is ahead. */
MODE_TEST_IF(the_ports_take_turns_at_the_second_level, has_l2())
{
    unsigned next[2] = {0, 0}, answers[2] = {0, 0};
    fill_second_level(f, TW_FETCH);
    evict(f, TW_FETCH);
    fixture_forget(f);
    uint64_t begin = fixture_cycle(f);
    while (answers[TW_FETCH] + answers[TW_DATA] < 2 * SECOND) {
        for (unsigned port = 0; port < 2; port++)
            if (next[port] < SECOND && is_ready(f, (tw_port)port))
                fixture_offer(f, (tw_port)port,
                              on((tw_port)port, pages_va_plus(f->pages.mode, va, next[port]++)));
        fixture_clock(f);
        answers[TW_FETCH] += f->out.fetch_resp_valid;
        answers[TW_DATA] += f->out.data_resp_valid;
        assert_in_range(answers[TW_FETCH] - answers[TW_DATA] + 1, 0, 2);
        assert_in_range(fixture_cycle(f) - begin, 0, 2 * SECOND + 2);
    }
    assert_int_equal(f->accesses, 0);
}

/* ---- hits under misses ---- */

MODE_TEST(hits_go_on_under_a_miss)
{
    enum { M = 20 };
    uint64_t other = apart(f, va);
    unsigned walk = mode_levels(f->pages.mode) * (M + 1);
    tw_memory_set_latency(f->memory, M, M, 0);
    map_page(f, F_PAGE);
    map_nth(f, other, 1, F_PAGE);
    fixture_translate(f, load(va));

    unsigned miss = fixture_ask(f, TW_DATA, load(other));
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0, last = 0; n < walk; n++) {
        unsigned id = fixture_ask(f, TW_DATA, load(va));
        assert_true(f->asked[TW_DATA][id].taken_at == begin + n);
        if (n > 0)
            assert_int_equal(fixture_await(f, TW_DATA, last).latency, 1);
        assert_true(fixture_cycle(f) == begin + n + 1);
        last = id;
    }
    tw_answer answer = fixture_await(f, TW_DATA, miss);
    expect_pa(answer, nth_pa(f, 1));
    assert_int_equal(answer.latency, 2 + walk);
}

/* Hits in every cycle until the miss is answered; what its answer then took. */
static uint64_t latency_among_hits(fixture *f, uint64_t known, uint64_t other)
{
    unsigned miss = fixture_ask(f, TW_DATA, load(other));
    unsigned last = fixture_ask(f, TW_DATA, load(known));
    while (!f->asked[TW_DATA][miss].answered) {
        unsigned id = fixture_ask(f, TW_DATA, load(known));
        assert_int_equal(fixture_await(f, TW_DATA, last).latency, 1);
        last = id;
    }
    fixture_settle(f);
    return f->asked[TW_DATA][miss].answer.latency;
}

/* The finished walk meets a hit in every cycle: the hit goes first, the walk's answer one cycle
 * later. */
MODE_TEST(a_hit_delays_a_walk_by_one_cycle_at_most)
{
    enum { M = 3 };
    uint64_t other = apart(f, va);
    tw_memory_set_latency(f->memory, M, M, 0);
    map_page(f, F_PAGE);
    map_nth(f, other, 1, F_PAGE);
    fixture_translate(f, load(va));
    assert_int_equal(latency_among_hits(f, va, other), 3 + mode_levels(f->pages.mode) * (M + 1));
}

MODE_TEST_IF(a_hit_delays_a_second_level_hit_by_one_cycle_at_most, has_l2())
{
    uint64_t other = pages_va_plus(f->pages.mode, va, 1);
    map_page(f, F_PAGE);
    map_nth(f, other, 1, F_PAGE);
    fixture_translate(f, fetch(other));
    fixture_translate(f, load(va));
    fixture_forget(f);
    assert_int_equal(latency_among_hits(f, va, other), 3);
    assert_int_equal(f->accesses, 0);
}

/* ---- queues and turns ---- */

MODE_TEST(misses_to_one_page_share_a_walk)
{
    uint64_t page = va & ~UINT64_C(0xfff), frame = pages_frame(f->pages.mode, 0);
    tw_memory_set_latency(f->memory, 5, 5, 0);
    map_page(f, F_PAGE);
    fixture_forget(f);
    unsigned id[3];
    for (unsigned n = 0; n < 3; n++)
        id[n] = fixture_ask(f, TW_DATA, load(page + 8 * n));
    for (unsigned n = 0; n < 3; n++)
        expect_pa(fixture_await(f, TW_DATA, id[n]), (frame << PAGE_SHIFT) + 8 * n);
    assert_int_equal(fixture_reads(f), mode_levels(f->pages.mode));
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_MERGES), 2);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), 1);
}

/* What a port has in flight when it takes no more: the walkers' requests, and a full queue. */
MODE_TEST(a_full_queue_stops_only_its_port)
{
    enum { M = 100, HITS = 20 };
    unsigned mode = f->pages.mode, count = tw_rtl_built()->misses + tw_rtl_built()->walkers;
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 0; n <= count; n++)
        map_nth(f, pages_va_plus(mode, va, n), n, F_PAGE);
    for (unsigned full = 0; full < 2; full++) {
        tw_port port = (tw_port)full, other = full == TW_FETCH ? TW_DATA : TW_FETCH;
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_translate(f, on(other, va));
        for (unsigned n = 1; n <= count; n++) {
            unsigned id = fixture_ask(f, port, on(port, pages_va_plus(mode, va, n)));
            assert_false(f->asked[port][id].answered);
        }
        for (unsigned n = 0; n < HITS; n++) {
            assert_false(is_ready(f, port));
            unsigned id = fixture_ask(f, other, on(other, va));
            assert_int_equal(fixture_await(f, other, id).latency, 1);
        }
        fixture_settle(f);
    }
}

enum { TURNS = 12 };

/* Counts what memory took in the cycle that ended: leaves of even pages are fetched, of odd ones
 * loaded. */
static void count_walks(const fixture *f, const uint64_t leaf[], unsigned walks[2])
{
    for (unsigned n = 0; n < 2 * TURNS; n++)
        walks[n % 2] += fixture_took(f, leaf[n], false);
}

/* While misses wait on both ports, neither gets two walks in a row. */
MODE_TEST(the_ports_take_turns_at_the_walkers)
{
    enum { M = 3 };
    unsigned mode = f->pages.mode, next[2] = {0, 0}, walks[2] = {0, 0};
    uint64_t leaf[2 * TURNS], limit = 4 * TURNS * mode_levels(mode) * (M + 1);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 0; n < 2 * TURNS; n++)
        leaf[n] = map_nth(f, pages_va_plus(mode, va, n), n, F_PAGE);
    map_nth(f, pages_va_plus(mode, va, 2 * TURNS), 0, F_PAGE);
    fixture_translate(f, load(pages_va_plus(mode, va, 2 * TURNS))); /* the tables are known */
    uint64_t begin = fixture_cycle(f);
    while (walks[TW_FETCH] + walks[TW_DATA] < 2 * TURNS) {
        for (unsigned port = 0; port < 2; port++)
            if (next[port] < TURNS && is_ready(f, (tw_port)port)) {
                unsigned n = 2 * next[port]++ + port;
                fixture_offer(f, (tw_port)port, on((tw_port)port, pages_va_plus(mode, va, n)));
            }
        fixture_clock(f);
        count_walks(f, leaf, walks);
        assert_in_range(walks[TW_FETCH] - walks[TW_DATA] + 1, 0, 2);
        assert_in_range(fixture_cycle(f) - begin, 0, limit);
    }
    fixture_settle(f);
}

/*
 * One port misses in every cycle, on pages that are not there, so that nothing is ever filled; the
 * other one misses once. It gets every second lookup and every second walker, so it waits for two
 * walks of others at most, then for its own. A walk has L reads; each waits for W - 1 other walkers
 * at most, and takes M + 1 cycles. Around each walk: idle, the lookup that lost its turn, the
 * lookup, the stage, and once more if the lookup met a walk that just ended.
 */
static uint64_t starvation_bound(const fixture *f, unsigned m)
{
    unsigned walk = mode_levels(f->pages.mode) * (m + tw_rtl_built()->walkers);
    return 3 * (walk + 6);
}

MODE_TEST(a_port_that_misses_without_end_does_not_starve_the_other)
{
    enum { ROUNDS = 24 };
    unsigned mode = f->pages.mode;
    uint64_t random = 1;
    for (unsigned m = 1; m <= 5; m += 2)
        for (unsigned greedy = 0; greedy < 2; greedy++)
            for (unsigned round = 0; round < ROUNDS; round++) {
                tw_port hungry = greedy == TW_FETCH ? TW_DATA : TW_FETCH;
                tw_memory_set_latency(f->memory, m, m, 0);
                map_page(f, F_PAGE);
                fixture_fence(f, TW_FENCE_ALL, 0, 0);
                unsigned id = 0, wait = 20 + random_below(&random, 40);
                for (unsigned n = 0; n <= wait || !f->asked[hungry][id].answered; n++) {
                    uint64_t nowhere = pages_va_plus(mode, va, 1 + n % 16);
                    if (is_ready(f, (tw_port)greedy))
                        fixture_offer(f, (tw_port)greedy, on((tw_port)greedy, nowhere));
                    if (n == wait)
                        id = fixture_offer(f, hungry, on(hungry, va));
                    fixture_clock(f);
                    assert_in_range(n, 0, wait + starvation_bound(f, m));
                }
                expect_pa(f->asked[hungry][id].answer, page_pa(f));
                fixture_settle(f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_translates_once_a_cycle),
        cmocka_unit_test(the_second_level_is_looked_up_once_a_cycle),
        cmocka_unit_test(the_ports_take_turns_at_the_second_level),
        cmocka_unit_test(hits_go_on_under_a_miss),
        cmocka_unit_test(a_hit_delays_a_walk_by_one_cycle_at_most),
        cmocka_unit_test(a_hit_delays_a_second_level_hit_by_one_cycle_at_most),
        cmocka_unit_test(misses_to_one_page_share_a_walk),
        cmocka_unit_test(a_full_queue_stops_only_its_port),
        cmocka_unit_test(the_ports_take_turns_at_the_walkers),
        cmocka_unit_test(a_port_that_misses_without_end_does_not_starve_the_other),
    };
    return fixture_run("timing_ports", tests);
}
