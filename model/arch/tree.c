/*
 * tree.c: one translation through a tree of any geometry, in the order of translate.c.
 *
 * The record begins anew with every try, so it has room. What the flags mean is tw_judge's to say.
 */
#include "tablewalk/geometry.h"

#include <string.h>

#include "model/arch/walk.h"

/* tw_judge on the flags alone, and the one check that looks at the page's number in its place among
 * the others. */
static tw_check judge(const walk *w)
{
    const tw_tree *tree = w->tables;
    const tw_translation *r = w->result;
    const tw_control control = {.adue = tree->adue};
    uint64_t inside = (UINT64_C(1) << tw_geometry_size(&tree->geometry, r->level)) - 1;
    tw_check check = tw_judge(&control, w->request, tw_geometry_flags(r->pte), r->level);
    bool leaf = pte_bit(r->pte, PTE_V) && !pte_is_pointer(r->pte);
    bool misaligned = leaf && (tw_geometry_frame(&tree->geometry, r->pte) & inside) != 0;
    return misaligned && (check == CHECK_NONE || check > CHECK_ALIGNED) ? CHECK_ALIGNED : check;
}

/* Follows pointers from the root. Ends, as a pointer at level 0 is refused. */
static tw_check find_leaf(walk *w)
{
    const tw_tree *tree = w->tables;
    const tw_geometry *g = &tree->geometry;
    tw_translation *r = w->result;
    uint64_t table = tree->root;
    r->global = false;
    r->accesses = 0;
    for (unsigned level = g->levels - 1;; level--) {
        r->level = level;
        r->pte_addr = table + tw_geometry_index(g, w->request->va, level) * g->pte_bytes;
        if (!walk_read(w))
            return CHECK_READ;
        tw_check check = judge(w);
        if (check != CHECK_NONE)
            return check;
        r->global |= pte_bit(r->pte, PTE_G);
        if (!pte_is_pointer(r->pte))
            return CHECK_NONE;
        table = tw_geometry_frame(g, r->pte);
    }
}

void tw_tree_translate(const tw_tree *tree, const tw_request *request, const tw_bus *bus,
                       tw_translation *result)
{
    const tw_geometry *g = &tree->geometry;
    walk w = {
        .tables = tree, .request = request, .bus = bus, .result = result, .bytes = g->pte_bytes};
    memset(result, 0, sizeof *result);
    if (request->priv == PRIV_M) {
        result->pa = request->va;
        return;
    }
    result->check =
        tw_geometry_canonical(g, request->va) ? walk_run(&w, find_leaf) : CHECK_CANONICAL;
    result->cause = check_cause(result->check, request->op);
    if (result->check != CHECK_NONE)
        return;
    result->size = tw_geometry_size(g, result->level);
    uint64_t offset = request->va & ((UINT64_C(1) << result->size) - 1);
    result->pa = tw_geometry_frame(g, result->pte) | offset;
}
