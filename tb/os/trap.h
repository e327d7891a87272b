/*
 * trap.h: what the MMU's fault queue knows about a trap.
 */
#ifndef TB_OS_TRAP_H
#define TB_OS_TRAP_H

#include "tb/os/port.h"

typedef struct os_trap {
    unsigned cause; /* exception cause */
    uint64_t va;
    uint64_t
        pte_address; /* of the last PTE that the MMU read; 0 if none, or if the queue lost it */
} os_trap;

/* Empties the fault queue and looks for the fault of this cause and address in it. The others
 * belong to accesses that the processor threw away: they come back if they are made again. A queue
 * that had run over is cleared. TW_MISMATCH if the fault is missing and the queue had lost none. */
tw_status os_trap_read(const os_port *port, unsigned asid, os_trap *trap, tw_error *error);

#endif
