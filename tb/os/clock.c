/*
 * clock.c: clock (second chance) replacement on the A bits that the hardware sets.
 *
 * Convention: the reference bit is 1 at load. The OS maps a page with A clear, and the access that
 * faulted sets it when it is made again. The hand stands behind the frame that was taken last.
 *
 * A cleared A bit is followed by a fence of that page in that address space: a translation still
 * cached would answer without a walk, and A would never be set again.
 *
 * The frame filled last is not taken. An access that crosses from one page to the next needs both
 * at once, and would never get through if each fault took away what the one before had brought.
 */
#include "tb/os/mapping.h"

/* Clears A of the frame's page and tells whether it was set. */
static tw_status second_chance(os *system, const os_frame *frame, bool *referenced, tw_error *error)
{
    const os_process *owner = frame->owner;
    uint64_t word;
    tw_status status = os_mapping_read(system, owner, frame->page, &word, error);
    if (status != TW_OK)
        return status;
    *referenced = pte_bit(word, PTE_A);
    if (!*referenced)
        return TW_OK;
    status = os_mapping_update(system, owner, frame->page, 1u << PTE_A, 0, error);
    if (status == TW_OK)
        status = system->port.fence(system->port.context, TW_FENCE_VA_ASID, frame->page->va,
                                    owner->asid, error);
    return status;
}

tw_status os_clock_victim(os *system, size_t *index, tw_error *error)
{
    size_t count = os_frames_count(system->frames);
    /* The first round clears every A at worst, so the second finds a victim. */
    for (size_t step = 0; step < 2 * count + 1; step++) {
        size_t at = system->hand;
        system->hand = (at + 1) % count;
        const os_frame *frame = os_frames_at(system->frames, at);
        if (frame->use != OS_FRAME_USER || frame->owner == NULL)
            continue;
        bool referenced;
        tw_status status = second_chance(system, frame, &referenced, error);
        if (status != TW_OK)
            return status;
        if (!referenced && frame != system->latest) {
            *index = at;
            return TW_OK;
        }
        system->counts.referenced += referenced;
    }
    system->no_frame = true;
    return tw_fail(error, TW_NO_MEMORY,
                   "none of the %zu frames can be reclaimed: give more with --frames", count);
}
