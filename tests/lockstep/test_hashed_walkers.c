/* Chains that are walked side by side, requests that share a walk, and what else stands before and
 * beside a walk: segments, prefetch. */
#include "tests/support/hashed_bucket.h"
#include "tests/support/segments.h"

enum { CHAIN = 8 };

/* ---- side by side ---- */

static void walk_side_by_side(fixture *f, tw_op first, unsigned a, tw_op second, unsigned b)
{
    bucket_chain(f, CHAIN, F_V | F_RWX);
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    const unsigned one = fixture_ask(f, port_of(first), request_of(first, bucket_va(a)));
    const unsigned two = fixture_ask(f, port_of(second), request_of(second, bucket_va(b)));
    expect_pa(fixture_await(f, port_of(first), one), bucket_pa(a));
    expect_pa(fixture_await(f, port_of(second), two), bucket_pa(b));
}

/* Every two places of a chain, on all pairs of ports: each walk reads its own way. */
HASHED_TEST(two_walks_in_one_chain_find_a_page_each)
{
    const tw_op ops[] = {OP_FETCH, OP_STORE};
    for (unsigned m = 1; m <= 3; m++) {
        tw_memory_set_latency(f->memory, m, m, 0);
        for (unsigned ports = 0; ports < 4; ports++)
            for (unsigned a = 1; a <= CHAIN; a++)
                for (unsigned b = 1; b <= CHAIN; b++)
                    if (a != b)
                        walk_side_by_side(f, ops[ports / 2], a, ops[ports % 2], b);
    }
}

/* The page is in the second chain, behind entries that both anchors lead to. */
HASHED_TEST(two_chains_may_share_their_entries)
{
    const uint64_t other = bucket_va(1) ^ UINT64_C(1) << PAGE_SHIFT;
    bucket_chain(f, CHAIN, F_PAGE);
    bucket_set(f, CHAIN, 20, F_PAGE);
    pages_write(&f->pages, bucket_entry(f, 20),
                hashed_word(FIXTURE_ASID, hashed_vpn(other), 0, F_PAGE | F_E));
    pages_write(&f->pages, bucket_anchor_of(f, other), hashed_word(0, 0, bucket_frame(3), F_V));
    for (unsigned place = 1; place <= CHAIN; place++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        const unsigned id = fixture_ask(f, TW_DATA, load(bucket_va(place)));
        const unsigned beside = fixture_ask(f, TW_FETCH, fetch(other));
        expect_pa(fixture_await(f, TW_DATA, id), bucket_pa(place));
        expect_pa(fixture_await(f, TW_FETCH, beside), bucket_pa(20));
    }
    bucket_forget(f);
    expect_reads(f, load(other), bucket_pa(20), 1 + CHAIN - 2 + 1);
}

/* A walk of two reads overtakes one of nine; the id says whose answer it is. */
HASHED_TEST_IF(a_short_chain_overtakes_a_long_one, has_many_walkers())
{
    enum { M = 10 };
    tw_memory_set_latency(f->memory, M, M, 0);
    bucket_chain(f, CHAIN, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_LOAD; op++) {
        const tw_port port = port_of((tw_op)op);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        const unsigned deep = fixture_ask(f, port, request_of((tw_op)op, bucket_va(CHAIN)));
        const unsigned shallow = fixture_ask(f, port, request_of((tw_op)op, bucket_va(1)));
        const tw_answer first = fixture_await(f, port, shallow);
        assert_false(f->asked[port][deep].answered);
        expect_equal("cycles", 2 + 2 * (M + 1), first.latency);
        expect_pa(first, bucket_pa(1));
        expect_pa(fixture_await(f, port, deep), bucket_pa(CHAIN));
    }
}

