/* huge.c: the leaf of a huge page. Invariant: a huge page is in the tree of its space if and
 * only if its leaf stands in the table of level 1. */
#include "tb/os/mapping.h"

#include <assert.h>
#include <inttypes.h>

#include "tb/os/huge.h"

static int by_address(const os_huge *a, const os_huge *b)
{
    return (a->va > b->va) - (a->va < b->va);
}

RB_GENERATE_INTERNAL(os_huge_tree, os_huge, node, by_address, __attribute__((unused)) static)

uint64_t os_huge_bytes(unsigned mode)
{
    return mode_levels(mode) > 1 ? UINT64_C(1) << level_size(mode, 1) : 0;
}

os_huge *os_huge_find(const os_space *space, uint64_t va)
{
    if (RB_EMPTY(&space->huge))
        return NULL;
    os_huge key = {.va = va & ~(os_huge_bytes(space->table.mode) - 1)};
    struct os_huge_tree tree = space->huge; /* looking changes nothing */
    return RB_FIND(os_huge_tree, &tree, &key);
}

/* Where the PTE of level 1 of `va` stands, and what is there. The tables on the way must be
 * there. */
static tw_status find_level_1(os *system, const os_table *table, uint64_t va, uint64_t *address,
                              uint64_t *pte, tw_error *error)
{
    uint64_t ppn = table->root;
    tw_status status = TW_OK;
    *address = *pte = 0;
    for (unsigned level = mode_levels(table->mode); status == TW_OK && level-- > 1;) {
        *address = pte_address(table->mode, ppn, va, level);
        status = os_pte_read(&system->port, table, *address, pte, error);
        ppn = pte_ppn(*pte);
    }
    return status;
}

/* ---- making and splitting -------------------------------------------------------------------- */

tw_status os_huge_enter(os *system, os_space *space, os_huge *huge, uint64_t ppn,
                        unsigned permissions, bool accessed, tw_error *error)
{
    const os_table *table = &space->table;
    const uint64_t leaf = os_pte_leaf(ppn, permissions) | (uint64_t)accessed << PTE_A;
    uint64_t address, pointer, found = 0;
    tw_status status = find_level_1(system, table, huge->va, &address, &pointer, error);
    if (status != TW_OK)
        return status;
    assert(pte_bit(pointer, PTE_V) && pte_is_pointer(pointer));
    status = os_pte_swap(&system->port, table, address, pointer, leaf, &found, error);
    if (status != TW_OK)
        return status;
    assert(found == pointer); /* hardware writes to leaves only */
    huge->table = pte_ppn(pointer);
    RB_INSERT(os_huge_tree, &space->huge, huge);
    os_place *place = os_places_find(&space->places, huge->va);
    for (; place != NULL && os_huge_find(space, place->va) == huge; place = os_places_next(place)) {
        place->mapped = true;
        place->removed = false;
        place->word = 0;
    }
    return os_fence(system, TW_FENCE_ASID, 0, space->asid, error);
}

/* Fills the kept table with PTEs that together say what the leaf says. */
static tw_status write_table(os *system, unsigned mode, const os_huge *huge, uint64_t leaf,
                             tw_error *error)
{
    const unsigned bytes = 1u << mode_pte_shift(mode);
    uint8_t table[OS_PAGE_BYTES];
    for (size_t i = 0; i < sizeof table / bytes; i++) {
        uint64_t pte = leaf + ((uint64_t)i << PTE_PPN);
        for (unsigned b = 0; b < bytes; b++)
            table[i * bytes + b] = (uint8_t)(pte >> 8 * b);
    }
    return system->port.write_page(system->port.context, huge->table << PAGE_SHIFT, table, error);
}

/* The hardware can set A and D of the leaf meanwhile, once each. The fence is for an MMU that could
 * hold the leaf and one of the PTEs at a time. */
tw_status os_huge_split(os *system, os_space *space, uint64_t va, tw_error *error)
{
    os_huge *huge = os_huge_find(space, va);
    if (huge == NULL)
        return TW_OK;
    const os_table *table = &space->table;
    const uint64_t pointer = huge->table << PTE_PPN | 1u << PTE_V;
    uint64_t address, leaf, found = 0;
    tw_status status = find_level_1(system, table, va, &address, &leaf, error);
    for (int tries = 0; status == TW_OK && tries < SWAP_TRIES; tries++) {
        status = write_table(system, table->mode, huge, leaf, error);
        if (status == TW_OK)
            status = os_pte_swap(&system->port, table, address, leaf, pointer, &found, error);
        if (status != TW_OK || found == leaf)
            break;
        leaf = found;
    }
    if (status != TW_OK)
        return status;
    if (found != leaf)
        return tw_fail(error, TW_MISMATCH,
                       "the leaf at %#" PRIx64 " changed %d times while it was replaced: hardware "
                       "sets A and D of it, once each",
                       address, SWAP_TRIES);
    os_emit(system, OS_EVENT_HUGE_SPLIT, system->current, huge->va, pte_ppn(leaf), 0);
    RB_REMOVE(os_huge_tree, &space->huge, huge);
    os_records_give(&system->port.records, huge);
    return os_fence(system, TW_FENCE_VA_ASID, va, space->asid, error);
}

/* ---- changing -------------------------------------------------------------------------------- */

tw_status os_huge_protect(os *system, const os_vma *part, const os_place *place, bool *whole,
                          tw_error *error)
{
    const os_space *space = place->space;
    const os_huge *huge = os_huge_find(space, place->va);
    *whole = huge != NULL && part->start <= huge->va &&
             part->end - huge->va >= os_huge_bytes(space->table.mode);
    if (!*whole || place->va != huge->va) /* its first place does it for all */
        return TW_OK;
    const uint64_t all = (uint64_t)(OS_R | OS_W | OS_X) << PTE_R;
    const uint64_t set = (uint64_t)os_place_permissions(part, place) << PTE_R;
    uint64_t address, leaf;
    tw_status status = find_level_1(system, &space->table, huge->va, &address, &leaf, error);
    return status != TW_OK
               ? status
               : os_pte_update(&system->port, &space->table, address, all, set, &leaf, error);
}

void os_huge_forget(os *system, os_space *space)
{
    for (os_huge *huge; (huge = RB_ROOT(&space->huge)) != NULL;) {
        RB_REMOVE(os_huge_tree, &space->huge, huge);
        os_records_give(&system->port.records, huge);
    }
}
