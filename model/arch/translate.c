/*
 * translate.c: one translation in the order of the privileged specification.
 *
 * Invariant: every access to memory goes through read_pte or swap_pte, which note it in the result,
 * so that the result tells the whole walk. Memory changes in swap_pte alone, after every check has
 * passed.
 */
#include "tablewalk/translate.h"

#include <assert.h>
#include <string.h>

typedef struct walk {
    const tw_control *control;
    const tw_request *request;
    const tw_bus *bus;
    tw_translation *result;
    unsigned mode;
} walk;

static unsigned pte_bytes(const walk *w)
{
    return 1u << mode_pte_shift(w->mode);
}

/* A new entry at the end of the walk's record. */
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
    bool ok = w->bus->read(w->bus->context, r->pte_addr, pte_bytes(w), &value);
    r->pte = ok ? value : 0;
    *note(w) = (tw_access){.kind = TW_READ,
                           .level = (uint8_t)r->level,
                           .error = !ok,
                           .address = r->pte_addr,
                           .value = r->pte};
    return ok;
}

typedef enum swap_end { SWAP_DONE, SWAP_LOST, SWAP_REFUSED } swap_end;

/* Sets A and D in memory if memory still holds the PTE that was judged (rule 12). */
static swap_end swap_pte(walk *w, uint64_t touched)
{
    tw_translation *r = w->result;
    bool swapped = false;
    bool ok = w->bus->swap(w->bus->context, r->pte_addr, pte_bytes(w), r->pte, touched, &swapped);
    *note(w) = (tw_access){.kind = TW_SWAP,
                           .level = (uint8_t)r->level,
                           .error = !ok,
                           .swapped = ok && swapped,
                           .address = r->pte_addr,
                           .value = r->pte,
                           .desired = touched};
    if (!ok)
        return SWAP_REFUSED;
    if (!swapped)
        return SWAP_LOST;
    r->pte = touched;
    return SWAP_DONE;
}

static void fault(walk *w, tw_check check)
{
    w->result->check = check;
    w->result->cause = check_cause(check, w->request->op);
}

/* Bare and M: the address passes as it is. */
static void pass(walk *w)
{
    w->result->pa = w->request->va;
}

/* Follows pointers from the root to a leaf that grants the request: CHECK_NONE, and the result's
 * PTE is that leaf; else the check that failed. Ends, as a pointer at level 0 is refused. */
static tw_check find_leaf(walk *w)
{
    tw_translation *r = w->result;
    uint64_t table = satp_ppn(w->control->satp);
    r->global = false;
    for (unsigned level = mode_levels(w->mode) - 1;; level--) {
        r->level = level;
        r->pte_addr = pte_address(w->mode, table, w->request->va, level);
        if (!read_pte(w))
            return CHECK_READ;
        tw_check check = tw_judge(w->control, w->request, r->pte, level);
        if (check != CHECK_NONE)
            return check;
        r->global |= pte_bit(r->pte, PTE_G);
        if (!pte_is_pointer(r->pte))
            return CHECK_NONE;
        table = pte_ppn(r->pte);
    }
}

static void answer(walk *w)
{
    tw_translation *r = w->result;
    r->size = leaf_size(w->mode, r->pte, r->level);
    r->pbmt = pte_pbmt(r->pte);
    r->pa = leaf_pa(r->pte, r->size, w->request->va);
}

/* Walks from the root until the leaf stands still long enough to be touched. */
static void translate(walk *w)
{
    tw_translation *r = w->result;
    for (unsigned tries = 0; tries < SWAP_TRIES; tries++) {
        tw_check check = find_leaf(w);
        if (check != CHECK_NONE) {
            fault(w, check);
            return;
        }
        uint64_t touched = pte_touch(r->pte, w->request->op);
        swap_end end = touched == r->pte ? SWAP_DONE : swap_pte(w, touched);
        if (end == SWAP_DONE) {
            answer(w);
            return;
        }
        if (end == SWAP_REFUSED) {
            fault(w, CHECK_SWAP);
            return;
        }
    }
    fault(w, CHECK_RETRIES);
}

void tw_translate(const tw_control *control, const tw_request *request, const tw_bus *bus,
                  tw_translation *result)
{
    walk w = {control, request, bus, result, satp_mode(control->satp)};
    memset(result, 0, sizeof *result);
    if (mode_levels(w.mode) == 0 || request->priv == PRIV_M)
        pass(&w);
    else if (!va_canonical(w.mode, request->va))
        fault(&w, CHECK_CANONICAL);
    else
        translate(&w);
}
