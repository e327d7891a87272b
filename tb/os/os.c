/*
 * os.c: opening, processes, and switching between them. Invariant: a process that is not runnable
 * holds no frame and no slot, and no translation of its ASID is cached.
 */
#include "tb/os/os.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tablewalk/registers.h"
#include "tb/os/kernel.h"

tw_status os_check(unsigned mode, size_t frames, size_t processes, tw_error *error)
{
    unsigned levels = mode_levels(mode);
    if (levels == 0 || mode_pte_shift(mode) != 3)
        return tw_fail(error, TW_USAGE, "the OS has page tables for sv39, sv48 and sv57, not %s",
                       tw_mode_name(mode));
    size_t tables = processes + levels - 1; /* every root, and below one of them a way to a page */
    size_t least = tables + OS_PAGES_MIN;
    if (frames >= least)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%zu frames are too few: %zu process%s in %s need%s at least %zu (%zu page "
                   "tables, %d pages)",
                   frames, processes, processes == 1 ? "" : "es", tw_mode_name(mode),
                   processes == 1 ? "s" : "", least, tables, OS_PAGES_MIN);
}

/* Turns on what the MMU was built with. */
static tw_status boot(os *system, tw_error *error)
{
    const os_port *port = &system->port;
    uint64_t capabilities = 0;
    tw_status status = port->register_read(port->context, REG_CAPABILITIES, &capabilities, error);
    if (status != TW_OK)
        return status;
    uint64_t prefetch = TW_GET(capabilities, CAPABILITIES, PREFETCH);
    uint64_t control =
        TW_PUT(CONTROL, ADUE, system->options.adue) | TW_PUT(CONTROL, PREFETCH, prefetch);
    return port->register_write(port->context, REG_CONTROL, control, error);
}

os *os_open(const os_port *port, const os_options *options, tw_error *error)
{
    if (os_check(options->mode, options->frames, 1, error) != TW_OK)
        return NULL;
    os *system = calloc(1, sizeof *system);
    if (system == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the OS");
        return NULL;
    }
    system->port = *port;
    system->options = *options;
    system->swap = os_swap_open(options->swap_path, options->swap_slots, error);
    if (system->swap == NULL)
        goto failed;
    system->frames = os_frames_open(&system->port, options->first_frame, options->frames);
    if (system->frames == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the records of %zu frames", options->frames);
        goto failed;
    }
    if (boot(system, error) == TW_OK)
        return system;
failed:
    os_close(system);
    return NULL;
}

void os_close(os *system)
{
    if (system == NULL)
        return;
    while (system->oldest != NULL) {
        os_process *process = system->oldest;
        system->oldest = process->next;
        free(process->region);
        free(process);
    }
    os_frames_close(system->frames);
    os_swap_close(system->swap);
    free(system);
}

tw_status os_spawn(os *system, os_process **result, tw_error *error)
{
    static const uint8_t zeros[OS_PAGE_BYTES];
    if (system->last_pid >= (1u << ASID_BITS) - 1)
        return tw_fail(error, TW_USAGE, "the last of %u processes was started", system->last_pid);
    os_process *process = calloc(1, sizeof *process);
    if (process == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a process");
    process->table.mode = system->options.mode;
    tw_status status = os_get_frame(system, OS_FRAME_TABLE, &process->table.root, error);
    if (status == TW_OK)
        status = system->port.write_page(system->port.context, process->table.root << PAGE_SHIFT,
                                         zeros, error);
    if (status != TW_OK) {
        free(process);
        return status;
    }
    process->pid = process->asid = ++system->last_pid;
    if (system->youngest != NULL)
        system->youngest->next = process;
    else
        system->oldest = process;
    system->youngest = *result = process;
    return TW_OK;
}

tw_status os_switch(os *system, os_process *process, tw_error *error)
{
    uint64_t satp = TW_PUT(SATP, MODE, process->table.mode) | TW_PUT(SATP, ASID, process->asid) |
                    TW_PUT(SATP, PPN, process->table.root);
    if (system->current != process)
        system->counts.switches++;
    system->current = process;
    return system->port.register_write(system->port.context, REG_SATP, satp, error);
}

static os_process *first_runnable(os_process *process)
{
    while (process != NULL && process->state != OS_RUNNABLE)
        process = process->next;
    return process;
}

os_process *os_next(const os *system, const os_process *process)
{
    os_process *next = first_runnable(process != NULL ? process->next : NULL);
    return next != NULL ? next : first_runnable(system->oldest);
}

/* Gives back what a level-0 PTE stands for. */
static tw_status free_leaf(void *context, uint64_t pte, tw_error *error)
{
    os *system = context;
    if (!pte_bit(pte, PTE_V))
        return os_swap_give(system->swap, os_pte_slot(pte), error);
    const os_frame *frame = os_frames_find(system->frames, pte_ppn(pte));
    tw_status status = frame != NULL ? os_swap_give(system->swap, frame->slot, error) : TW_OK;
    return status != TW_OK ? status : os_frames_give(system->frames, pte_ppn(pte), error);
}

static tw_status free_table(void *context, uint64_t ppn, tw_error *error)
{
    os *system = context;
    return os_frames_give(system->frames, ppn, error);
}

/* The address space goes in an order that leaves no way back: leave it, fence its ASID, free its
 * frames. */
tw_status os_bury(os *system, os_state state, tw_error *error)
{
    os_process *process = system->current;
    os_visitor visitor = {system, free_leaf, free_table};
    tw_status status = system->port.register_write(system->port.context, REG_SATP, 0, error);
    if (status == TW_OK)
        status = system->port.fence(system->port.context, TW_FENCE_ASID, 0, process->asid, error);
    if (status == TW_OK)
        status = os_table_visit(&system->port, &process->table, &visitor, error);
    if (status != TW_OK)
        return status;
    process->state = state;
    process->resident = 0;
    system->current = NULL;
    system->counts.finished += state == OS_FINISHED;
    system->counts.killed += state == OS_KILLED;
    return TW_OK;
}

tw_status os_exit(os *system, tw_error *error)
{
    return os_bury(system, OS_FINISHED, error);
}

const os_counts *os_statistics(const os *system)
{
    return &system->counts;
}

void os_print_processes(const os *system, FILE *to)
{
    static const char *const state[] = {"runnable", "finished", "killed"};
    for (const os_process *p = system->oldest; p != NULL; p = p->next) {
        fprintf(to, "process %u: %s", p->pid, state[p->state]);
        if (p->state == OS_KILLED)
            fprintf(to, " by %s at %#" PRIx64 " (PTE %#" PRIx64 " at %#" PRIx64 "): %s",
                    tw_cause_name(p->death.cause), p->death.va, p->death.pte, p->death.pte_address,
                    os_reason_text(p->death.reason));
        fputc('\n', to);
    }
}
