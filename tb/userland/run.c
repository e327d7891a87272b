/* run.c: turns, and runs to their end. */
#include <inttypes.h>

#include "tb/userland/inside.h"

/* ---- one turn -------------------------------------------------------------------------------- */

/* *runs is false: it waits for the disk, or the OS found that it cannot go on. */
static tw_status switch_to(userland *u, struct user_process *p, bool *runs, tw_error *error)
{
    os_process *process = p->process;
    if (process->state == OS_WAITS_FOR_DISK)
        os_poll(u->system);
    *runs = process->state == OS_RUNNABLE;
    if (process->state == OS_WAITS_FOR_CHILD)
        return tw_fail(error, TW_USAGE,
                       "process %u waits until its child calls exec or ends: run that first",
                       process->pid);
    if (!*runs || u->current == p)
        return TW_OK;
    u->current = NULL;
    tw_status status = os_switch(u->system, process, error);
    *runs = status == TW_OK && process->state == OS_RUNNABLE;
    if (*runs)
        u->current = p;
    return status;
}

static user_end how_it_is(userland *u, struct user_process *p)
{
    if (p->process->state == OS_RUNNABLE)
        return USER_DONE;
    if (u->current == p)
        u->current = NULL;
    if (os_state_alive(p->process->state))
        return USER_WAITS;
    shadow_exit(userland_shadow(u), p->process->pid);
    return USER_DEAD;
}

tw_status user_turn(userland *u, struct user_process *p, const cpu_stream *stream,
                    uint64_t references, bool *more, user_end *end, tw_error *error)
{
    bool runs;
    cpu_stop stop = CPU_SLICE_OVER;
    tw_status status = switch_to(u, p, &runs, error);
    if (status == TW_OK && runs)
        status = cpu_run(u->processor, &p->context, stream, references, UINT64_MAX, &stop, error);
    *more = stop != CPU_STREAM_OVER;
    *end = how_it_is(u, p);
    return status;
}

/* The process waits for the disk: time passes until it does not. */
static tw_status wait_for_disk(userland *u, const os_process *process, tw_error *error)
{
    for (os_poll(u->system); process->state == OS_WAITS_FOR_DISK; os_poll(u->system)) {
        bool waited = false;
        tw_status status = os_idle(u->system, &waited, error);
        if (status != TW_OK)
            return status;
        if (!waited)
            return tw_fail(error, TW_TIMEOUT, "process %u waits for a disk that has nothing to do",
                           process->pid);
    }
    return TW_OK;
}

/* As many references as are asked for, and what is left from before, to their end. */
tw_status user_drive(userland *u, struct user_process *p, const cpu_stream *stream,
                     uint64_t references, bool *more, user_end *end, tw_error *error)
{
    uint64_t target = p->context.taken + references;
    for (;;) {
        tw_status status = user_turn(u, p, stream, target - p->context.taken, more, end, error);
        if (status != TW_OK || *end != USER_WAITS)
            return status;
        status = wait_for_disk(u, p->process, error);
        if (status != TW_OK)
            return status;
    }
}

/* ---- what the header promises ---------------------------------------------------------------- */

tw_status user_switch(userland *u, os_process *process, tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    bool runs;
    tw_status status = p == NULL ? TW_USAGE : switch_to(u, p, &runs, error);
    if (status == TW_OK && !runs && how_it_is(u, p) == USER_WAITS)
        status = tw_fail(error, TW_USAGE, "process %u waits for the disk", process->pid);
    return status;
}

tw_status user_slice(userland *u, os_process *process, const cpu_stream *stream,
                     uint64_t references, uint64_t *made, bool *more, user_end *end,
                     tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    bool goes_on;
    if (p == NULL)
        return TW_USAGE;
    uint64_t before = p->context.taken;
    tw_status status = user_turn(u, p, stream, references, &goes_on, end, error);
    if (made != NULL)
        *made = p->context.taken - before;
    if (more != NULL)
        *more = goes_on;
    return status;
}

tw_status user_run(userland *u, os_process *process, const cpu_stream *stream, uint64_t references,
                   bool *more, user_end *end, tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    bool goes_on;
    if (p == NULL)
        return TW_USAGE;
    tw_status status = user_drive(u, p, stream, references, &goes_on, end, error);
    if (more != NULL)
        *more = goes_on;
    return status;
}
