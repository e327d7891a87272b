/* trap.c: reading the fault queue. */
#include "tb/os/trap.h"

#include <inttypes.h>

#include "tablewalk/registers.h"

/* Reads the oldest fault and drops it from the queue. */
static tw_status pop(const os_port *port, os_trap *trap, uint64_t *asid, tw_error *error)
{
    uint64_t cause = 0;
    tw_status status = port->register_read(port->context, REG_FAULT_CAUSE, &cause, error);
    if (status == TW_OK)
        status = port->register_read(port->context, REG_FAULT_VA, &trap->va, error);
    if (status == TW_OK)
        status = port->register_read(port->context, REG_FAULT_PTE, &trap->pte_address, error);
    if (status == TW_OK)
        status = port->register_read(port->context, REG_FAULT_ASID, asid, error);
    if (status == TW_OK && trap->segmented) {
        uint64_t info = 0;
        status = port->register_read(port->context, REG_FAULT_INFO, &info, error);
        trap->check = (unsigned)TW_GET(info, FAULT_INFO, CHECK);
        trap->number = (unsigned)TW_GET(info, FAULT_INFO, SEGMENT);
    }
    if (status == TW_OK)
        status = port->register_write(port->context, REG_FAULT_POP, 1, error);
    trap->cause = (unsigned)cause;
    return status;
}

/* Is this record of the trap's access? */
static bool is_of(const os_trap *fault, const os_trap *trap)
{
    if (fault->cause != trap->cause)
        return false;
    if (os_trap_of_segment(fault))
        return fault->va == trap->offset && fault->number == trap->number;
    return fault->va == (trap->segmented ? trap->linear : trap->va);
}

static tw_status clear_overflow(const os_port *port, tw_error *error)
{
    return port->register_write(port->context, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1),
                                error);
}

tw_status os_trap_read(const os_port *port, unsigned asid, os_trap *trap, tw_error *error)
{
    uint64_t queue;
    tw_status status = port->register_read(port->context, REG_FAULT_STATUS, &queue, error);
    bool found = false;
    trap->pte_address = 0;
    trap->check = CHECK_NONE;
    for (uint64_t left = TW_GET(queue, FAULT_STATUS, COUNT); status == TW_OK && left > 0; left--) {
        os_trap fault = {.segmented = trap->segmented};
        uint64_t whose = 0;
        status = pop(port, &fault, &whose, error);
        if (status != TW_OK || whose != asid || !is_of(&fault, trap))
            continue;
        found = true;
        trap->check = fault.check;
        trap->pte_address = fault.pte_address;
    }
    if (status != TW_OK)
        return status;
    if (TW_GET(queue, FAULT_STATUS, OVERFLOW))
        return clear_overflow(port, error);
    trap->unrecorded =
        !found && (trap->cause == CAUSE_FETCH_ACCESS || trap->cause == CAUSE_LOAD_ACCESS ||
                   trap->cause == CAUSE_STORE_ACCESS);
    if (!found && !trap->unrecorded)
        return tw_fail(error, TW_MISMATCH,
                       "the processor trapped with cause %u at %#" PRIx64
                       ", but the fault queue neither holds nor lost such a fault",
                       trap->cause, trap->va);
    return TW_OK;
}
