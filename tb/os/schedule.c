/*
 * schedule.c: whose turn it is, and what becomes of those who wait for the disk. Invariant: a page
 * that somebody waits for is pinned once for each of them, and stays where it is until they run.
 */
#include <inttypes.h>

#include "tablewalk/registers.h"
#include "tb/os/mapping.h"

/* ---- waiting --------------------------------------------------------------------------------- */

void os_wait_for_disk(os_process *process, os_place *place, uint64_t due)
{
    os_forget_pending(process); /* it may not have run since it waited for another */
    process->state = OS_WAITS_FOR_DISK;
    process->pending = place;
    process->pending_due = due;
    process->waited = true;
    process->left = false;
    if (place != NULL)
        place->page->pins++;
}

void os_forget_pending(os_process *process)
{
    if (process->pending != NULL)
        process->pending->page->pins--;
    process->pending = NULL;
}

void os_forget_pending_in(const os *system, const os_space *space, uint64_t start, uint64_t end)
{
    for (os_process *p = system->oldest; p != NULL; p = p->next)
        if (p->space == space && p->pending != NULL && p->pending->va >= start &&
            p->pending->va < end)
            os_forget_pending(p);
}

bool os_release_pending(os *system, const os_process *process)
{
    for (os_process *p = system->oldest; p != NULL; p = p->next)
        if (p != process && p->pending != NULL && p->pending_due <= os_now(system)) {
            os_forget_pending(p);
            return true;
        }
    return false;
}

bool os_others_wait(const os *system, const os_process *process, uint64_t *until)
{
    *until = UINT64_MAX;
    for (const os_process *p = system->oldest; p != NULL; p = p->next)
        if (p != process && p->pending != NULL && p->pending_due < *until)
            *until = p->pending_due;
    for (size_t i = 0; i < os_frames_count(system->frames); i++) {
        const os_page *page = os_frames_at(system->frames, i)->page;
        if (page != NULL && page->due > os_now(system) && page->due < *until)
            *until = page->due;
    }
    return *until != UINT64_MAX;
}

static unsigned pid_of(const os_process *process)
{
    return process != NULL ? process->pid : 0;
}

void os_poll(os *system)
{
    os_pages_end_late(system, os_now(system));
    for (os_process *p = system->oldest; p != NULL; p = p->next) {
        if (p->state != OS_WAITS_FOR_DISK || p->pending_due > os_now(system))
            continue;
        const unsigned other = system->current != p ? pid_of(system->current) : 0;
        const uint64_t va = p->pending != NULL ? p->pending->va : 0;
        p->state = OS_RUNNABLE;
        os_emit(system, OS_EVENT_FAULT_INTERRUPT, p, va, 0, 0);
        os_emit(system, OS_EVENT_FAULT_SAVE_OTHER, p, va, 0, other);
        os_emit(system, OS_EVENT_FAULT_FROM_DISK, p, va, 0, 0);
    }
}

/* The processor goes from the current process, if that waits, to another, or to nobody. */
static void leave(os *system, const os_process *other)
{
    os_process *p = system->current;
    if (p == NULL || p == other || p->state != OS_WAITS_FOR_DISK || p->left)
        return;
    p->left = true;
    os_emit(system, OS_EVENT_FAULT_OTHER, p, p->pending != NULL ? p->pending->va : 0, 0,
            pid_of(other));
}

tw_status os_idle(os *system, bool *waited, tw_error *error)
{
    uint64_t until = UINT64_MAX;
    for (const os_process *p = system->oldest; p != NULL; p = p->next)
        if (p->state == OS_WAITS_FOR_DISK && p->pending_due < until)
            until = p->pending_due;
    if (until == UINT64_MAX) /* a frame that is given back is something */
        for (const os_page *page = system->ended; page != NULL; page = page->next)
            until = page->due < until ? page->due : until;
    *waited = until != UINT64_MAX;
    if (!*waited)
        return TW_OK;
    leave(system, NULL);
    tw_status status =
        until > os_now(system) ? system->port.wait(system->port.context, until, error) : TW_OK;
    os_poll(system);
    return status;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static os_process *first_runnable(os_process *process)
{
    while (process != NULL && process->state != OS_RUNNABLE)
        process = process->next;
    return process;
}

os_process *os_next(os *system, const os_process *process)
{
    os_poll(system);
    os_process *next = first_runnable(process != NULL ? process->next : NULL);
    return next != NULL ? next : first_runnable(system->oldest);
}

/* The page that the process waited for is there: stage 10. */
static tw_status map_pending(os *system, os_process *process, tw_error *error)
{
    os_place *place = process->pending;
    if (place == NULL)
        return TW_OK;
    const os_vma *area = os_process_region(process, place->va);
    tw_status status = area != NULL ? os_show(system, area, place, error) : TW_OK;
    if (status != TW_OK)
        return status;
    os_emit(system, OS_EVENT_FAULT_CORRECT, process, place->va, place->page->ppn, 0);
    os_forget_pending(process);
    return TW_OK;
}

tw_status os_enter_space(os *system, const os_space *space, tw_error *error)
{
    const uint64_t satp = TW_PUT(SATP, MODE, space->table.mode) | TW_PUT(SATP, ASID, space->asid) |
                          TW_PUT(SATP, PPN, space->table.root);
    return system->port.register_write(system->port.context, REG_SATP, satp, error);
}

tw_status os_switch(os *system, os_process *process, tw_error *error)
{
    if (process->state != OS_RUNNABLE)
        return tw_fail(error, TW_USAGE, "process %u cannot run: it waits, or has ended",
                       process->pid);
    const uint64_t va = process->pending != NULL ? process->pending->va : 0;
    tw_status status = map_pending(system, process, error);
    if (status != TW_OK)
        return status;
    leave(system, process);
    os_note_turn(system, process);
    const os_space *space = process->space;
    if (system->current != process)
        system->counts.switches++;
    system->current = process;
    os_emit(system, OS_EVENT_SWITCH, process, 0, 0, space->asid);
    status = os_enter_space(system, space, error);
    if (status == TW_OK && system->options.segmented)
        status = segments_enter(system, error);
    if (status == TW_OK && process->waited) {
        process->waited = false;
        os_emit(system, OS_EVENT_FAULT_AGAIN, process, va, 0, 0);
        os_emit(system, OS_EVENT_FAULT_RESTART, process, va, 0, 0);
    }
    return status;
}
