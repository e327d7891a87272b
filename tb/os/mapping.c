/* mapping.c: which kind of table a place stands in; and what is alike in both. Invariant: a place
 * that is mapped has a word in the tables, V set in it unless the place is `removed`. */
#include "tb/os/mapping.h"

#include <assert.h>
#include <inttypes.h>

#include "tb/os/huge.h"

static bool hashed(const os *system)
{
    return system->options.mode == MODE_HASHED;
}

tw_status os_mapping_boot(os *system, tw_error *error)
{
    return hashed(system) ? hashed_boot(system, error) : TW_OK;
}

tw_status os_mapping_begin(os *system, os_space *space, tw_error *error)
{
    return hashed(system) ? TW_OK : trees_begin(system, space, error);
}

tw_status os_mapping_end(os *system, const os_space *space, tw_error *error)
{
    return hashed(system) ? TW_OK : trees_end(system, space, error);
}

tw_status os_mapping_prepare(os *system, const os_space *space, uint64_t va, unsigned node,
                             tw_error *error)
{
    return hashed(system) ? TW_OK : trees_prepare(system, space, va, node, error);
}

tw_status os_mapping_enter(os *system, os_place *place, unsigned permissions, tw_error *error)
{
    assert(!place->mapped && place->page != NULL && place->page->ppn != OS_NO_FRAME);
    tw_status status = hashed(system) ? hashed_enter(system, place, permissions, error)
                                      : trees_enter(system, place, permissions, error);
    place->removed = false;
    place->mapped = status == TW_OK;
    place->word = 0;
    return status;
}

/* Where the word of a place stands that is mapped: its own, or that of the huge page it is in. */
static tw_status find(os *system, const os_place *place, uint64_t *address, tw_error *error)
{
    assert(place->mapped);
    if (hashed(system)) {
        *address = os_hashed_entry(&system->hashed, (unsigned)place->page->ppn);
        return TW_OK;
    }
    os_table_spot end;
    tw_status status = os_table_walk(&system->port, &place->space->table, place->va, &end, error);
    *address = end.address;
    return status;
}

tw_status os_mapping_read(os *system, const os_place *place, uint64_t *word, tw_error *error)
{
    const os_table *table = &place->space->table;
    assert(place->mapped);
    if (hashed(system))
        return os_pte_read(&system->port, table,
                           os_hashed_entry(&system->hashed, (unsigned)place->page->ppn), word,
                           error);
    os_table_spot end;
    tw_status status = os_table_walk(&system->port, table, place->va, &end, error);
    *word = end.pte;
    return status;
}

/* As os_mapping_update; *before is what was replaced. What is set can only be A and D, which are
 * those of all of a huge page; anything else is for this place alone. */
static tw_status update(os *system, const os_place *place, uint64_t clear, uint64_t set,
                        uint64_t *before, tw_error *error)
{
    uint64_t address;
    tw_status status = clear != 0 ? os_huge_split(system, place->space, place->va, error) : TW_OK;
    if (status == TW_OK)
        status = find(system, place, &address, error);
    return status != TW_OK ? status
                           : os_pte_update(&system->port, &place->space->table, address, clear, set,
                                           before, error);
}

tw_status os_mapping_update(os *system, const os_place *place, uint64_t clear, uint64_t set,
                            tw_error *error)
{
    uint64_t before;
    return update(system, place, clear, set, &before, error);
}

tw_status os_mapping_protect(os *system, const os_place *place, unsigned permissions,
                             tw_error *error)
{
    const uint64_t all = (uint64_t)(OS_R | OS_W | OS_X) << PTE_R;
    return os_mapping_update(system, place, all, (uint64_t)permissions << PTE_R, error);
}

tw_status os_mapping_remove(os *system, os_place *place, tw_error *error)
{
    if (place->removed)
        return TW_OK;
    tw_status status = update(system, place, 1u << PTE_V, 0, &place->word, error);
    if (status == TW_OK && hashed(system))
        status = os_hashed_unlink(&system->port, &system->hashed, place->space->asid, place->va,
                                  (unsigned)place->page->ppn, error);
    place->removed = status == TW_OK;
    if (status == TW_OK && pte_bit(place->word, PTE_D))
        place->page->dirty = true;
    return status;
}

tw_status os_mapping_forget(os *system, os_place *place, tw_error *error)
{
    uint64_t address, found = 0, left = place->word & ~(UINT64_C(1) << PTE_V);
    tw_status status = find(system, place, &address, error);
    if (status == TW_OK)
        status = os_pte_swap(&system->port, &place->space->table, address, left, 0, &found, error);
    if (status != TW_OK)
        return status;
    place->mapped = place->removed = false;
    if (found == left)
        return TW_OK;
    return tw_fail(error, TW_MISMATCH,
                   "the PTE at %#" PRIx64 " was %#" PRIx64 " with V clear and became %#" PRIx64
                   ": hardware must not write a PTE that is not valid",
                   address, left, found);
}

tw_status os_unmap(os *system, os_place *place, tw_error *error)
{
    if (!place->mapped)
        return TW_OK;
    tw_status status = os_mapping_remove(system, place, error);
    if (status == TW_OK)
        status = os_fence(system, TW_FENCE_VA_ASID, place->va, place->space->asid, error);
    return status == TW_OK ? os_mapping_forget(system, place, error) : status;
}
