/* calls.c: what all calls begin with, and bringing in what they map. */
#include "tb/os/calls_inside.h"

#include <inttypes.h>

#include "tb/os/kernel_map.h"

static const char *const waits_for[] = {
    [OS_WAITS_FOR_DISK] = "waits for the disk",
    [OS_WAITS_FOR_CHILD] = "waits for its child of vfork",
    [OS_FINISHED] = "has ended",
    [OS_KILLED] = "was killed",
};

tw_status call_begin(os *system, os_process *process, call *c, tw_error *error)
{
    *c = (call){.system = system, .process = process};
    if (process->state != OS_RUNNABLE)
        return tw_fail(error, TW_USAGE, "process %u %s, and makes no calls", process->pid,
                       waits_for[process->state]);
    if (system->options.segmented)
        return tw_fail(error, TW_USAGE,
                       "the areas of process %u are its segments, which no call changes: open the "
                       "OS without segments",
                       process->pid);
    tw_status status = os_space_open_areas(&system->port.records, process->space, error);
    c->areas = process->space->areas;
    return status;
}

tw_status call_page_up(uint64_t bytes, uint64_t *rounded, tw_error *error)
{
    if (bytes == 0 || bytes > UINT64_MAX - OS_PAGE_BYTES)
        return tw_fail(error, TW_USAGE, "%" PRIu64 " bytes: choose a number from 1 to 2^64 - 4097",
                       bytes);
    *rounded = (bytes + OS_PAGE_BYTES - 1) & ~(uint64_t)(OS_PAGE_BYTES - 1);
    return TW_OK;
}

uint64_t call_user_end(const os *system)
{
    const unsigned mode = system->options.mode;
    const unsigned bits = mode_narrow(mode) ? 32 : level_size(mode, mode_levels(mode)) - 1;
    const uint64_t end = os_user_end(mode, system->options.kernel_map);
    return end < UINT64_C(1) << bits ? end : UINT64_C(1) << bits;
}

tw_status call_check_range(const os *system, uint64_t start, uint64_t end, tw_error *error)
{
    const uint64_t last = call_user_end(system);
    const char *wrong = NULL;
    if (start % OS_PAGE_BYTES != 0)
        wrong = "must start at a multiple of 4096";
    else if (end <= start || end > last)
        wrong = "is not all of user addresses";
    if (wrong == NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "the range [%#" PRIx64 ", %#" PRIx64 ") %s: those are [0, %#" PRIx64 ")", start,
                   end, wrong, last);
}

tw_status call_begin_range(os *system, os_process *process, uint64_t start, uint64_t bytes, call *c,
                           tw_error *error)
{
    uint64_t rounded = 0;
    tw_status status = call_begin(system, process, c, error);
    if (status == TW_OK)
        status = call_page_up(bytes, &rounded, error);
    if (status == TW_OK)
        status = call_check_range(system, start, start + rounded, error);
    c->start = start;
    c->end = start + rounded;
    return status;
}

tw_status call_clear_part(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    return os_space_clear(c->system, c->process->space, part->start, part->end, error);
}

/* ---- bringing in ----------------------------------------------------------------------------- */

/* Where what the area maps ends: beyond the end of a file nobody may touch anything. */
static tw_status end_of(const os_vma *part, uint64_t *end, tw_error *error)
{
    uint64_t bytes = 0;
    *end = part->end;
    if (part->file == NULL)
        return TW_OK;
    tw_status status = os_object_bytes(call_object(part), &bytes, error);
    uint64_t rest = bytes > part->offset ? bytes - part->offset : 0;
    if (status == TW_OK && rest < part->end - part->start)
        *end = part->start + ((rest + OS_PAGE_BYTES - 1) & ~(uint64_t)(OS_PAGE_BYTES - 1));
    return status;
}

static tw_status populate_part(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    const bool copied = (part->permissions & OS_W) != 0 && os_vma_private(part);
    const tw_op op = copied ? OP_STORE : (part->permissions & OS_R) != 0 ? OP_LOAD : OP_FETCH;
    uint64_t end;
    tw_status status = end_of(part, &end, error);
    if (part->permissions == 0)
        return status;
    for (uint64_t va = part->start; status == TW_OK && va < end; va += OS_PAGE_BYTES) {
        status = os_touch(c->system, c->process, va, op, error);
        if (status == TW_OK && c->locks)
            os_place_lock(os_places_find(&c->process->space->places, va), true);
    }
    return status;
}

tw_status call_populate(const call *c, tw_error *error)
{
    call copy = *c; /* a visitor's context is not const */
    const os_vma_visitor visitor = {populate_part, &copy};
    return os_vmas_advise(c->areas, c->start, c->end, OS_ADVISE_WILLNEED, &visitor, error);
}

tw_status os_populate(os *system, os_process *process, uint64_t start, uint64_t bytes,
                      tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    return status == TW_OK ? call_populate(&c, error) : status;
}

void os_print_maps(const os *system, const os_process *process, FILE *to)
{
    (void)system;
    if (process->space != NULL && process->space->areas != NULL)
        os_vmas_print(process->space->areas, to);
}