HASHED_TEST_IF(a_chain_that_ends_in_a_fault_leaves_the_walk_beside_it_alone, has_many_walkers())
{
    for (unsigned place = 1; place <= CHAIN; place++) {
        bucket_chain(f, CHAIN, F_PAGE);
        bucket_set(f, 4, BUCKET_PAGES, F_PAGE);
        pages_write(&f->pages, bucket_entry(f, BUCKET_PAGES),
                    hashed_word(0, 0, 0xfffff, F_V | F_RWX));
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        const unsigned good = fixture_ask(f, TW_DATA, load(bucket_va(1 + place % 4)));
        const unsigned bad = fixture_ask(f, TW_DATA, load(bucket_va(30)));
        expect_pa(fixture_await(f, TW_DATA, good), bucket_pa(1 + place % 4));
        expect_fault(fixture_await(f, TW_DATA, bad), CAUSE_LOAD_PAGE);
        expect_equal("CHECK", CHECK_CHAIN,
                     TW_GET(fixture_read(f, REG_FAULT_INFO), FAULT_INFO, CHECK));
        fixture_write(f, REG_FAULT_POP, 0);
    }
}

/* ---- shared walks ---- */

/* Loads of one page while its chain is walked: one walk, whatever the place. Pages of the same
 * chain are no reason to merge. */
HASHED_TEST(requests_for_one_page_share_the_walk_of_its_chain)
{
    bucket_chain(f, CHAIN, F_PAGE);
    tw_memory_set_latency(f->memory, 10, 10, 0);
    for (unsigned place = 1; place <= CHAIN; place++) {
        bucket_forget(f);
        const uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        const uint64_t merges = fixture_read(f, REG_COUNT_DATA_MERGES);
        fixture_forget(f);
        const unsigned first = fixture_ask(f, TW_DATA, load(bucket_va(place)));
        const unsigned second = fixture_ask(f, TW_DATA, load(bucket_va(place) ^ 0x7f0));
        expect_pa(fixture_await(f, TW_DATA, first), bucket_pa(place));
        expect_pa(fixture_await(f, TW_DATA, second), bucket_pa(place) ^ 0x7f0);
        expect_equal("WALKS", walks + 1, fixture_read(f, REG_COUNT_WALKS));
        expect_equal("MERGES", merges + 1, fixture_read(f, REG_COUNT_DATA_MERGES));
        expect_equal("reads", 1 + place, f->accesses);
    }
}

HASHED_TEST_IF(a_fetch_and_a_load_of_one_page_share_a_walk, has_l2())
{
    bucket_chain(f, CHAIN, F_PAGE);
    tw_memory_set_latency(f->memory, 10, 10, 0);
    fixture_forget(f);
    const unsigned first = fixture_ask(f, TW_FETCH, fetch(bucket_va(CHAIN)));
    const unsigned second = fixture_ask(f, TW_DATA, load(bucket_va(CHAIN)));
    expect_pa(fixture_await(f, TW_FETCH, first), bucket_pa(CHAIN));
    expect_pa(fixture_await(f, TW_DATA, second), bucket_pa(CHAIN));
    expect_equal("WALKS", 1, fixture_read(f, REG_COUNT_WALKS));
    expect_equal("reads", 1 + CHAIN, f->accesses);
}

HASHED_TEST(pages_of_one_chain_do_not_share_a_walk)
{
    bucket_chain(f, CHAIN, F_PAGE);
    const unsigned first = fixture_ask(f, TW_DATA, load(bucket_va(CHAIN)));
    const unsigned second = fixture_ask(f, TW_DATA, load(bucket_va(CHAIN - 1)));
    expect_pa(fixture_await(f, TW_DATA, first), bucket_pa(CHAIN));
    expect_pa(fixture_await(f, TW_DATA, second), bucket_pa(CHAIN - 1));
    expect_equal("WALKS", 2, fixture_read(f, REG_COUNT_WALKS));
    expect_equal("MERGES", 0, fixture_read(f, REG_COUNT_DATA_MERGES));
    expect_equal("PROBES", CHAIN + CHAIN - 1, fixture_read(f, REG_COUNT_PROBES));
}

/* ---- segments ---- */

enum { SEGMENT_OFFSET = 0x5000, LIMIT = 0x8000 };

