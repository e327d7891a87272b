/* What a page of the hashed inverted table costs: cycles, reads, and what the counters say of
 * it. */
#include <limits.h>

#include "tests/support/hashed_bucket.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

static void set_latency(fixture *f, unsigned m)
{
    tw_memory_set_latency(f->memory, m, m, 0);
}

/* The reads were the anchor's and those of places 1 to `place`, in this order. */
static void expect_probes(const fixture *f, unsigned place)
{
    expect_equal("accesses", 1 + place, f->accesses);
    expect_equal("the first read", bucket_anchor(f), f->access[0].address);
    for (unsigned n = 1; n <= place; n++)
        expect_equal("the next read", bucket_entry(f, n), f->access[n].address);
}

static void walk_then_hit(fixture *f, tw_op op, unsigned place, unsigned m)
{
    bucket_forget(f);
    tw_answer walk = fixture_translate(f, request_of(op, bucket_va(place)));
    expect_pa(walk, bucket_pa(place));
    expect_equal("page size", PAGE_SHIFT, walk.size);
    expect_equal("cycles of a walk", 2 + (1 + place) * (m + 1), walk.latency);
    expect_probes(f, place);
    tw_answer hit = fixture_translate(f, request_of(op, bucket_va(place) ^ 0x7f0));
    expect_pa(hit, bucket_pa(place) ^ 0x7f0);
    expect_equal("cycles of a hit", 1, hit.latency);
    expect_equal("reads of a hit", 1 + place, f->accesses);
}

/* ---- cycles and reads ---- */

/* Curriculum 1.1: eight pages forced to one bucket cost up to eight probes. */
HASHED_TEST(a_page_costs_a_read_for_its_anchor_and_one_for_each_place_in_its_chain)
{
    bucket_chain(f, 8, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++) {
        set_latency(f, LATENCIES[l]);
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
            for (unsigned place = 1; place <= 8; place++)
                walk_then_hit(f, (tw_op)op, place, LATENCIES[l]);
    }
}

HASHED_TEST(the_page_at_place_64_costs_65_reads)
{
    bucket_chain(f, 64, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++) {
        set_latency(f, LATENCIES[l]);
        walk_then_hit(f, OP_LOAD, 64, LATENCIES[l]);
    }
}

HASHED_TEST(a_page_that_is_in_no_chain_costs_all_of_its_chain)
{
    for (unsigned l = 0; l < N_LATENCIES; l++)
        for (unsigned count = 0; count <= 8; count++) {
            set_latency(f, LATENCIES[l]);
            if (count > 0)
                bucket_chain(f, count, F_PAGE);
            else
                bucket_set_anchor(f, 1, 0);
            bucket_forget(f);
            tw_answer answer = fixture_translate(f, load(bucket_va(20)));
            expect_fault(answer, CAUSE_LOAD_PAGE);
            expect_equal("cycles of a fault", 2 + (1 + count) * (LATENCIES[l] + 1), answer.latency);
            expect_probes(f, count);
        }
}

HASHED_TEST(an_update_of_a_or_d_costs_one_access_more)
{
    for (unsigned l = 0; l < N_LATENCIES; l++)
        for (unsigned place = 1; place <= 8; place++) {
            set_latency(f, LATENCIES[l]);
            bucket_chain(f, 8, F_V | F_RWX);
            bucket_forget(f);
            tw_answer answer = fixture_translate(f, store(bucket_va(place)));
            expect_pa(answer, bucket_pa(place));
            expect_equal("cycles", 2 + (2 + place) * (LATENCIES[l] + 1), answer.latency);
            expect_equal("reads", 1 + place, fixture_reads(f));
            expect_equal("swaps", 1, fixture_swaps(f));
            expect_equal("cycles of a hit", 1,
                         fixture_translate(f, store(bucket_va(place))).latency);
        }
}

/* ---- the second level ---- */

/* Pages of another mode push it out of the TLB, and stay out of the second level. */
static void evict_by_sv32(fixture *f, tw_port port)
{
    uint64_t root = f->root;
    f->pages.mode = MODE_SV32;
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    evict(f, port);
    f->pages.mode = MODE_HASHED;
    fixture_enter(f, root, FIXTURE_ASID);
}

HASHED_TEST_IF(the_second_level_keeps_what_a_chain_cost, has_l2())
{
    bucket_chain(f, 8, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        bucket_forget(f);
        expect_pa(fixture_translate(f, request_of((tw_op)op, bucket_va(8))), bucket_pa(8));
        evict_by_sv32(f, port_of((tw_op)op));
        expect_l2_hit(f, request_of((tw_op)op, bucket_va(8)), bucket_pa(8));
        expect_equal("cycles of a hit", 1,
                     fixture_translate(f, request_of((tw_op)op, bucket_va(8))).latency);
    }
}

