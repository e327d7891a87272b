/*
 * walk.c: accesses, their record, and tries.
 *
 * Invariant: every access to memory is made here and noted, so that the result tells the whole
 * walk; when its record is full, the last entry is the last access. Memory changes in walk_swap
 * alone, after every check has passed.
 */
#include "model/arch/walk.h"

static void note(tw_translation *r, tw_access access)
{
    if (r->accesses < TW_ACCESSES_MAX)
        r->accesses++;
    r->access[r->accesses - 1] = access;
}

bool walk_read(walk *w)
{
    tw_translation *r = w->result;
    uint64_t value = 0;
    bool ok = w->bus->read(w->bus->context, r->pte_addr, w->bytes, &value);
    w->word = r->pte = ok ? value : 0;
    r->reads++;
    note(r, (tw_access){.kind = TW_READ,
                        .level = (uint8_t)r->level,
                        .error = !ok,
                        .address = r->pte_addr,
                        .value = w->word});
    return ok;
}

/* Writes the leaf touched if memory still holds what was judged. CHECK_NONE; CHECK_SWAP if the bus
 * refused; CHECK_RETRIES if the compare failed. */
static tw_check walk_swap(walk *w)
{
    tw_translation *r = w->result;
    uint64_t touched = pte_touch(w->word, w->request->op);
    bool swapped = false;
    bool ok = w->bus->swap(w->bus->context, r->pte_addr, w->bytes, w->word, touched, &swapped);
    note(r, (tw_access){.kind = TW_SWAP,
                        .level = (uint8_t)r->level,
                        .error = !ok,
                        .swapped = ok && swapped,
                        .address = r->pte_addr,
                        .value = w->word,
                        .desired = touched});
    if (!ok)
        return CHECK_SWAP;
    if (!swapped)
        return CHECK_RETRIES;
    r->pte = pte_touch(r->pte, w->request->op);
    return CHECK_NONE;
}

tw_check walk_run(walk *w, walk_find *find)
{
    tw_check check = CHECK_RETRIES;
    for (unsigned tries = 0; check == CHECK_RETRIES && tries < SWAP_TRIES; tries++) {
        check = find(w);
        if (check == CHECK_NONE && !pte_touched(w->word, w->request->op))
            check = walk_swap(w);
    }
    return check;
}
