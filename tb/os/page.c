/* page.c. Invariant: `references` is the number of places in the list of the page, and 1 for its
 * object, and one for each os_page_hold that no os_page_drop has followed. */
#include <assert.h>

#include "tb/os/kernel.h"

os_page *os_page_make(struct os *system)
{
    os_page *page = os_records_take(&system->port.records, 1, sizeof *page);
    if (page != NULL)
        *page = (os_page){.ppn = OS_NO_FRAME, .slot = OS_NO_SLOT};
    return page;
}

void os_page_hold(os_page *page)
{
    page->references++;
}

void os_page_settle(os *system, os_page *page, uint64_t ppn)
{
    page->ppn = ppn;
    os_frames_find(system->frames, ppn)->page = page;
}

/* Gives back all that the page has, whatever becomes of one of them. The slot goes at once: what is
 * written to it later waits for its turn behind the read. */
static tw_status end(os *system, os_page *page, tw_error *error)
{
    assert(page->places == NULL && page->pins == 0);
    tw_status status = os_swap_give(system->swap, page->slot, error);
    page->slot = OS_NO_SLOT;
    if (page->ppn != OS_NO_FRAME && page->due > os_now(system)) {
        page->pins = 1;
        page->next = system->ended;
        system->ended = page;
        return status;
    }
    if (page->ppn != OS_NO_FRAME) {
        tw_status given = os_give_frame(system, page->ppn, status == TW_OK ? error : NULL);
        status = status == TW_OK ? given : status;
    }
    os_records_give(&system->port.records, page);
    return status;
}

void os_pages_end_late(os *system, uint64_t now)
{
    for (os_page **at = &system->ended, *page; (page = *at) != NULL;) {
        if (page->due > now) {
            at = &page->next;
            continue;
        }
        *at = page->next;
        page->pins = 0;
        page->due = 0;
        end(system, page, NULL); /* if the junk cannot be written, the frame is free all the same */
    }
}

tw_status os_page_drop(struct os *system, os_page *page, tw_error *error)
{
    assert(page->references > 0);
    return --page->references == 0 ? end(system, page, error) : TW_OK;
}

void os_page_attach(os_page *page, os_place *place)
{
    assert(place->page == NULL && !place->mapped);
    place->page = page;
    place->previous = NULL;
    place->next = page->places;
    if (page->places != NULL)
        page->places->previous = place;
    page->places = place;
    page->references++;
    page->locks += place->locked;
}

void os_place_lock(os_place *place, bool locked)
{
    if (place->page != NULL && place->locked != locked)
        place->page->locks += locked ? 1u : -1u;
    place->locked = locked;
}

tw_status os_page_detach(struct os *system, os_place *place, tw_error *error)
{
    os_page *page = place->page;
    assert(page != NULL && !place->mapped);
    if (place->previous != NULL)
        place->previous->next = place->next;
    else
        page->places = place->next;
    if (place->next != NULL)
        place->next->previous = place->previous;
    page->locks -= place->locked;
    place->page = NULL;
    place->next = place->previous = NULL;
    const bool cached = page->object != NULL;
    tw_status status = os_page_drop(system, page, error);
    if (cached) /* the object's reference is left */
        os_object_let_go(system, page);
    return status;
}
