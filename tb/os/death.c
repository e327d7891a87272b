/*
 * death.c: what is known of a process that was killed. Nothing of the record points into the OS:
 * the process' pages and tables are gone when it is read.
 */
#include <inttypes.h>

#include "tb/os/mapping.h"
#include "tb/os/trap.h"

/* The PTEs that a walk to the address reads, from the root. */
static tw_status record_walk(os *system, const os_table *table, os_death *death, tw_error *error)
{
    uint64_t ppn = table->root;
    for (unsigned level = mode_levels(table->mode); level-- > 0;) {
        os_walk_step *step = &death->step[death->steps++];
        step->address = pte_address(table->mode, ppn, death->va, level);
        tw_status status = os_pte_read(&system->port, table, step->address, &step->pte, error);
        if (status != TW_OK || !pte_bit(step->pte, PTE_V) || !pte_is_pointer(step->pte))
            return status;
        ppn = pte_ppn(step->pte);
    }
    return TW_OK;
}

tw_status os_write_death(os *system, os_process *process, os_reason reason, const os_trap *trap,
                         tw_error *error)
{
    const os_table *table = &process->space->table;
    os_death *death = &process->death;
    *death = (os_death){.reason = reason,
                        .cause = trap->cause,
                        .va = trap->va,
                        .pte_address = trap->pte_address,
                        .segmented = trap->segmented,
                        .selector = trap->selector,
                        .offset = trap->offset};
    if (reason == OS_REASON_READ_FAILED || reason == OS_REASON_WRITE_FAILED ||
        reason == OS_REASON_SWAP_FULL)
        snprintf(death->disk, sizeof death->disk, "%.255s", system->refusal.text);
    tw_status status = TW_OK;
    if (trap->pte_address != 0) {
        uint64_t within = (UINT64_C(1) << mode_pte_shift(table->mode)) - 1;
        status = os_pte_read(&system->port, table, trap->pte_address & ~within, &death->pte, error);
    }
    bool tree = table->mode != MODE_HASHED && mode_levels(table->mode) > 0;
    if (status == TW_OK && tree && trap->cause != CAUSE_NONE && va_canonical(table->mode, trap->va))
        status = record_walk(system, table, death, error);
    return status;
}

/* How a process was killed; also what a segment would have needed. */
static void print_death(const os *system, const os_process *process, FILE *to)
{
    const os_death *death = &process->death;
    const os_segment *segment = segments_at(process, death->selector);
    const char *why = os_reason_text(death->reason);
    tw_error large;
    if (death->cause != CAUSE_NONE)
        fprintf(to, " by %s at %#" PRIx64, tw_cause_name(death->cause), death->va);
    if (death->pte_address != 0)
        fprintf(to, " (PTE %#" PRIx64 " at %#" PRIx64 ")", death->pte, death->pte_address);
    if (death->reason == OS_REASON_NO_FRAME && segments_bare(&system->options)) {
        segments_too_large(system, segment, &large);
        why = large.text;
    }
    fprintf(to, ": %s", why);
    if (death->disk[0] != '\0')
        fprintf(to, " (%s)", death->disk);
    if (death->segmented)
        fprintf(to, " (segment %u, offset %#" PRIx64 ")", death->selector, death->offset);
}

void os_print_processes(const os *system, FILE *to)
{
    static const char *const state[] = {"runnable", "waits for the disk", "waits for its child",
                                        "finished", "killed"};
    for (const os_process *p = system->oldest; p != NULL; p = p->next) {
        fprintf(to, "process %u: %s", p->pid, state[p->state]);
        if (p->state == OS_KILLED)
            print_death(system, p, to);
        fputc('\n', to);
    }
}

void os_print_death(const os *system, const os_process *process, FILE *to)
{
    const os_death *death = &process->death;
    if (process->state != OS_KILLED) {
        fprintf(to, "process %u was not killed\n", process->pid);
        return;
    }
    fprintf(to, "process %u (ASID %u): %s", process->pid, process->death_asid,
            os_reason_signal(death->reason));
    print_death(system, process, to);
    fputc('\n', to);
    for (unsigned i = 0; i < death->steps; i++) {
        const os_walk_step *step = &death->step[i];
        fprintf(to, "  level %u: PTE %#" PRIx64 " at %#" PRIx64 ", %s\n",
                mode_levels(system->options.mode) - 1 - i, step->pte, step->address,
                !pte_bit(step->pte, PTE_V)  ? "not valid: the walk ends here"
                : pte_is_pointer(step->pte) ? "a pointer to the next table"
                                            : "a leaf: the walk ends here");
    }
}
