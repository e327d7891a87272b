/* hashed_case.c: entries stand one page behind the anchors. */
#include "tests/support/hashed_case.h"

enum { BITS = 8 };

uint64_t hashed_entry_at(unsigned frame)
{
    return HASHED_ANCHORS + 4096 + 8 * (uint64_t)frame;
}

walk_case hashed_case(void)
{
    const uint64_t anchors = HASHED_ANCHORS >> PAGE_SHIFT;
    return (walk_case){
        .control = {.satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, HASHED_SPACE),
                    .adue = true,
                    .hash_table = TW_PUT(HASH_TABLE, PPN, anchors + 1) |
                                  TW_PUT(HASH_TABLE, LAST, HASHED_LAST),
                    .hash_anchors =
                        TW_PUT(HASH_ANCHORS, PPN, anchors) | TW_PUT(HASH_ANCHORS, BITS, BITS)},
        .request = {.va = (uint64_t)HASHED_PAGE << PAGE_SHIFT | WALK_OFFSET,
                    .op = OP_LOAD,
                    .priv = PRIV_S},
        .leaf_at = hashed_entry_at(HASHED_A)};
}

walk_case hashed_case_of(tw_op op, unsigned flags)
{
    walk_case c = hashed_case();
    c.request.op = op;
    hashed_set_anchor(&c, HASHED_A);
    hashed_set_entry(&c, HASHED_A, hashed_word(HASHED_SPACE, HASHED_PAGE, 0, flags | HASHED_E));
    return c;
}

void hashed_set_anchor(walk_case *c, unsigned next)
{
    walk_memory_set(&c->memory, HASHED_ANCHOR, hashed_word(0, 0, next, HASHED_V));
}

void hashed_set_entry(walk_case *c, unsigned frame, uint64_t word)
{
    walk_memory_set(&c->memory, hashed_entry_at(frame), word);
}
