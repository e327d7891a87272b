/* Exploration: what it counts is what a hand counts, whatever the number of threads. A walk of L
 * reads is 2 + L*(M+1) cycles from the request to its answer, a hit is 1, one in the second level 2
 * (docs/blocks/README.md); the last answer's cycle counts too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tb/explore.h"

#define WALK(reads, m) (2 + (reads) * ((m) + 1))

/* TLBs of so many entries, and nothing behind them. */
static sweep_point point(uint32_t entries, uint32_t latency)
{
    sweep_point p = {.config = *tw_config_named("default"), .latency = latency, .outstanding = 1};
    p.config.fetch_entries = p.config.data_entries = entries;
    p.config.l2_entries = p.config.walk_cache = 0;
    return p;
}

/* `rounds` times over the first `pages` pages, one access each. */
static drive_list loop(tw_op op, unsigned pages, unsigned rounds)
{
    drive_list list = {0};
    for (unsigned i = 0; i < pages * rounds; i++)
        assert_int_equal(drive_list_add(&list, (uint64_t)(i % pages) << PAGE_SHIFT, op, NULL),
                         TW_OK);
    return list;
}

/* Plays the list at the point on one thread. */
static drive_result play(const drive_list *list, sweep_point at)
{
    explore_job job = {.trace = "loop", .list = list, .point = at};
    tw_error error = {0};
    if (explore_run(&job, 1, 1, &error) != TW_OK)
        fail_msg("%s", error.text);
    return job.result;
}

static void as_many_pages_as_entries_miss_once_each(void **state)
{
    (void)state;
    enum { ROUNDS = 5, M = 10 };
    for (unsigned entries = 2; entries <= 64; entries *= 2) {
        drive_list list = loop(OP_LOAD, entries, ROUNDS);
        drive_result r = play(&list, point(entries, M));
        drive_list_close(&list);
        assert_int_equal(r.walks, entries);
        assert_int_equal(r.reads, 3 * entries);
        assert_int_equal(r.data_requests, ROUNDS * entries);
        assert_int_equal(r.data_hits, (ROUNDS - 1) * entries);
        assert_int_equal(r.fetch_requests, 0);
        assert_int_equal(r.cycles, entries * WALK(3, M) + (ROUNDS - 1) * entries + 1);
    }
}

/* The tree is exact LRU for two ways, the worst there is for a loop of three. */
static void a_page_more_than_two_entries_misses_always(void **state)
{
    (void)state;
    drive_list list = loop(OP_FETCH, 3, 4);
    for (uint32_t m = 1; m <= 20; m++) {
        drive_result r = play(&list, point(2, m));
        assert_int_equal(r.walks, 12);
        assert_int_equal(r.fetch_hits, 0);
        assert_int_equal(r.cycles, 12 * WALK(3, m) + 1);
    }
    drive_list_close(&list);
}

static void what_two_entries_lose_the_second_level_keeps(void **state)
{
    (void)state;
    drive_list list = loop(OP_FETCH, 3, 4);
    for (uint32_t m = 1; m <= 20; m++) {
        sweep_point at = point(2, m);
        at.config.l2_entries = 16;
        drive_result r = play(&list, at);
        assert_int_equal(r.walks, 3);
        assert_int_equal(r.fetch_hits, 0);
        assert_int_equal(r.fetch_l2_hits, 9);
        assert_int_equal(r.data_l2_hits, 0);
        assert_int_equal(r.parity_errors, 0);
        assert_int_equal(r.cycles, 3 * WALK(3, m) + 9 * 2 + 1);
    }
    drive_list_close(&list);
}

static void tables_that_the_walk_cache_knows_are_not_read_again(void **state)
{
    (void)state;
    drive_list list = loop(OP_LOAD, 3, 4);
    for (uint32_t m = 1; m <= 20; m++) {
        sweep_point at = point(2, m);
        at.config.walk_cache = 2;
        drive_result r = play(&list, at);
        assert_int_equal(r.walks, 12);
        assert_int_equal(r.walk_cache_hits, 11);
        assert_int_equal(r.reads, 3 + 11);
        assert_int_equal(r.cycles, WALK(3, m) + 11 * WALK(1, m) + 1);
    }
    drive_list_close(&list);
}

