/*
 * fault.c: what a page fault leads to. A page that its area allows is brought in and the access
 * made again, at once or when the disk is done; anything else is the end of the process.
 *
 * A PTE that becomes valid is not fenced: no translation can stand where none was valid. An MMU
 * that remembers invalid PTEs faults once more; then the page is fenced and the access gets one
 * more chance.
 *
 * A fault never waits inside: what is read is in its frame at once, and only the time is still to
 * come (disk.h). Until then its page is pinned and not mapped: schedule.c maps it.
 */
#include "tb/os/mapping.h"

#include "tb/os/trap.h"

/* ---- is it legal? ---------------------------------------------------------------------------- */

static tw_op trapped_op(unsigned cause)
{
    return cause == CAUSE_FETCH_PAGE ? OP_FETCH : cause == CAUSE_LOAD_PAGE ? OP_LOAD : OP_STORE;
}

static bool area_allows(const os_vma *area, tw_op op)
{
    return (area->permissions & os_permission_for(op)) != 0;
}

/* The area that holds `va`; a stack is made longer for it. NULL: there is none, and why. */
static const os_vma *find_area(os *system, os_process *process, uint64_t va, os_reason *reason)
{
    os_vmas *areas = process->space->areas;
    *reason = OS_REASON_NO_REGION;
    if (areas == NULL)
        return NULL;
    const uint64_t before = os_vmas_lookups(areas).comparisons;
    const os_vma *area = os_process_region(process, va);
    os_emit(system, OS_EVENT_VMA_FOUND, process, va, 0,
            os_vmas_lookups(areas).comparisons - before);
    if (area != NULL)
        return area;
    const os_vma *stack = os_vmas_after(areas, va);
    if (stack == NULL || (stack->flags & OS_VMA_GROWS_DOWN) == 0)
        return NULL;
    const uint64_t old_start = stack->start, end = stack->end;
    if (os_vmas_grow(areas, va, NULL) == TW_OK) {
        area = os_process_region(process, va);
        os_emit(system, OS_EVENT_STACK_GROWN, process, va, 0,
                (old_start - area->start) / OS_PAGE_BYTES);
        return area;
    }
    if (end - va <= (uint64_t)(OS_STACK_PAGES + OS_GUARD_PAGES) * OS_PAGE_BYTES)
        *reason = OS_REASON_GUARD;
    return NULL;
}

/* Why this trap cannot be repaired, or OS_REASON_NONE and its area. */
static os_reason judge(os *system, os_process *process, const os_trap *trap, const os_vma **area)
{
    if (trap->cause == access_fault(OP_FETCH) || trap->cause == access_fault(OP_LOAD) ||
        trap->cause == access_fault(OP_STORE))
        return trap->unrecorded ? OS_REASON_BUS_ERROR : OS_REASON_ACCESS_FAULT;
    tw_op op = trapped_op(trap->cause);
    if (trap->cause != page_fault(op))
        return OS_REASON_CAUSE;
    os_reason reason;
    *area = find_area(system, process, trap->va, &reason);
    if (*area == NULL)
        return reason;
    return area_allows(*area, op) ? OS_REASON_NONE : OS_REASON_FORBIDDEN;
}

/* ---- what the log says of it ----------------------------------------------------------------- */

/* Which check of the MMU failed. Paging alone does not read it from the queue, which would cost
 * time: the tables say it too. */
static unsigned failed_check(os *system, const os_process *process, const os_trap *trap)
{
    if (trap->check != CHECK_NONE)
        return trap->check;
    tw_op op = trapped_op(trap->cause);
    if (trap->cause != page_fault(op))
        return CHECK_READ;
    if (!va_canonical(process->space->table.mode, trap->va))
        return CHECK_CANONICAL;
    const os_place *place = os_places_find(&process->space->places, trap->va);
    uint64_t word = 0;
    if (place == NULL || !place->mapped || os_mapping_read(system, place, &word, NULL) != TW_OK ||
        !pte_bit(word, PTE_V))
        return CHECK_VALID;
    if (!leaf_allows(word, op, false))
        return CHECK_PERMISSION;
    return pte_touched(word, op) ? CHECK_NONE : CHECK_TOUCHED;
}

/* Where the page is: 0 nowhere yet, 1 in a frame, 2 in the swap file, 3 in a file. */
static unsigned whereabouts(const os_process *process, const os_vma *area, uint64_t va)
{
    const os_place *place = os_places_find(&process->space->places, va);
    const os_page *page = place != NULL ? place->page : NULL;
    if (page == NULL && area->file != NULL)
        page = os_object_find(area->file, (area->offset + (va - area->start)) / OS_PAGE_BYTES);
    if (page != NULL && page->ppn != OS_NO_FRAME)
        return 1;
    if (page != NULL && page->slot != OS_NO_SLOT)
        return 2;
    const os_object *object = page != NULL ? page->object : area->file;
    return object != NULL && os_object_what(object) == OS_OBJECT_FILE ? 3 : 0;
}

/* ---- repair ---------------------------------------------------------------------------------- */

/* Writes the record and ends the process. */
static tw_status kill_process(os *system, os_process *process, os_reason reason,
                              const os_trap *trap, tw_error *error)
{
    tw_status status = os_write_death(system, process, reason, trap, error);
    return status == TW_OK ? os_bury(system, process, OS_KILLED, error) : status;
}

/* The PTE grants the access: A or D is missing and nobody but the OS sets it, or the MMU is behind
 * the times. */
