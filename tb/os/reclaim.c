/*
 * reclaim.c: taking a frame away from a page, safe against a walker that sets A and D at the same
 * time.
 *
 * The order is, for every place of the page: 1. clear V by compare-and-swap; the value it replaced
 * is final, since the walker's own compare-and-swap only succeeds against a valid PTE. A hashed
 * entry then leaves its chain. 2. Fence the page: cached translations, through which stores could
 * still come, are gone, and no walk from before is under way. 3. Clear the PTE. Only then: 4. Read
 * the frame, and save it if a final D says so. 5. Free the frame.
 */
#include "tb/os/mapping.h"

tw_status os_fence(os *system, tw_fence_kind kind, uint64_t va, unsigned asid, tw_error *error)
{
    tw_status status = system->port.fence(system->port.context, kind, va, asid, error);
    if (status == TW_OK)
        os_emit(system, OS_EVENT_FENCE, system->current, va, 0, kind);
    return status;
}

tw_status os_hand_on(os *system, const tw_error *why, tw_error *error)
{
    if (why->status == TW_IO)
        system->refusal = *why;
    return tw_fail(error, why->status, "%s", why->text);
}

void os_note_taken(os *system, os_frame_use use, unsigned node, uint64_t ppn, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned of = node;
        bool high;
        os_clock_note(system, ppn + i);
        zones_find(os_frames_zones(system->frames), ppn + i, &of, &high);
        system->counts.remote_frames += of != node;
        os_emit(system, OS_EVENT_FRAME_TAKEN, system->current, 0, ppn + i, use == OS_FRAME_TABLE);
    }
}

tw_status os_give_frame(os *system, uint64_t ppn, tw_error *error)
{
    os_emit(system, OS_EVENT_FRAME_GIVEN, system->current, 0, ppn, 0);
    return os_frames_give(system->frames, ppn, error);
}

tw_status os_page_unmap(os *system, os_page *page, tw_error *error)
{
    tw_status status = TW_OK;
    for (os_place *place = page->places; status == TW_OK && place != NULL; place = place->next)
        status = os_unmap(system, place, error);
    return status;
}

/* Takes the frame away from a page, saving it if it is dirty. TW_IO: the disk does not take it, and
 * it keeps its frame. */
static tw_status reclaim(os *system, os_page *page, uint64_t *due, bool *full, tw_error *error)
{
    tw_status status = os_page_unmap(system, page, error);
    if (status != TW_OK)
        return status;
    const bool dirty = page->dirty;
    tw_error why;
    if (dirty && os_page_save(system, page, due, full, &why) != TW_OK)
        return os_hand_on(system, &why, error);
    const uint64_t ppn = page->ppn;
    if (!dirty) { /* as it came: zero, or as at home */
        system->counts.clean_drops++;
        os_emit(system, OS_EVENT_DROP, system->current, 0, ppn, 0);
    }
    page->ppn = OS_NO_FRAME;
    status = os_give_frame(system, ppn, error);
    if (page->object != NULL)
        os_object_let_go(system, page);
    return status;
}

/* Tries one page after the other, until one is saved. When the first that is refused comes again,
 * the hand has been everywhere and cleared A; when it comes a third time, all others were tried. */
static tw_status make_room(os *system, os_frame_use use, unsigned node, uint64_t *due,
                           tw_error *error)
{
    os_reason refused = OS_REASON_NONE;
    const os_page *first = NULL;
    for (unsigned rounds = 0; rounds < 2;) {
        os_page *victim;
        bool full = false;
        tw_status status = os_clock_victim(system, use, node, &victim, error);
        rounds += status == TW_OK && first != NULL && victim == first;
        if (status == TW_OK)
            status = reclaim(system, victim, due, &full, error);
        if (status != TW_IO) {
            if (status == TW_NO_MEMORY && refused != OS_REASON_NONE &&
                system->no_frame != OS_REASON_NONE)
                system->no_frame = refused;
            return status;
        }
        first = first != NULL ? first : victim;
        if (refused != OS_REASON_SWAP_FULL)
            refused = full ? OS_REASON_SWAP_FULL : OS_REASON_WRITE_FAILED;
    }
    system->no_frame = refused;
    return tw_fail(error, TW_NO_MEMORY, "none of the %zu frames can be reclaimed: %s",
                   os_frames_count(system->frames), os_reason_text(refused));
}

tw_status os_take_free_frame(os *system, os_frame_use use, unsigned node, uint64_t *ppn,
                             tw_error *error)
{
    os_pages_end_late(system, os_now(system));
    tw_status status = os_frames_take(system->frames, use, node, ppn, error);
    system->no_frame = status == TW_NO_MEMORY ? OS_REASON_NO_FRAME : OS_REASON_NONE;
    if (status == TW_OK)
        os_note_taken(system, use, node, *ppn, 1);
    return status;
}

/* No page can go now. *again: it can be tried again, since one of those that are there for a
 * process' turn is given up; or because time has passed for those that are on their way. Only a
 * call waits so, inside: a fault comes again by itself. */
static tw_status try_harder(os *system, bool *again, tw_error *error)
{
    uint64_t until;
    *again = os_release_pending(system, system->faulting);
    if (*again || system->faulting != NULL)
        return TW_OK;
    *again = os_end_first(system, NULL) || system->latest != NULL;
    system->latest = NULL; /* nothing is kept any more */
    if (*again || !os_others_wait(system, NULL, &until))
        return TW_OK;
    *again = true;
    return system->port.wait(system->port.context, until, error);
}

tw_status os_get_frame(os *system, os_frame_use use, unsigned node, uint64_t *ppn, uint64_t *due,
                       tw_error *error)
{
    /* Each round frees a frame, or lets something go that holds one. */
    for (bool again = true; again;) {
        tw_status status = os_take_free_frame(system, use, node, ppn, error);
        if (status != TW_NO_MEMORY || os_goes_behind(system))
            return status;
        system->no_frame = OS_REASON_NONE;
        status = make_room(system, use, node, due, error);
        if (status == TW_OK)
            continue;
        if (status != TW_NO_MEMORY || system->no_frame == OS_REASON_NONE)
            return status;
        tw_error waiting;
        status = try_harder(system, &again, &waiting);
        if (status != TW_OK)
            return tw_fail(error, status, "%s", waiting.text);
    }
    return TW_NO_MEMORY;
}
