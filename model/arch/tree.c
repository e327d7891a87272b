/*
 * tree.c: one translation through a tree of any geometry, in the order of translate.c.
 *
 * Invariant: every access to memory goes through read_pte or swap_pte, which note it in the result;
 * the record begins anew with every try, so it has room. What the flags mean is tw_judge's to say.
 */
#include "tablewalk/geometry.h"

#include <assert.h>
#include <string.h>

typedef struct walk {
    const tw_tree *tree;
    const tw_request *request;
    const tw_bus *bus;
    tw_translation *result;
} walk;

/* A new entry at the end of the try's record. */
static tw_access *note(walk *w)
{
    assert(w->result->accesses < TW_ACCESSES_MAX);
    return &w->result->access[w->result->accesses++];
}

/* Reads the PTE at the result's address and level. False: bus error; the PTE then counts as 0. */
static bool read_pte(walk *w)
{
    tw_translation *r = w->result;
    uint64_t value = 0;
    bool ok = w->bus->read(w->bus->context, r->pte_addr, w->tree->geometry.pte_bytes, &value);
    r->pte = ok ? value : 0;
    *note(w) = (tw_access){.kind = TW_READ,
                           .level = (uint8_t)r->level,
                           .error = !ok,
                           .address = r->pte_addr,
                           .value = r->pte};
    return ok;
}

/* Sets A and D if memory still holds the PTE that was judged. CHECK_NONE; CHECK_SWAP if the bus
 * refused; CHECK_RETRIES if the compare failed. */
static tw_check swap_pte(walk *w, uint64_t touched)
{
    tw_translation *r = w->result;
    bool swapped = false;
    bool ok = w->bus->swap(w->bus->context, r->pte_addr, w->tree->geometry.pte_bytes, r->pte,
                           touched, &swapped);
    *note(w) = (tw_access){.kind = TW_SWAP,
                           .level = (uint8_t)r->level,
                           .error = !ok,
                           .swapped = ok && swapped,
                           .address = r->pte_addr,
                           .value = r->pte,
                           .desired = touched};
    if (!ok)
        return CHECK_SWAP;
    if (!swapped)
        return CHECK_RETRIES;
    r->pte = touched;
    return CHECK_NONE;
}

/* tw_judge on the flags alone, and the one check that looks at the page's number in its place among
 * the others. */
static tw_check judge(const walk *w)
{
    const tw_translation *r = w->result;
    const tw_control control = {.adue = w->tree->adue};
    uint64_t inside = (UINT64_C(1) << tw_geometry_size(&w->tree->geometry, r->level)) - 1;
    tw_check check = tw_judge(&control, w->request, tw_geometry_flags(r->pte), r->level);
    bool leaf = pte_bit(r->pte, PTE_V) && !pte_is_pointer(r->pte);
    bool misaligned = leaf && (tw_geometry_frame(&w->tree->geometry, r->pte) & inside) != 0;
    return misaligned && (check == CHECK_NONE || check > CHECK_ALIGNED) ? CHECK_ALIGNED : check;
}

/* Follows pointers from the root to a leaf that grants the request: CHECK_NONE, and the result's
 * PTE is that leaf; else the check that failed. Ends, as a pointer at level 0 is refused. */
static tw_check find_leaf(walk *w)
{
    const tw_geometry *g = &w->tree->geometry;
    tw_translation *r = w->result;
    uint64_t table = w->tree->root;
    r->global = false;
    r->accesses = 0;
    for (unsigned level = g->levels - 1;; level--) {
        r->level = level;
        r->pte_addr = table + tw_geometry_index(g, w->request->va, level) * g->pte_bytes;
        if (!read_pte(w))
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

static void answer(walk *w)
{
    tw_translation *r = w->result;
    r->size = tw_geometry_size(&w->tree->geometry, r->level);
    uint64_t offset = w->request->va & ((UINT64_C(1) << r->size) - 1);
    r->pa = tw_geometry_frame(&w->tree->geometry, r->pte) | offset;
}

/* Walks from the root until the leaf stands still long enough to be touched. */
static tw_check translate(walk *w)
{
    tw_translation *r = w->result;
    tw_check check = CHECK_RETRIES;
    for (unsigned tries = 0; check == CHECK_RETRIES && tries < SWAP_TRIES; tries++) {
        check = find_leaf(w);
        if (check == CHECK_NONE && !pte_touched(r->pte, w->request->op))
            check = swap_pte(w, pte_touch(r->pte, w->request->op));
    }
    if (check == CHECK_NONE)
        answer(w);
    return check;
}

void tw_tree_translate(const tw_tree *tree, const tw_request *request, const tw_bus *bus,
                       tw_translation *result)
{
    walk w = {tree, request, bus, result};
    memset(result, 0, sizeof *result);
    if (request->priv == PRIV_M) {
        result->pa = request->va;
        return;
    }
    result->check =
        tw_geometry_canonical(&tree->geometry, request->va) ? translate(&w) : CHECK_CANONICAL;
    result->cause = check_cause(result->check, request->op);
}