/* The page behind the last is fetched too, though nobody ever asks for it. */
static void a_line_of_pages_is_fetched_ahead(void **state)
{
    (void)state;
    enum { PAGES = 64, M = 10 };
    drive_list list = loop(OP_LOAD, PAGES, 1);
    sweep_point at = {.config = *tw_config_named("default"), .latency = M, .outstanding = 1};
    drive_result without = play(&list, at);
    at.config.prefetch = 1;
    drive_result with = play(&list, at);
    drive_list_close(&list);
    assert_false(without.prefetch);
    assert_int_equal(without.prefetches, 0);
    assert_int_equal(without.cycles, WALK(3, M) + (PAGES - 1) * WALK(1, M) + 1);
    assert_true(with.prefetch);
    assert_in_range(with.prefetches, PAGES / 3, PAGES);
    assert_int_equal(with.walks, without.walks + 1);
    assert_int_equal(with.mismatches, 0);
    assert_true(with.cycles < without.cycles * 3 / 4);
}

/* Each walk begins a cycle after the one before it, and so do its reads. */
static void so_many_walkers_walk_for_so_many_loads_at_a_time(void **state)
{
    (void)state;
    enum { M = 10 };
    drive_list list = loop(OP_LOAD, 4, 1);
    uint64_t cycles[TW_WALKERS_MAX + 1];
    for (uint32_t walkers = 1; walkers <= TW_WALKERS_MAX; walkers++) {
        sweep_point at = point(16, M);
        at.config.walkers = walkers;
        at.outstanding = 4;
        drive_result r = play(&list, at);
        assert_int_equal(r.walks, 4);
        assert_int_equal(r.walkers, walkers);
        cycles[walkers] = r.cycles;
    }
    drive_list_close(&list);
    assert_int_equal(cycles[4], 3 + WALK(3, M) + 1);
    assert_in_range(cycles[2], 2 * WALK(3, M), 2 * WALK(3, M) + 4);
    assert_in_range(cycles[1], 4 * WALK(3, M) - 3, 4 * WALK(3, M) + 4);
}

static void a_tlb_serves_its_own_port_alone(void **state)
{
    (void)state;
    drive_list list = loop(OP_FETCH, 8, 3);
    sweep_point at = point(2, 1);
    at.config.fetch_entries = 8;
    assert_int_equal(play(&list, at).walks, 8);
    at = point(2, 1);
    at.config.data_entries = 8;
    assert_true(play(&list, at).walks > 8);
    drive_list_close(&list);
}

static void the_number_of_threads_changes_nothing(void **state)
{
    (void)state;
    enum { JOBS = 24 };
    drive_list list = loop(OP_STORE, 20, 6);
    explore_job alone[JOBS], together[JOBS];
    for (unsigned i = 0; i < JOBS; i++) {
        sweep_point at = point(2u << i % 6, 1 + i);
        alone[i] = together[i] = (explore_job){.trace = "loop", .list = &list, .point = at};
    }
    assert_int_equal(explore_run(alone, JOBS, 1, NULL), TW_OK);
    assert_int_equal(explore_run(together, JOBS, 7, NULL), TW_OK);
    for (unsigned i = 0; i < JOBS; i++) {
        assert_int_equal(alone[i].result.cycles, together[i].result.cycles);
        assert_int_equal(alone[i].result.walks, together[i].result.walks);
        assert_int_equal(alone[i].result.data_hits, together[i].result.data_hits);
    }
    drive_list_close(&list);
}

static void the_first_failure_in_order_is_reported(void **state)
{
    (void)state;
    drive_list list = loop(OP_LOAD, 1, 1), none = {0};
    explore_job jobs[] = {{.trace = "good", .list = &list, .point = point(4, 1)},
                          {.trace = "bad", .list = &none, .point = point(4, 1)}};
    tw_error error = {0};
    assert_int_equal(explore_run(jobs, 2, 2, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "expected accesses"));
    assert_int_equal(jobs[0].result.walks, 1);
    drive_list_close(&list);
}

int main(void)
{
    const struct CMUnitTest explore[] = {
        cmocka_unit_test(as_many_pages_as_entries_miss_once_each),
        cmocka_unit_test(a_page_more_than_two_entries_misses_always),
        cmocka_unit_test(what_two_entries_lose_the_second_level_keeps),
        cmocka_unit_test(tables_that_the_walk_cache_knows_are_not_read_again),
        cmocka_unit_test(a_line_of_pages_is_fetched_ahead),
        cmocka_unit_test(so_many_walkers_walk_for_so_many_loads_at_a_time),
        cmocka_unit_test(a_tlb_serves_its_own_port_alone),
        cmocka_unit_test(the_number_of_threads_changes_nothing),
        cmocka_unit_test(the_first_failure_in_order_is_reported),
    };
    return cmocka_run_group_tests(explore, NULL, NULL);
}
