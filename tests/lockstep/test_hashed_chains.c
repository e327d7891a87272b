/* The hashed inverted table (rule 18): where its words stand, and what each bit of them means. */
#include "tests/support/hashed_bucket.h"

enum { PLACE = 3, CHAIN = 5, OFFSET = 0x328 };

/* Translates after a fence, and fails unless the page is in this frame after so many reads. */
static void expect_walk(fixture *f, uint64_t va, unsigned frame, unsigned reads)
{
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_reads(f, load(va), (uint64_t)frame << PAGE_SHIFT | (va & 0xfff), reads);
}

/* A page alone in its chain, in this frame, is found by two reads; then it is gone again. */
static void expect_alone(fixture *f, uint64_t va, unsigned frame)
{
    const uint64_t anchor = bucket_anchor_of(f, va), entry = bucket_entry_of(f, frame);
    pages_write(&f->pages, anchor, hashed_word(0, 0, frame, F_V));
    pages_write(&f->pages, entry, hashed_word(f->asid, hashed_vpn(va), 0, F_PAGE | F_E));
    expect_walk(f, va, frame, 2);
    expect_equal("the anchor", anchor, f->access[0].address);
    expect_equal("the entry", entry, f->access[1].address);
    pages_write(&f->pages, anchor, 0);
    pages_write(&f->pages, entry, 0);
}

/* ---- who holds a page ---- */

HASHED_TEST(every_bit_of_vpn_and_asid_counts)
{
    for (unsigned bit = HASHED_VPN; bit < 64; bit++) {
        bucket_chain(f, CHAIN, F_PAGE);
        uint64_t word = pages_read(&f->pages, bucket_entry(f, PLACE));
        pages_write(&f->pages, bucket_entry(f, PLACE), word ^ UINT64_C(1) << bit);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_chain_fault(f, load(bucket_va(PLACE)), CHECK_VALID, 1 + CHAIN,
                           bucket_entry(f, CHAIN));
    }
}

HASHED_TEST(an_entry_without_v_holds_nothing_and_leads_on)
{
    bucket_chain(f, CHAIN, F_PAGE);
    bucket_set(f, PLACE, PLACE + 1, F_PAGE & ~F_V);
    expect_chain_fault(f, load(bucket_va(PLACE)), CHECK_VALID, 1 + CHAIN, bucket_entry(f, CHAIN));
    expect_walk(f, bucket_va(PLACE + 1), bucket_frame(PLACE + 1), 2 + PLACE);
    for (unsigned place = 1; place < CHAIN; place++)
        bucket_set(f, place, place + 1, 0);
    expect_walk(f, bucket_va(CHAIN), bucket_frame(CHAIN), 1 + CHAIN);
}

HASHED_TEST(an_entry_with_e_ends_its_chain_held_or_not)
{
    for (unsigned end = 1; end < CHAIN; end++)
        for (unsigned v = 0; v < 2; v++) {
            bucket_chain(f, CHAIN, F_PAGE);
            bucket_set(f, end, end + 1, (v ? F_PAGE : F_RWX) | F_E);
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            expect_chain_fault(f, load(bucket_va(CHAIN)), CHECK_VALID, 1 + end,
                               bucket_entry(f, end));
            if (v)
                expect_walk(f, bucket_va(end), bucket_frame(end), 1 + end);
        }
}

/* The first of two in the chain: no walk looks for a second. */
HASHED_TEST(a_page_that_two_entries_hold_is_in_the_first)
{
    bucket_chain(f, CHAIN, F_PAGE);
    pages_write(&f->pages, bucket_entry(f, 2), bucket_word(PLACE, PLACE, F_PAGE));
    expect_walk(f, bucket_va(PLACE), bucket_frame(2), 3);
}

HASHED_TEST(the_frame_is_the_entrys_number_in_every_bit)
{
    bucket_size(f, 0xfffff, BUCKET_BITS);
    for (unsigned bit = 0; bit < HASHED_BITS; bit++)
        expect_alone(f, bucket_va(1), 1u << bit);
    expect_alone(f, bucket_va(1), 0);
    expect_alone(f, bucket_va(1), 0xfffff);
}

/* ---- anchors ---- */

HASHED_TEST(an_anchor_without_v_is_an_empty_chain)
{
    bucket_chain(f, CHAIN, F_PAGE);
    bucket_set_anchor(f, 1, 0xff & ~F_V);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        expect_chain_fault(f, request_of((tw_op)op, bucket_va(1)), CHECK_VALID, 1,
                           bucket_anchor(f));
}

/* An anchor that would hold the page, or end the chain, if it were an entry. */
HASHED_TEST(of_an_anchor_v_and_next_alone_count)
{
    bucket_chain(f, CHAIN, F_PAGE);
    pages_write(&f->pages, bucket_anchor(f), bucket_word(PLACE, 1, F_PAGE | F_E));
    expect_walk(f, bucket_va(PLACE), bucket_frame(PLACE), 1 + PLACE);
    pages_write(&f->pages, bucket_anchor(f), hashed_word(0xffff, 0xfffff, bucket_frame(1), 0xff));
    expect_walk(f, bucket_va(PLACE), bucket_frame(PLACE), 1 + PLACE);
}

/* Each bit of page and address space moves the anchor as the formula says, for any number of
 * anchors; more than 2^20 are 2^20. */
