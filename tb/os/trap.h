/*
 * trap.h: what the MMU's fault queue knows about a trap.
 */
#ifndef TB_OS_TRAP_H
#define TB_OS_TRAP_H

#include <stdbool.h>

#include "tablewalk/pte.h"
#include "tb/os/port.h"

typedef struct os_trap {
    unsigned cause; /* exception cause */
    uint64_t va;
    uint64_t
        pte_address; /* of the last PTE that the MMU read; 0 if none, or if the queue lost it */
    /* Of an access through a segment. The queue records what a segment refuses by its offset and
     * register, and everything else by the linear address. */
    bool segmented;
    unsigned selector, number; /* number of the register */
    uint64_t offset, linear;
    unsigned check;  /* which failed; CHECK_NONE if the queue lost it, or without segments */
    bool unrecorded; /* the MMU knows nothing of it: the bus refused the access itself */
} os_trap;

/* A segment refused the access. */
static inline bool os_trap_of_segment(const os_trap *trap)
{
    return trap->check == CHECK_LIMIT || trap->check == CHECK_SEGMENT;
}

/* Empties the fault queue and looks for the fault of this cause and address in it. The others
 * belong to accesses that the processor threw away: they come back if they are made again. A queue
 * that had run over is cleared. If the fault is missing and the queue had lost none, an access
 * fault is not the MMU's, and `unrecorded`; any other is TW_MISMATCH. */
tw_status os_trap_read(const os_port *port, unsigned asid, os_trap *trap, tw_error *error);

#endif
