/* Tables that no software should make: every walk ends, in a fault that says which word it was. */
#include "tests/support/hashed_bucket.h"

enum { OTHER = 40 }; /* the place of a page that is in no chain */

/* The entry of frame `frame` holds another page and leads to frame `next`. */
static void lead(fixture *f, unsigned frame, unsigned next)
{
    pages_write(&f->pages, bucket_entry_of(f, frame),
                hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(1 + frame % 32)), next, F_PAGE));
}

static void anchor_to(fixture *f, unsigned frame)
{
    pages_write(&f->pages, bucket_anchor(f), hashed_word(0, 0, frame, F_V));
}

/* ---- chains that loop ---- */

/* `before` frames, then `length` in a ring. Returns the frame whose entry is the n-th of a walk. */
static unsigned in_ring(unsigned before, unsigned length, unsigned n)
{
    return n <= before + length ? n - 1 : before + (n - 1 - before) % length;
}

static void make_ring(fixture *f, unsigned before, unsigned length)
{
    anchor_to(f, 0);
    for (unsigned frame = 0; frame < before + length; frame++)
        lead(f, frame, frame + 1 < before + length ? frame + 1 : before);
}

/* However long the loop, the walk reads as many entries as the table has, and gives up. */
static void expect_loop(fixture *f, unsigned last, unsigned before, unsigned length)
{
    bucket_size(f, last, BUCKET_BITS);
    make_ring(f, before, length);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        expect_chain_fault(f, request_of((tw_op)op, bucket_va(OTHER)), CHECK_CHAIN, 1 + last + 1,
                           bucket_entry_of(f, in_ring(before, length, last + 1)));
}

HASHED_TEST(a_chain_that_loops_ends_after_as_many_entries_as_the_table_has)
{
    const unsigned lengths[] = {1, 2, 3, 64};
    tw_memory_set_latency(f->memory, 1, 1, 0);
    for (unsigned l = 0; l < 4; l++)
        for (unsigned spare = 0; spare < 6; spare++) {
            expect_loop(f, lengths[l] - 1 + spare, 0, lengths[l]);
            expect_loop(f, lengths[l] + 2 + spare, 3, lengths[l]);
        }
    expect_loop(f, 200, 0, 1);
    expect_loop(f, 200, 0, 64);
}

/* One of three frames, in a table of 4096. */
HASHED_TEST(a_loop_in_a_large_table_ends_as_well)
{
    bucket_size(f, 0xfff, BUCKET_BITS);
    make_ring(f, 0, 3);
    tw_memory_set_latency(f->memory, 1, 1, 0);
    const uint64_t probes = fixture_read(f, REG_COUNT_PROBES);
    tw_answer answer = fixture_translate(f, store(bucket_va(OTHER)));
    expect_fault(answer, CAUSE_STORE_PAGE);
    expect_equal("cycles", 2 + (1 + 0x1000) * 2, answer.latency);
    expect_equal("PROBES", probes + 0x1000, fixture_read(f, REG_COUNT_PROBES));
    expect_equal("CHECK", CHECK_CHAIN, TW_GET(fixture_read(f, REG_FAULT_INFO), FAULT_INFO, CHECK));
}

/* An entry that leads to itself in the largest table: all 20 bits of the count of entries count. It
 * takes longer than TW_PATIENCE, so it is clocked here. */
HASHED_TEST(a_loop_in_the_largest_table_ends_after_all_of_its_entries)
{
    enum { LARGEST = 0xfffff };
    const uint64_t cycles = 2 + 2 * (2 + (uint64_t)LARGEST);
    bucket_size(f, LARGEST, BUCKET_BITS);
    make_ring(f, 0, 1);
    tw_memory_set_latency(f->memory, 1, 1, 0);
    const uint64_t reads = fixture_read(f, REG_COUNT_READS);
    const unsigned id = fixture_ask(f, TW_DATA, load(bucket_va(OTHER)));
    const asked *one = &f->asked[TW_DATA][id];
    for (uint64_t i = 0; i <= cycles && !one->answered; i++)
        fixture_clock(f);
    assert_true(one->answered);
    expect_fault(one->answer, CAUSE_LOAD_PAGE);
    expect_equal("cycles", cycles, one->answer.latency);
    expect_equal("READS", reads + 2 + LARGEST, fixture_read(f, REG_COUNT_READS));
    expect_equal("PROBES", 1 + LARGEST, fixture_read(f, REG_COUNT_PROBES));
    expect_equal("CHECK", CHECK_CHAIN, TW_GET(fixture_read(f, REG_FAULT_INFO), FAULT_INFO, CHECK));
    expect_equal("FAULT_PTE", bucket_entry_of(f, 0), fixture_read(f, REG_FAULT_PTE));
}

