/* Exploration: what it counts is what a hand counts, whatever the number of threads. A walk of Sv39
 * is 1 + 3*(M+1) cycles from the request to its answer, a hit is 1 (docs/blocks/walker.md); the
 * last answer's cycle counts too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tb/explore.h"

static sweep_point point(uint32_t entries, uint32_t latency)
{
    sweep_point p = {.config = *tw_config_named("default"), .latency = latency, .outstanding = 1};
    p.config.fetch_entries = p.config.data_entries = entries;
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
        assert_int_equal(r.cycles, entries * (1 + 3 * (M + 1)) + (ROUNDS - 1) * entries + 1);
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
        assert_int_equal(r.cycles, 12 * (1 + 3 * (m + 1)) + 1);
    }
    drive_list_close(&list);
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
        cmocka_unit_test(a_tlb_serves_its_own_port_alone),
        cmocka_unit_test(the_number_of_threads_changes_nothing),
        cmocka_unit_test(the_first_failure_in_order_is_reported),
    };
    return cmocka_run_group_tests(explore, NULL, NULL);
}
