/* process.c: the regions of a process. Invariant: sorted by start, disjoint. */
#include "tb/os/process.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Index of the first region that ends after `va`. */
static size_t first_after(const os_process *process, uint64_t va)
{
    size_t low = 0, high = process->regions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (process->region[middle].end <= va)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const os_region *os_process_region(const os_process *process, uint64_t va)
{
    size_t i = first_after(process, va);
    return i < process->regions && process->region[i].start <= va ? &process->region[i] : NULL;
}

static tw_status check(const os_process *process, const os_region *region, size_t place,
                       tw_error *error)
{
    unsigned mode = process->table.mode;
    const char *wrong = NULL;
    if (((region->start | region->end) & (OS_PAGE_BYTES - 1)) != 0)
        wrong = "must start and end at a multiple of 4096";
    else if (region->end <= region->start)
        wrong = "must end after it starts";
    else if (!va_canonical(mode, region->start) || !va_canonical(mode, region->end - 1) ||
             (int64_t)(region->start ^ (region->end - 1)) < 0)
        wrong = "does not fit into the address space of the mode";
    else if (place < process->regions && process->region[place].start < region->end)
        wrong = "overlaps another";
    if (wrong == NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "region [%#" PRIx64 ", %#" PRIx64 ") of process %u %s",
                   region->start, region->end, process->pid, wrong);
}

/* Makes room for one more region. */
static tw_status grow(os_process *process, tw_error *error)
{
    if (process->regions < process->room)
        return TW_OK;
    size_t room = process->room == 0 ? 16 : 2 * process->room;
    os_region *more = realloc(process->region, room * sizeof *more);
    if (more == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu regions", room);
    process->region = more;
    process->room = room;
    return TW_OK;
}

tw_status os_process_add_region(os_process *process, os_region region, tw_error *error)
{
    size_t place = first_after(process, region.start);
    tw_status status = check(process, &region, place, error);
    if (status != TW_OK)
        return status;
    os_region *before = place > 0 ? &process->region[place - 1] : NULL;
    if (before != NULL && before->end == region.start &&
        before->permissions == region.permissions) {
        before->end = region.end;
        return TW_OK;
    }
    status = grow(process, error);
    if (status != TW_OK)
        return status;
    assert(process->region != NULL); /* grow made room */
    os_region *at = &process->region[place];
    memmove(at + 1, at, (process->regions - place) * sizeof *at);
    *at = region;
    process->regions++;
    return TW_OK;
}

const char *os_reason_text(os_reason reason)
{
    switch (reason) {
    case OS_REASON_NONE:
        return "alive";
    case OS_REASON_NO_REGION:
        return "the address is in no region of the process";
    case OS_REASON_FORBIDDEN:
        return "the region does not allow this access";
    case OS_REASON_ACCESS_FAULT:
        return "the bus refused an access to the page table";
    case OS_REASON_NO_FRAME:
        return "no frame is left that could be reclaimed: give more";
    case OS_REASON_REFUSED_AGAIN:
        return "the MMU refuses what its page table grants";
    case OS_REASON_CAUSE:
        return "no such cause is known";
    case OS_REASON_SEGMENT_LIMIT:
        return "the address is beyond what the segment may grow to";
    case OS_REASON_SEGMENT_RIGHT:
        return "the segment does not allow this access";
    }
    return "?";
}