HASHED_TEST_IF(a_segment_is_judged_before_the_chain_is_read, has_segments())
{
    segments_on(f);
    bucket_chain(f, CHAIN, F_PAGE);
    for (unsigned place = 1; place <= CHAIN; place++) {
        enter_segment(f, place % segments_built(), bucket_va(place) - SEGMENT_OFFSET, LIMIT,
                      F_R | F_X);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_refused(f, load(LIMIT), CHECK_LIMIT);
        expect_refused(f, store(SEGMENT_OFFSET), CHECK_SEGMENT);
        expect_reads(f, load(SEGMENT_OFFSET), bucket_pa(place), 1 + place);
        expect_placed(f, load(SEGMENT_OFFSET), bucket_pa(place));
    }
}

/* The second fault of the same access: linear address, no segment, and the word that was read. */
HASHED_TEST_IF(a_page_that_the_segment_allows_and_no_chain_holds_is_the_pages_fault, has_segments())
{
    segments_on(f);
    bucket_chain(f, CHAIN, F_PAGE);
    enter_segment(f, 3, bucket_va(30) - SEGMENT_OFFSET, LIMIT, F_R);
    expect_fault(fixture_translate(f, load(SEGMENT_OFFSET)), CAUSE_LOAD_PAGE);
    expect_equal("reads", 1 + CHAIN, f->accesses);
    expect_equal("FAULT_PTE", bucket_entry(f, CHAIN), fixture_read(f, REG_FAULT_PTE));
    expect_record(f, CHECK_VALID, bucket_va(30), 0);
}

/* ---- prefetch ---- */

/* Pages in a row, each alone in its chain: the next one's is not read ahead. */
HASHED_TEST_IF(nothing_is_read_ahead, has_prefetch())
{
    enum { PAGES = 24 };
    fixture_write(f, REG_CONTROL,
                  TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PBMTE, 1) |
                      TW_PUT(CONTROL, PREFETCH, 1));
    bucket_size(f, BUCKET_LAST, 10);
    for (unsigned n = 0; n <= PAGES; n++) {
        const uint64_t va = bucket_va(1) + ((uint64_t)n << PAGE_SHIFT);
        pages_write(&f->pages, bucket_anchor_of(f, va), hashed_word(0, 0, n, F_V));
        pages_write(&f->pages, bucket_entry_of(f, n),
                    hashed_word(FIXTURE_ASID, hashed_vpn(va), 0, F_PAGE | F_E));
    }
    fixture_forget(f);
    for (unsigned n = 0; n < PAGES; n++) {
        const uint64_t va = bucket_va(1) + ((uint64_t)n << PAGE_SHIFT);
        expect_pa(fixture_translate(f, n % 2 ? load(va) : fetch(va)),
                  (uint64_t)n << PAGE_SHIFT | 0x328);
        fixture_idle(f, 12);
        expect_equal("reads", 2 * (n + 1), f->accesses);
    }
    expect_equal("PREFETCHES", 0, fixture_read(f, REG_COUNT_PREFETCHES));
    expect_equal("WALKS", PAGES, fixture_read(f, REG_COUNT_WALKS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_walks_in_one_chain_find_a_page_each),
        cmocka_unit_test(two_chains_may_share_their_entries),
        cmocka_unit_test(a_short_chain_overtakes_a_long_one),
        cmocka_unit_test(a_chain_that_ends_in_a_fault_leaves_the_walk_beside_it_alone),
        cmocka_unit_test(requests_for_one_page_share_the_walk_of_its_chain),
        cmocka_unit_test(a_fetch_and_a_load_of_one_page_share_a_walk),
        cmocka_unit_test(pages_of_one_chain_do_not_share_a_walk),
        cmocka_unit_test(a_segment_is_judged_before_the_chain_is_read),
        cmocka_unit_test(a_page_that_the_segment_allows_and_no_chain_holds_is_the_pages_fault),
        cmocka_unit_test(nothing_is_read_ahead),
    };
    return fixture_run("hashed_walkers", tests);
}
