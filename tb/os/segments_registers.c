/* segments_registers.c: the segment registers as a cache of descriptors. */
#include "tablewalk/registers.h"
#include "tablewalk/segment.h"
#include "tb/os/kernel.h"

tw_status segments_boot(os *system, tw_error *error)
{
    uint64_t value = 0;
    tw_status status = system->port.register_read(system->port.context, REG_SEGMENT, &value, error);
    system->segments.registers = (unsigned)TW_GET(value, SEGMENT, COUNT);
    if (status == TW_OK && system->segments.registers == 0)
        return tw_fail(error, TW_USAGE,
                       "this MMU was built without segment registers: choose a mode without "
                       "segments, or another configuration");
    return status;
}

/* What the MMU shall know of a segment: nothing but its rights while it is not present. */
static tw_segment descriptor_of(const os *system, const os_segment *segment)
{
    tw_segment d = {.flags = segment->region.permissions << PTE_R | 1u << PTE_U |
                             (unsigned)segment->down << SEGMENT_DOWN,
                    .base = segment->down ? segment->region.end : segment->region.start,
                    .limit = segment->limit};
    if (!segments_bare(&system->options))
        return d;
    uint64_t base = segment->first + (segment->down ? segment_pages(segment) : 0);
    d.base = segment->present ? base << PAGE_SHIFT : 0;
    d.limit = segment->present ? segment->limit : 0;
    return d;
}

static tw_status write_segment(os *system, unsigned number, tw_segment d, tw_error *error)
{
    const struct {
        unsigned offset;
        uint64_t value;
    } write[] = {{REG_SEGMENT, TW_PUT(SEGMENT, INDEX, number)},
                 {REG_SEGMENT_BASE, d.base},
                 {REG_SEGMENT_LIMIT, d.limit},
                 {REG_SEGMENT_FLAGS, d.flags}};
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < sizeof write / sizeof *write; i++)
        status = system->port.register_write(system->port.context, write[i].offset, write[i].value,
                                             error);
    return status;
}

tw_status segments_show(os *system, const os_segment *segment, tw_error *error)
{
    const os_segments *running = system->current->segments;
    if (segment->number == OS_NO_REGISTER || running->held[segment->number] != segment)
        return TW_OK;
    return write_segment(system, segment->number, descriptor_of(system, segment), error);
}

static tw_status fill_register(os *system, os_segment *segment, tw_error *error)
{
    segment->loaded = ++system->segments.loads;
    return segments_show(system, segment, error);
}

tw_status segments_restore(os *system, const os_segments *table, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned r = 0; status == TW_OK && r < system->segments.registers; r++) {
        os_segment *segment = table != NULL ? table->held[r] : NULL;
        system->segments.counts.restores += segment != NULL;
        status = segment != NULL ? fill_register(system, segment, error)
                                 : write_segment(system, r, (tw_segment){0}, error);
    }
    return status;
}

static tw_status find(const os *system, unsigned selector, os_segment **segment, tw_error *error)
{
    const os_process *process = system->current;
    *segment = segments_at(process, selector);
    if (*segment != NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "selector %u is outside the descriptor table of process %u, which has %zu "
                   "descriptors",
                   selector, process->pid,
                   process->segments != NULL ? process->segments->count : 0);
}

tw_status os_segments_find(os *system, unsigned selector, unsigned *number, tw_error *error)
{
    os_segment *segment;
    tw_status status = find(system, selector, &segment, error);
    if (status == TW_OK)
        *number = segment->number;
    return status;
}

tw_status os_segments_load(os *system, unsigned selector, tw_error *error)
{
    os_segment *segment;
    tw_status status = find(system, selector, &segment, error);
    if (status != TW_OK || segment->number != OS_NO_REGISTER)
        return status;
    os_segments *table = system->current->segments;
    unsigned number = table->next;
    table->next = (number + 1) % system->segments.registers;
    if (table->held[number] != NULL)
        table->held[number]->number = OS_NO_REGISTER;
    table->held[number] = segment;
    segment->number = number;
    system->segments.counts.loads++;
    return fill_register(system, segment, error);
}
