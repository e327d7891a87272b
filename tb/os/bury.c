/*
 * bury.c: the end of a process. Its address space goes in an order that leaves no way back:
 * space.c. Its record stays for whoever wants to know how it ended, until it is reaped.
 */
#include "tablewalk/registers.h"
#include "tb/os/mapping.h"

void os_wake_parent(const os_process *process, const os_space *left)
{
    os_process *parent = process->parent;
    if (parent != NULL && parent->state == OS_WAITS_FOR_CHILD && parent->space == left)
        parent->state = OS_RUNNABLE;
}

tw_status os_bury(os *system, os_process *process, os_state state, tw_error *error)
{
    const os_port *port = &system->port;
    const unsigned asid = process->space->asid;
    tw_status status = TW_OK;
    bool gone;
    if (process->space->users > 1 && system->current == process)
        status = port->register_write(port->context, REG_SATP, 0, error);
    if (status != TW_OK)
        return status;
    os_forget_pending(process);
    status = os_space_end(system, process->space, &gone, error);
    if (!gone)
        return status;
    os_wake_parent(process, process->space);
    if (process->segments != NULL) {
        tw_status later = segments_bury(system, process, status == TW_OK ? error : NULL);
        status = status == TW_OK ? later : status;
    }
    os_emit(system, state == OS_KILLED ? OS_EVENT_KILL : OS_EVENT_EXIT, process, process->death.va,
            0, process->death.reason);
    os_end_first(system, process);
    process->death_asid = asid;
    process->space = NULL;
    process->state = state;
    if (system->current == process)
        system->current = NULL;
    system->counts.finished += state == OS_FINISHED;
    system->counts.killed += state == OS_KILLED;
    return status;
}

tw_status os_reap(os *system, os_process *process, tw_error *error)
{
    const os_records *records = &system->port.records;
    os_process *before = NULL, *found = system->oldest;
    for (; found != NULL && found != process; found = found->next)
        before = found;
    if (found == NULL)
        return tw_fail(error, TW_USAGE, "no process of this OS, or one that was reaped before");
    if (os_state_alive(process->state))
        return tw_fail(error, TW_USAGE, "process %u is alive: reap it when it has ended",
                       process->pid);
    if (before != NULL)
        before->next = process->next;
    else
        system->oldest = process->next;
    if (system->youngest == process)
        system->youngest = before;
    for (os_process *p = system->oldest; p != NULL; p = p->next)
        if (p->parent == process)
            p->parent = NULL;
    os_segments_free(records, process->segments);
    os_records_give(records, process);
    return TW_OK;
}
