/*
 * calls_collapse.c: huge pages of pages that are there (Linux: MADV_COLLAPSE, khugepaged). They
 * move to frames in a row, unless they stand in one already. From when they are out of the tables
 * until the leaf is there nothing runs, and a page that has moved is where its record says:
 * whatever fails, small pages are left, which faults map again.
 */
#include "tb/os/calls_inside.h"

#include <inttypes.h>

#include "tb/os/huge.h"
#include "tb/os/kernel_map.h"

/* One huge page to be made. */
typedef struct collapsing {
    os *system;
    os_process *process;
    const os_vma *area;
    uint64_t va, end;
} collapsing;

static uint64_t index_of(const collapsing *c, const os_place *place)
{
    return (place->va - c->va) / OS_PAGE_BYTES;
}

/* Is every page there, exclusive, and at rest in a frame? */
static bool ready(const collapsing *c)
{
    const os_vma *area = c->area;
    if (!os_vma_private(area) || area->permissions == 0 || c->va < area->start ||
        c->end > area->end)
        return false;
    const uint64_t now = os_now(c->system);
    const os_place *place = os_places_from(&c->process->space->places, c->va);
    for (uint64_t va = c->va; va < c->end; va += OS_PAGE_BYTES, place = os_places_next(place)) {
        if (place == NULL || place->va != va || place->page == NULL)
            return false;
        const os_page *page = place->page;
        if (!os_page_exclusive(page) || page->ppn == OS_NO_FRAME || page->pins > 0 ||
            page->due > now)
            return false;
    }
    return true;
}

/* The frame of the first page if the others follow it, aligned; else a block of free frames, and
 * *moves. */
static tw_status find_block(const collapsing *c, uint64_t *ppn, bool *moves, tw_error *error)
{
    const unsigned order = mode_index_bits(c->system->options.mode);
    const os_place *place = os_places_find(&c->process->space->places, c->va);
    *ppn = place->page->ppn;
    *moves = *ppn % (UINT64_C(1) << order) != 0;
    for (; !*moves && place != NULL && place->va < c->end; place = os_places_next(place))
        *moves = place->page->ppn != *ppn + index_of(c, place);
    if (!*moves)
        return TW_OK;
    tw_status status =
        os_frames_take_block(c->system->frames, order, OS_FRAME_USER, c->process->node, ppn, NULL);
    if (status == TW_OK)
        os_note_taken(c->system, OS_FRAME_USER, c->process->node, *ppn, (size_t)1 << order);
    return status != TW_NO_MEMORY
               ? status
               : tw_fail(error, TW_NO_MEMORY,
                         "no %" PRIu64
                         " free frames stand in a row for a huge page: end a process, "
                         "or give more",
                         UINT64_C(1) << order);
}

/* The page of the place goes to another frame; it is in no table. */
static tw_status move(os *system, os_place *place, uint64_t to, tw_error *error)
{
    uint8_t bytes[OS_PAGE_BYTES];
    os_page *page = place->page;
    const uint64_t from = page->ppn;
    tw_status status = os_frame_read(system, from, bytes, error);
    if (status == TW_OK)
        status = os_frame_write(system, to, bytes, error);
    if (status != TW_OK)
        return status;
    os_page_settle(system, page, to);
    return os_give_frame(system, from, error);
}

/* All pages go to the block, unless `status` says that something went wrong before. What of it
 * is not needed in the end is given back. */
static tw_status move_all(const collapsing *c, uint64_t ppn, tw_status status, tw_error *error)
{
    os_place *place = os_places_find(&c->process->space->places, c->va);
    for (; place != NULL && place->va < c->end; place = os_places_next(place)) {
        const uint64_t to = ppn + index_of(c, place);
        if (status == TW_OK)
            status = move(c->system, place, to, error);
        if (place->page->ppn != to)
            os_give_frame(c->system, to, NULL); /* what went wrong first is told */
    }
    return status;
}

/* Was any of them used lately? */
static bool accessed(const collapsing *c)
{
    bool any = false;
    const os_place *place = os_places_find(&c->process->space->places, c->va);
    for (; place != NULL && place->va < c->end; place = os_places_next(place))
        any |= pte_bit(place->word, PTE_A);
    return any;
}

static tw_status collapse(const collapsing *c, os_huge *huge, tw_error *error)
{
    os *system = c->system;
    os_space *space = c->process->space;
    uint64_t ppn;
    bool moves;
    tw_status status = find_block(c, &ppn, &moves, error);
    if (status != TW_OK)
        return status;
    status = os_space_unmap(system, space, c->va, c->end, error);
    const bool used = accessed(c);
    if (moves)
        status = move_all(c, ppn, status, error);
    if (status != TW_OK)
        return status;
    const os_place *first = os_places_find(&space->places, c->va);
    huge->va = c->va;
    status =
        os_huge_enter(system, space, huge, ppn, os_place_permissions(c->area, first), used, error);
    if (os_huge_find(space, c->va) != NULL)
        os_emit(system, OS_EVENT_HUGE_MADE, c->process, c->va, ppn, 1);
    return status;
}

/* Makes one if the pages allow it; *made counts it. */
static tw_status try_one(const collapsing *c, size_t *made, tw_error *error)
{
    os *system = c->system;
    os_space *space = c->process->space;
    if (os_huge_find(space, c->va) != NULL || !ready(c))
        return TW_OK;
    tw_status status = os_mapping_prepare(system, space, c->va, c->process->node, error);
    if (status != TW_OK || !ready(c)) /* a frame for a table may have been one of them */
        return status;
    os_huge *huge = os_records_take(&system->port.records, 1, sizeof *huge);
    if (huge == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a huge page");
    status = collapse(c, huge, error);
    if (os_huge_find(space, c->va) != NULL) /* it is made, whatever the fence said */
        ++*made;
    else
        os_records_give(&system->port.records, huge);
    return status;
}

/* Goes on to the next huge page any page of which was touched: there can be very many before it.
 * False if there is none. */
static bool next_touched(const os_process *process, uint64_t huge, uint64_t *va)
{
    const os_place *place = os_places_from(&process->space->places, *va);
    if (place == NULL)
        return false;
    *va = place->va & ~(huge - 1);
    return true;
}

tw_status os_collapse(os *system, os_process *process, uint64_t start, uint64_t bytes, size_t *made,
                      tw_error *error)
{
    call c;
    const uint64_t huge = os_huge_bytes(system->options.mode);
    *made = 0;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    if (huge == 0)
        return tw_fail(error, TW_USAGE, "%s has no huge pages: its tables have one level",
                       tw_mode_name(system->options.mode));
    uint64_t va = (c.start + huge - 1) & ~(huge - 1);
    for (; status == TW_OK && next_touched(process, huge, &va) && va < c.end && c.end - va >= huge;
         va += huge) {
        const os_vma *area = os_vmas_find(c.areas, va);
        const collapsing one = {system, process, area, va, va + huge};
        status = area != NULL ? try_one(&one, made, error) : TW_OK;
    }
    return status;
}
