/*
 * os.c: opening, processes, and switching between them. Invariant: a process that is not runnable
 * holds no frame and no slot, and no translation of its ASID is cached.
 */
#include "tb/os/os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tb/os/kernel.h"

/* Page number and swap slot stand in the same bits of a PTE. */
static tw_status check_numbers(const os_options *o, tw_error *error)
{
    if (o->first_frame + o->frames > os_frames_max(o->mode))
        return tw_fail(error, TW_USAGE,
                       "a PTE of %s names page numbers below %#" PRIx64
                       ": %zu frames from %#" PRIx64 " on are too many",
                       tw_mode_name(o->mode), os_frames_max(o->mode), o->frames, o->first_frame);
    if (o->swap_slots > os_slots_max(o->mode))
        return tw_fail(error, TW_USAGE,
                       "a PTE of %s names at most %" PRIu64
                       " slots of a swap file: %zu are too many",
                       tw_mode_name(o->mode), os_slots_max(o->mode), o->swap_slots);
    return TW_OK;
}

tw_status os_check(const os_options *o, size_t processes, tw_error *error)
{
    unsigned levels = mode_levels(o->mode);
    if (levels == 0)
        return tw_fail(error, TW_USAGE, "the OS needs a mode with page tables, and %s has none",
                       tw_mode_name(o->mode));
    /* Every root, and below one of them a way to a page. */
    size_t tables = processes * os_table_frames(o->mode) + levels - 1;
    size_t least = tables + OS_PAGES_MIN;
    if (o->frames < least)
        return tw_fail(error, TW_USAGE,
                       "%zu frames are too few: %zu process%s in %s need%s at least %zu (%zu for "
                       "page tables, %d for pages)",
                       o->frames, processes, processes == 1 ? "" : "es", tw_mode_name(o->mode),
                       processes == 1 ? "s" : "", least, tables, OS_PAGES_MIN);
    return check_numbers(o, error);
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
    if (os_check(options, 1, error) != TW_OK)
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

/* An empty root table. */
static tw_status make_root(os *system, os_table *table, tw_error *error)
{
    size_t frames = os_table_frames(table->mode);
    tw_status status = frames == 1 ? os_get_frame(system, OS_FRAME_TABLE, &table->root, error)
                                   : os_frames_take_row(system->frames, frames, OS_FRAME_TABLE,
                                                        &table->root, error);
    if (status == TW_OK)
        status = os_table_clear(&system->port, table->mode, table->root, error);
    if (status == TW_OK)
        system->counts.table_frames += frames;
    return status;
}

tw_status os_spawn(os *system, os_process **result, tw_error *error)
{
    if (system->last_pid >= (1u << ASID_BITS) - 1)
        return tw_fail(error, TW_USAGE, "the last of %u processes was started", system->last_pid);
    os_process *process = calloc(1, sizeof *process);
    if (process == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a process");
    process->table.mode = system->options.mode;
    tw_status status = make_root(system, &process->table, error);
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
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < os_table_frames(system->options.mode); i++)
        status = os_frames_give(system->frames, ppn + i, error);
    return status;
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

tw_status os_read_page(os *system, const os_process *process, uint64_t va, void *page,
                       tw_error *error)
{
    const os_port *port = &system->port;
    uint64_t address, pte = 0;
    memset(page, 0, OS_PAGE_BYTES);
    tw_status status = os_table_find(port, &process->table, va, &address, error);
    if (status == TW_OK && address != 0)
        status = os_pte_read(port, &process->table, address, &pte, error);
    if (status != TW_OK || pte == 0)
        return status;
    return pte_bit(pte, PTE_V)
               ? port->read_page(port->context, pte_ppn(pte) << PAGE_SHIFT, page, error)
               : os_swap_in(system->swap, os_pte_slot(pte), page, error);
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
