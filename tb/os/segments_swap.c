/* segments_swap.c: whole segments in the swap file. Invariant: a segment has slots if and only if
 * it is swapped out: then one for each page. */
#include <inttypes.h>

#include "tb/os/kernel.h"

/* The segments of one access: `wanted`, and one that touches it. */
static bool is_needed_too(const os *system, const os_segment *wanted, const os_segment *other)
{
    return other == system->segments.latest &&
           (other->region.end == wanted->region.start || other->region.start == wanted->region.end);
}

static os_segment *victim(const os *system, const os_segment *wanted)
{
    const segment_memory *m = &system->segments;
    os_segment *oldest = NULL;
    for (size_t i = 0; i < m->presents; i++) {
        os_segment *s = m->present[i];
        if (s != wanted && !is_needed_too(system, wanted, s) &&
            (oldest == NULL || s->loaded < oldest->loaded))
            oldest = s;
    }
    return oldest;
}

tw_status segments_give_slots(os *system, os_segment *segment, tw_error *error)
{
    tw_status status = TW_OK;
    for (uint64_t i = 0; segment->slot != NULL && status == TW_OK && i < segment_pages(segment);
         i++)
        status = os_swap_give(system->swap, segment->slot[i], error);
    os_records_give(&system->port.records, segment->slot);
    segment->slot = NULL;
    return status;
}

/* To and from the swap file. If the disk refuses, that is the end of the process that needs it. */
static tw_status write_slot(os *system, const void *page, os_slot *slot, tw_error *error)
{
    tw_error why;
    tw_status status = os_swap_out(system->swap, page, slot, &why);
    system->counts.swap_out += status == TW_OK;
    if (status == TW_OK)
        return TW_OK;
    const bool full = os_swap_full(system->swap);
    if (status == TW_IO)
        system->no_frame = full ? OS_REASON_SWAP_FULL : OS_REASON_WRITE_FAILED;
    system->counts.writes_failed += status == TW_IO && !full;
    return os_hand_on(system, &why, error);
}

static tw_status read_slot(os *system, os_slot slot, void *page, tw_error *error)
{
    tw_error why;
    tw_status status = os_swap_in(system->swap, slot, page, &why);
    if (status == TW_OK)
        return TW_OK;
    if (status == TW_IO)
        system->no_frame = OS_REASON_READ_FAILED;
    system->counts.reads_failed += status == TW_IO;
    return os_hand_on(system, &why, error);
}

/* Writes all pages to slots of their own, or none. */
static tw_status save(os *system, os_segment *segment, tw_error *error)
{
    uint64_t pages = segment_pages(segment);
    segment->slot = os_records_take(&system->port.records, pages, sizeof *segment->slot);
    if (segment->slot == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the slots of a segment");
    for (uint64_t i = 0; i < pages; i++)
        segment->slot[i] = OS_NO_SLOT;
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < pages; i++) {
        uint8_t page[OS_PAGE_BYTES];
        status = system->port.read_page(system->port.context, (segment->first + i) << PAGE_SHIFT,
                                        page, error);
        if (status == TW_OK)
            status = write_slot(system, page, &segment->slot[i], error);
    }
    if (status != TW_OK)
        segments_give_slots(system, segment, NULL); /* what went wrong first is told */
    return status;
}

tw_status segments_too_large(const os *system, const os_segment *segment, tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY,
                   "%zu frames are too few for a segment of %" PRIu64 " bytes: give more with "
                   "--frames",
                   system->options.frames, segment->region.end - segment->region.start);
}

tw_status segments_swap_out(os *system, const os_segment *wanted, tw_error *error)
{
    os_segment *segment = victim(system, wanted);
    system->no_frame = segment == NULL ? OS_REASON_NO_FRAME : OS_REASON_NONE;
    if (segment == NULL)
        return segments_too_large(system, wanted, error);
    tw_status status = save(system, segment, error);
    if (status != TW_OK)
        return status;
    segments_unlist(system, segment);
    segment->present = false;
    system->segments.counts.swapped_out++;
    status = segments_show(system, segment, error);
    return status != TW_OK ? status
                           : segments_free(system, segment->first,
                                           segment->first + segment_pages(segment), error);
}

tw_status segments_swap_in(os *system, const os_segment *segment, uint64_t first, tw_error *error)
{
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < segment_pages(segment); i++) {
        uint8_t page[OS_PAGE_BYTES];
        status = read_slot(system, segment->slot[i], page, error);
        if (status == TW_OK)
            status = system->port.write_page(system->port.context, (first + i) << PAGE_SHIFT, page,
                                             error);
        system->counts.swap_in += status == TW_OK;
    }
    system->segments.counts.swapped_in += status == TW_OK;
    return status;
}

/* Which of the segment's pages from below holds `va`; false if it has not grown so far. */
static bool page_index(const os_segment *segment, uint64_t va, uint64_t *index)
{
    uint64_t begin = segment->down ? segment->region.end - segment->limit : segment->region.start;
    *index = (va - begin) / OS_PAGE_BYTES;
    return va >= begin && *index < segment_pages(segment);
}

tw_status segments_read_page(os *system, const os_process *process, uint64_t va, void *page,
                             tw_error *error)
{
    const os_segment *segment = segments_at(process, segments_around(process, va));
    uint64_t index;
    if (segment == NULL || !page_index(segment, va, &index))
        return TW_OK;
    if (segment->present)
        return system->port.read_page(system->port.context, (segment->first + index) << PAGE_SHIFT,
                                      page, error);
    return segment->slot == NULL ? TW_OK
                                 : os_swap_in(system->swap, segment->slot[index], page, error);
}
