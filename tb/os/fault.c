/*
 * fault.c: what a page fault leads to. A page that its region allows is brought in and the access
 * made again; anything else is the end of the process.
 *
 * A PTE that becomes valid is not fenced: no translation can stand where none was valid. An MMU
 * that remembers invalid PTEs faults once more; then the page is fenced and the access gets one
 * more chance.
 */
#include "tb/os/mapping.h"

#include "tb/os/trap.h"

static tw_op trapped_op(unsigned cause)
{
    return cause == CAUSE_FETCH_PAGE ? OP_FETCH : cause == CAUSE_LOAD_PAGE ? OP_LOAD : OP_STORE;
}

static bool region_allows(const os_vma *region, tw_op op)
{
    unsigned needed = op == OP_FETCH ? OS_X : op == OP_LOAD ? OS_R : OS_W;
    return (region->permissions & needed) != 0;
}

/* Why this trap cannot be repaired, or OS_REASON_NONE. */
static os_reason judge(const os_process *process, const os_trap *trap)
{
    if (trap->cause == access_fault(OP_FETCH) || trap->cause == access_fault(OP_LOAD) ||
        trap->cause == access_fault(OP_STORE))
        return OS_REASON_ACCESS_FAULT;
    tw_op op = trapped_op(trap->cause);
    if (trap->cause != page_fault(op))
        return OS_REASON_CAUSE;
    const os_vma *region = os_process_region(process, trap->va);
    if (region == NULL)
        return OS_REASON_NO_REGION;
    return region_allows(region, op) ? OS_REASON_NONE : OS_REASON_FORBIDDEN;
}

/* Writes the record and ends the process. */
static tw_status kill_current(os *system, os_reason reason, const os_trap *trap, tw_error *error)
{
    os_death *death = &system->current->death;
    *death = (os_death){.reason = reason,
                        .cause = trap->cause,
                        .va = trap->va,
                        .pte_address = trap->pte_address,
                        .segmented = trap->segmented,
                        .selector = trap->selector,
                        .offset = trap->offset};
    if (trap->pte_address != 0) {
        const os_table *table = &system->current->table;
        uint64_t within = (UINT64_C(1) << mode_pte_shift(table->mode)) - 1;
        tw_status status =
            os_pte_read(&system->port, table, trap->pte_address & ~within, &death->pte, error);
        if (status != TW_OK)
            return status;
    }
    return os_bury(system, OS_KILLED, error);
}

/* Fills a frame with the page: zeros, or what the swap file holds. */
static tw_status fill(os *system, uint64_t ppn, os_slot slot, tw_error *error)
{
    uint8_t page[OS_PAGE_BYTES] = {0};
    if (slot != OS_NO_SLOT) {
        tw_status status = os_swap_in(system->swap, slot, page, error);
        if (status != TW_OK)
            return status;
        system->counts.swap_in++;
    } else {
        system->counts.zero_fills++;
    }
    return system->port.write_page(system->port.context, ppn << PAGE_SHIFT, page, error);
}

/* Fills the frame and maps the page to it, or leaves the page without one. */
static tw_status place(os *system, os_page *page, uint64_t ppn, tw_error *error)
{
    const os_process *process = system->current;
    unsigned permissions = os_process_region(process, page->va)->permissions;
    page->ppn = ppn;
    tw_status status = fill(system, ppn, page->slot, error);
    if (status == TW_OK)
        status = os_mapping_enter(system, process, page, permissions, error);
    if (status != TW_OK)
        page->ppn = OS_NO_FRAME;
    return status;
}

/* Gives the page a frame and maps it. */
static tw_status bring_in(os *system, os_page *page, tw_error *error)
{
    os_process *process = system->current;
    uint64_t ppn;
    tw_status status = os_mapping_prepare(system, process, page->va, error);
    if (status == TW_OK)
        status = os_get_frame(system, OS_FRAME_USER, &ppn, error);
    if (status != TW_OK)
        return status;
    status = place(system, page, ppn, error);
    if (status != TW_OK) {
        os_frames_give(system->frames, ppn, NULL); /* what went wrong first is told */
        return status;
    }
    os_frame *frame = os_frames_find(system->frames, ppn);
    frame->owner = process;
    frame->page = page;
    system->latest = frame;
    process->resident++;
    return TW_OK;
}

/* The page is there: A or D is missing and nobody but the OS sets it, or the MMU is behind the
 * times. */
static tw_status grant_again(os *system, const os_trap *trap, const os_page *page, tw_error *error)
{
    os_process *process = system->current;
    tw_op op = trapped_op(trap->cause);
    uint64_t word;
    tw_status status = os_mapping_read(system, process, page, &word, error);
    if (status != TW_OK)
        return status;
    if (!system->options.adue && !pte_touched(word, op)) {
        system->counts.touches++;
        status = os_mapping_update(system, process, page, 0, pte_touch(0, op), error);
        if (status != TW_OK)
            return status;
    } else if (process->refused && process->refused_va == trap->va) {
        return kill_current(system, OS_REASON_REFUSED_AGAIN, trap, error);
    } else {
        system->counts.refused++;
        process->refused = true;
        process->refused_va = trap->va;
    }
    return system->port.fence(system->port.context, TW_FENCE_VA_ASID, trap->va, process->asid,
                              error);
}

static tw_status repair(os *system, const os_trap *trap, tw_error *error)
{
    os_process *process = system->current;
    os_page *page = os_pages_add(&process->pages, trap->va);
    if (page == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a page");
    if (page->ppn != OS_NO_FRAME)
        return grant_again(system, trap, page, error);
    process->refused = false;
    return bring_in(system, page, error);
}

tw_status os_fault(os *system, unsigned cause, uint64_t va, bool *resume, tw_error *error)
{
    os_process *process = system->current;
    os_trap trap = {.cause = cause, .va = va};
    system->counts.faults[cause & 15]++;
    system->no_frame = false;
    tw_status status = segments_trap(system, &trap, error);
    if (status == TW_OK)
        status = os_trap_read(&system->port, process->asid, &trap, error);
    if (status != TW_OK)
        return status;
    bool segment = segments_concern(system, &trap);
    os_reason reason = segment ? segments_judge(system, &trap) : judge(process, &trap);
    if (reason == OS_REASON_NONE) {
        status = segment ? segments_repair(system, &trap, error) : repair(system, &trap, error);
        if (status == TW_NO_MEMORY && system->no_frame)
            reason = OS_REASON_NO_FRAME;
    }
    if (reason != OS_REASON_NONE)
        status = kill_current(system, reason, &trap, error);
    *resume = process->state == OS_RUNNABLE;
    return status;
}
