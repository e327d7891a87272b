/* chains.c: see chains.h. */
#include "tests/support/chains.h"

#include "tablewalk/registers.h"

rig chains_open(void **state, const char *config, uint32_t latency)
{
    rig r = rig_open(state, config, MODE_HASHED, latency);
    rig_write(&r, REG_HASH_ANCHORS,
              TW_PUT(HASH_ANCHORS, PPN, ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, ANCHOR_BITS));
    chains_last(&r, LAST);
    return r;
}

void chains_last(rig *r, unsigned last)
{
    rig_write(r, REG_HASH_TABLE, TW_PUT(HASH_TABLE, PPN, TABLE) | TW_PUT(HASH_TABLE, LAST, last));
}

uint64_t anchor_at(uint64_t va)
{
    return hashed_address(ANCHORS, hashed_hash(CHAIN_ASID, hashed_vpn(va), ANCHOR_BITS));
}

uint64_t entry_at(unsigned frame)
{
    return hashed_address(TABLE, frame);
}

void chains_anchor(rig *r, uint64_t va, unsigned next, unsigned flags)
{
    pages_write(&r->tables, anchor_at(va), hashed_word(0, 0, next, flags));
}

void chains_entry(rig *r, unsigned frame, uint64_t va, unsigned next, unsigned flags)
{
    pages_write(&r->tables, entry_at(frame), hashed_word(CHAIN_ASID, hashed_vpn(va), next, flags));
}

void chains_link(rig *r, uint64_t va, unsigned first, unsigned count, unsigned flags)
{
    const unsigned last = first + count - 1;
    chains_anchor(r, va, first, F_V);
    for (unsigned frame = first; frame < last; frame++)
        chains_entry(r, frame, va ^ UINT64_C(0x80000000), frame + 1, F_PAGE);
    chains_entry(r, last, va, 0xfffff, flags | F_E);
}
