/*
 * space.c: address spaces. Invariant: an ASID belongs to at most one space that is alive; when it
 * goes to another, no translation of it is cached and no table knows it.
 */
#include "tb/os/space.h"

#include "tablewalk/registers.h"
#include "tb/os/mapping.h"

/* Up to so many pages are fenced one by one, and more by their ASID (Linux for x86:
 * tlb_single_page_flush_ceiling). */
enum { FENCES_MAX = 33 };

/* ---- ASIDs and areas ------------------------------------------------------------------------- */

enum { ASIDS = 1 << ASID_BITS };

/* The least that is free; 0, which is no space's, has no ASID here. */
static tw_status take_asid(os *system, unsigned *asid, tw_error *error)
{
    size_t used = bit_tree_next(&system->asids, 1);
    if (used < ASIDS) {
        bit_tree_remove(&system->asids, used);
        *asid = (unsigned)used;
        return TW_OK;
    }
    if (system->last_asid == ASIDS - 1)
        return tw_fail(error, TW_USAGE,
                       "%u processes are alive, as many as there are ASIDs: end one",
                       system->last_asid);
    *asid = ++system->last_asid;
    return TW_OK;
}

tw_status os_space_open_areas(const os_records *records, os_space *space, tw_error *error)
{
    /* All addresses, since those of a mode can be two ranges; and as many areas as a trace has runs
     * of pages, which can be more than a program has areas. */
    os_vmas_options all = {.high = -(uint64_t)OS_PAGE_BYTES,
                           .limit = SIZE_MAX,
                           .guard_pages = OS_GUARD_PAGES,
                           .stack_pages = OS_STACK_PAGES,
                           .stack_low = OS_LOWEST,
                           .files = os_object_files()};
    if (space->areas == NULL)
        space->areas = os_vmas_open(records, &all, error);
    return space->areas != NULL ? TW_OK : TW_NO_MEMORY;
}

