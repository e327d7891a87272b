/*
 * reclaim.c: taking a frame away from a page, safe against a walker that sets A and D at the same
 * time.
 *
 * The order is: 1. clear V by compare-and-swap; the value it replaced is final, since the walker's
 * own compare-and-swap only succeeds against a valid PTE. 2. Fence the page: cached translations,
 * through which stores could still come, are gone, and no walk from before is under way. 3. Only
 * now read the page, and save it if the final D says so. 4. Write where the page went into the PTE.
 * 5. Free the frame.
 */
#include "tb/os/kernel.h"

#include <inttypes.h>

/* Saves the page in the frame if it is dirty. What the PTE shall say from now on is in *gone. */
static tw_status save(os *system, size_t index, uint64_t old, uint64_t *gone, tw_error *error)
{
    uint64_t ppn = os_frames_ppn(system->frames, index);
    os_slot slot = os_frames_at(system->frames, index)->slot;
    if (!pte_bit(old, PTE_D)) { /* as it came: zero, or as in its slot */
        system->counts.clean_drops++;
        *gone = slot == OS_NO_SLOT ? 0 : os_pte_swapped(slot);
        return TW_OK;
    }
    uint8_t page[OS_PAGE_BYTES];
    tw_status status = system->port.read_page(system->port.context, ppn << PAGE_SHIFT, page, error);
    if (status == TW_OK)
        status = os_swap_out(system->swap, page, &slot, error);
    if (status != TW_OK)
        return status;
    system->counts.swap_out++;
    *gone = os_pte_swapped(slot);
    return TW_OK;
}

/* The PTE must still be as step 1 left it, or the hardware wrote an invalid PTE. */
static tw_status replace(os *system, const os_table *table, uint64_t address, uint64_t cleared,
                         uint64_t gone, tw_error *error)
{
    uint64_t found;
    tw_status status = os_pte_swap(&system->port, table, address, cleared, gone, &found, error);
    if (status == TW_OK && found != cleared)
        return tw_fail(error, TW_MISMATCH,
                       "the PTE at %#" PRIx64 " was %#" PRIx64 " with V clear and became %#" PRIx64
                       ": hardware must not write a PTE that is not valid",
                       address, cleared, found);
    return status;
}

/* Takes a user frame away from its owner, saving the page if it is dirty. */
static tw_status reclaim(os *system, size_t index, tw_error *error)
{
    os_frame *frame = os_frames_at(system->frames, index);
    os_process *owner = frame->owner;
    uint64_t address, old, gone;
    tw_status status = os_table_find(&system->port, &owner->table, frame->va, &address, error);
    if (status == TW_OK)
        status = os_pte_update(&system->port, &owner->table, address, 1u << PTE_V, 0, &old, error);
    if (status == TW_OK)
        status = system->port.fence(system->port.context, TW_FENCE_VA_ASID, frame->va, owner->asid,
                                    error);
    if (status == TW_OK)
        status = save(system, index, old, &gone, error);
    if (status == TW_OK)
        status =
            replace(system, &owner->table, address, old & ~(UINT64_C(1) << PTE_V), gone, error);
    if (status != TW_OK)
        return status;
    owner->resident--;
    return os_frames_give(system->frames, os_frames_ppn(system->frames, index), error);
}

tw_status os_get_frame(os *system, os_frame_use use, uint64_t *ppn, tw_error *error)
{
    if (os_frames_free(system->frames) == 0) {
        size_t victim;
        tw_status status = os_clock_victim(system, &victim, error);
        if (status == TW_OK)
            status = reclaim(system, victim, error);
        if (status != TW_OK)
            return status;
    }
    return os_frames_take(system->frames, use, ppn, error);
}
