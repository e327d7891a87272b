/*
 * fault_monitor.h: the fault queue as software sees it through the registers: each record is of the
 * oldest fault that was answered and not popped, and says why, where and to whom it happened.
 *
 * Every fault on the answer pins becomes a record here too. Which of the walks that the request met
 * made it is not known, so a record holds all reasons that fit; each read leaves those that it
 * agrees with, so that FAULT_INFO and FAULT_PTE must be of one and the same.
 */
#ifndef TB_FAULT_MONITOR_H
#define TB_FAULT_MONITOR_H

#include "tablewalk/error.h"
#include "tb/observer.h"

enum { REASONS = 16 };

/* What a walk met that can be the reason of a fault. */
struct reason {
    tw_check check;
    unsigned level;
    uint64_t address; /* of the PTE; 0 if nothing was read */
};

/* All that one request met. With more than REASONS of them, `many`: any would be believed. */
struct reasons {
    unsigned count;
    bool many;
    struct reason reason[REASONS];
};

void reasons_clear(struct reasons *reasons);
/* Adds one, unless it is there already. */
void reasons_add(struct reasons *reasons, const struct reason *reason);

struct fault_record {
    unsigned port, id, segment, asid, cause;
    tw_request request; /* its `va` is what FAULT_VA has to show */
    struct reasons reasons;
};

struct fault_monitor {
    struct fault_record queue[FAULT_QUEUE_ENTRIES]; /* [0]: the oldest */
    unsigned count;
    bool overflow;
    uint32_t dropped;
    struct fault_record fresh[PORTS]; /* answered in the cycle before: not yet in the queue */
    unsigned freshes;
    uint64_t judged; /* reads of a record that were compared */
};

/* As the MMU after reset. */
void fault_monitor_reset(struct fault_monitor *monitor);

/* A cycle begins. A register answer in it is of an access that was executed in the cycle before,
 * with what the queue held then; judges it if it is a read of a FAULT_ register, but for
 * FAULT_STATUS.PARITY. To be called before this cycle's answers and observer_register_answer.
 * TW_OK, or TW_MISMATCH with what would have been right. */
tw_status fault_monitor_cycle(struct fault_monitor *monitor, const struct register_access *access,
                              const tw_out *out, tw_error *error);

/* The answer on the pins is a fault, for one of these reasons; those of another cause do not count.
 * Fetch before data. */
void fault_monitor_answer(struct fault_monitor *monitor, const struct flight *flight, unsigned port,
                          const struct answer_pins *answer, const struct reasons *reasons);

#endif