HASHED_TEST_IF(what_one_port_walked_for_the_other_finds_in_the_second_level, has_l2())
{
    bucket_chain(f, 8, F_PAGE);
    expect_pa(fixture_translate(f, fetch(bucket_va(5))), bucket_pa(5));
    expect_l2_hit(f, load(bucket_va(5)), bucket_pa(5));
}

/* A chain has no pointers: pages beside each other begin at an anchor each. */
HASHED_TEST(a_walk_learns_nothing_for_the_walk_cache)
{
    bucket_chain(f, 8, F_PAGE);
    for (unsigned place = 1; place <= 8; place++)
        fixture_translate(f, load(bucket_va(place)));
    for (unsigned offset = REG_COUNT_WALK_CACHE_1; offset <= REG_COUNT_WALK_CACHE_4; offset += 8)
        expect_equal("starts below a pointer", 0, fixture_read(f, offset));
}

/* ---- counters ---- */

static const unsigned CHAIN_COUNTERS[] = {REG_COUNT_CHAIN_1, REG_COUNT_CHAIN_2, REG_COUNT_CHAIN_4,
                                          REG_COUNT_CHAIN_8, REG_COUNT_CHAIN_MORE};
enum { N_CHAIN_COUNTERS = sizeof CHAIN_COUNTERS / sizeof *CHAIN_COUNTERS };

/* Which of them counts a walk that ended after so many entries; N_CHAIN_COUNTERS: none. */
static unsigned chain_counter(unsigned entries)
{
    const unsigned to[] = {1, 2, 4, 8, UINT_MAX};
    unsigned n = 0;
    while (entries > to[n])
        n++;
    return entries == 0 ? N_CHAIN_COUNTERS : n;
}

/* One request, whose walk reads so many entries, and all that the counters add for it. */
static void expect_counted(fixture *f, tw_request request, unsigned entries)
{
    uint64_t before[N_CHAIN_COUNTERS], probes = fixture_read(f, REG_COUNT_PROBES);
    uint64_t reads = fixture_read(f, REG_COUNT_READS), walks = fixture_read(f, REG_COUNT_WALKS);
    for (unsigned n = 0; n < N_CHAIN_COUNTERS; n++)
        before[n] = fixture_read(f, CHAIN_COUNTERS[n]);
    fixture_translate(f, request);
    expect_equal("WALKS", walks + 1, fixture_read(f, REG_COUNT_WALKS));
    expect_equal("READS", reads + 1 + entries, fixture_read(f, REG_COUNT_READS));
    expect_equal("PROBES", probes + entries, fixture_read(f, REG_COUNT_PROBES));
    for (unsigned n = 0; n < N_CHAIN_COUNTERS; n++)
        expect_equal("CHAIN_*", before[n] + (n == chain_counter(entries)),
                     fixture_read(f, CHAIN_COUNTERS[n]));
}

HASHED_TEST(probes_and_the_length_of_chains_are_counted)
{
    bucket_chain(f, 64, F_PAGE);
    for (unsigned place = 1; place <= 64; place++)
        expect_counted(f, store(bucket_va(place)), place);
}

HASHED_TEST(walks_that_fault_count_the_entries_that_they_read)
{
    for (unsigned count = 1; count <= 10; count++) {
        bucket_chain(f, count, F_PAGE);
        expect_counted(f, load(bucket_va(20)), count);
    }
    bucket_set_anchor(f, 1, 0);
    expect_counted(f, load(bucket_va(20)), 0);
}

/* A hit of either level reads no entry. */
HASHED_TEST(hits_count_no_chain)
{
    bucket_chain(f, 3, F_PAGE);
    fixture_translate(f, load(bucket_va(3)));
    fixture_translate(f, load(bucket_va(3)));
    expect_equal("CHAIN_4", 1, fixture_read(f, REG_COUNT_CHAIN_4));
    expect_equal("PROBES", 3, fixture_read(f, REG_COUNT_PROBES));
    if (!has_l2())
        return;
    fixture_translate(f, fetch(bucket_va(3)));
    expect_equal("CHAIN_4", 1, fixture_read(f, REG_COUNT_CHAIN_4));
    expect_equal("PROBES", 3, fixture_read(f, REG_COUNT_PROBES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_costs_a_read_for_its_anchor_and_one_for_each_place_in_its_chain),
        cmocka_unit_test(the_page_at_place_64_costs_65_reads),
        cmocka_unit_test(a_page_that_is_in_no_chain_costs_all_of_its_chain),
        cmocka_unit_test(an_update_of_a_or_d_costs_one_access_more),
        cmocka_unit_test(the_second_level_keeps_what_a_chain_cost),
        cmocka_unit_test(what_one_port_walked_for_the_other_finds_in_the_second_level),
        cmocka_unit_test(a_walk_learns_nothing_for_the_walk_cache),
        cmocka_unit_test(probes_and_the_length_of_chains_are_counted),
        cmocka_unit_test(walks_that_fault_count_the_entries_that_they_read),
        cmocka_unit_test(hits_count_no_chain),
    };
    return fixture_run("hashed_timing", tests);
}
