/* touch.c: pages brought in and mapped without a trap, for calls that want them to be there. */
#include <inttypes.h>

#include "tb/os/mapping.h"

/* May the process touch it at all? A stack is not made longer for it. */
static tw_status find_area(const os_process *process, os_touching *t, tw_error *error)
{
    const unsigned needed = os_permission_for(t->op);
    t->area = os_process_region(process, t->va);
    if (t->area == NULL || (t->area->permissions & needed) == 0)
        return tw_fail(error, TW_USAGE, "process %u may not touch %#" PRIx64 ": %s", process->pid,
                       t->va,
                       os_reason_text(t->area == NULL ? OS_REASON_NO_REGION : OS_REASON_FORBIDDEN));
    return TW_OK;
}

/* Is it mapped, with all that `op` needs? */
static tw_status is_there(os *system, const os_touching *t, bool *there, tw_error *error)
{
    const os_place *place = os_places_find(&t->process->space->places, t->va);
    uint64_t word = 0;
    tw_status status = TW_OK;
    if (place != NULL && place->mapped && !place->removed)
        status = os_mapping_read(system, place, &word, error);
    *there = status == TW_OK && pte_bit(word, PTE_V) && leaf_allows(word, t->op, false);
    return status;
}

/* Maps it. If it was mapped, what it permits by now may be more. */
static tw_status map(os *system, const os_touching *t, tw_error *error)
{
    bool there;
    if (!t->place->mapped)
        return os_show(system, t->area, t->place, error);
    tw_status status = is_there(system, t, &there, error);
    return status != TW_OK || there ? status : os_grant(system, t, error);
}

tw_status os_touch(os *system, os_process *process, uint64_t va, tw_op op, tw_error *error)
{
    os_touching t = {.process = process, .va = va, .op = op};
    bool there = false;
    tw_status status = find_area(process, &t, error);
    if (status == TW_OK)
        status = is_there(system, &t, &there, error);
    if (status != TW_OK || there)
        return status;
    status = os_bring_in(system, &t, error);
    if (status == TW_OK && t.due > os_now(system))
        status = system->port.wait(system->port.context, t.due, error);
    return status == TW_OK ? map(system, &t, error) : status;
}
