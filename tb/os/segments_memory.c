/*
 * segments_memory.c: bare segments in physical memory. Invariant: present[] are the segments that
 * have frames, by rising addresses; they do not overlap, and what is between them is free and holds
 * junk.
 */
#include <string.h>

#include "tb/os/kernel.h"

enum { JUNK = 0xa5 };

/* ---- holes ----------------------------------------------------------------------------------- */

static uint64_t end_of(const os_segment *segment)
{
    return segment->first + segment_pages(segment);
}

static uint64_t memory_end(const os *system)
{
    return system->options.first_frame + system->options.frames;
}

/* The place of a present segment in the list. */
static size_t index_of(const os *system, const os_segment *segment)
{
    size_t i = 0;
    while (system->segments.present[i] != segment)
        i++;
    return i;
}

void segments_holes(const os *system, uint64_t *free, uint64_t *hole)
{
    const segment_memory *m = &system->segments;
    uint64_t at = system->options.first_frame;
    *free = *hole = 0;
    for (size_t i = 0; i <= m->presents; i++) {
        uint64_t gap = (i < m->presents ? m->present[i]->first : memory_end(system)) - at;
        *free += gap * OS_PAGE_BYTES;
        *hole = gap * OS_PAGE_BYTES > *hole ? gap * OS_PAGE_BYTES : *hole;
        if (i < m->presents)
            at = end_of(m->present[i]);
    }
}

/* First fit, where the frames of `self` count as free, as it would leave them. */
static bool find_hole(const os *system, const os_segment *self, uint64_t pages, uint64_t *first)
{
    const segment_memory *m = &system->segments;
    *first = system->options.first_frame;
    for (size_t i = 0; i < m->presents; i++) {
        if (m->present[i] == self)
            continue;
        if (m->present[i]->first - *first >= pages)
            return true;
        *first = end_of(m->present[i]);
    }
    return memory_end(system) - *first >= pages;
}

/* True if the segment can have so many pages where it is; *first is then its lowest frame. */
static bool can_stay(const os *system, const os_segment *segment, uint64_t pages, uint64_t *first)
{
    const segment_memory *m = &system->segments;
    if (!segment->present)
        return false;
    size_t i = index_of(system, segment);
    uint64_t more = pages - segment_pages(segment);
    if (segment->down) {
        *first = segment->first - more;
        return segment->first -
                   (i == 0 ? system->options.first_frame : end_of(m->present[i - 1])) >=
               more;
    }
    *first = segment->first;
    return (i + 1 == m->presents ? memory_end(system) : m->present[i + 1]->first) -
               end_of(segment) >=
           more;
}

/* ---- the list -------------------------------------------------------------------------------- */

void segments_unlist(os *system, os_segment *segment)
{
    segment_memory *m = &system->segments;
    m->presents--;
    for (size_t i = index_of(system, segment); i < m->presents; i++)
        m->present[i] = m->present[i + 1];
}

