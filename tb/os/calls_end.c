/* calls_end.c: the end of any process that is alive, by its own will or another's. */
#include "tb/os/calls_inside.h"

#include "tb/os/trap.h"

static tw_status check_alive(const os_process *process, tw_error *error)
{
    if (os_state_alive(process->state))
        return TW_OK;
    return tw_fail(error, TW_USAGE, "process %u has come to its end before", process->pid);
}

tw_status os_end(os *system, os_process *process, tw_error *error)
{
    tw_status status = check_alive(process, error);
    return status == TW_OK ? os_bury(system, process, OS_FINISHED, error) : status;
}

tw_status os_kill(os *system, os_process *process, tw_error *error)
{
    const os_trap none = {.cause = CAUSE_NONE};
    tw_status status = check_alive(process, error);
    if (status == TW_OK)
        status = os_write_death(system, process, OS_REASON_ASKED, &none, error);
    return status == TW_OK ? os_bury(system, process, OS_KILLED, error) : status;
}
