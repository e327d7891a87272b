/* chain.c: the entry that holds a page, by its chain or by looking at each. */
#include "model/arch/chain.h"

#include "tablewalk/hashed.h"

static bool read_word(walk *w, uint64_t address)
{
    w->result->pte_addr = address;
    return walk_read(w);
}

tw_check chain_find(walk *w)
{
    const tw_control *control = w->tables;
    const uint64_t va = w->request->va;
    tw_hashed_spot at = {.anchor = true};
    for (;;) {
        if (!read_word(w, at.anchor ? hashed_anchor_address(control, va)
                                    : hashed_entry_address(control, at.index)))
            return CHECK_READ;
        tw_hashed_step step = tw_hashed_judge(control, va, &at, w->word);
        w->result->pte = at.anchor ? 0 : hashed_pte(w->word, at.index);
        if (step.found)
            return tw_judge(control, w->request, step.pte, 0);
        if (step.check != CHECK_NONE)
            return step.check;
        at = step.next;
    }
}

tw_check search_find(walk *w)
{
    const tw_control *control = w->tables;
    const unsigned asid = satp_asid(control->satp);
    const unsigned last = (unsigned)TW_GET(control->hash_table, HASH_TABLE, LAST);
    for (unsigned index = 0; index <= last; index++) {
        if (!read_word(w, hashed_entry_address(control, index)))
            return CHECK_READ;
        w->result->pte = hashed_pte(w->word, index);
        if (hashed_holds(w->word, asid, w->request->va))
            return tw_judge(control, w->request, w->result->pte, 0);
    }
    return CHECK_VALID;
}
