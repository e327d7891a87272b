/*
 * os.c: opening, closing, and new processes. Invariant: a process that is not alive has no address
 * space, holds no frame and no slot, and no translation of its ASID is cached.
 */
#include "tb/os/os.h"

#include <string.h>

#include "tablewalk/registers.h"
#include "tb/os/huge.h"
#include "tb/os/kernel_map.h"
#include "tb/os/mapping.h"

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
    if (status == TW_OK)
        status = os_mapping_boot(system, error);
    return status == TW_OK ? os_kernel_map_open(system, error) : status;
}

/* What is opened before the machine is touched. */
static tw_status open_parts(os *system, const os_options *options, tw_error *error)
{
    const os_records *records = &system->port.records;
    system->disk.times = options->disk;
    if (!bit_tree_open(&system->asids, records, (size_t)1 << ASID_BITS))
        return tw_fail(error, TW_NO_MEMORY, "no memory for the set of ASIDs");
    tw_error why = {0};
    system->swap = os_swap_open(records, options->swap_path, options->swap_slots, &why);
    if (system->swap != NULL)
        system->frames = os_frames_open(&system->port, options->first_frame, options->frames,
                                        options->zones, &why);
    if (system->frames != NULL)
        return os_clock_open(system, error);
    return tw_fail(error, why.status, "%s", why.text);
}

os *os_open(const os_port *port, const os_options *options, tw_error *error)
{
    if (os_check(options, 1, error) != TW_OK)
        return NULL;
    os *system = os_records_take(&port->records, 1, sizeof *system);
    if (system == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the OS");
        return NULL;
    }
    system->port = *port;
    system->options = *options;
    tw_status status = open_parts(system, options, error);
    if (status == TW_OK)
        status = boot(system, error);
    system->options.zones = NULL; /* they are the caller's, and need not outlive this call */
    system->options.swap_path = NULL;
    if (status == TW_OK)
        return system;
    os_close(system);
    return NULL;
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Forgets that the hardware knows the place, as it will know nothing any more, and takes it
 * away. */
static tw_status abandon(void *context, os_place *place, tw_error *error)
{
    os *system = context;
    (void)error;
    if (place->mapped && !place->removed) { /* what is dirty in a file is still written */
        uint64_t word = 0;
        if (os_mapping_read(system, place, &word, NULL) == TW_OK && pte_bit(word, PTE_D))
            place->page->dirty = true;
    }
    place->mapped = place->removed = false;
    if (place->page != NULL)
        os_page_detach(system, place, NULL);
    os_places_remove(&place->space->places, &system->port.records, place);
    return TW_OK;
}

static void close_process(os *system, os_process *process)
{
    const os_records *records = &system->port.records;
    os_space *space = process->space;
    os_forget_pending(process);
    if (space != NULL && --space->users == 0) {
        os_places_visit(&space->places, 0, UINT64_MAX, abandon, system, NULL);
        os_huge_forget(system, space);
        os_vmas_close(space->areas);
        os_records_give(records, space);
    }
    os_segments_free(records, process->segments);
    os_records_give(records, process);
}

void os_close(os *system)
{
    if (system == NULL)
        return;
    const os_records records = system->port.records;
    system->current = NULL;
    for (os_process *p = system->oldest, *next; p != NULL; p = next) {
        next = p->next;
        close_process(system, p);
    }
    for (os_object *object; (object = os_object_next(system, NULL)) != NULL;)
        os_object_drop(system, object, NULL);
    if (system->zero != NULL)
        os_page_drop(system, system->zero, NULL);
    os_pages_end_late(system, UINT64_MAX);
    segments_shut(system);
    os_kernel_map_close(system);
    os_clock_close(system);
    os_frames_close(system->frames);
    os_swap_close(system->swap);
    bit_tree_close(&system->asids);
    os_records_give(&records, system);
}

/* ---- processes ------------------------------------------------------------------------------- */

tw_status os_process_make(os *system, os_space *space, os_process **result, tw_error *error)
{
    os_process *process = os_records_take(&system->port.records, 1, sizeof *process);
    if (process == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a process");
    process->pid = ++system->last_pid;
    process->space = space;
    if (system->youngest != NULL)
        system->youngest->next = process;
    else
        system->oldest = process;
    system->youngest = *result = process;
    return TW_OK;
}

tw_status os_spawn(os *system, os_process **process, tw_error *error)
{
    os_space *space = NULL;
    tw_status status = os_space_make(system, &space, error);
    if (status != TW_OK)
        return status;
    status = os_process_make(system, space, process, error);
    if (status != TW_OK)
        os_space_drop(system, space, NULL);
    return status;
}

tw_status os_exit(os *system, tw_error *error)
{
    if (system->current == NULL)
        return tw_fail(error, TW_USAGE, "no process runs that could be done: switch to one first");
    return os_bury(system, system->current, OS_FINISHED, error);
}

const os_counts *os_statistics(const os *system)
{
    return &system->counts;
}

const char *os_last_refusal(const os *system)
{
    return system->refusal.text;
}

const os_records *os_records_of(const os *system)
{
    return &system->port.records;
}

/* ---- looking --------------------------------------------------------------------------------- */

tw_status os_read_page(os *system, const os_process *process, uint64_t va, void *bytes,
                       tw_error *error)
{
    memset(bytes, 0, OS_PAGE_BYTES);
    if (segments_bare(&system->options))
        return segments_read_page(system, process, va, bytes, error);
    const os_place *place = os_places_find(&process->space->places, va);
    const os_page *page = place != NULL ? place->page : NULL;
    const os_vma *area = os_process_region(process, va);
    const os_object *object = page != NULL ? page->object : area != NULL ? area->file : NULL;
    uint64_t index = page != NULL ? page->index : 0;
    if (page == NULL && object != NULL) {
        index = (area->offset + (va - area->start)) / OS_PAGE_BYTES;
        page = os_object_find(object, index);
    }
    if (page != NULL && page->ppn != OS_NO_FRAME)
        return os_frame_read(system, page->ppn, bytes, error);
    return os_read_home(system, object, index, page != NULL ? page->slot : OS_NO_SLOT, bytes,
                        error);
}

tw_status os_drop_tables(os *system, tw_error *error)
{
    tw_status status = TW_OK;
    for (os_process *p = system->oldest; status == TW_OK && p != NULL; p = p->next)
        if (p->space != NULL)
            status = os_space_unmap(system, p->space, 0, UINT64_MAX, error);
    return status;
}
