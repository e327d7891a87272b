/* hash_walker.c: from the anchor along a chain. Invariant: a walk has read at most HASH_TABLE.LAST
 * entries before the one it stands at, and that one is in the table. */
#include "model/cycle/hash_walker.h"

uint64_t hash_walker_anchor_addr(const tw_control *control, uint64_t va)
{
    return hashed_anchor_address(control, va);
}

uint64_t hash_walker_next_addr(const tw_control *control, uint64_t word)
{
    return hashed_entry_address(control, hashed_next(word));
}

struct hash_verdict hash_walker_judge(const struct hash_walker *hash, const tw_control *control,
                                      uint64_t va, uint64_t word)
{
    const unsigned last = (unsigned)TW_GET(control->hash_table, HASH_TABLE, LAST);
    const bool entry = !hash->anchor;
    struct hash_verdict verdict = {.check = CHECK_NONE, .more = false};
    if (hash->anchor && !pte_bit(word, PTE_V))
        verdict.check = CHECK_VALID; /* the chain is empty */
    else if (entry && hashed_holds(word, satp_asid(control->satp), va))
        verdict.more = false; /* it holds the page */
    else if (entry && pte_bit(word, HASHED_END))
        verdict.check = CHECK_VALID; /* the chain ends without the page */
    else if (hashed_next(word) > last)
        verdict.check = CHECK_CHAIN; /* it leads out of the table */
    else if (entry && hash->before == last)
        verdict.check = CHECK_CHAIN; /* it is longer than the table, so it loops */
    else
        verdict.more = true;
    return verdict;
}

void hash_walker_enter(struct hash_walker *hash)
{
    *hash = (struct hash_walker){.anchor = true};
}

void hash_walker_follow(struct hash_walker *hash, uint64_t word)
{
    hash->before = hash->anchor ? 0 : hash->before + 1;
    hash->index = hashed_next(word);
    hash->anchor = false;
}

unsigned hash_walker_chain(const struct hash_walker *hash)
{
    static const unsigned steps[] = {1, 2, 3, 3, 4, 4, 4, 4};
    if (hash->anchor)
        return 0;
    return hash->before < sizeof steps / sizeof steps[0] ? steps[hash->before] : 5;
}