tw_status os_space_make(struct os *system, os_space **result, tw_error *error)
{
    const os_records *records = &system->port.records;
    os_space *space = os_records_take(records, 1, sizeof *space);
    if (space == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of an address space");
    *space = (os_space){.users = 1, .table.mode = system->options.mode};
    tw_status status = take_asid(system, &space->asid, error);
    if (status == TW_OK && !segments_bare(&system->options)) {
        status = os_mapping_begin(system, space, error);
        if (status != TW_OK)
            bit_tree_add(&system->asids, space->asid);
    }
    if (status == TW_OK)
        *result = space;
    else
        os_records_give(records, space);
    return status;
}

/* ---- out of the tables ----------------------------------------------------------------------- */

/* Fences of places that have been removed, or of none but counted. */
typedef struct leaving {
    os *system;
    size_t removed;
    tw_status status; /* the first error of what goes on in spite of errors */
    tw_error *error;
} leaving;

static void note(leaving *l, tw_status status)
{
    l->status = l->status == TW_OK ? status : l->status;
}

/* Where a further error goes: to the user if it is the first. */
static tw_error *error_of(const leaving *l)
{
    return l->status == TW_OK ? l->error : NULL;
}

static tw_status remove_place(void *context, os_place *place, tw_error *error)
{
    leaving *l = context;
    l->removed += place->mapped;
    return place->mapped ? os_mapping_remove(l->system, place, error) : TW_OK;
}

static tw_status fence_place(void *context, os_place *place, tw_error *error)
{
    const leaving *l = context;
    return place->removed
               ? os_fence(l->system, TW_FENCE_VA_ASID, place->va, place->space->asid, error)
               : TW_OK;
}

/* To the end, whatever the hardware did to one of them. */
static tw_status forget_place(void *context, os_place *place, tw_error *error)
{
    leaving *l = context;
    (void)error;
    if (place->removed)
        note(l, os_mapping_forget(l->system, place, error_of(l)));
    return TW_OK;
}

/* `whole`: the ASID is fenced even if nothing was mapped. */
static tw_status unmap(os *system, os_space *space, uint64_t start, uint64_t end, bool whole,
                       tw_error *error)
{
    const os_places *places = &space->places;
    leaving l = {.system = system, .error = error};
    tw_status status = os_places_visit(places, start, end, remove_place, &l, error);
    if (status != TW_OK)
        return status;
    if (whole || l.removed > FENCES_MAX)
        status = os_fence(system, TW_FENCE_ASID, 0, space->asid, error);
    else
        status = os_places_visit(places, start, end, fence_place, &l, error);
    if (status == TW_OK)
        os_places_visit(places, start, end, forget_place, &l, error);
    return status == TW_OK ? l.status : status;
}

tw_status os_space_unmap(struct os *system, os_space *space, uint64_t start, uint64_t end,
                         tw_error *error)
{
    return unmap(system, space, start, end, false, error);
}

/* ---- away ------------------------------------------------------------------------------------ */

static tw_status detach_place(void *context, os_place *place, tw_error *error)
{
    leaving *l = context;
    (void)error;
    if (place->page != NULL)
        note(l, os_page_detach(l->system, place, error_of(l)));
    os_places_remove(&place->space->places, &l->system->port.records, place);
    return TW_OK;
}

/* All that can be done although a word was written late, `late` being the error of that. */
static tw_status clear(os *system, os_space *space, uint64_t start, uint64_t end, tw_status late,
                       tw_error *error)
{
    leaving l = {.system = system, .status = late, .error = error};
    os_forget_pending_in(system, space, start, end);
    os_places_visit(&space->places, start, end, detach_place, &l, error);
    return l.status;
}

/* Nothing of it can be reached by the hardware. */
static tw_status is_unmapped(void *context, os_place *place, tw_error *error)
{
    (void)context, (void)error;
    return place->mapped ? TW_MISMATCH : TW_OK;
}

tw_status os_space_clear(struct os *system, os_space *space, uint64_t start, uint64_t end,
                         tw_error *error)
{
    tw_status status = unmap(system, space, start, end, false, error);
    if (os_places_visit(&space->places, start, end, is_unmapped, NULL, NULL) != TW_OK)
        return status;
    return clear(system, space, start, end, status, error);
}

/* Leaves the space, and nothing of it can be reached by the hardware; *gone tells. A word that was
 * written late is an error that does not keep it. If it stays, the processor is in it again; if not
 * even that can be had, in none, and who was current has to be switched to. */
static tw_status leave(os *system, os_space *space, bool *gone, tw_error *error)
{
    const os_port *port = &system->port;
    const bool inside = system->current != NULL && system->current->space == space;
    tw_status status = TW_OK;
    if (inside)
        status = port->register_write(port->context, REG_SATP, 0, error);
    if (status == TW_OK)
        status = unmap(system, space, 0, UINT64_MAX, true, error);
    *gone = status == TW_OK ||
            (status == TW_MISMATCH &&
             os_places_visit(&space->places, 0, UINT64_MAX, is_unmapped, NULL, NULL) == TW_OK);
    if (!*gone && inside && os_enter_space(system, space, NULL) != TW_OK)
        system->current = NULL;
    return status;
}

tw_status os_space_end(struct os *system, os_space *space, bool *gone, tw_error *error)
{
    tw_status status = TW_OK;
    *gone = true;
    if (space->users == 1)
        status = leave(system, space, gone, error);
    if (*gone)
        space->users--;
    if (!*gone || space->users > 0)
        return status;
    leaving l = {.system = system, .error = error};
    note(&l, clear(system, space, 0, UINT64_MAX, status, error));
    if (!segments_bare(&system->options))
        note(&l, os_mapping_end(system, space, error_of(&l)));
    os_vmas_close(space->areas);
    bit_tree_add(&system->asids, space->asid);
    os_records_give(&system->port.records, space);
    return l.status;
}

tw_status os_space_drop(struct os *system, os_space *space, tw_error *error)
{
    bool gone;
    return os_space_end(system, space, &gone, error);
}

/* ---- looking --------------------------------------------------------------------------------- */

size_t os_space_resident(const os_space *space)
{
    size_t resident = 0;
    for (const os_place *p = os_places_from(&space->places, 0); p != NULL; p = os_places_next(p))
        resident += p->page != NULL && p->page->ppn != OS_NO_FRAME;
    return resident;
}
