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
        return frames <= os_frames_max(mode) ? hashed_row(frames) : 0;
    return os_table_frames(mode) == 1 ? 0 : processes * os_table_frames(mode);
}

/* Of so many frames in all, those that the rows take. */
static size_t rows_among(const os_options *o, size_t frames, size_t processes)
{
    return o->mode == MODE_HASHED ? os_hashed_frames(frames)
                                  : os_row_frames(o->mode, frames, processes);
}

/* ", besides 1024 for page tables" if there are rows. Sentences count as a user does, who gives the
 * frames that come in addition. */
static const char *besides(size_t rows, char text[64])
{
    snprintf(text, 64, rows == 0 ? "" : ", besides %zu for page tables", rows);
    return text;
}

static tw_status check_range(const os_options *o, size_t processes, tw_error *error)
{
    uint64_t end = os_frames_max(o->mode);
    size_t room = o->first_frame < end ? (size_t)(end - o->first_frame) : 0;
    if (o->frames <= room)
        return TW_OK;
    size_t rows = rows_among(o, room, processes), most = room > rows ? room - rows : 0;
    char text[64];
    return tw_fail(error, TW_USAGE,
                   "too many frames: page numbers in %s are below %#" PRIx64
                   ", so that at most %zu fit from %#" PRIx64 " on%s",
                   tw_mode_name(o->mode), end, most, o->first_frame, besides(rows, text));
}

static tw_status check_numbers(const os_options *o, size_t processes, tw_error *error)
{
    if (o->mode == MODE_HASHED && o->first_frame != 0)
        return tw_fail(error, TW_USAGE,
                       "the hashed table has an entry for each frame from frame 0 on: the first "
                       "frame of the OS must be 0, and is %#" PRIx64,
                       o->first_frame);
    if (o->swap_slots > OS_NO_SLOT)
        return tw_fail(error, TW_USAGE, "a swap file has at most %u slots: %zu are too many",
                       (unsigned)OS_NO_SLOT, o->swap_slots);
    return check_range(o, processes, error);
}

/* Frames besides rows that page tables take before the first page is brought in: every root, and
 * below one of them a way to a page. */
static size_t first_tables(const os_options *o, size_t processes)
{
    bool compete = os_table_frames(o->mode) == 1;
    return compete ? processes + mode_levels(o->mode) - 1 : 0;
}

static tw_status check_enough(const os_options *o, size_t processes, tw_error *error)
{
    size_t rows = rows_among(o, o->frames, processes), tables = first_tables(o, processes);
    size_t frames = o->frames > rows ? o->frames - rows : 0, least = tables + OS_PAGES_MIN;
    if (frames >= least)
        return TW_OK;
    char text[64];
    if (rows == 0)
        snprintf(text, sizeof text, " (%zu for page tables, %d for pages)", tables, OS_PAGES_MIN);
    else
        besides(rows, text);
    return tw_fail(error, TW_USAGE,
                   "%zu frame%s too few: %zu process%s in %s need%s at least %zu%s", frames,
                   frames == 1 ? " is" : "s are", processes, processes == 1 ? "" : "es",
                   tw_mode_name(o->mode), processes == 1 ? "s" : "", least, text);
}

tw_status os_check(const os_options *o, size_t processes, tw_error *error)
{
    if (!segments_bare(o) && mode_levels(o->mode) == 0)
        return tw_fail(error, TW_USAGE, "the OS needs a mode with page tables, and %s has none",
                       tw_mode_name(o->mode));
    tw_status status = check_numbers(o, processes, error);
    if (status != TW_OK || segments_bare(o))
        return status; /* segments need as many frames as os_segments_check says */
    return check_enough(o, processes, error);
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
        os_vmas_close(process->areas);
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

/* How a process was killed; also what a segment would have needed. */
static void print_death(const os *system, const os_process *process, FILE *to)
{
    const os_death *death = &process->death;
    const os_segment *segment = segments_at(process, death->selector);
    const char *why = os_reason_text(death->reason);
    tw_error large;
    fprintf(to, " by %s at %#" PRIx64, tw_cause_name(death->cause), death->va);
    if (death->pte_address != 0)
        fprintf(to, " (PTE %#" PRIx64 " at %#" PRIx64 ")", death->pte, death->pte_address);
    if (death->reason == OS_REASON_NO_FRAME && segments_bare(&system->options)) {
        segments_too_large(system, segment, &large);
        why = large.text;
    }
    fprintf(to, ": %s", why);
    if (death->segmented)
        fprintf(to, " (segment %u, offset %#" PRIx64 ")", death->selector, death->offset);
}

void os_print_processes(const os *system, FILE *to)
{
    static const char *const state[] = {"runnable", "finished", "killed"};
    for (const os_process *p = system->oldest; p != NULL; p = p->next) {
        fprintf(to, "process %u: %s", p->pid, state[p->state]);
        if (p->state == OS_KILLED)
            print_death(system, p, to);
        fputc('\n', to);
    }
}