/* Room for one more. */
static tw_status reserve(os *system, tw_error *error)
{
    segment_memory *m = &system->segments;
    if (m->presents < m->room)
        return TW_OK;
    size_t room = m->room == 0 ? 16 : 2 * m->room;
    const os_records *records = &system->port.records;
    os_segment **more = os_records_take(records, room, sizeof(os_segment *));
    if (more == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a list of %zu segments", room);
    if (m->presents > 0)
        memcpy(more, m->present, m->presents * sizeof(os_segment *));
    os_records_give(records, m->present);
    m->present = more;
    m->room = room;
    return TW_OK;
}

/* There must be room. */
static void list(os *system, os_segment *segment)
{
    segment_memory *m = &system->segments;
    size_t i = m->presents++;
    for (; i > 0 && m->present[i - 1]->first > segment->first; i--)
        m->present[i] = m->present[i - 1];
    m->present[i] = segment;
}

/* ---- contents -------------------------------------------------------------------------------- */

static tw_status fill(os *system, uint64_t first, uint64_t end, uint8_t byte, tw_error *error)
{
    uint8_t page[OS_PAGE_BYTES];
    memset(page, byte, sizeof page);
    tw_status status = TW_OK;
    for (uint64_t p = first; status == TW_OK && p < end; p++)
        status = system->port.write_page(system->port.context, p << PAGE_SHIFT, page, error);
    return status;
}

tw_status segments_free(os *system, uint64_t first, uint64_t end, tw_error *error)
{
    return fill(system, first, end, JUNK, error);
}

/* As memmove, by pages. */
static tw_status copy(os *system, uint64_t to, uint64_t from, uint64_t pages, tw_error *error)
{
    const os_port *port = &system->port;
    uint8_t page[OS_PAGE_BYTES];
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < pages; i++) {
        uint64_t n = to < from ? i : pages - 1 - i;
        status = port->read_page(port->context, (from + n) << PAGE_SHIFT, page, error);
        if (status == TW_OK)
            status = port->write_page(port->context, (to + n) << PAGE_SHIFT, page, error);
    }
    system->segments.counts.bytes_moved += pages * OS_PAGE_BYTES;
    return status;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t upper(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What it held comes to `to`, from its frames or the swap file; the frames that it leaves become
 * junk. */
static tw_status bring(os *system, os_segment *segment, uint64_t to, tw_error *error)
{
    if (!segment->present)
        return segment->slot == NULL ? TW_OK : segments_swap_in(system, segment, to, error);
    uint64_t pages = segment_pages(segment), from = segment->first;
    if (to == from)
        return TW_OK;
    tw_status status = copy(system, to, from, pages, error);
    if (status == TW_OK)
        status = segments_free(system, from, lower(from + pages, upper(from, to)), error);
    if (status == TW_OK)
        status = segments_free(system, upper(from, lower(from + pages, to + pages)), from + pages,
                               error);
    return status;
}

/* Puts the segment into `pages` frames from `first` on, which are free or its own. One that was not
 * present stays as it was if that fails. */
static tw_status settle(os *system, os_segment *segment, uint64_t first, uint64_t pages,
                        tw_error *error)
{
    uint64_t held = segment->present || segment->slot != NULL ? segment_pages(segment) : 0;
    uint64_t to = segment->down ? first + pages - held : first;
    tw_status status = segment->present ? TW_OK : reserve(system, error);
    if (status == TW_OK)
        status = bring(system, segment, to, error);
    if (status == TW_OK) /* the part that is new */
        status = segment->down ? fill(system, first, to, 0, error)
                               : fill(system, first + held, first + pages, 0, error);
    if (status != TW_OK)
        return status;
    if (segment->present)
        segments_unlist(system, segment);
    else
        status = segments_give_slots(system, segment, error);
    system->counts.zero_fills += pages - held;
    segment->present = true;
    segment->first = first;
    segment->limit = pages * OS_PAGE_BYTES;
    list(system, segment);
    return status == TW_OK ? segments_show(system, segment, error) : status;
}

/* ---- making room ----------------------------------------------------------------------------- */

/* Slides the segments below place `middle` of the list down and the others up, so that all that is
 * free is one hole between them. */
static tw_status compact(os *system, size_t middle, tw_error *error)
{
    segment_memory *m = &system->segments;
    uint64_t at = system->options.first_frame;
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < middle; i++) {
        status = settle(system, m->present[i], at, segment_pages(m->present[i]), error);
        at = end_of(m->present[i]);
    }
    at = memory_end(system);
    for (size_t i = m->presents; status == TW_OK && i-- > middle;) {
        at -= segment_pages(m->present[i]);
        status = settle(system, m->present[i], at, segment_pages(m->present[i]), error);
    }
    m->counts.compactions++;
    return status;
}

/* The hole of compaction shall be where the segment grows, or at the top. */
static size_t hole_place(const os *system, const os_segment *segment)
{
    if (!segment->present)
        return system->segments.presents;
    return index_of(system, segment) + (segment->down ? 0 : 1);
}

static void note_blocked(os_segment_counts *counts, uint64_t free, uint64_t hole)
{
    bool more =
        counts->blocked_free == 0 || hole * counts->blocked_free < counts->blocked_hole * free;
    if (free == 0 || !more)
        return;
    counts->blocked_free = free;
    counts->blocked_hole = hole;
}

tw_status segments_place(os *system, os_segment *segment, uint64_t limit, tw_error *error)
{
    uint64_t pages = limit / OS_PAGE_BYTES, first, free, hole;
    uint64_t more = limit - (segment->present ? segment->limit : 0);
    tw_status status = TW_OK;
    while (status == TW_OK) {
        if (can_stay(system, segment, pages, &first))
            return settle(system, segment, first, pages, error);
        if (find_hole(system, segment, pages, &first)) {
            system->segments.counts.moves += segment->present;
            return settle(system, segment, first, pages, error);
        }
        segments_holes(system, &free, &hole);
        note_blocked(&system->segments.counts, free, hole);
        status = free >= more ? compact(system, hole_place(system, segment), error)
                              : segments_swap_out(system, segment, error);
    }
    return status;
}

tw_status segments_drop(os *system, os_segment *segment, tw_error *error)
{
    tw_status status = TW_OK;
    if (segment->present) {
        status = segments_free(system, segment->first, end_of(segment), error);
        segments_unlist(system, segment);
    }
    tw_status given = segments_give_slots(system, segment, status == TW_OK ? error : NULL);
    if (system->segments.latest == segment)
        system->segments.latest = NULL;
    segment->present = false;
    return status == TW_OK ? given : status;
}
