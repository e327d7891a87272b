/*
 * calls_protect.c: other permissions. What the area allows changes at once in the tables, so that
 * no PTE ever grants more than its area does; one fence of the address space follows, also if the
 * machine fails half way: the areas before that have changed.
 */
#include "tb/os/calls_inside.h"

#include <inttypes.h>

#include "tb/os/huge.h"

/* Nobody writes a file through memory that was opened for reading only. */
static tw_status check_part(void *context, const os_vma *part, tw_error *error)
{
    (void)context;
    if (os_vma_private(part) || part->file == NULL || os_object_writable(call_object(part)))
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "the area at %#" PRIx64
                   " shares %s, which is open for reading only: open it for "
                   "writing, or map it private",
                   part->start, os_object_name(call_object(part)));
}

/* A word that a call that failed has left without V must not be changed: the place leaves the
 * tables. */
static tw_status protect_place(os *system, const os_vma *part, os_place *place, tw_error *error)
{
    if (place->removed)
        return os_unmap(system, place, error);
    bool whole = false;
    tw_status status = os_huge_protect(system, part, place, &whole, error);
    return status != TW_OK || whole
               ? status
               : os_mapping_protect(system, place, os_place_permissions(part, place), error);
}

/* A page that nobody may touch is in no table: no leaf has R, W and X clear. */
static tw_status protect_part(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    os_space *space = c->process->space;
    if (part->permissions == 0)
        return os_space_unmap(c->system, space, part->start, part->end, error);
    tw_status status = TW_OK;
    os_place *place = os_places_from(&space->places, part->start);
    for (; status == TW_OK && place != NULL && place->va < part->end; place = os_places_next(place))
        if (place->mapped)
            status = protect_place(c->system, part, place, error);
    return status;
}

tw_status os_mprotect(os *system, os_process *process, uint64_t start, uint64_t bytes,
                      unsigned permissions, tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    if ((permissions & ~(unsigned)(OS_R | OS_W | OS_X)) != 0)
        return tw_fail(error, TW_USAGE, "mprotect: permissions are OS_R, OS_W and OS_X");
    const os_vma_visitor check = {check_part, NULL}, changed = {protect_part, &c};
    if ((permissions & OS_W) != 0)
        status = os_vmas_advise(c.areas, c.start, c.end, OS_ADVISE_WILLNEED, &check, error);
    if (status == TW_OK)
        status = os_vmas_protect(c.areas, c.start, c.end, os_vma_permissions(permissions), &changed,
                                 error);
    if (status != TW_OK) {
        os_fence(system, TW_FENCE_ASID, 0, process->space->asid,
                 NULL); /* the first error is told */
        return status;
    }
    /* A page on its way is mapped by the next fault, which asks the area anew. */
    os_forget_pending_in(system, process->space, c.start, c.end);
    os_emit(system, OS_EVENT_PROTECT, process, c.start, 0, permissions);
    return os_fence(system, TW_FENCE_ASID, 0, process->space->asid, error);
}
