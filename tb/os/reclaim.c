/*
 * reclaim.c: taking a frame away from a page, safe against a walker that sets A and D at the same
 * time.
 *
 * The order is: 1. clear V by compare-and-swap; the value it replaced is final, since the walker's
 * own compare-and-swap only succeeds against a valid PTE. A hashed entry then leaves its chain.
 * 2. Fence the page: cached translations, through which stores could still come, are gone, and no
 * walk from before is under way. 3. Only now read the page, and save it if the final D says so.
 * 4. Clear the PTE. 5. Free the frame.
 */
#include "tb/os/mapping.h"

/* Saves the page in its frame if it is dirty. */
static tw_status save(os *system, os_page *page, tw_error *error)
{
    if (!pte_bit(page->word, PTE_D)) { /* as it came: zero, or as in its slot */
        system->counts.clean_drops++;
        return TW_OK;
    }
    uint8_t bytes[OS_PAGE_BYTES];
    tw_status status =
        system->port.read_page(system->port.context, page->ppn << PAGE_SHIFT, bytes, error);
    if (status == TW_OK)
        status = os_swap_out(system->swap, bytes, &page->slot, error);
    if (status == TW_OK)
        system->counts.swap_out++;
    return status;
}

/* Takes a user frame away from its owner, saving the page if it is dirty. */
static tw_status reclaim(os *system, size_t index, tw_error *error)
{
    const os_frame *frame = os_frames_at(system->frames, index);
    os_process *owner = frame->owner;
    os_page *page = frame->page;
    tw_status status = os_mapping_remove(system, owner, page, error);
    if (status == TW_OK)
        status = system->port.fence(system->port.context, TW_FENCE_VA_ASID, page->va, owner->asid,
                                    error);
    if (status == TW_OK)
        status = save(system, page, error);
    if (status == TW_OK)
        status = os_mapping_forget(system, owner, page, error);
    if (status != TW_OK)
        return status;
    page->ppn = OS_NO_FRAME;
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
