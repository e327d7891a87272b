/* translate.c: one translation in the order of the privileged specification. */
#include "tablewalk/translate.h"

#include <string.h>

#include "model/arch/chain.h"
#include "model/arch/walk.h"
#include "tablewalk/hashed.h"

/* Follows pointers from the root. Ends, as a pointer at level 0 is refused. */
static tw_check find_leaf(walk *w)
{
    const tw_control *control = w->tables;
    const unsigned mode = satp_mode(control->satp);
    tw_translation *r = w->result;
    uint64_t table = satp_ppn(control->satp);
    r->global = false;
    for (unsigned level = mode_levels(mode) - 1;; level--) {
        r->level = level;
        r->pte_addr = pte_address(mode, table, w->request->va, level);
        if (!walk_read(w))
            return CHECK_READ;
        tw_check check = tw_judge(control, w->request, r->pte, level);
        if (check != CHECK_NONE)
            return check;
        r->global |= pte_bit(r->pte, PTE_G);
        if (!pte_is_pointer(r->pte))
            return CHECK_NONE;
        table = pte_ppn(r->pte);
    }
}

/* A translation in `mode`, whose leaf is where `find` finds it. */
static void translate(unsigned mode, walk *w, walk_find *find)
{
    const uint64_t va = w->request->va;
    tw_translation *r = w->result;
    memset(r, 0, sizeof *r);
    if (mode_levels(mode) == 0 || w->request->priv == PRIV_M) {
        r->pa = va;
        return;
    }
    w->bytes = 1u << mode_pte_shift(mode);
    r->check = va_canonical(mode, va) ? walk_run(w, find) : CHECK_CANONICAL;
    r->cause = check_cause(r->check, w->request->op);
    if (r->check != CHECK_NONE)
        return;
    r->size = leaf_size(mode, r->pte, r->level);
    r->pbmt = pte_pbmt(r->pte);
    r->pa = leaf_pa(r->pte, r->size, va);
}

void tw_translate(const tw_control *control, const tw_request *request, const tw_bus *bus,
                  tw_translation *result)
{
    const unsigned mode = satp_mode(control->satp);
    walk w = {.tables = control, .request = request, .bus = bus, .result = result};
    translate(mode, &w, mode == MODE_HASHED ? chain_find : find_leaf);
}

void tw_inverted_search(const tw_control *control, const tw_request *request, const tw_bus *bus,
                        tw_translation *result)
{
    walk w = {.tables = control, .request = request, .bus = bus, .result = result};
    translate(MODE_HASHED, &w, search_find);
}