/* The last entry of a table whose frames are all in one chain is no loop yet: it holds the page, or
 * ends the chain. */
HASHED_TEST(a_chain_of_the_whole_table_is_no_loop)
{
    for (unsigned last = 0; last < 70; last += 1 + last / 4) {
        bucket_size(f, last, BUCKET_BITS);
        make_ring(f, 0, last + 1);
        pages_write(&f->pages, bucket_entry_of(f, last),
                    hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(OTHER)), 0, F_PAGE));
        bucket_forget(f);
        expect_reads(f, load(bucket_va(OTHER)), (uint64_t)last << PAGE_SHIFT | 0x328, 2 + last);
        pages_write(&f->pages, bucket_entry_of(f, last),
                    hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(OTHER)), 0, F_RWX | F_E));
        bucket_forget(f);
        expect_chain_fault(f, load(bucket_va(OTHER)), CHECK_VALID, 2 + last,
                           bucket_entry_of(f, last));
    }
}

/* A retry counts its entries anew: the failed compare comes at the table's last entry. */
HASHED_TEST(each_try_may_read_the_whole_table)
{
    enum { ENTRIES = 5 };
    bucket_size(f, ENTRIES - 1, BUCKET_BITS);
    make_ring(f, 0, ENTRIES);
    const uint64_t entry = bucket_entry_of(f, ENTRIES - 1);
    const uint64_t word =
        hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(OTHER)), 0, F_V | F_RWX | F_E);
    pages_write(&f->pages, entry, word);
    fixture_forget(f);
    const unsigned id = fixture_ask(f, TW_DATA, load(bucket_va(OTHER)));
    fixture_await_read(f, entry);
    pages_write(&f->pages, entry, word ^ F_X);
    expect_pa(fixture_await(f, TW_DATA, id), (ENTRIES - 1) << PAGE_SHIFT | 0x328);
    expect_equal("reads", 2 * (1 + ENTRIES), fixture_reads(f));
    expect_equal("swaps", 2, fixture_swaps(f));
}

/* ---- chains that lead out of the table ---- */

HASHED_TEST(a_next_beyond_the_table_is_a_fault_of_its_own_and_the_last_frame_is_not)
{
    const unsigned lasts[] = {1, 2, 62, 0x3ff, 0x7ffff, 0xffffe};
    for (unsigned l = 0; l < sizeof lasts / sizeof *lasts; l++) {
        const unsigned last = lasts[l], far[] = {last + 1, last | 0x80000, 0xfffff};
        bucket_size(f, last, BUCKET_BITS);
        anchor_to(f, 0);
        for (unsigned n = 0; n < 3; n++) {
            if (far[n] <= last)
                continue;
            lead(f, 0, far[n]);
            expect_chain_fault(f, load(bucket_va(OTHER)), CHECK_CHAIN, 2, bucket_entry_of(f, 0));
        }
        lead(f, 0, last);
        pages_write(&f->pages, bucket_entry_of(f, last),
                    hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(OTHER)), 0xfffff, F_PAGE));
        bucket_forget(f);
        expect_reads(f, load(bucket_va(OTHER)), (uint64_t)last << PAGE_SHIFT | 0x328, 3);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

