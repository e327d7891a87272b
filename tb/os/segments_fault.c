/*
 * segments_fault.c: what a fault of a segment leads to. What the region allows makes the segment
 * longer, or brings it back; what it does not allow is the end of the process.
 */
#include "tb/os/kernel.h"
#include "tb/os/trap.h"

tw_status segments_trap(os *system, os_trap *trap, tw_error *error)
{
    if (!system->options.segmented)
        return TW_OK;
    tw_status status =
        os_segments_locate(system, trap->va, 0, &trap->selector, &trap->offset, error);
    if (status != TW_OK)
        return status;
    const os_segment *segment = segments_at(system->current, trap->selector);
    trap->segmented = true;
    trap->number = segment->number;
    trap->linear = trap->va; /* so are the bases set, if there are page tables */
    return TW_OK;
}

/* The offset is inside what the register says. */
static bool holds(const os *system, const os_segment *segment, uint64_t offset)
{
    uint64_t limit = segment->present || !segments_bare(&system->options) ? segment->limit : 0;
    return (segment->down ? ~offset : offset) < limit;
}

static bool allows(const os_segment *segment, unsigned cause)
{
    unsigned needed = cause == CAUSE_FETCH_PAGE ? OS_X : cause == CAUSE_LOAD_PAGE ? OS_R : OS_W;
    return (segment->region.permissions & needed) != 0;
}

bool segments_concern(const os *system, os_trap *trap)
{
    if (!trap->segmented)
        return false;
    const os_segment *segment = segments_at(system->current, trap->selector);
    if (trap->check == CHECK_NONE && !holds(system, segment, trap->offset))
        trap->check = CHECK_LIMIT;
    else if (trap->check == CHECK_NONE && !allows(segment, trap->cause))
        trap->check = CHECK_SEGMENT;
    return os_trap_of_segment(trap) || segments_bare(&system->options);
}

os_reason segments_judge(const os *system, const os_trap *trap)
{
    const os_segment *segment = segments_at(system->current, trap->selector);
    const os_region *region = &segment->region;
    if (trap->check == CHECK_SEGMENT)
        return OS_REASON_SEGMENT_RIGHT;
    if (trap->check != CHECK_LIMIT)
        return OS_REASON_CAUSE;
    if (trap->va < region->start || trap->va >= region->end)
        return OS_REASON_SEGMENT_LIMIT;
    return holds(system, segment, trap->offset) ? OS_REASON_REFUSED_AGAIN : OS_REASON_NONE;
}

tw_status segments_repair(os *system, const os_trap *trap, tw_error *error)
{
    os_segment *segment = segments_at(system->current, trap->selector);
    uint64_t last = segment->down ? ~trap->offset : trap->offset;
    uint64_t limit = (last / OS_PAGE_BYTES + 1) * OS_PAGE_BYTES;
    if (limit <= segment->limit)
        limit = segment->limit;
    else
        system->segments.counts.growths++;
    if (segments_bare(&system->options)) {
        tw_status status = segments_place(system, segment, limit, error);
        if (status == TW_OK)
            system->segments.latest = segment;
        return status;
    }
    segment->limit = limit;
    return segments_show(system, segment, error);
}
