/* machine.c: `out` and `in` are always those of the cycle that has not ended yet. */
#include "tablewalk/machine.h"

#include <stdlib.h>

enum { WATCHERS_MAX = 8, RESET_CYCLES = 2 };

struct tw_machine {
    tw_engine *engine;
    tw_memory *memory;
    tw_watcher watcher[WATCHERS_MAX];
    unsigned watchers;
    uint64_t cycle;
    tw_out out;
    tw_in in;
    tw_error stopped; /* why the machine stands still; TW_OK while it does not */
};

/* The pins as a new cycle begins. */
static void begin_cycle(tw_machine *machine)
{
    tw_outputs(machine->engine, &machine->out);
    machine->in = (tw_in){.rst_n = 1};
    tw_memory_drive(machine->memory, &machine->in);
}

tw_machine *tw_machine_open(tw_engine *engine, tw_memory *memory)
{
    tw_machine *machine = engine == NULL || memory == NULL ? NULL : calloc(1, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->engine = engine;
    machine->memory = memory;
    for (int i = 0; i < RESET_CYCLES; i++) {
        begin_cycle(machine);
        machine->in.rst_n = 0;
        tw_clock(engine, &machine->in);
        tw_memory_clock(memory, &machine->out, &machine->in);
    }
    begin_cycle(machine);
    return machine;
}

void tw_machine_close(tw_machine *machine)
{
    free(machine);
}

tw_status tw_machine_watch(tw_machine *machine, tw_watcher watcher, tw_error *error)
{
    if (machine->watchers == WATCHERS_MAX)
        return tw_fail(error, TW_USAGE, "a machine has room for %d watchers", WATCHERS_MAX);
    machine->watcher[machine->watchers++] = watcher;
    return TW_OK;
}

const tw_out *tw_machine_out(const tw_machine *machine)
{
    return &machine->out;
}

tw_in *tw_machine_in(tw_machine *machine)
{
    return &machine->in;
}

tw_memory *tw_machine_memory(tw_machine *machine)
{
    return machine->memory;
}

uint64_t tw_machine_cycle(const tw_machine *machine)
{
    return machine->cycle;
}

/* Stops the machine if lockstep has diverged: nobody shall act on outputs that differ. */
static tw_status check_lockstep(tw_machine *machine)
{
    const tw_divergence *differs = tw_lockstep_divergence(machine->engine);
    if (differs == NULL)
        return TW_OK;
    return tw_fail(&machine->stopped, TW_MISMATCH,
                   "pin %s differs in cycle %llu: device 0x%llx, reference 0x%llx", differs->pin,
                   (unsigned long long)differs->cycle, (unsigned long long)differs->dut,
                   (unsigned long long)differs->ref);
}

static tw_status show_watchers(tw_machine *machine)
{
    for (unsigned i = 0; i < machine->watchers; i++) {
        const tw_watcher *watcher = &machine->watcher[i];
        tw_status status = watcher->cycle(watcher->context, machine->cycle, &machine->out,
                                          &machine->in, &machine->stopped);
        if (status != TW_OK) {
            machine->stopped.status = status;
            return status;
        }
    }
    return TW_OK;
}

tw_status tw_machine_clock(tw_machine *machine, tw_error *error)
{
    if (machine->stopped.status == TW_OK && check_lockstep(machine) == TW_OK &&
        show_watchers(machine) == TW_OK) {
        tw_clock(machine->engine, &machine->in);
        tw_memory_clock(machine->memory, &machine->out, &machine->in);
        machine->cycle++;
        begin_cycle(machine);
        check_lockstep(machine);
    }
    if (machine->stopped.status != TW_OK && error != NULL)
        *error = machine->stopped;
    return machine->stopped.status;
}
