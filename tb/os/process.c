/* process.c: the regions of a process are areas of its address space. */
#include "tb/os/process.h"

#include <inttypes.h>

#include "tb/os/kernel_map.h"

const os_vma *os_process_region(const os_process *process, uint64_t va)
{
    return os_vmas_find(process->space->areas, va);
}

static tw_status check(const os_process *process, const os_region *region, uint64_t end,
                       tw_error *error)
{
    const unsigned mode = process->space->table.mode;
    const os_vma *next = os_vmas_after(process->space->areas, region->start);
    const char *wrong = NULL;
    if (((region->start | region->end) & (OS_PAGE_BYTES - 1)) != 0)
        wrong = "must start and end at a multiple of 4096";
    else if (region->end <= region->start)
        wrong = "must end after it starts";
    else if (!va_canonical(mode, region->start) || !va_canonical(mode, region->end - 1) ||
             (int64_t)(region->start ^ (region->end - 1)) < 0)
        wrong = "does not fit into the address space of the mode";
    else if (region->end > end)
        wrong = "reaches into the kernel's part of the address space";
    else if ((region->permissions & ~(unsigned)(OS_R | OS_W | OS_X)) != 0)
        wrong = "has other permissions than OS_R, OS_W and OS_X";
    else if (next != NULL && next->start < region->end)
        wrong = "overlaps another";
    if (wrong == NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "region [%#" PRIx64 ", %#" PRIx64 ") of process %u %s",
                   region->start, region->end, process->pid, wrong);
}

/* `end`: of all addresses that a process may have. */
static tw_status add(const os_records *records, os_process *process, os_region region, uint64_t end,
                     tw_error *error)
{
    tw_status status = check(process, &region, end, error);
    if (status == TW_OK)
        status = os_space_open_areas(records, process->space, error);
    if (status != TW_OK)
        return status;
    os_vma area = {.start = region.start,
                   .end = region.end,
                   .permissions = os_vma_permissions(region.permissions)};
    return os_vmas_map(process->space->areas, &area, NULL, error);
}

tw_status os_region_add(const os_records *records, os_process *process, os_region region,
                        tw_error *error)
{
    return add(records, process, region, UINT64_MAX, error);
}

tw_status os_process_add_region(struct os *system, os_process *process, os_region region,
                                tw_error *error)
{
    const os_options *o = &system->options;
    return add(&system->port.records, process, region, os_user_end(o->mode, o->kernel_map), error);
}

const char *os_reason_text(os_reason reason)
{
    switch (reason) {
    case OS_REASON_NONE:
        return "alive";
    case OS_REASON_NO_REGION:
        return "the address is in no region of the process";
    case OS_REASON_GUARD:
        return "the address is in the guard of a stack, or beyond what the stack may grow to";
    case OS_REASON_FORBIDDEN:
        return "the region does not allow this access";
    case OS_REASON_BEYOND_FILE:
        return "the file that is mapped there ends before this page";
    case OS_REASON_ACCESS_FAULT:
        return "the bus refused an access to the page table";
    case OS_REASON_BUS_ERROR:
        return "the bus refused the access itself";
    case OS_REASON_READ_FAILED:
        return "the disk could not give the page back";
    case OS_REASON_WRITE_FAILED:
        return "no frame is left: what is in memory could not be written to the disk";
    case OS_REASON_SWAP_FULL:
        return "no frame is left: the swap file is full, give it more slots";
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
    case OS_REASON_ASKED:
        return "it was asked to end";
    }
    return "?";
}

const char *os_reason_signal(os_reason reason)
{
    switch (reason) {
    case OS_REASON_BEYOND_FILE:
    case OS_REASON_ACCESS_FAULT:
    case OS_REASON_BUS_ERROR:
    case OS_REASON_READ_FAILED:
        return "SIGBUS";
    case OS_REASON_WRITE_FAILED:
    case OS_REASON_SWAP_FULL:
    case OS_REASON_NO_FRAME:
    case OS_REASON_ASKED:
        return "SIGKILL";
    default:
        return "SIGSEGV";
    }
}