HASHED_TEST(an_anchor_that_leads_out_of_the_table_is_told_by_its_address)
{
    const unsigned next[] = {BUCKET_LAST + 1, 0x80000, 0xfffff};
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned n = 0; n < 3; n++) {
            anchor_to(f, next[n]);
            expect_chain_fault(f, request_of((tw_op)op, bucket_va(1)), CHECK_CHAIN, 1,
                               bucket_anchor(f));
        }
}

/* Whoever holds the page, or ends the chain, is asked for no next. */
HASHED_TEST(the_next_of_the_last_entry_does_not_matter)
{
    anchor_to(f, 0);
    const uint64_t vpn = hashed_vpn(bucket_va(1));
    pages_write(&f->pages, bucket_entry_of(f, 0),
                hashed_word(FIXTURE_ASID, (unsigned)vpn, 0xfffff, F_PAGE));
    expect_reads(f, load(bucket_va(1)), 0x328, 2);
    pages_write(&f->pages, bucket_entry_of(f, 0), hashed_word(0, 0, 0xfffff, F_E));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_chain_fault(f, load(bucket_va(1)), CHECK_VALID, 2, bucket_entry_of(f, 0));
}

/* ---- bus errors ---- */

static void refuse(fixture *f, uint64_t address)
{
    tw_memory_clear_faults(f->memory);
    assert_int_equal(tw_memory_add_bus_error(f->memory, address, address + 7), TW_OK);
}

HASHED_TEST(a_bus_error_at_anchor_or_entry_is_an_access_fault_of_the_access)
{
    bucket_chain(f, 8, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        const tw_request last = request_of((tw_op)op, bucket_va(8));
        refuse(f, bucket_anchor(f));
        expect_chain_fault(f, last, CHECK_READ, 1, bucket_anchor(f));
        for (unsigned place = 1; place <= 8; place++) {
            refuse(f, bucket_entry(f, place));
            expect_chain_fault(f, last, CHECK_READ, 1 + place, bucket_entry(f, place));
        }
    }
    tw_memory_clear_faults(f->memory);
    expect_reads(f, load(bucket_va(8)), bucket_pa(8), 9);
}

/* Only a walk that comes to the bad word notices. */
HASHED_TEST(a_bus_error_behind_the_page_is_not_met)
{
    bucket_chain(f, 8, F_PAGE);
    refuse(f, bucket_entry(f, 5));
    for (unsigned place = 1; place < 5; place++)
        expect_reads(f, load(bucket_va(place)), bucket_pa(place), 1 + place);
}

HASHED_TEST(a_refused_swap_is_an_access_fault_and_nothing_changes)
{
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned place = 1; place <= 3; place++) {
            const uint64_t entry = bucket_entry(f, place);
            bucket_chain(f, 3, F_V | F_RWX);
            tw_memory_clear_faults(f->memory);
            assert_int_equal(tw_memory_add_read_only(f->memory, entry, entry + 7), TW_OK);
            const uint64_t before = pages_read(&f->pages, entry);
            expect_chain_fault(f, request_of((tw_op)op, bucket_va(place)), CHECK_SWAP, 1 + place,
                               entry);
            expect_equal("the entry", before, pages_read(&f->pages, entry));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_that_loops_ends_after_as_many_entries_as_the_table_has),
        cmocka_unit_test(a_loop_in_a_large_table_ends_as_well),
        cmocka_unit_test(a_loop_in_the_largest_table_ends_after_all_of_its_entries),
        cmocka_unit_test(a_chain_of_the_whole_table_is_no_loop),
        cmocka_unit_test(each_try_may_read_the_whole_table),
        cmocka_unit_test(a_next_beyond_the_table_is_a_fault_of_its_own_and_the_last_frame_is_not),
        cmocka_unit_test(an_anchor_that_leads_out_of_the_table_is_told_by_its_address),
        cmocka_unit_test(the_next_of_the_last_entry_does_not_matter),
        cmocka_unit_test(a_bus_error_at_anchor_or_entry_is_an_access_fault_of_the_access),
        cmocka_unit_test(a_bus_error_behind_the_page_is_not_met),
        cmocka_unit_test(a_refused_swap_is_an_access_fault_and_nothing_changes),
    };
    return fixture_run("hashed_corrupt", tests);
}
