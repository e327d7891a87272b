/* How many pages a TLB reaches: loops over pages, in the cycle model, without a second level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/explore.h"

/* Rounds after which nothing of the beginning is left in a loop over more pages than entries. */
enum { ENTRIES_MAX = 64, LONG_RUN = 32 };

/* `rounds` times over the first `pages` pages with TLBs of so many entries and nothing behind. */
static drive_result loop(uint32_t entries, unsigned pages, unsigned rounds)
{
    drive_list list = {0};
    for (unsigned i = 0; i < pages * rounds; i++)
        drive_list_add(&list, (uint64_t)(i % pages) << PAGE_SHIFT, OP_LOAD, NULL);
    explore_job job = {.trace = "loop", .list = &list};
    job.point =
        (sweep_point){.config = *tw_config_named("default"), .latency = 1, .outstanding = 1};
    job.point.config.fetch_entries = job.point.config.data_entries = entries;
    job.point.config.l2_entries = job.point.config.walk_cache = 0;
    tw_error error = {0};
    if (explore_run(&job, 1, 1, &error) != TW_OK)
        fail_msg("%s", error.text);
    drive_list_close(&list);
    assert_int_equal(job.result.data_requests, pages * rounds);
    assert_int_equal(job.result.data_hits + job.result.walks, pages * rounds);
    return job.result;
}

/* Hits of round `round` (from 1) alone. */
static uint64_t hits_of_round(uint32_t entries, unsigned pages, unsigned round)
{
    uint64_t before = round == 1 ? 0 : loop(entries, pages, round - 1).data_hits;
    return loop(entries, pages, round).data_hits - before;
}

/* A cold miss for each page, and from then on all or nothing. */
static void in_the_long_run_a_loop_hits_always_up_to_the_reach_and_never_beyond(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= ENTRIES_MAX; n *= 2) {
        const unsigned some[] = {1, n / 2, n - 1, n, n + 1, n + 2, n + n / 2, 2 * n};
        for (unsigned i = 0; i < sizeof some / sizeof *some; i++) {
            const unsigned pages = some[i];
            assert_int_equal(hits_of_round(n, pages, 1), 0);
            assert_int_equal(hits_of_round(n, pages, 2) == pages, pages <= n);
            const uint64_t hits = hits_of_round(n, pages, LONG_RUN);
            if (hits != (pages <= n ? pages : 0))
                fail_msg("%u entries, round %d over %u pages: expected %s hits, got %llu", n,
                         LONG_RUN, pages, pages <= n ? "only" : "no", (unsigned long long)hits);
        }
    }
}

/* True LRU would miss always. The tree's victim is only roughly the oldest page, so in the first
 * rounds some pages survive until their turn comes. Each hit moves the tree, but a round in which
 * nothing hits fills the ways in one fixed order, as LRU does, and so does every round after it. */
static void a_page_more_than_entries_hits_in_some_first_rounds_and_then_never_again(void **state)
{
    (void)state;
    static const struct {
        unsigned entries;
        uint64_t hits;
    } rows[] = {{2, 0}, {4, 1}, {8, 8}, {16, 62}, {32, 290}, {64, 1446}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned rounds = LONG_RUN - 1; rounds <= 4 * LONG_RUN; rounds *= 2)
            assert_int_equal(loop(rows[i].entries, rows[i].entries + 1, rounds).data_hits,
                             rows[i].hits);
}

int main(void)
{
    const struct CMUnitTest reach[] = {
        cmocka_unit_test(in_the_long_run_a_loop_hits_always_up_to_the_reach_and_never_beyond),
        cmocka_unit_test(a_page_more_than_entries_hits_in_some_first_rounds_and_then_never_again),
    };
    return cmocka_run_group_tests(reach, NULL, NULL);
}
