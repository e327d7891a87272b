/* hashed_bucket.c: pages that differ above the bits that pick one of 16 anchors, and below those
 * that are mixed into them. */
#include "tests/support/hashed_bucket.h"

#include <assert.h>

static const uint64_t FIRST_VA = 0xd5654328;

fixture *bucket_open(unsigned latency)
{
    fixture *f = fixture_open(MODE_HASHED, latency);
    bucket_size(f, BUCKET_LAST, BUCKET_BITS);
    return f;
}

void bucket_size(fixture *f, unsigned last, unsigned bits)
{
    fixture_hash(f, TW_PUT(HASH_TABLE, PPN, BUCKET_TABLE) | TW_PUT(HASH_TABLE, LAST, last),
                 TW_PUT(HASH_ANCHORS, PPN, BUCKET_ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, bits));
}

uint64_t bucket_va(unsigned place)
{
    assert(place >= 1 && place <= BUCKET_PAGES);
    return FIRST_VA ^ (uint64_t)(place - 1) << (PAGE_SHIFT + BUCKET_BITS);
}

unsigned bucket_frame(unsigned place)
{
    return (0x155 + 37 * (place - 1)) & BUCKET_LAST;
}

uint64_t bucket_pa(unsigned place)
{
    return (uint64_t)bucket_frame(place) << PAGE_SHIFT | (FIRST_VA & 0xfff);
}

uint64_t bucket_anchor_of(const fixture *f, uint64_t va)
{
    tw_control control = fixture_control(f, true);
    return hashed_anchor_address(&control, va);
}

uint64_t bucket_anchor(const fixture *f)
{
    return bucket_anchor_of(f, bucket_va(1));
}

uint64_t bucket_entry_of(const fixture *f, unsigned frame)
{
    tw_control control = fixture_control(f, true);
    return hashed_entry_address(&control, frame);
}

uint64_t bucket_entry(const fixture *f, unsigned place)
{
    return bucket_entry_of(f, bucket_frame(place));
}

uint64_t bucket_word(unsigned place, unsigned next, unsigned flags)
{
    return hashed_word(FIXTURE_ASID, hashed_vpn(bucket_va(place)), bucket_frame(next), flags);
}

void bucket_set_anchor(fixture *f, unsigned next, unsigned flags)
{
    pages_write(&f->pages, bucket_anchor(f), hashed_word(0, 0, bucket_frame(next), flags));
}

void bucket_set(fixture *f, unsigned place, unsigned next, unsigned flags)
{
    pages_write(&f->pages, bucket_entry(f, place), bucket_word(place, next, flags));
}

void bucket_chain(fixture *f, unsigned count, unsigned flags)
{
    bucket_set_anchor(f, 1, F_V);
    for (unsigned place = 1; place < count; place++)
        bucket_set(f, place, place + 1, flags);
    bucket_set(f, count, count < BUCKET_PAGES ? count + 1 : 1, flags | F_E);
    if (count < BUCKET_PAGES)
        bucket_set(f, count + 1, count + 1, F_PAGE | F_E);
}

void bucket_forget(fixture *f)
{
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_forget(f);
}

void expect_chain_fault(fixture *f, tw_request request, tw_check check, unsigned reads,
                        uint64_t pte_at)
{
    fixture_forget(f);
    expect_fault(fixture_translate(f, request), check_cause(check, request.op));
    expect_equal("reads", reads, fixture_reads(f));
    expect_equal("swaps", check == CHECK_SWAP, fixture_swaps(f));
    expect_equal("FAULT_VA", request.va, fixture_read(f, REG_FAULT_VA));
    expect_equal("FAULT_PTE", pte_at, fixture_read(f, REG_FAULT_PTE));
    expect_equal("FAULT_ASID", f->asid, fixture_read(f, REG_FAULT_ASID));
    const uint64_t info = fixture_read(f, REG_FAULT_INFO);
    expect_equal("CHECK", check, TW_GET(info, FAULT_INFO, CHECK));
    expect_equal("OP", request.op, TW_GET(info, FAULT_INFO, OP));
    expect_equal("PRIV", request.priv, TW_GET(info, FAULT_INFO, PRIV));
    expect_equal("LEVEL", 0, TW_GET(info, FAULT_INFO, LEVEL));
    fixture_write(f, REG_FAULT_POP, 0);
}
