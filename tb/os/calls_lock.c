/*
 * calls_lock.c: pages that have to stay in memory. A place knows whether its area is locked, and
 * its page counts such places; the clock passes a page that has one.
 */
#include "tb/os/calls_inside.h"

static void mark(const os_space *space, const os_vma *part, bool locked)
{
    os_place *place = os_places_from(&space->places, part->start);
    for (; place != NULL && place->va < part->end; place = os_places_next(place))
        os_place_lock(place, locked);
}

static tw_status lock_part(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    (void)error;
    mark(c->process->space, part, true);
    return TW_OK;
}

static tw_status unlock_part(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    (void)error;
    mark(c->process->space, part, false);
    return TW_OK;
}

/* Places are locked as their areas are. */
static void undo(const call *c)
{
    const os_vma *area = os_vmas_after(c->areas, c->start);
    for (; area != NULL && area->start < c->end; area = os_vmas_next(area))
        mark(c->process->space, area, (area->flags & OS_VMA_LOCKED) != 0);
}

/* Areas change last, when nothing else can fail: to take a lock back from an area that was joined
 * to its neighbour would need memory. */
tw_status os_mlock(os *system, os_process *process, uint64_t start, uint64_t bytes, tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    const os_vma_visitor changed = {lock_part, &c};
    c.locks = true;
    status = call_populate(&c, error);
    if (status == TW_OK)
        status = os_vmas_lock(c.areas, c.start, c.end, &changed, error);
    if (status != TW_OK)
        undo(&c);
    return status;
}

tw_status os_munlock(os *system, os_process *process, uint64_t start, uint64_t bytes,
                     tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    const os_vma_visitor changed = {unlock_part, &c};
    return os_vmas_unlock(c.areas, c.start, c.end, &changed, error);
}