static tw_status grant_again(os *system, os_touching *t, uint64_t word, tw_error *error)
{
    os_process *process = t->process;
    if (!system->options.adue && !pte_touched(word, t->op)) {
        system->counts.touches++;
        tw_status status = os_mapping_update(system, t->place, 0, pte_touch(0, t->op), error);
        if (status != TW_OK)
            return status;
    } else if (process->refused && process->refused_va == t->va) {
        t->reason = OS_REASON_REFUSED_AGAIN;
        return TW_OK;
    } else {
        system->counts.refused++;
        process->refused = true;
        process->refused_va = t->va;
    }
    return os_fence(system, TW_FENCE_VA_ASID, t->va, process->space->asid, error);
}

/* What a place that is mapped needs. *done is false if it needs another page. */
static tw_status repair_mapped(os *system, os_touching *t, bool *done, tw_error *error)
{
    uint64_t word;
    const unsigned needed = os_permission_for(t->op);
    tw_status status = os_mapping_read(system, t->place, &word, error);
    *done = true;
    if (status != TW_OK)
        return status;
    if (pte_bit(word, PTE_V) && leaf_allows(word, t->op, false))
        return grant_again(system, t, word, error);
    t->process->refused = false;
    if (pte_bit(word, PTE_V) && (os_place_permissions(t->area, t->place) & needed) != 0)
        return os_grant(system, t, error);
    *done = false;
    return TW_OK;
}

/* Brings in, and maps what can be mapped at once. If no page can go now, but those of others can
 * when they have come, or another process goes first, it waits, and its access faults again. */
static tw_status repair_absent(os *system, os_touching *t, tw_error *error)
{
    os_process *process = t->process;
    os_note_fault(system, process, t->va);
    tw_status status = os_bring_in(system, t, error);
    uint64_t until;
    if (status == TW_NO_MEMORY && t->reason != OS_REASON_NONE &&
        os_frame_may_come(system, process, &until)) {
        t->reason = OS_REASON_NONE;
        os_wait_for_disk(process, NULL, until);
        return TW_OK;
    }
    if (status != TW_OK)
        return status;
    const bool waits = t->due > os_now(system);
    process->minor_faults += !t->major;
    process->major_faults += t->major;
    system->counts.minor += !t->major;
    system->counts.major += t->major;
    if (waits || t->major)
        os_emit(system, OS_EVENT_FAULT_ISSUE, process, t->va, t->place->page->ppn,
                waits ? t->due : os_now(system));
    if (waits)
        os_wait_for_disk(process, t->place, t->due);
    return waits ? TW_OK : os_show(system, t->area, t->place, error);
}

static tw_status repair(os *system, os_touching *t, tw_error *error)
{
    os_process *process = t->process;
    bool done = false;
    tw_status status = TW_OK;
    os_emit(system, OS_EVENT_FAULT_LEGAL, process, t->va, 0, whereabouts(process, t->area, t->va));
    t->place = os_places_find(&process->space->places, t->va);
    if (t->place != NULL && t->place->mapped && !t->place->removed)
        status = repair_mapped(system, t, &done, error);
    if (status == TW_OK && done && t->reason == OS_REASON_NONE && !process->refused) {
        process->minor_faults++;
        system->counts.minor++;
    }
    if (status == TW_OK && !done) {
        process->refused = false;
        status = repair_absent(system, t, error);
    }
    return status;
}

/* Repairs, or says in *reason why the process ends; any other error is one of the call. */
static tw_status handle(os *system, os_trap *trap, os_reason *reason, tw_error *error)
{
    os_process *process = system->current;
    os_touching t = {.process = process, .va = trap->va, .op = trapped_op(trap->cause)};
    bool segment = segments_concern(system, trap);
    system->no_frame = OS_REASON_NONE;
    if (system->port.event != NULL)
        os_emit(system, OS_EVENT_FAULT_DETERMINE, process, trap->va, 0,
                failed_check(system, process, trap));
    *reason = segment ? segments_judge(system, trap) : judge(system, process, trap, &t.area);
    if (*reason != OS_REASON_NONE)
        return TW_OK;
    system->faulting = process;
    tw_status status = segment ? segments_repair(system, trap, error) : repair(system, &t, error);
    system->faulting = NULL;
    *reason = segment && status != TW_OK ? system->no_frame : t.reason;
    return *reason != OS_REASON_NONE ? TW_OK : status;
}

tw_status os_fault(os *system, unsigned cause, uint64_t va, os_verdict *verdict, tw_error *error)
{
    os_process *process = system->current;
    os_trap trap = {.cause = cause, .va = va};
    os_reason reason = OS_REASON_NONE;
    if (process == NULL || process->state != OS_RUNNABLE)
        return tw_fail(error, TW_USAGE, "a trap, and no process runs: switch to one first");
    system->counts.faults[cause & 15]++;
    os_emit(system, OS_EVENT_FAULT_TRAP, process, va, 0, cause);
    os_emit(system, OS_EVENT_FAULT_SAVE, process, va, 0, 0);
    tw_status status = segments_trap(system, &trap, error);
    if (status == TW_OK)
        status = os_trap_read(&system->port, process->space->asid, &trap, error);
    if (status == TW_OK)
        status = handle(system, &trap, &reason, error);
    if (status == TW_OK && reason != OS_REASON_NONE)
        status = kill_process(system, process, reason, &trap, error);
    if (status != TW_OK)
        return status;
    *verdict = reason != OS_REASON_NONE        ? OS_VERDICT_DEAD
               : process->state == OS_RUNNABLE ? OS_VERDICT_RESUME
                                               : OS_VERDICT_WAIT;
    if (*verdict == OS_VERDICT_RESUME) {
        os_emit(system, OS_EVENT_FAULT_CORRECT, process, va, 0, 0);
        os_emit(system, OS_EVENT_FAULT_RESTART, process, va, 0, 0);
    }
    return TW_OK;
}
