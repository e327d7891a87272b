/*
 * segments_audit.c: do bare segments, their frames, slots and registers agree? What is counted
 * twice is counted from the segments, and from where the OS finds them.
 */
#include <inttypes.h>

#include "tb/os/kernel.h"

typedef struct audit {
    const os *system;
    size_t present; /* segments that say they have frames */
    size_t slots;   /* that segments have */
    tw_error *error;
} audit;

static tw_status wrong(const audit *a, const char *what, uint64_t where)
{
    return tw_fail(a->error, TW_MISMATCH, "audit: %s: %#" PRIx64, what, where);
}

static bool is_listed(const os *system, const os_segment *segment)
{
    size_t i = 0;
    while (i < system->segments.presents && system->segments.present[i] != segment)
        i++;
    return i < system->segments.presents;
}

static tw_status check_segment(audit *a, const os_process *process, const os_segment *segment)
{
    const os_region *region = &segment->region;
    if (segment->present && process->space == NULL)
        return wrong(a, "a segment of a process that has ended has frames, at", region->start);
    if (segment->present && segment->slot != NULL)
        return wrong(a, "a segment has frames and slots, at", region->start);
    if (segment->limit % OS_PAGE_BYTES != 0 || segment->limit > region->end - region->start)
        return wrong(a, "a segment is longer than its region, at", region->start);
    if (segment->present && !is_listed(a->system, segment))
        return wrong(a, "a segment with frames is not in the list, at", region->start);
    for (uint64_t i = 0; segment->slot != NULL && i < segment_pages(segment); i++)
        a->slots += segment->slot[i] != OS_NO_SLOT;
    a->present += segment->present;
    return TW_OK;
}

/* Both sides of what is in which register. */
static tw_status check_registers(const audit *a, const os_segments *table)
{
    size_t held = 0, numbered = 0;
    for (unsigned r = 0; r < TW_SEGMENTS_MAX; r++) {
        if (table->held[r] != NULL && table->held[r]->number != r)
            return wrong(a, "a register holds a segment that does not say so, number", r);
        held += table->held[r] != NULL;
    }
    for (size_t i = 0; i < table->count; i++)
        numbered += table->segment[i].number != OS_NO_REGISTER;
    return held == numbered
               ? TW_OK
               : wrong(a, "segments say they are in registers that do not hold them, so many",
                       numbered - held);
}

static tw_status check_process(audit *a, const os_process *process)
{
    const os_segments *table = process->segments;
    tw_status status = check_registers(a, table);
    for (size_t i = 0; status == TW_OK && i < table->count; i++)
        status = check_segment(a, process, &table->segment[i]);
    return status;
}

/* In order, and none in the frames of another. */
static tw_status check_list(const audit *a)
{
    const segment_memory *m = &a->system->segments;
    uint64_t at = a->system->options.first_frame;
    const uint64_t end = at + a->system->options.frames;
    for (size_t i = 0; i < m->presents; i++) {
        const os_segment *segment = m->present[i];
        if (segment->first < at || segment->first + segment_pages(segment) > end)
            return wrong(a, "a segment is in frames that are not its own, from", segment->first);
        at = segment->first + segment_pages(segment);
    }
    if (m->presents != a->present)
        return wrong(a, "segments of nobody are in the list, so many", m->presents - a->present);
    return TW_OK;
}

tw_status segments_audit(const os *system, tw_error *error)
{
    audit a = {.system = system, .error = error};
    tw_status status = TW_OK;
    for (const os_process *p = system->oldest; status == TW_OK && p != NULL; p = p->next)
        if (p->segments != NULL)
            status = check_process(&a, p);
    if (status == TW_OK)
        status = check_list(&a);
    if (status == TW_OK && os_swap_used(system->swap) != a.slots)
        status = wrong(&a, "slots of no segment, so many", os_swap_used(system->swap) - a.slots);
    return status;
}
