/* processes.c: processes come, change, and go. */
#include "tb/script/do.h"
#include "tb/script/world.h"

/* A process has this name from now on; its faults are counted from here on. */
static void name_process(script_world *w, const script_statement *st, os_process *process)
{
    unsigned index = script_argument_of(&st->phrase, "NAME")->index;
    w->process[index] = process;
    w->marked.minor[index] = process->minor_faults;
    w->marked.major[index] = process->major_faults;
}

tw_status script_process(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    os_process *process = NULL;
    uint64_t node = script_number(w, &st->phrase, "node", 0);
    if (script_check_node(st, node, w->zones.nodes, TW_MISMATCH, complaint) != TW_OK)
        return complaint->status;
    tw_status status = user_spawn(w->users, &process, &error);
    if (status != TW_OK)
        return script_called(st, status, &error, complaint);
    process->node = (unsigned)node;
    name_process(w, st, process);
    return TW_OK;
}

typedef tw_status fork_call(userland *users, os_process *process, os_process **child,
                            tw_error *error);

static tw_status call_fork(script_world *w, const script_statement *st, fork_call *call,
                           script_complaint *complaint)
{
    tw_error error = {0};
    os_process *child = NULL, *p = script_process_of(w, st);
    tw_status status = call(w->users, p, &child, &error);
    if (status == TW_OK)
        name_process(w, st, child);
    return script_called(st, status, &error, complaint);
}

tw_status script_fork(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_fork(w, st, user_fork, complaint);
}

tw_status script_vfork(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_fork(w, st, user_vfork, complaint);
}

tw_status script_exec(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    const os_image *image = &w->program[script_argument_of(&st->phrase, "PROGRAM")->index].image;
    return script_called(st, user_exec(w->users, p, image, &error), &error, complaint);
}

typedef tw_status process_call(userland *users, os_process *process, tw_error *error);

static tw_status call_process(script_world *w, const script_statement *st, process_call *call,
                              script_complaint *complaint)
{
    tw_error error = {0};
    return script_called(st, call(w->users, script_process_of(w, st), &error), &error, complaint);
}

tw_status script_exit(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_process(w, st, user_exit, complaint);
}

tw_status script_kill(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_process(w, st, user_kill, complaint);
}

tw_status script_switch(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_process(w, st, user_switch, complaint);
}
