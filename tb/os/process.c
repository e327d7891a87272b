/* process.c: the regions of a process are its areas, opened with the first. */
#include "tb/os/process.h"

#include <inttypes.h>

const os_vma *os_process_region(const os_process *process, uint64_t va)
{
    return os_vmas_find(process->areas, va);
}

static tw_status check(const os_process *process, const os_region *region, tw_error *error)
{
    unsigned mode = process->table.mode;
    const os_vma *next = os_vmas_after(process->areas, region->start);
    const char *wrong = NULL;
    if (((region->start | region->end) & (OS_PAGE_BYTES - 1)) != 0)
        wrong = "must start and end at a multiple of 4096";
    else if (region->end <= region->start)
        wrong = "must end after it starts";
    else if (!va_canonical(mode, region->start) || !va_canonical(mode, region->end - 1) ||
             (int64_t)(region->start ^ (region->end - 1)) < 0)
        wrong = "does not fit into the address space of the mode";
    else if (next != NULL && next->start < region->end)
        wrong = "overlaps another";
    if (wrong == NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "region [%#" PRIx64 ", %#" PRIx64 ") of process %u %s",
                   region->start, region->end, process->pid, wrong);
}

/* All addresses, since those of a mode can be two ranges; and as many areas as a trace has runs of
 * pages, which can be more than a program has areas. */
static os_vmas *open_areas(tw_error *error)
{
    os_vmas_options all = {.high = -(uint64_t)OS_PAGE_BYTES,
                           .limit = SIZE_MAX,
                           .guard_pages = OS_GUARD_PAGES,
                           .stack_pages = OS_STACK_PAGES};
    return os_vmas_open(&all, error);
}

tw_status os_process_add_region(os_process *process, os_region region, tw_error *error)
{
    tw_status status = check(process, &region, error);
    if (status != TW_OK)
        return status;
    if (process->areas == NULL)
        process->areas = open_areas(error);
    if (process->areas == NULL)
        return TW_NO_MEMORY;
    os_vma area = {.start = region.start, .end = region.end, .permissions = region.permissions};
    return os_vmas_map(process->areas, &area, NULL, error);
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
