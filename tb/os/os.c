/*
 * os.c: opening, processes, and switching between them. Invariant: a process that is not runnable
 * holds no frame and no slot, and no translation of its ASID is cached.
 */
#include "tb/os/os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tb/os/mapping.h"

/* Frames that page tables take before the first page is brought in: every root, and below one of
 * them a way to a page; or the hashed table. */
static size_t first_tables(const os_options *o, size_t processes)
{
    if (o->mode == MODE_HASHED)
        return os_hashed_frames(o->frames);
    return processes * os_table_frames(o->mode) + mode_levels(o->mode) - 1;
}

static tw_status check_numbers(const os_options *o, tw_error *error)
{
    if (o->mode == MODE_HASHED && o->first_frame != 0)
        return tw_fail(error, TW_USAGE,
                       "the hashed table has an entry for each frame from frame 0 on: the first "
                       "frame of the OS must be 0, and is %#" PRIx64,
                       o->first_frame);
    if (o->first_frame + o->frames > os_frames_max(o->mode))
        return tw_fail(error, TW_USAGE,
                       "a PTE of %s names page numbers below %#" PRIx64
                       ": %zu frames from %#" PRIx64 " on are too many",
                       tw_mode_name(o->mode), os_frames_max(o->mode), o->frames, o->first_frame);
    if (o->swap_slots > OS_NO_SLOT)
        return tw_fail(error, TW_USAGE, "a swap file has at most %u slots: %zu are too many",
                       (unsigned)OS_NO_SLOT, o->swap_slots);
    return TW_OK;
}

tw_status os_check(const os_options *o, size_t processes, tw_error *error)
{
    if (segments_bare(o))
        return TW_OK; /* segments need as many frames as os_segments_check says */
    if (mode_levels(o->mode) == 0)
        return tw_fail(error, TW_USAGE, "the OS needs a mode with page tables, and %s has none",
                       tw_mode_name(o->mode));
    size_t tables = first_tables(o, processes), least = tables + OS_PAGES_MIN;
    if (o->frames < least)
        return tw_fail(error, TW_USAGE,
                       "%zu frames are too few: %zu process%s in %s need%s at least %zu (%zu for "
                       "page tables, %d for pages)",
                       o->frames, processes, processes == 1 ? "" : "es", tw_mode_name(o->mode),
                       processes == 1 ? "s" : "", least, tables, OS_PAGES_MIN);
    return check_numbers(o, error);
}

/* A row must have room for entries of its own frames. */
static size_t hashed_row(size_t frames)
{
    size_t row = 0;
    while (row != os_hashed_frames(frames + row))
        row = os_hashed_frames(frames + row);
    return row;
}

size_t os_row_frames(unsigned mode, size_t frames, size_t processes)
{
    if (mode == MODE_HASHED)
        return hashed_row(frames);
    return os_table_frames(mode) == 1 ? 0 : processes * os_table_frames(mode);
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
    if (system->options.segmented) {
        status = segments_boot(system, error);
        control |= TW_PUT(CONTROL, SEGMENTS, 1);
    }
    if (status == TW_OK)
        status = port->register_write(port->context, REG_CONTROL, control, error);
    return status == TW_OK ? os_mapping_boot(system, error) : status;
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
        os_pages_free(&process->pages);
        os_segments_free(process->segments);
        free(process);
    }
    segments_shut(system);
    os_frames_close(system->frames);
    os_swap_close(system->swap);
    free(system);
}

tw_status os_spawn(os *system, os_process **result, tw_error *error)
{
    if (system->last_pid >= (1u << ASID_BITS) - 1)
        return tw_fail(error, TW_USAGE, "the last of %u processes was started", system->last_pid);
    os_process *process = calloc(1, sizeof *process);
    if (process == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a process");
    process->table.mode = system->options.mode;
    tw_status status =
        segments_bare(&system->options) ? TW_OK : os_mapping_begin(system, process, error);
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
    tw_status status = system->port.register_write(system->port.context, REG_SATP, satp, error);
    return status == TW_OK && system->options.segmented ? segments_enter(system, error) : status;
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

tw_status os_exit(os *system, tw_error *error)
{
    return os_bury(system, OS_FINISHED, error);
}

tw_status os_read_page(os *system, const os_process *process, uint64_t va, void *bytes,
                       tw_error *error)
{
    const os_port *port = &system->port;
    memset(bytes, 0, OS_PAGE_BYTES);
    if (segments_bare(&system->options))
        return segments_read_page(system, process, va, bytes, error);
    const os_page *page = os_pages_find(&process->pages, va);
    if (page != NULL && page->ppn != OS_NO_FRAME)
        return port->read_page(port->context, page->ppn << PAGE_SHIFT, bytes, error);
    if (page != NULL && page->slot != OS_NO_SLOT)
        return os_swap_in(system->swap, page->slot, bytes, error);
    return TW_OK;
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
        if (p->state == OS_KILLED && p->death.segmented)
            fprintf(to, " (segment %u, offset %#" PRIx64 ")", p->death.selector, p->death.offset);
        fputc('\n', to);
    }
}
