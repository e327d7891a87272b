/*
 * progress.c: every access gets through, although it may need OS_PAGES_MIN pages at once, the disk
 * takes its time, and what comes for one process can be taken away for another before that runs.
 *
 * A process that faults for the same pages again and again goes first: until its access is through,
 * no other fault takes a page away, and waits. At most one process goes first. It does not any
 * more when it faults for another page, when it had a turn without a fault, when it ends, when it
 * is given no turn although it could run, or when a call finds no frame otherwise. (Linux 2.6 had a
 * swap token for the same end.)
 *
 * Of the pages that it needs its own faults take none away either: clock.c.
 */
#include "tb/os/kernel.h"

/* So many faults in a row for the same pages are in vain: each page came twice, and went. */
enum { IN_VAIN = 2 * OS_PAGES_MIN };

/* Nobody waits with a disk that takes no time, and nothing is lost between two faults. */
static bool takes_time(const os *system)
{
    return system->disk.times.seek > 0 || system->disk.times.transfer > 0;
}

bool os_end_first(os *system, const os_process *process)
{
    const bool ends =
        system->first.process != NULL && (process == NULL || system->first.process == process);
    if (ends)
        system->first = (os_going_first){0};
    return ends;
}

void os_note_fault(os *system, os_process *process, uint64_t va)
{
    const uint64_t page = va & ~(uint64_t)(OS_PAGE_BYTES - 1);
    size_t at = 0;
    while (at < OS_PAGES_MIN && process->wanted[at] != page)
        at++;
    if (at < OS_PAGES_MIN) {
        process->in_vain++;
    } else {
        process->in_vain = 0;
        os_end_first(system, process);
        at = OS_PAGES_MIN - 1;
    }
    for (; at > 0; at--)
        process->wanted[at] = process->wanted[at - 1];
    process->wanted[0] = page;
    if (system->first.process == NULL && process->in_vain >= IN_VAIN && takes_time(system))
        system->first.process = process;
    system->first.faulted |= system->first.process == process;
}

void os_note_turn(os *system, const os_process *process)
{
    os_going_first *first = &system->first;
    if (first->process == process) {
        first->refused = NULL;
        first->faulted = false;
    } else if (first->process != NULL && first->process == system->current &&
               first->process->state == OS_RUNNABLE && !first->faulted) {
        os_end_first(system, NULL);
    }
}

bool os_goes_behind(const os *system)
{
    return system->faulting != NULL && system->first.process != NULL &&
           system->faulting != system->first.process;
}

bool os_frame_may_come(os *system, const os_process *process, uint64_t *until)
{
    os_going_first *first = &system->first;
    if (!os_goes_behind(system))
        return os_others_wait(system, process, until);
    *until = os_now(system);
    if (first->process->state == OS_WAITS_FOR_DISK)
        *until = first->process->pending_due;
    else if (first->process->state != OS_RUNNABLE || first->refused == process)
        os_end_first(system, NULL);
    else if (first->refused == NULL)
        first->refused = process;
    return true;
}
