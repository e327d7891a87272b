/*
 * calls_fork.c: a new process that begins as a copy of another, or in the address space of
 * another.
 *
 * fork copies no page. Parent and child show the same pages, which are so no more exclusive: W
 * goes from the parent's words, its huge pages are split, and who stores first gets a copy
 * (copy-on-write). The child's
 * words are written at once where the parent has one, so that its loads do not fault; pages of
 * objects are left to faults, which find them in memory.
 */
#include "tb/os/calls_inside.h"

#include "tb/os/huge.h"

typedef struct forking {
    os *system;
    os_process *parent;
    os_space *child;
    bool protected; /* words of the parent have changed: it has to be fenced */
} forking;

/* Are there frames for the tables of one page more? They have to be of low memory. */
static bool has_room(const os *system)
{
    uint64_t low = 0;
    for (unsigned node = 0; node < ZONES_NODES_MAX; node++) {
        const buddy *zone = zones_buddy(os_frames_zones(system->frames), node, false);
        low += zone != NULL ? buddy_free(zone) : 0;
    }
    return low >= mode_levels(system->options.mode);
}

/* Maps the child's place, if there is room for its tables; if not, a fault will. In hashed mode the
 * parent's place has the one entry of the frame. */
static tw_status show(const forking *f, const os_vma *area, os_place *copy, tw_error *error)
{
    os *system = f->system;
    if (system->options.mode == MODE_HASHED || !has_room(system))
        return TW_OK;
    /* Frames that the parent's node does not reach are no room either: another page may go. */
    copy->page->pins++;
    system->no_frame = OS_REASON_NONE;
    tw_status status = os_mapping_prepare(system, f->child, copy->va, f->parent->node, error);
    copy->page->pins--;
    if (status == TW_NO_MEMORY && system->no_frame != OS_REASON_NONE)
        return TW_OK;
    if (status == TW_OK)
        status = os_mapping_enter(system, copy, os_place_permissions(area, copy), error);
    return status;
}

/* The child shows the page of the parent's place, at the same address. A huge page ends even if
 * nobody may write to it: its pages are exclusive. */
static tw_status share(forking *f, const os_vma *area, os_place *place, tw_error *error)
{
    os *system = f->system;
    os_place *copy = os_places_add(&f->child->places, &system->port.records, f->child, place->va);
    if (copy == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the records of a child's pages");
    tw_status status = os_huge_split(system, place->space, place->va, error);
    if (status != TW_OK)
        return status;
    os_page_attach(place->page, copy);
    if (!place->mapped || place->removed)
        return TW_OK;
    if ((area->permissions & OS_W) != 0) {
        status = os_mapping_protect(system, place, os_place_permissions(area, place), error);
        f->protected = true;
    }
    return status == TW_OK ? show(f, area, copy, error) : status;
}

static tw_status share_all(forking *f, tw_error *error)
{
    const os_places *places = &f->parent->space->places;
    const os_vma *area = os_vmas_first(f->parent->space->areas);
    tw_status status = TW_OK;
    for (; status == TW_OK && area != NULL; area = os_vmas_next(area))
        for (os_place *place = os_places_from(places, area->start);
             status == TW_OK && place != NULL && place->va < area->end;
             place = os_places_next(place))
            if (place->page != NULL && place->page->object == NULL)
                status = share(f, area, place, error);
    return status;
}

/* An address space with the parent's areas and pages; if that fails, there is none. */
static tw_status copy_space(os *system, os_process *parent, os_space **child, tw_error *error)
{
    forking f = {.system = system, .parent = parent};
    tw_status status = os_space_make(system, &f.child, error);
    if (status != TW_OK)
        return status;
    f.child->areas = os_vmas_clone(&system->port.records, parent->space->areas, error);
    status = f.child->areas == NULL ? TW_NO_MEMORY : share_all(&f, error);
    if (f.protected) {
        tw_status fenced =
            os_fence(system, TW_FENCE_ASID, 0, parent->space->asid, status == TW_OK ? error : NULL);
        status = status == TW_OK ? fenced : status;
    }
    if (status != TW_OK)
        os_space_drop(system, f.child, NULL); /* what went wrong first is told */
    *child = f.child;
    return status;
}

tw_status os_fork(os *system, os_process *process, os_process **child, tw_error *error)
{
    call c;
    os_space *space = NULL;
    tw_status status = call_begin(system, process, &c, error);
    if (status == TW_OK)
        status = copy_space(system, process, &space, error);
    if (status != TW_OK)
        return status;
    status = os_process_make(system, space, child, error);
    if (status != TW_OK) {
        os_space_drop(system, space, NULL);
        return status;
    }
    (*child)->parent = process;
    (*child)->node = process->node;
    os_emit(system, OS_EVENT_FORK, process, 0, 0, (*child)->pid);
    return TW_OK;
}

tw_status os_vfork(os *system, os_process *process, os_process **child, tw_error *error)
{
    call c;
    tw_status status = call_begin(system, process, &c, error);
    if (status == TW_OK)
        status = os_process_make(system, process->space, child, error);
    if (status != TW_OK)
        return status;
    process->space->users++;
    process->state = OS_WAITS_FOR_CHILD;
    (*child)->parent = process;
    (*child)->node = process->node;
    os_emit(system, OS_EVENT_VFORK, process, 0, 0, (*child)->pid);
    return TW_OK;
}
