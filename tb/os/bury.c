/*
 * bury.c: the end of a process. Its address space goes in an order that leaves no way back: leave
 * it, take every page out of the hardware's tables, fence its ASID, and only then give the frames
 * to others.
 */
#include "tablewalk/registers.h"
#include "tb/os/mapping.h"

/* Takes a page of the current process out of the tables. */
static tw_status remove_page(void *context, os_page *page, tw_error *error)
{
    os *system = context;
    return page->ppn != OS_NO_FRAME ? os_mapping_remove(system, system->current, page, error)
                                    : TW_OK;
}

/* Gives back its frame and its slot. */
static tw_status give_page(void *context, os_page *page, tw_error *error)
{
    os *system = context;
    tw_status status = os_swap_give(system->swap, page->slot, error);
    if (status != TW_OK || page->ppn == OS_NO_FRAME)
        return status;
    status = os_mapping_forget(system, system->current, page, error);
    return status == TW_OK ? os_frames_give(system->frames, page->ppn, error) : status;
}

tw_status os_bury(os *system, os_state state, tw_error *error)
{
    const os_port *port = &system->port;
    os_process *process = system->current;
    tw_status status = port->register_write(port->context, REG_SATP, 0, error);
    if (status == TW_OK)
        status = os_pages_visit(&process->pages, remove_page, system, error);
    if (status == TW_OK)
        status = port->fence(port->context, TW_FENCE_ASID, 0, process->asid, error);
    if (status == TW_OK && process->segments != NULL)
        status = segments_bury(system, error);
    if (status == TW_OK)
        status = os_pages_visit(&process->pages, give_page, system, error);
    if (status == TW_OK && !segments_bare(&system->options))
        status = os_mapping_end(system, process, error);
    if (status != TW_OK)
        return status;
    os_pages_free(&process->pages);
    process->state = state;
    process->resident = 0;
    system->current = NULL;
    system->counts.finished += state == OS_FINISHED;
    system->counts.killed += state == OS_KILLED;
    return TW_OK;
}
