/* hashed.c: rule 18: what a word of the hashed inverted table says to a walk. */
#include "tablewalk/hashed.h"

tw_hashed_step tw_hashed_judge(const tw_control *control, uint64_t va, const tw_hashed_spot *spot,
                               uint64_t word)
{
    const unsigned last = (unsigned)TW_GET(control->hash_table, HASH_TABLE, LAST);
    const unsigned next = hashed_next(word);
    if (spot->anchor && !pte_bit(word, PTE_V))
        return (tw_hashed_step){.check = CHECK_VALID};
    if (!spot->anchor && hashed_holds(word, satp_asid(control->satp), va))
        return (tw_hashed_step){.found = true, .pte = hashed_pte(word, spot->index)};
    if (!spot->anchor && pte_bit(word, HASHED_END))
        return (tw_hashed_step){.check = CHECK_VALID};
    if (next > last || (!spot->anchor && spot->before == last))
        return (tw_hashed_step){.check = CHECK_CHAIN};
    return (tw_hashed_step){.next = {.index = next, .before = spot->anchor ? 0 : spot->before + 1}};
}
