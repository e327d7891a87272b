/*
 * page_io.c: pages go between frames and their homes. Invariant: whatever fails, the bytes of the
 * page are where they were: in its frame and dirty, or at home and without a frame.
 *
 * Events of the disk come when a transfer is issued, with the cycles in which it starts and ends.
 */
#include <assert.h>

#include "tb/os/kernel_map.h"

enum { READ, WRITE };

static bool is_file(const os_object *object)
{
    return object != NULL && os_object_what(object) == OS_OBJECT_FILE;
}

static bool of_file(const os_page *page)
{
    return is_file(page->object);
}

static void emit(const os *system, os_event_kind kind, const os_page *page, uint64_t number)
{
    uint64_t va = page->places != NULL ? page->places->va : 0;
    os_emit(system, kind, system->current, va, page->ppn, number);
}

/* An event that is still to come. */
static void emit_at(const os *system, os_event_kind kind, const os_page *page, uint64_t cycle,
                    uint64_t number)
{
    if (system->port.event == NULL)
        return;
    const os_event event = {.kind = kind,
                            .cycle = cycle,
                            .pid = system->current != NULL ? system->current->pid : 0,
                            .va = page->places != NULL ? page->places->va : 0,
                            .ppn = page->ppn,
                            .number = number};
    system->port.event(system->port.event_context, &event);
}

/* The host's part is done; the rest is time. Returns the cycle in which the disk is done, or 0 if
 * it takes no time. */
static uint64_t issue(os *system, const os_page *page, unsigned direction)
{
    uint64_t place = of_file(page) ? os_object_place(page->object, page->index) : page->slot;
    uint64_t now = os_now(system), starts;
    uint64_t done = os_disk_issue(&system->disk, now, direction == WRITE, place, &starts);
    emit_at(system, OS_EVENT_DISK_START, page, starts, direction);
    emit_at(system, OS_EVENT_DISK_END, page, done, direction);
    return done > now ? done : 0;
}

static void raise_to(uint64_t *due, uint64_t cycle)
{
    if (due != NULL && *due < cycle)
        *due = cycle;
}

/* ---- in -------------------------------------------------------------------------------------- */

tw_status os_read_home(const os *system, const os_object *object, uint64_t index, os_slot slot,
                       void *bytes, tw_error *error)
{
    if (is_file(object))
        return os_object_read(object, index, bytes, error);
    return slot != OS_NO_SLOT ? os_swap_in(system->swap, slot, bytes, error) : TW_OK;
}

static tw_status read_page(os *system, const os_page *page, void *bytes, tw_error *error)
{
    tw_status status = os_read_home(system, page->object, page->index, page->slot, bytes, error);
    if (status == TW_IO) {
        system->counts.reads_failed++;
        emit(system, OS_EVENT_DISK_ERROR, page, READ);
    }
    return status;
}

/* The page has its frame. Returns when the bytes are there, as `issue`. */
static uint64_t tell_of_fill(os *system, const os_page *page)
{
    if (of_file(page)) {
        system->counts.file_reads++;
        emit(system, OS_EVENT_FILE_READ, page, page->index);
    } else if (page->slot != OS_NO_SLOT) {
        system->counts.swap_in++;
        emit(system, OS_EVENT_SWAP_IN, page, page->slot);
    } else {
        system->counts.zero_fills++;
        emit(system, OS_EVENT_ZERO_FILL, page, 0);
        return 0;
    }
    return issue(system, page, READ);
}

tw_status os_page_fill(os *system, os_page *page, uint64_t ppn, uint64_t *due, tw_error *error)
{
    assert(page->ppn == OS_NO_FRAME && !page->dirty);
    uint64_t ready = due != NULL ? *due : 0;
    uint8_t bytes[OS_PAGE_BYTES] = {0};
    tw_status status = read_page(system, page, bytes, error);
    if (status == TW_OK)
        status = os_frame_write(system, ppn, bytes, error);
    if (status != TW_OK)
        return status;
    os_page_settle(system, page, ppn);
    const uint64_t read = tell_of_fill(system, page);
    raise_to(&ready, read);
    page->due = ready > os_now(system) ? ready : 0;
    page->coming = read != 0;
    raise_to(due, ready);
    return TW_OK;
}

/* ---- out ------------------------------------------------------------------------------------- */

/* Takes the slot of a page that is in memory, if there is one: the copy there is older, or as good,
 * and its frame has the only one then. Backwards from the clock's hand: who came last stays
 * longest. */
static tw_status take_slot_back(os *system, tw_error *error)
{
    const os_clock *clock = &system->clock;
    for (size_t back = 1; back <= clock->length; back++) {
        const size_t at = (clock->hand + clock->length - back) % clock->length;
        os_page *page = os_frames_at(system->frames, clock->ring[at])->page;
        if (page == NULL || page->slot == OS_NO_SLOT)
            continue;
        const os_slot slot = page->slot;
        page->slot = OS_NO_SLOT;
        page->dirty = true;
        return os_swap_give(system->swap, slot, error);
    }
    return TW_OK;
}

/* Writes the bytes home; a page that has no slot and needs one gets one. */
static tw_status write_home(os *system, os_page *page, const void *bytes, bool *full,
                            tw_error *error)
{
    const bool needs = !of_file(page) && page->slot == OS_NO_SLOT;
    tw_status status = needs && os_swap_full(system->swap) ? take_slot_back(system, error) : TW_OK;
    if (status != TW_OK)
        return status;
    const bool no_room = needs && os_swap_full(system->swap);
    if (full != NULL)
        *full = no_room;
    status = of_file(page) ? os_object_write(page->object, page->index, bytes, error)
                           : os_swap_out(system->swap, bytes, &page->slot, error);
    if (status == TW_IO && !no_room) {
        system->counts.writes_failed++;
        emit(system, OS_EVENT_DISK_ERROR, page, WRITE);
    }
    return status;
}

tw_status os_page_save(os *system, os_page *page, uint64_t *due, bool *full, tw_error *error)
{
    if (full != NULL)
        *full = false;
    if (!page->dirty)
        return TW_OK;
    uint8_t bytes[OS_PAGE_BYTES];
    tw_status status = os_frame_read(system, page->ppn, bytes, error);
    if (status == TW_OK)
        status = write_home(system, page, bytes, full, error);
    if (status != TW_OK)
        return status;
    page->dirty = false;
    system->counts.file_writes += of_file(page);
    system->counts.swap_out += !of_file(page);
    emit(system, of_file(page) ? OS_EVENT_FILE_WRITE : OS_EVENT_SWAP_OUT, page,
         of_file(page) ? page->index : page->slot);
    raise_to(due, issue(system, page, WRITE));
    return TW_OK;
}
