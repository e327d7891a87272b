/* segments.c: descriptor tables. Invariant: segment[i].number is r if and only if held[r] is
 * segment i; descriptors are in the order of the regions, which rise. */
#include "tb/os/segments.h"

#include <inttypes.h>
#include <string.h>

#include "tb/os/kernel.h"

/* ---- the table ------------------------------------------------------------------------------- */

tw_status os_segments_add(const os_records *records, os_segments *table, os_region region,
                          bool down, tw_error *error)
{
    if (table->count == OS_SEGMENTS_MAX)
        return tw_fail(error, TW_USAGE,
                       "a descriptor table has %d descriptors, as many as a selector of %d bits "
                       "names: one more is too many",
                       OS_SEGMENTS_MAX, OS_SELECTOR_BITS);
    if (table->count == table->room) {
        size_t room = table->room == 0 ? 16 : 2 * table->room;
        os_segment *more = os_records_take(records, room, sizeof *more);
        if (more == NULL)
            return tw_fail(error, TW_NO_MEMORY, "no memory for %zu descriptors", room);
        if (table->count > 0)
            memcpy(more, table->segment, table->count * sizeof *more);
        os_records_give(records, table->segment);
        table->segment = more;
        table->room = room;
    }
    table->segment[table->count++] = (os_segment){
        .region = region, .down = down, .limit = OS_PAGE_BYTES, .number = OS_NO_REGISTER};
    return TW_OK;
}

void os_segments_free(const os_records *records, os_segments *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        os_records_give(records, table->segment[i].slot);
    os_records_give(records, table->segment);
    os_records_give(records, table);
}

os_segment *segments_at(const os_process *process, unsigned selector)
{
    os_segments *table = process->segments;
    return table != NULL && selector < table->count ? &table->segment[selector] : NULL;
}

static size_t area_pages(const os_vma *area)
{
    return (size_t)((area->end - area->start) / OS_PAGE_BYTES);
}

size_t os_segments_frames(const os_process *process)
{
    size_t most = 0;
    const os_vma *below = NULL, *area = os_vmas_first(process->space->areas);
    for (; area != NULL; below = area, area = os_vmas_next(area)) {
        size_t pages = area_pages(area);
        if (below != NULL && below->end == area->start)
            pages += area_pages(below);
        most = pages > most ? pages : most;
    }
    return most;
}

tw_status os_segments_check(const os_process *process, size_t frames, tw_error *error)
{
    size_t regions = os_vmas_count(process->space->areas);
    if (regions > OS_SEGMENTS_MAX)
        return tw_fail(error, TW_USAGE,
                       "process %u has %zu regions, too many for a descriptor table of %d "
                       "descriptors",
                       process->pid, regions, OS_SEGMENTS_MAX);
    size_t needed = os_segments_frames(process);
    if (frames >= needed)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%zu frames are too few: an access of process %u can need segments of %zu pages "
                   "at once: give so many with --frames",
                   frames, process->pid, needed);
}

/* One segment for each region, the first of them already in registers. */
static tw_status make_table(os *system, os_process *process, tw_error *error)
{
    const os_records *records = &system->port.records;
    os_segments *table = process->segments = os_records_take(records, 1, sizeof *table);
    if (table == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a descriptor table");
    size_t frames = segments_bare(&system->options) ? system->options.frames : SIZE_MAX;
    tw_status status = os_segments_check(process, frames, error);
    const os_vma *next, *area = os_vmas_first(process->space->areas);
    for (; status == TW_OK && area != NULL; area = next) {
        next = os_vmas_next(area);
        os_region region = {area->start, area->end, area->permissions};
        status = os_segments_add(records, table, region, next == NULL, error);
    }
    if (status != TW_OK) {
        os_segments_free(records, table);
        process->segments = NULL;
        return status;
    }
    system->segments.counts.descriptors += table->count;
    for (unsigned r = 0; r < system->segments.registers && r < table->count; r++) {
        table->held[r] = &table->segment[r];
        table->segment[r].number = r;
    }
    return TW_OK;
}

tw_status segments_enter(os *system, tw_error *error)
{
    os_process *process = system->current;
    system->segments.latest = NULL; /* the last process' needs are not this one's */
    tw_status status = process->segments != NULL ? TW_OK : make_table(system, process, error);
    return status == TW_OK ? segments_restore(system, process->segments, error) : status;
}

/* ---- the end of a process -------------------------------------------------------------------- */

static void count_end(os *system, const os_segments *table)
{
    os_segment_counts *counts = &system->segments.counts;
    for (size_t i = 0; i < table->count; i++) {
        const os_segment *segment = &table->segment[i];
        if (segment->used == 0)
            continue;
        counts->allocated += segment->limit;
        counts->unreached += segment->used < segment->limit ? segment->limit - segment->used : 0;
    }
    if (segments_bare(&system->options))
        segments_holes(system, &counts->end_free, &counts->end_hole);
}

tw_status segments_bury(os *system, os_process *process, tw_error *error)
{
    os_segments *table = process->segments;
    tw_status status = TW_OK;
    if (system->current == process)
        status = segments_restore(system, NULL, error);
    count_end(system, table);
    memset(table->held, 0, sizeof table->held);
    for (size_t i = 0; i < table->count; i++) {
        table->segment[i].number = OS_NO_REGISTER;
        if (!segments_bare(&system->options))
            continue;
        tw_status dropped =
            segments_drop(system, &table->segment[i], status == TW_OK ? error : NULL);
        status = status == TW_OK ? dropped : status;
    }
    return status;
}

void segments_shut(os *system)
{
    os_records_give(&system->port.records, system->segments.present);
}

/* ---- flat addresses -------------------------------------------------------------------------- */

/* Bytes from the side where the segment begins to the end of an access at `offset`. */
static uint64_t reach(const os_segment *segment, uint64_t offset, unsigned bytes)
{
    return segment->down ? -offset : offset + bytes;
}

unsigned segments_around(const os_process *process, uint64_t va)
{
    const os_segments *table = process->segments;
    size_t low = 0, high = table != NULL ? table->count : 0;
    while (low < high) { /* the first that starts after `va` is in [low, high] */
        size_t middle = low + (high - low) / 2;
        if (table->segment[middle].region.start <= va)
            low = middle + 1;
        else
            high = middle;
    }
    return (unsigned)(low == 0 ? 0 : low - 1);
}

tw_status os_segments_locate(os *system, uint64_t va, unsigned bytes, unsigned *selector,
                             uint64_t *offset, tw_error *error)
{
    *selector = segments_around(system->current, va);
    os_segment *segment = segments_at(system->current, *selector);
    if (segment == NULL)
        return tw_fail(error, TW_USAGE, "process %u has no segment: give it a region",
                       system->current->pid);
    *offset = va - (segment->down ? segment->region.end : segment->region.start);
    uint64_t used = reach(segment, *offset, bytes);
    if (va >= segment->region.start && va < segment->region.end && used > segment->used)
        segment->used = used;
    return TW_OK;
}

const os_segment_counts *os_segments_statistics(const os *system)
{
    return &system->segments.counts;
}