HASHED_TEST(every_number_of_anchors_is_indexed_by_the_hash)
{
    const uint64_t base = (uint64_t)BUCKET_ANCHORS << PAGE_SHIFT;
    for (unsigned bits = 0; bits < 32; bits++) {
        const uint64_t mask = (UINT64_C(1) << (bits < 20 ? bits : 20)) - 1;
        bucket_size(f, BUCKET_LAST, bits);
        for (unsigned bit = 0; bit < 20; bit++) {
            const uint64_t vpn = 0xd5654 ^ 1u << bit, x = (vpn ^ FIXTURE_ASID << 4) & 0xfffff;
            expect_equal("the anchor", base + 8 * ((x ^ x >> 10) & mask),
                         bucket_anchor_of(f, vpn << PAGE_SHIFT));
            expect_alone(f, vpn << PAGE_SHIFT | OFFSET, bucket_frame(1));
        }
    }
}

HASHED_TEST(every_bit_of_the_address_space_moves_the_anchor)
{
    bucket_size(f, BUCKET_LAST, 20);
    for (unsigned bit = 0; bit < ASID_BITS; bit++) {
        fixture_enter(f, f->root, 1u << bit);
        const uint64_t x = 1u << bit << 4;
        expect_equal("the anchor",
                     ((uint64_t)BUCKET_ANCHORS << PAGE_SHIFT) + 8 * ((x ^ x >> 10) & 0xfffff),
                     bucket_anchor_of(f, 0));
        expect_alone(f, OFFSET, bucket_frame(1));
    }
}

/* ---- where tables stand ---- */

/* Both tables at page numbers whose sum with the index carries into each bit above. */
HASHED_TEST(tables_begin_at_any_page)
{
    for (unsigned bits = 0; bits <= PTE_PPN_BITS; bits++) {
        const uint64_t page = (UINT64_C(1) << bits) - 1, other = page ^ 0x4000;
        for (unsigned swap = 0; swap < 2; swap++) {
            fixture_hash(
                f, TW_PUT(HASH_TABLE, PPN, swap ? other : page) | TW_PUT(HASH_TABLE, LAST, 0xfffff),
                TW_PUT(HASH_ANCHORS, PPN, swap ? page : other) | TW_PUT(HASH_ANCHORS, BITS, 20));
            expect_alone(f, bucket_va(1), 0);
            expect_alone(f, bucket_va(2), 0x1ff);
            expect_alone(f, bucket_va(3), 0x200);
            expect_alone(f, bucket_va(4), 0xfffff);
        }
    }
}

/* Entry 512 is the first beyond the end; so are most anchors. */
HASHED_TEST(tables_at_the_end_of_memory_go_on_at_0)
{
    const uint64_t last = (UINT64_C(1) << PTE_PPN_BITS) - 1;
    for (unsigned swap = 0; swap < 2; swap++) {
        fixture_hash(f,
                     TW_PUT(HASH_TABLE, PPN, swap ? last : BUCKET_TABLE) |
                         TW_PUT(HASH_TABLE, LAST, 0xfffff),
                     TW_PUT(HASH_ANCHORS, PPN, swap ? BUCKET_ANCHORS : last) |
                         TW_PUT(HASH_ANCHORS, BITS, 20));
        expect_equal("entry 512", swap ? 0 : ((uint64_t)BUCKET_TABLE << PAGE_SHIFT) + 4096,
                     bucket_entry_of(f, 512));
        for (unsigned frame = 511; frame <= 513; frame++)
            expect_alone(f, bucket_va(1), frame);
        for (unsigned bit = 0; bit < 20; bit++)
            expect_alone(f, bucket_va(1) ^ UINT64_C(1) << (PAGE_SHIFT + bit), 0xfffff);
    }
}

/* ---- addresses ---- */

HASHED_TEST(an_address_of_more_than_32_bits_is_a_page_fault_without_a_read)
{
    bucket_chain(f, 1, F_PAGE);
    fixture_translate(f, load(bucket_va(1)));
    fixture_forget(f);
    for (unsigned bit = 32; bit < 64; bit++)
        expect_chain_fault(f, load(bucket_va(1) ^ UINT64_C(1) << bit), CHECK_CANONICAL, 0, 0);
    expect_equal("accesses", 0, f->accesses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_vpn_and_asid_counts),
        cmocka_unit_test(an_entry_without_v_holds_nothing_and_leads_on),
        cmocka_unit_test(an_entry_with_e_ends_its_chain_held_or_not),
        cmocka_unit_test(a_page_that_two_entries_hold_is_in_the_first),
        cmocka_unit_test(the_frame_is_the_entrys_number_in_every_bit),
        cmocka_unit_test(an_anchor_without_v_is_an_empty_chain),
        cmocka_unit_test(of_an_anchor_v_and_next_alone_count),
        cmocka_unit_test(every_number_of_anchors_is_indexed_by_the_hash),
        cmocka_unit_test(every_bit_of_the_address_space_moves_the_anchor),
        cmocka_unit_test(tables_begin_at_any_page),
        cmocka_unit_test(tables_at_the_end_of_memory_go_on_at_0),
        cmocka_unit_test(an_address_of_more_than_32_bits_is_a_page_fault_without_a_read),
    };
    return fixture_run("hashed_chains", tests);
}
